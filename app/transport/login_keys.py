"""Which keys a login tries, in which order, and how they are unlocked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import paramiko

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Authentication
from app.core.questions import SecretKind, SecretReason
from app.secrets.names import SecretName
from app.transport.agent import AgentKey, agent_keys
from app.transport.keys import expanded, load_certificate, load_private_key, needs_passphrase, public_blob
from app.transport.login_secrets import MAX_TRIES, LoginPlan, LoginSecrets

_log = logging.getLogger("relaytray.transport")
_MAX_AGENT_KEYS = 5  # sshd gives up after MaxAuthTries, by default 6
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_QUIET_AGENT_TIMEOUT_S = 2.0  # when the agent only might help


class LoginKeys:
    """The keys for one login."""

    def __init__(self, plan: LoginPlan, secrets: LoginSecrets) -> None:
        self._plan = plan
        self._secrets = secrets

    def __iter__(self) -> Iterator[paramiko.PKey]:
        """The keys to be tried, in order; the first is found (and unlocked) before the rest is looked at."""
        plan = self._plan
        if plan.authentication is Authentication.AGENT:
            yield from self._agents_keys()
        elif plan.identity:
            yield from self._key_file(plan.identity)
        else:
            yield from self._usual_keys()

    def _agents_keys(self) -> Iterator[paramiko.PKey]:
        """All of them, the one that the profile names first (alone, if the agent has it)."""
        keys = agent_keys()
        wanted = public_blob(self._plan.identity) if self._plan.identity else b""
        chosen = [key for key in keys if wanted and key.asbytes() == wanted]
        yield from chosen or _first_few(keys)

    def _usual_keys(self) -> Iterator[paramiko.PKey]:
        """As ssh does when nothing is configured. Raises KEY_MISSING when there is no key at all."""
        found = False
        for key in _first_few(_agents_keys_quietly()):
            found = True
            yield key
        for name in _DEFAULT_KEYS:
            path = Path.home() / ".ssh" / name
            if path.is_file():
                found = True
                yield from self._key_file(str(path))
        if not found:
            raise error(FaultCode.KEY_MISSING, path=Path.home() / ".ssh" / _DEFAULT_KEYS[0])

    def _key_file(self, identity: str) -> Iterator[paramiko.PKey]:
        """The key of this file, with its certificate first if it has one."""
        path = expanded(identity)
        try:
            key = self._unlocked(path)
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.KEY_UNSUPPORTED or not (held := _held_by_agent(path)):
                raise
            key = held  # a security key, or a PuTTY key that Pageant has
        certificate = expanded(self._plan.certificate or f"{path}-cert.pub")
        if not isinstance(key, AgentKey) and (self._plan.certificate or certificate.is_file()):
            try:
                load_certificate(key, certificate)
            except RelayTrayError as e:
                if self._plan.certificate:
                    raise
                _log.info("The certificate %s is not used: %s.", certificate, e)
            else:
                yield key
                key.public_blob = None
        yield key

    def _unlocked(self, path: Path) -> paramiko.PKey:
        """The key, with the passphrase from the store, or held by an agent, or asked from the person."""
        if not needs_passphrase(path):
            return load_private_key(path)
        name = SecretName("passphrase", str(path))
        reason = SecretReason.NEEDED
        stored = self._secrets.stored(name)
        if stored is not None:
            if (key := _try_passphrase(path, stored)) is not None:
                return key
            reason = SecretReason.WRONG
        if (held := _held_by_agent(path)) is not None:
            return held
        for _ in range(MAX_TRIES):
            typed = self._secrets.ask_secret(SecretKind.PASSPHRASE, name.subject, reason)
            if (key := _try_passphrase(path, typed.secret)) is not None:
                self._secrets.keep(name, typed)
                return key
            reason = SecretReason.WRONG
        raise error(FaultCode.PASSPHRASE_WRONG, path=path)


def _try_passphrase(path: Path, passphrase: str) -> paramiko.PKey | None:
    try:
        return load_private_key(path, passphrase)
    except RelayTrayError as e:
        if e.fault.code is not FaultCode.PASSPHRASE_WRONG:
            raise
        return None


def _agents_keys_quietly() -> list[AgentKey]:
    try:
        return agent_keys(_QUIET_AGENT_TIMEOUT_S)
    except RelayTrayError:
        return []


def _first_few(keys: list[AgentKey]) -> list[AgentKey]:
    """Certificates first; no more than a server has patience for."""
    if len(keys) > _MAX_AGENT_KEYS:
        _log.info("The agent has %d keys; only %d are tried.", len(keys), _MAX_AGENT_KEYS)
    return sorted(keys, key=lambda key: "-cert-" not in key.get_name())[:_MAX_AGENT_KEYS]


def _held_by_agent(path: Path) -> AgentKey | None:
    """The agent's handle on the key in this file, so that nobody need be asked for its passphrase."""
    wanted = public_blob(path)
    if not wanted:
        return None
    return next((key for key in _agents_keys_quietly() if key.asbytes() == wanted), None)
