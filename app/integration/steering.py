"""Lets a connected Shadowsocks server have this system's proxy as its profile says, and always puts it back.

Follows what is published (``hear``) in a thread of its own, ``steering``, which does all that may block. A
guard outside of this program puts the proxy back when we are killed; where that is killed, too, the next
start does (``SystemProxy.mend``).
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.core.events import (
    DocumentChanged,
    Event,
    ListenersChanged,
    Publish,
    ShadowsocksChanged,
    SteeringChanged,
)
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Document
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, Steering
from app.core.steering import Claims
from app.integration.pac_file import PacFile, stamp_of, text_of
from app.integration.system_proxy import SystemProxy
from app.sentences import sentence
from app.storage.paths import Paths
from app.system.end_guard import EndGuard
from app.system.programs import relaytray_command
from app.system.proxy_settings import ProxyMode, WantedProxy

# How soon it is noticed that the list's file has changed, that another program has set the proxy, or that a
# network has come. networksetup takes many processes to tell.
LOOK_S = 120.0 if sys.platform == "darwin" else 30.0
log = logging.getLogger("relaytray.steering")


class Guard(Protocol):
    """``app.system.end_guard.EndGuard``."""

    def start(self) -> None: ...
    def dismiss(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody wants the system to be told, with all that it is made of."""

    server: ShadowsocksServer
    lists: object = None  # PAC: the person's lists, and the stamp of the file

    def is_about_the_same(self, other: _Wish | None) -> bool:
        """Whether no person has asked for anything new: only ports or lists are others."""
        return other is not None and (self.server.id, self.server.steering) == (
            other.server.id,
            other.server.steering,
        )


