"""The session for which sshd stops holding small packets back."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.transport import prompt_session
from app.transport.link import Link
from app.tunnel.far_ends import connect_relay
from tests.peers.byte_server import ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.lab import Lab
from tests.peers.promptness import connections_of
from tests.peers.sshd import Sshd, find_sshd, openssh_version
from tests.transport.real_link import RealLink, everything
from tests.transport.scripted_server import (
    CLOSE,
    CONFIRMATION,
    DATA,
    EOF,
    FAILURE,
    OPEN,
    OPEN_FAILURE,
    REMOTE,
    REQUEST,
    WINDOW_ADJUST,
    Scripted,
    Sink,
    body,
    until,
)
from tests.transport.shell_peers import tools_for

SUCCESS = 99  # CHANNEL_SUCCESS

needs_sshd = pytest.mark.skipif(
    sys.platform != "linux" or find_sshd() is None, reason="needs Linux and the OpenSSH server"
)


@pytest.mark.parametrize(
    ("version", "needed"),
    [
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", True),
        ("SSH-1.99-OpenSSH_5.3", True),
        ("SSH-2.0-OpenSSH_for_Windows_9.5", True),
        ("SSH-2.0-OpenSSH_10.0", True),
        ("SSH-2.0-OpenSSH_10.1p1 Debian-1", False),
        ("SSH-2.0-OpenSSH_11.0", False),
        ("SSH-2.0-OpenSSH", None),
        ("SSH-2.0-dropbear_2022.83", None),
        ("SSH-2.0-AsyncSSH_2.14.0", None),
        ("", None),
    ],
)
def test_only_sshd_needs_it(version: str, needed: bool | None) -> None:
    assert prompt_session.holds_back(version) is needed


# --- word by word -----------------------------------------------------------------------------------------


@pytest.fixture
def far() -> Iterator[Scripted]:
    with Scripted() as far:
        yield far


def ask(far: Scripted) -> int:
    """Our number of the session's channel."""
    far.transport.open_prompt_session()
    (wish,) = far.wait_for(OPEN)
    assert wish[:11] == body(b"session")
    return int.from_bytes(wish[11:15], "big")


def test_it_runs_exit_and_goes(far: Scripted) -> None:
    channel = ask(far)
    far.say(CONFIRMATION, channel, REMOTE, 0, 32768)
    (request,) = far.wait_for(REQUEST)
    assert request == struct.pack(">I", REMOTE) + body(b"exec") + b"\1" + body(b"exit")
    assert far.wait_for(CLOSE) == [struct.pack(">I", REMOTE)]
    assert far.link.open_streams == 0, "nobody's bytes go through it"
    far.say(DATA, channel, rest=body(b"hello"))
    far.say(REQUEST, channel, rest=body(b"exit-status") + b"\0" + bytes(4))
    far.say(EOF, channel)
    far.say(CLOSE, channel)
    until(lambda: not far.transport._streams, "the channel to be forgotten")
    _goes_on(far)


@pytest.mark.parametrize("answer", [SUCCESS, FAILURE])
def test_acknowledgements_are_out_of_turn_until_the_far_end_agrees(far: Scripted, answer: int) -> None:
    driver = far.transport._driver
    assert driver is not None
    driver._quick_ack = 12
    channel = ask(far)
    far.say(CONFIRMATION, channel, REMOTE, 0, 32768)
    far.wait_for(CLOSE)
    far.say(answer, channel)
    far.say(CLOSE, channel)
    until(lambda: not far.transport._streams, "the channel to be forgotten")
    assert driver._quick_ack == (None if answer == SUCCESS else 12)


def test_a_no_changes_nothing(far: Scripted) -> None:
    channel = ask(far)
    far.say(OPEN_FAILURE, channel, 1, rest=body(b"no") + body(b""))
    until(lambda: not far.transport._streams, "the channel to be forgotten")
    assert not far.all(REQUEST)
    _goes_on(far)


def test_a_command_that_talks_without_end_is_not_listened_to(far: Scripted) -> None:
    """No credit is given for what it says, and it costs the link's budget nothing."""
    before = far.budget.left
    channel = ask(far)
    assert far.budget.left == before
    far.say(CONFIRMATION, channel, REMOTE, 0, 32768)
    for _ in range(4):
        far.say(DATA, channel, rest=body(bytes(32000)))
    far.wait_for(CLOSE)
    _goes_on(far)
    assert not far.all(WINDOW_ADJUST)


def test_a_link_that_is_gone_says_so(far: Scripted) -> None:
    far.link.close()
    with pytest.raises(OSError, match="closed"):
        far.transport.open_prompt_session()


def _goes_on(far: Scripted) -> None:
    assert far.link.is_alive
    far.open(Sink())


# --- with the real sshd -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key(key_store: KeyStore) -> Path:
    return key_store.key("person")


@needs_sshd
@pytest.mark.parametrize(
    ("options", "config", "becomes_prompt"),
    [
        ("", [], True),
        ('restrict,port-forwarding,command="/bin/false" ', [], True),
        ('command="yes" ', [], True),
        ('command="sleep 2" ', [], True),
        ("", ["MaxSessions 0"], False),
    ],
    ids=["shell", "forced", "talks", "slow", "none"],
)
def test_sshd_sends_small_packets_at_once(
    tmp_path: Path, key_store: KeyStore, key: Path, options: str, config: list[str], becomes_prompt: bool
) -> None:
    sshd = Sshd(tmp_path, keys=key_store, authorized_keys=options + public_line(key), config_lines=config)
    with sshd, ByteServer() as target, RealLink(sshd.port, key) as link:
        sock = link.transport.sock
        assert isinstance(sock, socket.socket)
        name = sock.getsockname()
        is_late = openssh_version() < (10, 1)
        assert prompt_session.holds_back(link.transport.remote_version) is is_late
        assert connections_of(sshd.session_pids(), sshd.port)[name] is not is_late
        link.transport.open_prompt_session()
        until(lambda: not link.transport._streams, "the session to be over")
        assert connections_of(sshd.session_pids(), sshd.port)[name] is (becomes_prompt or not is_late)
        driver = link.transport._driver
        assert driver is not None
        assert (driver._quick_ack is None) is becomes_prompt
        everything(link, target.port)


@needs_sshd
@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_relay_that_is_not_to_be_asked_is_not(tmp_path: Path, lab: Lab, is_wanted: bool) -> None:
    (relay,) = lab.document(small_packets_at_once=is_wanted).relays
    said = len(lab.relay.log())
    tools = tools_for(tmp_path, lab.relay.host_key_line)
    link = connect_relay(relay, tools, threading.Event(), lambda _link: None)
    try:
        assert isinstance(link, Link)
        if is_wanted:
            until(lambda: "Starting session" in lab.relay.log()[said:], "the session")
        else:
            assert link.ping(10) is not None, "what was asked before is answered before"
            assert "Starting session" not in lab.relay.log()[said:]
    finally:
        link.close()
