"""``key fix``, ``key add`` and ``key list``: looking after the keys that are there."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from app.cli.context import Context
from app.cli.exit_codes import ExitCode
from app.cli.key_commands import opening_passphrase, printable
from app.core.faults import FaultCode, RelayTrayError
from app.core.private_keys import Added, AgentTerms, KeyLook
from app.core.profiles import Document
from app.integration.key_desk import KeyDesk, keys_in
from app.integration.key_rights import fix as fix_rights
from app.sentences import sentence
from app.transport.keys import expanded


def fix(context: Context) -> int:
    changed = fix_rights(Path(context.arguments.source))
    context.out.value({"changed": [{"path": one.path, "was": one.was} for one in changed]})
    for one in changed:
        context.out.text(f"Only you may open {one.path} now. Before: {one.was}.")
    if not changed:
        context.out.text("Nothing to change: only you may open it.")
    return ExitCode.OK


def add(context: Context) -> int:
    arguments = context.arguments
    path = expanded(arguments.source).absolute()
    terms = AgentTerms(arguments.lifetime, arguments.confirm)
    secrets = context.wiring.make_secrets(context.out.warning)
    with contextlib.closing(secrets):
        desk = KeyDesk(secrets)
        try:
            added = desk.add_to_agent(str(path), certificate=arguments.certificate or "", terms=terms)
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.PASSPHRASE_WRONG:
                raise
            typed = opening_passphrase(path)
            added = desk.add_to_agent(str(path), typed, certificate=arguments.certificate or "", terms=terms)
    context.out.both(_ADDED[added].format(path=path), {"path": str(path), "agent": str(added)})
    if added is Added.ADDED and sys.platform == "win32":
        context.out.text(
            "The agent of Windows keeps it also after a restart. Take it out again with: ssh-add -d"
        )
    return ExitCode.OK


_ADDED = {
    Added.ADDED: "The ssh agent has the key {path} now.",
    Added.HAD_IT: "The ssh agent had the key {path} already, and keeps it on these terms now.",
    Added.KEPT_IT: "The ssh agent has the key {path} already.",
}


def list_keys(context: Context) -> int:
    document = context.load()
    with contextlib.closing(context.wiring.make_secrets(context.out.warning)) as secrets:
        desk = KeyDesk(secrets)
        looks = [desk.look(str(path)) for path in keys_in(Path.home() / ".ssh")]
    context.out.value([_value(look, _users(document, look.path)) for look in looks])
    for look in looks:
        context.out.text(_line(look, _users(document, look.path)))
    if not looks:
        context.out.text("There is no private key in ~/.ssh. Make one with: relaytray key new")
    return ExitCode.OK


def _users(document: Document, path: str) -> list[str]:
    """The relays and servers that are logged in at with this file."""
    named = [(relay.name, relay.identity) for relay in document.relays]
    named += [(server.alias, server.identity) for server in document.servers]
    return [name for name, identity in named if identity and expanded(identity).absolute() == Path(path)]


def _value(look: KeyLook, users: list[str]) -> dict[str, Any]:
    return {
        "path": look.path,
        "format": look.form,
        "type": look.key_type,
        "bits": look.bits,
        "fingerprint": look.fingerprint,
        "comment": look.comment,
        "encrypted": look.is_encrypted,
        "exposed": look.exposed,
        "trouble": sentence(look.fault) if look.fault else "",
        "used_by": users,
    }


def _line(look: KeyLook, users: list[str]) -> str:
    if look.fault is not None:
        return f"{look.path}: {sentence(look.fault)}"
    kind = printable(look.key_type) or look.form
    told = [kind, look.fingerprint, "with a passphrase" if look.is_encrypted else "without a passphrase"]
    told += [f"for {', '.join(users)}"] if users else []
    told += [f"careful: {look.exposed}"] if look.exposed else []
    return f"{look.path}: {', '.join(one for one in told if one)}"
