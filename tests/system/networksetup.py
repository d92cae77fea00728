"""A stand-in for macOS's networksetup, made from its manual page and what it prints; keeps its state."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.faults import FaultCode, error

_KINDS = ("webproxy", "securewebproxy", "socksfirewallproxy")


class NetworkSetup:
    """Call it like ``run_words``. ``calls`` are those that changed something."""

    def __init__(self, services: Sequence[str] = ("Wi-Fi", "USB 10/100 LAN")) -> None:
        self.services = list(services)
        self.off = ["Thunderbolt Bridge"]
        self.calls: list[list[str]] = []
        self.state: dict[tuple[str, str], list[str]] = {}
        for service in services:
            for kind in _KINDS:
                self.state[service, kind] = ["No", "", "0"]
            self.state[service, "autoproxy"] = ["No", "(null)"]
            self.state[service, "bypass"] = ["*.local", "169.254/16"]

    def __call__(self, words: Sequence[str]) -> str:
        program, verb, *rest = words
        assert program == "networksetup"
        if verb == "-listallnetworkservices":
            told = "An asterisk (*) denotes that a network service is disabled.\n"
            return told + "".join(f"{name}\n" for name in self.services) + "*Thunderbolt Bridge\n"
        service, *values = rest
        if service not in self.services:
            raise error(
                FaultCode.PROGRAM_FAILED,
                program=program,
                reason=f"{service} is not a recognized network service",
            )
        if verb.startswith("-get"):
            return self._told(verb.removeprefix("-get"), service)
        self.calls.append(list(words))
        self._change(verb.removeprefix("-set"), service, values)
        return ""

    def _told(self, kind: str, service: str) -> str:
        if kind == "proxybypassdomains":
            domains = self.state[service, "bypass"]
            return (
                "\n".join(domains) + "\n"
                if domains
                else f"There aren't any bypass domains set on {service}.\n"
            )
        if kind == "autoproxyurl":
            enabled, url = self.state[service, "autoproxy"]
            return f"URL: {url}\nEnabled: {enabled}\n"
        enabled, server, port = self.state[service, kind]
        return f"Enabled: {enabled}\nServer: {server}\nPort: {port}\nAuthenticated Proxy Enabled: 0\n"

    def _change(self, kind: str, service: str, values: list[str]) -> None:
        if kind == "proxybypassdomains":
            self.state[service, "bypass"] = [] if values == ["Empty"] else values
        elif kind == "autoproxyurl":
            self.state[service, "autoproxy"] = ["Yes", *values]
        elif kind == "autoproxystate":
            self.state[service, "autoproxy"][0] = "Yes" if values == ["on"] else "No"
        elif kind.endswith("state"):
            self.state[service, kind.removesuffix("state")][0] = "Yes" if values == ["on"] else "No"
        else:
            assert kind in _KINDS
            self.state[service, kind] = ["Yes", *values]
