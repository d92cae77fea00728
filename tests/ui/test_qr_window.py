"""QR codes in a window: sharp at every scale, read by a real reader, and a secret in every other respect."""

from __future__ import annotations

import io
import logging
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.shadowsocks import ShadowsocksServer
from app.export.qr_code import qr_png
from app.integration.pictures import codes_in
from app.ui.actions import Action, Command
from app.ui.pictures import gray_picture
from app.ui.qr_picture import QrPicture, modules_of
from app.ui.qr_window import Code, QrWindow, secret_mime_data
from app.ui.text_preview import TextPreview
from app.ui.theme import Theme
from tests.ui.conftest import ROOT
from tests.ui.fake_accesses import LINK, PASSWORD, FakeAccesses
from tests.ui.fake_shadowsocks import words_in
from tests.ui.shadowsocks_scenes import FRIEND, PHONES, TOKYO, document
from tests.ui.use_scenes import AtOnce


def window(server: ShadowsocksServer = PHONES, port: FakeAccesses | None = None) -> QrWindow:
    made = QrWindow(server, document(), port or FakeAccesses(), AtOnce())  # type: ignore[arg-type]
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)  # the test ends it
    return made


def press(qtbot: QtBot, made: QWidget, name: str) -> None:
    button = made.findChild(QPushButton, name)
    assert isinstance(button, QPushButton), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def png_of(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(buffer.data().data())


def said_by(picture: QImage) -> list[str]:
    found = codes_in(png_of(picture), Path("shown.png"), gray_picture)
    return [one.decode() for one in found]


def tones_of(picture: QImage) -> set[int]:
    gray = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels, stride = bytes(gray.constBits()), gray.bytesPerLine()  # a row may have more bytes than pixels
    return {tone for y in range(gray.height()) for tone in pixels[y * stride : y * stride + gray.width()]}


@pytest.mark.parametrize("length", [20, 80, 300, 1200])
def test_the_modules_are_found_in_pictures_of_every_size(qtbot: QtBot, length: int) -> None:
    picture = QImage.fromData(qr_png("x" * length))
    modules = modules_of(picture)
    assert picture.width() % modules.width() == 0
    assert (modules.width() - 8 - 17) % 4 == 0  # 4 * version + 17, and four modules of quiet zone around
    bigger = modules.scaled(modules.size() * 5)
    assert said_by(bigger) == ["x" * length]


def test_what_is_no_code_is_drawn_as_it_is(qtbot: QtBot) -> None:
    plain = QImage(40, 40, QImage.Format.Format_RGB32)
    plain.fill(Qt.GlobalColor.white)
    assert modules_of(plain).size() == plain.size()
    plain.setPixelColor(3, 3, Qt.GlobalColor.black)
    assert modules_of(plain).size() == plain.size()
    assert not QrPicture("nothing").show_png(b"no picture")


@pytest.mark.parametrize("scale", ["1.25", "2"])
def test_it_is_sharp_and_is_read_at_every_scale(tmp_path: Path, scale: str) -> None:
    """In a process of its own: the scale of a screen is fixed when Qt starts."""
    target = tmp_path / "shown.png"
    program = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from app.ui.qr_picture import QrPicture; from tests.ui.test_qr_window import LINK, qr_png\n"
        "shown = QrPicture('code'); shown.show_png(qr_png(LINK)); shown.resize(331, 317); shown.show()\n"
        "shown.grab().save(sys.argv[1])\n"
    )
    settings = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "-c", program, str(target)], check=True, timeout=120, env=settings)
    picture = QImage(str(target))
    assert picture.width() == pytest.approx(331 * float(scale), abs=1)
    assert tones_of(picture) == {0, 255}  # nothing between black and white: no edge is blurred
    assert said_by(picture) == [LINK]


