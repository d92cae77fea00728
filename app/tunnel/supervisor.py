"""One relay: its link on demand, its retries and keepalives.

The thread ``supervise-<relay>`` connects, asks whether the relay still lives, and closes an idle link. It
sleeps until the next of these is due. Everything else only changes what is wanted and wakes it.

States (``LinkPhase``)::

    OFF -> CONNECTING -> UP -> WAITING -> CONNECTING ...      wanted by the person
                    \\-> FAILED                               needs the person, or wanted only by a program
    UP -> CLOSING -> OFF                                      not wanted any more, or idle
"""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
from collections.abc import Callable

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Relay
from app.core.reconnect import STEADY_S, after_failure, may_try_for_program
from app.core.states import LinkPhase, LinkState
from app.sentences import sentence
from app.socks.loop import LoopGroup
from app.socks.streams import StreamOpener, Traffic
from app.tunnel.context import Context
from app.tunnel.far_ends import AnyLink, FarEnd, RelayEnd, called_off
from app.tunnel.pulse import Pulse

log = logging.getLogger("relaytray.tunnel")

LinkAnswer = Callable[[StreamOpener | Fault], None]


class RelaySupervisor:
    """Thread-safe. ``on_link`` hears, in the supervisor's thread, that the link came (True) or went."""

    def __init__(
        self,
        relay: Relay,
        context: Context,
        traffic: Traffic,
        on_link: Callable[[bool], None],
        on_tick: Callable[[], None],
        in_use: Callable[[], bool],
        far: FarEnd | None = None,
    ) -> None:
        self._relay = relay
        self._context = context
        self._far = far or RelayEnd(context)
        self._traffic = traffic
        self._pulse = Pulse(traffic, in_use)
        self._on_link = on_link
        self._on_tick = on_tick
        self._cv = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._state = LinkState()
        self._link: AnyLink | None = None
        self._waiters: list[LinkAnswer] = []
        self._wanted = False
        self._revive = True  # False: the computer woke, and what did not survive stays down
        self._close_requested = False
        self.closed_at = 0  # ``Context.order`` of the last wish to close: what is wanted later stays
        self._check_requested = False
        self._try_now = False  # the person wants a try
        self._program_came = False  # a program does, even if it has left before the thread looks
        self._retry_at = 0.0
        self._failed_at = 0.0
        self._attempt = 0
        self._up_since = 0.0
        self._cancelled = threading.Event()

    # --- asked by the manager, any thread ---------------------------------------------------------------

    @property
    def relay(self) -> Relay:
        return self._relay

    @property
    def state(self) -> LinkState:
        with self._cv:
            if self._state.phase is LinkPhase.WAITING:
                left = self._retry_at - time.monotonic()
                told = None if math.isinf(left) else round(max(0.0, left), 1)
                return dataclasses.replace(self._state, retry_in_s=told)
            return self._state

    @property
    def is_up(self) -> bool:
        return self.loops is not None

    @property
    def loops(self) -> LoopGroup | None:
        """Those of the link, when it is up."""
        link = self._link
        return link.loops if link is not None and link.is_alive else None

    def want(self) -> None:
        """The person wants the link up and kept up."""
        with self._cv:
            self._wanted = self._revive = True
            self._attempt = 0
            self._try_now = True
            self._wake()

    def close_link(self) -> None:
        """Close the link, or call off the attempt to bring it up. Who waits hears of it at once."""
        with self._cv:
            self._wanted = False
            self.closed_at = self._context.order()
            self._program_came = False
            waiters, self._waiters = self._waiters, []
            self._request_close(again=False)
        for answer in waiters:
            answer(called_off(self._relay))

    def _request_close(self, *, again: bool) -> None:
        """Under ``_cv``. ``again``: and bring it up anew."""
        self._try_now = again
        self._cancelled.set()
        if self._thread is not None:
            self._close_requested = True
            self._cv.notify()
        if self._link is not None:
            self._link.cut()

    def request(self, answer: LinkAnswer) -> Callable[[], None]:
        """A program wants the link: ``answer`` is called once, with it or with the reason why not."""
        link = self._link
        if link is not None and link.is_alive:  # one that comes just now will answer who waits
            answer(link)
            return lambda: None
        found = None
        with self._cv:
            if self._stopping or self._context.stopping.is_set():
                found = Fault.of(FaultCode.CANCELLED, what="the connection: RelayTray is closing")
            elif self._may_try():
                self._waiters.append(answer)
                self._program_came = True
                self._wake()
            else:
                found = self._state.fault or called_off(self._relay)
        if found is not None:
            answer(found)

        def cancel() -> None:
            with self._cv:
                self._waiters = [waiter for waiter in self._waiters if waiter != answer]

        return cancel

    def _may_try(self) -> bool:
        if self._state.phase in (LinkPhase.CONNECTING, LinkPhase.CLOSING, LinkPhase.OFF, LinkPhase.UP):
            return True
        return may_try_for_program(
            self._state.fault, time.monotonic() - self._failed_at, max(1, self._attempt)
        )

    def check_now(self, *, revive: bool = True) -> None:
        """The computer slept, or the network changed: is the link alive? Try again if it waits.

        Without ``revive`` a link that turns out to be dead stays down until it is asked for.
        """
        with self._cv:
            if self._thread is None:
                return
            self._check_requested = True
            self._revive = revive
            if not revive:
                self._retry_at = math.inf
            elif self._state.phase is LinkPhase.WAITING:
                self._attempt = 0
                self._try_now = True
            self._cv.notify()

    def traffic_began(self) -> None:
        """A connection was made and counted: tell its figures once a second while there are any."""
        with self._cv:
            if self._pulse.traffic_began():
                self._wake()

    def replace(self, relay: Relay) -> None:
        """The profile changed. A link that the change concerns is brought up anew."""
        with self._cv:
            old, self._relay = self._relay, relay
            self._pulse.follow(relay)
            if not self._far.concerns(old, relay):
                self._cv.notify()  # other times may be due
                return
            if self._wanted or self._waiters:
                self._attempt = 0
                self._request_close(again=True)
                return
        self.close_link()

    def stop(self) -> None:
        """Ask the thread to end; ``join`` waits for it."""
        with self._cv:
            self._stopping = True
            self._cancelled.set()
            self._cv.notify()
            link = self._link
        if link is not None:
            link.cut()

    def join(self, timeout_s: float) -> bool:
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        """Under ``_cv``. The thread starts with the first thing there is to do."""
        if self._thread is None and not self._stopping:
            self._thread = threading.Thread(
                target=self._run, name=f"supervise-{self._relay.name}", daemon=True
            )
            self._thread.start()
        self._cv.notify()

    # --- the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._turn()
            except Exception:
                log.exception("The supervisor of %s met an error.", self._relay.name)
                self._drop_link()
                self._give_up(Fault.of(FaultCode.INTERNAL, reason="an error in the supervisor, see the log"))
        self._drop_link()
        self._set(LinkState())
        self._answer(Fault.of(FaultCode.CANCELLED, what="the connection: RelayTray is closing"))

    def _turn(self) -> None:
        with self._cv:
            if not self._has_something_to_do():
                self._cv.wait(self._seconds_to_sleep())
            if self._stopping:
                return
            closing, self._close_requested = self._close_requested, False
        if closing:
            self._close()
        elif self._link is not None:
            self._look_after(self._link)
        elif self._should_connect():
            self._bring_up()
        with self._cv:
            tick = self._pulse.tick_is_due()
        if tick:
            self._on_tick()

    def _has_something_to_do(self) -> bool:
        return (
            self._close_requested
            or self._check_requested
            or self._program_came
            or (self._link is None and self._try_now)
            or (self._link is not None and not self._link.is_alive)
        )

    def _should_connect(self) -> bool:
        self._check_requested = False
        due = self._state.phase is LinkPhase.WAITING and time.monotonic() >= self._retry_at
        return self._program_came or self._try_now or due

    def _seconds_to_sleep(self) -> float | None:
        """Until the next thing that is due, under ``_cv``; None = until woken."""
        soonest = self._pulse.tick_at
        if self._link is not None:
            soonest = min(soonest, self._pulse.next_due(self._relay))
        elif self._state.phase is LinkPhase.WAITING:
            soonest = min(soonest, self._retry_at)
        return None if math.isinf(soonest) else max(0.0, soonest - time.monotonic())

    # --- bringing it up ---------------------------------------------------------------------------------

    def _bring_up(self) -> None:
        with self._cv:
            if self._stopping or self._close_requested:
                return
            self._try_now = self._program_came = False
            self._cancelled = cancelled = threading.Event()
            self._attempt += 1
        relay = self._relay
        self._set(LinkState(phase=LinkPhase.CONNECTING, attempt=self._attempt))
        log.info("Connecting to %s (%s:%d).", relay.name, relay.host, relay.port)
        try:
            link = self._far.connect(relay, cancelled, self._lost)
        except RelayTrayError as e:
            self._failed(e.fault)
            return
        with self._cv:
            self._link = link
            self._up_since = time.monotonic()
            self._revive = True
            self._pulse.begin(self._relay)
        self._set(LinkState(phase=LinkPhase.UP))
        self._answer(link)
        self._on_link(True)

    def _failed(self, fault: Fault) -> None:
        if self._cancelled.is_set() or self._stopping:
            self._close()
            return
        log.info("%s", sentence(fault))
        self._give_up(fault)

    def _give_up(self, fault: Fault) -> None:
        """For now, or until the person does something."""
        self._failed_at = time.monotonic()
        after = after_failure(
            fault,
            self._attempt,
            wanted=self._wanted and self._revive,
            reconnect=self._context.document.settings.reconnect,
        )
        with self._cv:
            self._retry_at = time.monotonic() + after.delay_s
        retry = after.delay_s if after.phase is LinkPhase.WAITING else None
        self._set(LinkState(phase=after.phase, fault=fault, retry_in_s=retry, attempt=self._attempt))
        self._answer(fault)
        self._on_link(False)

    def _answer(self, found: AnyLink | Fault) -> None:
        with self._cv:
            self._program_came = False
            waiters, self._waiters = self._waiters, []
        for answer in waiters:
            answer(found)

    # --- keeping it -------------------------------------------------------------------------------------

    def _look_after(self, link: AnyLink) -> None:
        if not link.is_alive:
            self._mourn(link)
            return
        self._answer(link)
        with self._cv:
            self._try_now = False  # a wish that has come true must not come true again when it is lost
            check, self._check_requested = self._check_requested, False
        if check or self._pulse.ping_is_due():
            self._ping(link, urgent=check)
        if link.is_alive and self._pulse.is_idle(self._relay):
            log.info("The link to %s was idle and is closed.", self._relay.name)
            self._wanted = False
            self.closed_at = self._context.order()
            self._close()

    def _ping(self, link: AnyLink, *, urgent: bool) -> None:
        round_trip, gone = self._pulse.ask(link, self._relay, urgent=urgent)
        if round_trip is not None:
            self._revive = True
            self._set(dataclasses.replace(self._state, round_trip_ms=round(round_trip * 1000, 1)))
        elif gone and link.is_alive:
            log.info("%s does not answer any more: the link is dropped.", self._relay.name)
            link.cut()

    def _mourn(self, link: AnyLink) -> None:
        """The link is gone without our asking."""
        fault = self._far.why_lost(self._relay, link)
        self._drop_link()
        steady = time.monotonic() - self._up_since >= STEADY_S
        self._attempt = 1 if steady else max(1, self._attempt)
        if self._waiters and steady:  # somebody wants it just now: no waiting
            self._set(LinkState(phase=LinkPhase.WAITING, fault=fault, retry_in_s=0.0))
            self._on_link(False)
            self._try_now = True
            return
        log.info("%s", sentence(fault))
        self._give_up(fault)

    def _close(self) -> None:
        """Who waits by now came after the wish to close: for them it is brought up anew."""
        if self._link is not None:
            self._set(LinkState(phase=LinkPhase.CLOSING))
            self._drop_link()
        self._set(LinkState())
        self._on_link(False)

    def _drop_link(self) -> None:
        with self._cv:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def _lost(self, link: AnyLink) -> None:  # noqa: ARG002 - in the link's reader thread
        with self._cv:
            self._cv.notify()

    def _set(self, state: LinkState) -> None:
        with self._cv:
            if state == self._state:
                return
            self._state = state
        self._far.told(self._relay, state)
