"""The proxy settings of macOS, for each network service that is switched on.

Source: networksetup(8). Changing them needs an administrator's account; the system asks where it wants to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.system.proxy_settings import (
    ProxyMode,
    Setting,
    Snapshot,
    WantedProxy,
    run_words,
)

_KINDS = {"web": "webproxy", "secure": "securewebproxy", "socks": "socksfirewallproxy"}
_BYPASS = "localhost 127.0.0.1 ::1 *.local 10/8 172.16/12 192.168/16 169.254/16"
_LINE = re.compile(r"^([A-Za-z ]+): ?(.*)$", re.MULTILINE)
_SEPARATOR = " | "  # between a service, which may hold any other character, and the setting


class MacProxy:
    """``run`` starts a program and gives what it said; the tests' own may stand in."""

    def __init__(self, run: Callable[[Sequence[str]], str] = run_words) -> None:
        self._run = run

    def read(self) -> Snapshot:
        found: dict[str, Setting] = {}
        for service in self._services():
            for kind, name in _KINDS.items():
                told = self._fields(f"-get{name}", service)
                on = "on" if told.get("Enabled") == "Yes" else "off"
                found[_name(service, kind)] = f"{on} {told.get('Server', '')}:{told.get('Port', '0')}"
            told = self._fields("-getautoproxyurl", service)
            url = told.get("URL", "")
            on = "on" if told.get("Enabled") == "Yes" else "off"
            found[_name(service, "pac")] = f"{on} {'' if url == '(null)' else url}"
            found[_name(service, "bypass")] = self._bypass(service)
        return found

    def wanted(self, proxy: WantedProxy, now: Snapshot) -> Snapshot:
        settings: dict[str, Setting] = dict(now)
        for service in sorted({name.rpartition(_SEPARATOR)[0] for name in now}):
            if proxy.mode is ProxyMode.PAC:
                settings[_name(service, "pac")] = f"on {proxy.pac_url}"
                continue
            settings[_name(service, "socks")] = f"on 127.0.0.1:{proxy.port}"
            settings[_name(service, "secure")] = f"on 127.0.0.1:{proxy.port}"  # by CONNECT
            settings[_name(service, "web")] = f"on 127.0.0.1:{proxy.port}"
            settings[_name(service, "pac")] = _switched_off(now[_name(service, "pac")])
            settings[_name(service, "bypass")] = _BYPASS
        return settings

    def write(self, settings: Snapshot) -> None:
        """Services that have gone since are left out; what is as it should be is not touched."""
        now = self.read()
        for name, value in settings.items():
            service, _, kind = name.rpartition(_SEPARATOR)
            if name in now and now[name] != value:
                self._write_one(service, kind, str(value))

    def is_same(self, one: Setting, other: Setting) -> bool:
        """networksetup cannot take an address away again, which does no harm where it is switched off."""
        return one == other or (_is_off(one) and _is_off(other) and (_is_empty(one) or _is_empty(other)))

    def needs(self, name: str, ours: Snapshot) -> tuple[str, ...]:
        service = name.rpartition(_SEPARATOR)[0]
        socks, pac = _name(service, "socks"), _name(service, "pac")
        return (pac,) if str(ours.get(pac)).startswith("on ") else (socks,)

    def _write_one(self, service: str, kind: str, value: str) -> None:
        if kind == "bypass":
            # "Empty" is networksetup's word for none
            self._run(["networksetup", "-setproxybypassdomains", service, *(value.split() or ["Empty"])])
            return
        state, _, target = value.partition(" ")
        if kind == "pac":
            if target:
                self._run(["networksetup", "-setautoproxyurl", service, target])  # which switches it on
            self._run(["networksetup", "-setautoproxystate", service, state])
            return
        server, _, port = target.rpartition(":")
        if server:
            self._run(["networksetup", f"-set{_KINDS[kind]}", service, server, port])
        self._run(["networksetup", f"-set{_KINDS[kind]}state", service, state])

    def _services(self) -> list[str]:
        """The first line is an explanation; a star stands before those that are switched off."""
        lines = self._run(["networksetup", "-listallnetworkservices"]).splitlines()[1:]
        return [line for line in lines if line and not line.startswith("*")]

    def _fields(self, question: str, service: str) -> dict[str, str]:
        said = self._run(["networksetup", question, service])
        return {found[1].strip(): found[2].strip() for found in _LINE.finditer(said)}

    def _bypass(self, service: str) -> str:
        said = self._run(["networksetup", "-getproxybypassdomains", service])
        if "aren't any" in said:
            return ""
        return " ".join(said.split())


def _name(service: str, kind: str) -> str:
    return f"{service}{_SEPARATOR}{kind}"


def _is_off(value: Setting) -> bool:
    return str(value).startswith("off ")


def _is_empty(value: Setting) -> bool:
    return str(value).partition(" ")[2] in ("", ":0")


def _switched_off(value: Setting) -> str:
    return "off " + str(value).partition(" ")[2]
