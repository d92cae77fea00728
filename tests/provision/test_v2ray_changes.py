"""What happens to a relay's v2ray after its set-up: other computers, bridges, failures, other programs."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import SetupMode
from app.core.provisioning import SetupOptions, StepNote, StepReport, StepState
from app.core.routes import RouteKind
from app.export.v2ray import v2ray4
from app.provision import setup_script, v2ray_relay, v2ray_step
from app.provision.v2ray_program import CoreFile
from app.provision.v2ray_service import add_server, drop_server
from app.provision.v2ray_state import KnownServer, digest_of, read_state
from app.secrets.names import SecretName
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.peers.ports import Deadline
from tests.peers.v2ray_cores import RunningCore
from tests.peers.v2ray_ends import new_uuid
from tests.provision.v2ray_lab import (
    FIRST,
    FOLDER,
    OTHER,
    SECOND,
    UNIT,
    V2rayLab,
    make_relay,
    of_v2ray,
    the_program,
)

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

UNIT_FILE = f"/etc/systemd/system/{UNIT}"
CORE = "/usr/local/libexec/relaytray/cores/v2ray-x86_64"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[V2rayLab]:
    """A relay with v2ray, set up by somebody who may use sudo. Taken away, it is as it was."""
    folder = tmp_path_factory.mktemp("v2ray-changes")
    with Network(folder, relay_has_systemd=True) as network:
        relay, key = make_relay(network, key_store), public_line(key_store.key("login"))
        relay.add_user("carol", key=key)
        relay.add_user("dave", key=key, sudo="nopasswd")
        lab = V2rayLab(folder / "data", network, key_store, "dave")
        files = lab.files()
        assert lab.set_up().state is StepState.DONE
        yield lab
        assert StepState.FAILED not in {report.state for report in lab.remove()}
        assert changes(files, lab.files()) == []


@pytest.fixture
def lab(made: V2rayLab) -> Iterator[V2rayLab]:
    """As it was set up, also afterwards."""
    before, unit = made.record(), made.machine.read(UNIT_FILE)
    yield made
    if (made.record(), made.machine.read(UNIT_FILE)) != (before, unit):
        assert made.apply().state is StepState.DONE
    assert made.record() == before
    assert made.machine.read(UNIT_FILE) == unit
    assert made.unit("ActiveState") == "active"


def known(lab: V2rayLab, port: int = FIRST) -> KnownServer:
    found = read_state(lab.record()).server(port)
    assert found is not None
    return found


# --- other computers --------------------------------------------------------------------------------------


def test_a_second_computer_comes_and_goes(lab: V2rayLab) -> None:
    other, mine, theirs = dataclasses.replace(lab.relay, pc_id="pc2aaaaa"), lab.id_of("lab-gpu"), new_uuid()
    with lab.shell() as shell:
        permitted = add_server(shell, other, lab.server, user_id=theirs)
        assert (permitted.carrier.host, permitted.carrier.user_port) == (lab.network.address, 16824)
        assert permitted.routed.name == "lab-gpu"
        assert dict(known(lab).users) == {lab.relay.pc_id: mine, "pc2aaaaa": theirs}
        moved = lab.check(user_port=17000)
        (note,) = [one for one in moved.notes if one.code is StepNote.V2RAY_OTHERS]
        assert note.details == {"servers": "lab-gpu"}
        with lab.services(), lab.client(theirs) as client:
            assert client.ask("localhost", 22) == f"SSH-2.0-port_{FIRST}"
            assert client.attack(("localhost", OTHER), ("127.0.0.1", SECOND)) == {}
            pid = lab.unit("MainPID")
            add_server(shell, other, lab.server, user_id=theirs)
            assert lab.unit("MainPID") == pid, "nothing new, so nobody's connection is cut"

            assert drop_server(shell, other, lab.server, only_mine=True)
            assert not drop_server(shell, other, lab.server, only_mine=True)
            lab.who_came()
            assert client.attack(("localhost", 22)) == {}
            assert lab.who_came() == []
        assert dict(known(lab).users) == {lab.relay.pc_id: mine}


def test_two_computers_change_it_at_once(lab: V2rayLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them has read is old by the time it writes."""
    look, looks = v2ray_relay.look, 0

    def look_and_be_overtaken(*arguments: Any) -> v2ray_relay.Seen:
        nonlocal looks
        seen, looks = look(*arguments), looks + 1
        if looks == 1:
            with lab.shell() as shell:
                add_server(
                    shell, dataclasses.replace(lab.relay, pc_id="pc3aaaaa"), lab.server, user_id=ids[1]
                )
        return seen

    ids = [new_uuid(), new_uuid()]
    monkeypatch.setattr(v2ray_relay, "look", look_and_be_overtaken)
    relay = dataclasses.replace(lab.relay, pc_id="pc2aaaaa")
    with lab.shell() as shell:
        add_server(shell, relay, lab.server, user_id=ids[0])
        assert looks == 3
        assert {"pc2aaaaa", "pc3aaaaa"} < set(known(lab).users)
        for pc in ("pc2aaaaa", "pc3aaaaa"):
            drop_server(shell, dataclasses.replace(relay, pc_id=pc), lab.server, only_mine=True)


