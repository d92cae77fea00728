"""Installing into and removing from a person's ssh config, and what the real ssh then reads."""

from __future__ import annotations

import dataclasses
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Document, Relay, Server
from app.integration.profile_store import catch_up, open_store
from app.integration.ssh_config_install import SshConfigInstall, ssh_home, unsafe_reason
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

ROOT = Path(__file__).parents[2]
posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh")

RELAY = Relay(id="r", name="home", host="h", user="u")
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,))
THEIRS = b"# mine\nHost *\n  User bob\n"


class Person:
    """A home folder with an ssh config, and an installation that leads there."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.config = self.home / ".ssh" / "config"
        self.paths = Paths.at(folder / "data dir")
        self.install = SshConfigInstall(self.paths, home=self.home)
        self.home.mkdir()

    def write(self, data: bytes) -> None:
        self.config.parent.mkdir(mode=0o700, exist_ok=True)
        self.config.write_bytes(data)
        self.config.chmod(0o600)

    def line(self) -> bytes:
        return f'Include "{self.paths.ssh_config}"\n'.encode()

    def ssh(self, alias: str = "lab-gpu") -> dict[str, str]:
        command = ["ssh", "-G", "-F", str(self.config), alias]
        told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
        pairs = [line.partition(" ") for line in told.splitlines()]
        return {keyword: value for keyword, _, value in reversed(pairs)}

    def refused(self) -> Fault:
        """Of an installation that must fail and leave nothing behind."""
        before = snapshot(self.home)
        with pytest.raises(RelayTrayError) as raised:
            self.install.install(DOCUMENT)
        assert snapshot(self.home) == before
        assert not self.paths.ssh_config.exists()
        return raised.value.fault


def snapshot(folder: Path) -> dict[str, object]:
    """Names, modes and contents of everything in it."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b"",
        )
        for path in folder.rglob("*")
    }


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


# --- there and back ---------------------------------------------------------------------------------------


def test_installed_and_removed(person: Person) -> None:
    person.write(THEIRS)
    assert not person.install.state().is_installed
    before = snapshot(person.home)
    state = person.install.install(DOCUMENT)
    assert state.is_installed
    assert state.fault is None
    assert (state.user_config, state.owned_file) == (str(person.config), str(person.paths.ssh_config))
    assert person.config.read_bytes() == person.line() + THEIRS
    found = person.ssh()
    assert (found["hostname"], found["user"]) == ("lab-gpu.relaytray.internal", "ann")
    assert person.ssh("other")["user"] == "bob"
    assert not person.install.remove().is_installed
    assert snapshot(person.home) == before
    assert not person.paths.ssh_config.exists()


def test_twice_is_as_good_as_once(person: Person) -> None:
    person.write(THEIRS)
    person.install.install(DOCUMENT)
    before = snapshot(person.home)
    assert person.install.install(DOCUMENT).is_installed
    assert snapshot(person.home) == before
    person.install.remove()
    assert not person.install.remove().is_installed
    assert person.config.read_bytes() == THEIRS


def test_without_a_config_or_even_a_folder(person: Person) -> None:
    assert person.install.install(DOCUMENT).is_installed
    assert person.ssh()["user"] == "ann"
    if os.name == "posix":
        assert stat.S_IMODE(person.config.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(person.config.stat().st_mode) == 0o600
    person.install.remove()
    assert not person.config.parent.exists()


def test_a_folder_that_was_there_stays(person: Person) -> None:
    person.config.parent.mkdir(mode=0o700)
    person.install.install(DOCUMENT)
    person.install.remove()
    assert person.config.parent.is_dir()
    assert not list(person.config.parent.iterdir())


def test_a_folder_that_is_used_meanwhile_stays(person: Person) -> None:
    person.install.install(DOCUMENT)
    (person.config.parent / "known_hosts").write_text("")
    person.install.remove()
    assert [path.name for path in person.config.parent.iterdir()] == ["known_hosts"]


def test_an_empty_config_stays_an_empty_config(person: Person) -> None:
    person.write(b"")
    person.install.install(DOCUMENT)
    person.install.remove()
    assert person.config.read_bytes() == b""
    assert [path.name for path in person.config.parent.iterdir()] == ["config"]


@pytest.mark.parametrize("theirs", [THEIRS, None])
def test_what_the_person_wrote_meanwhile_stays(person: Person, theirs: bytes | None) -> None:
    if theirs is not None:
        person.write(theirs)
    person.install.install(DOCUMENT)
    with person.config.open("ab") as file:
        file.write(b"Host new\n")
    person.install.remove()
    assert person.config.read_bytes() == (theirs or b"") + b"Host new\n"


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400 | 0o200])
def test_the_mode_of_the_config_stays(person: Person, mode: int) -> None:
    person.write(THEIRS)
    person.config.chmod(mode)
    person.install.install(DOCUMENT)
    assert stat.S_IMODE(person.config.stat().st_mode) == mode
    assert stat.S_IMODE(person.paths.ssh_config.stat().st_mode) == 0o600
    person.install.remove()
    assert stat.S_IMODE(person.config.stat().st_mode) == mode


