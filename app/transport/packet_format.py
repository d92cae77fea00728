"""How a packet of SSH is laid out under AES-GCM (RFC 4253 section 6, RFC 5647 as OpenSSH names it)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from paramiko.ssh_exception import SSHException

MAX_PACKET = 256 * 1024  # OpenSSH's PACKET_MAX_SIZE; anything longer is not SSH
TAG_SIZE = 16
LENGTH = struct.Struct(">I")  # before what is encrypted


def padding_of(size: int) -> int:
    """Bytes behind a payload of this size: the whole a multiple of 16, four at least (RFC 4253 section 6)."""
    padding = 15 - size % 16
    return padding if padding >= 4 else padding + 16


def inflated(payload: memoryview, inflate: Callable[[bytes], bytes]) -> memoryview:
    """A compressed payload. SSHException for one that is none, or empty."""
    try:
        plain = inflate(bytes(payload))
    except zlib.error as e:
        raise SSHException(f"compressed data: {e}") from None
    if not plain:
        raise SSHException("an empty packet")
    return memoryview(plain)
