"""What the doctor looks at on this computer: local ports, and the key or agent of the relay's login."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Authentication, Relay, Server
from app.secrets.names import SecretName
from app.system.file_rights import why_not_private
from app.system.port_holder import classify_bind_error
from app.transport.agent import AgentKey, agent_keys
from app.transport.keys import expanded, load_private_key, needs_passphrase, public_blob
from app.transport.known_hosts import blob_type

_HOST = "127.0.0.1"
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")


def local_port(relay: Relay, server: Server | None, ours: Collection[int]) -> Examined:
    """The ports that other programs are told: RelayTray has them, or could have them."""
    ports = [relay.socks_port]
    if server is not None:
        ports += [server.local_ssh_port] if server.local_ssh_port else []
        ports += [forward.local_port for forward in server.forwards]
    for port in ports:
        if port in ours:
            continue
        try:
            _try_to_listen(port)
        except OSError as e:
            fault = classify_bind_error(e, _HOST, port)
            return Examined(check=Check.LOCAL_PORT, verdict=Verdict.BAD, fault=fault, figure=str(port))
    told = ", ".join(f"{_HOST}:{port}" for port in ports)
    advice = Advice.PORT_OURS if relay.socks_port in ours else Advice.PORT_FREE
    return Examined(
        check=Check.LOCAL_PORT,
        verdict=Verdict.GOOD,
        advice=advice,
        details={"address": told},
        figure=str(relay.socks_port),
    )


def _try_to_listen(port: int) -> None:
    """Given back at once. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((_HOST, port))
        probe.listen(1)


def key_file(relay: Relay, secrets: Any) -> Examined:
    """Whether the relay's login can begin. Raises KEY_..., AGENT_UNAVAILABLE, AGENT_EMPTY."""
    if relay.authentication is Authentication.AGENT:
        return _good(Advice.AGENT_HAS_KEYS, number=len(agent_keys()))
    if relay.authentication is not Authentication.KEY_FILE:
        return _good(Advice.KEY_NOT_USED, method=relay.authentication.value)
    if relay.identity:
        return _key(expanded(relay.identity), secrets)
    held = _agents_keys()
    if held:
        return _good(Advice.AGENT_HAS_KEYS, number=len(held))
    folder = Path.home() / ".ssh"
    usual = [folder / name for name in _DEFAULT_KEYS]
    return _key(next((path for path in usual if path.is_file()), usual[0]), secrets)


def _key(path: Path, secrets: Any) -> Examined:
    blob = public_blob(path)
    try:
        is_locked = needs_passphrase(path)
        key_type = load_private_key(path).get_name() if not is_locked else blob_type(blob)
    except RelayTrayError as e:
        # A security key, or a PuTTY key: the login takes it from the agent that holds it.
        held = [key for key in _agents_keys() if blob and key.asbytes() == blob]
        if e.fault.code is FaultCode.KEY_UNSUPPORTED and held:
            return _good(Advice.AGENT_HAS_KEYS, number=len(held))
        raise
    try:
        exposed = why_not_private(path)
    except OSError as e:
        exposed = e.strerror or type(e).__name__
    if exposed is not None:
        return _warning(Advice.KEY_EXPOSED, path=path, reason=exposed)
    return _locked_key(path, key_type or "?", blob, secrets) if is_locked else _good_key(path, key_type)


def _locked_key(path: Path, key_type: str, blob: bytes, secrets: Any) -> Examined:
    """Its passphrase is stored and right, or an agent has the key, or the person will be asked."""
    stored = secrets.get(SecretName("passphrase", str(path)))
    if stored is not None:
        try:
            return _good_key(path, load_private_key(path, stored).get_name())
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.PASSPHRASE_WRONG:
                raise
            return _warning(Advice.PASSPHRASE_STALE, path=path)
    if blob and any(key.asbytes() == blob for key in _agents_keys()):
        return _good_key(path, key_type)
    return _good(Advice.PASSPHRASE_ASKED, path=path, key_type=key_type)


def _agents_keys() -> list[AgentKey]:
    """Those of an agent that only might help."""
    if os.name != "nt" and not os.environ.get("SSH_AUTH_SOCK"):
        return []
    try:
        return agent_keys(2.0)
    except RelayTrayError:
        return []


def _good_key(path: Path, key_type: str) -> Examined:
    return _good(Advice.KEY_GOOD, path=path, key_type=key_type)


def _good(advice: Advice, **details: object) -> Examined:
    told = {name: str(value) for name, value in details.items()}
    return Examined(check=Check.KEY_FILE, verdict=Verdict.GOOD, advice=advice, details=told)


def _warning(advice: Advice, **details: object) -> Examined:
    told = {name: str(value) for name, value in details.items()}
    return Examined(check=Check.KEY_FILE, verdict=Verdict.WARNING, advice=advice, details=told)
