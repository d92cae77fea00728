"""The document as JSON and back, and the steps that bring an older one up to date.

``{"format": "relaytray", "version": 1, "relays": [...], "servers": [...], "shadowsocks": [...],
"settings": {...}}``; each object has the fields of its dataclass in ``app.core``. A field this version does
not know is kept in ``extra`` of the object it stands in and written back, so that a newer program of the same
version number loses nothing.

A change that an older program would misread (a field that means something else, a new kind of a thing)
makes a new version: raise ``VERSION``, add one function to ``UPGRADES`` and one file to
``tests/samples``.
"""

from __future__ import annotations

import copy
import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import (
    AdminLogin,
    Document,
    Enrolment,
    Forward,
    Relay,
    ReverseRoute,
    Server,
    Settings,
)
from app.core.routes import V2rayCarrier, V2rayRoute
from app.core.shadowsocks import ShadowsocksServer

FORMAT = "relaytray"
VERSION = 1
MAX_DEPTH = 50  # of nested unknown values: more would exhaust the stack of whoever writes them

Raw = dict[str, Any]
Step = Callable[[Raw], Raw]

# From version n to n + 1; the number itself is raised by whoever calls the step.
UPGRADES: Mapping[int, Step] = types.MappingProxyType({})

_Part = ReverseRoute | AdminLogin | Enrolment | V2rayCarrier | V2rayRoute
_Profile = TypeVar(
    "_Profile",
    Relay, Server, Settings, ReverseRoute, Forward, AdminLogin, Enrolment, V2rayCarrier, V2rayRoute,
    ShadowsocksServer,
)  # fmt: skip
_MISSING = dataclasses.MISSING


class _DamagedError(Exception):
    """What is wrong and where, while reading; turned into FILE_DAMAGED at the border."""


def to_json(document: Document, version: int = VERSION) -> Raw:
    """The document as plain JSON values, unknown fields included."""
    raw: Raw = {
        "format": FORMAT,
        "version": version,
        "relays": [_write(relay) for relay in document.relays],
        "servers": [_write(server) for server in document.servers],
        "shadowsocks": [_write(server) for server in document.shadowsocks],
        "settings": _write(document.settings),
    }
    return raw | _unknown(document.extra, raw)


def from_json(raw: object, steps: Mapping[int, Step] = UPGRADES, version: int = VERSION) -> Document:
    """The document that ``to_json`` made, of this or an older version.

    Raises RelayTrayError: FILE_DAMAGED (reason; path and kept are for the caller to fill in) or
    FILE_TOO_NEW.
    """
    try:
        _check_depth(raw)
        upgraded = upgrade(raw, steps, version)
        known = {"format", "version", "relays", "servers", "shadowsocks", "settings"}
        relays = [_read(Relay, item, where) for item, where in _items(upgraded, "relays")]
        servers = [_read(Server, item, where) for item, where in _items(upgraded, "servers")]
        proxies = [_read(ShadowsocksServer, item, where) for item, where in _items(upgraded, "shadowsocks")]
        _check_ids([*relays, *servers, *proxies])
        return Document(
            relays=tuple(relays),
            servers=tuple(servers),
            shadowsocks=tuple(proxies),
            settings=_read(Settings, upgraded.get("settings", {}), "settings"),
            extra={name: copy.deepcopy(value) for name, value in upgraded.items() if name not in known},
        )
    except _DamagedError as e:
        raise damaged(str(e)) from e


def upgrade(raw: object, steps: Mapping[int, Step] = UPGRADES, version: int = VERSION) -> Raw:
    """A copy of ``raw`` brought to ``version`` step by step; ``raw`` itself is not changed.

    Raises RelayTrayError FILE_DAMAGED or FILE_TOO_NEW.
    """
    found = version_of(raw)
    if found > version:
        raise error(FaultCode.FILE_TOO_NEW, path="", version=found, kept="")
    upgraded: Raw = copy.deepcopy(typing.cast("Raw", raw))
    for number in range(found, version):
        upgraded = _one_step(upgraded, number, steps)
    return upgraded


def version_of(raw: object) -> int:
    """The version a document says it has. Raises RelayTrayError FILE_DAMAGED when it is no document."""
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise damaged("it is not a file of RelayTray profiles")
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise damaged("version: a number from 1 is expected")
    return version


