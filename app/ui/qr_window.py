"""The link of one Shadowsocks server as a QR code for a phone, and, when asked for, as text. GUI thread only.

The link lets whoever has it in: it is fetched when the window opens, kept nowhere else, and never logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.core.access import Oddity, ShadowsocksAccess
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document
from app.core.shadowsocks import ShadowsocksServer
from app.export.access_links.oddities import for_outline, oddities
from app.storage.atomic_file import write_private
from app.ui.actions import Action, Command
from app.ui.banner import Tone, banner
from app.ui.bridge import Background, fault_of
from app.ui.flow_layout import FlowLayout
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.parts import AccessPort
from app.ui.qr_picture import QrPicture
from app.ui.text_preview import TextPreview
from app.ui.widgets import clear, dress, label, letters, push
from app.ui.wording import told_fault, told_odd

_NOT_IN_FILE_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Code:
    """A link and its picture. The link is a secret."""

    link: str
    picture: bytes

    def __repr__(self) -> str:
        return "Code()"


class QrWindow(PageWindow):
    def __init__(
        self,
        server: ShadowsocksServer,
        document: Document,
        port: AccessPort,
        background: Background,
        choose: Callable[[Action], None] = lambda _action: None,
    ) -> None:
        super().__init__()
        self._server, self._document = server, document
        self._port, self._background, self._choose = port, background, choose
        self._code: Code | None = None
        self._fault: Fault | None = None
        self._is_shown = self._is_gone = False
        self._said_timer = QTimer(self)
        self._said_timer.setSingleShot(True)
        self._said_timer.setInterval(4000)
        self._said_timer.timeout.connect(self._unsay)
        self.setObjectName("qr-window")
        self.resize(letters(self, 78), letters(self, 114))
        self._build()
        self._ask()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone, self._code = True, None
        event.accept()

    def document_changed(self, document: Document) -> None:
        """Another address or method makes another link: the one that is shown would lead nowhere."""
        if document.shadowsocks_server(self._server.id) != self._server:
            self.close()

    def _ask(self) -> None:
        port, server_id = self._port, self._server.id

        def make() -> Code:
            link = port.link(server_id)
            return Code(link, port.qr_code(link))

        def done(future: Future[Code]) -> None:
            if self._is_gone:
                return
            self._fault = fault_of(future)
            self._code = future.result() if self._fault is None else None
            self._build()

        self._background.run(make, done)

    def _build(self) -> None:
        self.setWindowTitle(self.tr("QR code of {name}").format(name=self._server.name))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(label(self._server.name, "title"))
        self._said = label("", "muted")
        if self._fault is not None:
            again = push(self.tr("Try again"), self._try_again)
            column.addWidget(banner(told_fault(self._fault), Tone.BAD, again))
            column.addStretch(1)
        elif self._code is None:
            column.addWidget(label(self.tr("Asking the keyring for its password..."), "muted"))
            column.addWidget(busy_bar())
            column.addStretch(1)
        else:
            self._build_code(column, self._code)
        self._area = scrolled(page)
        self._put_in(self._area)

    def _build_code(self, column: QVBoxLayout, code: Code) -> None:
        for words in self._readers():
            column.addWidget(label(words))
        better = self._better()
        if better is not None:
            words = self.tr("On the same relay, {name} is made for phones.").format(name=better.name)
            show = push(self.tr("Show that one"), partial(self._show_other, better), icon="qr-code")
            column.addWidget(banner(words, Tone.NOTE, show))
        column.addWidget(self._white_card(code), 1)
        warning = self.tr("Whoever has this picture or the link can use the server. Show it to nobody else.")
        column.addWidget(label(warning, "muted"))
        row = FlowLayout()
        self._fold = push("", self._fold_link, icon="eye")
        self._fold.setObjectName("show-link")
        self._fold.setCheckable(True)
        self._fold.setChecked(self._is_shown)
        copy = push(self.tr("Copy link"), self._copy, icon="copy")
        copy.setObjectName("copy-link")
        save = push(self.tr("Save picture..."), self._choose_file, icon="save")
        save.setObjectName("save-picture")
        for button in (self._fold, copy, save):
            row.addWidget(button)
        column.addLayout(row)
        self._link = QVBoxLayout()
        column.addLayout(self._link)
        column.addWidget(self._said)
        self._show_link()

    def _white_card(self, code: Code) -> QFrame:
        """Cameras want dark on light, also where everything else is light on dark."""
        frame = QFrame()
        frame.setProperty("paper", "true")
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(10, 10, 10, 10)
        picture = QrPicture(self.tr("QR code of {name}").format(name=self._server.name))
        picture.show_png(code.picture)
        inside.addWidget(picture)
        return frame

    def _readers(self) -> Iterator[str]:
        """Which programs of phones can use it, and what hinders the others."""
        access = _access_of(self._server)
        hindrances = for_outline(access)
        if not hindrances:
            yield self.tr("Scan it with Outline (iPhone, Android) or Shadowsocks (Android).")
        else:
            yield self.tr("Scan it with Shadowsocks (Android).")
            yield from (told_odd(one) for one in hindrances)
        if access.plugin:
            yield self.tr("The phone needs the plugin {plugin} as well.").format(plugin=access.plugin)
        yield from (told_odd(one) for one in oddities(access) if one.code is Oddity.LOCAL_ADDRESS)

    def _better(self) -> ShadowsocksServer | None:
        """Of the same relay, one that is made for phones, where this one is not."""
        mine = self._server
        if mine.for_phones or not mine.relay_id:
            return None
        others = (one for one in self._document.shadowsocks if one.relay_id == mine.relay_id)
        return next((one for one in others if one.for_phones), None)

    def _show_other(self, other: ShadowsocksServer) -> None:
        self._choose(Action(Command.SHOW_QR_CODE, other.id))
        self.close()

    def _try_again(self) -> None:
        self._fault = None
        self._build()
        self._ask()

    def _fold_link(self) -> None:
        self._is_shown = self._fold.isChecked()
        self._show_link()

    def _show_link(self) -> None:
        self._fold.setText(self.tr("Hide link") if self._is_shown else self.tr("Show link"))
        dress(self._fold, "eye")
        clear(self._link)
        if self._is_shown and self._code is not None:
            shown = TextPreview(self._code.link, self.tr("Link"))
            self._link.addWidget(shown)
            area = self._area
            QTimer.singleShot(0, shown, lambda: area.ensureWidgetVisible(shown))  # once it has a place

    def _copy(self) -> None:
        if self._code is not None:
            QGuiApplication.clipboard().setMimeData(secret_mime_data(self._code.link))
            words = self.tr(
                "Copied. Whoever gets this link can use the server: clear the clipboard afterwards."
            )
            self._say(words)

    def _choose_file(self) -> None:
        name = _NOT_IN_FILE_NAME.sub("-", self._server.name).strip("-.") or "shadowsocks"
        dialog = QFileDialog(
            self,
            self.tr("Save the QR code"),
            str(Path.home() / f"{name}-qr.png"),
            self.tr("Picture") + " (*.png)",
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(self.save_picture)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_picture(self, name: str) -> None:
        """Readable by this user only: it is as good as a password."""
        if self._code is None:
            return
        path, picture = Path(name), self._code.picture

        def write() -> None:
            try:
                write_private(path, picture)
            except OSError as e:
                raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or e) from e

        def done(future: Future[None]) -> None:
            fault = fault_of(future)
            words = self.tr("Saved as {path}. Delete it when it has been scanned.").format(path=name)
            if not self._is_gone:
                self._say(words if fault is None else told_fault(fault))

        self._background.run(write, done)

    def _say(self, words: str) -> None:
        self._said.setText(words)
        self._said_timer.start()

    def _unsay(self) -> None:
        self._said.setText("")


def secret_mime_data(text: str) -> QMimeData:
    """A text for the clipboard that histories of clipboards are asked to leave out (Windows, KDE)."""
    data = QMimeData()
    data.setText(text)
    data.setData('application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"', b"1")
    data.setData("x-kde-passwordManagerHint", b"secret")
    return data


def _access_of(server: ShadowsocksServer) -> ShadowsocksAccess:
    """What can be said of it without its password."""
    return ShadowsocksAccess(
        host=server.host,
        port=server.port,
        method=server.method,
        password="",
        plugin=server.plugin,
        plugin_options=server.plugin_options,
    )
