"""Which program can run a route: a file that the person chose, one on the PATH, or the package with Xray.

Xray speaks VMess as well, so it may stand in for v2ray on this computer; the other way round nothing goes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.v2ray_route import Core
from app.system.detached import environment_for_others
from app.system.programs import find_program, no_window_flags, relaytray_command

PACKAGE, MODULE = "xray-core", "xray"
HIDDEN_COMMAND = "run-xray-core"  # a frozen program has no Python to start: it starts itself with this word
_ASK_TIMEOUT_S = 20.0

Version = tuple[int, ...]
_NEEDED: dict[Core, Version] = {Core.V2RAY: (4, 34, 0), Core.XRAY: (26, 5, 3)}
_PACKAGE_NEEDED: Version = (1, 8, 26, 10)  # carries Xray 26.7.28
_SAYS = re.compile(r"^(V2Ray|Xray) v?(\d+)\.(\d+)\.(\d+)", re.MULTILINE)
_IN_PACKAGE = "import sys, xray; sys.exit(xray.startFromJSON(sys.stdin.read()))"


@dataclass(frozen=True, slots=True)
class CoreProgram:
    """How a core is started; its configuration goes to its standard input."""

    title: str  # as told to the person: "Xray 26.10.10"
    core: Core
    command: tuple[str, ...]
    check: tuple[str, ...] = ()  # the same, but it only judges the configuration; () = it cannot


def find_core(core: Core, chosen: str = "") -> CoreProgram:
    """The first that will do. Blocks for a moment.

    Raises PROGRAM_MISSING (the chosen file is not there), CORE_TOO_OLD or CORE_MISSING.
    """
    too_old: Fault | None = None
    for found in _candidates(core, chosen):
        if isinstance(found, CoreProgram):
            return found
        too_old = too_old or found
    if too_old is not None:
        raise RelayTrayError(too_old)
    raise error(FaultCode.CORE_MISSING, core=_name(core))


def _candidates(core: Core, chosen: str) -> Iterator[CoreProgram | Fault]:
    kinds = [Core.V2RAY, Core.XRAY] if core is Core.V2RAY else [Core.XRAY]
    if chosen:
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise error(FaultCode.PROGRAM_MISSING, program=chosen)
        yield from _judged(str(path.absolute()), kinds)
    for kind in kinds:
        program = find_program(str(kind))
        if program is not None:
            yield from _judged(program, [kind])
    yield from _packaged()


def _judged(program: str, kinds: list[Core]) -> Iterator[CoreProgram | Fault]:
    """What is no core of these kinds is passed over: the chosen file may be for other relays."""
    known = _version_of(program)
    if known is None or known[0] not in kinds:
        return
    kind, version = known
    if version < _NEEDED[kind]:
        yield _too_old(program, version, _NEEDED[kind])
        return
    title = f"{_name(kind)} {_text(version)}"
    if kind is Core.XRAY:
        yield CoreProgram(
            title, kind, (program, "run", "-c", "stdin:"), (program, "run", "-test", "-c", "stdin:")
        )
    elif version >= (5,):  # subcommands; the form of version 4's configurations has to be named
        common = ("-format", "jsonv4", "-c", "stdin:")
        yield CoreProgram(title, kind, (program, "run", *common), (program, "test", *common))
    else:
        yield CoreProgram(
            title, kind, (program, "-config", "stdin:"), (program, "-test", "-config", "stdin:")
        )


def core_in(program: str, kind: Core) -> CoreProgram | Fault | None:
    """What this file is: a core of that kind, one that is too old, or something else (None)."""
    return next(_judged(program, [kind]), None)


def _version_of(program: str) -> tuple[Core, Version] | None:
    # v2ray 4 knows "-version" only, and would start with "version"; v2ray 5 the other way round; Xray both.
    for word in ("-version", "version"):
        try:
            asked = subprocess.run(
                [program, word],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ASK_TIMEOUT_S,
                creationflags=no_window_flags(),
                env=environment_for_others(),
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        said = _SAYS.search(asked.stdout.decode("utf-8", "replace"))
        if said is not None:
            kind = Core.XRAY if said[1] == "Xray" else Core.V2RAY
            return kind, tuple(int(part) for part in said.groups()[1:])
    return None


def _packaged() -> Iterator[CoreProgram | Fault]:
    if importlib.util.find_spec(MODULE) is None:
        return
    try:
        text = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return  # another module of that name
    version = tuple(int(part) for part in re.findall(r"\d+", text)[:4])
    if version < _PACKAGE_NEEDED:
        yield _too_old(PACKAGE, version, _PACKAGE_NEEDED)
        return
    frozen = bool(getattr(sys, "frozen", False))
    command = [*relaytray_command(), HIDDEN_COMMAND] if frozen else [sys.executable, "-I", "-c", _IN_PACKAGE]
    yield CoreProgram(f"Xray ({PACKAGE} {text})", Core.XRAY, tuple(command))


def run_packaged(config: str) -> int:
    """What ``HIDDEN_COMMAND`` does: Xray in this very process, until it is ended. Returns its exit code."""
    xray = importlib.import_module(MODULE)
    return int(xray.startFromJSON(config) or 0)


def _too_old(program: str, version: Version, needed: Version) -> Fault:
    return Fault.of(FaultCode.CORE_TOO_OLD, program=program, version=_text(version), needed=_text(needed))


def _text(version: Version) -> str:
    return ".".join(str(part) for part in version)


def _name(core: Core) -> str:
    return "Xray" if core is Core.XRAY else "v2ray"
