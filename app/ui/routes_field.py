"""The ways to a server in the person's order, and what its way by v2ray needs. GUI thread only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.core.routes import RouteKind
from app.ui.widgets import label, push, tool

_NO_PORT = 0  # for what is no number: the rules of a profile say what is wrong with it


class RoutesField(QWidget):
    """``changed`` after every edit; ``routes`` is the order as it is now."""

    changed = Signal()

    def __init__(self, routes: Sequence[RouteKind]) -> None:
        super().__init__()
        self._routes = list(dict.fromkeys(routes))
        self._lines = {kind: _Line(kind, self._name(kind), self) for kind in RouteKind}
        self._add = {
            RouteKind.REVERSE: push(self.tr("Add SSH"), partial(self._append, RouteKind.REVERSE), icon="add"),
            RouteKind.V2RAY: push(self.tr("Add v2ray"), partial(self._append, RouteKind.V2RAY), icon="add"),
        }
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        row = QHBoxLayout()
        for kind, button in self._add.items():
            button.setObjectName(f"add-{kind}")
            row.addWidget(button)
        row.addStretch(1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        inside.addLayout(self._column)
        inside.addLayout(row)
        for line in self._lines.values():
            line.moved.connect(self._move)
            line.dropped.connect(self._drop)
        self._draw()

    def routes(self) -> tuple[RouteKind, ...]:
        return tuple(self._routes)

    def _append(self, kind: RouteKind) -> None:
        self._routes.append(kind)
        self._edited()

    def _move(self, kind: RouteKind, by: int) -> None:
        at = self._routes.index(kind)
        self._routes.insert(at + by, self._routes.pop(at))
        self._edited()

    def _drop(self, kind: RouteKind) -> None:
        self._routes.remove(kind)
        self._edited()

    def _edited(self) -> None:
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        """The same lines in another order: the keyboard stays on the button that was pressed."""
        for kind, line in self._lines.items():
            self._column.removeWidget(line)
            line.setVisible(kind in self._routes)
            self._add[kind].setVisible(kind not in self._routes)
        for at, kind in enumerate(self._routes):
            self._column.addWidget(self._lines[kind])
            self._lines[kind].stand(at, len(self._routes))

    def _name(self, kind: RouteKind) -> str:
        if kind is RouteKind.REVERSE:
            return self.tr("SSH: the server's tunnel at the relay")
        return self.tr("v2ray: the relay's v2ray or Xray")


class _Line(QWidget):
    """One way, with what can be done with it."""

    moved = Signal(object, int)
    dropped = Signal(object)

    def __init__(self, kind: RouteKind, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"route-{kind}")
        self._number = label("", "muted", wraps=False)
        tips = {
            "up": self.tr("{way}: try it earlier").format(way=name),
            "down": self.tr("{way}: try it later").format(way=name),
            "drop": self.tr("{way}: do not use it").format(way=name),
        }
        self._up = tool(tips["up"], "up", partial(self.moved.emit, kind, -1))
        self._down = tool(tips["down"], "down", partial(self.moved.emit, kind, 1))
        self._drop = tool(tips["drop"], "cross", partial(self.dropped.emit, kind))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._number)
        row.addWidget(label(name), 1)
        for button, named in ((self._up, "up"), (self._down, "down"), (self._drop, "drop")):
            button.setObjectName(f"{named}-{kind}")
            row.addWidget(button)

    def stand(self, at: int, number: int) -> None:
        """Its place among so many; the last one left cannot be dropped."""
        self._number.setText(f"{at + 1}.")
        self._up.setEnabled(at > 0)
        self._down.setEnabled(at < number - 1)
        self._drop.setEnabled(number > 1)


class PortsField(QLineEdit):
    """Numbers of ports, with commas or blanks between them."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(", ".join(map(str, ports)))
        self.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9, ]*"), self))

    def ports(self) -> tuple[int, ...]:
        words = [word for word in re.split(r"[,\s]+", self.text()) if word]
        return tuple(dict.fromkeys(int(word) if word.isdecimal() else _NO_PORT for word in words))
