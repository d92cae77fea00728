"""This computer's user ids at relays' v2ray or Xray, one for each server; in the keyring alone."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.profiles import Server
from app.core.route_rules import is_user_id
from app.provision.v2ray_keys import new_id
from app.secrets.names import SecretName
from app.transport.login_secrets import SecretSource

_KIND = "v2ray"


def id_here(secrets: SecretSource, server: Server) -> str:
    """ "" where there is none, or one that no program would take."""
    known = secrets.get(_name(server)) or ""
    return known if is_user_id(known) else ""


def keep_id(secrets: SecretSource, server: Server, user_id: str) -> None:
    """Where the keyring fails it is kept until the program ends; the relay's record gives it back then."""
    if secrets.get(_name(server)) != user_id:
        secrets.remember(_name(server), user_id)


def kept_id(secrets: SecretSource, server: Server) -> str:
    """That of the keyring, or a new one, which is kept before anybody else can know it."""
    known = id_here(secrets, server)
    if known:
        return known
    made = new_id()
    keep_id(secrets, server, made)
    return made


def forget_ids(secrets: SecretSource, servers: Sequence[Server]) -> None:
    """Nothing lets them in any more."""
    for server in servers:
        if server.v2ray is not None:
            secrets.forget(_name(server))


def _name(server: Server) -> SecretName:
    return SecretName(_KIND, server.alias)
