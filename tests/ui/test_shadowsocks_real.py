"""The window around the real manager, a real Shadowsocks server and a real program that goes through it."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt import exceptions as qt_exceptions
from pytestqt.qtbot import QtBot

from app.core.events import Event, Publish
from app.core.faults import Fault
from app.core.profiles import Document
from app.integration.access_desk import AccessDesk
from app.secrets import SecretName, SecretStore
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.tunnel.manager import TunnelManager
from app.ui.actions import Action, Command
from app.ui.front_end import FrontEnd
from app.ui.links_window import LinksWindow
from tests.peers.ports import free_port, is_listening
from tests.peers.shadowsocks_server import ShadowsocksPeer
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_manager import FakeManager
from tests.ui.fake_shadowsocks import words_in

METHOD, PASSWORD = "aes-256-gcm", "correct-horse-battery"


class Manager(TunnelManager):
    """What it publishes goes where the window wants it."""

    def __init__(self, paths: Paths, document: Document, secrets: SecretStore) -> None:
        self._hear: Publish = lambda _event: None
        super().__init__(
            paths=paths,
            document=document,
            secrets=secrets,
            publish=self._told,
            trusted=(),
            user_known_hosts=[],
        )

    def set_publish(self, publish: Publish) -> None:
        self._hear = publish

    def _told(self, event: Event) -> None:
        self._hear(event)


class Person:
    def __init__(self, qtbot: QtBot, front_end: FrontEnd) -> None:
        self._qtbot, self.front_end = qtbot, front_end

    def opens(self, command: Command, key: str, subject: str = "") -> QWidget:
        self.front_end.commands.do(Action(command, subject))
        window = self.front_end.windows.get(key)
        assert window is not None
        return window

    def presses(self, name: str, window: QWidget | None = None) -> None:
        where = window or self.front_end.window

        def ready() -> list[QAbstractButton]:
            found = [one for one in where.findChildren(QAbstractButton) if one.isVisibleTo(where)]
            return [one for one in found if name in {one.objectName(), one.text()} and one.isEnabled()]

        self.waits(lambda: bool(ready()))
        self._qtbot.mouseClick(ready()[0], Qt.MouseButton.LeftButton)

    def sees(self, words: str) -> None:
        self.waits(lambda: words in words_in(self.front_end.window))

    def waits(self, is_so: Callable[[], bool]) -> None:
        try:
            self._qtbot.waitUntil(is_so, timeout=40_000)
        except qt_exceptions.TimeoutError:
            live = self.front_end.live
            pytest.fail(f"{words_in(self.front_end.window)}\n{live.document.shadowsocks}\n{live}")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"there")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name is the library's
        """Nothing: the test looks at what arrives."""


@pytest.fixture
def page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def fetched(url: str, local_port: int) -> bytes:
    words = [
        "curl",
        "-sS",
        "--noproxy",
        "",
        "--max-time",
        "20",
        "-x",
        f"socks5h://127.0.0.1:{local_port}",
        url,
    ]
    return subprocess.run(words, capture_output=True, timeout=40, check=False).stdout


def test_from_a_link_to_a_page_through_it_and_back(
    qtbot: QtBot, make_front_end: MakeFrontEnd, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests that run at the same time may have the usual one.
    monkeypatch.setattr("app.integration.access_plan.DEFAULT_LOCAL_PORT", free_port())
    paths = Paths.at(tmp_path / "data")
    paths.root.mkdir()
    faults: list[Fault] = []
    secrets = SecretStore(on_fault=faults.append)
    store = DocumentStore(paths)
    manager = Manager(paths, store.load(), secrets)
    front_end = make_front_end(
        cast("FakeManager", manager),
        store=store,
        secrets=secrets,
        shadowsocks=manager,
        accesses=AccessDesk(store, secrets, None, manager.replace_document),
        set_shadowsocks_password=lambda server, password: secrets.keep_for_session(
            SecretName("shadowsocks", server.id), password
        ),
    )
    person = Person(qtbot, front_end)
    with ShadowsocksPeer(METHOD, PASSWORD) as peer:
        try:
            front_end.start()
            pair = base64.urlsafe_b64encode(f"{METHOD}:{PASSWORD}".encode()).decode().rstrip("=")
            links = cast("LinksWindow", person.opens(Command.IMPORT_LINKS, "links"))
            qtbot.keyClicks(links._text, f"ss://{pair}@127.0.0.1:{peer.port}#tokyo")
            person.presses("import", links)
            person.sees(f"127.0.0.1:{peer.port}")
            (server,) = store.load().shadowsocks
            assert PASSWORD not in paths.document.read_text(encoding="utf-8")

            person.presses("main-button")
            person.sees(f"Connected: programs that use 127.0.0.1:{server.local_port} go through it.")
            assert fetched(page, server.local_port) == b"there"
            person.presses("main-button")
            person.sees("Off. Nothing goes through it until you press Connect.")
            person.waits(lambda: not is_listening(server.local_port))

            editor = person.opens(Command.EDIT_SHADOWSOCKS, f"edit-{server.id}", server.id)
            field = editor.findChild(QLineEdit, "field-password")
            assert isinstance(field, QLineEdit)
            qtbot.keyClicks(field, "another password")
            person.presses("Save", editor)
            person.waits(lambda: front_end.windows.get(f"edit-{server.id}") is None)
            person.waits(lambda: secrets.get(SecretName("shadowsocks", server.id)) == "another password")
        finally:
            manager.stop()
            secrets.close()
