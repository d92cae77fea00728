"""A Shadowsocks client of this computer that runs, as the tunnel sees it; made from a profile."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.shadowsocks_methods import KEY_BYTES, PLUGINS, key_length_is_wrong, strange_option
from app.export.shadowsocks_client import client_config, xray_client_config
from app.log_setup import register_secret
from app.storage.atomic_file import write_private
from app.transport.cores.proxy_link import ProxyLink
from app.transport.cores.running import RunningCore, RunningProxy, free_port
from app.transport.cores.shadowsocks_finder import ClientKind, FoundClient, find_client
from app.transport.cores.shadowsocks_probe import Places, Understood, ask
from app.transport.tcp import connect_tcp

FILE_PREFIX = "shadowsocks-"  # of what lies in the run folder for a moment
_IS_NAMELESS = sys.platform == "linux"
_PROBE_S = 8.0
_SETTLE_S = 5.0  # for a plugin to open its port after the client has opened its own
_PAUSE_S = 0.3
_NOT_OURS = 78, 23  # exit codes of sslocal (EX_CONFIG) and Xray for a configuration that they do not take


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowsocksRoute:
    """One Shadowsocks server, with its password."""

    name: str
    host: str
    port: int
    method: str
    password: str = field(repr=False)
    plugin: str = ""
    plugin_options: str = ""
    sshd: tuple[str, int] | None = None  # of the person's own relay, which the server must reach
    chosen_program: str = ""
    chosen_core: str = ""


class ShadowsocksLink(ProxyLink[RunningProxy]):
    """See ``ProxyLink``."""

    def __init__(self, route: ShadowsocksRoute, on_lost: Callable[[ShadowsocksLink], None]) -> None:
        super().__init__(f"shadowsocks-{route.name}", on_lost)
        self._route = route

    def ask(
        self, timeout_s: float, cancelled: threading.Event | None = None, *, fully: bool = True
    ) -> Understood:
        """Does the server understand us? Blocks. ``fully``: ask the relay's sshd too, which logs that."""
        route, core = self._route, self.core
        is_ours = route.sshd is not None
        places = Places((route.host, route.port), route.sshd if fully else None, is_ours)
        proxy, never = (core.port, core.login), threading.Event()
        return ask(proxy, places, timeout_s, cancelled or never, was_known=not fully)

    def fault(self) -> Fault:
        """Why it is lost, as it is told."""
        if self._core is None or self._core.is_running:
            return fault_of(self._route, Understood.SILENT)
        title = self._core.program.title
        return Fault.of(FaultCode.CORE_DIED, program=title, reason=self._core.why_it_ended())

    def _speaks_first(self, port: int) -> bool:  # noqa: ARG002 - they are strangers
        return False

    def _seconds_to_answer(self, timeout_s: float) -> float | None:
        start = time.monotonic()
        return time.monotonic() - start if self.ask(timeout_s, fully=False).is_yes else None


def fault_of(route: ShadowsocksRoute, understood: Understood) -> Fault:
    """Why a server is of no use."""
    code = FaultCode.SHADOWSOCKS_CLOSES if understood is Understood.CLOSES else FaultCode.SHADOWSOCKS_SILENT
    return Fault.of(code, name=route.name, host=route.host, port=route.port)


def connect_shadowsocks(
    route: ShadowsocksRoute,
    folder: Path,
    cancelled: threading.Event,
    on_lost: Callable[[ShadowsocksLink], None],
) -> ShadowsocksLink:
    """The client runs, and the server has shown that it understands it. Blocks.

    ``folder`` is private and takes the configuration for a moment where it cannot be handed over otherwise.

    Raises what ``find_client`` raises, SHADOWSOCKS_PASSWORD_MISSING, SHADOWSOCKS_KEY_LENGTH,
    SHADOWSOCKS_PLUGIN_OPTION, SHADOWSOCKS_REFUSED_CONFIG, SHADOWSOCKS_UNREACHED, SHADOWSOCKS_SILENT,
    SHADOWSOCKS_CLOSES, CORE_DIED, PROGRAM_MISSING, PROGRAM_FAILED, DNS_FAILED, NETWORK_UNREACHABLE,
    FILE_UNWRITABLE, CANCELLED.
    """
    if not route.password:
        raise error(FaultCode.SHADOWSOCKS_PASSWORD_MISSING, name=route.name)
    register_secret(route.password)
    if key_length_is_wrong(route.method, route.password):
        expected = KEY_BYTES[route.method]
        code = FaultCode.SHADOWSOCKS_KEY_LENGTH
        raise error(code, name=route.name, method=route.method, expected=expected)
    if option := strange_option(route.plugin, route.plugin_options if route.plugin in PLUGINS else ""):
        raise error(FaultCode.SHADOWSOCKS_PLUGIN_OPTION, plugin=route.plugin, option=option)
    client = find_client(route.method, route.plugin, route.chosen_program, route.chosen_core)
    _reach(route, cancelled)
    link = ShadowsocksLink(route, on_lost)
    try:
        link.begin(_start(route, client, folder, cancelled, link.cut))
        _must_understand(link, route, cancelled)
    except BaseException:
        link.close()
        raise
    return link


def _reach(route: ShadowsocksRoute, cancelled: threading.Event) -> None:
    try:
        connect_tcp(route.host, route.port, cancelled).close()
    except RelayTrayError as e:
        if e.fault.code not in (FaultCode.CONNECTION_REFUSED, FaultCode.CONNECT_TIMED_OUT):
            raise
        raise error(FaultCode.SHADOWSOCKS_UNREACHED, host=route.host, port=route.port) from e


def _must_understand(link: ShadowsocksLink, route: ShadowsocksRoute, cancelled: threading.Event) -> None:
    settled_at = time.monotonic() + (_SETTLE_S if route.plugin else 0)
    while not (understood := link.ask(_PROBE_S, cancelled)).is_yes:
        if cancelled.is_set():
            raise error(FaultCode.CANCELLED, what=f"the connection to {route.name}")
        if not link.core.is_running:
            raise RelayTrayError(link.fault())
        if understood is Understood.SILENT or time.monotonic() > settled_at:
            raise RelayTrayError(fault_of(route, understood))
        cancelled.wait(_PAUSE_S)


# --- the program ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Started:
    title: str
    command: tuple[str, ...]


def _start(
    route: ShadowsocksRoute,
    client: FoundClient,
    folder: Path,
    cancelled: threading.Event,
    on_end: Callable[[], None],
) -> RunningProxy:
    name = f"Shadowsocks for {route.name}"
    server = {"host": route.host, "port": route.port, "method": route.method, "password": route.password}
    if client.program.core is not None:
        try:
            return RunningCore(
                client.program.core,
                lambda port: xray_client_config(**server, local_port=port),  # type: ignore[arg-type]
                name=name,
                hidden=(route.password,),
                cancelled=cancelled,
                on_end=on_end,
            )
        except RelayTrayError as e:
            raise _in_our_words(e) from e
    port = free_port()
    config = client_config(
        **server,  # type: ignore[arg-type]
        local_port=port,
        plugin=_plugin_command(client),
        plugin_options=route.plugin_options,
    )
    return _start_client(client, config, port, name, folder, cancelled, on_end)


def _start_client(
    client: FoundClient,
    config: bytes,
    port: int,
    name: str,
    folder: Path,
    cancelled: threading.Event,
    on_end: Callable[[], None],
) -> RunningProxy:
    # ss-local asks how long its file is, sslocal reads it twice: a pipe will not do. Linux hands both a file
    # without a name; elsewhere it lies in a private folder until the program listens, or has ended.
    program = client.program
    with contextlib.ExitStack() as cleanup:
        path = "/dev/stdin" if _IS_NAMELESS else str(_file_with(config, folder, cleanup))
        try:
            return RunningProxy(
                _Started(program.title, (program.path, "-c", path)),
                config if _IS_NAMELESS else b"",
                port=port,
                login=None,
                name=name,
                cancelled=cancelled,
                on_end=on_end,
                config_is_file=_IS_NAMELESS,
                announces="listening at" if program.kind is ClientKind.LIBEV else "",
            )
        except RelayTrayError as e:
            raise _in_our_words(e) from e


def _file_with(config: bytes, folder: Path, cleanup: contextlib.ExitStack) -> Path:
    path = folder / f"{FILE_PREFIX}{secrets.token_hex(8)}.json"
    cleanup.callback(path.unlink, missing_ok=True)
    try:
        write_private(path, config)
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or type(e).__name__) from e
    return path


def sweep(folder: Path) -> None:
    """Remove what a program that was killed has left there: a few milliseconds' worth, where at all."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{FILE_PREFIX}*"):
            with contextlib.suppress(OSError):
                path.unlink()


def _plugin_command(client: FoundClient) -> str:
    """ss-local hands it to a shell elsewhere than on Windows; sslocal starts it as it is."""
    by_shell = client.program.kind is ClientKind.LIBEV and sys.platform != "win32"
    return shlex.quote(client.plugin) if by_shell and client.plugin else client.plugin


def _in_our_words(e: RelayTrayError) -> RelayTrayError:
    """Its configuration is that of a profile, and not of a route."""
    details = {name: e.fault.details.get(name, "") for name in ("program", "reason")}
    is_config = e.fault.code is FaultCode.CORE_REFUSED_CONFIG or (
        e.fault.code is FaultCode.CORE_DIED
        and any(word in details["reason"] for word in ("cipher", *(f"exit code {n}" for n in _NOT_OURS)))
    )
    return RelayTrayError(Fault(FaultCode.SHADOWSOCKS_REFUSED_CONFIG, details)) if is_config else e
