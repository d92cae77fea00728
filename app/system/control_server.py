"""The running program's end of the control channel, through which other programs of this user ask it things.

The protocol is described in ``control_client``. Trust: the run folder is 0700 and the token file 0600, so
that only this user's programs can ask anything; a connection that does not show the token within a few
seconds is closed, and those waiting to show it cannot keep others out.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import queue
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.system.control_client import VERSION, Address, RunPaths, fault_to_json, read_line
from app.system.run_folder import make_run_folder, reason_of, remove_address, write_address

log = logging.getLogger("relaytray.system")

MAX_REQUEST = 64 * 1024
REQUEST_TIMEOUT_S = 5.0
MAX_STRANGERS = 128  # connections that have not shown the token yet
MAX_CLIENTS = 256  # that have; proxy connections do not count, they are handed over
_SEND_TIMEOUT_S = 10.0
_FINISH_S = 1.0  # for answers that are on their way when the program ends
_WATCH_QUEUE = 2000
_WATCH_POLL_S = 1.0  # how soon it is noticed that a watcher is gone
# sun_path holds 108 bytes on Linux and 104 on macOS, with the zero at the end.
_MAX_SOCKET_PATH = 103

Subscriber = Callable[[Mapping[str, Any]], None]
_Events = queue.Queue[Mapping[str, Any] | None]  # None: the server stops


class ControlHandler(Protocol):
    """What the program does when asked. Called in threads of the control server; raises RelayTrayError."""

    def raise_window(self) -> None: ...
    def status(self) -> Mapping[str, Any]: ...
    def connect(self, name: str, trusted: Sequence[str]) -> None: ...
    def disconnect(self, name: str) -> None: ...
    def connect_shadowsocks(self, name: str) -> None: ...
    def disconnect_shadowsocks(self, name: str) -> None: ...
    def reload(self) -> None: ...
    def quit(self) -> None: ...
    def open_proxy(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None:
        """Takes ``sock`` over. ``done`` is called at most once, while ``sock`` is open and before any byte
        moves; an exception instead leaves ``sock`` with the caller."""

    def watch(self, subscriber: Subscriber) -> Callable[[], None]:
        """``subscriber`` hears every event from now on, in any thread, and returns at once."""


class ControlServer:
    """The running program's end. To be started only by the holder of the ``InstanceLock``.

    Threads: ``control`` accepts, and each client has one ``control-client`` as long as it asks or watches.
    """

    def __init__(self, paths: RunPaths, handler: ControlHandler) -> None:
        self._paths = paths
        self._handler = handler
        self._token = secrets.token_hex(32)
        self._lock = threading.Lock()
        self._strangers: list[socket.socket] = []  # oldest first
        self._known: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._watchers: list[_Events] = []
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None
        self._waker: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and say where. Raises FILE_UNWRITABLE when the run folder cannot be used."""
        make_run_folder(self._paths.run_folder)
        try:
            self._listener, socket_path = self._listen()
            self._waker = socket.socketpair()
            port = 0 if socket_path else self._listener.getsockname()[1]
            write_address(self._paths.run_folder, Address(socket_path, port, self._token, os.getpid()))
        except OSError as e:
            self._close_listener()
            raise error(FaultCode.FILE_UNWRITABLE, path=self._paths.run_folder, reason=reason_of(e)) from e
        self._thread = threading.Thread(target=self._accept_all, name="control", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float = 3.0) -> None:
        """Close every connection but those handed over, and wait for the threads. Blocks.

        Requests that are being answered get their answer first: one of them may be why we stop.
        """
        end = time.monotonic() + deadline_s
        self._stopping.set()
        if self._waker is not None:
            with contextlib.suppress(OSError):
                self._waker[1].send(b"x")
        if self._thread is not None:
            self._thread.join(max(0.1, end - time.monotonic()))
        with self._lock:
            strangers, watchers = list(self._strangers), list(self._watchers)
        for waiting in watchers:
            with contextlib.suppress(queue.Full):
                waiting.put_nowait(None)
        self._hang_up_and_wait(strangers, min(end, time.monotonic() + _FINISH_S))
        with self._lock:
            known = list(self._known)
        self._hang_up_and_wait(known, end)
        self._close_listener()
        remove_address(self._paths.run_folder)
        with contextlib.suppress(OSError):
            self._paths.socket.unlink(missing_ok=True)

    def _hang_up_and_wait(self, clients: Sequence[socket.socket], end: float) -> None:
        for client in clients:
            _hang_up(client)
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.05, end - time.monotonic()))

    # --- where it listens -------------------------------------------------------------------------------

    def _listen(self) -> tuple[socket.socket, str]:
        path = str(self._paths.socket)
        if hasattr(socket, "AF_UNIX") and len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
            Path(path).unlink(missing_ok=True)  # left by a program that was killed: we hold the lock
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listener.bind(path)
                Path(path).chmod(0o600)
                listener.listen(128)
                return listener, path
            except OSError as e:
                listener.close()
                log.info("No Unix socket at %s (%s); using a local port instead.", path, reason_of(e))
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: nobody may bind the same port beside us
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        return listener, ""

    def _close_listener(self) -> None:
        for sock in (self._listener, *(self._waker or ())):
            if sock is not None:
                sock.close()

    # --- clients ----------------------------------------------------------------------------------------

    def _accept_all(self) -> None:
        assert self._listener is not None
        assert self._waker is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waker[0], selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                if self._stopping.is_set():
                    return
                try:
                    client, _ = self._listener.accept()
                except OSError as e:  # the client left again, or too many files are open
                    log.debug("A control connection could not be accepted: %s", e)
                    self._stopping.wait(0.05)
                    continue
                self._welcome(client)

    def _welcome(self, client: socket.socket) -> None:
        thread = threading.Thread(target=self._serve, args=(client,), name="control-client", daemon=True)
        with self._lock:
            if len(self._strangers) >= MAX_STRANGERS:
                _hang_up(self._strangers[0])  # its thread notices and cleans up
                del self._strangers[0]
            self._strangers.append(client)
            self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError as e:  # no more threads to be had
            log.debug("A control connection could not be served: %s", e)
            with self._lock:
                self._threads.discard(thread)
            self._forget(client)

    def _serve(self, client: socket.socket) -> None:
        handed_over = False
        try:
            request = self._read_request(client)
            if request is not None:
                handed_over = self._answer(client, request)
        except (OSError, EOFError, ValueError, RecursionError) as e:
            log.debug("A control connection ended early: %s", e)
        finally:
            if not handed_over:
                self._forget(client)
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _forget(self, client: socket.socket) -> None:
        self._let_go(client)
        client.close()

    def _let_go(self, client: socket.socket) -> None:
        with self._lock:
            if client in self._strangers:
                self._strangers.remove(client)
            self._known.discard(client)

    def _read_request(self, client: socket.socket) -> dict[str, Any] | None:
        """The request of somebody who knows the token; None for anybody else."""
        line = read_line(client, MAX_REQUEST, time.monotonic() + REQUEST_TIMEOUT_S)
        client.settimeout(_SEND_TIMEOUT_S)
        request = json.loads(line)
        if not isinstance(request, dict):
            return None
        token = str(request.get("token", "")).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(token, self._token.encode()):
            log.warning("A local program asked for control without the right token; it was turned away.")
            return None
        with self._lock:
            if client not in self._strangers or len(self._known) >= MAX_CLIENTS:
                return None
            self._strangers.remove(client)
            self._known.add(client)
        return request

    def _answer(self, client: socket.socket, request: dict[str, Any]) -> bool:
        """Do it; True when the socket belongs to somebody else now."""
        try:
            if request.get("v") != VERSION:
                raise error(FaultCode.INTERNAL, reason="the running program is of another version")
            if request.get("do") == "proxy":
                self._proxy(client, request)
                return True
            if request.get("do") == "watch":
                self._watch(client)
                return False
            _send(client, {"ok": True, **self._do(request)})
        except RelayTrayError as e:
            _send(client, {"ok": False, "fault": fault_to_json(e.fault)})
        except (OSError, EOFError):
            raise
        except Exception as e:
            log.exception("The control request %r failed.", request.get("do"))
            _send(client, {"ok": False, "fault": fault_to_json(Fault.of(FaultCode.INTERNAL, reason=e))})
        return False

    def _do(self, request: dict[str, Any]) -> Mapping[str, Any]:
        handler, name = self._handler, str(request.get("name", ""))
        match request.get("do"):
            case "ping":
                return {"pid": os.getpid()}
            case "status":
                return handler.status()
            case "raise":
                handler.raise_window()
            case "connect":
                trusted = request.get("trusted", [])
                handler.connect(name, [str(fingerprint) for fingerprint in trusted])
            case "disconnect":
                handler.disconnect(name)
            case "connect-shadowsocks":
                handler.connect_shadowsocks(name)
            case "disconnect-shadowsocks":
                handler.disconnect_shadowsocks(name)
            case "reload":
                handler.reload()
            case "quit":
                handler.quit()
            case unknown:
                raise error(FaultCode.INTERNAL, reason=f"the running program knows no request {unknown!r}")
        return {}

    def _proxy(self, client: socket.socket, request: dict[str, Any]) -> None:
        def done(fault: Fault | None) -> None:
            answer = {"ok": True} if fault is None else {"ok": False, "fault": fault_to_json(fault)}
            # A few bytes into an empty buffer: this cannot block, nor be cut short.
            with contextlib.suppress(OSError):
                client.send(json.dumps(answer).encode() + b"\n")

        port = request.get("port", 22)
        if not isinstance(port, int) or not 1 <= port <= 65535:
            raise error(FaultCode.PROFILE_INVALID, problem=f"{port!r} is no port.")
        self._handler.open_proxy(client, str(request.get("alias", "")), port, done)
        self._let_go(client)

    def _watch(self, client: socket.socket) -> None:
        """Events as lines until the client leaves, or is too slow to read them."""
        waiting: _Events = queue.Queue(_WATCH_QUEUE)
        overflow = threading.Event()

        def subscriber(event: Mapping[str, Any]) -> None:
            try:
                waiting.put_nowait(event)
            except queue.Full:
                overflow.set()

        unsubscribe = self._handler.watch(subscriber)
        with self._lock:
            self._watchers.append(waiting)
        try:
            _send(client, {"ok": True})
            while not overflow.is_set() and not self._stopping.is_set():
                if not self._pass_on(waiting, client):
                    return
        finally:
            unsubscribe()
            with self._lock:
                self._watchers.remove(waiting)

    def _pass_on(self, waiting: _Events, client: socket.socket) -> bool:
        """One event, if there is one soon; False at the end."""
        try:
            event = waiting.get(timeout=_WATCH_POLL_S)
        except queue.Empty:
            return not has_left(client)
        if event is None:
            return False
        _send(client, event)
        return True


def _send(client: socket.socket, answer: Mapping[str, Any]) -> None:
    client.sendall(json.dumps(answer).encode() + b"\n")


def has_left(client: socket.socket) -> bool:
    """Whether the other end closed the connection. What it sent is left to be read."""
    before = client.gettimeout()
    client.settimeout(0)
    try:
        return not client.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        client.settimeout(before)


def _hang_up(sock: socket.socket) -> None:
    """Whoever reads or writes it in another thread gets an end; that thread closes it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
