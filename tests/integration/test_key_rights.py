"""Rights of key files put right; ssh itself says whether they are."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.private_keys import RightsChange
from app.integration import key_rights
from app.integration.key_rights import fix
from tests.peers.keys import KeyStore
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fault_of(path: Path) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        fix(path)
    return caught.value.fault


def ssh_complains(path: Path) -> bool:
    words = ["ssh-keygen", "-y", "-P", "", "-f", str(path)]
    told = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    return "UNPROTECTED PRIVATE KEY FILE" in told.stderr


@pytest.fixture
def key(tmp_path: Path, key_store: KeyStore) -> Path:
    folder = tmp_path / ".ssh"
    folder.mkdir(mode=0o700)
    return Path(shutil.copy(key_store.key("rights"), folder / "id"))


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o777])
def test_a_key_that_others_may_open(key: Path, mode: int) -> None:
    key.chmod(mode)
    assert ssh_complains(key) or os.geteuid() != key.stat().st_uid
    assert fix(key) == (RightsChange(str(key), f"other users may open it (mode {mode:04o})"),)
    assert mode_of(key) == 0o600
    assert not ssh_complains(key)
    assert fix(key) == ()


def test_the_folder_of_keys(key: Path) -> None:
    key.parent.chmod(0o775)
    assert fix(key) == (RightsChange(str(key.parent), "other users may open it (mode 0775)"),)
    assert mode_of(key.parent) == 0o700


def test_another_folder_is_left_as_it_is(key: Path, tmp_path: Path) -> None:
    moved = key.rename(tmp_path / "id")
    moved.chmod(0o400)
    tmp_path.chmod(0o755)
    assert fix(moved) == ()
    assert (mode_of(moved), mode_of(tmp_path)) == (0o400, 0o755)


def test_a_link_leads_to_the_key(key: Path, tmp_path: Path) -> None:
    key.chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(key)
    assert [change.path for change in fix(link)] == [str(key)]
    assert mode_of(key) == 0o600
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert fault_of(loop).code is FaultCode.KEY_UNREADABLE


@pytest.mark.parametrize("name", ["id.ppk", "pem"])
def test_keys_in_other_formats(key: Path, name: str) -> None:
    other = key.with_name(name)
    text = b"PuTTY-User-Key-File-3: ssh-ed25519\n"
    other.write_bytes(text if name == "id.ppk" else key.read_bytes().replace(b"OPENSSH", b"DSA"))
    other.chmod(0o644)
    assert len(fix(other)) == 1
    assert mode_of(other) == 0o600


def test_what_is_no_key_keeps_its_rights(key: Path, key_store: KeyStore) -> None:
    public = Path(shutil.copy(f"{key_store.key('rights')}.pub", f"{key}.pub"))
    public.chmod(0o644)
    assert fault_of(public) == Fault.of(FaultCode.KEY_UNREADABLE, path=public, reason="it is no private key")
    assert mode_of(public) == 0o644
    assert fault_of(key.parent).code is FaultCode.KEY_UNREADABLE
    assert fault_of(key.with_name("missing")).code is FaultCode.KEY_MISSING
    assert fault_of(Path("a\0b")).code is FaultCode.KEY_UNREADABLE


def test_the_key_of_somebody_else(key: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    key.chmod(0o644)
    os.chown(key, 4242, 4242)
    assert fault_of(key) == Fault.of(FaultCode.KEY_STAYS_OPEN, path=key, reason="it belongs to another user")
    assert mode_of(key) == 0o644


def test_an_ordinary_user(key: Path) -> None:
    """Whose key was shut even to them, or is root's."""
    with folder_of_ordinary_user() as folder:
        mine = Path(shutil.copy(key, folder / "mine"))
        roots = Path(shutil.copy(key, folder / "roots"))
        roots.chmod(0o644)
        if os.geteuid() == 0:
            os.chown(mine, 65534, 65534)
        mine.chmod(0o044)
        with as_ordinary_user():
            assert fix(mine) == (RightsChange(str(mine), "you could not read it yourself"),)
            if roots.stat().st_uid == 0:
                assert fault_of(roots).code is FaultCode.KEY_STAYS_OPEN
        assert mode_of(mine) == 0o600


def test_a_file_system_that_keeps_no_rights(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", lambda _path, _mode: None)
    fault = fault_of(key)
    assert fault.code is FaultCode.KEY_STAYS_OPEN
    assert "could not be changed" in fault.details["reason"]
    monkeypatch.undo()
    key.chmod(0o600)
    key.parent.chmod(0o755)
    monkeypatch.setattr(key_rights, "make_folder_private", _refuse)
    assert fix(key) == ()


def _refuse(_path: Path) -> None:
    raise PermissionError("no")
