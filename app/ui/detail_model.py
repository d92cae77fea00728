"""What the window tells about one server or relay: a pure function of the live state.

``Detail`` holds the headline, the one big button, the chain, the faults with their next step, and the facts
with what can be copied from them; ``detail_page`` draws it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.faults import Fault, FaultCode, Hop
from app.core.profiles import EnrolmentState, Relay, Server, SetupMode
from app.core.routes import RouteKind
from app.core.states import LinkPhase, LinkState, ListenerState, ServerPhase
from app.ui.actions import Action, Command, use_port
from app.ui.chain import chain_of_relay, chain_of_server
from app.ui.detail_facts import relay_facts, server_facts
from app.ui.detail_values import Button, Detail, Fact, Trouble
from app.ui.live_state import LiveState
from app.ui.route_in_use import ROUTE_NAMES, better_route, relay_phase, route_in_use
from app.ui.setup_model import is_touched
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_model import link_mark, server_mark

__all__ = ["Button", "Detail", "Fact", "Trouble", "detail_of_relay", "detail_of_server"]


def _text(source: str, **details: str | Text) -> Text:
    return Text("Detail", source, details)


_CONNECT = QT_TRANSLATE_NOOP("Detail", "Connect")
_DISCONNECT = QT_TRANSLATE_NOOP("Detail", "Disconnect")
_CANCEL = QT_TRANSLATE_NOOP("Detail", "Cancel")
_TRY_AGAIN = QT_TRANSLATE_NOOP("Detail", "Try again")
_DOCTOR = QT_TRANSLATE_NOOP("Detail", "Doctor...")
_LINE = QT_TRANSLATE_NOOP("Detail", "Bootstrap line...")
_EDIT_CAUSES = {
    FaultCode.PROFILE_INVALID,
    FaultCode.LOGIN_REFUSED,
    FaultCode.KEY_MISSING,
    FaultCode.KEY_UNREADABLE,
    FaultCode.KEY_UNSUPPORTED,
    FaultCode.AGENT_UNAVAILABLE,
    FaultCode.AGENT_EMPTY,
    FaultCode.DNS_FAILED,
    FaultCode.CONNECTION_REFUSED,
    FaultCode.NOT_SSH,
    FaultCode.ROUTE_ID_MISSING,
    FaultCode.CORE_REFUSED_CONFIG,
}


def detail_of_server(live: LiveState, server: Server) -> Detail:
    state, link = live.server(server.id), live.link(server.relay_id)
    relay = live.document.relay(server.relay_id)
    is_by_ssh = route_in_use(live, server) is RouteKind.REVERSE
    waits_for_link = is_by_ssh or better_route(live, server) is RouteKind.REVERSE
    retry_in_s = state.retry_in_s
    if retry_in_s is None and waits_for_link:
        retry_in_s = link.retry_in_s
    return Detail(
        title=server.alias,
        mark=server_mark(live, server),
        status=_server_status(live, server, relay),
        main=_server_button(live, server),
        chain=chain_of_server(live, server),
        troubles=tuple(_server_troubles(live, server)),
        facts=tuple(server_facts(live, server, relay)),
        copies=tuple(_server_copies(live, server, relay)),
        uses=_uses_button(server) if live.offers_uses else None,
        more=tuple(_server_windows(live, server)),
        edit=Action(Command.EDIT_SERVER, server.id),
        remove=Action(Command.REMOVE_SERVER, server.id),
        traffic=live.traffic_of(server.relay_id),
        round_trip_ms=link.round_trip_ms if is_by_ssh and link.phase is LinkPhase.UP else None,
        retry_in_s=retry_in_s,
    )


def detail_of_relay(live: LiveState, relay: Relay) -> Detail:
    link = live.link(relay.id)
    return Detail(
        title=relay.name,
        mark=link_mark(relay_phase(live, relay.id)),
        status=_link_status(live, link, relay),
        main=_relay_button(relay, relay_phase(live, relay.id) if relay.has_no_login else link.phase),
        chain=chain_of_relay(live, relay),
        troubles=tuple(_relay_troubles(live, relay)),
        facts=tuple(relay_facts(live, relay)),
        copies=tuple(_copies(None, relay)),
        uses=None,
        more=tuple(_relay_windows(live, relay)),
        edit=Action(Command.EDIT_RELAY, relay.id),
        remove=Action(Command.REMOVE_RELAY, relay.id),
        traffic=live.traffic_of(relay.id),
        round_trip_ms=link.round_trip_ms if link.phase is LinkPhase.UP else None,
        retry_in_s=link.retry_in_s,
    )


def _server_button(live: LiveState, server: Server) -> Button:
    phase = live.server(server.id).phase
    if live.offers_setup and live.is_waiting_for_line(server):
        return Button(_text(_LINE), Action(Command.OPEN_LINE, server.id))
    if phase is ServerPhase.CONNECTED:
        return Button(_text(_DISCONNECT), Action(Command.DISCONNECT, server.id))
    if phase is ServerPhase.CONNECTING:
        return Button(_text(_CANCEL), Action(Command.DISCONNECT, server.id))
    text = _TRY_AGAIN if phase is ServerPhase.TROUBLE else _CONNECT
    return Button(_text(text), Action(Command.CONNECT, server.id))


def _relay_button(relay: Relay, phase: LinkPhase) -> Button:
    if phase is LinkPhase.UP:
        return Button(_text(_DISCONNECT), Action(Command.DISCONNECT_RELAY, relay.id))
    if phase is LinkPhase.CONNECTING:
        return Button(_text(_CANCEL), Action(Command.DISCONNECT_RELAY, relay.id))
    text = _TRY_AGAIN if phase in {LinkPhase.WAITING, LinkPhase.FAILED} else _CONNECT
    enabled = phase is not LinkPhase.CLOSING
    return Button(_text(text), Action(Command.CONNECT_RELAY, relay.id), enabled)


def _server_status(live: LiveState, server: Server, relay: Relay | None) -> Text:
    name = relay.name if relay else "?"
    phase = live.server(server.id).phase
    if live.is_waiting_for_line(server):
        return _waiting_status(server)
    if phase is ServerPhase.CONNECTED:
        return _connected_status(live, server, name)
    if phase is ServerPhase.CONNECTING and route_in_use(live, server) is RouteKind.V2RAY:
        source = QT_TRANSLATE_NOOP("Detail", "Connecting by the v2ray of {relay}...")
        return _text(source, relay=name)
    if phase is ServerPhase.CONNECTING:
        if live.link(server.relay_id).phase is LinkPhase.UP:
            return _text(
                QT_TRANSLATE_NOOP("Detail", "{relay} is reached; asking the server for an answer..."),
                relay=name,
            )
        return _text(QT_TRANSLATE_NOOP("Detail", "Connecting to {relay}..."), relay=name)
    if phase is ServerPhase.TROUBLE:
        return _text(QT_TRANSLATE_NOOP("Detail", "Not connected."))
    return _text(
        QT_TRANSLATE_NOOP("Detail", "Off. It connects when you press Connect, or when a program asks for it.")
    )


def _connected_status(live: LiveState, server: Server, relay: str) -> Text:
    """Which way it is, where that is not plain; and which one the person would rather have."""
    better, route = better_route(live, server), live.server(server.id).route
    if better is not None:
        source = QT_TRANSLATE_NOOP(
            "Detail",
            "{better} does not work right now. Connected by {route} through {relay}; the way back is tried.",
        )
        return _text(source, better=ROUTE_NAMES[better], route=ROUTE_NAMES[route], relay=relay)
    if route is RouteKind.V2RAY:
        source = QT_TRANSLATE_NOOP("Detail", "Connected: its sshd answered through the v2ray of {relay}.")
    else:
        source = QT_TRANSLATE_NOOP("Detail", "Connected: its sshd answered through {relay}.")
    return _text(source, relay=relay)


def _waiting_status(server: Server) -> Text:
    if server.enrolment is not None and server.enrolment.state is EnrolmentState.REPORTED:
        return _text(QT_TRANSLATE_NOOP("Detail", "The line was pasted; waiting for its tunnel..."))
    source = QT_TRANSLATE_NOOP(
        "Detail", "Waiting for the line: paste it into the server's web terminal, and it comes online here."
    )
    return _text(source)


def _link_status(live: LiveState, link: LinkState, relay: Relay) -> Text:
    phase = relay_phase(live, relay.id) if relay.has_no_login else link.phase
    if phase is not LinkPhase.UP or relay.has_no_login:
        by_v2ray = ", ".join(
            server.alias
            for server in live.document.servers_of(relay.id)
            if live.server(server.id).phase is ServerPhase.CONNECTED
            and live.server(server.id).route is RouteKind.V2RAY
        )
        source = QT_TRANSLATE_NOOP("Detail", "Not linked by SSH. Connected by its v2ray: {servers}.")
        if relay.has_no_login:
            source = QT_TRANSLATE_NOOP("Detail", "Connected by its v2ray: {servers}.")
        if by_v2ray:
            return _text(source, servers=by_v2ray)
    sources = {
        LinkPhase.OFF: QT_TRANSLATE_NOOP("Detail", "Off. It connects when a program uses its SOCKS port."),
        LinkPhase.CONNECTING: QT_TRANSLATE_NOOP("Detail", "Connecting to {relay}..."),
        LinkPhase.UP: QT_TRANSLATE_NOOP("Detail", "Linked: logged in at {relay}."),
        LinkPhase.WAITING: QT_TRANSLATE_NOOP("Detail", "Not connected."),
        LinkPhase.FAILED: QT_TRANSLATE_NOOP("Detail", "Not connected."),
        LinkPhase.CLOSING: QT_TRANSLATE_NOOP("Detail", "Closing the link..."),
    }
    return _text(sources[phase], relay=relay.name)


def _server_troubles(live: LiveState, server: Server) -> Iterator[Trouble]:
    state, link = live.server(server.id), live.link(server.relay_id)
    line_fault = live.line_faults.get(server.id)
    if line_fault is not None:
        yield Trouble(line_fault, (Button(_text(_LINE), Action(Command.OPEN_LINE, server.id)),))
    fault = state.fault if state.phase is ServerPhase.TROUBLE else None
    if fault is not None and fault.hop is Hop.TUNNEL and live.is_waiting_for_line(server):
        fault = None  # nobody expects a tunnel before the line is pasted
    if fault is not None:
        edit = Action(Command.EDIT_SERVER, server.id)
        is_by_ssh = state.route is RouteKind.REVERSE
        is_of_link = is_by_ssh and link.fault is not None and link.fault.code is fault.code
        if is_of_link:
            edit = Action(Command.EDIT_RELAY, server.relay_id)
        yield Trouble(fault, tuple(_cures(fault, edit, server.relay_id if is_of_link else server.id)))
    yield from _listener_troubles(live, server.relay_id)


def _relay_troubles(live: LiveState, relay: Relay) -> Iterator[Trouble]:
    fault = live.link(relay.id).fault
    if fault is not None:
        yield Trouble(fault, tuple(_cures(fault, Action(Command.EDIT_RELAY, relay.id), relay.id)))
    yield from _listener_troubles(live, relay.id)


def _cures(fault: Fault, edit: Action, profile_id: str) -> Iterator[Button]:
    if fault.code in {FaultCode.HOST_KEY_CHANGED, FaultCode.HOST_KEY_REVOKED}:
        what = Action(Command.EXPLAIN_HOST_KEY, profile_id)
        yield Button(_text(QT_TRANSLATE_NOOP("Detail", "What does this mean?")), what)
    elif fault.code in _EDIT_CAUSES:
        source = QT_TRANSLATE_NOOP("Detail", "Edit the relay...")
        if edit.command is Command.EDIT_SERVER:
            source = QT_TRANSLATE_NOOP("Detail", "Edit the server...")
        yield Button(_text(source), edit)


def _listener_troubles(live: LiveState, relay_id: str) -> Iterator[Trouble]:
    for one in live.listeners_of(relay_id):
        if one.fault is not None:
            yield Trouble(one.fault, tuple(_port_cures(one, one.fault)))


def _port_cures(one: ListenerState, fault: Fault) -> Iterator[Button]:
    suggestion = fault.details.get("suggestion", "")
    if suggestion.isdecimal():
        owner = one.relay_id if one.purpose == "socks" else one.server_id
        text = _text(QT_TRANSLATE_NOOP("Detail", "Use port {port}"), port=suggestion)
        yield Button(text, use_port(one.purpose, owner, one.port, int(suggestion)))
    yield Button(_text(_TRY_AGAIN), Action(Command.RETRY_LISTENERS))


def _uses_button(server: Server) -> Button:
    text = _text(QT_TRANSLATE_NOOP("Detail", "Use it from..."))
    return Button(text, Action(Command.OPEN_USES, server.id))


def _server_windows(live: LiveState, server: Server) -> Iterator[Button]:
    if live.offers_setup and not live.is_waiting_for_line(server):
        yield Button(_text(_LINE), Action(Command.OPEN_LINE, server.id), icon="terminal")
    yield from _route_change(live, server)
    yield from _doctor(live, server.id)


def _route_change(live: LiveState, server: Server) -> Iterator[Button]:
    """By v2ray as well, or not any more: where RelayTray has set the relay up with one."""
    relay = live.document.relay(server.relay_id)
    if not live.offers_routes or relay is None or relay.carrier is None:
        return
    if relay.setup is not SetupMode.SYSTEM:
        return  # its v2ray is somebody else's work
    if server.v2ray is None:
        text, command = QT_TRANSLATE_NOOP("Detail", "Also by v2ray..."), Command.PERMIT_V2RAY
    else:
        text, command = QT_TRANSLATE_NOOP("Detail", "Not by v2ray any more..."), Command.DROP_V2RAY
    yield Button(_text(text), Action(command, server.id), icon="tunnel")


def _doctor(live: LiveState, profile_id: str) -> Iterator[Button]:
    if live.offers_doctor:
        yield Button(_text(_DOCTOR), Action(Command.OPEN_DOCTOR, profile_id), icon="doctor")


def _relay_windows(live: LiveState, relay: Relay) -> Iterator[Button]:
    yield from _doctor(live, relay.id)
    if not live.offers_setup:
        return
    text = _text(QT_TRANSLATE_NOOP("Detail", "Set up this relay..."))
    if relay.setup is not SetupMode.NONE:
        text = _text(QT_TRANSLATE_NOOP("Detail", "Look over the set-up..."))
    yield Button(text, Action(Command.SET_UP_RELAY, relay.id), icon="settings")
    if is_touched(relay):
        text = _text(QT_TRANSLATE_NOOP("Detail", "Take it all away again..."))
        yield Button(text, Action(Command.TAKE_SETUP_AWAY, relay.id), icon="remove")
    if live.offers_cloud and relay.machine:
        text = _text(QT_TRANSLATE_NOOP("Detail", "Delete its machine..."))
        yield Button(text, Action(Command.DESTROY_IN_CLOUD, relay.name), icon="remove")


def _server_copies(live: LiveState, server: Server, relay: Relay | None) -> Iterator[Button]:
    """The environment of the shells is one of the ways that the window for other programs shows."""
    for button in _copies(server, relay):
        is_for_shell = not button.text.context
        if not (is_for_shell and live.offers_uses):
            yield button


def _copies(server: Server | None, relay: Relay | None) -> Iterator[Button]:
    if server is not None:
        text = _text(QT_TRANSLATE_NOOP("Detail", "Copy ssh config"))
        yield Button(text, Action(Command.COPY_SSH_CONFIG, server.id))
    if relay is not None:
        text = _text(QT_TRANSLATE_NOOP("Detail", "Copy SOCKS address"))
        yield Button(text, Action(Command.COPY_SOCKS_ADDRESS, relay.id))
        for name, command in (
            ("sh, bash, zsh", Command.COPY_ENVIRONMENT_SH),
            ("PowerShell", Command.COPY_ENVIRONMENT_POWERSHELL),
            ("cmd.exe", Command.COPY_ENVIRONMENT_CMD),
        ):
            yield Button(Text.plain(name), Action(command, relay.id))