def test_one_server_more_or_less_by_the_desk(lab: V2rayLab) -> None:
    keyring, first, second = lab.tools.secrets.keyring, lab.id_of("lab-gpu"), lab.id_of("other.gpu")
    document = lab.store.load()
    lab.desk.drop_v2ray("s2", lab.cancelled)
    assert read_state(lab.record()).server(SECOND) is None
    server = lab.store.load().servers[1]
    assert (server.v2ray, server.routes) == (None, (RouteKind.REVERSE,))
    assert list(keyring.values()) == [first]
    with pytest.raises(RelayTrayError) as caught:
        lab.desk.permit_v2ray("s2", (22, OTHER), lab.cancelled)
    assert caught.value.fault.code is FaultCode.ROUTE_NEEDS_BRIDGE
    assert read_state(lab.record()).server(SECOND) is None

    keyring.clear()  # lost with this computer's system, say
    keyring[SecretName("v2ray", "other.gpu")] = second
    lab.desk.permit_v2ray("s2", (22,), lab.cancelled)
    assert lab.store.load() == document
    assert known(lab, SECOND).users[lab.relay.pc_id] == second
    assert lab.check().state is StepState.RIGHT
    assert lab.apply().state is StepState.RIGHT
    assert lab.id_of("lab-gpu") == first, "the relay's record has given it back"


# --- bridges ----------------------------------------------------------------------------------------------


def test_a_server_with_a_bridge_of_its_own(lab: V2rayLab, tmp_path: Path) -> None:
    port = 22555
    server = dataclasses.replace(
        lab.server, id="s3", alias="bridged", route=dataclasses.replace(lab.server.route, port=port)
    )
    user_id = new_uuid()
    with lab.shell() as shell, lab.banners() as (sshd, notebook, hidden):
        with pytest.raises(RelayTrayError) as caught:
            add_server(shell, lab.relay, server, ports=(22, notebook), user_id=user_id)
        assert caught.value.fault.code is FaultCode.ROUTE_NEEDS_BRIDGE
        assert read_state(lab.record()).server(port) is None

        permitted = add_server(
            shell, lab.relay, server, ports=(22, notebook), bridge=True, user_id=user_id, sshd_port=sshd
        )
        assert permitted.routed.watch_uuid
        config = v2ray4.server_config(permitted.carrier, permitted.routed)
        with RunningCore(permitted.carrier.core, tmp_path / "bridge", config), lab.client(user_id) as client:
            deadline = Deadline(20, "the bridge")
            while client.ask("localhost", 22) != f"SSH-2.0-port_{sshd}":
                deadline.wait()
            assert client.ask("localhost", notebook) == f"SSH-2.0-port_{notebook}"
            assert client.attack(("localhost", hidden), ("127.0.0.1", sshd), (lab.network.address, 22)) == {}
            with (
                lab.client(permitted.routed.tunnel_uuid) as bridge,
                lab.client(lab.id_of("lab-gpu")) as neighbour,
            ):
                assert bridge.attack(("localhost", 22), ("localhost", notebook)) == {}
                assert neighbour.attack(("localhost", notebook), ("bridged.reverse.internal", 22)) == {}
        assert lab.listens(16823)
        add_server(shell, lab.relay, server, bridge=False, user_id=user_id)
        assert not known(lab, port).tunnel_uuid
        assert not lab.listens(16823)
        assert drop_server(shell, lab.relay, server)
        assert not drop_server(shell, lab.relay, server)


