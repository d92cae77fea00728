"""From the name that a program asked for to the link that carries it.

Names of servers never go to any DNS: ``<alias>`` and ``<alias>.relaytray.internal`` are ours. Everything
else leaves at the exit of the port's relay: at the relay itself, or at the server whose exit is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from app.core.faults import Fault, FaultCode
from app.core.profiles import NAME_SUFFIX, Document, Exit, Relay, Server, SetupMode
from app.core.routes import RouteKind
from app.socks.refusals import cause_of_refusal
from app.socks.server_protocol import RefusalCause
from app.socks.streams import Path, StreamOpener, StreamRefusal
from app.transport.cores.core_stream import ROUTE_IS_SILENT
from app.transport.route_refusal import route_fault
from app.tunnel.context import Context

SSH_PORT = 22
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
Answer = Callable[[Path | Fault], None]
LinkAnswer = Callable[[StreamOpener | Fault], None]
Cancel = Callable[[], None]


class Links(Protocol):
    """Where the router gets links from."""

    def relay_link(self, relay_id: str, answer: LinkAnswer) -> Cancel: ...
    def server_link(self, server_id: str, answer: LinkAnswer) -> Cancel: ...
    def way_of(self, server_id: str) -> RouteKind:
        """The route that is in use."""

    def way_link(self, server_id: str, kind: RouteKind, answer: LinkAnswer) -> Cancel: ...
    def way_failed(self, server_id: str, kind: RouteKind, fault: Fault) -> bool:
        """True: another route is in use now."""

    def server_asked_for(self, server_id: str) -> None:
        """A program wants this server's sshd."""

    def server_refused(self, server_id: str, fault: Fault) -> None:
        """Its route did not open."""


class _Exits(NamedTuple):
    """Where a relay's un-named traffic leaves: looked up once for a document, which never changes."""

    document: Document
    relay: Relay | None
    server: Server | None  # when it is there and not at the relay


def _exits(document: Document, relay_id: str) -> _Exits:
    return _Exits(document, document.relay(relay_id), document.exit_server(relay_id))


class SocksDialer:
    """For the clients of one relay's SOCKS port, and for the proxy command."""

    def __init__(self, context: Context, links: Links, relay_id: str) -> None:
        self._context = context
        self._links = links
        self._relay_id = relay_id
        self._exits = _exits(context.document, relay_id)

    def dial(self, host: str, port: int, answer: Answer) -> Cancel:
        document = self._context.document
        server = document.server_named(host)
        if server is not None:
            return self._dial_server(server, port, answer)
        if host.lower().rstrip(".").endswith(NAME_SUFFIX):
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=host, near=""))
            return _nothing
        if self._exits.document is not document:
            self._exits = _exits(document, self._relay_id)
        relay, exit_server = self._exits.relay, self._exits.server
        if exit_server is not None:
            return self._dial_beyond(exit_server, host, port, answer)
        if host.lower() in _THIS_MACHINE and (server := _reached_by_v2ray(document, self._relay_id)):
            return self._dial_server(server, port, answer)
        if relay is None:
            answer(Fault.of(FaultCode.NO_SUCH_RELAY, name=host, near=""))
            return _nothing
        explain = _explain_exit(f"{host}:{port}", relay)
        return self._links.relay_link(relay.id, _to_path(answer, host, port, explain, ""))

    def _dial_server(self, server: Server, port: int, answer: Answer) -> Cancel:
        if port == SSH_PORT:
            return dial_sshd(self._context, self._links, server, answer)
        by_v2ray = server.v2ray is not None and self._links.way_of(server.id) is RouteKind.V2RAY
        if by_v2ray and server.v2ray is not None and port in server.v2ray.ports:
            return dial_port(self._links, server, port, answer)
        if server.exit is Exit.SERVER:
            return self._dial_beyond(server, "localhost", port, answer)
        answer(Fault.of(FaultCode.EXIT_NOT_ALLOWED, alias=server.alias, port=port))
        return _nothing

    def _dial_beyond(self, server: Server, host: str, port: int, answer: Answer) -> Cancel:
        explain = _explain_target(f"{host}:{port}", server.alias)
        return self._links.server_link(server.id, _to_path(answer, host, port, explain, server.id))


class SshdDialer:
    """For the plain local port that leads to one server's sshd."""

    def __init__(self, context: Context, links: Links, server_id: str, kind: RouteKind | None = None) -> None:
        """``kind``: by this route and no other, as a trial that nobody has to know of."""
        self._context = context
        self._links = links
        self._server_id = server_id
        self._kind = kind

    def dial(self, host: str, port: int, answer: Answer) -> Cancel:  # noqa: ARG002 - it has one target
        server = self._context.document.server(self._server_id)
        if server is None:
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=host, near=""))
            return _nothing
        relay = self._context.document.relay(server.relay_id)
        if self._kind is not None and relay is not None:
            path = _sshd_path(self._links, server, relay, self._kind, answer, tells=False)
            return self._links.way_link(server.id, self._kind, path)
        return dial_sshd(self._context, self._links, server, answer)


