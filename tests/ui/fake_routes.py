"""A server's way by v2ray, scripted: ``FakeRoutes`` keeps the contract of ``app.ui.parts.RoutesPort``."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from app.core.faults import Fault, FaultCode, RelayTrayError

PATIENCE_S = 10


@dataclass
class FakeRoutes:
    """An unset ``gate`` holds both back."""

    fault: Fault | None = None
    gate: threading.Event | None = None
    was_cancelled: bool = False
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def permit_v2ray(self, server_id: str, ports: tuple[int, ...], cancelled: threading.Event) -> None:
        self._work(cancelled, "permit", server_id, ports)

    def drop_v2ray(self, server_id: str, cancelled: threading.Event) -> None:
        self._work(cancelled, "drop", server_id)

    def _work(self, cancelled: threading.Event, *call: object) -> None:
        self.calls.append(call)
        if self.gate is not None:
            for _ in range(PATIENCE_S * 100):
                if self.gate.wait(0.01) or cancelled.is_set():
                    break
        self.was_cancelled = cancelled.is_set()
        if cancelled.is_set():
            raise RelayTrayError(Fault.of(FaultCode.CANCELLED, what="v2ray"))
        if self.fault is not None:
            raise RelayTrayError(self.fault)
