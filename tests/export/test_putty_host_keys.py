"""Host keys as PuTTY and WinSCP write them, for real keys; plink compares them in ``test_putty``."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from app.export.putty_host_keys import HostKey, host_key, host_key_of_line, preferred_families
from tests.peers.keys import KeyStore, fingerprint, public_line

KINDS = {
    "ed25519": ("ed25519", ()),
    "p256": ("ecdsa", ("-b", "256")),
    "p384": ("ecdsa", ("-b", "384")),
    "p521": ("ecdsa", ("-b", "521")),
    "rsa": ("rsa", ("-b", "2048")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_is_the_one_of_ssh_keygen(kind: str, key_store: KeyStore) -> None:
    path = made(key_store, kind)
    key = host_key_of_line(Path(f"{path}.pub").read_text())
    told = fingerprint(path)
    assert key.for_putty == told
    assert key.for_winscp == f"{key.key_type} {key.bits} {told.removeprefix('SHA256:')}"
    assert "SHA256" not in key.for_winscp + key.for_winscp_url
    assert not set("+/=") & set(key.for_winscp_url.removeprefix(key.key_type))
    assert key.bits == {"ed25519": 255, "p256": 256, "p384": 384, "p521": 521, "rsa": 2048}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_a_cache_entry(kind: str, key_store: KeyStore) -> None:
    key = host_key_of_line(public_line(made(key_store, kind)))
    name = {"ed25519": "ssh-ed25519", "rsa": "rsa2"}.get(kind, f"ecdsa-sha2-nistp{kind[1:]}")
    assert key.cache_name("h", 22) == f"{name}@22:h"
    assert key.family == {"ed25519": "ed25519", "rsa": "rsa"}.get(kind, "ecdsa")


def test_puttygen_says_the_same_of_a_point(key_store: KeyStore, tmp_path: Path) -> None:
    """The ECDSA coordinates are in the public file; nothing of ours has touched it."""
    line = public_line(made(key_store, "p256"))
    blob = base64.b64decode(line.split()[1])
    x, y = (int.from_bytes(part, "big") for part in (blob[-64:-32], blob[-32:]))
    assert host_key(blob).cache_value == f"nistp256,0x{x:x},0x{y:x}"
    done = subprocess.run(
        ["ssh-keygen", "-l", "-f", "-"], input=line, capture_output=True, text=True, timeout=30
    )
    assert host_key(blob).digest in done.stdout


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "ends early"),
        (b"\0\0\0\x07ssh-dss", "not known"),
        (b"\0\0\0\x0bssh-ed25519\0\0\0\x01a", "another length"),
        (b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"\x02" + bytes(31), "not a point"),
        (b"\0\0\0\x13ecdsa-sha2-nistp256\0\0\0\x08nistp256\0\0\0\x01\x02", "compressed"),
    ],
)
def test_a_damaged_or_strange_key_is_refused(blob: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        host_key(blob)


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 !!!"])
def test_what_is_no_key_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a public key line"):
        host_key_of_line(line)


@pytest.mark.parametrize(
    ("known", "preferred"),
    [
        ((), ""),
        (("ssh-ed25519",), ""),
        (("ssh-rsa", "ssh-ed25519"), ""),
        (("ssh-rsa",), "rsa,ed448,ed25519,ecdsa,dsa,WARN"),
        (("ssh-rsa", "ecdsa-sha2-nistp384"), "ecdsa,rsa,ed448,ed25519,dsa,WARN"),
    ],
)
def test_a_known_algorithm_is_asked_for_first(known: tuple[str, ...], preferred: str) -> None:
    assert preferred_families(HostKey(name, 0, name, "", "") for name in known) == preferred


def made(key_store: KeyStore, kind: str) -> Path:
    key_type, options = KINDS[kind]
    return key_store.key(f"host-{kind}", key_type, options=options)
