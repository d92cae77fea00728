"""Opens the windows of relays in a cloud account and brings them their news. GUI thread only."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Slot

from app.core.cloud import CloudProgress, CloudReport
from app.core.events import CloudTold, Event
from app.ui.actions import Command
from app.ui.bridge import EventBridge
from app.ui.cloud_bill_window import CloudBillWindow
from app.ui.cloud_removal_window import CloudRemovalWindow
from app.ui.cloud_window import CloudWindow
from app.ui.commands import Deed
from app.ui.other_ends import Surroundings
from app.ui.parts import CloudPort


class CloudWork(QObject):
    """Without a ``port``, as in the demo, it says so."""

    def __init__(
        self, parent: QObject, port: CloudPort | None, around: Surroundings, bridge: EventBridge
    ) -> None:
        super().__init__(parent)
        self._port, self._around = port, around
        bridge.received.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def deeds(self) -> dict[Command, Deed]:
        if self._port is None:
            return dict.fromkeys(
                (Command.CREATE_IN_CLOUD, Command.DESTROY_IN_CLOUD, Command.OPEN_CLOUD_BILL), self._refuse
            )
        return {
            Command.CREATE_IN_CLOUD: self._create,
            Command.DESTROY_IN_CLOUD: self._destroy,
            Command.OPEN_CLOUD_BILL: lambda _subject: self._bill(),
        }

    def _refuse(self, _subject: str) -> None:
        self._around.say(self.tr("Not in the demo: it would cost real money."))

    @Slot(object)
    def _hear(self, event: Event) -> None:
        if not isinstance(event, CloudTold):
            return
        key = f"cloud-destroy-{event.name}" if event.is_removal else "cloud-create"
        window = self._around.windows.get(key)
        if isinstance(window, CloudWindow | CloudRemovalWindow):
            window.heard(event.report)

    def _create(self, name: str) -> None:
        port, around = self._port, self._around
        if port is None:
            return

        def taken(wanted: str) -> bool:
            return around.document().relay_named(wanted) is not None

        around.windows.show(
            "cloud-create",
            lambda: CloudWindow(
                port, around.background, partial(self._progress, False), around.choose, taken, name
            ),
        )

    def _destroy(self, name: str) -> None:
        port, around = self._port, self._around
        if port is None:
            return
        progress = self._progress(True, name)
        around.windows.show(
            f"cloud-destroy-{name}",
            lambda: CloudRemovalWindow(name, port, around.background, progress, around.choose),
        )

    def _bill(self) -> None:
        port, around = self._port, self._around
        if port is not None:
            around.windows.show("cloud-bill", lambda: CloudBillWindow(port, around.background))

    def _progress(self, is_removal: bool, name: str) -> CloudProgress:
        publish = self._around.publish

        def tell(report: CloudReport) -> None:
            """In the working thread."""
            publish(CloudTold(name, report, is_removal))

        return tell
