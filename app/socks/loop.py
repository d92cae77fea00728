"""Selector loops: the threads that watch local sockets and write to links.

A loop runs callbacks in one thread: sockets that are ready, functions handed in with ``call`` from any
thread, and timers. It knows nothing of SOCKS or SSH. The thread is the loop's own, or, for a *driven* loop,
one that has another source to read as well and turns the loop while it waits (``drive``, ``turn``): what
comes from the one side then reaches the other without a change of threads.

A ``LoopGroup`` hands out loops so that no selector holds more sockets than the platform allows: Windows'
``select`` takes 512 at most (FD_SETSIZE as CPython builds it), while epoll and kqueue have no such limit.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from app.socks import polling

log = logging.getLogger("relaytray.socks")

SELECT_LIMIT = 480  # below FD_SETSIZE of CPython on Windows, with room for the wake-up socket
BUFFER_SIZE = 256 * 1024
READ, WRITE = polling.READ, polling.WRITE

Callback = Callable[[], None]


class SocketHandler(Protocol):
    def socket_ready(self, mask: int) -> None:
        """Called in the loop's thread; ``mask`` has READ and WRITE bits."""

    def loop_ended(self) -> None:
        """Close the socket: the loop ends, or this handler failed. In the loop's thread, for members."""


class Timer:
    """A pending call; ``cancel`` from the loop's thread."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        self.callback = None


class Loop:
    """One selector and its thread. Any thread may ``call``, ``add``, ``remove``, ``stop``; the rest inside.

    Members that are there when the loop ends are told: nobody is forgotten with an open socket, whatever
    calls were still waiting.
    """

    def __init__(
        self,
        name: str,
        make_selector: Callable[[], selectors.BaseSelector] | None = None,
        *,
        driven: bool = False,
    ) -> None:
        self._poller = polling.make_poller(make_selector)
        self._is_select = self._poller.is_select
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._poller.watch(self._wake_reader, READ, None)
        self._calls: deque[Callback] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self.is_stopping = False
        self._asleep = True
        self._members: set[SocketHandler] = set()
        self._members_lock = threading.Lock()
        self._ended = False
        self.buffer = bytearray(BUFFER_SIZE)  # for reads whose bytes are handed on at once
        self._thread: threading.Thread | None = None
        self._ident = 0
        if not driven:
            self._thread = threading.Thread(target=self._run_alone, name=name, daemon=True)
            self._thread.start()

    @property
    def has_room(self) -> bool:
        return not self._is_select or len(self._members) < SELECT_LIMIT

    @property
    def has_members(self) -> bool:
        return bool(self._members)

    @property
    def is_current(self) -> bool:
        return threading.get_ident() == self._ident

    @property
    def has_calls(self) -> bool:
        return bool(self._calls)

    def call(self, callback: Callback) -> None:
        """Run ``callback`` soon in the loop's thread. After ``stop`` it is dropped."""
        self._calls.append(callback)
        if self._asleep:
            self._asleep = False  # one byte wakes it: the others need not write theirs
            with contextlib.suppress(OSError):  # full: it is awake; closed: it has ended
                self._wake_writer.send(b"\0")

    def now_or_soon(self, callback: Callback) -> None:
        """``call``, but at once in the loop's own thread; then what it raises is the caller's."""
        if threading.get_ident() == self._ident:
            callback()
        else:
            self.call(callback)

    def call_later(self, delay_s: float, callback: Callback) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + delay_s, next(self._order), timer))
        return timer

    def watch(self, sock: socket.socket, mask: int, handler: SocketHandler) -> None:
        """Set what is watched for on this socket; 0 ends it."""
        self._poller.watch(sock, mask, handler)

    def add(self, member: SocketHandler) -> bool:
        """Its socket belongs to this loop from now on, watched at the moment or not. False: it has ended."""
        with self._members_lock:
            if not self._ended:
                self._members.add(member)
            return not self._ended

    def remove(self, member: SocketHandler) -> None:
        with self._members_lock:
            self._members.discard(member)

    def stop(self, deadline_s: float = 5.0) -> bool:
        """End the thread after what was called before; members are told. True when it ended in time."""
        self.end_soon()
        if self._thread is None or not self._thread.is_alive():  # there is no thread that could
            if not self._ended:
                self.run()
            return True
        if not self.is_current:
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def end_soon(self) -> None:
        """``stop`` without waiting for the thread."""
        self.call(self._end)

    # --- for the thread that drives -----------------------------------------------------------------------

    def drive(self) -> None:
        """The calling thread is this loop's from now on; it must end with ``run``."""
        self._thread, self._ident = threading.current_thread(), threading.get_ident()

    def turn(self, limit_s: float | None = None) -> bool:
        """Wait for something to do, at most ``limit_s`` seconds, and do it. False: no socket was ready."""
        self._asleep = True
        timeout = None
        if self._calls:
            timeout = 0.0
        elif self._timers:
            timeout = self._until_next_timer()
        if limit_s is not None and (timeout is None or timeout > limit_s):
            timeout = limit_s
        ready = self._poller.wait(timeout)
        self._asleep = False
        for handler, mask in ready:
            if handler is None:
                with contextlib.suppress(OSError):
                    while self._wake_reader.recv(4096):
                        pass
                continue
            try:
                handler.socket_ready(mask)
            except Exception:
                log.exception("A connection handler failed; the loop goes on.")
                self._let_go(handler)
        if self._calls:
            self.run_calls()
        if self._timers:
            self._run_timers()
        return bool(ready)

    def run_calls(self) -> None:
        """What was asked for with ``call`` up to now."""
        for _ in range(len(self._calls)):
            self._guarded(self._calls.popleft())

    def run(self) -> None:
        """Turn until ``stop``; then tell the members and let everything go."""
        try:
            while not self.is_stopping:
                self.turn()
        finally:
            self._tell_members()
            self._poller.close()
            self._wake_reader.close()
            self._wake_writer.close()
            self._calls.clear()

    def forget(self, descriptor: int) -> None:
        """The socket of this number was closed while it was watched; the number may come again."""
        self._poller.forget(descriptor)

    # --- inside -------------------------------------------------------------------------------------------

    def _run_alone(self) -> None:
        self._ident = threading.get_ident()
        self.run()

    def _end(self) -> None:
        self.is_stopping = True

    def _let_go(self, handler: SocketHandler) -> None:
        if handler in self._members:
            # Its socket would stay ready, and fail again at once and for ever.
            self._guarded(handler.loop_ended)

    def _tell_members(self) -> None:
        with self._members_lock:
            self._ended = True
            members = list(self._members)
        for member in members:
            self._guarded(member.loop_ended)

    def _until_next_timer(self) -> float | None:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None:
                self._guarded(callback)

    def _guarded(self, callback: Callback) -> bool:
        """One connection's bug must not take every other connection down. False when it failed."""
        try:
            callback()
        except Exception:
            log.exception("A connection handler failed; the loop goes on.")
            return False
        return True


