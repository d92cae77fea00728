"""The reader of a link turns the loop of its clients while it waits: one thread for both sides.

A program's bytes reach the link, and the link's bytes a program, without a change of threads: that is what
made a connection cost twice as much, and an echo half as much again.
"""

from __future__ import annotations

import contextlib
import socket

from app.socks.loop import READ, WRITE, Loop
from app.transport.packetizer import FastPacketizer

# WORKAROUND: up to 10.0 sshd sets TCP_NODELAY only on a connection on which a command was started; see
# ``prompt_session`` for what we do about it. Where it refuses, its last small packets wait for our
# acknowledgement, which Linux puts off for up to 40 ms: uploads through a link in a link took four times as
# long. Asked for before every read, because the kernel soon forgets it; each costs a packet, so it ends where
# sshd agreed. May go with ``prompt_session``.
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

FLUSH_AT = 128 * 1024  # bytes: the reader sends what it has when so much waits, or when it has nothing to do


# A CLOSE that answers a CLOSE keeps nobody waiting: it may go with the next message, which saves a packet and
# waking sshd for it. These are the limits of its patience.
PATIENT_TURNS = 4
PATIENT_S = 0.002


class LoopDriver:
    """Between one packetizer and one driven loop. Everything in the reader thread, but where it is said.

    The packetizer's ``on_room`` is called when a socket that was full takes bytes again.
    """

    def __init__(self, sock: socket.socket, fast: FastPacketizer, loop: Loop, limit_s: float) -> None:
        self._sock, self._fast, self.loop = sock, fast, loop
        self._quick_ack = QUICK_ACK if sock.family in (socket.AF_INET, socket.AF_INET6) else None
        self._limit_s: float | None = limit_s  # how often a handshake's deadline is looked at
        self._descriptor = sock.fileno()
        self._watched = 0
        self._is_readable = False
        self._flush_is_due = False
        self._patient_turns = 0  # what is left of them, while something waits that is in no hurry
        fast.await_readable = self._await_readable
        fast.on_closed = lambda: loop.call(lambda: None)  # it wakes, and looks

    def begin_forwarding(self) -> None:
        """The handshake is over: from now on nothing blocks. Any thread."""
        self._fast.outbox.on_full = self._full
        self._fast.defer_flush = self._flush_soon
        self._limit_s = None
        with contextlib.suppress(OSError):  # closed already
            self._sock.setblocking(False)

    def far_end_is_prompt(self) -> None:
        """It holds no small packets back: nothing has to be acknowledged out of turn. Any thread."""
        self._quick_ack = None

    def finish(self) -> None:
        """The link is gone; clients may still be reading their last bytes, until the loop is stopped."""
        self.loop.forget(self._descriptor)
        self.loop.run()

    # --- reading ----------------------------------------------------------------------------------------

    def _await_readable(self) -> None:
        """Serve the clients until the link has something to read. EOFError when it is closed meanwhile."""
        loop, fast = self.loop, self._fast
        if not self._watched:
            self._watch(READ)
        self._is_readable = False
        if loop.has_calls:
            loop.run_calls()
        while not self._is_readable:
            if self._flush_is_due:
                self._flush_if_due()
            if loop.is_stopping or fast.closed:
                raise EOFError
            if self._limit_s is not None and fast.handshake_timed_out():
                raise EOFError
            if self._patient_turns:
                self._patient_turns -= 1
                self._flush_is_due = not loop.turn(PATIENT_S) or not self._patient_turns or self._flush_is_due
            else:
                loop.turn(self._limit_s)
        if self._flush_is_due:
            self._flush_if_due()
        if self._quick_ack is not None:
            try:
                self._sock.setsockopt(socket.IPPROTO_TCP, self._quick_ack, 1)
            except OSError:
                pass  # the read will tell

    def socket_ready(self, mask: int) -> None:
        """The link's own socket, among those of the clients."""
        if mask & READ:
            self._is_readable = True
        if mask & WRITE:
            self._flush_again()

    def loop_ended(self) -> None:
        """The transport closes its socket by itself."""

    def _watch(self, mask: int) -> None:
        if mask != self._watched and self._sock.fileno() >= 0:
            self._watched = mask
            self.loop.watch(self._sock, mask, self)

    # --- writing ----------------------------------------------------------------------------------------

    def _full(self) -> None:
        """Any thread."""
        self.loop.call(self._watch_for_room)

    def _watch_for_room(self) -> None:
        if self._fast.outbox.is_full:
            self._watch(READ | WRITE)

    def _flush_again(self) -> None:
        with contextlib.suppress(EOFError):  # the reader will see that the socket is gone
            self._fast.outbox.flush_again()
        if not self._fast.outbox.is_full:
            self._watch(READ)
            self._fast.on_room()

    def _flush_soon(self, *, patient: bool) -> None:
        """What the reader says waits until it has nothing more to do: fewer, larger packets."""
        if patient:
            self._patient_turns = self._patient_turns or PATIENT_TURNS
            return
        self._flush_is_due = True
        if self._fast.outbox.size >= FLUSH_AT:
            self._flush_if_due()

    def _flush_if_due(self) -> None:
        if self._flush_is_due:
            self._flush_is_due, self._patient_turns = False, 0
            try:
                self._fast.outbox.flush()
            except EOFError:
                pass  # the reader will see that the socket is gone
