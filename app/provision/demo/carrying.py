"""Moving bytes between SSH channels and local sockets, each half-close and each end included."""

# ruff: noqa: SLF001 - private names of paramiko, as in demo_transport
from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, cast

import paramiko

from app.provision.demo.crew import Crew, cut_off

if TYPE_CHECKING:
    from app.provision.demo.demo_transport import DemoTransport

BLOCK = 256 * 1024
_GONE = (OSError, EOFError, paramiko.SSHException)


def send_all(channel: paramiko.Channel, data: bytes | memoryview) -> None:
    """As ``channel.sendall``, with as many packets at a time as the window has room for.

    Raises OSError when the channel or its connection is closed. Not in the reader thread.
    """
    private: Any = channel
    transport = cast("DemoTransport", channel.get_transport())
    view = memoryview(data)
    while view:
        with private.lock:
            count = int(private._wait_for_send_window(len(view)))
            if not count:
                raise OSError("the channel is closed")
            more = min(len(view) - count, private.out_window_size)
            private.out_window_size -= more
            count += more
        transport.send_data(private.remote_chanid, view[:count], private.out_max_packet_size)
        view = view[count:]


def wait_closed(channel: paramiko.Channel) -> None:
    """Until either side has closed it, or the connection is gone. paramiko sets this event at every close."""
    while not channel.closed:
        channel.status_event.wait()
        if not channel.closed:  # an exit status from a client, which means nothing
            channel.status_event.clear()


def end_writing(channel: paramiko.Channel) -> None:
    """Pass on an end of file. No error when the channel is closed."""
    with contextlib.suppress(*_GONE):
        channel.shutdown_write()


def close_channel(channel: paramiko.Channel) -> None:
    """No error when it, or its connection, is closed already."""
    with contextlib.suppress(*_GONE):
        channel.close()


def carry(crew: Crew, sock: socket.socket, channel: paramiko.Channel) -> None:
    """Both ways until both are at their end, or one is broken. The caller closes the socket afterwards."""
    pair = _Pair(sock, channel)
    with cast("DemoTransport", channel.get_transport()).cutting_off(sock):
        back = crew.start(threading.current_thread().name + "-back", pair.channel_to_socket)
        pair.socket_to_channel()
        back.join()


class _Pair:
    def __init__(self, sock: socket.socket, channel: paramiko.Channel) -> None:
        self._sock = sock
        self._channel = channel
        self._lock = threading.Lock()
        self._open_ways = 2

    def socket_to_channel(self) -> None:
        buffer = bytearray(BLOCK)
        view = memoryview(buffer)
        try:
            while count := self._sock.recv_into(buffer):
                send_all(self._channel, view[:count])
            end_writing(self._channel)
            self._one_way_ended()
        except _GONE:
            self._broken()

    def channel_to_socket(self) -> None:
        try:
            while data := self._channel.recv(BLOCK):
                self._sock.sendall(data)
            if not self._channel.closed:
                self._sock.shutdown(socket.SHUT_WR)
                self._one_way_ended()
        except _GONE:
            self._broken()
        wait_closed(self._channel)
        cut_off(self._sock)

    def _one_way_ended(self) -> None:
        with self._lock:
            self._open_ways -= 1
            finished = not self._open_ways
        if finished:
            close_channel(self._channel)

    def _broken(self) -> None:
        """A reset of the socket, or the channel's connection gone: nothing can go on."""
        close_channel(self._channel)
        cut_off(self._sock)
