"""The doctor's own SSH connection to one machine: plain paramiko, opened step by step.

The links of the program carry streams and nothing else; the doctor also tries what a login may do besides,
and runs ``date``, ``head`` and ``cat``. Nothing here asks the person or decides: see ``examination``.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
from paramiko.ssh_exception import ChannelException, SSHException

from app.core.faults import FaultCode, error
from app.transport.link import Machine, Tools, shake_hands
from app.transport.link_transport import GCM_FIRST
from app.transport.session_transport import SessionTransport

ANSWER_TIMEOUT_S = 15.0
WINDOW = 16 * 1024 * 1024  # of what the far end may send: enough for 80 MB/s at 200 ms
_PACKET = 128 * 1024
_COMMAND_S = 5.0  # for commands that end at once where they are run at all
_MAX_OUTPUT = 64 * 1024

# RFC 4254 section 5.1
PROHIBITED, CONNECT_FAILED, RESOURCE_SHORTAGE = 1, 2, 4


class Wire(SessionTransport):
    """Made by ``open_wire``; ``end`` closes it with every channel, from any thread."""

    def __init__(self, sock: Any, machine: Machine) -> None:
        super().__init__(sock, name=f"doctor-{machine.profile}")
        self.machine = machine
        self.default_window_size, self.default_max_packet_size = WINDOW, _PACKET
        self.channel_timeout = ANSWER_TIMEOUT_S
        self.get_security_options().ciphers = GCM_FIRST

    def end(self) -> None:
        """Twice is as good as once."""
        super().end()
        self.packetizer.complete_handshake()  # else a failed handshake leaves its timer thread behind
        with contextlib.suppress(OSError, EOFError):
            self.sock.close()

    # --- what can be asked of it --------------------------------------------------------------------------

    def ping(self) -> float:
        """Seconds until the answer. Raises LINK_LOST when none comes in time."""
        with self._answering():
            sent = time.monotonic()
            self.global_request("keepalive@openssh.com", wait=True)  # any answer will do
            took = time.monotonic() - sent
            self._need_life()
            return took

    def connect_through(self, host: str, port: int) -> paramiko.Channel:
        """A direct-tcpip channel. Raises ChannelException (the far end says no), LINK_LOST."""
        with self._answering():
            try:
                patience = ANSWER_TIMEOUT_S * 0.7  # less than the far end itself is given
                return self.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=patience)
            except ChannelException:
                raise
            except SSHException:
                self._need_life()
        self.ping()  # it is the address beyond that does not answer, or else this says so
        raise ChannelException(CONNECT_FAILED, "no answer")

    def session(self, command: str) -> paramiko.Channel | None:
        """A channel on which the command was accepted; None where the login runs none. Raises LINK_LOST."""
        with self._answering():
            try:
                channel = self.open_channel("session")
            except ChannelException:
                return None
            channel.settimeout(ANSWER_TIMEOUT_S)
            try:
                channel.exec_command(command)
            except SSHException:
                channel.close()
                self._need_life()
                return None
            return channel

    def output_of(self, command: str) -> str | None:
        """The beginning of what the command prints, and what has come by then if it does not end.

        None where the login runs none. Raises LINK_LOST.
        """
        channel = self.session(command)
        if channel is None:
            return None
        data = b""
        with contextlib.closing(channel), contextlib.suppress(OSError, EOFError, SSHException):
            channel.settimeout(_COMMAND_S)
            channel.shutdown_write()  # a forced command may wait for somebody who types
            while len(data) < _MAX_OUTPUT and (more := channel.recv(4096)):
                data += more
        return data.decode("utf-8", "replace")

    def may_listen(self) -> bool:
        """Whether the login may open listeners there. One that opens, on its loopback, is closed at once."""
        with self._answering():
            try:
                port = self.request_port_forward("127.0.0.1", 0, _refuse)
            except SSHException:
                self._need_life()
                return False
            self.cancel_port_forward("127.0.0.1", port)
            return True

    def _need_life(self) -> None:
        if not self.is_active():
            raise EOFError("the other side closed it")

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """What ends the connection becomes our fault, and so does silence: paramiko waits for ever.

        The far end's no passes.
        """
        too_late = threading.Event()

        def give_up() -> None:
            too_late.set()
            self.packetizer.close()

        timer = threading.Timer(ANSWER_TIMEOUT_S, give_up)
        timer.start()
        try:
            yield
        except ChannelException:
            raise
        except (SSHException, OSError, EOFError) as e:
            is_silent = too_late.is_set() or "Timeout" in str(e)
            reason = "it does not answer any more" if is_silent else str(e) or type(e).__name__
            raise error(FaultCode.LINK_LOST, host=self.machine.host, reason=reason) from e
        finally:
            timer.cancel()
            timer.join()


def open_wire(
    sock: Any, machine: Machine, tools: Tools, cancelled: threading.Event, opened: Callable[[Wire], None]
) -> Wire:
    """The handshake. ``sock`` is a socket or a channel, and is taken over. Raises as ``link.begin`` does.

    ``opened`` hears of the wire before anything is waited for, so that it can be ended from elsewhere.
    """
    wire = Wire(sock, machine)
    opened(wire)
    shake_hands(wire, machine, tools, cancelled)
    return wire


def _refuse(channel: paramiko.Channel, *_where: object) -> None:
    """Nobody comes to a listener that is there for a moment; if somebody does, they are sent away."""
    with contextlib.suppress(OSError, EOFError):
        channel.close()
