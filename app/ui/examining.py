"""Opens the doctor's windows and brings them their news. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Slot

from app.core.diagnosis import BY_SSH, Examined, Routes
from app.core.events import DocumentChanged, Event, ExaminedTold
from app.core.profiles import Document
from app.core.route_rules import ways_to
from app.ui.actions import Command
from app.ui.bridge import Background, EventBridge
from app.ui.commands import Deed
from app.ui.doctor_window import DoctorWindow
from app.ui.parts import DoctorPort
from app.ui.windows import Windows


class Examining(QObject):
    """Without a ``port`` no doctor is offered."""

    def __init__(
        self,
        parent: QObject,
        port: DoctorPort | None,
        background: Background,
        windows: Windows,
        bridge: EventBridge,
        document: Callable[[], Document],
    ) -> None:
        super().__init__(parent)
        self._port, self._background, self._windows = port, background, windows
        self._publish, self._document = bridge.publish, document
        bridge.received.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def deeds(self) -> dict[Command, Deed]:
        return {} if self._port is None else {Command.OPEN_DOCTOR: self._open}

    @Slot(object)
    def _hear(self, event: Event) -> None:
        if isinstance(event, ExaminedTold):
            window = self._windows.get(f"doctor-{event.subject}")
            if isinstance(window, DoctorWindow):
                window.heard(event.examined)
        elif isinstance(event, DocumentChanged):
            for window in self._windows.all():
                if isinstance(window, DoctorWindow) and not _is_there(event.document, window):
                    window.close()

    def _open(self, profile_id: str) -> None:
        port, document = self._port, self._document()
        server = document.server(profile_id)
        relay = document.relay(profile_id if server is None else server.relay_id)
        if port is None or relay is None:
            return
        relay_id, server_id = relay.id, "" if server is None else server.id

        def make() -> DoctorWindow:
            names = partial(self._names, relay_id, server_id)
            publish = partial(self._tell, profile_id)
            return DoctorWindow(relay_id, server_id, names, port, self._background, publish)

        self._windows.show(f"doctor-{profile_id}", make)

    def _tell(self, subject: str, examined: Examined) -> None:
        """In the working thread."""
        self._publish(ExaminedTold(subject, examined))

    def _names(self, relay_id: str, server_id: str) -> tuple[str, str, Routes]:
        document = self._document()
        relay, server = document.relay(relay_id), document.server(server_id)
        alias = server.alias if server is not None else ""
        return ("?", alias, BY_SSH) if relay is None else (relay.name, alias, ways_to(relay, server))


def _is_there(document: Document, window: DoctorWindow) -> bool:
    if window.server_id:
        return document.server(window.server_id) is not None
    return document.relay(window.relay_id) is not None
