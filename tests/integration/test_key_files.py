"""Key files written for PuTTY and for OpenSSH, proven with puttygen, plink, ssh-keygen and a real sshd."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.uses import KeyState
from app.export import ppk_crypto
from app.export.ppk import PpkVersion, write_ppk
from app.export.ppk_crypto import Argon2
from app.integration import key_files
from app.integration.key_files import KeyFormat, convert, describe, key_state, load_key
from app.transport.keys import load_private_key
from tests.peers.keys import KeyStore, fingerprint, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

PASSPHRASES = {
    "none": "",
    "spaces": "correct horse  battery",
    "unicode": "Prüfung 密码 é",
    "long": "0123456789" * 25,
}
TYPES = {
    "ed25519": ("ed25519", ()),
    "p256": ("ecdsa", ("-b", "256")),
    "p384": ("ecdsa", ("-b", "384")),
    "p521": ("ecdsa", ("-b", "521")),
    "rsa": ("rsa", ("-b", "2048")),
}
# Every type with and without a passphrase, and every class of passphrase with the commonest type.
CASES = [(kind, lock) for kind in TYPES for lock in ("none", "spaces")]
CASES += [("ed25519", "unicode"), ("ed25519", "long")]
COMMENT = "me@lab é"


@pytest.fixture
def puttygen(tmp_path: Path) -> Puttygen:
    if shutil.which("puttygen") is None:
        pytest.skip("needs puttygen")
    return Puttygen(tmp_path)


@dataclass
class Puttygen:
    folder: Path

    def __call__(self, source: Path, *words: str | Path, old: str = "", new: str = "") -> str:
        done = self.attempt(source, *words, old=old, new=new)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(
        self, source: Path, *words: str | Path, old: str = "", new: str = ""
    ) -> subprocess.CompletedProcess[str]:
        files = []
        for name, passphrase in (("old", old), ("new", new)):
            file = self.folder / f"{name}-passphrase"
            file.write_text(passphrase + "\n", encoding="utf-8")
            files += [f"--{name}-passphrase", str(file)]
        command = ["puttygen", str(source), *map(str, words), *files]
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            env=env,
        )


def made(key_store: KeyStore, kind: str) -> Path:
    key_type, options = TYPES[kind]
    return key_store.key(f"convert-{kind}", key_type, options=options)


def locked(key_store: KeyStore, folder: Path, kind: str, passphrase: str) -> Path:
    """In OpenSSH's format, with this passphrase and a comment that is not ASCII."""
    path = folder / f"id_{kind}"
    shutil.copy(made(key_store, kind), path)
    path.chmod(0o600)
    shutil.copy(f"{made(key_store, kind)}.pub", f"{path}.pub")
    for words in (["-c", "-C", COMMENT], ["-p", "-a", "1", "-N", passphrase]):
        command = ["ssh-keygen", "-q", "-P", "", *words, "-f", str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fault_of(*arguments: Path, **options: object) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        convert(*arguments, **options)  # type: ignore[arg-type]
    return caught.value.fault


# --- what puttygen and ssh-keygen say ---------------------------------------------------------------------


@pytest.mark.parametrize("to", [KeyFormat.PPK2, KeyFormat.PPK3])
@pytest.mark.parametrize(("kind", "lock"), CASES)
def test_puttygen_reads_what_is_written(
    tmp_path: Path, key_store: KeyStore, puttygen: Puttygen, kind: str, lock: str, to: KeyFormat
) -> None:
    passphrase = PASSPHRASES[lock]
    source = locked(key_store, tmp_path, kind, passphrase)
    before = source.read_bytes()
    ppk = convert(source, tmp_path / "key.ppk", to=to, passphrase=passphrase)
    assert ppk.read_text("utf-8").startswith(f"PuTTY-User-Key-File-{to[-1]}: ")
    assert mode_of(ppk) == 0o600
    out = tmp_path / "out"
    puttygen(ppk, "-O", "private-openssh-new", "-o", out, old=passphrase)
    load_private_key(out)
    command = ["ssh-keygen", "-y", "-P", "", "-f", str(out)]
    told = subprocess.run(
        command, capture_output=True, check=True, timeout=30, stdin=subprocess.DEVNULL
    ).stdout
    assert told.decode().rstrip("\n") == f"{public_line(source)} {COMMENT}"
    assert source.read_bytes() == before
    if passphrase:
        assert puttygen.attempt(ppk, "-O", "private-openssh", "-o", out, old="wrong").returncode != 0


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("kind", "lock"), CASES)
def test_what_puttygen_writes_is_read_and_written_alike(
    tmp_path: Path, key_store: KeyStore, puttygen: Puttygen, kind: str, lock: str, version: int
) -> None:
    """Byte by byte, with the same salt; and what is written for OpenSSH is the same key again."""
    passphrase = PASSPHRASES[lock]
    ppk = tmp_path / "key.ppk"
    source = made(key_store, kind)
    puttygen(source, "-C", COMMENT, "-o", ppk, "-O", "private", *param(version), new=passphrase)
    theirs = ppk.read_bytes()
    unlocked = load_key(ppk, passphrase)
    parsed = key_files.read_ppk(ppk)
    assert parsed is not None
    assert unlocked.comment == COMMENT.encode()
    ours = write_ppk(
        unlocked.key,
        PpkVersion(version),
        comment=unlocked.comment,
        passphrase=passphrase.encode(),
        argon2=parsed.argon2,
    )
    assert ours == theirs
    back = convert(ppk, tmp_path / "back", to=KeyFormat.OPENSSH, passphrase=passphrase)
    assert mode_of(back) == 0o600
    command = ["ssh-keygen", "-y", "-P", passphrase, "-f", str(back)]
    told = subprocess.run(
        command, capture_output=True, check=True, timeout=30, stdin=subprocess.DEVNULL
    ).stdout
    assert told.decode().rstrip("\n") == f"{public_line(source)} {COMMENT}"
    if passphrase:
        with pytest.raises(RelayTrayError) as caught:
            load_key(ppk, "wrong")
        assert caught.value.fault == Fault.of(FaultCode.PASSPHRASE_WRONG, path=ppk)


