"""A proxy program that runs: its configuration on its standard input, its SOCKS port a free one of 127.0.0.1.

The port of a core asks for a password that is made anew each time: other accounts of this computer, which can
reach it too, do not come through, and whoever took the port in between learns nothing.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Protocol

from app.core.faults import FaultCode, RelayTrayError, error
from app.log_setup import MASK, register_secret
from app.socks.client_protocol import Login
from app.system.detached import environment_for_others
from app.system.guarded_process import GuardedProcess, why_it_ended
from app.system.programs import no_window_flags
from app.transport.cores.finder import CoreProgram

log = logging.getLogger("relaytray.transport")

START_TIMEOUT_S = 20.0
_CHECK_TIMEOUT_S = 20.0
_ANNOUNCES_WITHIN_S = 3.0  # one that found its port taken has ended by then
_POLL_S = 0.05
_REFUSED_CONFIG = 23  # both programs' exit code for a configuration that they do not take
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_EACH_CONNECTION = re.compile(r" accepted (?:tcp|udp):")  # v2ray-plugin: one line for every client
_CHATTER = re.compile(r"^\s*\S+ \S+ (?:\[\w+\]|[A-Z]+:) ")  # the date and level of a line


class Said(Protocol):
    """A program as it is told to the person, and how it is started."""

    @property
    def title(self) -> str: ...
    @property
    def command(self) -> tuple[str, ...]: ...


class RunningProxy:
    """A program with a SOCKS port of its own, started and listening. Thread-safe.

    ``on_end`` is called once, in a thread of the process's own, when it ends without ``stop``.
    """

    program: Said

    def __init__(
        self,
        program: Said,
        config: bytes,
        *,
        port: int,
        login: Login | None,
        name: str,
        cancelled: threading.Event,
        on_end: Callable[[], None],
        config_is_file: bool = False,
        announces: str = "",
    ) -> None:
        """``config`` goes to its standard input; ``config_is_file``: as a file (see ``GuardedProcess``).

        ``announces`` is what it says when it listens: who took the port before it is then never spoken to.
        Blocks. Raises CORE_DIED, PROGRAM_MISSING, PROGRAM_FAILED, CANCELLED.
        """
        self.program = program
        self.port, self.login = port, login
        self._name, self._on_end = name, on_end
        self._announces = announces
        self._announced = not announces
        self._last_line = ""
        self._exit_code: int | None = None
        self._ended = threading.Event()
        self._is_up = False
        self._lock = threading.Lock()
        self._process = GuardedProcess(
            program.command,
            name=name,
            stdin=config,
            stdin_is_file=config_is_file,
            on_line=self._said,
            on_end=self._has_ended,
        )
        try:
            self._wait_until_it_listens(cancelled)
            with self._lock:
                self._is_up = not self._ended.is_set()
            if not self._is_up:
                raise self._why_it_died()
        except BaseException:
            self.stop()
            raise

    @property
    def is_running(self) -> bool:
        return not self._ended.is_set()

    @property
    def pid(self) -> int:
        """Of the program on Windows, of its guard elsewhere."""
        return self._process.pid

    def is_there(self) -> bool:
        """Asked of the system itself, which knows of an end before anybody could have told us."""
        if self._ended.is_set():
            return False
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.5).close()
        except OSError:
            return False
        return True

    def why_it_ended(self) -> str:
        if self._exit_code is None:
            return "it is running"
        by_itself = 0 < self._exit_code < 128 or self._exit_code == 255
        return (by_itself and self._last_line) or why_it_ended(self._exit_code)

    def stop(self) -> None:
        """End it and wait for that. Not from ``on_end``."""
        with self._lock:
            self._is_up = False
        self._process.stop()

    def _said(self, line: str) -> None:
        masked = _UUID.sub(MASK, line)
        self._last_line = _CHATTER.sub("", masked)
        self._announced = self._announced or self._announces in line
        level = logging.DEBUG if _EACH_CONNECTION.search(line) else logging.INFO
        log.log(level, "%s: %s", self._name, masked)

    def _has_ended(self, code: int) -> None:
        self._exit_code = code
        with self._lock:
            self._ended.set()
            is_news, self._is_up = self._is_up, False
        if is_news:
            self._on_end()

    def _wait_until_it_listens(self, cancelled: threading.Event) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        silent_until = time.monotonic() + _ANNOUNCES_WITHIN_S
        while not ((self._announced or time.monotonic() > silent_until) and self._listens()):
            if self._ended.wait(_POLL_S):
                raise self._why_it_died()
            if cancelled.is_set():
                raise error(FaultCode.CANCELLED, what=f"the start of {self._name}")
            if time.monotonic() > end:
                raise error(FaultCode.CORE_DIED, program=self.program.title, reason="it opens no port")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _why_it_died(self) -> RelayTrayError:
        return error(
            FaultCode.CORE_DIED, program=self.program.title, reason=short_reason(self.why_it_ended())
        )


class RunningCore(RunningProxy):
    """v2ray or Xray."""

    program: CoreProgram

    def __init__(
        self,
        program: CoreProgram,
        config_at: Callable[[int], str],
        *,
        name: str,
        hidden: tuple[str, ...],
        cancelled: threading.Event,
        on_end: Callable[[], None],
    ) -> None:
        """``config_at`` makes the configuration for a SOCKS port; ``hidden`` are texts that no log may show.

        Blocks. Raises CORE_REFUSED_CONFIG, CORE_DIED, PROGRAM_MISSING, PROGRAM_FAILED, CANCELLED.
        """
        for text in hidden:
            register_secret(text)
        port, login = free_port(), Login("relaytray", secrets.token_urlsafe(18))
        config = with_login(config_at(port), login)
        check_config(program, config, cancelled)
        super().__init__(
            program,
            config.encode(),
            port=port,
            login=login,
            name=name,
            cancelled=cancelled,
            on_end=on_end,
        )

    def _why_it_died(self) -> RelayTrayError:
        if self._exit_code == _REFUSED_CONFIG:
            reason = self._last_line or "it does not say why"
            return error(
                FaultCode.CORE_REFUSED_CONFIG, program=self.program.title, reason=short_reason(reason)
            )
        return super()._why_it_died()


def check_config(program: CoreProgram, config: str, cancelled: threading.Event) -> None:
    """Let the program itself judge it, where it can.

    Raises CORE_REFUSED_CONFIG, PROGRAM_FAILED, CANCELLED.
    """
    if not program.check:
        return
    try:
        judged = subprocess.run(
            program.check,
            input=config.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CHECK_TIMEOUT_S,
            creationflags=no_window_flags(),
            env=environment_for_others(),
            check=False,
        )
    except subprocess.SubprocessError as e:
        raise error(FaultCode.PROGRAM_FAILED, program=program.title, reason="it does not end") from e
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise error(FaultCode.PROGRAM_FAILED, program=program.title, reason=reason) from e
    if cancelled.is_set():
        raise error(FaultCode.CANCELLED, what=f"the start of {program.title}")
    if judged.returncode != 0:
        lines = judged.stdout.decode("utf-8", "replace").strip().splitlines()
        reason = _UUID.sub(MASK, lines[-1]) if lines else "it does not say why"
        raise error(FaultCode.CORE_REFUSED_CONFIG, program=program.title, reason=short_reason(reason))


def with_login(config: str, login: Login) -> str:
    """The same configuration, its SOCKS port for those only who know the password; no access log."""
    raw = json.loads(config)
    (inbound,) = raw["inbounds"]
    account = {"user": login.user, "pass": login.password}
    inbound["settings"] = {"auth": "password", "accounts": [account], "udp": False}
    raw["log"] = raw.get("log", {}) | {"access": "none"}
    return json.dumps(raw)


def short_reason(reason: str) -> str:
    """The last link of a chain of causes, which says most."""
    return reason.rsplit(" > ", 1)[-1].strip().rstrip(".")[:200]


def free_port() -> int:
    """One of 127.0.0.1 that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
