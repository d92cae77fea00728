"""What the "Use it from..." window is given and does, on this computer and with real files."""

from __future__ import annotations

import configparser
import dataclasses
import plistlib
import shutil
import stat
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Exit, Forward, Relay, Server
from app.core.uses import Use
from app.integration.profile_store import open_store
from app.integration.ssh_config_install import SshConfigInstall
from app.integration.uses import UseDesk
from app.storage.paths import Paths
from tests.peers.keys import KeyStore


@dataclasses.dataclass
class Ground:
    """A desk over profiles that a test may change."""

    paths: Paths
    home: Path
    document: Document
    changed: list[Document] = dataclasses.field(default_factory=list)

    @property
    def desk(self) -> UseDesk:
        store = open_store(self.paths)
        store.save(self.document)
        install = SshConfigInstall(self.paths, self.home)
        return UseDesk(self.paths, store, lambda: self.document, self.changed.append, install)

    def change(self, **fields: object) -> None:
        server = dataclasses.replace(self.document.servers[0], **fields)  # type: ignore[arg-type]
        self.document = dataclasses.replace(self.document, servers=(server,))

    def pin(self, public: Path) -> None:
        kind, blob = public.read_text(encoding="ascii").split()[:2]
        self.paths.known_hosts.write_text(f"lab-gpu.relaytray.internal {kind} {blob}\n", encoding="ascii")


@pytest.fixture
def ground(data_dir: Path, tmp_path: Path, key_store: KeyStore) -> Ground:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    identity = home / ".ssh" / "id_gpu"
    shutil.copy(key_store.key("uses"), identity)
    identity.chmod(0o600)
    relay = Relay(id="r", name="gate", host="relay.example.org", user="me", socks_port=10080)
    server = Server(id="s", alias="lab-gpu", relay_id="r", user="ann", identity=str(identity))
    ground = Ground(Paths.at(data_dir), home, Document(relays=(relay,), servers=(server,)))
    ground.pin(Path(f"{key_store.key('uses')}.pub"))
    return ground


def test_a_plain_profile_gets_ssh_and_the_environment_and_reasons_for_the_rest(ground: Ground) -> None:
    uses = ground.desk.of("s")
    assert not uses.ssh_config.is_installed
    assert uses.ssh_block.startswith("# lab-gpu")
    assert {one.key for one in uses.texts_of(Use.ENVIRONMENT)} == {"sh", "powershell", "cmd"}
    assert {use: fault.code for use, fault in uses.faults.items()} == {
        Use.WINSCP: FaultCode.PPK_NEEDED,
        Use.PUTTY: FaultCode.PPK_NEEDED,
        Use.FILEZILLA: FaultCode.PLAIN_PORT_NEEDED,
        Use.CYBERDUCK: FaultCode.PLAIN_PORT_NEEDED,
        Use.LINK: FaultCode.PLAIN_PORT_NEEDED,
        Use.TRANSFER: FaultCode.SSH_CONFIG_NOT_INSTALLED,
        Use.BROWSER: FaultCode.EXIT_NOT_ALLOWED,
    }
    assert (uses.key.is_encrypted, uses.key.ppk_is_there) == (False, False)


def test_with_port_key_forward_and_install_every_way_is_there(ground: Ground) -> None:
    ground.change(local_ssh_port=15022, forwards=(Forward(local_port=18888, remote_port=8888),))
    desk = ground.desk
    desk.install_ssh_config()
    converted = desk.convert_key("s", "", "")
    uses = desk.of("s")
    assert uses.faults == {}
    assert uses.ssh_config.is_installed
    assert uses.key.ppk == str(converted)
    assert stat.S_IMODE(converted.stat().st_mode) == 0o600
    assert {one.key for one in uses.files} == {
        "winscp-ini", "putty-reg", "filezilla-xml", "cyberduck-bookmark",
    }  # fmt: skip
    assert [one.text for one in uses.texts_of(Use.LINK)] == ["sftp://ann@127.0.0.1:15022"]
    assert "http://127.0.0.1:18888/" in [one.text for one in uses.texts_of(Use.BROWSER)]


def test_the_files_are_what_the_programs_read(ground: Ground, tmp_path: Path) -> None:
    ground.change(local_ssh_port=15022)
    desk = ground.desk
    desk.convert_key("s", "", "")
    for key in ("winscp-ini", "putty-reg", "filezilla-xml", "cyberduck-bookmark"):
        desk.save("s", key, tmp_path / key)
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    ini.optionxform = str  # type: ignore[assignment,method-assign]
    ini.read_string((tmp_path / "winscp-ini").read_bytes().decode("ascii"))
    (site,) = ini.sections()
    assert site.startswith("Sessions\\")
    assert ini[site]["ProxyPort"] == "10080"
    assert ini[site]["HostName"] == "lab-gpu.relaytray.internal"
    assert '"ProxyPort"=dword:00002760' in (tmp_path / "putty-reg").read_bytes().decode("utf-16")
    assert ET.parse(tmp_path / "filezilla-xml").findtext(".//Port") == "15022"
    assert plistlib.loads((tmp_path / "cyberduck-bookmark").read_bytes())["Port"] == "15022"


