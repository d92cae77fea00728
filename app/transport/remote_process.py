"""One command that runs at the far end of a session channel: its input, its output as it comes, its end."""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import paramiko

from app.core.faults import FaultCode, error
from app.transport.link import Machine, raise_if_cancelled

_POLL_S = 0.02
_GRACE_S = 1.0
_IDLE_S = 60.0  # for a piece of what is fed, on the slowest of links
READY = "ready=yes"
_READ = 1 << 16
MAX_OUTPUT = 4 << 20  # characters; a script of ours says a few lines


@dataclass(frozen=True, slots=True)
class Output:
    status: int  # -1: it was killed
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """Of standard output: a ~/.bashrc may have said something before."""
        return self.out.strip().rpartition("\n")[2]

    @property
    def last_words(self) -> str:
        """The last line that says something: what a fault tells as its reason."""
        lines = [line.strip() for line in (self.err + "\n" + self.out).splitlines() if line.strip()]
        errors = [line.strip() for line in self.err.splitlines() if line.strip()]
        return (errors or lines or [f"it ended with status {self.status}"])[-1]


class RemoteProcess:
    """Not thread-safe. ``close`` ends the channel, whatever runs there."""

    def __init__(
        self, channel: paramiko.Channel, machine: Machine, cancelled: threading.Event, what: str
    ) -> None:
        self._channel = channel
        self._machine = machine
        self._cancelled = cancelled
        self._what = what
        self._decoders = [codecs.getincrementaldecoder("utf-8")("replace") for _ in range(2)]
        self._to_send = b""
        self.out = ""
        self.err = ""

    def send(self, data: bytes) -> None:
        """Queue it; it goes out while the output is read."""
        self._to_send += data

    def turn(self, end: float) -> bool:
        """Read and write what can be; wait a moment when nothing can. False when the command has ended.

        Raises CANCELLED, LINK_LOST, and REMOTE_SCRIPT_FAILED once ``end`` (monotonic) has passed.
        """
        raise_if_cancelled(self._cancelled, self._machine)
        ended = self._has_ended()  # asked first: what is read below came before
        moved = self._write() | self._read()
        if moved:
            return True
        if ended:
            if self._was_cut():
                raise error(FaultCode.LINK_LOST, host=self._machine.host, reason="closed while a script ran")
            return False
        if time.monotonic() > end:
            raise error(
                FaultCode.REMOTE_SCRIPT_FAILED,
                what=self._what,
                host=self._machine.host,
                reason="it did not come to an end in time",
            )
        self._cancelled.wait(_POLL_S)
        return True

    def finish(
        self,
        end: float,
        on_line: Callable[[str], None] | None = None,
        feed: Iterable[bytes] = (),
    ) -> Output:
        """Send what is queued, then what it is fed, and the end of the input; read to the end.

        ``feed`` is taken piece by piece as it goes out, once the command has said READY on a line of its own:
        a shell reads ahead, and what it had read of this would be lost.
        """
        told = len(self.out)
        shut = False
        pieces = iter(feed)
        is_fed = feed == ()
        while self.turn(end):
            if not self._to_send and not is_fed and READY in self.out.splitlines():
                self._to_send = next(pieces, b"")
                is_fed = not self._to_send
                end = max(end, time.monotonic() + _IDLE_S)
            if not self._to_send and is_fed and not shut:
                self._channel.shutdown_write()
                shut = True
            told = self._tell(told, on_line)
        if on_line is not None and self.out[told:]:
            on_line(self.out[told:])
        return Output(self._channel.exit_status, self.out, self.err)

    def close(self) -> None:
        self._channel.close()

    def _tell(self, told: int, on_line: Callable[[str], None] | None) -> int:
        while (end := self.out.find("\n", told)) >= 0:
            if on_line is not None:
                on_line(self.out[told:end])
            told = end + 1
        return told

    def _has_ended(self) -> bool:
        """sshd tells the status as soon as it knows, and may send output behind it."""
        channel = self._channel
        return bool(channel.closed or (channel.exit_status_ready() and channel.eof_received))

    def _was_cut(self) -> bool:
        """The channel ended with the link: paramiko closes channels a moment before it says so."""
        if self._channel.exit_status != -1 or self._channel.eof_received:
            return False
        end = time.monotonic() + _GRACE_S
        while self._channel.get_transport().is_active():
            if time.monotonic() > end:
                return False  # it was killed
            time.sleep(_POLL_S)
        return True

    def _write(self) -> bool:
        if not self._to_send or not self._channel.send_ready():
            return False
        try:
            sent = self._channel.send(self._to_send)
        except OSError:
            self._to_send = b""  # it does not listen any more; its status tells why
            return False
        self._to_send = self._to_send[sent:]
        return True

    def _read(self) -> bool:
        moved = False
        if self._channel.recv_ready():
            self.out += self._decoders[0].decode(self._channel.recv(_READ))
            moved = True
        if self._channel.recv_stderr_ready():
            self.err += self._decoders[1].decode(self._channel.recv_stderr(_READ))
            moved = True
        if len(self.out) + len(self.err) > MAX_OUTPUT:
            raise error(
                FaultCode.REMOTE_SCRIPT_FAILED,
                what=self._what,
                host=self._machine.host,
                reason="it says without end",
            )
        return moved