def test_it_is_sharp_at_the_plain_scale(qtbot: QtBot) -> None:
    shown = QrPicture("code")
    qtbot.addWidget(shown)
    shown.show_png(qr_png(LINK))
    shown.resize(331, 317)
    picture = shown.grab().toImage()
    assert tones_of(picture) == {0, 255}
    assert said_by(picture) == [LINK]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_lies_on_white_whatever_the_theme(qtbot: QtBot, theme: Theme, scheme: str) -> None:
    from app.core.profiles import ColorScheme

    theme.use(ColorScheme(scheme))
    made = window()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    assert said_by(made.grab().toImage()) == [LINK]
    paper = cast("QWidget", made.findChild(QrPicture)).parentWidget()
    assert paper is not None
    corner = paper.grab().toImage().pixelColor(paper.width() // 2, 5)
    assert corner.name() == "#ffffff"


@pytest.mark.parametrize(
    ("server", "told", "untold"),
    [
        (PHONES, ["Outline (iPhone, Android)"], ["plugin", "does not know"]),
        (
            FRIEND,
            ["Outline does not know xchacha20", "Outline ignores the plugin", "needs the plugin"],
            ["iPhone"],
        ),
        (
            replace(PHONES, method="2022-blake3-aes-256-gcm"),
            ["Outline does not know 2022-blake3"],
            ["iPhone"],
        ),
        (replace(PHONES, host="192.168.1.5"), ["inside a private network"], []),
    ],
)
def test_it_says_which_programs_can_read_it(
    qtbot: QtBot, server: ShadowsocksServer, told: list[str], untold: list[str]
) -> None:
    made = window(server)
    qtbot.addWidget(made)
    words = words_in(made)
    assert server.name in words
    assert [one for one in told if one not in words] == []
    assert [one for one in untold if one in words] == []


def test_where_another_of_the_same_relay_is_for_phones_it_is_offered(qtbot: QtBot) -> None:
    chosen: list[Action] = []
    made = QrWindow(TOKYO, document(), FakeAccesses(), AtOnce(), chosen.append)  # type: ignore[arg-type]
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(made)
    made.show()
    assert "tokyo for phones is made for phones" in words_in(made)
    button = next(one for one in made.findChildren(QPushButton) if one.text() == "Show that one")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen == [Action(Command.SHOW_QR_CODE, "p2")]
    for other in (PHONES, FRIEND):
        assert "is made for phones" not in words_in(window(other))


def test_the_link_is_hidden_until_it_is_asked_for(qtbot: QtBot) -> None:
    made = window()
    qtbot.addWidget(made)
    made.show()
    assert made.findChild(TextPreview) is None
    press(qtbot, made, "show-link")
    shown = made.findChild(TextPreview)
    assert isinstance(shown, TextPreview)
    assert shown.toPlainText() == LINK
    press(qtbot, made, "show-link")
    assert not [one for one in made.findChildren(TextPreview) if one.isVisible()]
    assert "Whoever has this picture or the link can use the server" in words_in(made)


def test_it_is_copied_with_a_warning_and_not_for_histories_of_the_clipboard(qtbot: QtBot) -> None:
    made = window()
    qtbot.addWidget(made)
    made.show()
    press(qtbot, made, "copy-link")
    assert QGuiApplication.clipboard().text() == LINK
    assert "clear the clipboard afterwards" in words_in(made)
    formats = secret_mime_data("x").formats()
    assert "x-kde-passwordManagerHint" in formats
    assert any("ExcludeClipboardContentFromMonitorProcessing" in one for one in formats)
    QGuiApplication.clipboard().clear()


def test_a_saved_picture_is_for_this_user_only(qtbot: QtBot, tmp_path: Path) -> None:
    made = window()
    qtbot.addWidget(made)
    made.show()
    press(qtbot, made, "save-picture")
    dialog = made.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.selectedFiles()[0].endswith("tokyo-for-phones-qr.png")
    target = tmp_path / "code.png"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    assert f"Saved as {target}" in words_in(made)
    assert said_by(QImage(str(target))) == [LINK]
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    made.save_picture(str(tmp_path / "missing" / "code.png"))
    assert "cannot be written" in words_in(made)


def test_what_hinders_it_is_told_and_can_be_tried_again(qtbot: QtBot) -> None:
    port = FakeAccesses({"link": Fault.of(FaultCode.KEYRING_LOCKED)})
    made = window(port=port)
    qtbot.addWidget(made)
    made.show()
    assert "keyring is locked" in words_in(made)
    assert made.findChild(QrPicture) is None
    port.faults = {}
    button = next(one for one in made.findChildren(QPushButton) if one.text() == "Try again")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.findChild(QrPicture) is not None)


def test_no_secret_is_in_the_log_or_in_what_python_shows_of_it(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = window()
    qtbot.addWidget(made)
    made.show()
    press(qtbot, made, "show-link")
    press(qtbot, made, "copy-link")
    told = io.StringIO()
    print(made._code, Code(LINK, b"picture"), made.windowTitle(), made.accessibleName(), file=told)
    for text in (caplog.text, told.getvalue()):
        assert PASSWORD not in text
        assert "ss://" not in text
    made.close()
    assert made._code is None
    QGuiApplication.clipboard().clear()
    assert QApplication.instance() is not None
