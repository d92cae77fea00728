"""``secret list|forget|remember``: what is in the keyring, by name. No command ever shows a secret."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from app.cli.context import Context, near_match, the_relay, the_server
from app.cli.exit_codes import ExitCode
from app.cli.terminal import open_terminal
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.shadowsocks import SECRET_KIND
from app.log_setup import register_secret
from app.secrets import SecretName, SecretStore
from app.storage.paths import expanded

_PROMPTS = {
    "passphrase": "Passphrase for the key {}: ",
    "password": "Password of {}: ",
    "socks": "Password that SOCKS clients of {} must give: ",
    "v2ray": "User id (UUID) of this computer for the v2ray route to {}: ",
}


def secret(context: Context) -> int:
    with open_secrets(context) as (store, faults):
        status = store.status()
        if not status.usable:
            return context.out.fault(status.fault or Fault.of(FaultCode.KEYRING_MISSING))
        match context.arguments.action:
            case "list":
                code = _list(context, store)
            case "forget":
                code = _forget(context, store)
            case _:
                code = _remember(context, store)
        return context.out.fault(faults[0]) if faults else code


@contextlib.contextmanager
def open_secrets(context: Context) -> Iterator[tuple[SecretStore, list[Fault]]]:
    faults: list[Fault] = []
    store = context.wiring.make_secrets(faults.append)
    try:
        yield store, faults
    finally:
        store.close()


def _list(context: Context, store: SecretStore) -> int:
    told = _told_names(context)
    names = [(name.kind, told.get(name, name.subject)) for name in store.names()]
    for kind, subject in names:
        context.out.text(f"{kind}  {subject}")
    context.out.value([{"kind": kind, "name": subject} for kind, subject in names])
    return ExitCode.OK


def _told_names(context: Context) -> dict[SecretName, str]:
    """Of secrets whose subject says nothing to people."""
    return {SecretName(SECRET_KIND, one.id): one.name for one in context.load().shadowsocks}


def _forget(context: Context, store: SecretStore) -> int:
    wanted = context.arguments.name
    names, told = store.names(), _told_names(context)

    def said(name: SecretName) -> SecretName:
        return SecretName(name.kind, told.get(name, name.subject))

    def is_meant(name: SecretName) -> bool:
        return wanted in (*_spellings(name), *_spellings(said(name)))

    chosen = [name for name in names if context.arguments.all or is_meant(name)]
    if not chosen and not context.arguments.all:
        near = near_match(wanted, (said(name).subject for name in names))
        hint = f' Did you mean "{near}"?' if near else " See: relaytray secret list"
        return context.out.bad_input(f'The keyring holds no secret named "{wanted}".{hint}')
    for name in chosen:
        store.forget(name)
        context.out.text(f"Forgot the {name.kind} {said(name).subject}.")
    forgotten = [{"kind": name.kind, "name": said(name).subject} for name in chosen]
    context.out.value({"forgotten": forgotten})
    return ExitCode.OK


def _remember(context: Context, store: SecretStore) -> int:
    kind, subject = context.arguments.kind, context.arguments.subject
    if kind == "passphrase":
        subject = str(expanded(subject).absolute())
    elif kind == "socks":
        subject = the_relay(context.load(), subject).name
    elif kind == "v2ray":
        subject = the_server(context.load(), subject).alias
    prompt = _PROMPTS[kind].format(subject)
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question=prompt.strip())
    with terminal:
        typed = terminal.ask(prompt, echo=False)
    if not typed:
        raise error(FaultCode.CANCELLED, what=f"storing the {kind} of {subject}")
    register_secret(typed)
    if not store.remember(SecretName(kind, subject), typed):
        status = store.status()
        raise RelayTrayError(status.fault or Fault.of(FaultCode.KEYRING_MISSING))
    context.out.both(f"Stored the {kind} of {subject}.", {"stored": {"kind": kind, "name": subject}})
    return ExitCode.OK


def _spellings(name: SecretName) -> tuple[str, str, str]:
    return name.subject, f"{name.kind}:{name.subject}", f"{name.kind} {name.subject}"