def param(version: int, kdf: str = "argon2id") -> list[str]:
    return ["--ppk-param", f"version={version},kdf={kdf},memory=1024,passes=2"]


@pytest.mark.parametrize("kdf", ["argon2i", "argon2d"])
def test_other_kinds_of_argon2_by_puttygen(
    tmp_path: Path, key_store: KeyStore, puttygen: Puttygen, kdf: str
) -> None:
    ppk = tmp_path / "key.ppk"
    words = ["--ppk-param", f"version=3,kdf={kdf},memory=1024,passes=2,parallelism=3"]
    puttygen(made(key_store, "ed25519"), "-o", ppk, "-O", "private", *words, new="pw")
    assert f"Key-Derivation: {kdf.capitalize()}\n" in ppk.read_text()
    load_key(ppk, "pw")


def test_our_own_defaults_open_in_puttygen(tmp_path: Path, key_store: KeyStore, puttygen: Puttygen) -> None:
    """The same fingerprint as ssh-keygen tells."""
    source = locked(key_store, tmp_path, "ed25519", "pw")
    ppk = convert(source, tmp_path / "key.ppk", to=key_files.best_ppk(is_encrypted=True), passphrase="pw")
    assert "Argon2id" in ppk.read_text("utf-8")
    assert fingerprint(source) in puttygen(ppk, "-l")


@pytest.mark.parametrize("form", ["PEM", "PKCS8"])
@pytest.mark.parametrize("passphrase", ["", "secret"])
def test_older_formats_take_the_comment_of_the_public_half(
    tmp_path: Path, puttygen: Puttygen, form: str, passphrase: str
) -> None:
    path = tmp_path / "key"
    words = ["-t", "ecdsa", "-m", form, "-N", passphrase, "-C", "from the public half", "-f", str(path)]
    subprocess.run(["ssh-keygen", "-q", *words], check=True, timeout=30, stdin=subprocess.DEVNULL)
    ppk = convert(path, tmp_path / "key.ppk", to=KeyFormat.PPK2, passphrase=passphrase)
    assert puttygen(ppk, "-L", old=passphrase).strip() == f"{public_line(path)} from the public half"


@pytest.fixture
def sshd(tmp_path: Path, key_store: KeyStore) -> Iterator[Sshd]:
    if find_sshd() is None or shutil.which("plink") is None:
        pytest.skip("needs sshd and plink")
    keys = "\n".join(public_line(made(key_store, kind)) for kind in TYPES)
    with Sshd(tmp_path / "sshd", keys=key_store, authorized_keys=keys) as running:
        yield running


@pytest.mark.parametrize("to", [KeyFormat.PPK2, KeyFormat.PPK3])
def test_plink_logs_in_with_a_converted_key(
    tmp_path: Path, key_store: KeyStore, sshd: Sshd, to: KeyFormat
) -> None:
    for kind in ("ed25519", "p384", "rsa"):
        ppk = convert(made(key_store, kind), tmp_path / f"{kind}.ppk", to=to)
        words = ["-batch", "-ssh", "-P", str(sshd.port), "-hostkey", sshd.fingerprint(), "-i", str(ppk)]
        command = ["plink", *words, f"{sshd.user}@127.0.0.1", "echo", "arrived"]
        env = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=30,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.stdout == "arrived\n", done.stderr


