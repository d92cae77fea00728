"""Keys held by an agent: OpenSSH's on every system, and Pageant on Windows.

Every request opens its own connection and has a deadline, so an agent that hangs holds up nobody, and keys
may be kept as long as one likes. (paramiko's own agent client waits for ever, sends the wrong public key
for RSA certificates, and ends the whole link when the agent declines to sign.)

Wire format: draft-ietf-sshm-ssh-agent.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import paramiko

from app.core.faults import FaultCode, error
from app.transport.known_hosts import blob_type

_log = logging.getLogger("relaytray.transport")

_REQUEST_IDENTITIES = 11
_IDENTITIES_ANSWER = 12
_SIGN_REQUEST = 13
_SIGN_RESPONSE = 14
_RSA_SHA2_256 = 2
_RSA_SHA2_512 = 4

_MAX_ANSWER = 256 * 1024  # bytes, as in OpenSSH's authfd.c
LIST_TIMEOUT_S = 5.0
SIGN_TIMEOUT_S = 60.0  # the agent may ask the person for a confirmation or a touch
_ON_WINDOWS = sys.platform == "win32"
_WINDOWS_PIPE = r"\\.\pipe\openssh-ssh-agent"


class SigningDeclined(Exception):  # noqa: N818 - the agent's decision
    """The agent would not or could not sign: declined by the person, locked, or gone."""


class Agent(Protocol):
    """One agent that is there. ``ask`` raises OSError."""

    def ask(self, request: bytes, timeout_s: float) -> bytes: ...


class AgentKey(paramiko.PKey):
    """A key (or certificate) whose private half stays in the agent; signs by asking the agent."""

    def __init__(self, agent: Agent, blob: bytes, comment: str) -> None:
        self._agent = agent
        self._blob = blob
        self.public_blob = None  # for a certificate, the blob itself is it
        self.comment = comment

    def asbytes(self) -> bytes:
        return self._blob

    def get_name(self) -> str:
        return blob_type(self._blob)

    @property
    def _fields(self) -> tuple[str, bytes]:
        return (self.get_name(), self._blob)

    def can_sign(self) -> bool:
        return True

    def sign_ssh_data(self, data: bytes, algorithm: str | None = None) -> bytes:  # type: ignore[override]
        """Raises SigningDeclined. Waits up to a minute for the person."""
        flags = 0
        if algorithm and algorithm.startswith("rsa-sha2-"):
            flags = _RSA_SHA2_512 if algorithm.startswith("rsa-sha2-512") else _RSA_SHA2_256
        request = bytes([_SIGN_REQUEST]) + _string(self._blob) + _string(data) + struct.pack(">I", flags)
        try:
            answer = self._agent.ask(request, SIGN_TIMEOUT_S)
        except OSError as e:
            raise SigningDeclined(str(e)) from e
        if answer[:1] != bytes([_SIGN_RESPONSE]):
            raise SigningDeclined("the agent declined to sign")
        return paramiko.Message(answer[1:]).get_binary()


def agent_keys(timeout_s: float = LIST_TIMEOUT_S) -> list[AgentKey]:
    """The keys of every agent that is there, in the agents' order.

    Raises AGENT_UNAVAILABLE when no agent answers within ``timeout_s``, AGENT_EMPTY when none has a key;
    a locked agent says that it has none.
    """
    keys: list[AgentKey] = []
    answered = False
    for agent in reachable_agents():
        try:
            keys += identities_of(agent, timeout_s)
            answered = True
        except OSError as e:
            _log.info("An ssh agent could not be asked for its keys: %s.", e)
    if not answered:
        raise error(FaultCode.AGENT_UNAVAILABLE)
    if not keys:
        raise error(FaultCode.AGENT_EMPTY)
    return keys


def identities_of(agent: Agent, timeout_s: float) -> list[AgentKey]:
    """Raises OSError when it is not there or does not tell."""
    answer = agent.ask(bytes([_REQUEST_IDENTITIES]), timeout_s)
    if answer[:1] != bytes([_IDENTITIES_ANSWER]):
        raise OSError("it does not list its keys")
    message = paramiko.Message(answer[1:])
    keys = []
    for _ in range(message.get_int()):
        blob, comment = message.get_binary(), message.get_binary()
        if not blob_type(blob):
            break  # cut off: paramiko's Message gives zero bytes beyond the end
        keys.append(AgentKey(agent, blob, comment.decode("utf-8", "replace")))
    return keys


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


# --- ways to reach an agent -------------------------------------------------------------------------------


def reachable_agents() -> list[Agent]:
    """In the order in which they are asked. Whether one is there, only asking it tells."""
    named = os.environ.get("SSH_AUTH_SOCK", "")
    if not _ON_WINDOWS:
        return [_UnixAgent(named)] if named else []
    pipes = [named] if named.lower().startswith("\\\\.\\pipe\\") else []
    agents: list[Agent] = [_PipeAgent(path) for path in dict.fromkeys([*pipes, _WINDOWS_PIPE])]
    return [*agents, _Pageant()]


class _UnixAgent:
    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, request: bytes, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(timeout_s)
            agent.connect(self._path)
            agent.sendall(_string(request))

            def read(count: int) -> bytes:
                agent.settimeout(max(deadline - time.monotonic(), 0.001))
                return agent.recv(count)

            return _answer(read)


class _PipeAgent:
    """The Windows service "OpenSSH Authentication Agent", or another agent with a named pipe."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, request: bytes, timeout_s: float) -> bytes:
        return _within(timeout_s, lambda: self._ask(request))

    def _ask(self, request: bytes) -> bytes:
        with open(self._path, "r+b", buffering=0) as pipe:  # noqa: PTH123 - pathlib would touch the pipe first
            pipe.write(_string(request))
            return _answer(lambda count: pipe.read(count) or b"")


class _Pageant:
    """Pageant, and agents that speak like it: a window message with shared memory."""

    def ask(self, request: bytes, timeout_s: float) -> bytes:
        return _within(timeout_s, lambda: self._ask(request))

    def _ask(self, request: bytes) -> bytes:
        win_pageant: Any = importlib.import_module("paramiko.win_pageant")  # can be imported on Windows only
        if not win_pageant.can_talk_to_agent():
            raise OSError("Pageant is not running")
        connection = win_pageant.PageantConnection()
        connection.send(_string(request))
        return _answer(lambda count: bytes(connection.recv(count) or b""))


def _answer(read: Callable[[int], bytes]) -> bytes:
    length = int.from_bytes(_exactly(4, read), "big")
    if length > _MAX_ANSWER:
        raise OSError("the agent's answer is too long")
    return _exactly(length, read)


def _exactly(count: int, read: Callable[[int], bytes]) -> bytes:
    data = b""
    while len(data) < count:
        more = read(count - len(data))
        if not more:
            raise OSError("the agent closed the connection")
        data += more
    return data


def _within(timeout_s: float, work: Callable[[], bytes]) -> bytes:
    """Windows cannot interrupt a read from a pipe: a thread waits for it, and is left alone if it hangs."""
    results: list[bytes | Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as e:  # noqa: BLE001 - handed over to the waiting thread
            results.append(e)

    worker = threading.Thread(target=run, name="ssh-agent", daemon=True)
    worker.start()
    worker.join(timeout_s)
    if not results:
        raise TimeoutError("the agent does not answer")
    if isinstance(results[0], Exception):
        raise OSError(str(results[0])) from results[0]
    return results[0]