# --- what goes wrong --------------------------------------------------------------------------------------


def test_a_service_that_does_not_start_leaves_the_old_one(
    lab: V2rayLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, part = lab.files(), setup_script._part
    broken = "Environment=V2RAY_VMESS_AEAD_FORCED=true", "ExecStartPre=/bin/false"
    monkeypatch.setattr(setup_script, "_part", lambda name: part(name).replace(*broken))
    report = lab.apply(user_port=17000)
    monkeypatch.undo()
    assert report.state is StepState.FAILED
    assert "does not run" in reason(report) or "does not start" in reason(report)
    assert changes(before, lab.files()) == []
    assert lab.listens(16824)
    assert not lab.listens(17000)


def test_settings_that_the_program_does_not_take(lab: V2rayLab, monkeypatch: pytest.MonkeyPatch) -> None:
    before, writer = lab.files(), v2ray4.relay_config
    monkeypatch.setattr(
        v2ray4, "relay_config", lambda *given: writer(*given).replace('"vmess"', '"vmess of another kind"')
    )
    report = lab.apply(user_port=17000)
    monkeypatch.undo()
    assert report.state is StepState.FAILED
    assert "does not take the settings" in reason(report)
    assert lab.id_of("lab-gpu") not in reason(report)
    assert changes(before, lab.files()) == []


def test_a_disk_that_becomes_full_in_the_middle(lab: V2rayLab) -> None:
    """Room for the configuration, and none for the record."""
    lab.machine.must_run(
        "sh",
        "-ec",
        f"cp -a {FOLDER} /run/kept; mount -t tmpfs -o size=16k,mode=750 full {FOLDER}; "
        f"cp -a /run/kept/. {FOLDER}; head -c 4096 /dev/zero >{FOLDER}/filling; "
        f"chown --reference=/run/kept {FOLDER}; rm -r /run/kept",
    )
    try:
        before, pid = lab.files(), lab.unit("MainPID")
        report = lab.apply(user_port=17000)
        assert report.state is StepState.FAILED
        assert reason(report) == f"{FOLDER}/new/state.json could not be written"
        left = {one for one in changes(before, lab.files()) if f" {FOLDER}/new" not in one}
        assert left == set()
        assert lab.unit("MainPID") == pid
    finally:
        lab.machine.must_run("umount", "-l", FOLDER)


def test_another_program_has_the_port_or_a_server(lab: V2rayLab) -> None:
    with lab.services():
        plan = lab.check(user_port=OTHER)
        assert plan.state is StepState.IMPOSSIBLE
        assert [note.code for note in plan.notes] == [StepNote.PORT_TAKEN]
        assert lab.apply(user_port=OTHER).state is StepState.IMPOSSIBLE
    # a server whose tunnel is down for the moment: it could never come back
    assert not lab.listens(FIRST)
    plan = lab.check(user_port=FIRST)
    assert (plan.state, [note.code for note in plan.notes]) == (StepState.IMPOSSIBLE, [StepNote.PORT_TAKEN])


def test_killed_at_any_moment_and_repeated(lab: V2rayLab) -> None:
    """The script's own process on the relay: whatever it left, the same comes of it in the end."""
    assert lab.apply(user_port=17000).state is StepState.DONE
    whole = lab.files()
    assert lab.apply().state is StepState.DONE
    for hundredths in (6, 20):
        _killed(lab, hundredths / 100)
    assert lab.apply(user_port=17000).state in (StepState.DONE, StepState.RIGHT)
    assert changes(whole, lab.files()) == []
    assert lab.listens(17000)


def _killed(lab: V2rayLab, after_s: float) -> None:
    sent: list[tuple[str, list[str]]] = []

    class Stop(Exception):
        pass

    class Listening:
        """In the place of a shell: what would be run is taken down."""

        host, user = "", "root"

        def run(self, script: str, words: list[str], **_: object) -> None:
            sent.append((script, words))
            raise Stop

    record = lab.record()
    state = read_state(record)
    state = dataclasses.replace(state, carrier=dataclasses.replace(state.carrier, user_port=17000))
    script = setup_script.SetupScript(shell=Listening(), relay=lab.relay, options=SetupOptions())  # type: ignore[arg-type]
    with pytest.raises(Stop):
        v2ray_relay.run(script, "apply", state, expect=digest_of(record))
    ((text, words),) = sent
    process = subprocess.Popen(
        lab.machine.words(["sh", "-s", "--", *words]), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(f"{{\n{text}\n}} </dev/null\n".encode())
    process.stdin.close()
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        lab.machine.run("pkill", "-KILL", "-f", "apply v2ray mode=system")
        process.wait(10)


# --- machines and programs --------------------------------------------------------------------------------


def test_stopped_then_without_systemd_and_without_root(lab: V2rayLab) -> None:
    lab.machine.must_run("systemctl", "stop", UNIT)
    assert StepNote.SERVICE_NOT_RUNNING in [note.code for note in lab.check().notes]
    assert lab.apply().state is StepState.DONE
    lab.machine.must_run("mv", "/run/systemd/system", "/run/systemd/elsewhere")
    try:
        plan = lab.check()
    finally:
        lab.machine.must_run("mv", "/run/systemd/elsewhere", "/run/systemd/system")
    assert (plan.state, [note.code for note in plan.notes]) == (
        StepState.IMPOSSIBLE,
        [StepNote.NEEDS_SYSTEMD],
    )
    login = dataclasses.replace(lab.relay.set_up_login, user="carol")
    plain = dataclasses.replace(lab.before, user="carol")
    lab.profiles.replace_document(dataclasses.replace(lab.store.load(), relays=(plain,)))
    try:
        options = dataclasses.replace(lab.options(), mode=SetupMode.ACCOUNT, pc_key=str(lab.other_key))
        rootless = lab.desk.plan("r1", options, lab.cancelled, login)
    finally:
        lab.profiles.replace_document(lab.store.load())
    step = of_v2ray(rootless)
    assert (step.state, [note.code for note in step.notes]) == (StepState.IMPOSSIBLE, [StepNote.NEEDS_ROOT])


_FORM_OF_5 = """#!/bin/sh
# takes v2ray 5's words (Debian has only 4), and lets v2ray 4 do the work
case "$1 $2 $3" in
"version  ") echo 'V2Ray 5.16.1 (V2Fly, a community-driven edition of V2Ray.)' ;;
"run -format jsonv4") shift 3; exec /usr/bin/v2ray -config "$2" ;;
"test -format jsonv4") shift 3; exec /usr/bin/v2ray -test -config "$2" ;;
*) exit 2 ;;
esac
"""
_SYSTEMD_229 = """#!/bin/sh
# what an old systemd does not know: a filter's group (239), the number of restarts (235), an option (230)
case "$*" in
--version) echo 'systemd 229' ;;
*--value*) echo "systemctl: unrecognized option '--value'" >&2; exit 1 ;;
*NRestarts*) ;;
*) exec /usr/bin/systemctl "$@" ;;
esac
"""


def test_an_older_and_a_newer_program(lab: V2rayLab, tmp_path: Path) -> None:
    lab.machine.write("/usr/local/bin/v2ray", "#!/bin/sh\necho 'V2Ray 4.20.0 (old)'\n", 0o755)
    try:
        lab.machine.must_run("rm", CORE)
        plan = lab.check()
        assert plan.state is StepState.IMPOSSIBLE
        assert [(note.code, note.details["version"]) for note in plan.notes] == [
            (StepNote.V2RAY_PROGRAM_TOO_OLD, "4.20.0")
        ]
        lab.machine.write("/usr/local/bin/v2ray", _FORM_OF_5, 0o755)
        lab.machine.write("/usr/local/bin/systemctl", _SYSTEMD_229, 0o755)
        assert lab.apply().state is StepState.DONE
        assert "@system-service" not in lab.machine.read(f"/etc/systemd/system/{UNIT}")
        lab.machine.must_run("rm", "/usr/local/bin/systemctl")
        assert lab.apply().state is StepState.DONE, "a newer systemd can keep it closer"
        assert "\nSystemCallFilter=@system-service\n" in lab.machine.read(f"/etc/systemd/system/{UNIT}")
        assert "run -format jsonv4 -c" in lab.machine.read(f"/etc/systemd/system/{UNIT}")
        with lab.services(), lab.client(lab.id_of("lab-gpu")) as client:
            assert client.ask("localhost", 22) == f"SSH-2.0-port_{FIRST}"
        assert lab.check().state is StepState.RIGHT
    finally:
        lab.machine.must_run("rm", "-f", "/usr/local/bin/v2ray", "/usr/local/bin/systemctl", CORE)
    assert lab.apply().state is StepState.DONE


def test_a_program_that_is_brought(lab: V2rayLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_core = tmp_path / "v2ray"
    no_core.write_bytes(Path("/bin/true").read_bytes())
    report = lab.apply(program=str(no_core))
    assert report.state is StepState.FAILED
    assert "it is no v2ray" in reason(report)
    assert lab.machine.must_run("ls", "-A", CORE.rpartition("/")[0]).split() == ["v2ray-x86_64"]

    assert lab.check(program=the_program()).state is StepState.RIGHT, "the same is there"
    other = tmp_path / "another" / "v2ray"
    other.parent.mkdir()
    other.write_bytes(Path(the_program()).read_bytes() + b"\0")
    assert lab.check(program=str(other)).notes[0].code is StepNote.V2RAY_PROGRAM_BROUGHT
    with monkeypatch.context() as patch:
        patch.setattr(v2ray_relay, "_SPARE_KILOBYTES", 1 << 40)
        report = lab.apply(program=str(other))
        assert report.state is StepState.FAILED
        assert re.match(
            r"there are \d+ MB free in /usr/local/libexec/relaytray/cores, and \d+ are", reason(report)
        )
    with pytest.raises(RelayTrayError) as caught:
        lab.apply(called_off_at=50, program=str(other))
    assert caught.value.fault.code is FaultCode.CANCELLED
    lab.cancelled.clear()
    deadline = Deadline(20, "what had come of it to be gone")
    while lab.machine.must_run("ls", "-A", CORE.rpartition("/")[0]).split() != ["v2ray-x86_64"]:
        deadline.wait()
    assert lab.machine.run("test", "-L", CORE).returncode == 0
    assert lab.apply(program=str(other)).state is StepState.DONE
    assert lab.machine.run("test", "-L", CORE).returncode == 1
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    assert lab.machine.must_run("sha256sum", CORE).startswith(digest)
    assert lab.check().state is StepState.RIGHT, "what was brought is used from then on"

    # one that seems to be right, and does not run: the one before is back
    files = lab.files()
    with monkeypatch.context() as patch:
        data = b"#!/bin/sh\n[ $1 != -version ] || echo V2Ray 4.99.0\n[ $1 != -config ]\n"
        seeming = CoreFile("v2ray", ("x86_64",), hashlib.sha256(data).hexdigest(), data)
        patch.setattr(v2ray_step, "read_core_file", lambda _path: seeming)
        report = lab.apply(program="any")
    assert report.state is StepState.FAILED
    assert "does not run" in reason(report) or "does not start" in reason(report)
    assert changes(files, lab.files()) == []
    assert lab.listens(16824)
    lab.machine.must_run("rm", CORE)
    assert lab.apply().state is StepState.DONE


def reason(report: StepReport) -> str:
    assert report.fault is not None
    return report.fault.details["reason"]


def test_the_record_of_a_newer_program_is_not_touched(lab: V2rayLab) -> None:
    path, before = f"{FOLDER}/now/state.json", lab.record()
    lab.machine.must_run("sh", "-c", f'sed -i \'s/"version": 1/"version": 2/\' {path}')
    try:
        newer = lab.record()
        assert newer != before
        plan = lab.apply()
        assert (plan.state, [note.code for note in plan.notes]) == (
            StepState.IMPOSSIBLE,
            [StepNote.V2RAY_RECORD_DAMAGED],
        )
        with lab.shell() as shell, pytest.raises(RelayTrayError) as caught:
            add_server(shell, lab.relay, lab.server, user_id=new_uuid())
        assert caught.value.fault.code is FaultCode.SETUP_STEP_FAILED
        assert lab.record() == newer
        # after a loss of power a file may be there, and empty
        lab.machine.must_run("sh", "-c", f"cp -p {path} /run/kept; : >{path}")
        plan = lab.apply()
        assert [note.code for note in plan.notes] == [StepNote.V2RAY_RECORD_DAMAGED]
        lab.machine.must_run("mv", "/run/kept", path)
    finally:
        lab.machine.must_run("sh", "-c", f'sed -i \'s/"version": 2/"version": 1/\' {path}')
