"""The picture of a key is, character for character, the one of ssh-keygen."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from app.transport.host_keys import HostKeyBlob, picture
from app.transport.randomart import randomart


def picture_by_ssh(public: Path) -> list[str]:
    command = ["ssh-keygen", "-l", "-v", "-f", str(public)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    return told.splitlines()[1:]


@pytest.mark.parametrize(
    ("key_type", "bits"), [("ed25519", 256), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 3072)]
)
def test_pictures_of_new_keys(tmp_path: Path, key_type: str, bits: int) -> None:
    for number in range(1 if key_type == "rsa" else 8):
        file = tmp_path / str(number)
        command = ["ssh-keygen", "-q", "-t", key_type, "-b", str(bits), "-N", "", "-f", str(file)]
        subprocess.run(command, check=True, timeout=60)
        public = Path(f"{file}.pub")
        drawn = picture(HostKeyBlob(base64.b64decode(public.read_text().split()[1])))
        assert drawn.bits == bits
        assert drawn.randomart.splitlines() == picture_by_ssh(public)


def test_a_title_that_does_not_fit_is_left_short() -> None:
    lines = randomart(b"key", "ecdsa-sha2-nistp521", 10**12).splitlines()
    assert lines[0] == "+-----[ECDSA]-----+"
    assert {len(line) for line in lines} == {19}
