"""The whole set-up of a relay with Shadowsocks, as the window asks for it, and all of it taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import Relay
from app.core.provisioning import Camouflage, SetupOptions, ShadowsocksOptions, Step, StepNote, StepState
from app.provision.profile_changes import PC_USER
from app.provision.relay_desk import RelayDesk
from app.secrets import SecretName
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.peers.shadowsocks_client import ShadowsocksClient
from tests.provision.desk_lab import DeskLab
from tests.transport.login_peers import Secrets

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

PLACES = ("/etc", "/usr/local", "/var/lib/relaytray", "/root")


@pytest.fixture
def network(tmp_path: Path, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path / "network", relay_has_systemd=True) as made:
        made.relay.authorize("root", public_line(key_store.key("login")))
        made.relay.start_sshd()
        yield made


def test_set_up_and_taken_away(network: Network, key_store: KeyStore, tmp_path: Path) -> None:
    before = network.relay.snapshot(*PLACES)
    relay = Relay(
        id="r1",
        name="office",
        host=network.address,
        user="root",
        identity=str(key_store.key("login")),
    )
    known = "".join(f"{network.address} {key}\n" for key in network.relay.host_keys() if "ed25519" in key)
    secrets = Secrets()
    lab = DeskLab(tmp_path / "data", relay, known=known, secrets=secrets)
    desk = RelayDesk(lab.ground)
    options = SetupOptions(
        with_bbr=False, shadowsocks=ShadowsocksOptions(camouflage=Camouflage.OBFS_HTTP, phone_port=8500)
    )
    plan = desk.plan("r1", options, lab.cancelled)
    (planned,) = (one for one in plan.steps if one.step is Step.SHADOWSOCKS)
    assert planned.notes[0].code is StepNote.SHADOWSOCKS_SERVER
    assert planned.notes[0].details == {
        "port": "8388",
        "method": "aes-256-gcm",
        "camouflage": "obfs-server obfs=http",
    }
    assert (lab.store.load().shadowsocks, secrets.keyring) == ((), {})

    reports = desk.set_up("r1", options, lambda _report: None, lab.cancelled)
    assert {report.state for report in reports} == {StepState.DONE}
    main, phones = lab.store.load().shadowsocks
    assert lab.profiles.document.shadowsocks == (main, phones), "the program knows them at once"
    assert (main.name, main.port, main.plugin) == ("office", 8388, "obfs-local")
    assert (phones.name, phones.port, phones.for_phones) == ("office-phones", 8500, True)
    assert lab.relay.user == PC_USER
    for profile in (main, phones):
        password = secrets.keyring[SecretName("shadowsocks", profile.id)]
        with ShadowsocksClient(tmp_path, profile, password) as client:
            assert client.heard(network.address, 22) == b"", "the relay's own sshd is not for its users"

    # only the service, and back
    without = SetupOptions(with_bbr=False, without_shadowsocks=True)
    plan = desk.plan("r1", without, lab.cancelled)
    (planned,) = (one for one in plan.steps if one.state is StepState.CHANGE)
    assert [note.details["name"] for note in planned.notes] == ["office", "office-phones"]
    reports = desk.set_up("r1", without, lambda _report: None, lab.cancelled)
    assert [one.step for one in reports if one.state is StepState.DONE] == [Step.SHADOWSOCKS]
    assert (lab.store.load().shadowsocks, secrets.keyring) == ((), {})
    assert "relaytray-shadowsocks" not in network.relay.read("/etc/passwd")
    assert not desk.plan("r1", without, lab.cancelled).changes
    desk.set_up("r1", options, lambda _report: None, lab.cancelled)

    removal = desk.removal_plan("r1", lab.cancelled)
    (planned,) = (one for one in removal.steps if one.step is Step.SHADOWSOCKS)
    assert [note.details["name"] for note in planned.notes] == ["office", "office-phones"]
    reports = desk.remove("r1", lambda _report: None, lab.cancelled)
    assert StepState.FAILED not in {report.state for report in reports}
    assert lab.store.load().shadowsocks == ()
    assert lab.relay == relay
    assert secrets.keyring == {}
    assert changes(before, network.relay.snapshot(*PLACES)) == []
