"""Throw-away SSH keys, made once by ssh-keygen and then kept for the whole test session."""

from __future__ import annotations

import subprocess
from pathlib import Path


class KeyStore:
    """Keys by name. The same name, type and passphrase give the same file again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(
        self, name: str, key_type: str = "ed25519", *, passphrase: str = "", options: tuple[str, ...] = ()
    ) -> Path:
        """Path of a private key (the public half is ``<path>.pub``); ``options`` go to ssh-keygen."""
        path = self._folder / "-".join([name, key_type, *(["locked"] if passphrase else [])])
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            bits = ["-b", "2048"] if key_type == "rsa" and "-b" not in options else []
            command = [
                "ssh-keygen",
                "-q",
                "-t",
                key_type,
                *bits,
                "-N",
                passphrase,
                "-C",
                name,
                "-f",
                str(path),
                *options,
            ]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
        return path


def public_line(private_key: Path) -> str:
    """``ssh-ed25519 AAAA...`` without the comment."""
    text = Path(f"{private_key}.pub").read_text(encoding="utf-8")
    return " ".join(text.split()[:2])


def fingerprint(private_key: Path) -> str:
    """``SHA256:...`` as ssh-keygen prints it."""
    command = ["ssh-keygen", "-l", "-E", "sha256", "-f", f"{private_key}.pub"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.split()[1]
