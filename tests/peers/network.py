"""A relay with an address of its own, and GPU servers behind a gateway, from where one can only dial out.

    the tests -- relay -- gateway (NAT, nothing comes in) -- server, server, ...

The tests' own process reaches the relay by a network device that exists for as long as the relay does.
"""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.peers.machines import Machine, Namespaces

# 198.18.0.0/15 is set aside for tests of networks: nobody's real network has it (RFC 2544)
_FIRST, _LAST = 0, 511

_GATEWAY_RULES = """\
table ip fw {
  chain passing {
    type filter hook forward priority 0; policy drop;
    oifname "wan0" accept
    ct state established,related accept
  }
  chain leaving {
    type nat hook postrouting priority 100;
    oifname "wan0" masquerade
  }
}
"""
_SILENCE = """\
table ip silence {
  chain everything {
    type filter hook prerouting priority -400; policy accept;
    iifname "wan0" drop
    iifname "lan*" drop
  }
}
"""


class Network:
    """``with Network(folder) as network:`` gives ``network.relay``; ``add_server`` gives more machines."""

    def __init__(self, folder: Path, *, relay_has_systemd: bool = False) -> None:
        self.relay = Machine(folder / "relay", "relay", systemd=relay_has_systemd)
        self.servers: list[Machine] = []
        self._folder = folder
        self._gateway: Namespaces | None = None
        self._net = ""
        self._device = ""
        self._gateway_addresses = ["", ""]

    @property
    def address(self) -> str:
        """The relay's public one, for the person's computer and for the servers."""
        return f"{self._net}.1"

    @property
    def gateway(self) -> Namespaces:
        assert self._gateway is not None
        return self._gateway

    def start(self) -> Self:
        self.relay.start()
        self._gateway = Namespaces.router("gateway")
        self._join_relay_to_here()
        self._join_gateway_to_relay()
        return self

    def stop(self) -> None:
        if self._device:  # else the kernel takes it away a little later
            subprocess.run(["ip", "link", "del", self._device], capture_output=True, timeout=30)
            self._device = ""
        for machine in (*self.servers, self.relay):
            machine.stop()
        self.servers = []
        if self._gateway is not None:
            self._gateway.end()
            self._gateway = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def add_server(self, name: str, *, systemd: bool = False) -> Machine:
        machine = Machine(self._folder / name, name, systemd=systemd)
        self.servers.append(machine)
        number = len(self.servers)
        machine.start()
        net = f"192.168.{50 + number}"
        _join(self.gateway, f"lan{number}", f"{net}.1/24", machine.disk, "eth0", f"{net}.2/24")
        machine.disk.call("ip", "route", "add", "default", "via", f"{net}.1")
        return machine

    # --- what can happen to the line ----------------------------------------------------------------------

    def cut(self) -> None:
        """Between the servers and the relay nothing passes any more, and nobody is told."""
        self.gateway.call("nft", "-f", "-", text=_SILENCE)

    def restore(self, *, with_new_address: bool = False) -> None:
        """``with_new_address``: as after a router's redial, which also forgets every connection it knew."""
        if with_new_address:
            old, new = self._gateway_addresses
            self._gateway_addresses = [new, old]
            self.gateway.call("ip", "address", "del", f"{old}/29", "dev", "wan0")
            self.gateway.call("ip", "address", "add", f"{new}/29", "dev", "wan0")
            self.gateway.call("ip", "route", "replace", "default", "via", f"{self._net}.9")
        self.gateway.call("nft", "delete", "table", "ip", "silence")

    # --- how ----------------------------------------------------------------------------------------------

    def _join_relay_to_here(self) -> None:
        for _ in range(20):
            number = secrets.randbelow(_LAST - _FIRST + 1)
            self._net = f"198.{18 + number // 256}.{number % 256}"
            if not _told("ip", "-o", "route", "show", "root", f"{self._net}.0/29").strip():
                break
        here, name = f"rt{secrets.token_hex(4)}", "pc0"
        self._device = here
        pid = str(self.relay.disk.pid)
        _told("ip", "link", "add", here, "type", "veth", "peer", "name", name, "netns", pid)
        _told("ip", "address", "add", f"{self._net}.2/29", "dev", here)
        _told("ip", "link", "set", here, "up")
        self.relay.disk.call("ip", "address", "add", f"{self._net}.1/29", "dev", name)
        self.relay.disk.call("ip", "link", "set", name, "up")

    def _join_gateway_to_relay(self) -> None:
        self._gateway_addresses = [f"{self._net}.10", f"{self._net}.11"]
        outer = f"{self._gateway_addresses[0]}/29"
        _join(self.relay.disk, "gw0", f"{self._net}.9/29", self.gateway, "wan0", outer)
        self.gateway.call("ip", "link", "set", "lo", "up")
        self.gateway.call("ip", "route", "add", "default", "via", f"{self._net}.9")
        self.gateway.call("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        self.gateway.call("nft", "-f", "-", text=_GATEWAY_RULES)


def _join(
    one: Namespaces, name: str, address: str, other: Namespaces, its_name: str, its_address: str
) -> None:
    """A cable between two networks, with an address at either end."""
    one.call("ip", "link", "add", name, "type", "veth", "peer", "name", its_name, "netns", str(other.pid))
    for side, device, at in ((one, name, address), (other, its_name, its_address)):
        side.call("ip", "address", "add", at, "dev", device)
        side.call("ip", "link", "set", device, "up")


def _told(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout
