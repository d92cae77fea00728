"""A route's secret follows its server's name."""

from __future__ import annotations

import pytest

from app.core.profiles import Document, Server
from app.core.routes import V2rayRoute
from app.secrets import SecretName, SecretStore
from app.tunnel.route_secrets import follow, renamed
from tests.secrets.bad_backends import Memory, Raises


def document(*aliases: str) -> Document:
    return Document(
        servers=tuple(
            Server(id=f"s{number}", alias=alias, relay_id="r", v2ray=V2rayRoute())
            for number, alias in enumerate(aliases)
        )
    )


def name(alias: str) -> SecretName:
    return SecretName("v2ray", alias)


@pytest.mark.parametrize("backend", [Memory(), Raises(OSError("no answer"))], ids=["keyring", "memory"])
def test_renamed_and_exchanged_names(backend: Memory) -> None:
    assert renamed(document("a", "b"), document("a", "b", "c")) == []
    names = renamed(document("a", "b", "c"), document("b", "a", "d"))
    assert names == [(name("a"), name("b")), (name("b"), name("a")), (name("c"), name("d"))]
    secrets = SecretStore(on_fault=lambda _fault: None, backend=backend)
    try:
        for alias in ("a", "b", "c"):
            secrets.remember(name(alias), f"of {alias}")
        follow(secrets, names)
        assert [secrets.get(name(alias)) for alias in ("a", "b", "c", "d")] == ["of b", "of a", None, "of c"]
    finally:
        secrets.close()


def test_what_was_not_there_is_not_made() -> None:
    secrets = SecretStore(on_fault=lambda _fault: None)
    try:
        follow(secrets, [(name("x"), name("y"))])
        assert secrets.get(name("y")) is None
    finally:
        secrets.close()
