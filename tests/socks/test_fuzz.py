"""Whatever bytes come, in whatever slices, the outcome is the same.

That is: some replies, then at most one ConnectRequest or Refused, no exception, and no more held than 16 KiB
and one slice. ``tests/fuzz/fuzz_server_protocol.py`` does the same for as long as one likes.
"""

from __future__ import annotations

import ipaddress
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.socks.addresses import host_from_name, pack_host
from app.socks.server_protocol import ConnectRequest, Credentials, Refused
from tests.socks.transcripts import outcome_of

DOOR = Credentials.of("u", "p")

_ports = st.integers(0, 65535).map(lambda port: port.to_bytes(2, "big"))
_names = st.binary(max_size=255) | st.from_regex(rb"[a-z0-9.-]{1,30}", fullmatch=True)
_sized = _names.map(lambda name: bytes((len(name),)) + name)
_addresses = st.one_of(
    st.binary(min_size=4, max_size=4).map(lambda packed: b"\x01" + packed),
    st.binary(min_size=16, max_size=16).map(lambda packed: b"\x04" + packed),
    _sized.map(lambda name: b"\x03" + name),
    st.binary(max_size=20),
)
_methods = st.sampled_from([b"\x05\x01\x00", b"\x05\x02\x00\x02", b"\x05\x01\x02", b"\x05\x00"]) | st.binary(
    max_size=9
)
_logins = st.just(b"\x01\x01u\x01p") | st.builds(lambda u, p: b"\x01" + u + p, _sized, _sized) | st.just(b"")
_socks5 = st.builds(
    lambda methods, login, command, address, port: (
        methods + login + b"\x05" + command + b"\x00" + address + port
    ),
    _methods,
    _logins,
    st.sampled_from([b"\x01", b"\x01", b"\x02", b"\x03", b"\x00"]),
    _addresses,
    _ports,
)
_socks4 = st.builds(
    lambda command, port, address, user, name: (
        b"\x04" + command + port + address + user + b"\0" + name + b"\0"
    ),
    st.sampled_from([b"\x01", b"\x02"]),
    _ports,
    st.binary(min_size=4, max_size=4) | st.binary(min_size=1, max_size=1).map(lambda last: b"\0\0\0" + last),
    st.binary(max_size=300),
    st.binary(max_size=300) | _names,
)
_headers = st.lists(
    st.sampled_from(
        [
            b"Host: a",
            b"Proxy-Authorization: Basic dTpw",
            b"proxy-authorization: basic eDp5",
            b"Proxy-Authorization: Basic \xff",
            b"X: " + b"y" * 9000,
            b"",
            b"\r",
            b"no colon",
        ]
    ),
    max_size=4,
)
_http = st.builds(
    lambda method, target, version, headers, end: (
        method + b" " + target + b" HTTP/" + version + end + end.join([*headers, b"", b""])
    ),
    st.sampled_from([b"CONNECT", b"CONNECT", b"GET", b"\x41", b"C NECT"]),
    st.sampled_from([b"a:1", b"[::1]:22", b"a", b"http://a/", b"a:99999", b":", b"[::1:2"])
    | st.binary(max_size=30),
    st.sampled_from([b"1.1", b"1.0", b"2.0", b"1"]),
    _headers,
    st.sampled_from([b"\r\n", b"\n"]),
)
_conversations = st.builds(
    lambda begin, rest: begin + rest,
    st.one_of(_socks5, _socks4, _http, st.binary(max_size=600)),
    st.binary(max_size=40),
)


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


@settings(max_examples=400)
@given(_conversations, st.lists(st.integers(0, 1 << 16), max_size=6), st.booleans())
def test_the_outcome_does_not_depend_on_the_slices(data: bytes, cuts: list[int], locked: bool) -> None:
    door = DOOR if locked else None
    whole = outcome_of([data], door)
    assert outcome_of(_cut(data, cuts), door) == whole
    if len(data) < 2000:
        assert outcome_of([bytes((byte,)) for byte in data], door) == whole
    match whole.end:
        case ConnectRequest(host=host, port=port):
            assert 1 <= port <= 65535
            assert 1 <= len(host) <= 255
            assert re.fullmatch(r"[A-Za-z0-9._%:-]+", host)
            assert data.endswith(whole.trailing)
            # nothing that leads elsewhere when it is read a second time
            assert host_from_name(host.encode("ascii")) == host
        case Refused(reason=reason):
            assert reason.endswith(".")
            assert whole.trailing == b""


@given(_conversations, st.integers(0, 1 << 16))
def test_what_has_been_said_stays_said(data: bytes, length: int) -> None:
    """More bytes never change the outcome that fewer bytes had; they can only come after it."""
    start = data[: length % (len(data) + 1)]
    early, late = outcome_of([start], None), outcome_of([data], None)
    assert late.replies.startswith(early.replies)
    if early.end is not None:
        assert late.end == early.end
        assert late.replies == early.replies


def test_the_long_running_fuzzer_runs() -> None:
    command = [sys.executable, "-m", "tests.fuzz.fuzz_server_protocol", "--seconds", "1", "--seed", "1"]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the invariant holds" in done.stdout


@given(st.text(max_size=40) | st.ip_addresses().map(str))
def test_a_host_is_spelled_one_way_or_is_none(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    try:
        host = host_from_name(raw)
    except ValueError:
        return
    assert host_from_name(host.encode("ascii")) == host
    kind, packed = pack_host(host)
    if kind == 3:
        assert packed[1:].decode("ascii") == host
    else:
        assert str(ipaddress.ip_address(packed)) == host
