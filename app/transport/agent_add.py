"""Handing a private key to a running agent, which then signs with it without asking for its passphrase.

Wire format: draft-ietf-sshm-ssh-agent, section 3.2 ("Adding keys to the agent") and its constraints, which
OpenSSH's PROTOCOL.agent followed; certificates as OpenSSH's ``sshkey_private_serialize_opt`` writes them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.core.faults import FaultCode, error
from app.core.private_keys import Added, AgentTerms
from app.export.openssh_key import private_parts
from app.export.ssh_wire import PrivateKey, Reader, mpint, string
from app.export.ssh_wire import public_blob as wire_blob
from app.system.agent_service import ServiceDisabled, start_agent_service
from app.transport.agent import LIST_TIMEOUT_S, SIGN_TIMEOUT_S, Agent, identities_of, reachable_agents
from app.transport.keys import UnlockedKey
from app.transport.known_hosts import blob_type

_log = logging.getLogger("relaytray.transport")

_ADD_IDENTITY = 17
_ADD_ID_CONSTRAINED = 25
_SUCCESS = 6
_CONSTRAIN_LIFETIME = 1
_CONSTRAIN_CONFIRM = 2
_MAX_LIFETIME_S = 0xFFFFFFFF


def add_to_agent(
    path: Path,
    unlocked: UnlockedKey,
    certificate: bytes = b"",
    terms: AgentTerms = AgentTerms(),  # noqa: B008 - frozen
) -> Added:
    """Give the key to the first agent that answers, and its certificate (the blob) too; ``path`` is told.

    On Windows the agent's service is started if it is there and stopped. Raises AGENT_UNAVAILABLE,
    AGENT_DISABLED and AGENT_REFUSED.
    """
    agent, held = _agent_that_answers()
    wanted = [wire_blob(unlocked.key), *([certificate] if certificate else [])]
    had_all = all(blob in held for blob in wanted)
    if had_all and not terms:
        return Added.KEPT_IT
    _ask_to_add(agent, path, private_parts(unlocked.key, wanted[0]), unlocked.comment, terms)
    if certificate:
        parts = _certified_parts(unlocked.key, certificate)
        _ask_to_add(agent, path, parts, unlocked.comment, terms)
    return Added.HAD_IT if had_all else Added.ADDED


def agent_has(blobs: Sequence[bytes]) -> bool:
    """Whether the agent that would be asked to add a key has all of these already. Never raises."""
    found = _first_that_answers()
    return found is not None and all(blob in found[1] for blob in blobs)


def _agent_that_answers() -> tuple[Agent, set[bytes]]:
    """And the keys that it has."""
    found = _first_that_answers()
    if found is None:
        try:
            if start_agent_service():
                found = _first_that_answers()
        except ServiceDisabled as e:
            raise error(FaultCode.AGENT_DISABLED) from e
    if found is None:
        raise error(FaultCode.AGENT_UNAVAILABLE)
    return found


def _first_that_answers() -> tuple[Agent, set[bytes]] | None:
    for agent in reachable_agents():
        try:
            return agent, {key.asbytes() for key in identities_of(agent, LIST_TIMEOUT_S)}
        except OSError as e:
            _log.info("An ssh agent could not be asked for its keys: %s.", e)
    return None


def _ask_to_add(agent: Agent, path: Path, parts: bytes, comment: bytes, terms: AgentTerms) -> None:
    constraints = b""
    if terms.lifetime_s > 0:
        lifetime = min(terms.lifetime_s, _MAX_LIFETIME_S)
        constraints += bytes([_CONSTRAIN_LIFETIME]) + lifetime.to_bytes(4, "big")
    if terms.confirm:
        constraints += bytes([_CONSTRAIN_CONFIRM])
    request = _ADD_ID_CONSTRAINED if constraints else _ADD_IDENTITY
    told = comment or str(path).encode("utf-8", "replace")  # as ssh-add does
    try:
        answer = agent.ask(bytes([request]) + parts + string(told) + constraints, SIGN_TIMEOUT_S)
    except OSError as e:
        raise error(FaultCode.AGENT_REFUSED, path=path, reason=e) from e
    if answer[:1] != bytes([_SUCCESS]):
        reason = "it may not know how to limit a key, as that of Windows" if terms else ""
        raise error(FaultCode.AGENT_REFUSED, path=path, reason=reason)


def _certified_parts(key: PrivateKey, certificate: bytes) -> bytes:
    """The certificate has the public parts already; what follows is what it lacks."""
    head = string(blob_type(certificate).encode("ascii")) + string(certificate)
    if isinstance(key, RSAPrivateKey):
        numbers = key.private_numbers()
        return head + b"".join(mpint(part) for part in (numbers.d, numbers.iqmp, numbers.p, numbers.q))
    if isinstance(key, EllipticCurvePrivateKey):
        return head + mpint(key.private_numbers().private_value)
    reader = Reader(private_parts(key, wire_blob(key)))
    reader.string()
    return head + reader.rest()
