"""How Shadowsocks servers are called in the window and in the tray: their states, and who uses them. Pure."""

from __future__ import annotations

from app.core.profiles import Document
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, Steering
from app.ui.live_state import LiveState
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_entry import Mark


def _text(source: str, **details: str | Text) -> Text:
    return Text("Shadowsocks", source, details)


_PHASES = {
    ProxyPhase.OFF: _text(QT_TRANSLATE_NOOP("Shadowsocks", "off")),
    ProxyPhase.STARTING: _text(QT_TRANSLATE_NOOP("Shadowsocks", "starting")),
    ProxyPhase.RUNNING: _text(QT_TRANSLATE_NOOP("Shadowsocks", "connected")),
    ProxyPhase.WAITING: _text(QT_TRANSLATE_NOOP("Shadowsocks", "waiting")),
    ProxyPhase.FAILED: _text(QT_TRANSLATE_NOOP("Shadowsocks", "trouble")),
}
_MARKS = {
    ProxyPhase.OFF: Mark.OFF,
    ProxyPhase.STARTING: Mark.CONNECTING,
    ProxyPhase.RUNNING: Mark.CONNECTED,
    ProxyPhase.WAITING: Mark.TROUBLE,
    ProxyPhase.FAILED: Mark.TROUBLE,
}
STEERING_NAMES = {
    Steering.PORT: _text(QT_TRANSLATE_NOOP("Shadowsocks", "Only programs that I tell")),
    Steering.PAC: _text(QT_TRANSLATE_NOOP("Shadowsocks", "By my list (PAC)")),
    Steering.GLOBAL: _text(QT_TRANSLATE_NOOP("Shadowsocks", "Everything")),
}


def phase_words(phase: ProxyPhase) -> Text:
    """How it is, in a word."""
    return _PHASES[phase]


def phase_mark(phase: ProxyPhase) -> Mark:
    return _MARKS[phase]


def is_open(phase: ProxyPhase) -> bool:
    """Whether there is something to end: a client that runs, or is tried again, or is wanted in vain."""
    return phase is not ProxyPhase.OFF


def is_steering(live: LiveState) -> bool:
    """Whether this system's proxy is set by us at this moment."""
    return live.steering.steering is not Steering.PORT


def is_steered_by(live: LiveState, server: ShadowsocksServer) -> bool:
    """Whether the system's proxy is set to this server, and as the person wants it."""
    told = live.steering
    return told.shadowsocks_id == server.id and told.steering is server.steering is not Steering.PORT


def steering_line(live: LiveState) -> Text:
    """What the system's proxy is set to by us, in one short line."""
    name = _name_of(live.document, live.steering.shadowsocks_id)
    if live.steering.steering is Steering.PAC:
        return _text(QT_TRANSLATE_NOOP("Shadowsocks", "System proxy: my list, by {name}"), name=name)
    return _text(QT_TRANSLATE_NOOP("Shadowsocks", "System proxy: everything, by {name}"), name=name)


def local_address(server: ShadowsocksServer) -> str:
    return f"127.0.0.1:{server.local_port}"


def far_address(server: ShadowsocksServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"


def _name_of(document: Document, shadowsocks_id: str) -> str:
    server = document.shadowsocks_server(shadowsocks_id)
    return server.name if server is not None else "?"