class LoopGroup:
    """Loops that belong together, made as needed. ``pick`` and ``stop`` from any thread."""

    def __init__(
        self,
        name: str,
        make_selector: Callable[[], selectors.BaseSelector] | None = None,
        *,
        first: Loop | None = None,
    ) -> None:
        """``first`` is a loop that somebody else drives; more are made when it has no more room."""
        self._name = name
        self._make_selector = make_selector
        self._loops: list[Loop] = [] if first is None else [first]
        self._lock = threading.Lock()
        self._stopped = False

    def pick(self) -> Loop:
        """A loop with room for one more socket. Raises OSError after ``stop``."""
        with self._lock:
            if self._stopped:
                raise OSError("the loops have ended")
            for loop in self._loops:
                if loop.has_room:
                    return loop
            suffix = f"-{len(self._loops) + 1}" if self._loops else ""
            loop = Loop(self._name + suffix, self._make_selector)
            self._loops.append(loop)
            return loop

    def pick_near(self) -> Loop:
        """``pick``, but the loop of the calling thread if it is one of these and has room."""
        with self._lock:
            near = next((loop for loop in self._loops if loop.is_current and loop.has_room), None)
        return near or self.pick()

    @property
    def have_members(self) -> bool:
        """Somebody's socket is here still."""
        with self._lock:
            return any(loop.has_members for loop in self._loops)

    def holds(self, loop: Loop) -> bool:
        with self._lock:
            return loop in self._loops

    def stop(self, deadline_s: float = 5.0) -> bool:
        with self._lock:
            self._stopped = True
            loops = list(self._loops)
        end = time.monotonic() + deadline_s
        return all([loop.stop(max(0.05, end - time.monotonic())) for loop in loops])  # noqa: C419 - stop each
