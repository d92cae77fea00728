"""What the demo relies on inside paramiko; and the pieces that need no client."""

from __future__ import annotations

import inspect
import socket
import threading
from contextlib import closing

import paramiko
import pytest
from paramiko.message import Message

from app.provision.demo.crew import Crew
from app.provision.demo.loopback import Listener, connect, free_port, listening_socket

PRIVATE_NAMES = {
    paramiko.Transport: [
        "_send_message",
        "_send_user_message",
        "_parse_newkeys",
        "_parse_channel_open",
        "_queue_incoming_channel",
        "_unlink_channel",
        "_next_channel",
        "_log",
        "_channel_handler_table",
        "preferred_ciphers",
    ],
    paramiko.Channel: [
        "_wait_for_send_window",
        "_feed",
        "_handle_request",
        "_set_transport",
        "_set_window",
        "_set_remote_channel",
        "_set_closed",
    ],
    paramiko.SFTPServer: ["_read_packet", "_send_packet", "_log"],
}


@pytest.mark.parametrize(("owner", "name"), [(o, n) for o, names in PRIVATE_NAMES.items() for n in names])
def test_paramiko_still_has_this_name(owner: type, name: str) -> None:
    assert hasattr(owner, name), f"paramiko {paramiko.__version__} has no {owner.__name__}.{name} any more"


def test_paramiko_still_sets_an_event_when_a_channel_closes() -> None:
    assert "status_event.set()" in inspect.getsource(paramiko.Channel._set_closed)  # type: ignore[attr-defined]


def test_paramiko_still_has_these_attributes() -> None:
    one, other = socket.socketpair()
    with closing(one), closing(other):
        transport = paramiko.Transport(one)
        for name in ("_channels", "channels_seen", "_expected_packet", "clear_to_send", "clear_to_send_lock"):
            assert hasattr(transport, name)
    channel = paramiko.Channel(0)
    for name in ("out_window_size", "out_max_packet_size", "remote_chanid", "lock", "status_event"):
        assert hasattr(channel, name)
    channel.closed = True
    assert Message(b"x").packet.tell() == 0


def test_a_crew_tells_bugs_and_swallows_ended_connections(caplog: pytest.LogCaptureFixture) -> None:
    crew = Crew()

    def gone() -> None:
        raise ConnectionResetError("gone")

    crew.start("one", gone)
    assert crew.join(5) == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.expected_logs("failed")
def test_a_bug_in_a_thread_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    crew = Crew()

    def bug() -> None:
        raise ZeroDivisionError

    crew.start("buggy", bug)
    assert crew.join(5) == []
    assert "The demo's buggy failed." in caplog.text


def test_a_crew_names_who_is_left_and_cuts_off_sockets() -> None:
    crew = Crew()
    one, other = socket.socketpair()

    def wait() -> None:
        with crew.holding(one):
            assert one.recv(1) == b""

    crew.start("waiter", wait)
    assert crew.join(0.01) == ["waiter"]
    crew.dismiss()
    assert crew.join(5) == []
    other.close()
    late, end = socket.socketpair()
    with closing(end), crew.holding(late):
        assert late.recv(1) == b""  # cut off at once


def test_a_listener_ends_at_once_and_gives_its_port_back() -> None:
    crew = Crew()
    port = free_port()
    for _ in range(20):
        accepted = threading.Event()

        def welcome(
            sock: socket.socket, _peer: tuple[str, int], accepted: threading.Event = accepted
        ) -> None:
            sock.close()
            accepted.set()

        listener = Listener(crew, "test-listener", welcome, port)
        connect(port).close()
        assert accepted.wait(5)
        listener.close()
        with pytest.raises(OSError):
            connect(port)
    assert crew.join(5) == []


def test_a_busy_port_is_not_shared() -> None:
    with closing(listening_socket(0)) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(OSError):
            listening_socket(port)
        assert free_port(port) != port
