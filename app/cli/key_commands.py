"""``key show|convert``: private key files, and their formats for PuTTY, WinSCP and FileZilla.

``key_profile`` makes and chooses keys, ``key_care`` looks after them.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.cli.ask_once import ask, ask_secret
from app.cli.context import Context
from app.cli.exit_codes import ExitCode
from app.core.faults import FaultCode, RelayTrayError, error
from app.integration import key_files
from app.integration.key_files import KeyDescription, KeyFormat
from app.transport.keys import expanded

_TRIES = 3


def show(context: Context) -> int:
    found = key_files.describe(_source(context))
    context.out.value(
        {
            "path": str(found.path),
            "format": found.form,
            "type": found.key_type,
            "bits": found.bits,
            "fingerprint": found.fingerprint,
            "comment": found.comment,
            "encrypted": found.is_encrypted,
            "private": not found.exposed,
            "exposed": found.exposed,
        }
    )
    for name, value in _lines(found):
        context.out.text(f"{name + ':':<13}{value}")
    return ExitCode.OK


def _lines(found: KeyDescription) -> list[tuple[str, str]]:
    unknown = "(known only with its passphrase)"
    return [
        ("File", str(found.path)),
        ("Format", found.form),
        ("Type", f"{printable(found.key_type)}, {found.bits} bits" if found.key_type else unknown),
        ("Fingerprint", found.fingerprint or unknown),
        ("Comment", printable(found.comment) or (unknown if found.is_encrypted else "(none)")),
        ("Passphrase", "yes" if found.is_encrypted else "no: whoever can read this file has the key"),
        ("Rights", found.exposed or "only you may open it"),
    ]


def printable(text: str) -> str:
    """A comment comes from a file: it must not move the cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)


def convert(context: Context) -> int:
    arguments = context.arguments
    source = _source(context)
    is_encrypted = key_files.needs_passphrase(source)
    to = _format(source, arguments.to, stays_encrypted=_stays_encrypted(context, is_encrypted))
    target = expanded(arguments.target).absolute() if arguments.target else _beside(source, to)
    if os.path.lexists(target) and not arguments.replace:  # before anything is asked
        raise error(FaultCode.FILE_EXISTS, path=target)
    passphrase = opening_passphrase(source) if is_encrypted else ""
    new = _new_passphrase(context, source, is_encrypted=is_encrypted)
    written = key_files.convert(
        source,
        target,
        to=to,
        passphrase=passphrase,
        new_passphrase=new,
        allow_unencrypted=arguments.no_passphrase,
        comment=arguments.comment,
        replace_same_key=arguments.replace,
    )
    used = passphrase if new is None else new
    context.out.both(
        f"Wrote {written} ({_NAMES[to]}{'' if used else ', without a passphrase'}).",
        {"path": str(written), "format": str(to), "encrypted": bool(used)},
    )
    if reason := key_files.exposed(written):  # a file system that keeps no rights, such as FAT
        context.out.text(f"Careful: {reason}.")
    if not used.isascii() and to is not KeyFormat.OPENSSH:
        context.out.text(
            "The passphrase has letters outside of ASCII: PuTTY and WinSCP on Windows may not accept it. "
            "Choose another with --new-passphrase if they do not."
        )
    return ExitCode.OK


_NAMES = {
    KeyFormat.PPK2: "PuTTY format, version 2",
    KeyFormat.PPK3: "PuTTY format, version 3",
    KeyFormat.OPENSSH: "OpenSSH format",
}


def _source(context: Context) -> Path:
    return expanded(context.arguments.source).absolute()


def _stays_encrypted(context: Context, is_encrypted: bool) -> bool:
    if context.arguments.no_passphrase:
        return False
    return is_encrypted or context.arguments.new_passphrase


def _format(source: Path, wanted: str | None, *, stays_encrypted: bool) -> KeyFormat:
    if wanted is None:
        wanted = "openssh" if key_files.read_ppk(source) is not None else "ppk"
    if wanted == "ppk":
        return key_files.best_ppk(is_encrypted=stays_encrypted)
    return KeyFormat(wanted)


def _beside(source: Path, to: KeyFormat) -> Path:
    if to is not KeyFormat.OPENSSH:
        is_ppk = source.suffix.lower() == ".ppk"
        return source.with_name(f"{source.stem}-{to}.ppk") if is_ppk else key_files.ppk_path(source)
    return source.with_suffix("") if source.suffix.lower() == ".ppk" else Path(f"{source}.openssh")


def opening_passphrase(source: Path) -> str:
    """The passphrase that opens it; asked for again where it does not."""
    for left in reversed(range(_TRIES)):
        typed = ask_secret(f"Passphrase for the key {source}: ")
        try:
            key_files.load_key(source, typed)
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.PASSPHRASE_WRONG or not left:
                raise
        else:
            return typed
    raise AssertionError("the last try returns or raises")


def _new_passphrase(context: Context, source: Path, *, is_encrypted: bool) -> str | None:
    """None = as the source has it."""
    arguments = context.arguments
    if arguments.no_passphrase:
        if is_encrypted and not arguments.yes:
            _ask_whether_it_may_go(source)
        return ""
    if not arguments.new_passphrase:
        return None
    first = ask_secret("New passphrase: ")
    if not first:
        raise error(FaultCode.CANCELLED, what="the new passphrase")
    if ask_secret("The same again: ") != first:
        raise error(FaultCode.CANCELLED, what="the two passphrases were not the same")
    return first


def _ask_whether_it_may_go(source: Path) -> None:
    answer = ask(
        f"Whoever can read the new file will have the key {source}, without any passphrase. "
        "Write it all the same (yes or no)? ",
        echo=True,
    )
    if answer.strip().lower() != "yes":
        raise error(FaultCode.CANCELLED, what="writing the key without its passphrase")
