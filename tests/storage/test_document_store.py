"""Nothing that a person entered is lost: not to a crash, another process, damage, or a newer program."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Document, Relay
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

ROOT = Path(__file__).parents[2]
ONE = Document(relays=(Relay(id="1", name="\u4e00", host="h"),))
TWO = Document(relays=(*ONE.relays, Relay(id="2", name="two", host="h", extra={"new": [1]})))


@pytest.fixture
def paths(data_dir: Path) -> Paths:
    return Paths.at(data_dir)


def with_relays(added: tuple[Relay, ...], document: Document) -> Document:
    return dataclasses.replace(document, relays=document.relays + added)


def test_a_file_without_end_is_not_read_to_its_end(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    DocumentStore(paths).save(ONE)
    monkeypatch.setattr("app.storage.document_store.MAX_BYTES", 100)
    with pytest.raises(RelayTrayError) as caught:
        DocumentStore(paths).load()
    assert caught.value.fault.code is FaultCode.FILE_UNREADABLE
    assert "it has more than" in caught.value.fault.details["reason"]


def codes(store: DocumentStore) -> list[str]:
    return [str(fault.code) for fault in store.reports]


def test_nothing_there_is_an_empty_document_and_writes_nothing(tmp_path: Path) -> None:
    store = DocumentStore(Paths.at(tmp_path / "new"))
    assert store.load() == Document()
    assert not (tmp_path / "new").exists()
    assert not store.changed_on_disk()


def test_save_and_load(paths: Paths) -> None:
    store = DocumentStore(paths)
    store.save(TWO)
    assert DocumentStore(paths).load() == TWO
    assert "\u4e00" in paths.document.read_text(encoding="utf-8")
    assert store.reports == []
    if os.name == "posix":
        assert stat.S_IMODE(paths.document.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.document_lock.stat().st_mode) == 0o600


def test_the_backup_is_what_was_there_before(paths: Paths) -> None:
    store = DocumentStore(paths)
    store.save(ONE)
    assert not paths.backup.exists()
    first = paths.document.read_bytes()
    store.save(ONE)
    assert not paths.backup.exists()  # nothing changed
    store.save(TWO)
    assert paths.backup.read_bytes() == first


def test_edit(paths: Paths) -> None:
    store = DocumentStore(paths)
    assert store.edit(lambda _: ONE) == ONE
    before = paths.document.stat().st_mtime_ns
    assert store.edit(lambda document: document) == ONE
    assert paths.document.stat().st_mtime_ns == before

    def fails(_: Document) -> Document:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.edit(fails)
    assert store.load() == ONE


def test_changes_by_others_are_noticed(paths: Paths) -> None:
    mine, other = DocumentStore(paths), DocumentStore(paths)
    mine.save(ONE)
    assert not mine.changed_on_disk()
    other.save(TWO)
    assert mine.changed_on_disk()
    assert mine.load() == TWO
    assert not mine.changed_on_disk()
    paths.document.unlink()
    assert mine.changed_on_disk()


def test_processes_and_threads_do_not_overwrite_each_other(paths: Paths) -> None:
    command = [sys.executable, "-m", "tests.storage.editor", str(paths.root)]
    running = [subprocess.Popen([*command, name, "12"], cwd=ROOT) for name in "ab"]
    store = DocumentStore(paths)

    def add(name: str) -> None:
        for number in range(6):
            added = (Relay(id=f"{name}{number}", name=name, host="h"),)
            store.edit(partial(with_relays, added))

    threads = [threading.Thread(target=add, args=(name,)) for name in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(store.load().relays) == 12 * 2 + 6 * 2
    assert store.reports == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"\xff\xfe{\x00}\x00", b'{"format": "relaytray", "version": 1, "x": NaN}',
        b'{"format": "relaytray", "version": 1, "x": ' + b"9" * 6000 + b"}", b"[" * 200_000,
        b'{"format": "relaytray", "version": 1, "relays": 3}', b"\x00" * 500,
    ],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_the_backup_used(paths: Paths, data: bytes) -> None:
    store = DocumentStore(paths)
    store.save(ONE)
    store.save(TWO)
    paths.document.write_bytes(data)
    store = DocumentStore(paths)
    assert store.load() == ONE
    kept = paths.root / "profiles.damaged-1.json"
    assert kept.read_bytes() == data
    assert codes(store) == ["file-damaged", "file-restored"]
    assert store.reports[0].details["kept"] == str(kept)
    assert store.reports[0].details["path"] == str(paths.document)
    again = DocumentStore(paths)  # the restored one is on disk: the next start finds it and says nothing
    assert again.load() == ONE
    assert again.reports == []


def test_damage_without_a_backup_is_an_empty_document(paths: Paths) -> None:
    for number, data in enumerate([b"one", b"two", b"one"], 1):
        paths.document.write_bytes(data)
        store = DocumentStore(paths)
        assert store.load() == Document()
        assert codes(store) == ["file-damaged"]
        assert len(list(paths.root.glob("profiles.damaged-*"))) == min(number, 2)  # the same one is kept once
    assert not paths.document.exists()


def test_a_newer_file_is_set_aside(paths: Paths) -> None:
    newer = {"format": "relaytray", "version": 99, "relays": "whatever"}
    paths.document.write_text(json.dumps(newer))
    store = DocumentStore(paths)
    assert store.load() == Document()
    assert codes(store) == ["file-too-new"]
    assert store.reports[0].details["version"] == "99"
    assert json.loads((paths.root / "profiles.newer-1.json").read_text()) == newer


def test_saving_never_replaces_what_it_cannot_read(paths: Paths) -> None:
    paths.document.write_bytes(b"from somewhere else")
    store = DocumentStore(paths)
    store.save(TWO)
    assert (paths.root / "profiles.damaged-1.json").read_bytes() == b"from somewhere else"
    assert store.load() == TWO
    assert codes(store) == ["file-damaged"]


def test_a_file_of_an_older_version_is_kept_when_it_is_first_replaced(paths: Paths) -> None:
    steps: dict[int, Any] = {1: lambda raw: raw | {"upgraded": True}}
    DocumentStore(paths).save(ONE)
    old = paths.document.read_bytes()
    store = DocumentStore(paths, upgrades=steps, version=2)
    assert store.load().extra == {"upgraded": True}
    assert paths.document.read_bytes() == old
    store.edit(lambda document: dataclasses.replace(document, relays=TWO.relays))
    store.edit(lambda document: dataclasses.replace(document, relays=()))
    assert (paths.root / "profiles.v1.json").read_bytes() == old
    assert json.loads(paths.document.read_text())["version"] == 2
    assert store.reports == []


def test_a_byte_order_mark_and_half_a_surrogate_pair(paths: Paths) -> None:
    store = DocumentStore(paths)
    store.save(ONE)
    paths.document.write_bytes(b"\xef\xbb\xbf" + paths.document.read_bytes())
    assert store.load() == ONE
    odd = Document(relays=(Relay(id="1", name="\ud800", host="h"),))
    store.save(odd)
    assert DocumentStore(paths).load() == odd


def test_a_lock_held_for_too_long_is_told(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.file_lock.LOCK_TIMEOUT_S", 0.1)
    store = DocumentStore(paths)
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(paths.document_lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with held:
        assert held.stdout is not None
        assert held.stdin is not None
        held.stdout.readline()
        with pytest.raises(RelayTrayError, match="another RelayTray"):
            store.save(ONE)
        held.stdin.close()
    store.save(ONE)


_HOLDER = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_linked_document_stays_linked(paths: Paths, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    paths.document.symlink_to(real)
    store = DocumentStore(paths)
    assert store.load() == Document()
    store.save(ONE)
    store.save(TWO)
    assert paths.document.is_symlink()
    real.write_bytes(b"damaged")
    store = DocumentStore(paths)
    assert store.load() == ONE
    assert paths.document.is_symlink()
    assert codes(store) == ["file-damaged", "file-restored"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_folders_and_files_without_permission() -> None:
    with folder_of_ordinary_user() as folder, as_ordinary_user():
        paths = Paths.at(folder / "data")
        store = DocumentStore(paths)
        store.save(ONE)
        paths.root.chmod(0o500)
        assert store.load() == ONE
        with pytest.raises(RelayTrayError) as unwritable:
            store.save(TWO)
        assert unwritable.value.fault.code is FaultCode.FILE_UNWRITABLE
        paths.root.chmod(0o700)
        paths.document.chmod(0o000)
        with pytest.raises(RelayTrayError) as unreadable:
            store.load()
        assert unreadable.value.fault.code is FaultCode.FILE_UNREADABLE
        with pytest.raises(RelayTrayError):
            store.save(TWO)
        paths.document.chmod(0o600)
        assert store.load() == ONE
        folder.chmod(0o500)
        with pytest.raises(RelayTrayError) as missing:
            DocumentStore(Paths.at(folder / "other")).save(ONE)
        assert missing.value.fault.code is FaultCode.FILE_UNWRITABLE
        folder.chmod(0o700)


def test_a_folder_in_place_of_the_document(paths: Paths) -> None:
    paths.document.mkdir()
    with pytest.raises(RelayTrayError) as e:
        DocumentStore(paths).load()
    assert e.value.fault.code is FaultCode.FILE_UNREADABLE


# --- what follows from the document -----------------------------------------------------------------------


def test_each_document_that_was_written_is_heard_of_once(paths: Paths) -> None:
    heard: list[Document] = []

    def hear(document: Document) -> list[Fault]:
        assert DocumentStore(paths).load() == document, "it is on disk by then"
        heard.append(document)
        return []

    store = DocumentStore(paths, after_write=hear)
    store.save(ONE)
    store.save(ONE)
    store.edit(lambda document: document)
    store.load()
    assert heard == [ONE]
    store.edit(lambda _document: TWO)
    assert heard == [ONE, TWO]
    store.refresh()
    assert heard == [ONE, TWO, TWO]
    paths.document.write_text("{ nonsense")
    store.load()
    assert heard[3:] == [ONE], "the backup took its place"
    paths.document.write_text("{ nonsense")
    paths.backup.unlink()
    store.load()
    assert heard[4:] == [Document()]


def test_a_refresh_of_nothing_makes_nothing(tmp_path: Path) -> None:
    DocumentStore(Paths.at(tmp_path / "new"), after_write=lambda _document: pytest.fail("heard")).refresh()
    assert not (tmp_path / "new").exists()


@pytest.mark.expected_logs("could not be brought up to date")
def test_what_goes_wrong_behind_the_document_undoes_nothing(paths: Paths) -> None:
    fault = Fault.of(FaultCode.FILE_UNWRITABLE, path="/x", reason="y")
    store = DocumentStore(paths, after_write=lambda _document: [fault])
    store.save(ONE)
    assert store.reports == [fault]

    def fail(_document: Document) -> list[Fault]:
        raise KeyError("a bug")

    store = DocumentStore(paths, after_write=fail)
    assert store.edit(lambda _document: TWO) == TWO
    assert codes(store) == ["internal"]
    assert DocumentStore(paths).load() == TWO