@posix_only
def test_a_config_that_is_a_link_stays_one(person: Person, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles"
    real.write_bytes(THEIRS)
    real.chmod(0o644)
    person.config.parent.mkdir()
    person.config.symlink_to(real)
    assert person.install.install(DOCUMENT).is_installed
    assert person.config.is_symlink()
    assert real.read_bytes() == person.line() + THEIRS
    person.install.remove()
    assert person.config.is_symlink()
    assert real.read_bytes() == THEIRS


@pytest.mark.parametrize(
    "data", [b"Host *\r\n  User bob\r\n", b"Host *\n  User bob", b"\r\n", b"Include ~/.ssh/more\n" + THEIRS]
)
def test_every_byte_comes_back(person: Person, data: bytes) -> None:
    person.write(data)
    person.install.install(DOCUMENT)
    assert person.ssh()["user"] == "ann"
    person.install.remove()
    assert person.config.read_bytes() == data


# --- what is there already --------------------------------------------------------------------------------


def test_an_include_made_by_hand_is_enough(person: Person) -> None:
    person.write(
        b"# hand-made\ninclude=" + bytes(person.paths.ssh_config).replace(b" ", b"\\ ") + b"\n" + THEIRS
    )
    before = person.config.read_bytes()
    assert not person.install.state().is_installed, "our file is not there"
    assert person.install.install(DOCUMENT).is_installed
    assert person.config.read_bytes() == before
    assert person.ssh()["user"] == "ann"


def test_an_include_in_a_block_is_moved_to_the_top(person: Person) -> None:
    person.write(THEIRS + b"  " + person.line())
    person.paths.root.mkdir()
    person.paths.ssh_config.write_text("")
    assert not person.install.state().is_installed
    assert person.install.install(DOCUMENT).is_installed
    assert person.config.read_bytes() == person.line() + THEIRS
    backup = person.config.with_name("config.relaytray-backup")
    assert backup.read_bytes() == THEIRS + b"  " + person.line()
    person.install.remove()
    assert person.config.read_bytes() == THEIRS
    assert backup.exists(), "it holds what the config does not"


def test_two_data_folders_do_not_disturb_each_other(person: Person, tmp_path: Path) -> None:
    person.write(THEIRS)
    second = SshConfigInstall(Paths.at(tmp_path / "second"), home=person.home)
    other = dataclasses.replace(SERVER, alias="other")
    person.install.install(DOCUMENT)
    second.install(dataclasses.replace(DOCUMENT, servers=(other,)))
    assert person.install.state().is_installed
    assert person.ssh("other")["hostname"] == "other.relaytray.internal"
    assert person.ssh()["hostname"] == "lab-gpu.relaytray.internal"
    person.install.remove()
    assert second.state().is_installed
    second.remove()
    assert person.config.read_bytes() == THEIRS


def test_two_processes_at_once(person: Person, tmp_path: Path) -> None:
    """Of one data folder and of another, both ways, again and again: nothing of the person's is lost."""
    person.write(THEIRS)
    script = (
        "import sys; from pathlib import Path; from app.core.profiles import Document\n"
        "from app.integration.ssh_config_install import SshConfigInstall\n"
        "from app.storage.paths import Paths\n"
        "install = SshConfigInstall(Paths.at(sys.argv[1]), home=Path(sys.argv[2]))\n"
        "for _ in range(4): install.install(Document()); install.remove()\n"
        "install.install(Document())\n"
    )
    folders = [person.paths.root, person.paths.root, tmp_path / "second"]
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(folder), str(person.home)], cwd=ROOT)
        for folder in folders
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    second = SshConfigInstall(Paths.at(tmp_path / "second"), home=person.home)
    assert second.state().is_installed
    second.remove()
    person.install.install(DOCUMENT)
    person.install.remove()
    assert person.config.read_bytes() == THEIRS
    left = sorted(path.name for path in person.config.parent.iterdir() if "backup" not in path.name)
    assert left == ["config"]


