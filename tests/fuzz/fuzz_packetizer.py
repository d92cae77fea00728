"""Hostile bytes for the fast packetizer, for as long as one likes: ``--seconds N [--seed S]``.

    python -m tests.fuzz.fuzz_packetizer --seconds 60

The invariant: whatever bytes a peer sends, with the right keys or without, in whatever slices, exactly the
messages that were sealed before the first wrong byte arrive, in their order, and then the link ends with
SSHException or EOFError.
Ends with 0, or with 1 after printing the input that broke it and the seed.
"""

from __future__ import annotations

import argparse
import itertools
import random
import struct
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from paramiko.compress import ZlibCompressor, ZlibDecompressor
from paramiko.ssh_exception import SSHException

from app.transport.fed_packetizer import FedPacketizer
from app.transport.packet_format import MAX_PACKET
from app.transport.packetizer import RECEIVE_BUFFER, FastPacketizer
from app.transport.stream_socket import StreamSocket

KEY, IV = bytes(range(16)), bytes(range(12))
LENGTHS = (0, 1, 15, 16, 17, 32, 48, MAX_PACKET - 16, MAX_PACKET, MAX_PACKET + 16, 1 << 31, (1 << 32) - 16)
KINDS = (0, 1, 2, 4, 20, 21, 50, 80, 90, 91, 92, 93, 94, 95, 96, 97, 98, 192, 255)
ENDINGS = (SSHException, EOFError)

Heard = tuple[int, bytes]


class Wire:
    """A socket that gives what is prepared, in slices, and then the end of the stream."""

    def __init__(self, data: bytes, slices: list[int]) -> None:
        self._data, self._slices, self._at = data, slices, 0

    def recv_into(self, view: memoryview) -> int:
        assert len(view) > 0, "asks for nothing, and would take it for the end"
        size = min(self._slices[self._at % len(self._slices)] or 1, len(view))
        self._at += 1
        part, self._data = self._data[:size], self._data[size:]
        view[: len(part)] = part
        return len(part)

    def gettimeout(self) -> float:
        return 1.0


def sealed(plain: bytes, number: int, length: int | None = None) -> bytes:
    """A packet with the right keys around whatever ``plain`` is; ``length`` lies about it."""
    head = struct.pack(">I", len(plain) if length is None else length)
    nonce = IV[:4] + (int.from_bytes(IV[4:], "big") + number).to_bytes(8, "big")
    return head + AESGCM(KEY).encrypt(nonce, plain, head)


def proper(payload: bytes, rng: random.Random) -> bytes:
    padding = 16 - (len(payload) + 1) % 16
    padding += 16 if padding < 4 else 0
    return bytes([padding]) + payload + rng.randbytes(padding)


