"""A connection of our own to a server behind a relay: with the daily login, beside the links of the program.

It is made anew each time. What the relay permits is decided when somebody logs in there, so a link that was
up before a server got its port may not open it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import paramiko
from paramiko.ssh_exception import ChannelException, SSHException

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Relay, Server
from app.transport.far_machines import relay_login, relay_machine, server_login, server_machine
from app.transport.link import Machine, Tools, check_host_key, closed_when, raise_if_cancelled, shake_hands
from app.transport.login import log_in
from app.transport.remote_shell import RemoteShell
from app.transport.route_refusal import route_fault
from app.transport.session_transport import SessionTransport
from app.transport.tcp import connect_tcp

_ANSWER_TIMEOUT_S = 15.0


def see_answer(relay: Relay, server: Server, tools: Tools, cancelled: threading.Event) -> None:
    """The server's sshd answers through the relay, with the key that is pinned for it.

    Raises TUNNEL_DOWN (nothing listens), ROUTE_NOT_PERMITTED, SERVER_SILENT, SERVER_NOT_SSH, a host key
    fault, and all that logging in at the relay raises.
    """
    with (
        _route(relay, server, tools, cancelled) as channel,
        _known(channel, server_machine(server), tools, cancelled),
    ):
        pass


@contextlib.contextmanager
def shell_at_server(
    relay: Relay, server: Server, tools: Tools, cancelled: threading.Event
) -> Iterator[RemoteShell]:
    """For scripts on the server itself; its login asks as ssh would."""
    with _route(relay, server, tools, cancelled) as channel:
        sock: Any = channel  # it has all that is used of a socket
        machine, plan = server_machine(server), server_login(server)
        with RemoteShell.over(sock, machine, plan, tools, cancelled) as shell:
            yield shell


@contextlib.contextmanager
def _route(
    relay: Relay, server: Server, tools: Tools, cancelled: threading.Event
) -> Iterator[paramiko.Channel]:
    """The way to the server's sshd, opened with the daily login."""
    machine = relay_machine(relay)
    sock = connect_tcp(relay.host, relay.port, cancelled)
    with _known(sock, machine, tools, cancelled) as transport:
        with closed_when(cancelled, transport):
            log_in(transport, relay_login(relay, relay.own_login), tools.asker, tools.secrets, cancelled)
            channel = _open(transport, relay, server)
        yield channel


@contextlib.contextmanager
def _known(
    sock: Any, machine: Machine, tools: Tools, cancelled: threading.Event
) -> Iterator[SessionTransport]:
    """After the handshake, with the machine that is expected. Takes the socket over."""
    transport = SessionTransport(sock, name=f"way-{machine.profile}")
    try:
        shake_hands(transport, machine, tools, cancelled)
        with closed_when(cancelled, transport):
            check_host_key(transport, machine, tools, cancelled)
        yield transport
    except RelayTrayError:
        raise_if_cancelled(cancelled, machine)
        raise
    finally:
        transport.end()


def _open(transport: SessionTransport, relay: Relay, server: Server) -> paramiko.Channel:
    route = server.route
    try:
        return transport.open_channel(
            "direct-tcpip", (route.host, route.port), ("127.0.0.1", 0), timeout=_ANSWER_TIMEOUT_S
        )
    except ChannelException as e:
        raise RelayTrayError(route_fault(e.code, server, relay)) from e
    except (SSHException, OSError, EOFError) as e:
        raise error(FaultCode.LINK_LOST, host=relay.host, reason=str(e) or type(e).__name__) from e
