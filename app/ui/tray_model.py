"""What the tray shows and what a click on it does: a pure function of the live state.

The menu is data (``Entry``); ``tray_icon`` keeps real menus in step with it. All commands are in the menu;
a click on the icon itself is a bonus, since not every system delivers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.core.editors import offered_folders
from app.core.faults import Hop
from app.core.profiles import Document, LeftClick, Relay, Server
from app.core.routes import RouteKind
from app.core.states import LinkPhase, ListenerState, ServerPhase
from app.core.uses import Editor
from app.ui.actions import Action, Command, open_in_editor, use_port
from app.ui.live_state import LiveState
from app.ui.route_in_use import ROUTE_NAMES, better_route, possible_routes, relay_phase
from app.ui.shadowsocks_words import is_open, is_steering, steering_line
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_entry import Entry, Mark
from app.ui.tray_shadowsocks import shadowsocks_entries

__all__ = ["Entry", "IconState", "Mark", "TrayView", "icon_state", "left_click", "link_mark", "view"]


class IconState(StrEnum):
    """Each has a shape of its own in resources/icons/tray-<state>.svg."""

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class TrayView:
    icon: IconState
    tooltip: tuple[Text, ...]  # one line each
    entries: tuple[Entry, ...]
    is_steering: bool = False  # the system's proxy is set by us: the icon has a mark of its own for that


def _text(source: str, **details: str | Text) -> Text:
    return Text("TrayMenu", source, details)


_PHASE_TEXTS = {
    ServerPhase.OFF: Text("TrayMenu", QT_TRANSLATE_NOOP("TrayMenu", "off")),
    ServerPhase.CONNECTING: Text("TrayMenu", QT_TRANSLATE_NOOP("TrayMenu", "connecting")),
    ServerPhase.CONNECTED: Text("TrayMenu", QT_TRANSLATE_NOOP("TrayMenu", "connected")),
    ServerPhase.TROUBLE: Text("TrayMenu", QT_TRANSLATE_NOOP("TrayMenu", "trouble")),
}
_ROUTE_SOURCES = {  # of servers with more ways than SSH
    ServerPhase.CONNECTING: QT_TRANSLATE_NOOP("TrayMenu", "connecting by {route}"),
    ServerPhase.CONNECTED: QT_TRANSLATE_NOOP("TrayMenu", "connected by {route}"),
}
_WAITING = Text("TrayMenu", QT_TRANSLATE_NOOP("TrayMenu", "waiting for the line"))
_SERVER_MARKS = {
    ServerPhase.OFF: Mark.OFF,
    ServerPhase.CONNECTING: Mark.CONNECTING,
    ServerPhase.CONNECTED: Mark.CONNECTED,
    ServerPhase.TROUBLE: Mark.TROUBLE,
}


def server_mark(live: LiveState, server: Server) -> Mark:
    if live.is_waiting_for_line(server):
        return Mark.CONNECTING
    return _SERVER_MARKS[live.server(server.id).phase]


def state_words(live: LiveState, server: Server) -> Text:
    """How a server is, in a word or two."""
    if live.is_waiting_for_line(server):
        return _WAITING
    state = live.server(server.id)
    is_plain = possible_routes(live, server) == (RouteKind.REVERSE,)
    source = "" if is_plain else _ROUTE_SOURCES.get(state.phase, "")
    return _text(source, route=ROUTE_NAMES[state.route]) if source else _PHASE_TEXTS[state.phase]


_TOOLTIP_SERVERS = 4  # Windows shows 127 characters at most


def view(live: LiveState) -> TrayView:
    """Everything the tray shows in this state."""
    return TrayView(icon_state(live), tuple(_tooltip(live)), tuple(_entries(live)), is_steering(live))


def icon_state(live: LiveState) -> IconState:
    """Trouble outweighs connecting, which outweighs connected. It is about servers: not about Shadowsocks."""
    expected = (server for server in live.document.servers if not live.is_waiting_for_line(server))
    phases = {live.server(server.id).phase for server in expected}
    links = {relay.id: relay_phase(live, relay.id) for relay in live.document.relays}
    broken = {LinkPhase.FAILED, LinkPhase.WAITING}
    ports = (one for one in troubled_listeners(live) if one.purpose != "shadowsocks")
    if ServerPhase.TROUBLE in phases or broken & set(links.values()) or any(ports):
        return IconState.TROUBLE
    if ServerPhase.CONNECTING in phases or LinkPhase.CONNECTING in links.values():
        return IconState.CONNECTING
    # A link alone is not "connected", unless there is no server whose sshd could answer through it.
    lone = (
        links[relay.id] is LinkPhase.UP and not live.document.servers_of(relay.id)
        for relay in live.document.relays
    )
    if ServerPhase.CONNECTED in phases or any(lone):
        return IconState.CONNECTED
    return IconState.OFF


def troubled_listeners(live: LiveState) -> Iterator[ListenerState]:
    return (one for one in live.listeners if one.fault is not None)


def left_click(live: LiveState, platform: str) -> Action | None:
    """What a left click on the icon does. ``platform`` is ``sys.platform``.

    The custom of Windows and Linux is to connect or disconnect. macOS opens the menu on every click, whatever
    the program wants, so nothing else may happen there.
    """
    if platform == "darwin":
        return None
    chosen = live.document.settings.left_click
    if chosen is LeftClick.MENU:
        return Action(Command.OPEN_MENU)
    if chosen is LeftClick.WINDOW:
        return Action(Command.OPEN_WINDOW)
    return _toggle(live)


def _toggle(live: LiveState) -> Action:
    server = live.document.default_server()
    if server is None or live.closing:
        return Action(Command.OPEN_WINDOW)
    state = live.server(server.id)
    if state.phase in {ServerPhase.CONNECTED, ServerPhase.CONNECTING}:
        return Action(Command.DISCONNECT, server.id)
    if live.is_waiting_for_line(server):
        return Action(Command.SHOW_SERVER, server.id)  # there is nothing to connect to yet
    if state.fault is not None and state.fault.hop in {Hop.HOST_KEY, Hop.INPUT, Hop.LOCAL}:
        return Action(Command.SHOW_SERVER, server.id)  # trying again cannot help: a person must look
    return Action(Command.CONNECT, server.id)


def _tooltip(live: LiveState) -> Iterator[Text]:
    if live.closing:
        yield _text(QT_TRANSLATE_NOOP("TrayMenu", "RelayTray: closing connections"))
        return
    yield Text.plain("RelayTray")
    servers = live.document.servers
    if not servers:
        yield _text(QT_TRANSLATE_NOOP("TrayMenu", "No GPU server yet"))
    # What is off is only worth a line when nothing else is.
    lively = [one for one in servers if server_mark(live, one) is not Mark.OFF]
    for server in (lively or list(servers))[:_TOOLTIP_SERVERS]:
        yield _text("{alias}: {state}", alias=server.alias, state=state_words(live, server))
    if is_steering(live):
        yield steering_line(live)


def _entries(live: LiveState) -> Iterator[Entry]:
    if live.closing:
        yield Entry("closing", _text(QT_TRANSLATE_NOOP("TrayMenu", "Closing connections...")), enabled=False)
        return
    yield from _listener_entries(live)
    yield from _server_entries(live)
    yield from _relay_entries(live)
    yield from shadowsocks_entries(live)
    yield from _program_entries(live)


def _listener_entries(live: LiveState) -> Iterator[Entry]:
    """Ports that could not be opened, on top, each with its cure beside it."""
    troubles = list(troubled_listeners(live))
    for one in troubles:
        text = _text(QT_TRANSLATE_NOOP("TrayMenu", "Port {port} is not available"), port=str(one.port))
        yield Entry(f"port/{one.port}", text, mark=Mark.TROUBLE, children=tuple(_cures(one)))
    if troubles:
        yield Entry("port/separator")


def _cures(one: ListenerState) -> Iterator[Entry]:
    key = f"port/{one.port}"
    if one.fault is not None:
        yield Entry(f"{key}/why", one.fault, enabled=False)
        suggestion = one.fault.details.get("suggestion", "")
        if suggestion.isdecimal():
            text = _text(QT_TRANSLATE_NOOP("TrayMenu", "Use port {port} instead"), port=suggestion)
            owner = one.relay_id if one.purpose == "socks" else one.server_id
            yield Entry(f"{key}/use", text, use_port(one.purpose, owner, one.port, int(suggestion)))
    retry = _text(QT_TRANSLATE_NOOP("TrayMenu", "Try again"))
    yield Entry(f"{key}/retry", retry, Action(Command.RETRY_LISTENERS))


def _server_entries(live: LiveState) -> Iterator[Entry]:
    default = live.document.default_server()
    for server in live.document.servers:
        state = state_words(live, server)
        text = _text("{alias}: {state}", alias=server.alias, state=state)
        children = tuple(_server_commands(live, server))
        is_default = default is server and len(live.document.servers) > 1
        if is_default:
            source = QT_TRANSLATE_NOOP("TrayMenu", "{alias}: {state} (default)")
            text = _text(source, alias=server.alias, state=state)
        yield Entry(f"server/{server.id}", text, mark=server_mark(live, server), children=children)
    if not live.document.servers:
        yield Entry(
            "add",
            _text(QT_TRANSLATE_NOOP("TrayMenu", "&Add a GPU server...")),
            Action(Command.ADD_SERVER if live.document.relays else Command.ADD_RELAY),
        )
    yield Entry("servers/separator")


def _server_commands(live: LiveState, server: Server) -> Iterator[Entry]:
    key, phase = f"server/{server.id}", live.server(server.id).phase
    is_off = phase is ServerPhase.OFF
    fault = live.server(server.id).fault
    if phase is ServerPhase.TROUBLE and fault is not None:
        yield Entry(f"{key}/why", fault, Action(Command.SHOW_SERVER, server.id), mark=Mark.TROUBLE)
    better = better_route(live, server)
    if better is not None:
        text = _text(
            QT_TRANSLATE_NOOP("TrayMenu", "{route} does not work right now"), route=ROUTE_NAMES[better]
        )
        yield Entry(f"{key}/fallback", text, Action(Command.SHOW_SERVER, server.id), mark=Mark.TROUBLE)
    yield Entry(
        f"{key}/connect",
        _text(QT_TRANSLATE_NOOP("TrayMenu", "&Connect")),
        Action(Command.CONNECT, server.id),
        enabled=is_off or phase is ServerPhase.TROUBLE,
    )
    yield Entry(
        f"{key}/disconnect",
        _text(QT_TRANSLATE_NOOP("TrayMenu", "&Disconnect")),
        Action(Command.DISCONNECT, server.id),
        enabled=not is_off,
    )
    if live.offers_setup and live.is_waiting_for_line(server):
        line = _text(QT_TRANSLATE_NOOP("TrayMenu", "&Bootstrap line..."))
        yield Entry(f"{key}/line", line, Action(Command.OPEN_LINE, server.id))
    if live.offers_doctor:
        doctor = _text(QT_TRANSLATE_NOOP("TrayMenu", "D&octor..."))
        yield Entry(f"{key}/doctor", doctor, Action(Command.OPEN_DOCTOR, server.id))
    yield Entry(f"{key}/separator")
    yield from _use_entries(live, server)
    yield Entry(
        f"{key}/ssh-config",
        _text(QT_TRANSLATE_NOOP("TrayMenu", "Copy &ssh config")),
        Action(Command.COPY_SSH_CONFIG, server.id),
    )
    relay = live.document.relay(server.relay_id)
    if relay is not None:
        yield from _copy_entries(key, relay)
    yield Entry(f"{key}/show-separator")
    yield Entry(
        f"{key}/show",
        _text(QT_TRANSLATE_NOOP("TrayMenu", "Show in the &window")),
        Action(Command.SHOW_SERVER, server.id),
    )


def _use_entries(live: LiveState, server: Server) -> Iterator[Entry]:
    """The editors that were found, each with the folders that were opened, and the window with every way."""
    if not live.offers_uses:
        return
    key = f"server/{server.id}"
    for editor in live.editors:
        yield _editor_entry(key, server, editor)
    yield Entry(
        f"{key}/uses",
        _text(QT_TRANSLATE_NOOP("TrayMenu", "&Use it from...")),
        Action(Command.OPEN_USES, server.id),
    )
    yield Entry(f"{key}/uses-separator")


def _editor_entry(key: str, server: Server, editor: Editor) -> Entry:
    folders = offered_folders(server)
    if len(folders) < 2:
        folder = folders[0] if folders else ""
        title = _text(QT_TRANSLATE_NOOP("TrayMenu", "Open in {editor}"), editor=editor.name)
        return Entry(f"{key}/open/{editor.key}", title, open_in_editor(server.id, editor.key, folder))
    children = tuple(
        Entry(
            f"{key}/open-in/{editor.key}/{folder}",
            Text.plain(folder),
            open_in_editor(server.id, editor.key, folder),
        )
        for folder in folders
    )
    title = _text(QT_TRANSLATE_NOOP("TrayMenu", "Open in {editor}"), editor=editor.name)
    return Entry(f"{key}/open-in/{editor.key}", title, children=children)


def _copy_entries(key: str, relay: Relay) -> Iterator[Entry]:
    address = f"127.0.0.1:{relay.socks_port}"
    text = _text(QT_TRANSLATE_NOOP("TrayMenu", "Copy S&OCKS address ({address})"), address=address)
    yield Entry(f"{key}/socks", text, Action(Command.COPY_SOCKS_ADDRESS, relay.id))
    shells = (
        ("sh", Text.plain("sh, bash, zsh"), Command.COPY_ENVIRONMENT_SH),
        ("powershell", Text.plain("PowerShell"), Command.COPY_ENVIRONMENT_POWERSHELL),
        ("cmd", Text.plain("cmd.exe"), Command.COPY_ENVIRONMENT_CMD),
    )
    children = tuple(Entry(f"{key}/env/{name}", text, Action(what, relay.id)) for name, text, what in shells)
    title = _text(QT_TRANSLATE_NOOP("TrayMenu", "Copy proxy &environment"))
    yield Entry(f"{key}/env", title, children=children)


def _relay_entries(live: LiveState) -> Iterator[Entry]:
    """Relays without a server are useful too: their SOCKS port leaves at the relay."""
    lone = [relay for relay in live.document.relays if not live.document.servers_of(relay.id)]
    for relay in lone:
        key, phase = f"relay/{relay.id}", live.link(relay.id).phase
        is_off = phase is LinkPhase.OFF
        connect = Entry(
            f"{key}/connect",
            _text(QT_TRANSLATE_NOOP("TrayMenu", "&Connect")),
            Action(Command.CONNECT_RELAY, relay.id),
            enabled=phase in {LinkPhase.OFF, LinkPhase.FAILED, LinkPhase.WAITING},
        )
        disconnect = Entry(
            f"{key}/disconnect",
            _text(QT_TRANSLATE_NOOP("TrayMenu", "&Disconnect")),
            Action(Command.DISCONNECT_RELAY, relay.id),
            enabled=not is_off,
        )
        copies = tuple(_copy_entries(key, relay))
        title = Text.plain(relay.name)
        yield Entry(key, title, mark=link_mark(phase), children=(connect, disconnect, *copies))
    if lone:
        yield Entry("relays/separator")


def link_mark(phase: LinkPhase) -> Mark:
    if phase in {LinkPhase.FAILED, LinkPhase.WAITING}:
        return Mark.TROUBLE
    if phase is LinkPhase.UP:
        return Mark.CONNECTED
    return Mark.CONNECTING if phase is LinkPhase.CONNECTING else Mark.OFF


def _program_entries(live: LiveState) -> Iterator[Entry]:
    has_open = any(_is_open(live, live.document))
    if len(live.document.servers) + len(live.document.shadowsocks) > 1:
        text = _text(QT_TRANSLATE_NOOP("TrayMenu", "Disconnect a&ll"))
        yield Entry("disconnect-all", text, Action(Command.DISCONNECT_ALL), enabled=has_open)
        yield Entry("disconnect-all/separator")
    yield Entry(
        "window", _text(QT_TRANSLATE_NOOP("TrayMenu", "&Open RelayTray")), Action(Command.OPEN_WINDOW)
    )
    yield Entry("log", _text(QT_TRANSLATE_NOOP("TrayMenu", "Lo&g")), Action(Command.OPEN_LOG))
    yield Entry(
        "settings", _text(QT_TRANSLATE_NOOP("TrayMenu", "Se&ttings...")), Action(Command.OPEN_SETTINGS)
    )
    yield Entry("quit/separator")
    yield Entry("quit", _text(QT_TRANSLATE_NOOP("TrayMenu", "&Quit")), Action(Command.QUIT))


def _is_open(live: LiveState, document: Document) -> Iterable[bool]:
    yield from (live.server(server.id).phase is not ServerPhase.OFF for server in document.servers)
    yield from (live.link(relay.id).phase is not LinkPhase.OFF for relay in document.relays)
    yield from (is_open(live.proxy(one.id).phase) for one in document.shadowsocks)
