"""The key by which relays know this computer: made once, kept, and named by itself."""

from __future__ import annotations

import os
import re
import stat
import threading
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.provision.this_computer import ComputerKey, ThisComputer
from app.storage.paths import Paths
from tests.peers.keys import KeyStore, public_line


def test_our_own_key_is_made_once_and_kept(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "data")
    computer = ThisComputer(paths)
    assert computer.key() is None
    assert not paths.root.exists()
    made = computer.made_key()
    assert made.path == paths.own_key
    assert made.line.startswith("ssh-ed25519 AAAA")
    if os.name == "posix":
        assert stat.S_IMODE(paths.own_key.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.own_key.parent.stat().st_mode) == 0o700
    assert ThisComputer(paths).made_key() == made
    assert computer.key() == made
    paths.own_key.with_name("this-computer.pub").unlink()  # somebody tidied up
    assert computer.made_key().pc_id == made.pc_id


def test_two_that_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    computer, found = ThisComputer(Paths.at(tmp_path / "data")), []
    together = threading.Barrier(4)

    def make() -> None:
        together.wait(10)
        found.append(computer.made_key())

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 4
    assert len({key.pc_id for key in found}) == 1


def test_the_id_follows_from_the_key_alone(key_store: KeyStore, tmp_path: Path) -> None:
    line = public_line(key_store.key("pc"))
    plain, commented = ComputerKey(tmp_path, line), ComputerKey(tmp_path / "other", f"{line} me@here")
    assert plain.pc_id == commented.pc_id
    assert re.fullmatch(r"[a-z0-9]{8}", plain.pc_id)
    assert plain.pc_id != ComputerKey(tmp_path, public_line(key_store.key("other-pc"))).pc_id


def test_a_key_of_the_persons_own(key_store: KeyStore, tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "data")
    chosen = key_store.key("chosen", passphrase="words")
    found = ThisComputer(paths).made_key(str(chosen))
    assert (found.path, found.line.split()[:2]) == (chosen, public_line(chosen).split())
    assert not paths.own_key.exists()
    with pytest.raises(RelayTrayError) as caught:
        ThisComputer(paths).made_key(str(tmp_path / "nothing"))
    assert caught.value.fault.code is FaultCode.KEY_MISSING


def test_what_is_no_key_is_not_written_over(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "data")
    paths.own_key.parent.mkdir(parents=True)
    paths.own_key.write_text("precious\n")
    with pytest.raises(RelayTrayError) as caught:
        ThisComputer(paths).made_key()
    assert caught.value.fault.code is FaultCode.KEY_UNREADABLE
    assert paths.own_key.read_text() == "precious\n"
    paths.own_key.unlink()
    paths.own_key.with_name("this-computer.pub").write_text("precious\n")
    with pytest.raises(RelayTrayError) as caught:
        ThisComputer(paths).made_key()
    assert caught.value.fault.code is FaultCode.FILE_EXISTS
