"""``connect ALIAS`` and ``shadowsocks connect NAME``: up until Ctrl-C, through the running program or with a
manager of our own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from app.cli.context import Context, the_shadowsocks
from app.cli.control_handler import PRESENT, find_profile
from app.cli.event_values import event_line
from app.cli.exit_codes import ExitCode
from app.cli.follower import Ending, Follower
from app.cli.interrupts import Interrupts
from app.cli.session import Session
from app.cli.shadowsocks_commands import read_password
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Relay, Server
from app.core.shadowsocks import SECRET_KIND, ShadowsocksServer
from app.secrets import SecretName
from app.system.control_client import ControlStream
from app.system.instance import InstanceLock

_FIND_S = 5.0  # how long another program may take between starting and answering
_SETTLE_S = 20.0  # after which an old trouble that brings no news is believed
_PRESENT_S = 10.0  # for the running program to say how everything is
_WINDOWS_POLL_S = 0.5  # Python handles signals on Windows only between two calls

Target = Relay | Server | ShadowsocksServer
Values = queue.SimpleQueue[Mapping[str, Any] | str]
_INTERRUPTED, _ENDED = "interrupted", "ended"


def connect(context: Context) -> int:
    document = context.load()
    target = _target(context, document)
    values: Values = queue.SimpleQueue()  # its put may be called in a signal handler
    with Interrupts(lambda: values.put(_INTERRUPTED)):
        found = _running_or_lock(context)
        if isinstance(found, InstanceLock):
            try:
                return _by_ourselves(context, document, target, values)
            finally:
                found.release()
        return _through_running(context, found, document, target, values)


def _target(context: Context, document: Document) -> Target:
    name = context.arguments.name
    by_shadowsocks = context.arguments.command == "shadowsocks"
    return the_shadowsocks(document, name) if by_shadowsocks else find_profile(document, name)


def _running_or_lock(context: Context) -> ControlStream | InstanceLock:
    """Events of the running program, or the right to be it."""
    lock = InstanceLock(context.paths)
    deadline = time.monotonic() + _FIND_S
    while True:
        try:
            return context.control.stream("watch")
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.APP_NOT_RUNNING:
                raise
        if lock.acquire():
            return lock
        if time.monotonic() > deadline:
            reason = "another RelayTray holds this data folder and does not answer"
            raise error(FaultCode.INTERNAL, reason=reason)
        time.sleep(0.1)  # it is just starting, or ending: nothing announces which


def _through_running(
    context: Context, stream: ControlStream, document: Document, target: Target, values: Values
) -> int:
    name = context.arguments.name
    reader = threading.Thread(target=_read, args=(stream, values), name="watch", daemon=True)
    reader.start()
    follow = _Loop(context, _follower(context, document, target), values)
    suffix = "-shadowsocks" if isinstance(target, ShadowsocksServer) else ""
    trusted = {} if suffix else {"trusted": context.arguments.trust}
    try:
        code = follow.run(lambda: context.control.call(f"connect{suffix}", name=name, **trusted))
    finally:
        stream.close()
        reader.join(5)
    if follow.follower.first_state == "off" and code in (ExitCode.OK, ExitCode.CANCELLED):
        with contextlib.suppress(RelayTrayError):  # it ended first
            context.control.call(f"disconnect{suffix}", name=name)
    return code


def _by_ourselves(context: Context, document: Document, target: Target, values: Values) -> int:
    # Only what was named connects: the others are for the tray program's start.
    relays = tuple(dataclasses.replace(relay, connect_at_launch=False) for relay in document.relays)
    proxies = tuple(dataclasses.replace(one, connect_at_launch=False) for one in document.shadowsocks)
    alone = dataclasses.replace(document, relays=relays, shadowsocks=proxies)
    trusted, quit_ = context.arguments.trust, lambda: values.put(_INTERRUPTED)
    with Session(context, alone, trusted=trusted, on_value=values.put, on_quit=quit_) as session:
        if isinstance(target, ShadowsocksServer):
            session.need(SecretName(SECRET_KIND, target.id), lambda: read_password(target))
        session.serve()
        session.manager.start()
        handler, name = session.handler, context.arguments.name
        loop = _Loop(context, _follower(context, document, target), values)
        if isinstance(target, ShadowsocksServer):
            return loop.run(lambda: handler.connect_shadowsocks(name))
        return loop.run(lambda: handler.connect(name, trusted))


def _follower(context: Context, document: Document, target: Target) -> Follower:
    keep_trying = context.arguments.keep_trying
    if isinstance(target, ShadowsocksServer):
        return Follower(alias="", relay="", shadowsocks=target.name, keep_trying=keep_trying)
    if isinstance(target, Server):
        relay = document.relay(target.relay_id)
        alias, relay_name = target.alias, relay.name if relay else ""
    else:
        alias, relay_name = "", target.name
    return Follower(alias=alias, relay=relay_name, keep_trying=keep_trying)


def _read(stream: ControlStream, values: Values) -> None:
    for value in stream.lines():
        values.put(value)
    values.put(_ENDED)


class _Loop:
    """Prints what happens until the end. Runs in the main thread."""

    def __init__(self, context: Context, follower: Follower, values: Values) -> None:
        self._out = context.out
        self.follower = follower
        self._values = values

    def run(self, connect_now: Callable[[], object]) -> int:
        self._take_present()
        self.follower.begin()
        connect_now()
        deadline = time.monotonic() + _SETTLE_S if self.follower.present_fault else None
        while True:
            ending = self._next(deadline)
            if ending is not None:
                if ending.fault is not None:
                    self._out.fault(ending.fault)
                return ending.code

    def _take_present(self) -> None:
        """How everything is before anything is asked for; told only where it is news."""
        while True:
            try:
                value = self._values.get(timeout=_PRESENT_S)
            except queue.Empty:
                return
            if isinstance(value, str):
                self._values.put(value)  # for the loop
                return
            if value.get("event") == PRESENT:
                return
            self.follower.take(dict(value))
            if value.get("state") in ("connected", "up", "running", "listening"):
                self._tell(dict(value))

    def _next(self, deadline: float | None) -> Ending | None:
        try:
            value = self._values.get(timeout=_patience(deadline))
        except queue.Empty:
            is_late = deadline is not None and time.monotonic() > deadline
            return self.follower.overdue() if is_late else None
        if value == _INTERRUPTED:
            if self.follower.was_connected:
                return Ending(ExitCode.OK)
            return Ending(ExitCode.CANCELLED, error(FaultCode.CANCELLED, what="the connection").fault)
        if isinstance(value, str):
            return Ending(ExitCode.INTERNAL, error(FaultCode.APP_NOT_RUNNING).fault)
        self._tell(dict(value))
        return self.follower.take(dict(value))

    def _tell(self, value: dict[str, Any]) -> None:
        if not self.follower.concerns(value):
            return
        self._out.value(value)
        line = event_line(value)
        if line is not None:
            self._out.text(line)


def _patience(deadline: float | None) -> float | None:
    waits = [_WINDOWS_POLL_S] if os.name == "nt" else []
    if deadline is not None:
        waits.append(max(0.05, deadline - time.monotonic()))
    return min(waits) if waits else None
