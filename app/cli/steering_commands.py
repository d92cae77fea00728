"""``pac``, ``system-proxy`` and ``shadowsocks steer``: who goes through Shadowsocks, without a display."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence

from app.cli.context import Context, the_shadowsocks
from app.cli.exit_codes import ExitCode
from app.core.profiles import Document, Settings
from app.core.shadowsocks import DEFAULT_LOCAL_PORT
from app.export.pac import own_domains
from app.integration.pac_file import read_list, text_of
from app.integration.system_proxy import SystemProxy
from app.sentences.of_steering import by_hand_sentence
from app.storage.paths import expanded
from app.system.end_guard import was_left_alone

_OWNER_ENDS_S = 20.0  # for a program that is just ending to be gone


def pac(context: Context) -> int:
    deeds: dict[str, Callable[[Context], int]] = {"show": _show, "set": _set, "add": _add, "remove": _remove}
    return deeds[context.arguments.action](context)


def system_proxy(context: Context) -> int:
    deeds: dict[str, Callable[[Context], int]] = {
        "show": _show_system_proxy,
        "restore": _restore,
        "guard": _guard,
    }
    return deeds[context.arguments.action](context)


def steer(context: Context) -> int:
    name, steering = context.arguments.name, context.arguments.steering
    the_shadowsocks(context.load(), name)

    def change(document: Document) -> Document:
        changed = dataclasses.replace(the_shadowsocks(document, name), steering=steering)
        all_ = tuple(changed if one.id == changed.id else one for one in document.shadowsocks)
        return dataclasses.replace(document, shadowsocks=all_)

    context.edit(change)
    context.out.both(f"{name}: {steering}", {"shadowsocks": name, "steering": str(steering)})
    return ExitCode.OK


# --- pac --------------------------------------------------------------------------------------------------


def _show(context: Context) -> int:
    document, name = context.load(), context.arguments.name
    if name is not None:
        port = the_shadowsocks(document, name).local_port
    else:
        port = document.shadowsocks[0].local_port if document.shadowsocks else DEFAULT_LOCAL_PORT
    text, fault = text_of(document.settings, port)
    if fault is not None:
        context.out.warning(fault)
    if context.out.as_json:
        context.out.value({**_value(document.settings), "port": port, "pac": text})
    else:
        context.out.raw(text)
    return ExitCode.OK


def _set(context: Context) -> int:
    given = context.arguments
    changes: dict[str, object] = {}
    for name, words in (("pac_proxied", given.proxied), ("pac_direct", given.direct)):
        if words is not None:
            domains, odd = own_domains("\n".join(words))
            if odd:
                return _odd(context, odd)
            changes[name] = domains
    if given.list_file is not None:
        changes["pac_list"] = _chosen(given.list_file)
    if given.others is not None:
        changes["pac_others"] = given.others
    return _store(context, lambda settings: dataclasses.replace(settings, **changes))  # type: ignore[arg-type]


def _add(context: Context) -> int:
    domains, odd = own_domains("\n".join(context.arguments.domains))
    if odd:
        return _odd(context, odd)
    is_direct = context.arguments.which == "direct"

    def change(settings: Settings) -> Settings:
        proxied, direct = _without(settings.pac_proxied, domains), _without(settings.pac_direct, domains)
        return dataclasses.replace(
            settings,
            pac_proxied=proxied if is_direct else proxied + domains,
            pac_direct=direct + domains if is_direct else direct,
        )

    return _store(context, change)


def _remove(context: Context) -> int:
    domains, odd = own_domains("\n".join(context.arguments.domains))
    settings = context.load().settings
    unknown = [*odd, *_without(domains, (*settings.pac_proxied, *settings.pac_direct))]
    if unknown:
        return context.out.bad_input(f"not on your lists: {', '.join(unknown)}")
    return _store(
        context,
        lambda settings: dataclasses.replace(
            settings,
            pac_proxied=_without(settings.pac_proxied, domains),
            pac_direct=_without(settings.pac_direct, domains),
        ),
    )


def _chosen(path: str) -> str:
    """Raises PAC_LIST_UNUSABLE: a list that cannot be read is not chosen."""
    if not path:
        return ""
    chosen = str(expanded(path).absolute())
    read_list(chosen)
    return chosen


def _store(context: Context, change: Callable[[Settings], Settings]) -> int:
    document = context.edit(
        lambda document: dataclasses.replace(document, settings=change(document.settings))
    )
    settings = document.settings
    context.out.value(_value(settings))
    context.out.text(f"through Shadowsocks: {', '.join(settings.pac_proxied) or '(none of your own)'}")
    context.out.text(f"directly: {', '.join(settings.pac_direct) or '(none of your own)'}")
    context.out.text(f"list: {settings.pac_list or '(none)'}; all others: {settings.pac_others}")
    return ExitCode.OK


def _value(settings: Settings) -> dict[str, object]:
    return {
        "proxied": list(settings.pac_proxied),
        "direct": list(settings.pac_direct),
        "list": settings.pac_list,
        "others": str(settings.pac_others),
    }


def _without(domains: Sequence[str], gone: Sequence[str]) -> tuple[str, ...]:
    return tuple(domain for domain in domains if domain not in gone)


def _odd(context: Context, odd: Sequence[str]) -> int:
    return context.out.bad_input(f"no domain: {', '.join(odd)}; a domain looks like example.org")


# --- the system's proxy -----------------------------------------------------------------------------------


def _show_system_proxy(context: Context) -> int:
    proxy = SystemProxy(context.paths)
    settings, is_ours = proxy.read(), proxy.is_ours()
    context.out.value({"ours": is_ours, "settings": dict(settings)})
    for name, value in settings.items():
        context.out.text(f"  {name}: {'(not set)' if value is None else value}")
    context.out.text("RelayTray has set it." if is_ours else "RelayTray has not set it.")
    return ExitCode.OK


def _restore(context: Context) -> int:
    restored = SystemProxy(context.paths).restore()
    told = "This system's proxy is as it was before." if restored else "There was nothing to put back."
    context.out.both(told, {"restored": restored})
    if not restored:
        context.out.text(by_hand_sentence(sys.platform))
    return ExitCode.OK


def _guard(context: Context) -> int:
    """Started by the program that sets the proxy (``app.system.end_guard``)."""
    if was_left_alone(sys.stdin.buffer):
        SystemProxy(context.paths).mend(_OWNER_ENDS_S)
    return ExitCode.OK
