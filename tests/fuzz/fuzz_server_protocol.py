"""Random conversations with the server protocol for as long as one likes: ``--seconds N [--seed S]``.

    python -m tests.fuzz.fuzz_server_protocol --seconds 60

The invariant is that of ``tests/socks/test_fuzz.py``: whatever bytes come, in whatever slices, the outcome
is the same, no exception, bounded memory. It mutates real transcripts, which gets deeper than pure noise.
Ends with 0, or with 1 after printing the input that broke it and the seed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from itertools import pairwise

from app.socks.server_protocol import ConnectRequest, Credentials, Refused
from tests.socks.test_server_protocol import LOCKED_DOOR, MALFORMED, OPEN_DOOR
from tests.socks.transcripts import client_bytes, outcome_of, read_transcript, said

DOOR = Credentials.of("alice", "s3cret")
INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x05",
    b"\x04",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b":",
    b"[",
    b"]",
    b"%",
    b"\x03\x00",
)


def corpus() -> list[bytes]:
    """The client's half of every transcript, and the malformed inputs."""
    spoken = [client_bytes(read_transcript(text)) for text in (*OPEN_DOOR.values(), *LOCKED_DOOR.values())]
    return [*spoken, *(said(sent) for _name, sent, _answer in MALFORMED)]


def mutated(rng: random.Random, seeds: list[bytes]) -> bytes:
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randint(0, len(data))
        match rng.randrange(6):
            case 0:
                data[at:at] = rng.choice(INTERESTING)
            case 1:
                data[at : at + 1] = rng.randbytes(1)
            case 2:
                del data[at : at + rng.randint(1, 4)]
            case 3:
                data[at:] = rng.choice(seeds)[: rng.randint(0, 40)]
            case 4:
                data[at:at] = rng.randbytes(1) * rng.choice((1, 255, 256, 20_000))
            case _:
                data += rng.randbytes(rng.randint(0, 8))
    return bytes(data)


def cut(rng: random.Random, data: bytes) -> list[bytes]:
    if len(data) < 600 and rng.random() < 0.3:
        return [bytes((byte,)) for byte in data]
    edges = sorted({0, len(data), *(rng.randint(0, len(data)) for _ in range(rng.randint(0, 6)))})
    return [data[start:end] for start, end in pairwise(edges)]


def try_one(rng: random.Random, seeds: list[bytes]) -> str:
    """One input, whole and in slices. Returns how it ended; raises whatever the protocol raises."""
    data, door = mutated(rng, seeds), DOOR if rng.random() < 0.4 else None
    slices = cut(rng, data)
    try:
        whole = outcome_of([data], door)
        assert outcome_of(slices, door) == whole, "the outcome depends on the slices"
    except Exception as e:
        e.add_note(f"door {'locked' if door else 'open'}, slices {[piece.hex() for piece in slices]}")
        raise
    match whole.end:
        case ConnectRequest(dialect=dialect):
            return f"connect by {dialect}"
        case Refused(reason=reason):
            return reason
        case _:
            return "waits for more"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().getrandbits(32)
    rng, seeds, endings = random.Random(seed), corpus(), Counter[str]()
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        try:
            endings[try_one(rng, seeds)] += 1
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
