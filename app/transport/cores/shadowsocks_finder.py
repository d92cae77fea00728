"""Which program can be the Shadowsocks client: a file that the person chose, one on the PATH, or Xray.

Each program is asked for its methods: they differ from build to build. Plugins are looked for beside the
client, and then on the PATH; Xray runs none.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.shadowsocks_methods import KEY_BYTES, METHODS, PLUGINS
from app.core.v2ray_route import Core
from app.system.detached import environment_for_others
from app.system.programs import find_program, find_programs, no_window_flags, which
from app.transport.cores.finder import CoreProgram, core_in, find_core

_ASK_TIMEOUT_S = 20.0
Version = tuple[int, ...]


class ClientKind(StrEnum):
    LIBEV = "shadowsocks-libev"  # ss-local
    RUST = "shadowsocks-rust"  # sslocal
    XRAY = "Xray"


_NEEDED: dict[ClientKind, Version] = {ClientKind.LIBEV: (3, 1, 0), ClientKind.RUST: (1, 12, 0)}
_SAYS = {
    ClientKind.LIBEV: re.compile(r"^shadowsocks-libev (\d+)\.(\d+)\.(\d+)", re.MULTILINE),
    ClientKind.RUST: re.compile(r"^(?:shadowsocks|sslocal) v?(\d+)\.(\d+)\.(\d+)", re.MULTILINE),
}
_XRAY_METHODS = frozenset(METHODS) - {"aes-192-gcm"}
# What has to be installed, by what is wanted; names of products, which read the same in any language.
_LIBEV, _RUST, _XRAY = "ss-local (shadowsocks-libev)", "sslocal (shadowsocks-rust)", "Xray (xray-core)"


@dataclass(frozen=True, slots=True)
class ClientProgram:
    title: str  # as told to the person: "shadowsocks-libev 3.3.5"
    kind: ClientKind
    path: str
    methods: frozenset[str]
    core: CoreProgram | None = None  # Xray


@dataclass(frozen=True, slots=True)
class FoundClient:
    program: ClientProgram
    plugin: str = ""  # absolute path


def find_client(method: str, plugin: str = "", chosen: str = "", chosen_core: str = "") -> FoundClient:
    """The first that knows the method and, where one is wanted, runs the plugin. Blocks for a moment.

    ``chosen`` is the person's Shadowsocks client, ``chosen_core`` their Xray. Raises SHADOWSOCKS_MISSING,
    SHADOWSOCKS_PROGRAM_WRONG, SHADOWSOCKS_METHOD_UNKNOWN, SHADOWSOCKS_PLUGIN_MISSING,
    SHADOWSOCKS_PLUGIN_UNKNOWN, PROGRAM_MISSING (the chosen file is not there), CORE_TOO_OLD.
    """
    if plugin and plugin not in PLUGINS:
        raise error(FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN, plugin=plugin)
    faults: list[Fault] = []
    needed = _needed(method, with_plugin=bool(plugin))
    for found in _candidates(chosen, chosen_core):
        if isinstance(found, Fault):
            faults.append(found)
        elif found.kind is ClientKind.XRAY and plugin:
            continue
        elif method not in found.methods:
            details = {"program": found.title, "method": method, "needed": needed}
            faults.append(Fault(FaultCode.SHADOWSOCKS_METHOD_UNKNOWN, details))
        elif not plugin:
            return FoundClient(found)
        elif (path := find_plugin(plugin, found.path)) is not None:
            return FoundClient(found, path)
        else:
            raise error(FaultCode.SHADOWSOCKS_PLUGIN_MISSING, plugin=PLUGINS[plugin][0])
    raise RelayTrayError(faults[0]) if faults else error(FaultCode.SHADOWSOCKS_MISSING, needed=needed)


def find_plugin(plugin: str, client: str = "") -> str | None:
    """Absolute path of its program: beside the client, or on the PATH."""
    for name in PLUGINS[plugin]:
        beside = which(name, path=str(Path(client).parent)) if client else None
        found = beside or find_program(name)
        if found is not None:
            return str(Path(found).absolute())
    return None


def _needed(method: str, *, with_plugin: bool) -> str:
    if method in KEY_BYTES:
        return _RUST if with_plugin else f"{_RUST} / {_XRAY}"
    if method == "aes-192-gcm":
        return _LIBEV
    if method.startswith("xchacha20"):
        return _LIBEV if with_plugin else f"{_LIBEV} / {_XRAY}"
    return f"{_LIBEV} / {_RUST}" if with_plugin else f"{_LIBEV} / {_RUST} / {_XRAY}"


def _candidates(chosen: str, chosen_core: str) -> Iterator[ClientProgram | Fault]:
    if chosen:
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise error(FaultCode.PROGRAM_MISSING, program=chosen)
        yield _chosen_client(str(path.absolute()))
    for name in ("ss-local", "sslocal"):
        for program in find_programs(name):
            found = _client_in(program)
            if found is not None:
                yield found
    try:
        yield _of_core(find_core(Core.XRAY, chosen_core))
    except RelayTrayError as e:
        if e.fault.code is not FaultCode.CORE_MISSING:
            yield e.fault


def _chosen_client(path: str) -> ClientProgram:
    """What the person has pointed at is not passed over in silence, but where it only lacks a method."""
    found = _client_in(path)
    if isinstance(found, Fault):
        raise RelayTrayError(found)
    if found is None:
        raise error(FaultCode.SHADOWSOCKS_PROGRAM_WRONG, program=path)
    return found


def _client_in(path: str) -> ClientProgram | Fault | None:
    """What the program says it is; None = none of ours."""
    # ss-local tells both by "-h"; sslocal its version and its methods by one word each; Xray neither.
    help_ = _said_by(path, "-h")
    for kind, pattern in _SAYS.items():
        text = help_ if kind is ClientKind.LIBEV else _said_by(path, "--version")
        said = pattern.search(text)
        if said is None:
            continue
        version = tuple(int(part) for part in said.groups())
        if version < _NEEDED[kind]:
            return Fault.of(
                FaultCode.CORE_TOO_OLD, program=path, version=_dots(version), needed=_dots(_NEEDED[kind])
            )
        if kind is ClientKind.RUST:
            help_ += _said_by(path, "--help")
        words = set(re.findall(r"[a-z0-9-]+", help_))
        return ClientProgram(f"{kind} {_dots(version)}", kind, path, frozenset(METHODS) & words)
    core = core_in(path, Core.XRAY)
    return _of_core(core) if isinstance(core, CoreProgram) else core


def _of_core(core: CoreProgram) -> ClientProgram:
    return ClientProgram(core.title, ClientKind.XRAY, core.command[0], _XRAY_METHODS, core)


def _said_by(program: str, word: str) -> str:
    try:
        asked = subprocess.run(
            [program, word],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_ASK_TIMEOUT_S,
            creationflags=no_window_flags(),
            env=environment_for_others(),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.decode("utf-8", "replace")


def _dots(version: Version) -> str:
    return ".".join(str(part) for part in version)
