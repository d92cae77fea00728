"""Throw-away ed25519 keys in the demo's folder, kept from run to run so that pinned host keys stay true."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko.ssh_exception import SSHException

from app.core.faults import FaultCode, error


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The host keys of both machines, the person's key (with the file ssh is given) and the tunnel's."""

    relay_host: paramiko.PKey
    server_host: paramiko.PKey
    person: paramiko.PKey
    tunnel: paramiko.PKey
    person_file: Path


def load_or_make_keys(folder: Path) -> DemoKeys:
    """Raises FILE_UNWRITABLE when the folder cannot hold them. A damaged key is made anew."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return DemoKeys(
            relay_host=_load_or_make(folder / "relay_host_key"),
            server_host=_load_or_make(folder / "gpu_host_key"),
            person=_load_or_make(folder / "person_key"),
            tunnel=_load_or_make(folder / "tunnel_key"),
            person_file=folder / "person_key",
        )
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=str(folder), reason=e.strerror or str(e)) from e


def fingerprint(key: paramiko.PKey) -> str:
    """``SHA256:...`` without padding, as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def public_line(key: paramiko.PKey) -> str:
    """``ssh-ed25519 AAAA...``"""
    return f"{key.get_name()} {key.get_base64()}"


def write_private(path: Path, data: bytes) -> None:
    """Replace the file as a whole; nobody else can read it at any moment. Raises OSError."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    new.replace(path)


def _load_or_make(path: Path) -> paramiko.PKey:
    if path.exists():
        try:
            return paramiko.Ed25519Key.from_private_key_file(str(path))
        except (SSHException, ValueError, IndexError):
            pass  # cut off or not a key at all: these keys are worth nothing, so a new one takes its place
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    write_private(path, private)
    key = paramiko.Ed25519Key.from_private_key_file(str(path))
    write_private(path.with_name(path.name + ".pub"), f"{public_line(key)} relaytray-demo\n".encode("ascii"))
    return key