# --- passphrases and comments -----------------------------------------------------------------------------


def test_a_passphrase_is_never_lost_unasked(tmp_path: Path, key_store: KeyStore) -> None:
    source = locked(key_store, tmp_path, "ed25519", "pw")
    target = tmp_path / "key.ppk"
    fault = fault_of(source, target, to=KeyFormat.PPK2, passphrase="pw", new_passphrase="")
    assert fault.code is FaultCode.CANCELLED
    assert str(target) in fault.details["what"]
    assert not target.exists()
    convert(source, target, to=KeyFormat.PPK2, passphrase="pw", new_passphrase="", allow_unencrypted=True)
    assert not describe(target).is_encrypted
    assert mode_of(target) == 0o600


def test_a_passphrase_can_be_changed_and_added(tmp_path: Path, key_store: KeyStore) -> None:
    with_one, without = locked(key_store, tmp_path, "ed25519", "pw"), made(key_store, "ed25519")
    for source, old, to in (
        (with_one, "pw", KeyFormat.PPK2),
        (without, "", KeyFormat.PPK3),
        (without, "", KeyFormat.OPENSSH),
    ):
        target = convert(source, tmp_path / to, to=to, passphrase=old, new_passphrase="other é")
        load_key(target, "other e\u0301")  # the same, as a Mac types it
        with pytest.raises(RelayTrayError):
            load_key(target, old)


def test_a_passphrase_that_is_not_needed_locks_nothing(tmp_path: Path, key_store: KeyStore) -> None:
    target = convert(
        made(key_store, "ed25519"), tmp_path / "k", to=KeyFormat.PPK2, passphrase="from elsewhere"
    )
    load_key(target)


def test_a_comment_is_one_line(tmp_path: Path, key_store: KeyStore) -> None:
    for to in KeyFormat:
        source = made(key_store, "ed25519")
        target = convert(source, tmp_path / to, to=to, comment="first\r\nPrivate-Lines: 1\n\0x")
        assert describe(target).comment == "first Private-Lines: 1  x"
        load_key(target)
        assert load_key(convert(source, tmp_path / f"{to}-none", to=to, comment="")).comment == b""


def test_wrong_passphrases_and_unusable_sources(tmp_path: Path, key_store: KeyStore) -> None:
    source, target = locked(key_store, tmp_path, "ed25519", "pw"), tmp_path / "t"
    options = {"to": KeyFormat.PPK3}
    for wrong in ("", "wrong"):
        fault = fault_of(source, target, passphrase=wrong, **options)
        assert fault == Fault.of(FaultCode.PASSPHRASE_WRONG, path=source)
    missing = tmp_path / "missing"
    assert fault_of(missing, target, **options) == Fault.of(FaultCode.KEY_MISSING, path=missing)
    assert fault_of(Path(f"{source}.pub"), target, **options).code is FaultCode.KEY_UNSUPPORTED
    assert fault_of(tmp_path, target, **options).code is FaultCode.KEY_UNREADABLE
    dsa = tmp_path / "dsa.ppk"
    dsa.write_text("PuTTY-User-Key-File-2: ssh-dss\n")
    assert fault_of(dsa, target, **options).code is FaultCode.KEY_UNSUPPORTED
    assert not target.exists()


def test_a_computer_without_argon2(
    tmp_path: Path, key_store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cryptography of an old system, or one whose administrator forbids it."""
    source = made(key_store, "ed25519")
    ppk = convert(source, tmp_path / "k.ppk", to=KeyFormat.PPK3, new_passphrase="pw")

    def keys_v3(*_arguments: object) -> None:
        raise UnsupportedAlgorithm("argon2")

    monkeypatch.setattr(ppk_crypto, "keys_v3", keys_v3)
    for file, passphrase in ((source, ""), (ppk, "pw")):
        fault = fault_of(
            file, tmp_path / "t", to=KeyFormat.PPK3, passphrase=passphrase, new_passphrase="other"
        )
        assert fault.code is FaultCode.KEY_UNSUPPORTED
        assert fault.details["path"] == str(file)
    convert(source, tmp_path / "t", to=KeyFormat.PPK2, new_passphrase="other")


def test_a_home_that_is_nobodys(tmp_path: Path) -> None:
    nobodys = "~nobody-of-that-name/id"
    assert key_state(nobodys, tmp_path).fault is not None
    with pytest.raises(RelayTrayError) as caught:
        load_key(Path(nobodys))
    assert caught.value.fault == Fault.of(FaultCode.KEY_MISSING, path=nobodys)


# --- the file that is written -----------------------------------------------------------------------------


def test_what_is_there_is_never_overwritten(tmp_path: Path, key_store: KeyStore) -> None:
    source = made(key_store, "ed25519")
    target = tmp_path / "key.ppk"
    link = tmp_path / "link.ppk"
    link.symlink_to(tmp_path / "nowhere")
    target.write_text("mine")
    for taken in (target, link, tmp_path):
        for replace in (False, True):
            fault = fault_of(source, taken, to=KeyFormat.PPK2, replace_same_key=replace)
            assert fault == Fault.of(FaultCode.FILE_EXISTS, path=taken)
    assert target.read_text() == "mine"
    assert link.is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.ppk", "link.ppk"]


def test_only_the_same_key_is_replaced_and_only_when_asked(tmp_path: Path, key_store: KeyStore) -> None:
    source, other = made(key_store, "ed25519"), made(key_store, "p256")
    target = convert(source, tmp_path / "key.ppk", to=KeyFormat.PPK2)
    assert fault_of(source, target, to=KeyFormat.PPK3).code is FaultCode.FILE_EXISTS
    assert fault_of(other, target, to=KeyFormat.PPK3, replace_same_key=True).code is FaultCode.FILE_EXISTS
    target.chmod(0o644)
    convert(source, target, to=KeyFormat.PPK3, replace_same_key=True)
    assert target.read_text().startswith("PuTTY-User-Key-File-3")
    assert mode_of(target) == 0o600
    convert(target, tmp_path / "back", to=KeyFormat.OPENSSH)
    convert(target, tmp_path / "back", to=KeyFormat.OPENSSH, replace_same_key=True, comment="new")
    assert describe(tmp_path / "back").comment == "new"


def test_the_public_half_and_the_source_itself_are_never_replaced(
    tmp_path: Path, key_store: KeyStore
) -> None:
    source = locked(key_store, tmp_path, "ed25519", "")
    hard_link, public = tmp_path / "same", Path(f"{source}.pub")
    os.link(source, hard_link)
    before = source.read_bytes(), public.read_bytes()
    for target in (source, hard_link, public):
        for to in KeyFormat:
            assert fault_of(source, target, to=to, replace_same_key=True).code is FaultCode.FILE_EXISTS
    assert (source.read_bytes(), public.read_bytes()) == before


def test_a_folder_that_is_missing_or_closed(tmp_path: Path, key_store: KeyStore) -> None:
    source = made(key_store, "ed25519")
    for target in (tmp_path / "missing" / "k", tmp_path / "a\0b"):
        assert fault_of(source, target, to=KeyFormat.PPK2).code is FaultCode.FILE_UNWRITABLE
    with folder_of_ordinary_user() as folder:
        mine = folder / "id"
        shutil.copy(source, mine)
        mine.chmod(0o644)
        folder.chmod(0o555)
        with as_ordinary_user():
            fault = fault_of(mine, folder / "k.ppk", to=KeyFormat.PPK2)
        assert fault.code is FaultCode.FILE_UNWRITABLE
        assert fault.details["reason"]
        assert mode_of(mine) == 0o644


def test_of_many_at_once_one_succeeds(tmp_path: Path, key_store: KeyStore) -> None:
    source, target = made(key_store, "ed25519"), tmp_path / "key.ppk"
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait(10)
        try:
            convert(source, target, to=KeyFormat.PPK2, comment=f"number {number}")
            outcomes.append(f"number {number}")
        except RelayTrayError as e:
            outcomes.append(e.fault.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes)[:7] == [FaultCode.FILE_EXISTS] * 7
    assert describe(target).comment == sorted(outcomes)[7]
    assert [path.name for path in tmp_path.iterdir()] == ["key.ppk"]


# --- looking ----------------------------------------------------------------------------------------------


def test_a_key_is_described(tmp_path: Path, key_store: KeyStore) -> None:
    source = locked(key_store, tmp_path, "p384", "pw")
    found = describe(source)
    assert (found.form, found.key_type, found.bits) == ("OpenSSH", "ecdsa-sha2-nistp384", 384)
    assert found.fingerprint == fingerprint(source)
    assert (found.is_encrypted, found.exposed) == (True, "")
    Path(f"{source}.pub").unlink()
    assert describe(source).comment == ""
    assert describe(source, "pw").comment == COMMENT
    ppk = convert(source, tmp_path / "k.ppk", to=KeyFormat.PPK3, passphrase="pw")
    ppk.chmod(0o640)
    found = describe(ppk)
    assert (found.form, found.comment, found.fingerprint) == (
        "PuTTY 3",
        COMMENT,
        fingerprint(made(key_store, "p384")),
    )
    assert "0640" in found.exposed
    with pytest.raises(RelayTrayError) as caught:
        describe(ppk, "wrong")
    assert caught.value.fault.code is FaultCode.PASSPHRASE_WRONG


def test_an_older_format_hides_its_public_half(tmp_path: Path) -> None:
    path = tmp_path / "key"
    words = ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret", "-f", str(path)]
    subprocess.run(["ssh-keygen", "-q", *words], check=True, timeout=30, stdin=subprocess.DEVNULL)
    Path(f"{path}.pub").unlink()
    found = describe(path)
    assert (found.form, found.key_type, found.bits, found.fingerprint) == ("PEM", "", 0, "")
    assert describe(path, "secret").bits == 2048


def test_the_line_for_authorized_keys(tmp_path: Path, key_store: KeyStore) -> None:
    source = locked(key_store, tmp_path, "ed25519", "pw")
    ppk = convert(source, tmp_path / "k.ppk", to=KeyFormat.PPK2, passphrase="pw")
    assert key_files.public_line(ppk, "pw") == f"{public_line(source)} {COMMENT}"


def test_the_state_of_a_profiles_key(tmp_path: Path, key_store: KeyStore) -> None:
    source = locked(key_store, tmp_path, "ed25519", "pw")
    ppk = Path(f"{source}.ppk")
    assert key_state("", tmp_path) == KeyState()
    assert key_state("~/id_ed25519", tmp_path) == KeyState(str(source), True, str(ppk), False)
    assert key_state(str(source), Path("/elsewhere")) == KeyState(str(source), True, str(ppk), False)
    convert(source, key_files.ppk_path(source), to=KeyFormat.PPK3, passphrase="pw")
    assert key_state(str(source), tmp_path) == KeyState(str(source), True, str(ppk), True)
    assert key_state(str(ppk), tmp_path) == KeyState(str(ppk), True, str(ppk), True)


def test_the_state_when_the_place_is_taken_or_the_key_is_missing(tmp_path: Path, key_store: KeyStore) -> None:
    source = locked(key_store, tmp_path, "ed25519", "")
    ppk = convert(made(key_store, "p256"), key_files.ppk_path(source), to=KeyFormat.PPK2)
    taken = KeyState(str(source), False, str(ppk), False, Fault.of(FaultCode.FILE_EXISTS, path=ppk))
    assert key_state(str(source), tmp_path) == taken
    ppk.write_text("nonsense")
    assert key_state(str(source), tmp_path) == taken
    ppk.unlink()
    ppk.symlink_to(tmp_path / "nowhere")
    assert key_state(str(source), tmp_path) == taken
    missing = key_state("~/missing", tmp_path)
    assert missing.fault == Fault.of(FaultCode.KEY_MISSING, path=tmp_path / "missing")
    assert not missing.ppk_is_there


def test_a_key_that_does_not_tell_its_public_half_trusts_the_name(
    tmp_path: Path, key_store: KeyStore
) -> None:
    path = tmp_path / "key"
    words = ["-t", "ecdsa", "-m", "PEM", "-N", "secret", "-f", str(path)]
    subprocess.run(["ssh-keygen", "-q", *words], check=True, timeout=30, stdin=subprocess.DEVNULL)
    Path(f"{path}.pub").unlink()
    convert(path, key_files.ppk_path(path), to=KeyFormat.PPK3, passphrase="secret")
    assert key_state(str(path), tmp_path).ppk_is_there


def test_no_secret_in_faults(tmp_path: Path, key_store: KeyStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    source = locked(key_store, tmp_path, "ed25519", "secret-of-mine")
    ppk = convert(source, tmp_path / "k", to=KeyFormat.PPK3, passphrase="secret-of-mine")
    for file in (source, ppk):
        with pytest.raises(RelayTrayError) as caught:
            load_key(file, "almost-secret-of-mine")
        error: BaseException | None = caught.value
        while error is not None:
            assert "secret-of-mine" not in repr(error) + str(error)
            error = error.__cause__ or error.__context__
    assert "secret-of-mine" not in caplog.text


def test_the_numbers_that_are_written_pass_our_own_limits() -> None:
    assert not Argon2(bytes(16)).problem()
