"""What a newcomer sees: how it works in three steps, and the first one as a button. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui import icons
from app.ui.actions import Action, Command
from app.ui.flow_layout import FlowLayout
from app.ui.widgets import card, label, letters, push


class WelcomePage(QWidget):
    def __init__(self, choose: Callable[[Action], None]) -> None:
        super().__init__()
        column = QVBoxLayout()
        column.setSpacing(14)
        picture = QLabel()
        size = self.fontMetrics().height() * 4
        picture.setPixmap(icons.app_icon().pixmap(size, size))
        column.addWidget(picture)
        column.addWidget(label(self.tr("Reach your GPU server in one click"), "title"))
        words = self.tr(
            "The GPU server keeps a tunnel open to a relay, a small machine of your own. RelayTray "
            "connects your "
            "computer through it, so that ssh, VS Code and your browser reach the server."
        )
        column.addWidget(label(words))
        column.addWidget(self._steps())
        buttons = FlowLayout()
        words_of_add = self.tr("Add and set up a relay")
        add = push(words_of_add, lambda: choose(Action(Command.ADD_RELAY)), icon="add", main=True)
        add.setObjectName("add-first-relay")
        what = self.tr("Import from ssh config")
        buttons.addWidget(add)
        buttons.addWidget(push(what, lambda: choose(Action(Command.IMPORT_SSH_CONFIG)), icon="import"))
        what = self.tr("Import a link or QR code")
        buttons.addWidget(push(what, lambda: choose(Action(Command.IMPORT_LINKS)), icon="qr-code"))
        column.addLayout(buttons)
        ask = self.tr(
            "Ask the owner of the GPU server before you open a tunnel to it. A server that was lent to "
            "you is not "
            "yours to open."
        )
        column.addWidget(label(ask, "muted"))
        holder = QWidget()
        holder.setLayout(column)
        holder.setMaximumWidth(letters(self, 88))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(holder, 1000)  # as wide as it may be; what is left is shared by both sides
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(36, 24, 36, 24)
        outer.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(2)

    def _steps(self) -> QWidget:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for number, words in enumerate(
            (
                self.tr("Add your relay: its address, your user and your key. RelayTray sets it up for you."),
                self.tr("Add the GPU server, and paste one line into its web terminal: it comes online."),
                self.tr("Click the icon in the tray to connect, and copy the ssh config for VS Code."),
            ),
            start=1,
        ):
            row = QHBoxLayout()
            row.setSpacing(12)
            count = label(f"{number}.", "heading", wraps=False)
            row.addWidget(count, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(words), 1)
            column.addLayout(row)
        return frame
