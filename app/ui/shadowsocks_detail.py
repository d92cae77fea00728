"""What the window tells about one Shadowsocks server: a pure function of the live state."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.core.faults import Fault, FaultCode
from app.core.profiles import Document
from app.core.shadowsocks import Others, ProxyPhase, ShadowsocksServer, Steering
from app.sentences.of_steering import BY_HAND_SENTENCES
from app.ui.actions import Action, Command, steer, use_port
from app.ui.chain import HopState, Place, Stop
from app.ui.detail_model import Button, Detail, Fact, Trouble
from app.ui.live_state import LiveState
from app.ui.segments import Segment, Segments
from app.ui.shadowsocks_words import (
    STEERING_NAMES,
    far_address,
    is_steered_by,
    local_address,
    phase_mark,
)
from app.ui.texts import QT_TRANSLATE_NOOP, Text


def _text(source: str, **details: str | Text) -> Text:
    return Text("ProxyDetail", source, details)


_PROGRAM_CAUSES = {
    FaultCode.PROGRAM_MISSING,
    FaultCode.CORE_MISSING,
    FaultCode.CORE_TOO_OLD,
    FaultCode.SHADOWSOCKS_MISSING,
    FaultCode.SHADOWSOCKS_PROGRAM_WRONG,
}
_HOP_STATES = {
    ProxyPhase.OFF: HopState.OFF,
    ProxyPhase.STARTING: HopState.BUSY,
    ProxyPhase.RUNNING: HopState.OK,
    ProxyPhase.WAITING: HopState.BROKEN,
    ProxyPhase.FAILED: HopState.BROKEN,
}
_EDIT_LIST = QT_TRANSLATE_NOOP("ProxyDetail", "Edit my list...")
_PUT_BACK = _text(
    QT_TRANSLATE_NOOP(
        "ProxyDetail",
        "It is put back as it was when you disconnect, choose otherwise or quit RelayTray. {by_hand}",
    ),
    by_hand=Text("Steering", BY_HAND_SENTENCES.get(sys.platform, BY_HAND_SENTENCES["linux"])),
)


def detail_of_shadowsocks(live: LiveState, server: ShadowsocksServer) -> Detail:
    state = live.proxy(server.id)
    return Detail(
        title=server.name,
        mark=phase_mark(state.phase),
        status=_status(live, server, state.phase),
        main=_button(live, server, state.phase),
        chain=_chain(server, state.phase),
        troubles=tuple(_troubles(live, server)),
        facts=tuple(_facts(live, server)),
        copies=tuple(_copies(server)),
        uses=None,
        more=tuple(_windows(live, server)),
        edit=Action(Command.EDIT_SHADOWSOCKS, server.id),
        remove=Action(Command.REMOVE_SHADOWSOCKS, server.id),
        traffic=None,
        retry_in_s=state.retry_in_s if state.phase is ProxyPhase.WAITING else None,
        segments=_who_uses_it(live.document, server),
    )


def _status(live: LiveState, server: ShadowsocksServer, phase: ProxyPhase) -> Text:
    address = local_address(server)
    if phase is ProxyPhase.OFF:
        source = QT_TRANSLATE_NOOP("ProxyDetail", "Off. Nothing goes through it until you press Connect.")
        return _text(source)
    if phase is ProxyPhase.STARTING:
        return _text(QT_TRANSLATE_NOOP("ProxyDetail", "Starting..."))
    if phase is ProxyPhase.WAITING and is_steered_by(live, server):
        source = QT_TRANSLATE_NOOP(
            "ProxyDetail",
            "Not connected. This system's proxy still leads to it, so that nothing goes another way unseen.",
        )
        return _text(source)
    if phase is not ProxyPhase.RUNNING:
        return _text(QT_TRANSLATE_NOOP("ProxyDetail", "Not connected."))
    if server.steering is Steering.PORT:
        source = QT_TRANSLATE_NOOP("ProxyDetail", "Connected: programs that use {address} go through it.")
        return _text(source, address=address)
    if not is_steered_by(live, server):
        source = QT_TRANSLATE_NOOP(
            "ProxyDetail",
            "Connected, but this system's proxy is not set: only {address} leads through it.",
        )
        return _text(source, address=address)
    if server.steering is Steering.PAC:
        source = QT_TRANSLATE_NOOP("ProxyDetail", "Connected: this system's proxy follows your list.")
        return _text(source)
    source = QT_TRANSLATE_NOOP("ProxyDetail", "Connected: this system's proxy sends everything through it.")
    return _text(source)


def _button(live: LiveState, server: ShadowsocksServer, phase: ProxyPhase) -> Button:
    connect = Action(Command.CONNECT_SHADOWSOCKS, server.id)
    disconnect = Action(Command.DISCONNECT_SHADOWSOCKS, server.id)
    if phase is ProxyPhase.RUNNING:
        return Button(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Disconnect")), disconnect)
    if phase is ProxyPhase.STARTING:
        return Button(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Cancel")), disconnect)
    words = QT_TRANSLATE_NOOP("ProxyDetail", "Connect")
    if phase in {ProxyPhase.WAITING, ProxyPhase.FAILED}:
        words = QT_TRANSLATE_NOOP("ProxyDetail", "Try again")
    return Button(_text(words), connect, enabled=live.offers_shadowsocks)


def _chain(server: ShadowsocksServer, phase: ProxyPhase) -> tuple[Stop, ...]:
    is_open = HopState.OK if phase is ProxyPhase.RUNNING else HopState.OFF
    return (
        Stop(Place.COMPUTER, "", local_address(server), is_open),
        Stop(Place.RELAY, server.name, far_address(server), _HOP_STATES[phase]),
    )


def _troubles(live: LiveState, server: ShadowsocksServer) -> Iterator[Trouble]:
    fault = live.proxy(server.id).fault
    if fault is not None:
        yield Trouble(fault, (_cure(server, fault),))
    told = live.steering
    if told.fault is not None and server.name in {told.fault.details.get("name"), _steers(live)}:
        yield Trouble(told.fault, tuple(_steering_cures(told.fault)))


def _steers(live: LiveState) -> str | None:
    server = live.document.shadowsocks_server(live.steering.shadowsocks_id)
    return server.name if server is not None else None


def _cure(server: ShadowsocksServer, fault: Fault) -> Button:
    suggestion = fault.details.get("suggestion", "")
    if suggestion.isdecimal():
        text = _text(QT_TRANSLATE_NOOP("ProxyDetail", "Use port {port}"), port=suggestion)
        return Button(text, use_port("shadowsocks", server.id, server.local_port, int(suggestion)))
    if fault.code in _PROGRAM_CAUSES:
        text = _text(QT_TRANSLATE_NOOP("ProxyDetail", "Choose the program..."))
        return Button(text, Action(Command.OPEN_SETTINGS))
    text = _text(QT_TRANSLATE_NOOP("ProxyDetail", "Edit this server..."))
    return Button(text, Action(Command.EDIT_SHADOWSOCKS, server.id))


def _steering_cures(fault: Fault) -> Iterator[Button]:
    if fault.code is FaultCode.PAC_LIST_UNUSABLE:
        yield Button(_text(_EDIT_LIST), Action(Command.EDIT_PAC_LISTS))


def _who_uses_it(document: Document, server: ShadowsocksServer) -> Segments:
    abouts = {
        Steering.PORT: _text(
            QT_TRANSLATE_NOOP(
                "ProxyDetail",
                "Programs that you tell {address} as their SOCKS5 or HTTP proxy. Nothing else on this "
                "computer changes.",
            ),
            address=local_address(server),
        ),
        Steering.PAC: _about_pac(document),
        Steering.GLOBAL: _text(
            QT_TRANSLATE_NOOP(
                "ProxyDetail",
                "While it is connected, this system's proxy is set: browsers and whatever else follows it "
                "reach everything through it but this computer and private networks. {put_back}",
            ),
            put_back=_PUT_BACK,
        ),
    }
    segments = tuple(
        Segment(STEERING_NAMES[one], abouts[one], steer(server.id, one), server.steering is one)
        for one in Steering
    )
    more = None
    if server.steering is Steering.PAC:
        more = (_text(_EDIT_LIST), Action(Command.EDIT_PAC_LISTS))
    return Segments(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Who uses it")), segments, more)


def _about_pac(document: Document) -> Text:
    if document.settings.pac_others is Others.PROXIED:
        source = QT_TRANSLATE_NOOP(
            "ProxyDetail",
            "While it is connected, this system's proxy is set: browsers and whatever else follows it reach "
            "all names through it but those that your list leaves out, and private networks. {put_back}",
        )
    else:
        source = QT_TRANSLATE_NOOP(
            "ProxyDetail",
            "While it is connected, this system's proxy is set: browsers and whatever else follows it reach "
            "the names of your list through it, and all others directly. {put_back}",
        )
    return _text(source, put_back=_PUT_BACK)


def _facts(live: LiveState, server: ShadowsocksServer) -> Iterator[Fact]:
    address = local_address(server)
    label = _text(QT_TRANSLATE_NOOP("ProxyDetail", "SOCKS5 and HTTP proxy"))
    yield Fact(label, Text.plain(address), Action(Command.COPY_TEXT, address))
    far = far_address(server)
    label = _text(QT_TRANSLATE_NOOP("ProxyDetail", "Server"))
    yield Fact(label, Text.plain(far), Action(Command.COPY_TEXT, far))
    yield Fact(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Method")), Text.plain(server.method))
    if server.plugin:
        plugin = f"{server.plugin}: {server.plugin_options}" if server.plugin_options else server.plugin
        yield Fact(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Plugin")), Text.plain(plugin))
    relay = live.document.relay(server.relay_id)
    if relay is not None:
        yield Fact(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Runs on your relay")), Text.plain(relay.name))
    if server.for_phones:
        label = _text(QT_TRANSLATE_NOOP("ProxyDetail", "For phones"))
        source = QT_TRANSLATE_NOOP(
            "ProxyDetail", "Outline and Shadowsocks on phones can use it: show its QR code."
        )
        yield Fact(label, _text(source))


def _windows(live: LiveState, server: ShadowsocksServer) -> Iterator[Button]:
    if live.proxy(server.id).phase in {ProxyPhase.WAITING, ProxyPhase.FAILED}:
        stop = Action(Command.DISCONNECT_SHADOWSOCKS, server.id)
        yield Button(_text(QT_TRANSLATE_NOOP("ProxyDetail", "Disconnect")), stop, icon="cross")
    if live.offers_links:
        text = _text(QT_TRANSLATE_NOOP("ProxyDetail", "Show QR code for a phone..."))
        yield Button(text, Action(Command.SHOW_QR_CODE, server.id), icon="qr-code")


def _copies(server: ShadowsocksServer) -> Iterator[Button]:
    for name, command in (
        ("sh, bash, zsh", Command.COPY_PORT_SH),
        ("PowerShell", Command.COPY_PORT_POWERSHELL),
        ("cmd.exe", Command.COPY_PORT_CMD),
    ):
        yield Button(Text.plain(name), Action(command, server.id))
