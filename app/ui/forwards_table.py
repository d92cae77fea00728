"""The extra port forwards of a server, one line each. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.core.profiles import Forward
from app.ui.field_form import port_field
from app.ui.widgets import label, letters, push, tool

_FIRST_PORT = 8888


class ForwardsTable(QWidget):
    """``changed`` after every edit; ``forwards`` is what the lines say now."""

    changed = Signal()

    def __init__(self, forwards: Sequence[Forward]) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(6)
        add = push(self.tr("Add a forward"), self._add_new, icon="add")
        self._inside.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        for forward in forwards:
            self._add(forward)

    def forwards(self) -> tuple[Forward, ...]:
        return tuple(line.forward() for line in self._lines)

    def _add_new(self) -> None:
        taken = {line.forward().local_port for line in self._lines}
        port = next(number for number in range(_FIRST_PORT, 65536) if number not in taken)
        self._add(Forward(local_port=port, remote_port=port))
        self.changed.emit()

    def _add(self, forward: Forward) -> None:
        line = _Line(forward, self)
        line.edited.connect(self.changed)
        line.removed.connect(self._remove)
        self._lines.append(line)
        self._inside.insertWidget(self._inside.count() - 1, line)

    def _remove(self, line: QWidget) -> None:
        self._lines = [one for one in self._lines if one is not line]
        self._inside.removeWidget(line)
        line.deleteLater()
        self.changed.emit()


class _Line(QWidget):
    edited = Signal()
    removed = Signal(QWidget)

    def __init__(self, forward: Forward, parent: QWidget) -> None:
        super().__init__(parent)
        self._forward = forward
        self._local: QSpinBox = port_field(forward.local_port)
        self._local.setAccessibleName(self.tr("Port on this computer"))
        self._local.setToolTip(self.tr("Port on this computer"))
        self._host = QLineEdit(forward.remote_host)
        self._host.setAccessibleName(self.tr("Address as seen from the server"))
        self._host.setToolTip(self.tr("Address as seen from the server"))
        self._host.setMinimumWidth(letters(self, 12))
        self._remote: QSpinBox = port_field(forward.remote_port)
        self._remote.setAccessibleName(self.tr("Port there"))
        self._remote.setToolTip(self.tr("Port there"))
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._local)
        inside.addWidget(label("\N{RIGHTWARDS ARROW}", wraps=False))
        inside.addWidget(self._host, 1)
        inside.addWidget(label(":", wraps=False))
        inside.addWidget(self._remote)
        inside.addWidget(tool(self.tr("Remove this forward"), "cross", self._remove))
        self._local.valueChanged.connect(self.edited)
        self._remote.valueChanged.connect(self.edited)
        self._host.textEdited.connect(self.edited)

    def forward(self) -> Forward:
        host = self._host.text().strip() or "localhost"
        return replace(
            self._forward, local_port=self._local.value(), remote_port=self._remote.value(), remote_host=host
        )

    def _remove(self) -> None:
        self.removed.emit(self)
