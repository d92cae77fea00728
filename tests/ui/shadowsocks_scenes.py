"""The windows of Shadowsocks and links, in the states that people meet; for the screenshots and the fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.events import SteeringChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Settings
from app.core.shadowsocks import Others, ProxyPhase, ShadowsocksServer, ShadowsocksState, Steering
from app.ui.links_window import LinksWindow
from app.ui.live_state import LiveState
from app.ui.main_window import MainWindow
from app.ui.pac_dialog import PacDialog
from app.ui.qr_window import QrWindow
from app.ui.shadowsocks_changes import new_shadowsocks
from app.ui.shadowsocks_editor import ShadowsocksEditor
from app.ui.tray_menu import TrayMenu
from app.ui.tray_model import view
from tests.ui import scenes as given
from tests.ui.fake_accesses import LINK, FakeAccesses
from tests.ui.use_scenes import AtOnce

TOKYO = ShadowsocksServer(
    id="p1", name="tokyo", host="tokyo.example.org", port=8388, method="aes-256-gcm", relay_id="r1"
)
PHONES = ShadowsocksServer(
    id="p2",
    name="tokyo for phones",
    host="tokyo.example.org",
    port=8389,
    method="chacha20-ietf-poly1305",
    relay_id="r1",
    for_phones=True,
    local_port=11081,
)
FRIEND = ShadowsocksServer(
    id="p3",
    name="friend & co",
    host="ss.example.org",
    port=443,
    method="xchacha20-ietf-poly1305",
    plugin="obfs-local",
    plugin_options="obfs=tls;obfs-host=example.org",
    local_port=11082,
)
DIED = Fault.of(FaultCode.SHADOWSOCKS_SILENT, name="tokyo", host="tokyo.example.org", port=8388)
NO_PROGRAM = Fault.of(FaultCode.SHADOWSOCKS_MISSING, needed="shadowsocks-libev")
NOT_SET = Fault.of(FaultCode.PROXY_UNSUPPORTED)
LINKS = f"""\
{LINK}
ss://eGNoYWNoYTIwLWlldGYtcG9seTEzMDU6c2hvcnQ@ss.example.org:443/?plugin=obfs-local%3Bobfs%3Dtls#friend
ss://cmM0LW1kNTpvbGQ@192.0.2.9:8388#old
ssconf://keys.example.org/abc#Outline
vless://6a0c2e3c-6f3b-4c9a-8b1a-0f5a3d2c1b00@far.example.org:443?security=tls&type=ws&path=%2Fchat#far
vless://6a0c2e3c-6f3b-4c9a-8b1a-0f5a3d2c1b00@far.example.org:443?security=reality&type=tcp#reality"""


def document(*servers: ShadowsocksServer, base: Document | None = None) -> Document:
    return replace(base or given.document(), shadowsocks=servers or (TOKYO, PHONES, FRIEND))


def live(server: ShadowsocksServer = TOKYO, state: ShadowsocksState | None = None) -> LiveState:
    """That server in this state; whoever steers the system's proxy does so."""
    shown = document(server, PHONES, FRIEND)
    phase = state or ShadowsocksState(phase=ProxyPhase.RUNNING)
    return LiveState(
        document=shown,
        offers_shadowsocks=True,
        offers_links=True,
        shadowsocks={server.id: phase},
        steering=SteeringChanged(server.steering, server.id),
    )


def window(seen: LiveState, place: str = "p1") -> MainWindow:
    made = MainWindow(lambda _action: None, lambda: None)
    made.show()
    made.show_state(seen)
    made.show_place(place)
    return made


def links_window(text: str, port: FakeAccesses | None = None) -> LinksWindow:
    made = LinksWindow(port or FakeAccesses(), AtOnce(), lambda _taken: None)  # type: ignore[arg-type]
    made._text.setPlainText(text)
    made._read_typed()
    return made


def qr_window(server: ShadowsocksServer, port: FakeAccesses | None = None) -> QrWindow:
    return QrWindow(server, document(), port or FakeAccesses(), AtOnce())  # type: ignore[arg-type]


def pac_dialog(settings: Settings) -> PacDialog:
    return PacDialog(settings, lambda _change: None, AtOnce())  # type: ignore[arg-type]


def scenes(*, is_dark: bool) -> Iterator[tuple[str, QWidget]]:
    off = ShadowsocksState()
    yield "main-shadowsocks-off", window(live(state=off))
    yield "main-shadowsocks-running", window(live())
    steered = replace(TOKYO, steering=Steering.PAC)
    yield "main-shadowsocks-pac", window(live(steered))
    all_of_it = replace(TOKYO, steering=Steering.GLOBAL)
    waiting = ShadowsocksState(phase=ProxyPhase.WAITING, fault=DIED, retry_in_s=8)
    yield "main-shadowsocks-waiting", window(live(all_of_it, waiting))
    failed = ShadowsocksState(phase=ProxyPhase.FAILED, fault=NO_PROGRAM)
    yield "main-shadowsocks-failed", window(live(state=failed))
    unset = replace(live(all_of_it), steering=SteeringChanged(Steering.PORT, "p1", NOT_SET))
    yield "main-shadowsocks-not-set", window(unset)
    alone = replace(live(FRIEND, off), document=document(FRIEND, base=Document()))
    yield "main-shadowsocks-alone", window(alone, "p3")

    for name, seen in (("tray-shadowsocks", live(steered)), ("tray-shadowsocks-failed", live(state=failed))):
        parent = QObject()
        menu = TrayMenu(parent, lambda _action: None)
        menu.show_entries(view(seen).entries, on_dark=is_dark)
        menu.menu.setProperty("keeps", parent)
        yield name, menu.menu
        yield f"{name}-p1", menu._menus["shadowsocks/p1"]

    new = ShadowsocksEditor(new_shadowsocks(document(), "n"), document(), lambda _server, _password: None)
    new.form.touch_all()
    yield "editor-shadowsocks-new", new
    editor = ShadowsocksEditor(FRIEND, document(), lambda _server, _password: None)
    editor._fold.click()
    yield "editor-shadowsocks", editor

    yield "links-empty", links_window("")
    yield "links-found", links_window(LINKS, FakeAccesses(known={"tokyo.example.org": "tokyo"}))
    yield "links-none", links_window("hello")
    yield "qr-code", qr_window(PHONES)
    shown = qr_window(FRIEND)
    shown._fold.click()
    yield "qr-code-link", shown
    yield "qr-code-better", qr_window(TOKYO)
    locked = FakeAccesses({"link": Fault.of(FaultCode.KEYRING_LOCKED)})
    yield "qr-code-locked", qr_window(PHONES, locked)
    own = Settings(
        pac_proxied=("wikipedia.org", "example.org", "github.com"),
        pac_direct=("cdn.example.org", "example.org"),
        pac_others=Others.DIRECT,
    )
    yield "pac-lists", pac_dialog(own)
    odd = pac_dialog(replace(own, pac_list="/home/chen/missing.txt"))
    odd._proxied.setPlainText("example.org\nnot a domain!\nhttps://www.python.org/downloads\n-x")
    yield "pac-lists-odd", odd
