"""A link that is made anew without a break: what it carries stays on the old one until it ends.

A relay decides at the login what a link may reach. When another server has got its port there, the link that
is up cannot open it, and the connections that it carries must not be cut for that.
"""

from __future__ import annotations

import logging
import math
import time

from app.core.faults import RelayTrayError
from app.core.profiles import Document, Relay, Server
from app.sentences import sentence
from app.socks.streams import Traffic
from app.tunnel.far_ends import AnyLink, connect_relay
from app.tunnel.pulse import Pulse
from app.tunnel.supervisor import RelaySupervisor

log = logging.getLogger("relaytray.tunnel")

LOOK_S = 1.0  # between two looks whether an old link still carries something
_SETTLE_S = 5.0  # whoever was just given the old link may not have opened a stream yet
_LAST_BYTES_S = 10.0  # what programs get to read them when the link is lost


def with_new_permissions(old: Document, new: Document) -> set[str]:
    """The ids of the relays that let in more, or less, since then: a server has got a line, and so a port, or
    the relay was set up again. Pure.
    """
    lined = {
        server.relay_id for server in new.servers if _permission(server) not in (None, _before(server, old))
    }
    known = {relay.id: relay.setup_at for relay in old.relays}
    again = {relay.id for relay in new.relays if relay.setup_at not in (0, known.get(relay.id))}
    return lined | again


def _permission(server: Server) -> tuple[str, int] | None:
    return None if server.enrolment is None else (server.enrolment.id, server.route.port)


def _before(server: Server, old: Document) -> tuple[str, int] | None:
    known = old.server(server.id)
    return None if known is None else _permission(known)


class _Replaced:
    """A link that was made anew, with its own questions whether anybody is there; or one that is lost."""

    def __init__(self, link: AnyLink, relay: Relay) -> None:
        self.link = link
        self.pulse = Pulse(Traffic(), lambda: True)
        self.pulse.follow(relay)
        self._may_end_at = time.monotonic() + _SETTLE_S

    @property
    def is_done(self) -> bool:
        """Nothing goes through it, and no program is reading the last bytes that came by it."""
        now, has_programs = time.monotonic(), self.link.loops.have_members
        if not self.link.is_alive:
            return not has_programs or now > self._may_end_at + _LAST_BYTES_S
        return now > self._may_end_at and not self.link.open_streams and not has_programs

    def ask(self, relay: Relay, *, urgent: bool) -> None:
        if urgent or self.pulse.ping_is_due():
            _, gone = self.pulse.ask(self.link, relay, urgent=urgent)
            if gone and self.link.is_alive:
                log.info("%s does not answer any more by the link before.", relay.name)
                self.link.cut()


class RenewingSupervisor(RelaySupervisor):
    """``renew`` may be called from any thread; everything else happens in the supervisor's own."""

    _renewal_requested = False
    _replaced: tuple[_Replaced, ...] = ()

    def renew(self) -> None:
        """Log in again, if the link is up."""
        with self._cv:
            if self._link is not None or self._thread is not None:
                self._renewal_requested = True
                self._cv.notify()

    def _has_something_to_do(self) -> bool:
        wants_renewal = self._renewal_requested and self._link is not None
        return wants_renewal or super()._has_something_to_do()

    def _seconds_to_sleep(self) -> float | None:
        usual = super()._seconds_to_sleep()
        return min(LOOK_S, math.inf if usual is None else usual) if self._replaced else usual

    def _bring_up(self) -> None:
        self._renewal_requested = False  # the login that follows is a new one
        super()._bring_up()

    def _look_after(self, link: AnyLink) -> None:
        with self._cv:
            is_wanted, self._renewal_requested = self._renewal_requested, False
            check = self._check_requested
        if is_wanted and link.is_alive:
            self._make_anew(link)
        for one in self._replaced:
            one.ask(self.relay, urgent=check)
        super()._look_after(self._link or link)

    def _turn(self) -> None:
        super()._turn()
        self._end_unused()

    def _mourn(self, link: AnyLink) -> None:
        """Programs may be reading the last bytes that came by it, or have yet to say where they want to go:
        its loops serve them for a while.
        """
        lost = _Replaced(link, self.relay)
        with self._cv:
            self._link = None
        super()._mourn(link)
        self._replaced = (lost,)

    def _make_anew(self, link: AnyLink) -> None:
        relay: Relay = self.relay
        try:
            newer = connect_relay(relay, self._context.tools, self._cancelled, self._lost)
        except RelayTrayError as e:
            log.info("The link to %s stays as it was. %s", relay.name, sentence(e.fault))
            return
        with self._cv:
            self._link = newer
            self._up_since = time.monotonic()
            self._pulse.begin(relay)
        self._replaced = (*self._replaced, _Replaced(link, relay))
        log.info("The link to %s was made anew.", relay.name)
        self._answer(newer)
        self._on_link(True)

    def _end_unused(self) -> None:
        done = [one for one in self._replaced if one.is_done]
        self._replaced = tuple(one for one in self._replaced if one not in done)
        for one in done:
            one.link.close()

    def _drop_link(self) -> None:
        """The person, or the relay, is done with it: that goes for the old ones as well."""
        super()._drop_link()
        replaced, self._replaced = self._replaced, ()
        for one in replaced:
            one.link.close()
