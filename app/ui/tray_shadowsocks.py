"""The lines of the tray menu for Shadowsocks servers: a pure function of the live state."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, Steering
from app.ui.actions import Action, Command, steer
from app.ui.live_state import LiveState
from app.ui.shadowsocks_words import (
    STEERING_NAMES,
    is_open,
    is_steering,
    local_address,
    phase_mark,
    phase_words,
    steering_line,
)
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_entry import Entry, Mark


def _text(source: str, **details: str | Text) -> Text:
    return Text("TrayShadowsocks", source, details)


def shadowsocks_entries(live: LiveState) -> Iterator[Entry]:
    """A heading, each server with its commands, and what the system's proxy is set to by us."""
    servers = live.document.shadowsocks
    if not servers:
        return
    yield Entry("shadowsocks", Text.plain("Shadowsocks"), enabled=False)
    for server in servers:
        phase = live.proxy(server.id).phase
        text = _text("{name}: {state}", name=server.name, state=phase_words(phase))
        children = tuple(_commands(live, server))
        yield Entry(f"shadowsocks/{server.id}", text, mark=phase_mark(phase), children=children)
    if is_steering(live):
        yield Entry(
            "shadowsocks/steering",
            steering_line(live),
            Action(Command.SHOW_SHADOWSOCKS, live.steering.shadowsocks_id),
        )
    yield Entry("shadowsocks/separator")


def _commands(live: LiveState, server: ShadowsocksServer) -> Iterator[Entry]:
    key, state = f"shadowsocks/{server.id}", live.proxy(server.id)
    show = Action(Command.SHOW_SHADOWSOCKS, server.id)
    if state.fault is not None:
        yield Entry(f"{key}/why", state.fault, show, mark=Mark.TROUBLE)
    yield Entry(
        f"{key}/connect",
        _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "&Connect")),
        Action(Command.CONNECT_SHADOWSOCKS, server.id),
        enabled=live.offers_shadowsocks and state.phase not in {ProxyPhase.STARTING, ProxyPhase.RUNNING},
    )
    yield Entry(
        f"{key}/disconnect",
        _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "&Disconnect")),
        Action(Command.DISCONNECT_SHADOWSOCKS, server.id),
        enabled=is_open(state.phase),
    )
    yield Entry(f"{key}/who-separator")
    yield Entry(
        f"{key}/who",
        _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "Who uses it:")),
        enabled=False,
    )
    for steering in Steering:
        is_chosen = server.steering is steering
        name = STEERING_NAMES[steering]
        yield Entry(f"{key}/who/{steering}", name, steer(server.id, steering), chosen=is_chosen)
    yield Entry(f"{key}/separator")
    address = local_address(server)
    text = _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "Copy &address ({address})"), address=address)
    yield Entry(f"{key}/copy", text, Action(Command.COPY_TEXT, address))
    if live.offers_links:
        qr_code = _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "Show &QR code for a phone..."))
        yield Entry(f"{key}/qr-code", qr_code, Action(Command.SHOW_QR_CODE, server.id))
    yield Entry(f"{key}/show", _text(QT_TRANSLATE_NOOP("TrayShadowsocks", "Show in the &window")), show)
