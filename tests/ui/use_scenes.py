"""The windows of what other programs get, in the states that people meet; for the screenshots and the fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from app.core.faults import Fault, FaultCode
from app.core.uses import KeyState, Use, Uses
from app.ui.convert_key_dialog import ConvertKeyDialog
from app.ui.server_editor import ServerEditor
from app.ui.uses_window import UsesWindow
from tests.ui import scenes as given
from tests.ui.fake_uses import CURSOR, PPK_NEEDED, VSCODE, FakeUses, uses

EDITORS = (VSCODE, CURSOR)


class AtOnce:
    """In the place of ``Background``: runs the task here and now."""

    def run(self, task: Callable[[], Any], on_done: Callable[[Future[Any]], None] | None = None) -> None:
        future: Future[Any] = Future()
        try:
            future.set_result(task())
        except Exception as problem:
            future.set_exception(problem)
        if on_done is not None:
            on_done(future)


def window(seen: Uses, way: Use = Use.SSH_CONFIG, **faults: Fault) -> UsesWindow:
    port = FakeUses(seen, faults)
    made = UsesWindow("s1", seen.alias, port, AtOnce(), lambda _action: None, lambda _editors: None)  # type: ignore[arg-type]
    made._ways.pick(way.value)
    return made


def scenes() -> Iterator[tuple[str, QWidget]]:
    yield "uses-new", window(replace(uses(is_installed=False), editors=()))
    yield "uses-installed", window(uses())
    by_hand = window(uses())
    fold = next(one for one in by_hand._page.findChildren(QWidget) if one.objectName().startswith("fold-"))
    fold.click()  # type: ignore[attr-defined]
    yield "uses-block", by_hand
    yield "uses-editors", window(uses("darwin"), Use.EDITOR)
    yield "uses-no-editors", window(replace(uses(), editors=()), Use.EDITOR)
    yield "uses-editors-first", window(uses("win32", is_installed=False), Use.EDITOR)
    windows = uses("win32")
    yield "uses-winscp", window(replace(windows, key=KeyState()), Use.WINSCP)  # that of the docs
    needed = replace(uses("win32", has_ppk=False), faults={Use.WINSCP: PPK_NEEDED})
    yield "uses-winscp-key", window(needed, Use.WINSCP)
    running = Fault.of(FaultCode.PROGRAM_RUNNING, program="WinSCP")
    told = window(windows, Use.WINSCP, store_in_winscp=running)
    told._store_in_winscp()
    yield "uses-winscp-running", told
    yield "uses-putty", window(windows, Use.PUTTY)
    yield "uses-filezilla", window(windows, Use.FILEZILLA)
    yield "uses-filezilla-no-port", window(uses("win32", has_port=False), Use.FILEZILLA)
    yield "uses-cyberduck", window(uses("darwin"), Use.CYBERDUCK)
    yield "uses-transfer", window(windows, Use.TRANSFER)
    yield "uses-browser", window(windows, Use.BROWSER)
    yield "uses-link", window(uses(), Use.LINK)
    yield "uses-environment", window(uses(), Use.ENVIRONMENT)
    yield "uses-elsewhere", window(uses("darwin"), Use.WINSCP)
    yield "uses-failed", window(uses(), of=Fault.of(FaultCode.FILE_UNREADABLE, path="/x", reason="denied"))

    yield "convert-key", ConvertKeyDialog(windows.key, lambda *_ignored: None)
    bare = ConvertKeyDialog(windows.key, lambda *_ignored: None)
    bare._kind.setCurrentIndex(2)
    yield "convert-key-bare", bare
    other = ConvertKeyDialog(windows.key, lambda *_ignored: None)
    other._kind.setCurrentIndex(1)
    other._finished(Fault.of(FaultCode.PASSPHRASE_WRONG, path=windows.key.identity))
    yield "convert-key-wrong", other
    plain = replace(windows.key, is_encrypted=False)
    yield "convert-key-plain", ConvertKeyDialog(plain, lambda *_ignored: None)

    document = given.document()
    refused = ServerEditor(document.servers[0], document, lambda _server: None)
    refused.more.refuse("ssh_options", "ssh: line 3: Bad configuration option: nonsense")
    refused.show_field("ssh_options")
    yield "editor-server-options", refused
