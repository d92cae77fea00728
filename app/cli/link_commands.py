"""``link import|export``: what links lead to is shown before anything is stored, and never their secrets."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.context import Context, the_shadowsocks
from app.cli.exit_codes import ExitCode
from app.cli.secret_commands import open_secrets
from app.cli.terminal import open_terminal
from app.core.access import (
    Access,
    LinkProblem,
    Offer,
    Offered,
    OnlineAccess,
    ShadowsocksAccess,
    VmessAccess,
)
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document
from app.export.access_links.becoming import access_of
from app.export.access_links.oddities import for_outline
from app.export.access_links.pieces import bracketed
from app.export.qr_code import qr_png, qr_text
from app.integration.access_desk import MAX_TEXT_FILE, AccessDesk
from app.secrets import SecretStore
from app.sentences.of_links import link_problem_sentence, oddity_sentence, refusal_sentence
from app.storage.atomic_file import write_private
from app.storage.paths import expanded

_PASTE = "Paste the link (it is not shown) and press Enter: "
_CONFIRM = "Take these into the profiles? [y/N] "


def link(context: Context) -> int:
    deeds: dict[str, Callable[[Context], int]] = {"import": _import, "export": _export}
    return deeds[context.arguments.action](context)


@dataclass(frozen=True)
class _Store:
    """The stored profiles as the desk wants them; the running program hears of a change."""

    context: Context

    def load(self) -> Document:
        return self.context.load()

    def edit(self, change: Callable[[Document], Document]) -> Document:
        return self.context.edit(change)


@contextlib.contextmanager
def _desk(context: Context) -> Iterator[tuple[AccessDesk, SecretStore]]:
    with open_secrets(context) as (secrets, _faults):
        yield AccessDesk(_Store(context), secrets, context.wiring.decode_picture), secrets


# --- import -----------------------------------------------------------------------------------------------


def _import(context: Context) -> int:
    if "://" in _named(context):
        return context.out.bad_input(
            "a link is no argument: other accounts of a computer can read those. Give it on standard input, "
            "or in a file."
        )
    with _desk(context) as (desk, secrets):
        offered = _read(context, desk)
        _show(context, offered)
        wanted = [offer for offer in offered.offers if offer.refusal is None and not offer.known_as]
        if not wanted:
            context.out.text("There is nothing new to take.")
            context.out.value(_value(offered, taken={}))
            return ExitCode.OK if any(offer.known_as for offer in offered.offers) else ExitCode.BAD_INPUT
        status = secrets.status()
        if not status.usable:  # kept for the session, they would be gone at the end of this command
            return context.out.fault(status.fault or Fault.of(FaultCode.KEYRING_MISSING))
        if not context.arguments.yes and not _confirmed():
            context.out.value(_value(offered, taken={}))
            return context.out.fault(error(FaultCode.CANCELLED, what="the import").fault)
        taken = desk.take(wanted)
        document = context.load()
        names = _tell_taken(context, document, taken.shadowsocks, taken.servers)
        context.out.value(_value(offered, taken=names))
        if taken.is_for_session:
            return context.out.fault(secrets.status().fault or Fault.of(FaultCode.KEYRING_MISSING))
    return ExitCode.OK


def _named(context: Context) -> str:
    return str(context.arguments.named_file or context.arguments.file)


def _read(context: Context, desk: AccessDesk) -> Offered:
    file = _named(context)
    if file != "-":
        return desk.read_file(expanded(file).absolute())
    if sys.stdin is not None and not sys.stdin.isatty():
        data = sys.stdin.buffer.read(MAX_TEXT_FILE + 1)
        return desk.read_text(data.decode("utf-8-sig", "replace"))
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question=_PASTE.strip())
    with terminal:
        return desk.read_text(terminal.ask(_PASTE, echo=False) or "")


def _show(context: Context, offered: Offered) -> None:
    for offer in offered.offers:
        context.out.text(f"  {_described(offer.access)}")
        if offer.known_as:
            context.out.text(f'    You have it already, as "{offer.known_as}".')
        if offer.refusal is not None:
            context.out.text(f"    {refusal_sentence(offer.refusal)}")
        for odd in offer.odd:
            context.out.text(f"    {oddity_sentence(odd)}")
    for problem in offered.problems:
        context.out.text(f"  {_problem(problem)}")


def _described(access: Access | OnlineAccess) -> str:
    """Without its secret; not even the address of an online access, for whoever knows it has the access."""
    if isinstance(access, OnlineAccess):
        return f'Outline, kept online: "{access.name}"' if access.name else "Outline, kept online"
    place = f"{bracketed(access.host)}:{access.port}"
    name = f' "{access.name}"' if access.name else ""
    if isinstance(access, ShadowsocksAccess):
        plugin = f", plugin {access.plugin}" if access.plugin else ""
        return f"Shadowsocks server{name}: {place}, {access.method}{plugin}, password ***"
    kind = "VMess" if isinstance(access, VmessAccess) else "VLESS"
    is_tls = access.tls if isinstance(access, VmessAccess) else bool(access.security)
    tls = ", TLS" if is_tls else ""
    return f"GPU server{name}, reached by {kind}: {place}, {access.network}{tls}, user ***"


def _problem(problem: LinkProblem) -> str:
    number = f"number {problem.number}: " if problem.number else ""
    return f"{number}{link_problem_sentence(problem)}"


def _confirmed() -> bool:
    """Raises NOBODY_TO_ASK without a terminal."""
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question=f"{_CONFIRM.strip()} (or give --yes)")
    with terminal:
        answer = terminal.ask(_CONFIRM, echo=True)
    return (answer or "").strip().lower() in ("y", "yes")


def _tell_taken(
    context: Context, document: Document, shadowsocks: tuple[str, ...], servers: tuple[str, ...]
) -> dict[str, list[str]]:
    proxies = [one for id_ in shadowsocks if (one := document.shadowsocks_server(id_)) is not None]
    machines = [found for id_ in servers if (found := document.server(id_)) is not None]
    for proxy in proxies:
        context.out.text(f'Took the Shadowsocks server "{proxy.name}", at 127.0.0.1:{proxy.local_port} here.')
    for machine in machines:
        relay = document.relay(machine.relay_id)
        at = f", SOCKS at 127.0.0.1:{relay.socks_port}" if relay else ""
        context.out.text(f"Took the server {machine.alias}{at}.")
        if not machine.user:
            context.out.text(f"  Say who you are there: relaytray server edit {machine.alias} --user NAME")
    return {"shadowsocks": [one.name for one in proxies], "servers": [one.alias for one in machines]}


def _value(offered: Offered, *, taken: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "imported": bool(taken),
        "found": [_offer_value(offer) for offer in offered.offers],
        "problems": [
            {"number": one.number, "code": str(one.code), "sentence": link_problem_sentence(one)}
            for one in offered.problems
        ],
        "taken": taken,
    }


def _offer_value(offer: Offer) -> dict[str, Any]:
    access, refusal = offer.access, offer.refusal
    value: dict[str, Any] = {"name": access.name, "known_as": offer.known_as}
    if isinstance(access, OnlineAccess):
        value |= {"kind": "online"}
    else:
        value |= {"host": access.host, "port": access.port}
        if isinstance(access, ShadowsocksAccess):
            value |= {"kind": "shadowsocks", "method": access.method, "plugin": access.plugin}
        else:
            kind = "vmess" if isinstance(access, VmessAccess) else "vless"
            value |= {"kind": kind, "network": access.network}
    return value | {
        "odd": [{"code": str(odd.code), "sentence": oddity_sentence(odd)} for odd in offer.odd],
        "refusal": refusal and {"code": str(refusal.code), "sentence": refusal_sentence(refusal)},
    }


# --- export -----------------------------------------------------------------------------------------------


def _export(context: Context) -> int:
    arguments = context.arguments
    server = the_shadowsocks(context.load(), arguments.name)
    is_private = sys.stdout is not None and sys.stdout.isatty()
    if arguments.qr is None and not (is_private or arguments.show):
        return context.out.bad_input(
            "the link has the password in it, so it is written to a terminal only. Give --show to have it "
            "here all the same, or --qr FILE for a picture."
        )
    with _desk(context) as (desk, _secrets):
        text = desk.link(server.id)
    for odd in for_outline(access_of(server, "")):
        context.out.aside(f"relaytray: {oddity_sentence(odd)}")
    if arguments.qr is not None:
        return _write_picture(context, expanded(arguments.qr).absolute(), text)
    if context.out.as_json:
        context.out.value({"name": server.name, "link": text})
    elif arguments.terminal:
        context.out.raw(qr_text(text, colored=_knows_colors()))
    else:
        context.out.raw(text + "\n")
    return ExitCode.OK


def _write_picture(context: Context, path: Path, text: str) -> int:
    """Its reader has the access: nobody else may read the file."""
    picture = qr_png(text)
    if path.exists():
        raise error(FaultCode.FILE_EXISTS, path=path)
    try:
        write_private(path, picture)
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=reason) from e
    told = (
        f"Wrote the QR code to {path}. Whoever reads it has the access: remove it when it has been scanned."
    )
    context.out.both(told, {"file": str(path)})
    return ExitCode.OK


def _knows_colors() -> bool:
    """Consoles of Windows print such sequences as they are, but for Windows Terminal's."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and (sys.platform != "win32" or "WT_SESSION" in os.environ)
