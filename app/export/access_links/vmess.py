"""``vmess://`` as v2rayN writes it (base64 of a JSON object), and ``vless://``.

Source: v2rayN, master of 2026-08, which writes every number as a text and reads either; Xray's discussion
716 for ``vless://``.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urlencode

from app.core.access import LinkProblemCode, LinkUnreadable, VlessAccess, VmessAccess
from app.export.access_links.pieces import (
    as_text,
    bracketed,
    checked_host,
    checked_port,
    checked_uuid,
    clean_name,
    decoded_text,
    host_and_port,
)

VMESS, VLESS = "VMess", "VLESS"
_TRUE = ("1", "true")
_WORD = re.compile(r"[\x21-\x7e]{0,200}")  # what stands for itself in the configurations of all programs
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_vmess(link: str) -> VmessAccess:
    """One ``vmess://`` link. Raises LinkUnreadable."""
    text = decoded_text(link[len("vmess://") :].strip(), VMESS)
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise LinkUnreadable(LinkProblemCode.JSON_DAMAGED, kind=VMESS) from e
    if not isinstance(raw, dict):
        raise LinkUnreadable(LinkProblemCode.JSON_DAMAGED, kind=VMESS)
    version = _value(raw, "v") or "1"
    if version not in ("1", "2"):
        raise LinkUnreadable(LinkProblemCode.VERSION_UNKNOWN, kind=VMESS, version=version[:20])
    alter_id = _value(raw, "aid") or "0"
    if not re.fullmatch(r"[0-9]{1,5}", alter_id) or int(alter_id) > 65535:
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VMESS, field="aid")
    return VmessAccess(
        host=checked_host(_value(raw, "add"), VMESS),
        port=checked_port(_value(raw, "port"), VMESS),
        uuid=checked_uuid(_value(raw, "id"), VMESS),
        alter_id=int(alter_id),
        security=_word(raw, "scy") or "auto",
        network=_word(raw, "net") or "tcp",
        header_type=_word(raw, "type") or "none",
        host_header=_word(raw, "host"),
        path=_word(raw, "path"),
        tls=_tls(raw),
        server_name=_word(raw, "sni"),
        alpn=_word(raw, "alpn"),
        fingerprint=_word(raw, "fp"),
        pinned_certificate=_pin(_value(raw, "pcs"), VMESS),
        is_insecure=_value(raw, "insecure").lower() in _TRUE,
        name=clean_name(_value(raw, "ps")),
    )


def vmess_link(access: VmessAccess) -> str:
    values = {
        "v": "2",
        "ps": access.name,
        "add": access.host,
        "port": str(access.port),
        "id": access.uuid,
        "aid": str(access.alter_id),
        "scy": access.security,
        "net": access.network,
        "type": access.header_type,
        "host": access.host_header,
        "path": access.path,
        "tls": "tls" if access.tls else "",
        "sni": access.server_name,
        "alpn": access.alpn,
        "fp": access.fingerprint,
        "insecure": "1" if access.is_insecure else "0",
        "pcs": access.pinned_certificate,
    }
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return "vmess://" + base64.b64encode(text.encode()).decode()


def read_vless(link: str) -> VlessAccess:
    """One ``vless://`` link. Raises LinkUnreadable."""
    body, _, fragment = link[len("vless://") :].partition("#")
    authority, _, query = body.partition("?")
    uuid, at, place = authority.removesuffix("/").rpartition("@")
    if not at:
        raise LinkUnreadable(LinkProblemCode.UUID_MISSING, kind=VLESS)
    host, port = host_and_port(unquote(place), VLESS)
    try:
        options = dict(
            reversed(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100))
        )
    except ValueError as e:  # no UTF-8, or far too many
        raise LinkUnreadable(LinkProblemCode.NOT_TEXT, kind=VLESS) from e
    for name, value in options.items():
        if not _WORD.fullmatch(value) and name != "encryption":
            raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VLESS, field=clean_name(name)[:20])
    encryption = options.get("encryption") or "none"
    if not re.fullmatch(r"[\x21-\x7e]{1,4000}", encryption):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VLESS, field="encryption")
    security = options.get("security", "")
    return VlessAccess(
        host=host,
        port=port,
        uuid=checked_uuid(unquote(uuid), VLESS),
        encryption=encryption,
        flow=options.get("flow", ""),
        network=options.get("type") or "tcp",
        header_type=options.get("headerType") or "none",
        security="" if security == "none" else security,
        server_name=options.get("sni", ""),
        pinned_certificate=_pin(options.get("pcs", ""), VLESS),
        path=options.get("path", ""),
        host_header=options.get("host", ""),
        is_insecure=(options.get("insecure") or options.get("allowInsecure") or "").lower() in _TRUE,
        name=clean_name(as_text(unquote_to_bytes(fragment), VLESS)),
    )


def vless_link(access: VlessAccess) -> str:
    options = {
        "encryption": access.encryption,
        "security": access.security,
        "sni": access.server_name,
        "type": access.network,
        "headerType": "" if access.header_type == "none" else access.header_type,
        "flow": access.flow,
        "pcs": access.pinned_certificate,
        "path": access.path,
        "host": access.host_header,
        "insecure": "1" if access.is_insecure else "",
    }
    query = urlencode({name: value for name, value in options.items() if value}, quote_via=quote)
    link = f"vless://{access.uuid}@{bracketed(access.host)}:{access.port}?{query}"
    return f"{link}#{quote(access.name, safe='')}" if access.name else link


def _value(raw: dict[str, Any], name: str) -> str:
    """A text or a whole number, as a text. Raises LinkUnreadable."""
    value = raw.get(name)
    if value is None or value is False:
        return ""
    if isinstance(value, int | str):
        text = str(value).strip() if not isinstance(value, bool) else "1"
        try:
            text.encode()
        except UnicodeEncodeError as e:
            raise LinkUnreadable(LinkProblemCode.NOT_TEXT, kind=VMESS) from e
        return text
    raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VMESS, field=name)


def _word(raw: dict[str, Any], name: str) -> str:
    text = _value(raw, name)
    if not _WORD.fullmatch(text):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VMESS, field=name)
    return text


def _tls(raw: dict[str, Any]) -> bool:
    value = _value(raw, "tls").lower()
    if value not in ("", "none", "tls"):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=VMESS, field="tls")
    return value == "tls"


def _pin(text: str, kind: str) -> str:
    plain = text.replace(":", "").lower()
    if plain and not _HEX_SHA256.fullmatch(plain):
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=kind, field="pcs")
    return plain
