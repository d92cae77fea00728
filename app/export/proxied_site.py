"""One server as the programs that bring SSH and SOCKS with them, WinSCP and PuTTY, are told of it.

They get the server's name and our SOCKS port, which leads that name to the server's sshd. The name is no
loopback address: those they would reach past the proxy, and two servers would share one host key entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.faults import FaultCode, error
from app.core.profiles import Relay, Server
from app.export.putty_host_keys import HostKey

SSH_PORT = 22  # the name stands for the server's sshd at this port, whatever the route is
FOLDER = "RelayTray"  # of their lists, so that ours stand together and are known as ours
SOCKS5 = 2  # ProxyMethod
AT_PROXY = 2  # ProxyDNS: nobody else knows the name
PING_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedSite:
    """All of it as values; nothing in here is a secret."""

    server: Server
    relay: Relay
    host_keys: tuple[HostKey, ...] = ()
    key_file: str = ""  # absolute path of a PuTTY key (.ppk); "" = the keys of an agent

    @property
    def host(self) -> str:
        return self.server.full_name

    @property
    def name(self) -> str:
        return f"{FOLDER}/{self.server.alias}"

    @property
    def folder(self) -> str:
        """Absolute, and ending in "/"; "" opens the home folder.

        A folder that starts at home ("~/data") cannot be said: neither program knows "~".
        """
        folder = self.server.remote_folder
        return f"{folder.rstrip('/')}/" if folder.startswith("/") else ""

    @property
    def needs_host_keys(self) -> tuple[HostKey, ...]:
        """Raises HOST_KEY_NOT_PINNED: without one, the person would be asked to trust blindly."""
        if not self.host_keys:
            raise error(FaultCode.HOST_KEY_NOT_PINNED, alias=self.server.alias)
        return self.host_keys


def utf8(text: str) -> bytes:
    """Raises PROFILE_INVALID for text that is none, such as a file name that could not be decoded."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as e:
        raise error(FaultCode.PROFILE_INVALID, problem=f"{text!r} cannot be written as text.") from e
