"""Decides, event by event, whether ``connect`` goes on or ends, and how. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.cli.event_values import Value
from app.cli.exit_codes import ExitCode, exit_code
from app.core.faults import Fault, FaultCode
from app.core.reconnect import is_lasting
from app.system.control_client import fault_from_json

_UP = ("connected", "up", "running")
_BEGINS = ("connecting", "starting")
_FAILED = ("trouble", "failed", "waiting")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the command ends; without a fault somebody wanted it to."""

    code: ExitCode
    fault: Fault | None = None


class Follower:
    """Follows one server (``alias``), a Shadowsocks server, or else a relay itself.

    The first try counts: when it fails the command ends with its cause, unless it is to keep trying and
    waiting can help. Once it was connected, the link mends itself and the command stays.
    """

    def __init__(self, *, alias: str, relay: str, keep_trying: bool, shadowsocks: str = "") -> None:
        self._shadowsocks = shadowsocks
        self._alias = alias
        self._relay = relay
        self._keep_trying = keep_trying
        self._begun = False
        self._moved = False
        self._port_fault: Fault | None = None
        self.first_state = ""  # before anything was asked for
        self.was_connected = False
        self.present_fault: Fault | None = None

    def begin(self) -> None:
        """From now on events are answers to what we asked for."""
        self._begun = True

    def concerns(self, value: Value) -> bool:
        """Whether an event is told at all: not those of other servers and relays."""
        if self._shadowsocks:
            name = value.get("target") if value.get("event") == "listener" else value.get("shadowsocks")
            return bool(name == self._shadowsocks)
        if value.get("event") == "shadowsocks":
            return False
        if value.get("event") == "state" and self._alias:
            return bool(value.get("alias") == self._alias)
        return bool(value.get("relay", self._relay) == self._relay)

    def take(self, value: Value) -> Ending | None:
        if not self.concerns(value):
            return None
        if value.get("event") == "listener":
            return self._listener(value)
        kind = "shadowsocks" if self._shadowsocks else "state" if self._alias else "link"
        if value.get("event") == kind:
            return self._state(value)
        return None

    def overdue(self) -> Ending | None:
        """Nothing happened for a while: is there an old fault that simply stays?"""
        return self._failed(self.present_fault) if self.present_fault and not self.was_connected else None

    def _state(self, value: Value) -> Ending | None:
        state = str(value.get("state"))
        self.present_fault = fault_from_json(value["fault"]) if "fault" in value else None
        if state in _UP:
            self.was_connected = True
        if not self._begun:
            self.first_state = state
            return None
        if state in _UP or state in _BEGINS:
            self._moved = True
        elif state in _FAILED and self.present_fault and not self.was_connected:
            return self._failed(self._port_fault or self.present_fault)
        elif state == "off" and (self._moved or self.was_connected):
            return Ending(ExitCode.OK)  # disconnected from elsewhere
        return None

    def _listener(self, value: Value) -> Ending | None:
        if value.get("purpose") != "socks":
            return None  # an extra forward that cannot be opened is told, and the rest goes on
        self._port_fault = fault_from_json(value["fault"]) if "fault" in value else None
        if self._port_fault and self._begun and not self.was_connected:
            return self._failed(self._port_fault)
        return None

    def _failed(self, fault: Fault) -> Ending | None:
        code = exit_code(fault)
        stays = is_lasting(fault) or code is ExitCode.LOCAL_PORT or fault.code is FaultCode.CANCELLED
        return Ending(code, fault) if stays or not self._keep_trying else None
