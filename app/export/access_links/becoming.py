"""What an access becomes in the profiles, and why it does not; and a profile's access again, for its link.

Pure: nothing is stored, and no name or port is chosen here.
"""

from __future__ import annotations

import dataclasses
import re

from app.core.access import (
    Access,
    OnlineAccess,
    Refusal,
    RefusalCode,
    ShadowsocksAccess,
    VlessAccess,
    VmessAccess,
)
from app.core.route_rules import ENCRYPTION_FORM, carrier_problems, digest_of_pem, is_public_key
from app.core.routes import V2rayCarrier
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_methods import PLUGINS, strange_option
from app.core.v2ray_route import Core
from app.export.access_links.pieces import shown

V2rayAccess = VmessAccess | VlessAccess
_PLAIN, _WEBSOCKET = ("tcp", "raw"), "ws"
_ENCRYPTION = re.compile(rf"mlkem768x25519plus\.(?P<form>{ENCRYPTION_FORM.pattern})\.(?P<key>[A-Za-z0-9_-]+)")
_VISION = ("xtls-rprx-vision", "xtls-rprx-vision-udp443")
_USUAL_PLUGINS = {"simple-obfs": "obfs-local", "ss-v2ray-plugin": "v2ray-plugin"}  # as phones know them


def refusal_of(access: Access | OnlineAccess) -> Refusal | None:
    """Why it does not become a profile; None where it does."""
    if isinstance(access, OnlineAccess):
        return Refusal(RefusalCode.ONLINE)
    if isinstance(access, ShadowsocksAccess):
        if access.plugin and _usual_plugin(access.plugin) not in PLUGINS:
            return Refusal(RefusalCode.PLUGIN, {"plugin": shown(access.plugin)})
        if option := strange_option(_usual_plugin(access.plugin), access.plugin_options):
            return Refusal(RefusalCode.PLUGIN_OPTION, {"plugin": access.plugin, "option": shown(option)[:40]})
        return None
    network = _network_refused(access)
    if network:
        return Refusal(RefusalCode.NETWORK, {"network": network})
    if isinstance(access, VlessAccess) and (found := _vless_refused(access)) is not None:
        return found
    is_tls = access.tls if isinstance(access, VmessAccess) else access.security == "tls"
    if is_tls and access.is_insecure and not access.pinned_certificate:
        return Refusal(RefusalCode.CERTIFICATE_UNCHECKED)
    wrong = next(carrier_problems(carrier_of(access)), None)
    return None if wrong is None else Refusal(RefusalCode.FIELD, {"field": wrong[0]})


def _network_refused(access: V2rayAccess) -> str:
    """What it goes over, where that is nothing we write; else ""."""
    if access.network == _WEBSOCKET or (access.network in _PLAIN and access.header_type == "none"):
        return ""
    is_plain = access.network in _PLAIN
    return f"{access.network} ({access.header_type})" if is_plain else access.network


def _vless_refused(access: VlessAccess) -> Refusal | None:
    if access.security not in ("", "tls"):
        return Refusal(RefusalCode.SECURITY, {"security": access.security})
    if access.flow and (access.flow not in _VISION or access.network == _WEBSOCKET):
        return Refusal(RefusalCode.FLOW, {"flow": access.flow})
    if access.encryption == "none":
        return None if access.security else Refusal(RefusalCode.UNENCRYPTED)
    found = _ENCRYPTION.fullmatch(access.encryption)
    return None if found and is_public_key(found["key"]) else Refusal(RefusalCode.ENCRYPTION)


def secret_of(access: Access) -> str:
    """What belongs into the keyring, and nowhere else."""
    return access.password if isinstance(access, ShadowsocksAccess) else access.uuid


def carrier_of(access: V2rayAccess) -> V2rayCarrier:
    """The way to the relay that such a link stands for; one that has no ``refusal_of``."""
    host_header = access.host_header.partition(",")[0] if access.network == _WEBSOCKET else ""
    is_tls = access.tls if isinstance(access, VmessAccess) else access.security == "tls"
    server_name = (access.server_name or host_header or access.host) if is_tls else ""
    path = access.path or "/"
    common = V2rayCarrier(
        user_port=access.port,
        server_name=server_name,
        certificate_sha256=access.pinned_certificate if is_tls else "",
        websocket_path=(path if path.startswith("/") else f"/{path}") if access.network == _WEBSOCKET else "",
        websocket_host="" if host_header == access.host else host_header,
    )
    if isinstance(access, VmessAccess):
        return dataclasses.replace(common, core=Core.V2RAY)
    found = _ENCRYPTION.fullmatch(access.encryption)
    return dataclasses.replace(
        common,
        core=Core.XRAY,
        vision=bool(access.flow),
        encryption_key=found["key"] if found else "",
        encryption_form=found["form"] if found else common.encryption_form,
    )


def is_same_way(known: V2rayCarrier, access: V2rayAccess) -> bool:
    """Whether a relay's carrier leads where such a link leads; hosts are compared by the caller.

    A new key or certificate makes another way: the old one does not lead there any more.
    """
    wanted = carrier_of(access)
    names = (
        *("core", "user_port", "server_name", "websocket_path", "websocket_host"),
        *("vision", "encryption_key", "encryption_form"),
    )
    fingerprint = digest_of_pem(known.certificate_pem) or known.certificate_sha256
    is_same = all(getattr(known, name) == getattr(wanted, name) for name in names)
    return is_same and fingerprint == wanted.certificate_sha256


def shadowsocks_server(access: ShadowsocksAccess, id_: str, name: str, local_port: int) -> ShadowsocksServer:
    return ShadowsocksServer(
        id=id_,
        name=name,
        host=access.host,
        port=access.port,
        method=access.method,
        plugin=_usual_plugin(access.plugin),
        plugin_options=access.plugin_options,
        prefix=access.prefix,
        local_port=local_port,
    )


def is_same_server(known: ShadowsocksServer, access: ShadowsocksAccess) -> bool:
    """But for the password."""
    wanted = shadowsocks_server(access, known.id, known.name, known.local_port)
    names = ("port", "method", "plugin", "plugin_options", "prefix")
    is_same = all(getattr(known, name) == getattr(wanted, name) for name in names)
    return is_same and known.host.lower() == wanted.host.lower()


def access_of(server: ShadowsocksServer, password: str) -> ShadowsocksAccess:
    """The access of a profile, for the link that other programs read; its plugin as phones call it."""
    return ShadowsocksAccess(
        host=server.host,
        port=server.port,
        method=server.method,
        password=password,
        plugin=_usual_plugin(server.plugin),
        plugin_options=server.plugin_options,
        prefix=server.prefix,
        name=server.name,
    )


def _usual_plugin(name: str) -> str:
    return _USUAL_PLUGINS.get(name, name)