# --- backups ----------------------------------------------------------------------------------------------


def test_a_backup_is_never_overwritten_by_another(person: Person) -> None:
    person.write(b"first\n")
    backup = person.config.with_name("config.relaytray-backup")
    person.write(THEIRS)
    person.install.install(DOCUMENT)
    assert backup.read_bytes() == THEIRS
    if os.name == "posix":
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    person.write(b"Host second\n")  # the line is gone: somebody put an old config back
    person.install.install(DOCUMENT)
    second = person.config.with_name("config.relaytray-backup-2")
    assert (backup.read_bytes(), second.read_bytes()) == (THEIRS, b"Host second\n")
    person.write(THEIRS)
    person.install.install(DOCUMENT)
    assert not person.config.with_name("config.relaytray-backup-3").exists(), "the same is kept once"
    person.install.remove()
    assert not backup.exists(), "the config holds what it held"


# --- what is refused --------------------------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"\xef\xbb\xbfHost a\n", FaultCode.FILE_NOT_UNDERSTOOD, "byte order mark"),
        ("Host a\n".encode("utf-16"), FaultCode.FILE_NOT_UNDERSTOOD, "UTF-16"),
        (b"\0" * 5_000_000, FaultCode.FILE_UNREADABLE, "too large"),
    ],
    ids=["bom", "utf-16", "huge"],
)
def test_a_config_that_ssh_cannot_read_is_left_alone(
    person: Person, data: bytes, code: FaultCode, words: str
) -> None:
    person.write(data)
    fault = person.refused()
    assert (fault.code, fault.details["path"]) == (code, str(person.config))
    assert words in fault.details["reason"]
    assert person.install.state().fault == fault


@posix_only
@pytest.mark.parametrize("mode", [0o660, 0o606, 0o664, 0o777])
def test_a_config_that_others_may_change(person: Person, mode: int) -> None:
    person.write(THEIRS)
    person.config.chmod(mode)
    fault = person.refused()
    assert fault.code is FaultCode.SSH_CONFIG_UNSAFE
    assert f"{mode:04o}" in fault.details["reason"]
    assert person.install.state().fault == fault


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_config_of_somebody_else(person: Person) -> None:
    person.write(THEIRS)
    os.chown(person.config, 12345, -1)
    assert person.refused().details["reason"] == "it belongs to another user"


@posix_only
def test_it_can_be_removed_from_a_config_that_became_unsafe(person: Person) -> None:
    person.write(THEIRS)
    person.install.install(DOCUMENT)
    person.config.chmod(0o666)
    state = person.install.state()
    assert state.fault is not None
    assert state.fault.code is FaultCode.SSH_CONFIG_UNSAFE
    person.install.remove()
    assert person.config.read_bytes() == THEIRS


@posix_only
def test_what_is_no_file(person: Person) -> None:
    person.config.parent.mkdir()
    person.config.symlink_to("away")
    assert "does not exist" in person.refused().details["reason"]
    person.config.unlink()
    person.config.symlink_to("config")
    assert "leads back to itself" in person.refused().details["reason"]
    person.config.unlink()
    person.config.mkdir()
    assert person.refused().details["reason"] == "it is a folder"
    with pytest.raises(RelayTrayError):
        person.install.remove()
    person.config.rmdir()
    person.config.parent.rmdir()
    person.config.parent.write_text("a file")
    assert person.refused().code in (FaultCode.FILE_UNREADABLE, FaultCode.FILE_UNWRITABLE)


