"""``self-test``: is this installation complete, and does it work? What a release is checked with."""

from __future__ import annotations

import importlib
import platform
import socket
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from app import __version__, resource_files
from app.cli.context import Context
from app.cli.demo_command import running_demo
from app.cli.exit_codes import ExitCode
from app.cli.session import Session
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Server
from app.sentences import sentence
from app.system.programs import find_program, relaytray_command

_ANSWER_S = 30.0


def self_test(context: Context) -> int:
    """Every check runs, also after one that failed; the exit code is that of the first failure."""
    checks: list[tuple[str, Callable[[Context], str]]] = [
        ("program", _program),
        ("resources", _resources),
        ("tray", _tray),
        ("keyring", _keyring),
        ("codes", _codes),
        ("programs", _programs),
        ("tunnel", _tunnel),
    ]
    code = ExitCode.OK
    for name, check in checks:
        try:
            told, ok = check(context), True
        except RelayTrayError as e:
            told, ok = sentence(e.fault), False
            code = code or context.out.fault(e.fault)
        line = f"{'ok    ' if ok else 'FAILED'} {name}: {told}"
        context.out.both(line, {"check": name, "ok": ok, "text": told})
    return code


def _program(_context: Context) -> str:
    command = relaytray_command()
    missing = [word for word in command if not Path(word).is_file()]
    if missing:
        raise error(FaultCode.PROGRAM_MISSING, program=missing[0])
    return (
        f"RelayTray {__version__}, Python {platform.python_version()} on {sys.platform}, "
        f"started as {' '.join(command)}"
    )


def _resources(_context: Context) -> str:
    """Every file is there and can be read."""
    counts = {}
    for folder, pattern in (("icons", "*.svg"), ("translations", "*.qm")):
        try:
            files = list(resource_files.resource(folder).glob(pattern))
            empty = [file.name for file in files if not file.read_bytes()]
        except OSError as e:
            raise error(FaultCode.FILE_UNREADABLE, path=f"resources/{folder}", reason=e) from e
        is_built = pattern != "*.qm" or getattr(sys, "frozen", False)  # a checkout builds them with dev.py
        if empty or (not files and is_built):
            lacking = empty[0] if empty else pattern
            raise error(FaultCode.FILE_UNREADABLE, path=f"resources/{folder}/{lacking}", reason="empty")
        counts[folder] = len(files)
    return f"{counts['icons']} icons, {counts['translations']} translations"


def _tray(context: Context) -> str:
    """Qt can be loaded; nothing is shown."""
    if context.wiring.start_tray is None or find_spec("PySide6") is None:
        return "PySide6 is not installed: command line only"
    try:
        version = importlib.import_module("PySide6").__version__
        importlib.import_module("PySide6.QtWidgets")
        importlib.import_module("PySide6.QtSvg")
    except ImportError as e:
        raise error(FaultCode.INTERNAL, reason=f"Qt cannot be loaded: {e}") from e
    return f"PySide6 {version}"


def _keyring(context: Context) -> str:
    """A computer without a keyring is a fact about it, not a failure of ours."""
    store = context.wiring.make_secrets(lambda _fault: None)
    try:
        status = store.status()
    finally:
        store.close()
    if status.usable:
        return f"usable: {status.backend}"
    return "not usable; " + sentence(status.fault or Fault.of(FaultCode.KEYRING_MISSING))


def _codes(context: Context) -> str:
    """A QR code is written, and read again."""
    from app.export.qr_code import qr_png
    from app.integration.pictures import codes_in

    decode, text = context.wiring.decode_picture, "ss://self-test"
    try:
        picture = qr_png(text)
        if decode is None:
            return "QR codes are written; without PySide6 no pictures are read"
        found = codes_in(picture, None, decode)
    except ImportError as e:
        raise error(FaultCode.INTERNAL, reason=f"QR codes cannot be handled: {e}") from e
    if found != (text.encode(),):
        raise error(FaultCode.INTERNAL, reason="a QR code of ours could not be read")
    return "QR codes are written and read"


def _programs(_context: Context) -> str:
    return ", ".join(f"{name}: {find_program(name) or 'not found'}" for name in ("ssh", "scp", "sftp"))


def _tunnel(context: Context) -> str:
    """The demo's server answers through the demo's relay, and everything closes again."""
    # In a folder of its own, whatever folder was given: a self-test changes nothing.
    with (
        running_demo(context, is_passing=True) as (there, machines, document),
        Session(there, document, trusted=tuple(machines.fingerprints)) as session,
    ):
        banner = _banner(session, document.servers[0])
    if not banner.startswith(b"SSH-2.0-"):
        raise error(FaultCode.SERVER_NOT_SSH, alias=document.servers[0].alias)
    said = banner.decode("ascii", "replace").strip()
    return f"opened and closed; the server said {said}"


def _banner(session: Session, server: Server) -> bytes:
    """The first bytes of the server's sshd. Raises RelayTrayError."""
    outcome: list[Fault | None] = []
    answered = threading.Event()

    def done(fault: Fault | None) -> None:
        outcome.append(fault)
        answered.set()

    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(_ANSWER_S)
        session.manager.open_for(theirs, server.alias, 22, done)
        if not answered.wait(_ANSWER_S):
            raise error(FaultCode.SERVER_SILENT, alias=server.alias)
        if outcome[0] is not None:
            raise RelayTrayError(outcome[0])
        try:
            return ours.recv(256)
        except OSError as e:
            raise error(FaultCode.SERVER_SILENT, alias=server.alias) from e