def damaged(reason: str) -> RelayTrayError:
    """FILE_DAMAGED; whoever knows the file fills in ``path`` and ``kept``."""
    return error(FaultCode.FILE_DAMAGED, path="", reason=reason, kept="")


def _one_step(raw: Raw, number: int, steps: Mapping[int, Step]) -> Raw:
    if number not in steps:
        raise damaged(f"version {number} is not known")
    try:
        return steps[number](raw) | {"version": number + 1}
    except (LookupError, TypeError, ValueError, AttributeError) as e:
        raise damaged(f"it does not have the form of version {number} ({type(e).__name__})") from e


def _check_depth(raw: object) -> None:
    """No recursion here: this guards the recursion of everybody else."""
    level: list[object] = [raw]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for value in level:
            if isinstance(value, dict):
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
        if not deeper:
            return
        level = deeper
    raise damaged("it is nested too deeply")


def _check_ids(profiles: Iterable[Relay | Server | ShadowsocksServer]) -> None:
    seen: set[str] = set()
    for profile in profiles:
        if profile.id in seen:
            raise _DamagedError(f'the id "{profile.id}" is used twice')
        seen.add(profile.id)


def _items(raw: Raw, name: str) -> list[tuple[object, str]]:
    items = raw.get(name, [])
    if not isinstance(items, list):
        raise _DamagedError(f"{name}: a list is expected")
    return [(item, f"{name}[{i}]") for i, item in enumerate(items)]


# --- one dataclass ----------------------------------------------------------------------------------------


def _write(profile: Relay | Server | Settings | Forward | ShadowsocksServer | _Part) -> Raw:
    raw: Raw = {}
    for field in dataclasses.fields(profile):
        if field.name != "extra":
            raw[field.name] = _written(getattr(profile, field.name))
    return raw | _unknown(profile.extra, raw)


def _written(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return [item if isinstance(item, str | int) else _write(item) for item in value]
    return _write(value) if isinstance(value, _Part) else value


def _unknown(extra: Mapping[str, Any], known: Raw) -> Raw:
    return {name: value for name, value in extra.items() if name not in known}


def _read(kind: type[_Profile], raw: object, where: str) -> _Profile:
    if not isinstance(raw, dict):
        raise _DamagedError(f"{where}: an object is expected")
    types_ = typing.get_type_hints(kind)
    values: Raw = {}
    for field in dataclasses.fields(kind):
        if field.name == "extra":
            continue
        if field.name in raw:
            values[field.name] = _value(types_[field.name], raw[field.name], f"{where}.{field.name}")
        elif field.default is _MISSING and field.default_factory is _MISSING:
            raise _DamagedError(f"{where}.{field.name}: missing")
    extra = {
        name: copy.deepcopy(value) for name, value in raw.items() if name not in types_ or name == "extra"
    }
    return kind(**values, extra=extra)


def _value(kind: Any, raw: object, where: str) -> object:
    if typing.get_origin(kind) is types.UnionType:  # "AdminLogin | None": nothing else is optional
        (kind,) = (item for item in typing.get_args(kind) if item is not types.NoneType)
        return None if raw is None else _read(kind, raw, where)
    if kind is ReverseRoute:
        return _read(ReverseRoute, raw, where)
    if typing.get_origin(kind) is tuple:
        if not isinstance(raw, list):
            raise _DamagedError(f"{where}: a list is expected")
        item_kind = typing.get_args(kind)[0]
        return tuple(_item(item_kind, item, f"{where}[{i}]") for i, item in enumerate(raw))
    if issubclass(kind, StrEnum):
        return _choice(kind, raw, where)
    if not isinstance(raw, kind) or (isinstance(raw, bool) and kind is not bool):
        expected = {str: "a text", int: "a whole number", bool: "true or false"}[kind]
        raise _DamagedError(f"{where}: {expected} is expected")
    return raw


def _item(kind: Any, raw: object, where: str) -> object:
    return _read(Forward, raw, where) if kind is Forward else _value(kind, raw, where)


def _choice(kind: type[StrEnum], raw: object, where: str) -> StrEnum:
    for member in kind:
        if raw == member.value:
            return member
    raise _DamagedError(f"{where}: one of {', '.join(kind)} is expected")
