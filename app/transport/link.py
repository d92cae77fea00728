"""A link: from an address to a logged-in transport that carries streams.

``connect`` blocks and is called in a supervisor's thread; it can be called off at any moment by setting
``cancelled`` (sockets are closed, questions withdrawn). Every failure is one of our faults.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.ssh_exception import IncompatiblePeer, SSHException

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.questions import HostKeyQuestion
from app.socks.loop import Loop, LoopGroup
from app.socks.streams import StreamSink
from app.transport import packet_layer, prompt_session
from app.transport.asking import Asker
from app.transport.host_keys import HostKeys, VerdictKind, picture
from app.transport.link_transport import LinkTransport
from app.transport.login import LoginPlan, log_in
from app.transport.stream import LinkStream, WindowBudget
from app.transport.stream_socket import StreamSocket

log = logging.getLogger("relaytray.transport")

HANDSHAKE_TIMEOUT_S = 20.0
_CANCEL_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Tools:
    """What a link needs besides its address; one set for the whole program."""

    host_keys: HostKeys
    asker: Asker
    secrets: Any  # what login.SecretSource asks of it
    budget: WindowBudget
    trusted: set[str]  # fingerprints accepted on first sight without a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Who is expected at the far end."""

    profile: str  # relay name or server alias
    is_server: bool
    host: str  # as told to the person
    port: int
    host_key_name: str  # as pinned in known_hosts
    small_packets_at_once: bool = True  # see ``prompt_session``


class Link:
    """A logged-in link. Thread-safe. ``on_lost`` is called once, in the reader thread.

    ``loops`` begins with the loop that the transport drives, if it does. Those of a link ``inside`` another
    are that one's, and end with it.
    """

    def __init__(
        self,
        transport: LinkTransport,
        loops: LoopGroup,
        on_lost: Callable[[Link], None],
        *,
        inside: bool = False,
    ) -> None:
        self._transport = transport
        self.loops = loops
        self._is_inside = inside
        self._on_lost = on_lost
        self._told = threading.Lock()
        transport.begin_forwarding(self._ended)

    @property
    def is_alive(self) -> bool:
        return bool(self._transport.is_active())

    @property
    def open_streams(self) -> int:
        return self._transport.open_streams

    @property
    def description(self) -> str:
        """For the log: what was negotiated."""
        t = self._transport
        return f"{t.remote_version}, {t.host_key_type}, {t.local_cipher}"

    def open_stream(self, host: str, port: int, sink: StreamSink) -> LinkStream:
        return self._transport.open_stream(host, port, sink)

    def ping(self, timeout_s: float) -> float | None:
        return self._transport.ping(timeout_s)

    def close(self) -> None:
        """Close the link, wait for its threads. Not from one of them."""
        self._transport.end()
        if not self._is_inside:
            self.loops.stop()

    def cut(self) -> None:
        """Drop the link at once, from any thread; ``on_lost`` follows."""
        self._transport.packetizer.close()

    def why_lost(self) -> str:
        cause = self._transport.saved_exception
        if cause is None or isinstance(cause, EOFError):
            return "the other side closed it"
        return str(cause) or type(cause).__name__

    def _ended(self) -> None:
        if self._told.acquire(blocking=False):
            self._on_lost(self)


def connect(
    sock: socket.socket,
    machine: Machine,
    plan: LoginPlan,
    tools: Tools,
    cancelled: threading.Event,
    on_lost: Callable[[Link], None],
    name: str,
) -> Link:
    """Handshake, host key, login. Takes the socket over. Raises RelayTrayError."""
    loop = Loop(f"link-{name}", driven=True) if packet_layer.drives() else None
    loops = LoopGroup(f"forward-{name}", first=loop)
    try:
        transport = begin(sock, machine, tools, cancelled, name, loop)
        return _log_in(transport, machine, plan, tools, cancelled, lambda: Link(transport, loops, on_lost))
    except BaseException:
        loops.stop()
        raise


def connect_inside(
    sock: StreamSocket,
    loops: LoopGroup,
    machine: Machine,
    plan: LoginPlan,
    tools: Tools,
    cancelled: threading.Event,
    on_lost: Callable[[Link], None],
    name: str,
) -> Link:
    """``connect`` over a stream of another link, with the loops of that one."""
    transport = begin(sock, machine, tools, cancelled, name)
    return _log_in(
        transport, machine, plan, tools, cancelled, lambda: Link(transport, loops, on_lost, inside=True)
    )


def _log_in(
    transport: LinkTransport,
    machine: Machine,
    plan: LoginPlan,
    tools: Tools,
    cancelled: threading.Event,
    make_link: Callable[[], Link],
) -> Link:
    try:
        with closed_when(cancelled, transport):
            check_host_key(transport, machine, tools, cancelled)
            log_in(transport, plan, tools.asker, tools.secrets, cancelled)
        link = make_link()
        waits = prompt_session.holds_back(transport.remote_version)
        if waits and machine.small_packets_at_once:
            with contextlib.suppress(OSError):  # gone already: the link's end says so
                transport.open_prompt_session()
        elif waits is False:
            transport.far_end_is_prompt()
    except BaseException as e:
        transport.end()
        raise_if_cancelled(cancelled, machine)
        if isinstance(e, OSError):  # no descriptor for a loop
            raise error(FaultCode.LINK_LOST, host=machine.host, reason=e) from e
        raise
    log.info("The link to %s is up (%s).", machine.profile, link.description)
    return link


