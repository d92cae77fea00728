"""A stand-in for gsettings that keeps GNOME's proxy settings in memory, for tests that are not about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.faults import FaultCode, error

DEFAULTS = {
    "org.gnome.system.proxy mode": "'none'",
    "org.gnome.system.proxy autoconfig-url": "''",
    "org.gnome.system.proxy ignore-hosts": "['localhost', '127.0.0.0/8', '::1']",
    "org.gnome.system.proxy.socks host": "''",
    "org.gnome.system.proxy.socks port": "0",
    "org.gnome.system.proxy.https host": "''",
    "org.gnome.system.proxy.https port": "0",
    "org.gnome.system.proxy.http host": "''",
    "org.gnome.system.proxy.http port": "8080",
    "org.gnome.system.proxy.http enabled": "false",
    "org.gnome.system.proxy.http use-authentication": "false",
}


class MemorySettings:
    """Call it like ``run_words``. ``sets`` are the calls that changed something."""

    def __init__(self) -> None:
        self.state = dict(DEFAULTS)
        self.sets: list[str] = []
        self.before_set: Callable[[str], None] = lambda _name: None
        self.is_broken = False  # gsettings without a settings daemon: it says that all went well
        self.fails = ""

    def __call__(self, words: Sequence[str]) -> str:
        assert words[0] == "gsettings"
        if words[1] == "list-recursively":
            return "".join(f"{name} {value}\n" for name, value in self.state.items())
        _, verb, schema, key, value = words
        assert verb == "set"
        if self.fails:
            raise error(FaultCode.PROGRAM_FAILED, program="gsettings", reason=self.fails)
        name = f"{schema} {key}"
        self.before_set(name)
        self.sets.append(name)
        if not self.is_broken:
            self.state[name] = value
        return ""

    def mode(self) -> str:
        return self.state["org.gnome.system.proxy mode"].strip("'")

    @property
    def url(self) -> str:
        return self.state["org.gnome.system.proxy autoconfig-url"].strip("'")

    @property
    def socks(self) -> tuple[str, str]:
        state = self.state
        return (
            state["org.gnome.system.proxy.socks host"].strip("'"),
            state["org.gnome.system.proxy.socks port"],
        )
