"""GNOME's proxy settings, which most desktops on Linux and the programs that ask GIO follow.

Source: the schema org.gnome.system.proxy of gsettings-desktop-schemas; values are kept as GVariant
spells them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from app.core.faults import FaultCode, error
from app.system.proxy_settings import (
    LOCAL_HOSTS,
    PRIVATE_NETWORKS,
    ProxyMode,
    Setting,
    Snapshot,
    WantedProxy,
    run_words,
)

_SCHEMA = "org.gnome.system.proxy"
_NAMES = (
    f"{_SCHEMA} mode",
    f"{_SCHEMA} autoconfig-url",
    f"{_SCHEMA} ignore-hosts",
    f"{_SCHEMA}.socks host",
    f"{_SCHEMA}.socks port",
    f"{_SCHEMA}.https host",
    f"{_SCHEMA}.https port",
    f"{_SCHEMA}.http host",
    f"{_SCHEMA}.http port",
    f"{_SCHEMA}.http enabled",
    f"{_SCHEMA}.http use-authentication",
)
# Where Chromium and the desktop's own programs follow these settings; elsewhere hardly anybody does, and a
# person who chose "global" must not be told that it is.
_FOLLOWERS = {
    "gnome", "gnome-classic", "gnome-flashback", "unity", "x-cinnamon", "cinnamon", "budgie", "pantheon",
    "mate", "deepin", "ukui",
}  # fmt: skip


def follows_gnome(desktop: str | None = None) -> bool:
    """Whether the desktop of this session (XDG_CURRENT_DESKTOP) is one of GNOME's kin, or says nothing."""
    told = os.environ.get("XDG_CURRENT_DESKTOP", "") if desktop is None else desktop
    names = {name.strip().lower() for name in told.split(":") if name.strip()}
    return not names or bool(names & _FOLLOWERS)


class GnomeProxy:
    """``run`` starts a program and gives what it said; the tests' own may stand in."""

    def __init__(self, run: Callable[[Sequence[str]], str] = run_words) -> None:
        self._run = run

    def read(self) -> Snapshot:
        found: dict[str, Setting] = {}
        for line in self._run(["gsettings", "list-recursively", _SCHEMA]).splitlines():
            schema, _, rest = line.strip().partition(" ")
            key, _, value = rest.partition(" ")
            found[f"{schema} {key}"] = value
        missing = [name for name in _NAMES if name not in found]
        if missing:
            raise error(FaultCode.PROGRAM_FAILED, program="gsettings", reason=f"it knows no {missing[0]}")
        return {name: found[name] for name in _NAMES}

    def wanted(self, proxy: WantedProxy, now: Snapshot) -> Snapshot:
        settings: dict[str, Setting] = dict(now)
        if proxy.mode is ProxyMode.PAC:
            return settings | {f"{_SCHEMA} autoconfig-url": f"'{proxy.pac_url}'", f"{_SCHEMA} mode": "'auto'"}
        hosts = ", ".join(f"'{host}'" for host in (*LOCAL_HOSTS, *PRIVATE_NETWORKS))
        return settings | {
            f"{_SCHEMA}.socks host": "'127.0.0.1'",
            f"{_SCHEMA}.socks port": str(proxy.port),
            f"{_SCHEMA}.https host": "'127.0.0.1'",  # by CONNECT
            f"{_SCHEMA}.https port": str(proxy.port),
            f"{_SCHEMA}.http host": "'127.0.0.1'",
            f"{_SCHEMA}.http port": str(proxy.port),
            f"{_SCHEMA}.http enabled": "true",
            f"{_SCHEMA}.http use-authentication": "false",  # nobody else's password is for us
            f"{_SCHEMA} ignore-hosts": f"[{hosts}]",
            f"{_SCHEMA} mode": "'manual'",
        }

    def write(self, settings: Snapshot) -> None:
        """The mode last when it comes, so that nobody uses half of it."""
        now = self.read()
        for name in sorted(settings, key=lambda name: name.endswith(" mode")):
            value = settings[name]
            if value != now.get(name) and value is not None:
                self._run(["gsettings", "set", *name.split(), str(value)])

    def is_same(self, one: Setting, other: Setting) -> bool:
        return one == other

    def needs(self, name: str, ours: Snapshot) -> tuple[str, ...]:
        if name != f"{_SCHEMA} mode":
            return ()
        if ours.get(name) == "'auto'":
            return (f"{_SCHEMA} autoconfig-url",)
        return (f"{_SCHEMA}.socks host", f"{_SCHEMA}.socks port")
