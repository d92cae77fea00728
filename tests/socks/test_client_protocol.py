"""Our own SOCKS5 client: what it says and hears, and that the server protocol understands it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.socks.addresses import host_from_name
from app.socks.client_protocol import ClientProtocol, Login
from app.socks.server_protocol import (
    ConnectRequest,
    Credentials,
    Dialect,
    RefusalCause,
    Refused,
    Reply,
    ServerProtocol,
)
from tests.socks.transcripts import drain, said

OPENED = said("05 00 00 01 00000000 0000")


def test_a_name_without_a_login() -> None:
    client = ClientProtocol("lab-gpu.relaytray.internal", 22)
    assert client.to_send() == said("05 01 00")
    assert client.to_send() == b""
    client.receive(said("05 00"))
    assert client.to_send() == said('05 01 00 03 1a "lab-gpu.relaytray.internal" 0016')
    client.receive(OPENED[:-1])
    assert client.trailing() == b""  # not yet
    client.receive(OPENED[-1:] + b"SSH-2.0-OpenSSH_9.2\r\n")
    assert client.done
    assert client.refusal is None
    assert client.trailing() == b"SSH-2.0-OpenSSH_9.2\r\n"
    client.receive(b"more")
    assert client.trailing() == b"more"
    assert client.to_send() == b""


def test_with_a_login_that_the_server_wants() -> None:
    client = ClientProtocol("127.0.0.1", 80, Login("alice", "s3cret"))
    assert client.to_send() == said("05 02 00 02")
    client.receive(said("05 02"))
    assert client.to_send() == said('01 05 "alice" 06 "s3cret"')
    client.receive(said("01 00"))
    assert client.to_send() == said("05 01 00 01 7f000001 0050")
    client.receive(OPENED)
    assert client.done
    assert client.refusal is None


def test_with_a_login_that_nobody_wants() -> None:
    client = ClientProtocol("::1", 80, Login("alice", "s3cret"))
    client.to_send()
    client.receive(said("05 00"))
    assert client.to_send() == said("05 01 00 04 0000000000000000 0000000000000001 0050")


@pytest.mark.parametrize(
    ("heard", "cause"),
    [
        pytest.param("05 ff", RefusalCause.NOT_ALLOWED, id="no method"),
        pytest.param("05 02", RefusalCause.NOT_ALLOWED, id="a login is wanted and there is none"),
        pytest.param('"SSH-2.0-x"', RefusalCause.GENERAL, id="an sshd"),
        pytest.param("48", RefusalCause.GENERAL, id="one wrong byte is enough"),
        pytest.param("05 00 05 01 00 01 00000000 0000", RefusalCause.GENERAL, id="general"),
        pytest.param("05 00 05 02 00 01 00000000 0000", RefusalCause.NOT_ALLOWED, id="not allowed"),
        pytest.param("05 00 05 03 00 01 00000000 0000", RefusalCause.NETWORK_UNREACHABLE, id="network"),
        pytest.param(
            "05 00 05 04 00 03 00 0000", RefusalCause.HOST_UNREACHABLE, id="host, with an empty name"
        ),
        pytest.param("05 00 05 05 00 03 0161 0000", RefusalCause.REFUSED, id="refused, with a name"),
        pytest.param("05 00 05 06 00 04" + " 00" * 18, RefusalCause.TIMED_OUT, id="timed out, with IPv6"),
        pytest.param("05 00 05 07 00 01 00000000 0000", RefusalCause.COMMAND_UNSUPPORTED, id="command"),
        pytest.param("05 00 05 08 00 01 00000000 0000", RefusalCause.ADDRESS_UNSUPPORTED, id="address"),
        pytest.param("05 00 05 63 00 01 00000000 0000", RefusalCause.GENERAL, id="a code from the future"),
        pytest.param("05 00 05 00 00 02 0000", RefusalCause.GENERAL, id="unknown address type"),
        pytest.param("05 00 04", RefusalCause.GENERAL, id="reply of version 4"),
    ],
)
@pytest.mark.parametrize("step", [1, 100])
def test_refusals(heard: str, cause: RefusalCause, step: int) -> None:
    client = ClientProtocol("a", 1)
    data = said(heard)
    for start in range(0, len(data), step):
        client.to_send()
        client.receive(data[start : start + step])
    assert client.done
    assert client.refusal is cause
    assert client.reason.endswith(".")
    assert client.to_send() == b""
    client.receive(OPENED)
    assert client.refusal is cause
    assert client.trailing() == b""


def test_a_wrong_login() -> None:
    client = ClientProtocol("a", 1, Login("alice", "wrong"))
    client.receive(said("05 02"))
    client.receive(said("01 01"))
    assert client.refusal is RefusalCause.NOT_ALLOWED
    assert "wrong" not in client.reason


@pytest.mark.parametrize("host", ["", "a b", "a\n", "a" * 256, "[1.2.3.4]", "\udcff", "fe80::1%\n"])
def test_hosts_that_are_none(host: str) -> None:
    with pytest.raises(ValueError):
        ClientProtocol(host, 22)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_that_are_none(port: int) -> None:
    with pytest.raises(ValueError):
        ClientProtocol("a", port)


@pytest.mark.parametrize(
    "login", [Login("", "x"), Login("x", ""), Login("x" * 256, "x"), Login("x", "\u00e9" * 128)]
)
def test_logins_that_do_not_fit(login: Login) -> None:
    with pytest.raises(ValueError):
        ClientProtocol("a", 1, login)


def test_no_secret_is_told() -> None:
    login = Login("alice", "s3cret")
    assert "s3cret" not in repr(login)
    assert "s3cret" not in repr(ClientProtocol("a", 1, login))


_labels = st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,20}[A-Za-z0-9])?", fullmatch=True)
_names = st.lists(_labels, min_size=1, max_size=4).map(".".join)
_hosts = _names | st.ip_addresses().map(str) | st.just("\u8df3\u677f\u673a.test") | st.just("fe80::1%eth0")
_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
_logins = st.builds(Login, _words, _words)


@given(
    _hosts, st.integers(1, 65535), st.none() | _logins, st.booleans(), st.binary(max_size=20), st.booleans()
)
def test_client_and_server_understand_each_other(
    host: str, port: int, login: Login | None, asks: bool, early: bytes, bytewise: bool
) -> None:
    """The server hears what the client was made for; a right login, and only it, opens a locked door."""
    right = login is not None
    door = Credentials(lambda user, password: login == Login(user, password)) if asks else None
    client, server = ClientProtocol(host, port, login), ServerProtocol(door)
    wanted: ConnectRequest | None = None
    while not client.done and wanted is None:
        outgoing = client.to_send()
        for data in [bytes((byte,)) for byte in outgoing] if bytewise else [outgoing]:
            server.receive(data)
            for event in drain(server):
                if isinstance(event, ConnectRequest):
                    wanted = event
                elif isinstance(event, Reply | Refused):
                    client.receive(event.data)
    if asks and not right:
        assert client.refusal is RefusalCause.NOT_ALLOWED
        assert wanted is None
        return
    assert wanted == ConnectRequest(host_from_name(host.encode()), port, Dialect.SOCKS5)
    client.receive(server.accepted() + early)
    assert client.done
    assert client.refusal is None
    assert client.trailing() == early


@given(st.lists(st.binary(max_size=12), max_size=12), st.booleans())
def test_whatever_a_server_says_the_client_neither_raises_nor_depends_on_the_slices(
    slices: list[bytes], has_login: bool
) -> None:
    login = Login("u", "p") if has_login else None

    def outcome(parts: list[bytes]) -> tuple[bool, RefusalCause | None, str, bytes, bytes]:
        client = ClientProtocol("a", 1, login)
        sent = client.to_send()
        for part in parts:
            client.receive(part)
            sent += client.to_send()
        if client.refusal is not None:
            sent = b""  # how much was said before the refusal came is a matter of turns
        return client.done, client.refusal, client.reason, sent, client.trailing()

    data = b"".join(slices)
    assert outcome(slices) == outcome([data]) == outcome([bytes((byte,)) for byte in data])