def test_a_read_only_config(person: Person) -> None:
    person.write(THEIRS)
    person.config.chmod(0o400)
    fault = person.refused()
    assert (fault.code, fault.details["reason"]) == (FaultCode.FILE_UNWRITABLE, "it is marked as read-only")
    person.config.chmod(0o600)


@posix_only
def test_a_home_that_lets_nobody_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with folder_of_ordinary_user() as folder:
        with as_ordinary_user():
            person = Person(folder)
            person.home.chmod(0o555)
            fault = person.refused()
        assert fault.code is FaultCode.FILE_UNWRITABLE
        person.home.chmod(0o700)


@pytest.mark.parametrize("theirs", [THEIRS, None])
def test_an_installation_that_fails_half_way_takes_everything_back(
    person: Person, theirs: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if theirs is not None:
        person.write(theirs)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.storage.persons_file.replace", full)
    assert person.refused().details["reason"] == "No space left on device"


def test_a_lock_that_is_held(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr("app.storage.file_lock.LOCK_TIMEOUT_S", 0.1)
    person.install.install(DOCUMENT)
    with FileLock(person.paths.ssh_config_lock):
        with pytest.raises(RelayTrayError) as raised:
            person.install.remove()
        assert raised.value.fault.code is FaultCode.FILE_UNWRITABLE
        (fault,) = person.install.sync(Document())
        assert fault == raised.value.fault
    assert person.install.state().is_installed


# --- what ssh says ----------------------------------------------------------------------------------------


def test_a_mistake_of_the_person_s_own_is_told_and_not_ours_to_mend(person: Person) -> None:
    person.write(THEIRS + b"Nonsense yes\n")
    state = person.install.install(DOCUMENT)
    assert state.is_installed
    assert state.fault is not None
    assert state.fault.code is FaultCode.FILE_NOT_UNDERSTOOD
    assert "nonsense" in state.fault.details["reason"]
    assert str(person.config) == state.fault.details["path"]


@posix_only
def test_a_file_of_ours_that_others_may_change(person: Person) -> None:
    """ssh stops at it for every host; the next change of a profile mends it."""
    person.install.install(DOCUMENT)
    person.paths.ssh_config.chmod(0o666)
    fault = person.install.state().fault
    assert fault is not None
    assert (fault.code, fault.details["path"]) == (FaultCode.SSH_CONFIG_UNSAFE, str(person.paths.ssh_config))
    assert person.install.sync(DOCUMENT) == ()
    assert person.install.state().fault is None


@posix_only
def test_another_file_that_the_config_includes_and_others_may_change(person: Person, tmp_path: Path) -> None:
    theirs = tmp_path / "work config"
    theirs.write_text("")
    theirs.chmod(0o666)
    person.write(f'Include "{theirs}"\n'.encode())
    fault = person.install.install(DOCUMENT).fault
    assert fault is not None
    assert (fault.code, fault.details["path"]) == (FaultCode.SSH_CONFIG_UNSAFE, str(theirs))


# --- in step with the profiles ----------------------------------------------------------------------------


def test_every_change_of_the_document_is_in_our_file_at_once(person: Person) -> None:
    store = DocumentStore(person.paths, after_write=person.install.sync)
    store.save(DOCUMENT)
    assert not person.paths.ssh_config.exists(), "it is not installed"
    person.install.install(DOCUMENT)
    renamed = dataclasses.replace(SERVER, alias="other")
    store.edit(lambda document: dataclasses.replace(document, servers=(renamed,)))
    assert "hostname" in person.ssh("other")
    assert person.ssh("other")["hostname"] == "other.relaytray.internal"
    assert person.ssh("lab-gpu")["hostname"] == "lab-gpu", "no stale block"
    store.edit(lambda document: dataclasses.replace(document, servers=()))
    assert "Host " not in person.paths.ssh_config.read_text()
    assert not store.reports


def test_installing_with_an_old_document_does_not_bring_it_back(person: Person) -> None:
    DocumentStore(person.paths).save(Document(relays=(RELAY,)))
    person.install.install(DOCUMENT)
    assert "lab-gpu" not in person.paths.ssh_config.read_text()


def test_a_document_that_is_restored_is_in_our_file(person: Person) -> None:
    store = open_store(person.paths)
    store.save(DOCUMENT)
    store.save(Document(relays=(RELAY,)))
    person.install.install(Document(relays=(RELAY,)))
    person.paths.document.write_text("{ nonsense")
    store.load()
    assert "Host lab-gpu" in person.paths.ssh_config.read_text()


def test_a_start_catches_up(person: Person) -> None:
    """A crash between the two writes; a program that moved."""
    open_store(person.paths).save(DOCUMENT)
    person.install.install(DOCUMENT)
    good = person.paths.ssh_config.read_bytes()
    person.paths.ssh_config.write_bytes(good.replace(b"app/__main__.py", b"elsewhere/__main__.py"))
    assert not catch_up(person.paths).reports
    assert person.paths.ssh_config.read_bytes() == good
    assert not catch_up(Paths.at(person.home / "no such folder")).reports
    assert not (person.home / "no such folder").exists()


def test_one_bad_line_cannot_break_ssh_for_every_host(person: Person) -> None:
    bad = dataclasses.replace(SERVER, id="b", alias="bad", ssh_options=("Nonsense yes", "ConnectTimeout 3"))
    good = dataclasses.replace(SERVER, id="g", alias="good", ssh_options=("ConnectTimeout 7",))
    hijacking = dataclasses.replace(SERVER, id="h", alias="*")
    lost = dataclasses.replace(SERVER, id="l", alias="lost", relay_id="gone")
    document = dataclasses.replace(DOCUMENT, servers=(bad, good, hijacking, lost))
    assert person.install.install(document).fault is None
    assert [fault.code for fault in person.install.reports] == [
        FaultCode.SSH_OPTION_REFUSED,
        FaultCode.PROFILE_INVALID,
        FaultCode.NO_SUCH_RELAY,
    ]
    assert person.ssh("bad")["hostname"] == "bad.relaytray.internal"
    assert person.ssh("bad")["connecttimeout"] == "none", "none of its lines"
    assert person.ssh("good")["connecttimeout"] == "7"
    assert person.ssh("elsewhere")["hostname"] == "elsewhere"


def test_faults_reach_the_reports_of_the_store_or_whoever_listens(person: Person) -> None:
    bad = dataclasses.replace(SERVER, ssh_options=("Nonsense yes",))
    document = dataclasses.replace(DOCUMENT, servers=(bad,))
    person.install.install(DOCUMENT)
    store = open_store(person.paths)
    store.save(document)
    assert [fault.code for fault in store.reports] == [FaultCode.SSH_OPTION_REFUSED]
    heard: list[Fault] = []
    listening = open_store(person.paths, tell=heard.append)
    listening.save(DOCUMENT)
    for user in ("a", "b"):
        listening.save(dataclasses.replace(document, servers=(dataclasses.replace(bad, user=user),)))
    assert [fault.code for fault in heard] == [FaultCode.SSH_OPTION_REFUSED], "once, not at every change"
    assert not listening.reports


def test_our_file_cannot_be_written(person: Person) -> None:
    person.install.install(DOCUMENT)
    person.paths.ssh_config.unlink()
    person.paths.ssh_config.mkdir()
    (fault,) = person.install.sync(Document())
    assert fault.code in (FaultCode.FILE_UNREADABLE, FaultCode.FILE_UNWRITABLE)
    assert not person.install.state().is_installed


# --- home -------------------------------------------------------------------------------------------------


@posix_only
def test_home_is_what_ssh_takes_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import pwd

    monkeypatch.setenv("HOME", str(tmp_path))
    assert ssh_home() == Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert unsafe_reason(tmp_path / "gone") == ""