class SteeringDesk:
    """One for each program that holds the ``InstanceLock``. Thread-safe."""

    def __init__(
        self,
        paths: Paths,
        document: Document,
        publish: Publish,
        *,
        proxy: SystemProxy | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._publish = publish
        self._proxy = proxy if proxy is not None else SystemProxy(paths)
        self._guard: Guard = guard if guard is not None else EndGuard(guard_command(paths))
        self._pac = PacFile(paths)
        self._changed = threading.Condition()
        self._claims = Claims(document)  # this and the next two: under the condition
        self._is_news = self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="steering", daemon=True)
        # What follows belongs to that thread.
        self._wish: _Wish | None = None  # the last that was tried
        self._set: WantedProxy | None = None  # what the system is told by us
        self._fault: Fault | None = None  # what is not as it was wished
        self._ended: ShadowsocksServer | None = None  # had it, and failed
        self._state = SteeringChanged(Steering.PORT)

    @property
    def state(self) -> SteeringChanged:
        """What was published last."""
        return self._state

    def start(self) -> None:
        """First puts back what an earlier program has left behind."""
        atexit.register(self.stop)
        self._thread.start()

    def hear(self, event: Event) -> None:
        """Any thread; returns at once."""
        match event:
            case ShadowsocksChanged(id_, state):
                self._follow(lambda claims: claims.after_phase(id_, state.phase))
            case ListenersChanged(listeners):
                self._follow(lambda claims: claims.after_listeners(listeners))
            case DocumentChanged(document):
                self._follow(lambda claims: claims.after_document(document))
            case _:
                pass

    def stop(self, deadline_s: float = 5.0) -> None:
        """Put back what was there before, and end. Blocks, but no longer; the second call does nothing.

        What could not be put back by then the guard puts back when this program has ended.
        """
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(deadline_s)
            if self._thread.is_alive():
                log.warning("This system's proxy was not put back within %.0f s.", deadline_s)
        atexit.unregister(self.stop)

    def _follow(self, change: Callable[[Claims], Claims]) -> None:
        with self._changed:
            self._claims = change(self._claims)
            self._is_news = True
            self._changed.notify_all()

    # --- in its thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._safely(self._mend)
        while (claims := self._next()) is not None:
            self._safely(lambda claims=claims: self._apply(claims))  # type: ignore[misc]
        self._safely(lambda: self._tell(Steering.PORT, fault=self._let_go()))

    @staticmethod
    def _safely(deed: Callable[[], None]) -> None:
        try:
            deed()
        except Exception:  # of this deed: the next must find the thread alive
            log.exception("What the system's proxy is to be was not followed.")

    def _mend(self) -> None:
        try:
            self._proxy.mend()
        except RelayTrayError as e:
            self._tell(Steering.PORT, fault=_not_restored(e.fault))

    def _next(self) -> Claims | None:
        """Waits for news, and looks from time to time while we have the proxy. None: the end."""
        with self._changed:
            patience = None if self._set is None else LOOK_S
            self._changed.wait_for(lambda: self._is_news or self._is_stopping, patience)
            self._is_news = False
            return None if self._is_stopping else self._claims

    def _apply(self, claims: Claims) -> None:
        server = claims.winner
        if server is None:
            self._end(claims)
            return
        self._ended = None
        wish = _Wish(server, _lists(claims) if server.steering is Steering.PAC else None)
        if wish != self._wish:
            self._fault = self._fulfil(wish, claims)
            self._wish = wish
        elif self._set is not None:
            self._fault = self._look(server, self._set) or self._fault
        fault = self._fault
        if fault is None and claims.losers:
            fault = Fault.of(FaultCode.PROXY_TAKEN, name=claims.losers[-1].name, by=server.name)
        self._tell(server.steering if self._set is not None else Steering.PORT, server.id, fault)

    def _fulfil(self, wish: _Wish, claims: Claims) -> Fault | None:
        """Tells the system; what is not as it was wished."""
        server, asked = wish.server, not wish.is_about_the_same(self._wish)
        if not asked and self._fault is not None and self._fault.code is FaultCode.PROXY_CHANGED:
            return self._fault
        try:
            proxy, fault = self._proxy_for(server, claims)
            if asked or proxy != self._set:
                if not asked and self._set is not None and not self._proxy.is_ours():
                    return self._leave(server)
                self._start_guard()
                self._proxy.set(proxy)
                self._set = proxy
        except RelayTrayError as e:
            log.warning("The system's proxy was not set: %s", sentence(e.fault))
            return self._let_go() or _not_set(server, e.fault)
        if server.steering is Steering.GLOBAL:
            self._pac.stop()
        return fault

    def _look(self, server: ShadowsocksServer, proxy: WantedProxy) -> Fault | None:
        """Whether the system still is as we have told it."""
        try:
            if not self._proxy.is_ours():
                return self._leave(server)
            if self._proxy.lacks(proxy):
                self._proxy.set(proxy)
        except RelayTrayError as e:  # it may have been a moment's trouble: the next look will see
            log.warning("The system's proxy was not looked at: %s", sentence(e.fault))
        return None

    def _leave(self, server: ShadowsocksServer) -> Fault:
        """To the program, or the person, that has set another one."""
        return self._let_go() or Fault.of(FaultCode.PROXY_CHANGED, name=server.name)

    def _proxy_for(self, server: ShadowsocksServer, claims: Claims) -> tuple[WantedProxy, Fault | None]:
        if server.steering is Steering.GLOBAL:
            return WantedProxy(mode=ProxyMode.GLOBAL, port=server.local_port), None
        text, fault = text_of(claims.document.settings, server.local_port)
        url = self._pac.publish(text)
        return WantedProxy(mode=ProxyMode.PAC, port=server.local_port, pac_url=url), fault

    def _start_guard(self) -> None:
        try:
            self._guard.start()
        except RelayTrayError as e:  # then the next start mends what a kill leaves behind
            log.warning("Nobody watches over the system's proxy: %s", sentence(e.fault))

    def _end(self, claims: Claims) -> None:
        """Nobody wants it, or may have it, any more."""
        if self._wish is not None and self._set is not None:
            self._ended = self._wish.server
        self._wish = self._fault = None
        fault = self._let_go()
        if self._ended is not None and claims.phase_of(self._ended.id) is not ProxyPhase.FAILED:
            self._ended = None
        if self._ended is None:
            self._tell(Steering.PORT, fault=fault)
            return
        given_back = Fault.of(FaultCode.PROXY_GIVEN_BACK, name=self._ended.name)
        self._tell(Steering.PORT, self._ended.id, fault or given_back)

    def _let_go(self) -> Fault | None:
        """Put back what was there, as far as it is ours; why that cannot be."""
        self._set = None
        try:
            self._proxy.restore()
        except RelayTrayError as e:
            log.warning("The system's proxy was not put back: %s", sentence(e.fault))
            return _not_restored(e.fault)  # the guard stays, and tries again after our end
        finally:
            self._pac.stop()
        self._guard.dismiss()
        return None

    def _tell(self, steering: Steering, id_: str = "", fault: Fault | None = None) -> None:
        state = SteeringChanged(steering, id_, fault)
        if state != self._state:
            self._state = state
            self._publish(state)


def _lists(claims: Claims) -> object:
    settings = claims.document.settings
    own = (settings.pac_proxied, settings.pac_direct, settings.pac_others)
    return (*own, settings.pac_list, stamp_of(settings.pac_list))


def _not_set(server: ShadowsocksServer, fault: Fault) -> Fault:
    if fault.code is FaultCode.PROXY_UNSUPPORTED:
        return fault
    return Fault.of(FaultCode.PROXY_NOT_SET, name=server.name, reason=_reason(fault))


def _not_restored(fault: Fault) -> Fault:
    return Fault.of(FaultCode.PROXY_NOT_RESTORED, reason=_reason(fault))


def _reason(fault: Fault) -> str:
    return fault.details.get("reason") or sentence(fault).rstrip(".")


def guard_command(paths: Paths) -> list[str]:
    """What the guard runs: it puts the proxy back when the program that had set it has ended."""
    return [*relaytray_command(), "--data-dir", str(paths.root), "system-proxy", "guard"]
