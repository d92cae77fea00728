"""The link to a server itself, inside its relay's: for the exit and the forwards, made when first needed.

It is made in a thread ``connect-<alias>``.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Server
from app.core.reconnect import may_try_for_program
from app.sentences import sentence
from app.socks.streams import Path, StreamOpener, StreamRefusal
from app.transport.far_machines import server_machine
from app.transport.link import Link, connect_inside
from app.transport.stream_socket import CLOSED, StreamSocket
from app.tunnel.clock import Clock
from app.tunnel.context import Context
from app.tunnel.far_ends import server_plan
from app.tunnel.pulse import PING_TIMEOUT_S, PINGS_UNANSWERED
from app.tunnel.router import Answer, Cancel
from app.tunnel.threads import Threads

log = logging.getLogger("relaytray.tunnel")

LinkAnswer = Callable[[StreamOpener | Fault], None]
_POLL_S = 0.1
_Found = TypeVar("_Found")


class Ground(Protocol):
    def dial_sshd(self, server_id: str, answer: Answer) -> Cancel:
        """The way to its sshd, by the route in use."""


class InnerLink:
    """Thread-safe. ``on_fault`` hears, in the connecting thread, why it could not be made."""

    def __init__(
        self,
        server: Server,
        context: Context,
        ground: Ground,
        threads: Threads,
        clock: Clock,
        on_fault: Callable[[Fault], None],
    ) -> None:
        self.server = server
        self._context = context
        self._ground = ground
        self._threads = threads
        self._clock = clock
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._cut: weakref.WeakSet[Link] = weakref.WeakSet()  # their readers hold them until they end
        self._connecting = False
        self._cancelled = threading.Event()
        self._waiters: list[LinkAnswer] = []
        self._fault: Fault | None = None
        self._failed_at = 0.0
        self._attempts = 0

    def request(self, answer: LinkAnswer) -> Callable[[], None]:
        """``answer`` is called once, with the link or with the reason why there is none."""
        found: Link | Fault | None = None
        with self._lock:
            if self._link is not None and self._link.is_alive:
                found = self._link
            elif self._context.stopping.is_set():
                found = Fault.of(FaultCode.CANCELLED, what="the connection: RelayTray is closing")
            elif self._connecting or self._may_try():
                self._waiters.append(answer)
                self._begin()
            else:
                found = self._fault
        if found is not None:
            answer(found)

        def cancel() -> None:
            with self._lock:
                if answer in self._waiters:
                    self._waiters.remove(answer)

        return cancel

    def forgive(self) -> None:
        """The person wants the server: what failed before may be tried at once."""
        with self._lock:
            self._fault, self._attempts = None, 0

    def call_off(self) -> None:
        """Close it, or end the attempt to make it, with whatever that asks the person."""
        with self._lock:
            self._cancelled.set()
        self.cut()

    def cut(self) -> None:
        """The relay's link is gone: so is this. An attempt ends by itself and says why."""
        with self._lock:
            link, self._link = self._link, None
            if link is not None:
                self._cut.add(link)
        if link is not None:
            link.cut()

    def close(self) -> None:
        """``call_off``, and wait for the threads of this link, and of those that were cut before."""
        self.call_off()
        with self._lock:
            links = list(self._cut)
        for link in links:
            link.close()

    # --- is anybody there: the relay's link may live while the server, or the way to it, does not ----------

    def check_now(self) -> None:
        """The computer slept, or the network changed: is it alive? One that does not answer is cut."""
        link = self._link
        if link is not None:
            self._start_asking(link, PINGS_UNANSWERED - 1)

    def _ask_later(self, link: Link) -> None:
        relay = self._context.document.relay(self.server.relay_id)
        if relay is not None and relay.keepalive_s:
            self._clock.after(relay.keepalive_s, lambda: self._ask_again(link))

    def _ask_again(self, link: Link) -> None:
        """In the clock's thread. Asking goes on for as long as the link is ours."""
        if self._link is link and not self._context.stopping.is_set():
            self._start_asking(link, 0)
            self._ask_later(link)

    def _start_asking(self, link: Link, missed: int) -> None:
        self._threads.start(lambda: self._ask(link, missed), f"ping-{self.server.alias}")

    def _ask(self, link: Link, missed: int) -> None:
        """Silence for three times is no accident."""
        while link.ping(PING_TIMEOUT_S) is None:
            missed += 1
            if self._link is not link or not link.is_alive:
                return
            if missed >= PINGS_UNANSWERED:
                log.info("%s does not answer any more: its link is dropped.", self.server.alias)
                link.cut()
                return

    # --- making it ------------------------------------------------------------------------------------------

    def _may_try(self) -> bool:
        return may_try_for_program(self._fault, Clock.now() - self._failed_at, max(1, self._attempts))

    def _begin(self) -> None:
        """Under the lock."""
        if self._connecting:
            return
        self._attempts += 1
        self._cancelled = cancelled = threading.Event()
        self._threads.start(lambda: self._connect(cancelled), f"connect-{self.server.alias}")
        self._connecting = True

    def _connect(self, cancelled: threading.Event) -> None:
        server = self.server
        found: Link | Fault
        try:
            found = self._make(server, cancelled)
        except RelayTrayError as e:
            found = e.fault
            log.info("%s", sentence(e.fault))
        except Exception:
            log.exception("Connecting to %s met an error.", server.alias)
            found = Fault.of(FaultCode.INTERNAL, reason="an error while connecting, see the log")
        if isinstance(found, Link) and cancelled.is_set():
            found.close()
        if cancelled.is_set():
            found = Fault.of(FaultCode.CANCELLED, what=f"the connection to {server.alias}")
        self._made(found, by_us=cancelled.is_set())

    def _made(self, found: Link | Fault, *, by_us: bool) -> None:
        with self._lock:
            self._connecting = False
            waiters, self._waiters = self._waiters, []
            if isinstance(found, Link):
                self._link, self._fault, self._attempts = found, None, 0
            else:
                # What we called off ourselves says nothing about the next try.
                self._fault, self._failed_at = (None if by_us else found), Clock.now()
        if isinstance(found, Link):
            self._ask_later(found)
        for answer in waiters:
            answer(found)
        if isinstance(found, Fault):
            self._on_fault(found)
        elif self._cancelled.is_set():
            self.cut()  # called off at the very last moment

    def _make(self, server: Server, cancelled: threading.Event) -> Link:
        def dial(answer: Answer) -> Cancel:
            return self._ground.dial_sshd(server.id, answer)

        path = self._wait_for(cancelled, dial)
        loops = path.opener.loops
        sock = self._open(path, cancelled)
        machine, plan = server_machine(server), server_plan(server)
        try:
            return connect_inside(
                sock, loops, machine, plan, self._context.tools, cancelled, self._lost, server.alias
            )
        except BaseException:
            sock.close()  # unlike a real one it is not closed by being forgotten
            raise

    def _open(self, path: Path, cancelled: threading.Event) -> StreamSocket:
        """A stream to the server's sshd."""

        def begin(answer: Callable[[StreamSocket | Fault], None]) -> Cancel:
            def answered(refusal: StreamRefusal | None) -> None:
                if refusal is CLOSED:
                    answer(Fault.of(FaultCode.LINK_LOST, host=path.host, reason=CLOSED.text))
                else:
                    answer(sock if refusal is None else path.explain(refusal))

            sock = StreamSocket(answered)
            sock.open(path.opener, path.host, path.port)
            return sock.close

        try:
            return self._wait_for(cancelled, begin)
        except OSError as e:
            raise error(FaultCode.LINK_LOST, host=path.host, reason=e) from e

    def _wait_for(
        self, cancelled: threading.Event, begin: Callable[[Callable[[_Found | Fault], None]], Cancel]
    ) -> _Found:
        """``begin`` something that answers in any thread, maybe at once; called off when nobody waits."""
        answers: SimpleQueue[_Found | Fault] = SimpleQueue()
        cancel = begin(answers.put)
        while True:
            try:
                answer = answers.get(timeout=_POLL_S)
            except Empty:
                if cancelled.is_set() or self._context.stopping.is_set():
                    cancel()
                    raise error(FaultCode.CANCELLED, what=f"the connection to {self.server.alias}") from None
            else:
                if isinstance(answer, Fault):
                    raise RelayTrayError(answer)
                return answer

    def _lost(self, link: Link) -> None:
        """In the link's reader thread: it cannot close itself there."""
        self._threads.start(link.close, f"close-{self.server.alias}")
        with self._lock:
            if self._link is link:
                self._link = None