def begin(
    sock: socket.socket | StreamSocket,
    machine: Machine,
    tools: Tools,
    cancelled: threading.Event,
    name: str,
    loop: Loop | None = None,
) -> LinkTransport:
    """The SSH handshake up to the point where the host key is known and not yet judged."""
    transport = LinkTransport(sock, name=f"link-{name}", budget=tools.budget, loop=loop)
    try:
        shake_hands(transport, machine, tools, cancelled)
    except BaseException:
        transport.end()
        raise
    return transport


def shake_hands(
    transport: paramiko.Transport, machine: Machine, tools: Tools, cancelled: threading.Event
) -> None:
    """``begin`` for a transport of any kind. Raises RelayTrayError; whoever made the transport ends it."""
    transport.banner_timeout = HANDSHAKE_TIMEOUT_S
    transport.handshake_timeout = HANDSHAKE_TIMEOUT_S
    offered = tools.host_keys.offer_for(machine.host_key_name)
    if offered:
        transport.get_security_options().key_types = offered
    try:
        with closed_when(cancelled, transport):
            transport.start_client(timeout=HANDSHAKE_TIMEOUT_S)
            if not transport.initial_kex_done:  # paramiko's own deadline passes in silence
                raise TimeoutError("timed out in the handshake")
    except Exception as e:
        raise_if_cancelled(cancelled, machine)
        raise handshake_failure(e, transport.remote_version, machine) from e


def handshake_failure(e: Exception, remote_version: str, machine: Machine) -> RelayTrayError:
    """Our fault for what ended a handshake; ``remote_version`` is "" where no SSH server has spoken."""
    if isinstance(e, IncompatiblePeer):
        return error(FaultCode.NEGOTIATION_FAILED, host=machine.host, reason=e)
    if not remote_version.startswith("SSH-"):
        causes = (e, e.__context__)  # paramiko's own reader of banners wraps what it met
        silent = "timed out" in str(e) or any(isinstance(cause, TimeoutError) for cause in causes)
        if machine.is_server:
            silent = silent or any(isinstance(cause, EOFError) for cause in causes)
            code = FaultCode.SERVER_SILENT if silent else FaultCode.SERVER_NOT_SSH
            return error(code, alias=machine.profile)
        code = FaultCode.CONNECT_TIMED_OUT if silent else FaultCode.NOT_SSH
        return error(code, host=machine.host, port=machine.port)
    if isinstance(e, EOFError | OSError | SSHException):
        return error(FaultCode.LINK_LOST, host=machine.host, reason=str(e) or "closed during the handshake")
    return error(FaultCode.INTERNAL, reason=f"{type(e).__name__} in the handshake")


def check_host_key(
    transport: paramiko.Transport, machine: Machine, tools: Tools, cancelled: threading.Event
) -> None:
    """Judge the key of the machine that answered; ask on first sight; pin what is trusted.

    Raises HOST_KEY_CHANGED, HOST_KEY_REVOKED, HOST_KEY_UNKNOWN (the person does not trust it).
    """
    try:
        key = transport.get_remote_server_key()
    except SSHException as e:  # it went away just behind the handshake
        raise error(FaultCode.LINK_LOST, host=machine.host, reason="closed behind the handshake") from e
    verdict = tools.host_keys.check(machine.host_key_name, key)
    if verdict.kind is VerdictKind.MATCH:
        if not verdict.by_authority and not tools.host_keys.pinned(machine.host_key_name):
            tools.host_keys.pin(machine.host_key_name, key)  # the user's own known_hosts knew it
        return
    told = {"host": machine.host, "key_type": verdict.key_type, "fingerprint": verdict.fingerprint}
    if verdict.kind is VerdictKind.REVOKED:
        raise error(FaultCode.HOST_KEY_REVOKED, where=verdict.where, **told)
    if verdict.kind is VerdictKind.CHANGED:
        pinned = ", ".join(verdict.pinned)
        raise error(FaultCode.HOST_KEY_CHANGED, pinned=pinned, where=verdict.where, **told)
    if verdict.fingerprint not in tools.trusted and not _person_trusts(key, machine, tools, cancelled):
        raise error(FaultCode.HOST_KEY_UNKNOWN, **told)
    tools.host_keys.pin(machine.host_key_name, key)


def _person_trusts(key: paramiko.PKey, machine: Machine, tools: Tools, cancelled: threading.Event) -> bool:
    shown = picture(key)
    answer = tools.asker.ask(
        HostKeyQuestion(
            id=f"host-key:{machine.host_key_name}:{shown.fingerprint}",
            profile=machine.profile,
            is_server=machine.is_server,
            host=machine.host_key_name,
            key_type=shown.key_type,
            fingerprint=shown.fingerprint,
            randomart=shown.randomart,
        ),
        cancelled,
    )
    return answer is not None and answer.trust


def probe_server(
    sock: socket.socket, machine: Machine, tools: Tools, cancelled: threading.Event, name: str
) -> None:
    """The server's sshd answers at the end of ``sock`` and is the pinned one. Takes the socket over.

    Raises SERVER_SILENT, SERVER_NOT_SSH, or a host key fault.
    """
    transport = begin(sock, machine, tools, cancelled, name)
    try:
        with closed_when(cancelled, transport):
            check_host_key(transport, machine, tools, cancelled)
    finally:
        transport.end()


@contextlib.contextmanager
def closed_when(cancelled: threading.Event, transport: paramiko.Transport) -> Any:
    """Shut the transport's socket down as soon as ``cancelled`` is set, so that whatever waits fails."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_CANCEL_POLL_S):
            if cancelled.is_set():
                transport.packetizer.close()
                return

    watcher = threading.Thread(target=watch, name="cancel-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def raise_if_cancelled(cancelled: threading.Event, machine: Machine) -> None:
    if cancelled.is_set():
        raise RelayTrayError(Fault.of(FaultCode.CANCELLED, what=f"the connection to {machine.profile}"))
