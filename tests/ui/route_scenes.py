"""Profiles and states of routes by v2ray; for tests, the screenshots and the fit."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from app.core.profiles import Document, SetupMode
from app.core.provisioning import Camouflage, LineOptions, SetupOptions, ShadowsocksOptions, V2rayOptions
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.states import LinkPhase, LinkState, ServerPhase, ServerState
from app.core.v2ray_route import Core
from app.ui.line_window import LineWindow
from app.ui.live_state import LiveState
from app.ui.main_window import MainWindow
from app.ui.relay_editor import RelayEditor
from app.ui.route_dialog import RouteDialog
from app.ui.server_editor import ServerEditor
from app.ui.setup_model import SetUp
from tests.ui import scenes as given
from tests.ui import setup_scenes
from tests.ui.fake_routes import FakeRoutes
from tests.ui.use_scenes import AtOnce

_TALL = 1250  # all of it at once
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
PEM = """\
-----BEGIN CERTIFICATE-----
MIIBFTCBu6ADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCXJlbGF5Lmxh
YjAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCXJl
bGF5LmxhYjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJsME0XUo9IVpmettd6J
kwRh8RbtnWw62gRUEf5rGuDnWNzg/GEx5o5AxtQobU2YhikN0F8WDhyaoLYcJzZ+
OikwCgYIKoZIzj0EAwIDSQAwRgIhAKwnAz3jhgOnxq5LId0KoI0wXefNqtsjSh5V
D5hbLF8+AiEA6eYYHU52jmy9lAjU5mwe+P8BHqjE2g2cKgebmLb0Bw4=
-----END CERTIFICATE-----
"""


def document() -> Document:
    """tokyo-relay runs Xray, and lab-gpu is reached by SSH first and by it second."""
    plain = given.document()
    carrier = V2rayCarrier(core=Core.XRAY, user_port=16824, tunnel_port=16823, encryption_key=KEY)
    relay = replace(plain.relays[0], carrier=carrier)
    routes = (RouteKind.REVERSE, RouteKind.V2RAY)
    server = replace(plain.servers[0], routes=routes, v2ray=V2rayRoute(hybrid=True))
    return replace(plain, relays=(relay, *plain.relays[1:]), servers=(server, *plain.servers[1:]))


def states() -> Iterator[tuple[str, LiveState, str]]:
    """How things can stand, and whose page shows it."""
    known = document()
    known = replace(known, relays=(replace(known.relays[0], setup=SetupMode.SYSTEM), *known.relays[1:]))
    off = LiveState(document=known, offers_uses=True, offers_setup=True, offers_routes=True)
    failing = {"r1": LinkState(phase=LinkPhase.WAITING, fault=given.TIMED_OUT, retry_in_s=12.0)}
    by_v2ray = {"s1": ServerState(phase=ServerPhase.CONNECTED, route=RouteKind.V2RAY)}
    fallen = replace(off, links=failing, servers=by_v2ray)
    yield "main-fallback", fallen, "s1"
    yield "main-relay-by-v2ray", fallen, "r1"
    first = replace(known.servers[0], routes=(RouteKind.V2RAY, RouteKind.REVERSE))
    wanted = replace(off, document=replace(known, servers=(first, *known.servers[1:])))
    yield "main-by-v2ray-off", wanted, "s1"
    connecting = {"s1": ServerState(phase=ServerPhase.CONNECTING, route=RouteKind.V2RAY)}
    yield "main-by-v2ray-connecting", replace(wanted, servers=connecting), "s1"
    yield "main-by-v2ray", replace(wanted, servers=by_v2ray), "s1"
    plain = replace(given.document().servers[0], v2ray=None)
    yield (
        "main-also-by-v2ray",
        replace(off, document=replace(known, servers=(plain, *known.servers[1:]))),
        "s1",
    )


def dialogs() -> Iterator[tuple[str, QWidget]]:
    known = document()
    carrier = known.relays[0].carrier
    assert carrier is not None
    inside_tls = replace(
        carrier, server_name="relay.lab", certificate_pem=PEM, websocket_path="/updates", tunnel_port=0
    )
    relay = replace(known.relays[0], carrier=inside_tls)
    whole = RelayEditor(relay, known, lambda *_saved: None, read_text=lambda *_file: None)
    whole.resize(whole.width(), _TALL)
    yield "editor-relay-v2ray", whole
    wrong = replace(relay, carrier=V2rayCarrier(core=Core.XRAY, user_port=16824, websocket_path="updates"))
    refused = RelayEditor(wrong, known, lambda *_saved: None)
    refused.resize(refused.width(), _TALL)
    refused._try_to_save()
    yield "editor-relay-v2ray-wrong", refused
    editor = ServerEditor(known.servers[0], known, lambda _saved: None, on_user_id=lambda _id: None)
    editor.resize(editor.width(), _TALL)
    editor.show_user_id_known()
    yield "editor-server-ways", editor
    for name, ports in (("permit", (22, 8888)), ("drop", None)):
        yield (
            f"route-{name}",
            RouteDialog(
                "s1", "lab-gpu", "tokyo-relay", ports, FakeRoutes(), AtOnce(),  # type: ignore[arg-type]
                lambda: None, lambda _fault: None,
            ),
        )  # fmt: skip
    refusing = RouteDialog(
        "s1", "lab-gpu", "tokyo-relay", (22,), FakeRoutes(fault=given.TIMED_OUT), AtOnce(),  # type: ignore[arg-type]
        lambda: None, lambda _fault: None,
    )  # fmt: skip
    refusing.show()
    refusing._do()
    yield "route-refused", refusing
    options = SetupOptions(
        v2ray=V2rayOptions(core=Core.XRAY, server_name="relay.lab"),
        shadowsocks=ShadowsocksOptions(camouflage=Camouflage.OBFS_TLS),
    )
    setup = setup_scenes._window(replace(SetUp.of(given.document().relays[0]), options=options))
    setup.resize(setup.width(), _TALL)
    yield "setup-extras", setup
    choices = next(one for name, one in setup_scenes.enrollings() if name == "choices")
    with_bridge = replace(
        choices, relay=replace(choices.relay, carrier=carrier), options=LineOptions(bridge=True)
    )
    yield "line-bridge", LineWindow(with_bridge, lambda _options: None, lambda: None, lambda: None)


def scenes() -> Iterator[tuple[str, QWidget]]:
    for name, live, place in states():
        window = MainWindow(lambda _action: None, lambda: None)
        window.show()
        window.show_state(live)
        window.show_place(place)
        yield name, window
    yield from dialogs()
