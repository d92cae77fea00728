"""A session that does nothing, for sshd's sake: without one it holds small packets back.

Up to 10.0 OpenSSH's sshd sets TCP_NODELAY on a connection only when a command is started on it (9.2:
session.c's ``do_exec_no_pty`` calls ``ssh_packet_set_interactive``), never for forwards alone; since 10.1
always. What a program behind a
forward says in several small pieces then waits, piece by piece, until this end has acknowledged the piece
before: a round trip, and on top of it the delay with which a system acknowledges, 40 ms on Linux and up to
200 on Windows. What trickled in through a link of 100 ms took 101 ms one way instead of 50. So each link asks
for one session and the shell's ``exit`` in it, and closes it at once. Nobody waits for that, and a no is as
good as an answer: the link then is as it was. The account's start-up files run for it, or its forced command
does, as for every ``ssh``; whom that disturbs turns it off (``Relay.small_packets_at_once``).
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from app.socks.streams import StreamRefusal
from app.transport.stream import MSG_CHANNEL_OPEN, MSG_CHANNEL_REQUEST, LinkStream, WindowBudget

if TYPE_CHECKING:
    from app.transport.link_transport import LinkTransport

_OPEN = struct.Struct(">BI7sIII")  # "session", our channel, its window, its packet size
_EXEC = struct.Struct(">BII4s?I4s")  # the far end's channel, "exec", whether an answer is wanted, "exit"
_MAX_PACKET = 32 * 1024
_PROMPT_SINCE = (10, 1)
_OPENSSH = re.compile(r"SSH-(?:2\.0|1\.99)-OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)")


def holds_back(remote_version: str) -> bool | None:
    """Whether this SSH server waits, by its first line (RFC 4253 section 4.2). None: it is no OpenSSH."""
    found = _OPENSSH.match(remote_version)
    return None if found is None else (int(found[1]), int(found[2])) < _PROMPT_SINCE


class _Nobody:
    """The sink of what the session says: a banner, or why the account has no shell."""

    def stream_opened(self) -> None: ...
    def stream_refused(self, refusal: StreamRefusal) -> None: ...
    def stream_data(self, data: memoryview) -> None: ...
    def stream_eof(self) -> None: ...
    def stream_closed(self, *, cleanly: bool) -> None: ...
    def stream_writable(self) -> None: ...


class PromptSession(LinkStream):
    """The session's channel. Everything in the transport's reader thread."""

    __slots__ = ()

    is_forward = False

    def __init__(self, transport: LinkTransport, channel: int) -> None:
        super().__init__(transport, channel, _Nobody(), WindowBudget(0))

    def open_message(self) -> bytes:
        """CHANNEL_OPEN (RFC 4254 section 6.1)."""
        return _OPEN.pack(MSG_CHANNEL_OPEN, 7, b"session", self._channel, self.first_window, _MAX_PACKET)

    def opened(self, remote: int, window: int, max_packet: int) -> None:
        """Ask for ``exit`` (section 6.5), and for nothing more: a command may talk without end."""
        super().opened(remote, window, max_packet)
        words = _EXEC.pack(MSG_CHANNEL_REQUEST, remote, 4, b"exec", True, 4, b"exit")
        self._transport.send_control(words, self)
        self.close()

    def request_answered(self, *, granted: bool) -> None:
        if granted:
            self._transport.far_end_is_prompt()
