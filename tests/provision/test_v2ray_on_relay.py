"""v2ray and Xray on a relay with systemd: set up, used, attacked, changed, broken off, and taken away."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.provisioning import StepNote, StepState
from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from app.provision.v2ray_state import read_state
from tests.peers.keys import KeyStore
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.provision.v2ray_lab import (
    FIRST,
    FOLDER,
    OTHER,
    SECOND,
    UNIT,
    CommandLineWatch,
    V2rayLab,
    make_relay,
)

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

NOBODY = "00000000-1111-4222-8333-444444444444"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("v2ray-network"), relay_has_systemd=True) as made:
        make_relay(made, key_store)
        yield made


@pytest.fixture
def lab(network: Network, tmp_path: Path, key_store: KeyStore) -> Iterator[V2rayLab]:
    """Whatever a test leaves is taken away, and then nothing differs from before, here and there."""
    made = V2rayLab(tmp_path / "data", network, key_store)
    files, document = made.files(), made.store.load()
    yield made
    made.cancelled.clear()
    if made.relay != made.before:
        assert StepState.FAILED not in {report.state for report in made.remove()}
    assert changes(files, made.files()) == []
    assert made.store.load() == document
    assert made.tools.secrets.keyring == {}
    assert made.machine.run("getent", "passwd", "relaytray-v2ray").stdout == ""
    assert made.machine.run("systemctl", "cat", UNIT).returncode != 0


def test_from_nothing_to_a_server_and_back(lab: V2rayLab) -> None:
    before = lab.files()
    plan = lab.plan()
    assert plan.state is StepState.CHANGE
    codes = [note.code for note in plan.notes]
    assert codes[:5] == [
        StepNote.V2RAY_PROGRAM_FOUND, StepNote.V2RAY_SETTING, StepNote.V2RAY_SETTING,
        StepNote.V2RAY_SERVER, StepNote.V2RAY_SERVER,
    ]  # fmt: skip
    assert StepNote.PROVIDER_FIREWALL in codes
    assert changes(before, lab.files()) == [], "a plan changes nothing"
    assert lab.tools.secrets.keyring == {}

    with CommandLineWatch() as watch:
        assert lab.set_up().state is StepState.DONE
    ids = {lab.id_of("lab-gpu"), lab.id_of("other.gpu")}
    assert len(ids) == 2
    assert watch.looks > 10
    assert not {one.encode() for one in ids} & watch.seen
    journal = lab.machine.must_run("journalctl", "--no-pager", "-o", "cat")
    assert not [one for one in ids if one in journal]
    _secrets_lie_where_they_must(lab, ids)
    _the_service_may_do_little(lab)

    for server, name in zip(lab.store.load().servers, ("lab-gpu", "other-gpu"), strict=True):
        assert server.routes == (RouteKind.REVERSE, RouteKind.V2RAY)
        assert server.v2ray is not None
        assert (server.v2ray.name, server.v2ray.hybrid) == (name, True)

    files, pid = lab.files(), lab.unit("MainPID")
    assert lab.set_up().state is StepState.RIGHT
    assert changes(files, lab.files()) == []
    assert lab.unit("MainPID") == pid, "what is right runs on"
    with lab.services():
        _attacked(lab)


def _attacked(lab: V2rayLab) -> None:
    with lab.client(lab.id_of("lab-gpu")) as client:
        assert client.ask("localhost", 22) == f"SSH-2.0-port_{FIRST}"
        assert client.ask("127.0.0.1", 22) == f"SSH-2.0-port_{FIRST}"
        refused = client.attack(
            ("localhost", OTHER),
            ("localhost", FIRST),
            ("localhost", SECOND),
            ("127.0.0.1", SECOND),
            ("127.0.0.1", OTHER),
            ("::1", 22),
            ("0.0.0.0", 22),
            (lab.network.address, 22),
            (lab.network.address, OTHER),
            ("other-gpu.reverse.internal", 22),
            ("example.com", 22),
        )
        assert refused == {}
    with lab.client(NOBODY) as stranger:
        assert stranger.attack(("localhost", 22), ("127.0.0.1", 22)) == {}
    with lab.client(lab.id_of("other.gpu")) as client:
        assert client.ask("localhost", 22) == f"SSH-2.0-port_{SECOND}"
    assert lab.who_came() == [FIRST, FIRST, SECOND], "nobody else has come to any port"


def _secrets_lie_where_they_must(lab: V2rayLab, ids: set[str]) -> None:
    with_secrets = {
        path: told
        for path, told in lab.machine.snapshot("/etc", "/usr/local", "/var/log", "/tmp", "/run").items()
        if any(one in told for one in ids)
    }
    assert set(with_secrets) == {f"{FOLDER}/now/config.json", f"{FOLDER}/now/state.json"}
    group = lab.machine.account("relaytray-v2ray")[3]
    assert with_secrets[f"{FOLDER}/now/config.json"].startswith(f"-rw-r----- 0:{group} ")
    assert with_secrets[f"{FOLDER}/now/state.json"].startswith("-rw------- 0:0 ")
    for path in with_secrets:
        read = lab.machine.run("cat", path, user="relaytray-pc")
        assert (read.returncode != 0, read.stdout) == (True, "")
    files = [path for path in lab.paths.root.rglob("*") if path.is_file()]
    assert not [path for path in files if any(one.encode() in path.read_bytes() for one in ids)]


def _the_service_may_do_little(lab: V2rayLab) -> None:
    pid = lab.unit("MainPID")
    status = dict(
        line.split(":\t", 1) for line in lab.machine.read(f"/proc/{pid}/status").splitlines() if ":\t" in line
    )
    assert status["Uid"].split()[0] == lab.machine.account("relaytray-v2ray")[2]
    assert status["NoNewPrivs"] == "1"
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
    told = [lab.unit(name) for name in ("Restart", "ProtectSystem", "PrivateTmp", "LimitCORE")]
    assert told == ["always", "strict", "yes", "0"]
    written = lab.machine.run("nsenter", "-t", pid, "-m", "sh", "-c", "touch /usr/x; touch /etc/x; ls /root")
    assert "Read-only file system" in written.stderr


def test_xray_within_python_inside_tls_and_websocket_at_a_low_port(lab: V2rayLab) -> None:
    """From v2ray to Xray, whose package this computer has; and back."""
    lab.set_up()
    ids = [lab.id_of("lab-gpu"), lab.id_of("other.gpu")]
    wanted = {"core": Core.XRAY, "user_port": 443, "server_name": "relay.test", "websocket_path": "/ray"}
    plan = lab.check(**wanted)
    assert [note.details["setting"] for note in plan.notes if note.code is StepNote.V2RAY_SETTING] == [
        "Xray", "port 443", "TLS for relay.test", "WebSocket /ray",
    ]  # fmt: skip
    assert StepNote.V2RAY_UNJUDGED in [note.code for note in plan.notes]
    assert lab.set_up(**wanted).state is StepState.DONE
    arriving = [report.notes[0] for report in lab.told if report.notes and report.state is StepState.RUNNING]
    percents = [int(n.details["percent"]) for n in arriving if n.code is StepNote.V2RAY_PROGRAM_ARRIVING]
    assert percents[-1] == 100
    assert percents == sorted(percents)
    assert [lab.id_of("lab-gpu"), lab.id_of("other.gpu")] == ids, "ids stay"
    names = lab.machine.must_run("ls", FOLDER).split()
    assert [name.rpartition(".")[2] for name in names] == ["now", "crt", "key"]
    key = next(name for name in names if name.endswith(".key"))
    assert stat.S_IMODE((lab.machine.root / FOLDER.lstrip("/") / key).stat().st_mode) == 0o640
    with lab.services(), lab.client(ids[0]) as client:
        assert client.ask("localhost", 22) == f"SSH-2.0-port_{FIRST}"
        assert client.attack(("localhost", OTHER), (lab.network.address, 22), ("127.0.0.1", SECOND)) == {}
        with lab.client(NOBODY) as stranger:
            assert stranger.attack(("localhost", 22), ("127.0.0.1", 22)) == {}
        assert lab.who_came() == [FIRST]
    assert lab.check(**wanted).state is StepState.RIGHT

    assert lab.apply().state is StepState.DONE
    assert lab.machine.must_run("ls", FOLDER).split() == ["now"]
    assert lab.machine.must_run("ls", "/usr/local/libexec/relaytray/cores").split() == ["v2ray-x86_64"]
    state = read_state(lab.record())
    assert (state.carrier.core, state.carrier.tls) == (Core.V2RAY, None)
    assert json.loads(state.config)["inbounds"][0]["port"] == 16824
