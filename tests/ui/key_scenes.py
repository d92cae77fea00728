"""Keys in the editors and the dialog for new ones, in the states that people meet; for the screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QApplication, QWidget

from app.core.faults import Fault, FaultCode
from app.core.private_keys import KeyLook
from app.ui.key_work import KeyWork
from app.ui.new_key_dialog import NewKeyDialog
from app.ui.relay_editor import RelayEditor
from app.ui.server_editor import ServerEditor
from tests.ui import scenes as given
from tests.ui.fake_keys import FakeKeys
from tests.ui.use_scenes import AtOnce


def work(port: FakeKeys) -> KeyWork:
    return KeyWork(port, AtOnce())  # type: ignore[arg-type]


def relay_editor(look: KeyLook) -> RelayEditor:
    document = given.document()
    relay = replace(document.relays[0], identity=look.path)
    port = FakeKeys({look.path: look})
    return RelayEditor(relay, document, lambda _relay, _password: None, None, work(port))


def new_key(port: FakeKeys | None = None) -> NewKeyDialog:
    return NewKeyDialog(work(port or FakeKeys()), lambda _path: None)


def scenes() -> Iterator[tuple[str, QWidget]]:
    path = "/home/chen/.ssh/relay_ed25519"
    yield "key-exposed", relay_editor(KeyLook(path=path, key_type="ssh-ed25519", exposed="mode 0644"))
    yield "key-usable", relay_editor(KeyLook(path=path, key_type="ssh-ed25519"))
    yield "key-putty", relay_editor(KeyLook(path="C:\\Users\\chen\\keys\\lab.ppk", form="PuTTY 3"))
    missing = Fault.of(FaultCode.KEY_MISSING, path=path)
    yield "key-missing", relay_editor(KeyLook(path=path, fault=missing))
    document = given.document()
    server = ServerEditor(
        replace(document.servers[0], identity=path),
        document,
        lambda _server: None,
        None,
        None,
        work(FakeKeys({path: KeyLook(path=path, key_type="ssh-ed25519")})),
    )
    yield "key-server", server
    yield "new-key", new_key()
    open_ = new_key()
    open_.findChild(QWidget, "open").click()  # type: ignore[union-attr]
    yield "new-key-open", open_
    taken = Fault.of(FaultCode.FILE_EXISTS, path="/home/chen/.ssh/id_ed25519")
    for name, port in (
        ("new-key-taken", FakeKeys(faults={"make": taken})),
        ("new-key-made", FakeKeys()),
        ("new-key-made-exposed", FakeKeys(exposed="mode 0777")),
    ):
        dialog = new_key(port)
        for field in (dialog.passphrase, dialog.repeated):
            field.setText("open sesame")
        dialog._follow()
        dialog.show()
        QApplication.sendPostedEvents()
        dialog._start()
        yield name, dialog
