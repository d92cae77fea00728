"""Shadowsocks servers as profiles keep them: the person's way to the rest of the internet.

A password is in the keyring (``app.secrets``: kind ``SECRET_KIND``, subject the profile's id), never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.faults import Fault

SECRET_KIND = "shadowsocks"
DEFAULT_LOCAL_PORT = 11080  # 1080 is reserved on many a Windows with Hyper-V


class Steering(StrEnum):
    """Who uses a Shadowsocks server that is connected."""

    PORT = "port"  # programs that are told its local port, and nobody else
    PAC = "pac"  # the system's proxy: what the person's lists say
    GLOBAL = "global"  # the system's proxy: everything but this computer and private networks


class Others(StrEnum):
    """What a PAC file does with names that no list has."""

    DIRECT = "direct"
    PROXIED = "proxied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowsocksServer:
    """One port of a Shadowsocks server: the person's own relay, or somebody's link."""

    id: str
    name: str
    host: str
    port: int
    method: str  # "aes-256-gcm"
    plugin: str = ""  # SIP003: the client's program, "obfs-local", "v2ray-plugin"
    plugin_options: str = ""  # "obfs=tls;obfs-host=example.org"
    prefix: str = ""  # Outline's; kept for the link, no client of ours sends it
    relay_id: str = ""  # where RelayTray has set it up; "" = it came by a link
    for_phones: bool = False  # its link is for Outline and Shadowsocks on phones
    local_port: int = DEFAULT_LOCAL_PORT  # on 127.0.0.1: SOCKS5, SOCKS4a and HTTP
    steering: Steering = Steering.PORT
    connect_at_launch: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


class ProxyPhase(StrEnum):
    """Where the client of one Shadowsocks server is."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"  # the server has understood its client: see ``app.tunnel.shadowsocks``
    WAITING = "waiting"  # lost or failed, by a wrong password too, which no server tells; again in retry_in_s
    FAILED = "failed"  # needs the person: no program, no password, a method that none here knows


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowsocksState:
    phase: ProxyPhase = ProxyPhase.OFF
    fault: Fault | None = None  # why, in WAITING and FAILED
    retry_in_s: float | None = None
