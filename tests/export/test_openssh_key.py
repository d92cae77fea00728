"""OpenSSH's key files with a comment, against ssh-keygen and ``cryptography``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from app.export.openssh_key import comment_in, write_openssh_key
from app.export.ppk_crypto import private_part
from tests.export.test_ppk import KEYS
from tests.peers.keys import KeyStore

COMMENT = "me@lab é"


def written(kind: str, passphrase: bytes = b"") -> bytes:
    return write_openssh_key(
        KEYS[kind], comment=COMMENT.encode(), passphrase=passphrase, salt=bytes(range(16)), check=b"abcd"
    )


LOCK = "geheim \u5bc6"


@pytest.mark.parametrize(
    ("kind", "passphrase"), [*((kind, "") for kind in KEYS), ("p521", LOCK), ("rsa", LOCK)]
)
def test_ssh_keygen_accepts_it_with_its_comment(tmp_path: Path, kind: str, passphrase: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(written(kind, passphrase.encode()))
    path.chmod(0o600)
    command = ["ssh-keygen", "-y", "-P", passphrase, "-f", str(path)]
    told = subprocess.run(
        command, capture_output=True, check=True, timeout=30, stdin=subprocess.DEVNULL
    ).stdout
    assert told.decode().rstrip("\n").split(" ", 2)[2] == COMMENT
    loaded = load_ssh_private_key(path.read_bytes(), passphrase.encode() or None)
    assert private_part(loaded) == private_part(KEYS[kind])  # type: ignore[arg-type]
    assert comment_in(path.read_bytes(), passphrase.encode()) == COMMENT.encode()


def test_without_a_passphrase_it_is_what_ssh_keygen_writes(key_store: KeyStore) -> None:
    """But for two random numbers."""
    path = key_store.key("plain-for-conversion")
    theirs = path.read_bytes()
    key = load_ssh_private_key(theirs, None)
    ours = write_openssh_key(
        key,  # type: ignore[arg-type]
        comment=b"plain-for-conversion",
        passphrase=b"",
        salt=b"",
        check=b"abcd",
    )
    assert [len(line) for line in ours.splitlines()] == [len(line) for line in theirs.splitlines()]
    assert ours.splitlines()[:2] == theirs.splitlines()[:2]


@pytest.mark.parametrize("cipher", ["aes128-ctr", "aes192-ctr", "aes256-cbc", "aes256-gcm@openssh.com"])
def test_comments_under_other_ciphers(tmp_path: Path, cipher: str) -> None:
    path = tmp_path / "key"
    command = [
        "ssh-keygen",
        "-q",
        "-t",
        "ecdsa",
        "-a",
        "1",
        "-Z",
        cipher,
        "-N",
        "pw",
        "-C",
        "hello",
        "-f",
        str(path),
    ]
    subprocess.run(command, check=True, timeout=30, stdin=subprocess.DEVNULL)
    found = comment_in(path.read_bytes(), b"pw")
    assert found == (None if "gcm" in cipher else b"hello")
    assert comment_in(path.read_bytes(), b"wrong") is None


def test_what_is_no_such_file_has_no_comment() -> None:
    for data in (b"", b"hello", written("rsa")[:300], written("ed25519").replace(b"b3Bl", b"????")):
        assert comment_in(data, b"") is None