class Script:
    """What one peer sends: packets as they should be, and at some point perhaps something else."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.wire = b""
        self.meant: list[Heard] = []  # messages that may arrive, before anything is wrong
        self.compressed = rng.random() < 0.2
        self._deflate = ZlibCompressor()
        self._packets: list[bytes] = []
        self.hostile = False  # it has the keys, so what it sealed in place of a message may be one
        for _ in range(rng.choice((0, 1, 1, 2, 5, 20))):
            self._add(self._payload())
        if rng.random() < 0.8:
            self._spoil()
        self.wire = b"".join(self._packets)

    def _payload(self) -> bytes:
        rng = self.rng
        kind = rng.choice(KINDS)
        body = rng.randbytes(rng.choice((0, 1, 4, 8, 16, 17, 100, 5000)))
        if kind == 94 and rng.random() < 0.7:
            body = struct.pack(">II", rng.randrange(4), len(body)) + body
        return bytes([kind]) + body

    def _add(self, payload: bytes) -> None:
        self.meant.append((payload[0], payload[1:]))
        body = self._deflate(payload) if self.compressed else payload
        self._packets.append(sealed(proper(body, self.rng), len(self._packets)))

    def _spoil(self) -> None:
        """One thing goes wrong; what follows is sealed as if it had not."""
        rng, packets = self.rng, self._packets
        at = rng.randint(0, len(packets))
        match rng.randrange(9):
            case 0:  # lies about the length
                self.hostile = True
                plain = rng.randbytes(16 * rng.randint(1, 4))
                packets[at:] = [sealed(plain, at, rng.choice(LENGTHS))]
            case 1:  # padding that leaves nothing, or is larger than the packet
                self.hostile = True
                plain = rng.randbytes(16 * rng.randint(1, 4))
                packets[at:] = [sealed(bytes([rng.choice((0, 1, 3, len(plain) - 1, 255))]) + plain[1:], at)]
            case 2 if packets:  # a bit
                index = rng.randrange(len(packets))
                changed = bytearray(packets[index])
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
                packets[index], at = bytes(changed), index
            case 3 if packets:  # the same again
                at = rng.randint(1, len(packets))
                packets.insert(at, packets[rng.randrange(at)])
            case 4 if packets:  # one is missing
                at = rng.randrange(len(packets))
                del packets[at]
            case 5 if len(packets) > 1:  # two change places
                at = rng.randrange(len(packets) - 1)
                packets[at], packets[at + 1] = packets[at + 1], packets[at]
            case 6 if packets:  # cut
                at = rng.randrange(len(packets))
                packets[at:] = [packets[at][: rng.randrange(len(packets[at]))]]
            case 7:  # garbage
                packets[at:] = [rng.randbytes(rng.choice((1, 4, 20, 64, 1000, RECEIVE_BUFFER + 5)))]
            case _ if self.compressed:  # not what zlib makes
                self.hostile = True
                packets[at:] = [sealed(proper(rng.randbytes(rng.randint(1, 60)), rng), at)]
            case _:
                return
        self.meant = self.meant[:at]


def play(script: Script, slices: list[int]) -> tuple[list[Heard], str]:
    """What the packetizer made of it, and how it ended. Raises whatever it must not raise."""
    wire: Any = Wire(script.wire, slices)
    return listen(script, FastPacketizer(wire))


def play_inside(script: Script, slices: list[int]) -> tuple[list[Heard], str]:
    """``play`` for a link inside another one, whose reader hands the slices in."""
    sock = StreamSocket(lambda _outcome: None)
    packets = FedPacketizer(sock)

    def feed() -> None:
        at = 0
        for size in itertools.cycle(slices):
            if at >= len(script.wire):
                break
            sock.stream_data(memoryview(script.wire)[at : at + size])
            at += size
        sock.stream_eof()

    feeder = threading.Thread(target=feed)
    packets.begin_forwarding()
    try:
        return listen(script, packets, feeder.start)
    finally:
        packets.close()
        feeder.join()


def listen(
    script: Script, packets: FastPacketizer, begin: Callable[[], None] = lambda: None
) -> tuple[list[Heard], str]:
    engine: Any = AESGCM(KEY)
    packets.set_inbound_cipher(
        block_engine=engine,
        block_size=16,
        mac_engine=None,
        mac_size=16,
        mac_key=None,
        aead=True,
        iv_in=IV,
    )
    if script.compressed:
        packets.set_inbound_compressor(ZlibDecompressor())
    heard: list[Heard] = []

    def data(channel: int, part: memoryview) -> bool:
        if channel == 3:
            return False  # a channel that is not in the fast lane
        heard.append((94, struct.pack(">II", channel, len(part)) + bytes(part)))
        return True

    def message(kind: int, payload: memoryview) -> bool:
        if len(payload) < 5:
            return False
        heard.append((kind, bytes(payload[1:])))
        return True

    packets.on_channel_data, packets.on_channel_message = data, message
    begin()
    try:
        while True:
            kind, rest = packets.read_message()
            heard.append((kind, rest.asbytes()))
    except ENDINGS as e:
        return heard, f"{type(e).__name__} {str(e).rstrip('0123456789')}".strip()


def try_one(rng: random.Random) -> str:
    script = Script(rng)
    slices = [rng.choice((1, 3, 16, 100, 4096, 1 << 20)) for _ in range(rng.randint(1, 5))]
    if len(script.wire) > 50_000:
        slices.append(1 << 16)
    try:
        heard, ending = play(script, slices)
        count = len(script.meant)
        assert heard[:count] == script.meant, "what was meant did not arrive"
        assert script.hostile or len(heard) == count, "something arrived that nobody meant"
        again, _ = play(script, [1 << 20])
        assert again == heard, "the outcome depends on the slices"
        inside, _ = play_inside(script, slices)
        assert inside == heard, "inside another link the outcome is another"
    except Exception as e:
        e.add_note(f"wire {script.wire[:2000].hex()}, slices {slices}, compressed {script.compressed}")
        raise
    return ending


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().getrandbits(32)
    rng, endings = random.Random(seed), Counter[str]()
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        try:
            endings[try_one(rng)] += 1
        except Exception:
            traceback.print_exc()
            print(f"broken by input {endings.total() + 1} of --seed {seed}")
            return 1
    print(f"{endings.total()} inputs in {arguments.seconds:g} s, seed {seed}: the invariant holds. Endings:")
    for ending, count in endings.most_common():
        print(f"{count:9} {ending}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
