"""New keys, judged by ssh-keygen, ssh and a real sshd; and the public line of every kind of key."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.export.openssh_key import write_openssh_key
from app.integration.key_files import KeyFormat, convert
from app.transport.keys import load_private_key, needs_passphrase
from app.transport.new_key import default_comment, make_key, public_line, usual_path
from tests.peers import keys as peer_keys
from tests.peers.keys import KeyStore
from tests.peers.sshd import Sshd, find_sshd
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
ROOT = Path(__file__).resolve().parents[2]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def keygen(*words: str | Path) -> str:
    done = subprocess.run(
        ["ssh-keygen", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fault_of(path: Path, **how: str) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        make_key(path, **how)
    return caught.value.fault


@pytest.mark.parametrize(
    ("kind", "passphrase"),
    [
        ("ed25519", ""),
        ("ed25519", "correct horse"),
        ("ed25519", "Pr\u00fcfung \u5bc6\u7801"),
        ("rsa", "pw"),
    ],
)
def test_ssh_keygen_opens_it(tmp_path: Path, kind: str, passphrase: str) -> None:
    path = make_key(tmp_path / "id", kind, passphrase, "me@lab \u00e9")
    bits, fingerprint, *comment = keygen("-l", "-f", path).split()
    assert bits == ("4096" if kind == "rsa" else "256")
    assert comment[:2] == ["me@lab", "\u00e9"]
    opened = keygen("-y", "-P", passphrase, "-f", path)
    assert opened.strip() == Path(f"{path}.pub").read_text(encoding="utf-8").strip() == public_line(path)
    assert fingerprint == peer_keys.fingerprint(path)
    assert needs_passphrase(path) is bool(passphrase)
    assert load_private_key(path, passphrase).get_bits() == int(bits)
    if passphrase:
        done = subprocess.run(["ssh-keygen", "-y", "-P", "wrong", "-f", str(path)], capture_output=True)
        assert done.returncode != 0
        keygen("-p", "-P", passphrase, "-N", "other", "-f", path)
        assert load_private_key(path, "other").get_bits() == int(bits)


@posix
@pytest.mark.parametrize("umask", [0, 0o077])
def test_its_rights_are_those_that_ssh_wants(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = make_key(tmp_path / "home" / ".ssh" / "id")
    finally:
        os.umask(before)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert mode_of(Path(f"{path}.pub")) == 0o644 & ~umask
    assert sorted(one.name for one in path.parent.iterdir()) == ["id", "id.pub"]


@pytest.mark.skipif(find_sshd() is None, reason="needs sshd")
def test_ssh_logs_in_with_it(tmp_path: Path, key_store: KeyStore) -> None:
    path = make_key(tmp_path / "id")
    with Sshd(tmp_path / "sshd", keys=key_store, authorized_keys=public_line(path) + "\n") as sshd:
        words = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(path)]
        words += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'known'}"]
        done = subprocess.run(
            ["ssh", *words, "-p", str(sshd.port), f"{sshd.user}@127.0.0.1", "echo in"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            stdin=subprocess.DEVNULL,
        )
        assert done.stdout == "in\n", done.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "other.pub").write_text("other")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    before = {one: one.lstat().st_mtime_ns for one in tmp_path.iterdir()}
    for name, taken in (("mine", "mine"), ("other", "other.pub"), ("link", "link"), ("folder", "folder")):
        assert fault_of(tmp_path / name) == Fault.of(FaultCode.FILE_EXISTS, path=tmp_path / taken)
    assert {one: one.lstat().st_mtime_ns for one in tmp_path.iterdir()} == before


@pytest.mark.parametrize("taken", ["id", "id.pub"])
def test_a_name_that_is_taken_meanwhile_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    def slow(*words: object, **named: object) -> bytes:
        (tmp_path / taken).write_text("somebody else's")
        return write_openssh_key(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("app.transport.new_key.write_openssh_key", slow)
    assert fault_of(tmp_path / "id") == Fault.of(FaultCode.FILE_EXISTS, path=tmp_path / taken)
    assert [one.name for one in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "somebody else's"


def test_of_many_at_once_one_makes_the_key(tmp_path: Path) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait(10)
        try:
            make_key(tmp_path / "id", comment=f"number-{number}")
            outcomes.append(f"number-{number}")
        except RelayTrayError as e:
            outcomes.append(e.fault.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    *refused, made = sorted(outcomes)
    assert refused == [FaultCode.FILE_EXISTS] * 7
    assert public_line(tmp_path / "id").endswith(f" {made}")
    assert Path(tmp_path / "id.pub").read_text().strip() == public_line(tmp_path / "id")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["id", "id.pub"]


_KILLED = """\
import os, signal, sys
from pathlib import Path
from app.transport.new_key import make_key
folder, steps = Path(sys.argv[1]), 0
while True:
    child = os.fork()
    if child == 0:
        left = [steps]
        def hook(event, words):
            if event in ("open", "os.mkdir", "os.link", "os.remove", "os.rename"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        make_key(folder / str(steps) / "id")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        break
    assert os.WIFSIGNALED(status), status
    steps += 1
print(steps)
"""


@posix
def test_killed_at_any_moment_it_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps >= 6, "it was killed at too few moments"
    seen = set()
    for step in range(steps + 1):
        folder = tmp_path / str(step)
        names = sorted(one.name for one in folder.iterdir()) if folder.exists() else []
        told = tuple(name for name in names if not name.endswith(".tmp"))
        seen.add(told)
        assert told in ((), ("id",), ("id", "id.pub")), names
        if told:
            load_private_key(folder / "id")
            keygen("-l", "-f", folder / told[-1])
        for name in names:
            if name.startswith(".id.") and not name.startswith(".id.pub."):
                assert mode_of(folder / name) & 0o077 == 0
    assert seen == {(), ("id",), ("id", "id.pub")}


@posix
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    with folder_of_ordinary_user() as folder:
        folder.chmod(0o555)
        with as_ordinary_user():
            for path in (folder / "id", folder / "deeper" / "id"):
                fault = fault_of(path)
                assert fault.code is FaultCode.FILE_UNWRITABLE
                assert fault.details["reason"] == "Permission denied"
    (tmp_path / "file").write_text("")
    assert fault_of(tmp_path / "file" / "id") == Fault.of(FaultCode.FILE_EXISTS, path=tmp_path / "file")
    assert fault_of(tmp_path / "a\0b").code is FaultCode.FILE_UNWRITABLE


def test_the_comment_is_one_line_of_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"[^\s@]+@[^\s@]+", default_comment())
    path = make_key(tmp_path / "id", comment="a\nssh-rsa AAAA\x1b[2J  b")
    assert public_line(path).endswith(" a ssh-rsa AAAA [2J b")
    assert Path(f"{path}.pub").read_text().count("\n") == 1

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert default_comment().startswith("user@")


def test_the_usual_place_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder = tmp_path / ".ssh"
    assert usual_path() == folder / "id_ed25519"
    folder.mkdir()
    (folder / "id_ed25519.pub").write_text("")
    assert usual_path() == folder / "id_ed25519_relaytray"
    (folder / "id_ed25519_relaytray").write_text("")
    assert usual_path() == folder / "id_ed25519_relaytray2"
    assert usual_path("rsa") == folder / "id_rsa"


# --- the public line --------------------------------------------------------------------------------------


def test_the_line_comes_from_the_key_rather_than_from_what_lies_beside_it(
    tmp_path: Path, key_store: KeyStore
) -> None:
    other = Path(f"{key_store.key('line-other')}.pub")
    for name, options in (("plain", ("-N", "")), ("locked", ("-N", "secret"))):
        path = tmp_path / name
        keygen("-q", "-t", "ed25519", *options, "-C", "mine", "-f", path)
        line = Path(f"{path}.pub").read_text().strip()
        assert public_line(path) == line
        assert public_line(f"{path}.pub") == line
        shutil.copy(other, f"{path}.pub")
        assert public_line(path).split()[:2] == line.split()[:2]
        Path(f"{path}.pub").unlink()
        assert public_line(path) == (line if name == "plain" else line.removesuffix(" mine"))


def test_the_line_of_the_older_format(tmp_path: Path) -> None:
    for name, passphrase in (("plain", ""), ("locked", "secret")):
        path = tmp_path / name
        keygen("-q", "-t", "ecdsa", "-m", "PEM", "-N", passphrase, "-C", "old", "-f", path)
        line = Path(f"{path}.pub").read_text().strip()
        assert public_line(path) == line
        Path(f"{path}.pub").unlink()
        if not passphrase:
            assert public_line(path) == line.removesuffix(" old")
    with pytest.raises(RelayTrayError) as caught:
        public_line(tmp_path / "locked")
    assert caught.value.fault.code is FaultCode.KEY_UNREADABLE
    assert "ssh-keygen -y" in caught.value.fault.details["reason"]


def test_the_line_of_a_putty_key(tmp_path: Path) -> None:
    path = make_key(tmp_path / "id", passphrase="pw", comment="me")
    ppk = convert(path, tmp_path / "id.ppk", to=KeyFormat.PPK3, passphrase="pw")
    assert public_line(ppk) == public_line(path)


def test_what_has_no_public_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for name, code in (("missing", FaultCode.KEY_MISSING), ("text", FaultCode.KEY_UNREADABLE)):
        with pytest.raises(RelayTrayError) as caught:
            public_line(tmp_path / name)
        assert caught.value.fault.code is code
