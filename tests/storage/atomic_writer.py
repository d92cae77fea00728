"""Writes one file over and over until it is killed: ``python -m tests.storage.atomic_writer FILE``."""

import hashlib
import itertools
import sys
from pathlib import Path

from app.storage.atomic_file import write_private


def content(number: int) -> bytes:
    body = (f"{number} ".encode() * 40_000)[:200_000]
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def is_whole(data: bytes) -> bool:
    digest, _, body = data.partition(b"\n")
    return hashlib.sha256(body).hexdigest().encode() == digest


if __name__ == "__main__":
    for count in itertools.count():
        write_private(Path(sys.argv[1]), content(count))
        if count == 0:
            print("begun", flush=True)