def test_a_port_that_changes_is_in_everything_that_is_made_afterwards(ground: Ground, tmp_path: Path) -> None:
    ground.change(local_ssh_port=15022)
    ground.desk.convert_key("s", "", "")
    moved = dataclasses.replace(ground.document.relays[0], socks_port=10090)
    ground.document = dataclasses.replace(ground.document, relays=(moved,))
    ground.change(local_ssh_port=15033)
    uses = ground.desk.of("s")
    everything = [text.text for text in uses.texts]
    for file in uses.files:
        coding = "utf-16" if file.use is Use.PUTTY else "utf-8"
        everything.append(file.data.decode(coding))
    assert not [text for text in everything if "15022" in text or "10080" in text]
    assert sum("15033" in text for text in everything) >= 3
    assert any("10090" in text for text in everything)


def test_a_server_whose_key_nobody_has_seen_is_not_handed_on(ground: Ground) -> None:
    desk = ground.desk
    desk.convert_key("s", "", "")
    ground.paths.known_hosts.unlink()
    uses = desk.of("s")
    assert uses.faults[Use.WINSCP].code is FaultCode.HOST_KEY_NOT_PINNED
    assert uses.faults[Use.PUTTY].code is FaultCode.HOST_KEY_NOT_PINNED
    assert not uses.files_of(Use.WINSCP)


def test_the_exit_at_the_server_makes_localhost_the_server(ground: Ground) -> None:
    ground.change(exit=Exit.SERVER)
    uses = ground.desk.of("s")
    assert Use.BROWSER not in uses.faults
    (shell,) = [one for one in uses.texts_of(Use.ENVIRONMENT) if one.key == "sh"]
    assert "localhost" not in shell.text


def test_an_encrypted_key_keeps_a_passphrase_or_loses_it_on_purpose(
    ground: Ground, key_store: KeyStore
) -> None:
    shutil.copy(key_store.key("uses", passphrase="old words"), ground.document.servers[0].identity)
    desk = ground.desk
    with pytest.raises(RelayTrayError) as wrong:
        desk.convert_key("s", "other words", "other words")
    assert wrong.value.fault.code is FaultCode.PASSPHRASE_WRONG
    converted = desk.convert_key("s", "old words", "new words")
    assert b"Encryption: aes256-cbc" in converted.read_bytes()
    assert desk.of("s").key.is_encrypted
    assert b"Encryption: none" in desk.convert_key("s", "old words", "").read_bytes()


@pytest.mark.parametrize("method", ["start_winscp", "store_in_winscp"])
@pytest.mark.skipif(sys.platform == "win32", reason="WinSCP may be there")
def test_winscp_is_only_started_on_windows(ground: Ground, method: str) -> None:
    with pytest.raises(RelayTrayError) as caught:
        getattr(ground.desk, method)("s")
    assert caught.value.fault.code is FaultCode.NOT_ON_THIS_SYSTEM


def test_a_stored_site_that_waits_for_winscp_to_end_is_told_and_nothing_else_is(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows itself: tests/windows. Here only what is made of it."""
    desk = ground.desk
    assert desk.follow_stored() is None, "nothing is stored"
    monkeypatch.setattr("app.integration.winscp.refresh_stored", lambda *_: ("RelayTray/lab-gpu",))
    assert desk.follow_stored() is None, "it is not running, so something else is in the way"
    monkeypatch.setattr("app.integration.uses.is_running", lambda: True)
    fault = desk.follow_stored()
    assert fault is not None
    assert fault.code is FaultCode.PROGRAM_RUNNING


def test_a_server_or_relay_that_is_gone_is_told(ground: Ground) -> None:
    with pytest.raises(RelayTrayError) as gone:
        ground.desk.of("x")
    assert gone.value.fault.code is FaultCode.NO_SUCH_SERVER
    ground.change(relay_id="x")
    with pytest.raises(RelayTrayError) as lost:
        ground.desk.of("s")
    assert lost.value.fault.code is FaultCode.NO_SUCH_RELAY


def test_a_file_that_cannot_be_written_is_told(ground: Ground, tmp_path: Path) -> None:
    ground.change(local_ssh_port=15022)
    with pytest.raises(RelayTrayError) as caught:
        ground.desk.save("s", "filezilla-xml", tmp_path / "nowhere" / "x.xml")
    assert caught.value.fault.code is FaultCode.FILE_UNWRITABLE
