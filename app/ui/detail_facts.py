"""The facts on the page of a server or relay, with what can be copied from them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.profiles import Exit, Relay, Server, SetupMode
from app.core.routes import RouteKind
from app.core.states import ListenerState, ServerPhase
from app.ui.actions import Action, Command
from app.ui.detail_values import Fact
from app.ui.live_state import LiveState
from app.ui.route_in_use import ROUTE_NAMES, possible_routes
from app.ui.texts import QT_TRANSLATE_NOOP, Text


def _text(source: str, **details: str | Text) -> Text:
    return Text("Detail", source, details)


def server_facts(live: LiveState, server: Server, relay: Relay | None) -> Iterator[Fact]:
    yield Fact(
        _text(QT_TRANSLATE_NOOP("Detail", "ssh, VS Code")),
        Text.plain(f"ssh {server.alias}"),
        Action(Command.COPY_TEXT, f"ssh {server.alias}"),
    )
    if relay is not None:
        yield _socks_fact(live, relay)
        yield _exit_fact(live, relay)
    for one in live.listeners:
        if one.server_id == server.id:
            yield _listener_fact(one)
    yield from _way_fact(live, server)
    if server.user:
        yield Fact(_text(QT_TRANSLATE_NOOP("Detail", "User")), Text.plain(server.user))
    if server.home:
        yield Fact(_text(QT_TRANSLATE_NOOP("Detail", "Home folder")), Text.plain(server.home))
    if server.remote_folder:
        folder = Text.plain(server.remote_folder)
        yield Fact(
            _text(QT_TRANSLATE_NOOP("Detail", "Folder")),
            folder,
            Action(Command.COPY_TEXT, server.remote_folder),
        )


def _way_fact(live: LiveState, server: Server) -> Iterator[Fact]:
    """Of servers with more ways than SSH: all of them in the person's order."""
    routes = possible_routes(live, server)
    if routes == (RouteKind.REVERSE,):
        return
    label = _text(QT_TRANSLATE_NOOP("Detail", "Ways to it"))
    names = ", ".join(ROUTE_NAMES[kind] for kind in routes)
    is_told = live.server(server.id).phase is ServerPhase.CONNECTED and len(routes) > 1
    if not is_told:
        yield Fact(label, Text.plain(names))
        return
    source = QT_TRANSLATE_NOOP("Detail", "{routes}; in use: {route}")
    yield Fact(label, _text(source, routes=names, route=ROUTE_NAMES[live.server(server.id).route]))


def relay_facts(live: LiveState, relay: Relay) -> Iterator[Fact]:
    address = f"{relay.user}@{relay.host}" if relay.user else relay.host
    address += f":{relay.port}" if relay.port != 22 else ""
    yield Fact(
        _text(QT_TRANSLATE_NOOP("Detail", "Relay")), Text.plain(address), Action(Command.COPY_TEXT, address)
    )
    yield _socks_fact(live, relay)
    yield _exit_fact(live, relay)
    names = ", ".join(server.alias for server in live.document.servers_of(relay.id))
    if names:
        yield Fact(_text(QT_TRANSLATE_NOOP("Detail", "GPU servers")), Text.plain(names))


def _socks_fact(live: LiveState, relay: Relay) -> Fact:
    mine = [one for one in live.listeners_of(relay.id) if one.purpose == "socks"]
    address = mine[0].address if mine else f"127.0.0.1:{relay.socks_port}"
    fault = mine[0].fault if mine else None
    label = _text(QT_TRANSLATE_NOOP("Detail", "SOCKS5 proxy"))
    return Fact(label, Text.plain(address), Action(Command.COPY_SOCKS_ADDRESS, relay.id), fault)


def _exit_fact(live: LiveState, relay: Relay) -> Fact:
    server = live.document.exit_server(relay.id)
    label = _text(QT_TRANSLATE_NOOP("Detail", "Exit"))
    if server is not None and server.exit is Exit.SERVER:
        source = QT_TRANSLATE_NOOP("Detail", "Other addresses leave at {alias}; localhost is {alias} itself.")
        return Fact(label, _text(source, alias=server.alias))
    if relay.has_no_login:
        source = QT_TRANSLATE_NOOP(
            "Detail", "{relay} leads to your GPU servers only: nobody logs in there, v2ray hands on to them."
        )
    elif relay.setup is not SetupMode.NONE and not relay.setup_exit:
        source = QT_TRANSLATE_NOOP(
            "Detail",
            "{relay} leads to your GPU servers only. To reach other addresses there, set it up again with "
            "the internet allowed.",
        )
    else:
        source = QT_TRANSLATE_NOOP("Detail", "Other addresses leave at {relay}.")
    return Fact(label, _text(source, relay=relay.name))


def _listener_fact(one: ListenerState) -> Fact:
    if one.purpose == "ssh":
        label = _text(QT_TRANSLATE_NOOP("Detail", "Plain ssh port"))
        return Fact(label, Text.plain(one.address), Action(Command.COPY_TEXT, one.address), one.fault)
    target = one.target.split(": ", 1)[-1]
    label = _text(QT_TRANSLATE_NOOP("Detail", "Forward"))
    value = Text.plain(f"{one.address}  \N{RIGHTWARDS ARROW}  {target}")
    return Fact(label, value, Action(Command.COPY_TEXT, one.address), one.fault)
