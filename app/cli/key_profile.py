"""``key new`` and ``key use``: a key for a relay or a server, from its making to the profile."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import Any

from app.cli.ask_once import ask, ask_secret
from app.cli.context import Context, ProblemsFound, the_relay, the_server
from app.cli.exit_codes import ExitCode
from app.cli.key_commands import opening_passphrase, printable
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.private_keys import KeyKind, MadeKey, NewKey
from app.core.profiles import Authentication, Document, SetupMode
from app.core.validation import problems_of_relay, problems_of_server
from app.integration import key_files
from app.integration.key_desk import KeyDesk, certificate_fits, check_usable
from app.integration.key_files import KeyFormat
from app.transport.keys import expanded
from app.transport.new_key import public_line, public_path


def new(context: Context) -> int:
    arguments = context.arguments
    _check_profile(context)  # before anything is asked or made
    secrets = context.wiring.make_secrets(context.out.warning)
    with contextlib.closing(secrets):
        desk = KeyDesk(secrets)
        kind = KeyKind(arguments.kind)
        place = arguments.target or desk.usual_path(kind)
        path = expanded(place).absolute()
        for one in (path, public_path(path)):
            if os.path.lexists(one):
                raise error(FaultCode.FILE_EXISTS, path=one)
        passphrase = _new_passphrase(context, path)
        wanted = NewKey(
            path=str(path),
            kind=kind,
            passphrase=passphrase,
            remember=not arguments.no_remember,
            comment=arguments.comment,
        )
        made = desk.make(wanted)
    _tell_made(context, made, _set_in_profile(context, path))
    return ExitCode.OK


def use(context: Context) -> int:
    _check_profile(context)
    path = expanded(context.arguments.source).absolute()
    if key_files.read_ppk(path) is not None:
        path = _converted(context, path)
    check_usable(path)
    used = _set_in_profile(context, path)
    try:
        line = public_line(path)
    except RelayTrayError:  # an old format tells it only with its passphrase
        line = ""
    exposed = key_files.exposed(path)
    told = {"path": str(path), "public": line, "exposed": exposed, **used}
    context.out.both(f"Logins at {_name_of(used)} use the key {path} now.", told)
    if exposed:
        context.out.text(f"Careful: {exposed}. Put that right with: relaytray key fix {path}")
    _tell_what_is_left(context, line, used)
    return ExitCode.OK


# --- making -----------------------------------------------------------------------------------------------


def _new_passphrase(context: Context, path: Path) -> str:
    arguments = context.arguments
    if arguments.no_passphrase:
        return ""
    empty = "" if arguments.passphrase else " (empty for none)"
    first = ask_secret(f"New passphrase for {path}{empty}: ")
    if not first and arguments.passphrase:
        raise error(FaultCode.CANCELLED, what="the new passphrase")
    if first and ask_secret("The same again: ") != first:
        raise error(FaultCode.CANCELLED, what="the two passphrases were not the same")
    return first


def _tell_made(context: Context, made: MadeKey, used: dict[str, Any]) -> None:
    context.out.value(
        {
            "path": made.path,
            "public_path": made.public_path,
            "public": made.public_line,
            "fingerprint": made.fingerprint,
            "encrypted": made.is_encrypted,
            "remembered": made.is_remembered,
            "exposed": made.exposed,
            **used,
        }
    )
    context.out.text(f"Made the key {made.path} ({made.fingerprint}).")
    if not made.is_encrypted:
        context.out.text("It has no passphrase: whoever can read that file can log in as you.")
    elif made.is_remembered:
        context.out.text("Its passphrase is in the system's keyring, so no login asks for it.")
    if made.exposed:  # a file system that keeps no rights, such as FAT
        context.out.text(f"Careful: {made.exposed}. ssh will refuse the key there; use another disk.")
    if used:
        context.out.text(f"Logins at {_name_of(used)} use it from now on.")
    _tell_what_is_left(context, made.public_line, used)


def _tell_what_is_left(context: Context, line: str, used: dict[str, Any]) -> None:
    if used.get("set_up_again"):
        context.out.text(
            f"RelayTray has set that relay up for another key. Let this one in: relaytray relay setup "
            f"{used['relay']}"
        )
    elif line:
        context.out.text("Its public half, a line for ~/.ssh/authorized_keys on the other machine:")
        context.out.text(printable(line))


# --- the profile ------------------------------------------------------------------------------------------


def _check_profile(context: Context) -> None:
    """Raises NO_SUCH_RELAY, NO_SUCH_SERVER."""
    arguments = context.arguments
    if arguments.relay is not None:
        the_relay(context.load(), arguments.relay)
    elif arguments.server is not None:
        the_server(context.load(), arguments.server)


def _set_in_profile(context: Context, path: Path) -> dict[str, Any]:
    """What is told of the profile; empty where none was named. Raises RelayTrayError, ProblemsFound."""
    arguments = context.arguments
    if arguments.relay is not None:
        document = context.edit(lambda document: _with_relay_key(document, arguments.relay, path))
        relay = the_relay(document, arguments.relay)
        return {"relay": relay.name, "set_up_again": relay.setup is not SetupMode.NONE}
    if arguments.server is not None:
        document = context.edit(lambda document: _with_server_key(document, arguments.server, path))
        return {"server": the_server(document, arguments.server).alias}
    return {}


def _name_of(used: dict[str, Any]) -> str:
    return f"the relay {used['relay']}" if "relay" in used else f"the server {used['server']}"


def _with_relay_key(document: Document, name: str, path: Path) -> Document:
    """A certificate that is for another key goes: no login would work with it."""
    before = the_relay(document, name)
    keeps = bool(before.certificate) and certificate_fits(before.certificate, path)
    relay = dataclasses.replace(
        before,
        authentication=Authentication.KEY_FILE,
        identity=str(path),
        certificate=before.certificate if keeps else "",
    )
    problems = problems_of_relay(relay, document)
    if problems:
        raise ProblemsFound(problems)
    relays = tuple(relay if one.id == relay.id else one for one in document.relays)
    return dataclasses.replace(document, relays=relays)


def _with_server_key(document: Document, alias: str, path: Path) -> Document:
    server = dataclasses.replace(the_server(document, alias), identity=str(path))
    problems = problems_of_server(server, document)
    if problems:
        raise ProblemsFound(problems)
    servers = tuple(server if one.id == server.id else one for one in document.servers)
    return dataclasses.replace(document, servers=servers)


# --- keys of PuTTY ----------------------------------------------------------------------------------------


def _converted(context: Context, ppk: Path) -> Path:
    """The same key in OpenSSH's format, beside it: there already, or made if the person wants it."""
    target = key_files.openssh_beside(ppk)
    if target.exists():
        return target
    if not context.arguments.convert:
        _ask_whether_to_convert(ppk, target)
    passphrase = opening_passphrase(ppk) if key_files.needs_passphrase(ppk) else ""
    written = key_files.convert(ppk, target, to=KeyFormat.OPENSSH, passphrase=passphrase)
    context.out.text(f"Wrote {written}, the same key in the format of OpenSSH.")
    return written


def _ask_whether_to_convert(ppk: Path, target: Path) -> None:
    """Without anybody to ask, ``check_usable`` says what is the matter."""
    question = f"{ppk} is a PuTTY key, which ssh does not read. Make a copy for ssh, {target} (yes or no)? "
    try:
        answer = ask(question, echo=True)
    except RelayTrayError as e:
        if e.fault.code is FaultCode.NOBODY_TO_ASK:
            check_usable(ppk)
        raise
    if answer.strip().lower() not in ("yes", "y"):
        raise error(FaultCode.CANCELLED, what=f"converting {ppk}")
