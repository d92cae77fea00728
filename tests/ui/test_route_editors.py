"""Routes by v2ray in the editors: the relay's v2ray, the order of the ways, a secret that is never shown."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Relay, Server
from app.core.route_rules import digest_of_pem
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from app.ui.carrier_form import CertificateField
from app.ui.editor_dialog import EditorDialog
from app.ui.front_end import FrontEnd
from app.ui.relay_editor import RelayEditor
from app.ui.server_editor import ServerEditor
from tests.ui import route_scenes, scenes
from tests.ui.fake_manager import FakeSecretName, FakeSecrets
from tests.ui.test_editors import field, line, number, problem, save

USER_ID = "5783a3e7-e373-51cd-8642-c83782b807c5"
DOCUMENT = route_scenes.document()
SSH, V2RAY = RouteKind.REVERSE, RouteKind.V2RAY
D = TypeVar("D", bound=EditorDialog)


def relay_editor(qtbot: QtBot, relay: Relay, **more: object) -> tuple[RelayEditor, list[Relay]]:
    saved: list[Relay] = []
    dialog = RelayEditor(relay, DOCUMENT, lambda value, _password: saved.append(value), **more)  # type: ignore[arg-type]
    return shown(qtbot, dialog), saved


def server_editor(
    qtbot: QtBot, server: Server, document: Document = DOCUMENT
) -> tuple[ServerEditor, list[Server], list[str]]:
    saved: list[Server] = []
    user_ids: list[str] = []
    dialog = ServerEditor(server, document, saved.append, on_user_id=user_ids.append)
    return shown(qtbot, dialog), saved, user_ids


def shown(qtbot: QtBot, dialog: D) -> D:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: QWidget, name: str, value: str) -> None:
    box = field(dialog, name)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))


def press(dialog: QWidget, name: str) -> None:
    found = dialog.findChild(QAbstractButton, name)
    assert found is not None, name
    assert found.isEnabled(), name
    found.click()


def ways(dialog: QWidget) -> list[str]:
    """From the top, as the person sees them."""
    found = [dialog.findChild(QWidget, f"route-{kind}") for kind in RouteKind]
    seen = [one for one in found if one is not None and one.isVisible()]
    QApplication.processEvents()  # they get their places
    return [_words(one) for one in sorted(seen, key=lambda one: one.y())]


def _words(way: QWidget) -> str:
    return " ".join(one.text().split(":")[0] for one in way.findChildren(QLabel))


def test_a_relay_without_v2ray_keeps_none(qtbot: QtBot) -> None:
    dialog, saved = relay_editor(qtbot, scenes.document().relays[0])
    assert not field(dialog, "carrier.core").isVisible()  # folded
    save(qtbot, dialog)
    assert saved == [scenes.document().relays[0]]


def test_a_relay_s_v2ray_is_saved_as_it_was(qtbot: QtBot) -> None:
    carrier = V2rayCarrier(
        core=Core.XRAY,
        host="v.example.org",
        user_port=17824,
        tunnel_port=17823,
        server_name="relay.lab",
        certificate_pem=route_scenes.PEM,
        websocket_path="/ws",
        websocket_host="www.example.org",
        encryption_key=route_scenes.KEY,
        encryption_form="xorpub.1rtt",
        vision=False,
        extra={"newer": 1},
    )
    relay = replace(DOCUMENT.relays[0], carrier=carrier)
    dialog, saved = relay_editor(qtbot, relay)
    assert field(dialog, "carrier.host").isVisible()
    save(qtbot, dialog)
    assert saved == [relay]


def test_a_relay_where_nobody_logs_in_needs_no_user(qtbot: QtBot) -> None:
    """As one that came by a link: its servers are reached by its v2ray only."""
    carrier = V2rayCarrier(core=Core.V2RAY, user_port=16824)
    relay = replace(DOCUMENT.relays[0], user="", identity="", carrier=carrier)
    dialog, saved = relay_editor(qtbot, relay)
    save(qtbot, dialog)
    assert saved == [relay]
    again, nothing = relay_editor(qtbot, relay)
    choose(again, "carrier.core", "")
    save(qtbot, again)
    assert not nothing
    assert problem(again, "user")


def test_only_what_the_chosen_program_needs_is_asked(qtbot: QtBot) -> None:
    dialog, saved = relay_editor(qtbot, scenes.document().relays[0])
    dialog.show_field("carrier.core")
    assert not field(dialog, "carrier.user_port").isVisible()
    choose(dialog, "carrier.core", "xray")
    assert number(dialog, "carrier.user_port").value() == 16824
    assert field(dialog, "carrier.encryption_key").isVisible()
    assert not field(dialog, "carrier.certificate_pem").isVisible()
    save(qtbot, dialog)
    assert not saved
    assert "no public key" in problem(dialog, "carrier.encryption_key")
    assert field(dialog, "carrier.vision").isVisible()
    choose(dialog, "carrier.core", "v2ray")
    assert not field(dialog, "carrier.encryption_key").isVisible()
    qtbot.keyClicks(line(dialog, "carrier.websocket_path"), "ws")
    assert 'Begin it with "/"' in problem(dialog, "carrier.websocket_path")
    line(dialog, "carrier.websocket_path").clear()
    qtbot.keyClicks(line(dialog, "carrier.websocket_path"), "/ws")
    save(qtbot, dialog)
    assert saved[0].carrier == V2rayCarrier(core=Core.V2RAY, user_port=16824, websocket_path="/ws")


def test_tls_trusts_the_relay_s_certificate_where_it_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    read: list[tuple[Path, Callable[[str | Fault], None]]] = []
    relay = replace(DOCUMENT.relays[0], carrier=V2rayCarrier(core=Core.V2RAY, user_port=16824))
    dialog, saved = relay_editor(qtbot, relay, read_text=lambda path, then: read.append((path, then)))
    qtbot.keyClicks(line(dialog, "carrier.server_name"), "relay.lab")
    certificate = dialog.findChild(CertificateField)
    assert certificate is not None
    assert certificate.isVisible()
    assert field(dialog, "carrier.certificate_sha256").isVisible()
    certificate.take(tmp_path / "relay.pem")
    told = certificate.findChild(QLabel, "certificate-told")
    assert told is not None
    read[0][1](Fault.of(FaultCode.FILE_UNREADABLE, path="relay.pem", reason="No such file"))
    assert "relay.pem" in told.text()
    read[0][1]("not one")
    assert "PEM" in problem(dialog, "carrier.certificate_pem")
    read[0][1](route_scenes.PEM)
    assert not problem(dialog, "carrier.certificate_pem")
    assert not field(dialog, "carrier.certificate_sha256").isVisible()
    press(dialog, "drop-certificate")
    assert field(dialog, "carrier.certificate_sha256").isVisible()
    read[0][1](route_scenes.PEM)
    digest = digest_of_pem(route_scenes.PEM)
    assert told.text().removeprefix("SHA-256 ").replace(":", "").replace("\n", "") == digest
    save(qtbot, dialog)
    assert saved[0].carrier == replace(
        relay.carrier, server_name="relay.lab", certificate_pem=route_scenes.PEM
    )  # type: ignore[type-var]


def test_the_digest_is_the_one_of_the_certificate_s_bytes() -> None:
    import hashlib

    der = ssl.PEM_cert_to_DER_cert(route_scenes.PEM)
    assert digest_of_pem(route_scenes.PEM) == hashlib.sha256(der).hexdigest()


def test_the_ways_are_in_the_person_s_order(qtbot: QtBot) -> None:
    server = replace(DOCUMENT.servers[0], routes=(SSH,), v2ray=None)
    dialog, saved, _ = server_editor(qtbot, server)
    assert ways(dialog) == ["1. SSH"]
    assert not field(dialog, "v2ray.ports").isVisible()
    press(dialog, "add-v2ray")
    press(dialog, "up-v2ray")
    assert ways(dialog) == ["1. v2ray", "2. SSH"]
    save(qtbot, dialog)
    assert saved == [replace(server, routes=(V2RAY, SSH), v2ray=V2rayRoute(hybrid=True))]


def test_a_way_can_be_taken_out_but_not_the_last(qtbot: QtBot) -> None:
    server = replace(DOCUMENT.servers[0], routes=(SSH, V2RAY), v2ray=V2rayRoute(name="gpu", ports=(22, 8888)))
    dialog, saved, _ = server_editor(qtbot, server)
    press(dialog, "down-ssh")
    press(dialog, "drop-ssh")
    last = dialog.findChild(QAbstractButton, "drop-v2ray")
    assert last is not None
    assert not last.isEnabled()
    save(qtbot, dialog)
    assert saved == [replace(server, routes=(V2RAY,))]


def test_ports_by_v2ray_are_numbers(qtbot: QtBot) -> None:
    server = replace(DOCUMENT.servers[0], routes=(V2RAY,), v2ray=V2rayRoute())
    dialog, saved, _ = server_editor(qtbot, server)
    ports = line(dialog, "v2ray.ports")
    ports.clear()
    save(qtbot, dialog)
    assert problem(dialog, "v2ray.ports")
    qtbot.keyClicks(ports, "22, 8888x 99999")
    assert ports.text() == "22, 8888 99999"
    assert "99999" in problem(dialog, "v2ray.ports")
    ports.setText("22, 8888 8888,")
    save(qtbot, dialog)
    assert saved[0].v2ray == V2rayRoute(ports=(22, 8888))


def test_a_server_behind_a_relay_without_v2ray_has_no_such_way(qtbot: QtBot) -> None:
    plain = scenes.document()
    dialog, saved, _ = server_editor(qtbot, plain.servers[0], plain)
    dialog.show_field("routes")
    press(dialog, "add-v2ray")
    assert "There is no v2ray route" in problem(dialog, "routes")
    save(qtbot, dialog)
    assert not saved


def test_a_user_id_goes_to_the_keyring_and_is_never_shown(qtbot: QtBot) -> None:
    server = replace(DOCUMENT.servers[0], routes=(V2RAY,), v2ray=V2rayRoute())
    dialog, saved, user_ids = server_editor(qtbot, server)
    secret = line(dialog, "v2ray.user_id")
    assert secret.placeholderText() == "not known yet"
    dialog.show_user_id_known()
    assert "stored" in secret.placeholderText()
    qtbot.keyClicks(secret, "1234")
    assert "UUID" in problem(dialog, "v2ray.user_id")
    assert "1234" not in problem(dialog, "v2ray.user_id")
    save(qtbot, dialog)
    assert not saved
    secret.clear()
    qtbot.keyClicks(secret, USER_ID)
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    save(qtbot, dialog)
    assert saved == [server]
    assert user_ids == [USER_ID]
    assert USER_ID not in repr(saved)


def test_the_program_stores_it_under_the_name_that_the_server_had(
    qtbot: QtBot, make_front_end: Callable[..., FrontEnd]
) -> None:
    """From there it follows the server to its new name."""
    from tests.ui.fake_manager import FakeManager

    kept: list[tuple[str, str, str]] = []
    secrets = FakeSecrets([FakeSecretName("v2ray", "lab-gpu")])
    manager = FakeManager(DOCUMENT)

    def set_user_id(server: Server, user_id: str) -> None:
        stored = front_end._parts.store.load().servers[0].alias
        kept.append((server.alias, user_id, stored))

    front_end = make_front_end(manager, set_user_id=set_user_id, secrets=secrets)
    front_end.start()
    front_end.editing.edit_server("s1")
    dialog = front_end.windows.get("edit-s1")
    assert isinstance(dialog, ServerEditor)
    secret = line(dialog, "v2ray.user_id")
    qtbot.waitUntil(lambda: "stored" in secret.placeholderText())
    line(dialog, "alias").setText("renamed")
    secret.setText(USER_ID)
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: front_end._parts.store.load().servers[0].alias == "renamed")
    assert kept == [("lab-gpu", USER_ID, "lab-gpu")]


def test_the_program_reads_a_certificate_in_the_background(
    qtbot: QtBot, make_front_end: Callable[..., FrontEnd], tmp_path: Path
) -> None:
    front_end = make_front_end()
    answers: list[str | Fault] = []
    front_end.editing._read_text(tmp_path / "none.pem", answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert isinstance(answers[0], Fault)
    assert answers[0].code is FaultCode.FILE_UNREADABLE
    (tmp_path / "relay.pem").write_text(route_scenes.PEM)
    front_end.editing._read_text(tmp_path / "relay.pem", answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers[1] == route_scenes.PEM
