"""Reads whatever a person pastes: one link, several lines of them, a SIP008 file, or a list in base64."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from app.core.access import (
    Access,
    LinkProblem,
    LinkProblemCode,
    LinkUnreadable,
    OnlineAccess,
    ReadLinks,
    ShadowsocksAccess,
    VmessAccess,
)
from app.export.access_links.pieces import decoded_text, shown
from app.export.access_links.shadowsocks import read_online, read_shadowsocks, shadowsocks_link
from app.export.access_links.sip008 import read_list
from app.export.access_links.vmess import read_vless, read_vmess, vless_link, vmess_link

MAX_TEXT = 1_000_000  # characters; a list of thousands of servers is shorter
_READERS: dict[str, Callable[[str], Access | OnlineAccess]] = {
    "ss": read_shadowsocks,
    "ssconf": read_online,
    "vmess": read_vmess,
    "vless": read_vless,
}


def read_links(text: str) -> ReadLinks:
    """Everything that can be read in ``text``, and a problem for each link that cannot. Never raises."""
    try:
        return _read(text)
    except LinkUnreadable as e:
        return ReadLinks(problems=(e.problem,))


def link_of(access: Access) -> str:
    """The link that other programs read."""
    if isinstance(access, ShadowsocksAccess):
        return shadowsocks_link(access)
    return vmess_link(access) if isinstance(access, VmessAccess) else vless_link(access)


def _read(text: str) -> ReadLinks:
    if len(text) > MAX_TEXT:
        raise LinkUnreadable(LinkProblemCode.TOO_LONG, limit=MAX_TEXT)
    # A clipboard may hold half a character.
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    text = text.strip().removeprefix("\ufeff").strip()
    if not text:
        raise LinkUnreadable(LinkProblemCode.EMPTY)
    if text.startswith(("{", "[")):
        return read_list(text)
    if "://" not in text:
        return _read_encoded("".join(text.split()))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    accesses: list[Access | OnlineAccess] = []
    problems: list[LinkProblem] = []
    for number, line in enumerate(lines, 1):
        try:
            accesses.append(_read_one(line))
        except LinkUnreadable as e:
            problems.append(dataclasses.replace(e.problem, number=number if len(lines) > 1 else 0))
    return ReadLinks(tuple(accesses), tuple(problems))


def _read_encoded(text: str) -> ReadLinks:
    """The usual form of a subscription: base64 of lines. Raises LinkUnreadable when it is not even that."""
    try:
        inside = decoded_text(text, "")
    except LinkUnreadable as e:
        raise LinkUnreadable(LinkProblemCode.NOT_A_LINK) from e
    if "://" not in inside:
        raise LinkUnreadable(LinkProblemCode.NOT_A_LINK)
    return _read(inside)


def _read_one(line: str) -> Access | OnlineAccess:
    scheme, separator, rest = line.partition("://")
    if not separator or not scheme.isalnum() or not scheme.isascii():
        raise LinkUnreadable(LinkProblemCode.NOT_A_LINK)
    reader = _READERS.get(scheme.lower())
    if reader is None:
        raise LinkUnreadable(LinkProblemCode.SCHEME_UNKNOWN, scheme=shown(scheme)[:20])
    return reader(f"{scheme.lower()}://{rest}")
