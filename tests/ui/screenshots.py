"""Renders every window and menu: ``python tests/ui/screenshots.py FOLDER [--scale 2]``.

Offscreen, for English and Chinese, light and dark. To be looked at by a person; nothing is compared.
Translations are compiled into FOLDER first, so that it also works in a fresh checkout.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = options.scale
    options.folder.mkdir(parents=True, exist_ok=True)
    texts = compile_texts(options.folder)
    from PySide6.QtWidgets import QApplication

    from app.ui.application import make_application
    from app.ui.theme import Theme
    from app.ui.translations import Translators

    app = make_application()
    theme = Theme(app)
    translators = Translators(app, texts.get)
    from app.core.profiles import ColorScheme

    for language in ("en", "zh_CN"):
        translators.use(language)
        for scheme in (ColorScheme.LIGHT, ColorScheme.DARK):
            theme.use(scheme)
            for name, widget in scenes(theme.tones.is_dark):
                if options.only in name:
                    widget.show()
                    QApplication.sendPostedEvents()
                    app.processEvents()
                    picture = widget.grab()
                    picture.save(str(options.folder / f"{name}-{language}-{scheme}-x{options.scale}.png"))
                widget.close()
                widget.deleteLater()


def compile_texts(folder: Path) -> dict[str, Path]:
    source = ROOT / "resources" / "translations" / "relaytray_zh_CN.ts"
    target = folder / "relaytray_zh_CN.qm"
    lrelease = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(lrelease), "-silent", str(source), "-qm", str(target)], check=True)
    return {"zh_CN": target}


def scenes(is_dark: bool) -> Iterator[tuple[str, QWidget]]:
    from PySide6.QtCore import QObject

    from app.core.faults import Fault, FaultCode
    from app.core.questions import SecretReason
    from app.core.ssh_config_import import Skipped, SkipReason
    from app.log_setup import LogLine, LogMemory
    from app.ui.about_box import AboutBox
    from app.ui.document_changes import new_relay, new_server
    from app.ui.host_key_changed import HostKeyChanged
    from app.ui.import_dialog import ImportDialog
    from app.ui.live_state import LiveState
    from app.ui.log_window import LogWindow
    from app.ui.main_window import MainWindow
    from app.ui.prompt_dialogs import CodesDialog, HostKeyDialog, SecretDialog
    from app.ui.relay_editor import RelayEditor
    from app.ui.secrets_list import SecretsList
    from app.ui.server_editor import ServerEditor
    from app.ui.settings_dialog import SettingsDialog
    from app.ui.tray_menu import TrayMenu
    from app.ui.tray_model import view
    from app.ui.wording import told_skip
    from tests.ui import (
        cloud_scenes,
        doctor_scenes,
        key_scenes,
        route_scenes,
        setup_scenes,
        shadowsocks_scenes,
        use_scenes,
    )
    from tests.ui import scenes as given
    from tests.ui.fake_manager import FakeKeyringStatus, FakeManager, FakeSecretName

    def window(live: LiveState, place: str = "", demo: bool = False) -> MainWindow:
        made = MainWindow(lambda _action: None, lambda: None, demo=demo)
        made.show()
        made.show_state(live)
        made.show_place(place)
        return made

    document = given.document()
    manager = FakeManager(document, {"s2": given.TUNNEL_DOWN, "r2": given.TIMED_OUT})
    yield "main-empty", window(LiveState())
    yield "main-off", window(LiveState.of(document, manager.snapshot()), demo=True)
    for server in document.servers:
        manager.connect(server.id)
    yield "main-connecting", window(LiveState.of(document, manager.snapshot()))
    manager.settle()
    live = replace(LiveState.of(document, manager.snapshot()), offers_uses=True, editors=use_scenes.EDITORS)
    yield "main-connected", window(live)
    yield "main-tunnel-down", window(live, "s2")
    yield "main-relay-down", window(live, "s3")
    yield "main-relay", window(live, "r1")
    waiting = LiveState(document=setup_scenes.document(), offers_uses=True, offers_setup=True)
    yield "main-waiting", window(waiting, "s1")
    yield "main-relay-set-up", window(waiting, "r1")
    yield "main-relay-bare", window(waiting, "r2")
    manager.busy_ports[10080] = given.PORT_BUSY
    busy = replace(LiveState.of(document, manager.snapshot()), offers_uses=True)
    shown = window(busy)
    shown.show_notice(Fault.of(FaultCode.KEYRING_LOCKED))
    yield "main-port-busy", shown
    moved = window(live)
    moved.show_notice(given.PORTS_MOVED)
    yield "main-ports-moved", moved

    for name, state in (
        ("tray-menu", live),
        ("tray-menu-busy", busy),
        ("tray-menu-waiting", waiting),
        ("tray-menu-empty", LiveState()),
    ):
        parent = QObject()
        menu = TrayMenu(parent, lambda _action: None)
        menu.show_entries(view(state).entries, on_dark=is_dark)
        menu.menu.setProperty("keeps", parent)
        yield name, menu.menu
        for key in ("server/s2", "server/s1", "server/s1/env", "server/s1/open-in/vscode", "port/10080"):
            if key in menu._menus and name != "tray-menu-empty":
                yield f"{name}-{key.replace('/', '-')}", menu._menus[key]

    yield "prompt-host-key", HostKeyDialog(given.host_key_question(), lambda _answer: None)
    yield "prompt-passphrase", SecretDialog(given.passphrase_question(), lambda _answer: None)
    yield (
        "prompt-passphrase-wrong",
        SecretDialog(
            given.passphrase_question(can_remember=False, reason=SecretReason.WRONG),
            lambda _answer: None,
            Fault.of(FaultCode.KEYRING_MISSING),
        ),
    )
    yield "prompt-codes", CodesDialog(given.codes_question(), lambda _answer: None)
    yield "host-key-changed", HostKeyChanged(given.KEY_CHANGED, "office")

    yield "editor-relay-new", RelayEditor(new_relay(document, "n"), document, lambda _relay, _password: None)
    editor = RelayEditor(document.relays[0], document, lambda _relay, _password: None)
    editor.set_pinned_keys([f"ssh-ed25519 {given.FINGERPRINT}"], lambda: None)
    editor._fold.click()
    yield "editor-relay", editor
    tall = RelayEditor(document.relays[0], document, lambda _relay, _password: None)
    tall._fold.click()
    tall.set_pinned_keys([f"ssh-ed25519 {given.FINGERPRINT}"], lambda: None)
    tall.resize(tall.width(), 1200)
    yield "editor-relay-all", tall
    new = ServerEditor(new_server(document, "n"), document, lambda _server: None)
    new.form.touch_all()
    yield "editor-server-new", new
    editor2 = ServerEditor(document.servers[0], document, lambda _server: None)
    editor2._fold.click()
    yield "editor-server", editor2
    yield from use_scenes.scenes()
    yield from doctor_scenes.scenes()
    yield from cloud_scenes.scenes()
    yield from key_scenes.scenes()
    yield from setup_scenes.scenes()
    yield from route_scenes.scenes()
    yield from shadowsocks_scenes.scenes(is_dark=is_dark)

    secrets = SecretsList(lambda _name: None)
    names = [
        FakeSecretName("passphrase", "/home/chen/.ssh/relay_ed25519"),
        FakeSecretName("password", "me@gate"),
    ]
    secrets.show_secrets(names, FakeKeyringStatus())
    yield "settings", SettingsDialog(document, lambda _settings: None, secrets, is_macos=False)
    memory = LogMemory()
    import logging

    memory.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(name)s [%(threadName)s] %(message)s")
    )
    for number in range(60):
        level = logging.WARNING if number % 9 == 5 else logging.INFO
        memory.handle(
            logging.makeLogRecord(
                {
                    "name": "relaytray.tunnel",
                    "levelno": level,
                    "levelname": logging.getLevelName(level),
                    "msg": f"The link to tokyo-relay is up (number {number}).",
                    "threadName": "supervise-tokyo-relay",
                }
            )
        )
    assert isinstance(memory.lines()[0], LogLine)
    yield "log", LogWindow(memory, lambda _path, _text: None, "/home/chen/.local/state/RelayTray/log")
    left_out = [
        told_skip(Skipped("cluster", SkipReason.SEVERAL_JUMPS, "a,b")),
        told_skip(Skipped("lab-gpu", SkipReason.LINE_LEFT_OUT, "LocalForward *:8888 localhost:8888")),
    ]
    yield "import", ImportDialog(document, left_out, "~/.ssh/config", lambda _chosen: None)
    yield "about", AboutBox("/home/chen/.local/share/RelayTray")


if __name__ == "__main__":
    main()
