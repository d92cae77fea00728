"""Lists of Shadowsocks servers as JSON: SIP008, and the single object that Outline's online keys deliver.

Source: SIP008 (shadowsocks.org/doc/sip008); Outline's reference of dynamic access keys.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from typing import Any

from app.core.access import LinkProblem, LinkProblemCode, LinkUnreadable, ReadLinks, ShadowsocksAccess
from app.export.access_links.pieces import checked_host, checked_port, clean_name
from app.export.access_links.shadowsocks import KIND, checked

_NAMESPACE = uuid.UUID("6e1a3a7e-0a57-5b5e-9d0c-2b8f0f1f4a11")  # so that the same server keeps its id


def read_list(text: str) -> ReadLinks:
    """Every server that can be read, and why the others cannot. Raises LinkUnreadable for no list at all."""
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise LinkUnreadable(LinkProblemCode.JSON_DAMAGED, kind=KIND) from e
    if isinstance(raw, dict) and "servers" not in raw and "server" in raw:
        return ReadLinks((_read_one(raw),))
    if not isinstance(raw, dict) or not isinstance(raw.get("servers"), list):
        raise LinkUnreadable(LinkProblemCode.JSON_DAMAGED, kind="SIP008")
    if raw.get("version", 1) != 1 or isinstance(raw.get("version"), bool):
        raise LinkUnreadable(LinkProblemCode.VERSION_UNKNOWN, kind="SIP008", version=str(raw["version"])[:20])
    if not raw["servers"]:
        raise LinkUnreadable(LinkProblemCode.NO_SERVERS)
    accesses: list[ShadowsocksAccess] = []
    problems: list[LinkProblem] = []
    for number, item in enumerate(raw["servers"], 1):
        try:
            accesses.append(_read_one(item))
        except LinkUnreadable as e:
            problems.append(dataclasses.replace(e.problem, number=number))
    return ReadLinks(tuple(accesses), tuple(problems))


def sip008(accesses: tuple[ShadowsocksAccess, ...]) -> str:
    """The servers as a SIP008 document; a server has the same id whenever it is written."""
    servers = []
    for access in accesses:
        told = f"{access.host}|{access.port}|{access.method}|{access.name}"
        server: dict[str, Any] = {
            "id": str(uuid.uuid5(_NAMESPACE, told)),
            "remarks": access.name,
            "server": access.host,
            "server_port": access.port,
            "password": access.password,
            "method": access.method,
        }
        if access.plugin:
            server |= {"plugin": access.plugin, "plugin_opts": access.plugin_options}
        servers.append(server)
    return json.dumps({"version": 1, "servers": servers}, ensure_ascii=False, indent=2) + "\n"


def _read_one(raw: object) -> ShadowsocksAccess:
    if not isinstance(raw, dict):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind="SIP008", field="servers")
    port = raw.get("server_port")
    if isinstance(port, bool) or not isinstance(port, int | str):
        raise LinkUnreadable(LinkProblemCode.PORT_MISSING, kind=KIND)
    prefix = _text(raw, "prefix")
    if any(ord(character) > 0xFF for character in prefix):
        raise LinkUnreadable(LinkProblemCode.PREFIX_DAMAGED)
    return checked(
        ShadowsocksAccess(
            host=checked_host(_text(raw, "server"), KIND),
            port=checked_port(str(port), KIND),
            method=_text(raw, "method"),
            password=_text(raw, "password"),
            plugin=_text(raw, "plugin"),
            plugin_options=_text(raw, "plugin_opts"),
            prefix=prefix,
            name=clean_name(_text(raw, "remarks")),
        )
    )


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind="SIP008", field=name)
    try:
        value.encode()
    except UnicodeEncodeError as e:  # "\ud800" of JSON
        raise LinkUnreadable(LinkProblemCode.NOT_TEXT, kind=KIND) from e
    return value