class ForwardDialer:
    """For an extra local forward: a port as seen from the server itself."""

    def __init__(self, links: Links, server_id: str, alias: str) -> None:
        self._links = links
        self._server_id = server_id
        self._alias = alias

    def dial(self, host: str, port: int, answer: Answer) -> Cancel:
        explain = _explain_target(f"{host}:{port}", self._alias)
        return self._links.server_link(
            self._server_id, _to_path(answer, host, port, explain, self._server_id)
        )


def dial_sshd(context: Context, links: Links, server: Server, answer: Answer) -> Cancel:
    """The server's sshd by the route in use; when that one's link does not come up, by the next."""
    relay = context.document.relay(server.relay_id)
    if relay is None:
        answer(Fault.of(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near=""))
        return _nothing
    links.server_asked_for(server.id)
    return _SshdDial(links, server, relay, answer).begin()


class _SshdDial:
    """One program's wish, for as many routes as there are."""

    def __init__(self, links: Links, server: Server, relay: Relay, answer: Answer) -> None:
        self._links, self._server, self._relay, self._answer = links, server, relay, answer
        self._left = len(server.routes)
        self._cancel: Cancel = _nothing
        self._is_off = False

    def begin(self) -> Cancel:
        self._try()

        def call_off() -> None:
            self._is_off = True
            self._cancel()

        return call_off

    def _try(self) -> None:
        self._left -= 1
        left, server = self._left, self._server
        kind = self._links.way_of(server.id)
        path = _sshd_path(self._links, server, self._relay, kind, self._answer)

        def linked(found: StreamOpener | Fault) -> None:
            may_try = isinstance(found, Fault) and left > 0 and not self._is_off
            if may_try and isinstance(found, Fault) and self._links.way_failed(server.id, kind, found):
                self._try()
            else:
                path(found)

        cancel = self._links.way_link(server.id, kind, linked)
        if self._left == left:  # else the next one is under way, and this is over
            self._cancel = cancel


def dial_port(links: Links, server: Server, port: int, answer: Answer) -> Cancel:
    """Another port of the server that its v2ray route lets through."""
    links.server_asked_for(server.id)
    explain = _explain_target(f"localhost:{port}", server.alias)
    path = _to_path(answer, "localhost", port, explain, server.id)
    return links.way_link(server.id, RouteKind.V2RAY, path)


def _sshd_path(
    links: Links, server: Server, relay: Relay, kind: RouteKind, answer: Answer, *, tells: bool = True
) -> LinkAnswer:
    """``tells``: a refusal is news about the server."""
    judge = route_fault if kind is RouteKind.REVERSE else v2ray_fault

    def explain(refusal: StreamRefusal) -> Fault:
        fault = judge(refusal.code, server, relay)
        if tells:
            links.server_refused(server.id, fault)
        return fault

    if kind is RouteKind.V2RAY:
        return _to_path(answer, "localhost", SSH_PORT, explain, server.id)
    return _to_path(answer, server.route.host, server.route.port, explain, server.id)


def _to_path(
    answer: Answer, host: str, port: int, explain: Callable[[StreamRefusal], Fault], tag: str
) -> LinkAnswer:
    def linked(found: StreamOpener | Fault) -> None:
        if isinstance(found, Fault):
            answer(found)
        else:
            answer(Path(found, host, port, explain, tag))

    return linked


def v2ray_fault(code: int, server: Server, relay: Relay) -> Fault:
    """Why the server's sshd did not come through the core."""
    fault = FaultCode.ROUTE_SILENT if code == ROUTE_IS_SILENT else FaultCode.ROUTE_CLOSED
    return Fault.of(fault, alias=server.alias, relay=relay.name)


def _reached_by_v2ray(document: Document, relay_id: str) -> Server | None:
    """Whose ``localhost`` it is: by v2ray there is no other machine at the far end."""
    servers = document.servers_of(relay_id)
    return next((s for s in servers if s.v2ray and s.routes[:1] == (RouteKind.V2RAY,)), None)


def _explain_target(target: str, host: str) -> Callable[[StreamRefusal], Fault]:
    def explain(refusal: StreamRefusal) -> Fault:
        cause = cause_of_refusal(refusal)
        if cause is RefusalCause.NOT_ALLOWED:
            return Fault.of(FaultCode.FORWARD_FORBIDDEN, target=target, host=host)
        return Fault.of(FaultCode.TARGET_REFUSED, target=target, host=host, cause=cause.name)

    return explain


def _explain_exit(target: str, relay: Relay) -> Callable[[StreamRefusal], Fault]:
    """A relay that was set up for the servers only says no to all else, and can be set up for more."""
    explain = _explain_target(target, relay.name)
    if relay.setup is SetupMode.NONE or relay.setup_exit:
        return explain

    def explain_with_way_out(refusal: StreamRefusal) -> Fault:
        if cause_of_refusal(refusal) is RefusalCause.NOT_ALLOWED:
            return Fault.of(FaultCode.EXIT_NOT_PERMITTED, target=target, relay=relay.name)
        return explain(refusal)

    return explain_with_way_out


def _nothing() -> None:
    """Nobody waits for anything."""
