"""A v2ray route's user id follows its server when that is renamed: it is kept under the alias."""

from __future__ import annotations

from app.core.profiles import Document
from app.secrets import SecretName, SecretStore
from app.tunnel.core_end import SECRET_KIND


def renamed(old: Document, new: Document) -> list[tuple[SecretName, SecretName]]:
    """From and to, of servers with such a route. Pure."""
    before = {server.id: server.alias for server in old.servers}
    return [
        (SecretName(SECRET_KIND, before[server.id]), SecretName(SECRET_KIND, server.alias))
        for server in new.servers
        if server.v2ray is not None and before.get(server.id, server.alias) != server.alias
    ]


def follow(secrets: SecretStore, names: list[tuple[SecretName, SecretName]]) -> None:
    """Blocks: the keyring may ask. All are read before any is written, for names that were exchanged."""
    found = [(before, after, secrets.get(before)) for before, after in names]
    kept = {after for _, after, secret in found if secret}
    for _, after, secret in found:
        if secret:
            secrets.remember(after, secret)
    for before, _, secret in found:
        if secret and before not in kept:
            secrets.forget(before)
