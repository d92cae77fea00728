"""Talking to the running program over its control channel. Kept light: ``relaytray proxy`` starts with it.

The running program listens on a Unix socket in its private run folder, or on a port of 127.0.0.1 where that
cannot be had, and writes where, together with a random token, into ``instance.json`` beside it (0600). One
connection carries one request: a JSON line there, JSON lines back; after the answer to ``proxy`` the
connection carries raw bytes.

What a line says: ``{"v": 1, "token": ..., "do": "proxy", "alias": ...}`` and back ``{"ok": true, ...}`` or
``{"ok": false, "fault": {"code": ..., "details": {...}}}``.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from app.core.faults import Fault, FaultCode, RelayTrayError, error

VERSION = 1
ADDRESS_FILE = "instance.json"
MAX_ANSWER = 16 * 1024 * 1024  # a status of very many profiles is still far below
_CONNECT_TIMEOUT_S = 3.0
_ANSWER_TIMEOUT_S = 20.0


class RunPaths(Protocol):
    """What the channel needs of ``app.storage.paths.Paths``."""

    @property
    def run_folder(self) -> Path: ...
    @property
    def socket(self) -> Path: ...


class Address(NamedTuple):
    """Where the running program listens: ``socket_path``, or, when that is "", ``port`` of 127.0.0.1."""

    socket_path: str
    port: int
    token: str
    pid: int

    def __repr__(self) -> str:
        return f"Address({self.socket_path!r}, {self.port}, pid={self.pid})"


def read_address(run_folder: Path) -> Address | None:
    """What the running program wrote down, or None. A file that others could have written is ignored."""
    path = run_folder / ADDRESS_FILE
    try:
        with path.open("rb") as file:
            if not _is_ours(file.fileno()):
                return None
            raw = json.loads(file.read(4096))
        return Address(str(raw["socket"]), int(raw["port"]), str(raw["token"]), int(raw["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_ours(descriptor: int) -> bool:
    if os.name != "posix":
        return True  # the profile folder of a Windows user is private by its inherited permissions
    status = os.fstat(descriptor)
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


class ControlClient:
    """Requests to the program that holds these paths. Any thread; every call is a connection of its own."""

    def __init__(self, paths: RunPaths) -> None:
        self._run_folder = paths.run_folder

    def find(self) -> bool:
        """Whether a running program answers."""
        try:
            self.call("ping")
        except RelayTrayError:
            return False
        return True

    def call(self, do: str, **arguments: object) -> dict[str, Any]:
        """The answer to one request. Raises APP_NOT_RUNNING, or the fault that the program answers with."""
        sock = self._request(do, arguments)
        try:
            return _checked(_read_answer(sock))
        finally:
            sock.close()

    def stream(self, do: str, **arguments: object) -> ControlStream:
        """A request that is answered with line after line. Raises as ``call`` does."""
        sock = self._request(do, arguments)
        try:
            first = _checked(_read_answer(sock))
        except BaseException:
            sock.close()
            raise
        return ControlStream(sock, first)

    def proxy(self, alias: str, port: int = 22) -> socket.socket:
        """A socket to that port of the server, opened by the running program; blocks until it is open.

        As long as the link takes to come up, and the person to answer its questions. Raises as ``call``.
        """
        sock = self._request("proxy", {"alias": alias, "port": port})
        try:
            sock.settimeout(None)
            _checked(_read_answer(sock))
        except BaseException:
            sock.close()
            raise
        return sock

    def _request(self, do: str, arguments: Mapping[str, object]) -> socket.socket:
        address = read_address(self._run_folder)
        if address is None:
            raise error(FaultCode.APP_NOT_RUNNING)
        sock = _connect(address)
        request = {"v": VERSION, "token": address.token, "do": do, **arguments}
        try:
            sock.settimeout(_ANSWER_TIMEOUT_S)
            sock.sendall(json.dumps(request).encode() + b"\n")
        except OSError as e:
            sock.close()
            raise error(FaultCode.APP_NOT_RUNNING) from e
        return sock


class ControlStream:
    """Line after line of a running request. ``close`` may be called from another thread to end ``lines``."""

    def __init__(self, sock: socket.socket, first: dict[str, Any]) -> None:
        self._sock = sock
        self.first = first

    def lines(self) -> Iterator[dict[str, Any]]:
        """Ends when the program does, or when this stream is closed."""
        self._sock.settimeout(None)
        while True:
            try:
                yield _read_answer(self._sock)
            except RelayTrayError:
                return

    def close(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the program went first
        self._sock.close()


def _connect(address: Address) -> socket.socket:
    if address.socket_path:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: Any = address.socket_path
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        target = ("127.0.0.1", address.port)
    try:
        sock.settimeout(_CONNECT_TIMEOUT_S)
        _connect_patiently(sock, target)
        if not address.socket_path:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as e:
        sock.close()
        raise error(FaultCode.APP_NOT_RUNNING) from e
    return sock


def _connect_patiently(sock: socket.socket, target: Any) -> None:
    """A Unix socket with a full queue refuses at once (EAGAIN) where TCP would let us wait."""
    deadline = time.monotonic() + _CONNECT_TIMEOUT_S
    while True:
        try:
            sock.connect(target)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _read_answer(sock: socket.socket) -> dict[str, Any]:
    """One line as an object. An end, a silence or nonsense means that no program of ours is there."""
    try:
        answer = json.loads(read_line(sock, MAX_ANSWER))
    except (OSError, EOFError, ValueError) as e:
        raise error(FaultCode.APP_NOT_RUNNING) from e
    if not isinstance(answer, dict):
        raise error(FaultCode.APP_NOT_RUNNING)
    return answer


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("ok") is True:
        return answer
    raise RelayTrayError(fault_from_json(answer.get("fault")))


def fault_from_json(raw: object) -> Fault:
    """The fault in an answer; one that this version does not know becomes INTERNAL."""
    try:
        assert isinstance(raw, dict)
        details = {str(name): str(value) for name, value in raw.get("details", {}).items()}
        return Fault(FaultCode(raw["code"]), details)
    except (AssertionError, AttributeError, KeyError, ValueError):
        return Fault.of(FaultCode.INTERNAL, reason="the running program gave an answer of another version")


def fault_to_json(fault: Fault) -> dict[str, object]:
    return {"code": str(fault.code), "hop": str(fault.hop), "details": dict(fault.details)}


def read_line(sock: socket.socket, limit: int, deadline: float | None = None) -> bytes:
    """Bytes up to the next newline, and not one more: what follows it stays in the socket.

    ``deadline`` by time.monotonic() is for the line as a whole; without one the socket's timeout counts.
    Raises EOFError at an end before the newline, ValueError beyond ``limit``, OSError.
    """
    line = bytearray()
    while True:
        if deadline is not None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("no whole line in time")
            sock.settimeout(remaining)
        waiting = sock.recv(65536, socket.MSG_PEEK)
        if not waiting:
            raise EOFError("the connection ended within a line")
        end = waiting.find(b"\n") + 1
        line += sock.recv(end or len(waiting))
        if end:
            return bytes(line)
        if len(line) > limit:
            raise ValueError("the line is too long")
