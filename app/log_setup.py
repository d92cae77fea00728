"""Logging for the whole program: a rotating private file, standard error, and memory for the log window.

Every text passes ``SecretFilter`` before it reaches any of them. ``set_up_logging`` is called once, by the
composition root; everybody else calls ``logging.getLogger("relaytray.<package>")`` and, where a secret
enters the program, ``register_secret``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

MASK = "***"
LOG_FILE = "relaytray.log"
MEMORY_LINES = 5000
_FILE_BYTES = 2 * 1024 * 1024
_FILES_KEPT = 3
_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s [%(threadName)s] %(message)s"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# What a library, a server or a mistake of ours may bring into a message without having registered it.
_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), MASK),
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?(?:basic|bearer)\s+)[^\s'\"]+"),
        r"\1" + MASK,
    ),
    (re.compile(r"(?i)\b(ss|ssconf|vmess|vless|trojan)://[^\s'\"]+"), r"\1://" + MASK),
    (re.compile(r"(://[^\s/:@]*):[^\s/@]+@"), r"\1:" + MASK + "@"),
    (
        re.compile(
            r"(?i)\b(pass(?:word|phrase|wd)|secret|token)(['\"]?\s*[:=]\s*)"
            r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;)}\]]+)"
        ),
        r"\1\2" + MASK,
    ),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SHORT_SECRET = 4  # a shorter one is masked only where it stands alone, or every log line would be riddled


class SecretFilter(logging.Filter):
    """Masks registered secrets, and what looks like one, in message, arguments and exception text.

    It rewrites the record, so that handlers of others that come after ours see the masked text too.
    Thread-safe.
    """

    def __init__(self) -> None:
        super().__init__()
        self._forms: set[str] = set()
        self._is_stale = False  # forms have come in since the next two were made
        self._long: tuple[str, ...] = ()
        self._short: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def register(self, secret: str) -> None:
        """From now on this text, also as it looks in a URL, in JSON or in a repr, is not written."""
        lines = [secret, *(line for line in secret.splitlines() if len(line) >= _SHORT_SECRET)]
        forms = {form for line in lines for form in _written_forms(line) if form.strip()}
        with self._lock:
            self._is_stale = self._is_stale or not forms <= self._forms
            self._forms |= forms

    def mask(self, text: str) -> str:
        if self._is_stale:
            self._refresh()
        for form in self._long:  # a list of links brings thousands; one pattern of all would be far slower
            if form in text:
                text = text.replace(form, MASK)
        if self._short is not None:
            text = self._short.sub(MASK, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def _refresh(self) -> None:
        with self._lock:
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._long = tuple(form for form in longest_first if len(form) >= _SHORT_SECRET)
            short = [
                rf"(?<!\w){re.escape(form)}(?!\w)" for form in longest_first if len(form) < _SHORT_SECRET
            ]
            self._short = re.compile("|".join(short)) if short else None
            self._is_stale = False

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  a wrong placeholder must not break the caller, nor leak its arguments
            message = f"{record.msg} (with arguments that do not fit it)"
        record.msg, record.args = self.mask(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.mask(record.exc_text)
        if record.stack_info:
            record.stack_info = self.mask(record.stack_info)
        return True


def _written_forms(secret: str) -> set[str]:
    data = secret.encode("utf-8", "surrogatepass")  # it may come from something that is no text
    return {
        secret,
        quote(data, safe=""),
        quote(data),
        repr(secret)[1:-1],
        repr(data)[2:-1],
        json.dumps(secret)[1:-1],
    }


def register_secret(secret: str) -> None:
    """Mask this text in all that ``set_up_logging`` installed. Any thread; does nothing before set-up."""
    for handler in logging.getLogger().handlers:
        for found in handler.filters:
            if isinstance(found, SecretFilter):
                found.register(secret)


class _LineFormatter(logging.Formatter):
    """Control characters, which a peer may have sent, cannot forge lines or move a terminal's cursor."""

    def __init__(self) -> None:
        super().__init__(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\r\n", "\n").replace("\n", "\n    ")
        return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """Only this user can read the file, from its first byte on."""

    def _open(self):  # type: ignore[no-untyped-def]  # the type that typeshed gives is private to it
        return open(self.baseFilename, "a", encoding="utf-8", errors="backslashreplace", opener=_open_private)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  its name in logging
        """A full disk is no reason to disturb anybody: the line is in the memory, and not in the file."""

    def rotate(self, source: str, dest: str) -> None:
        try:
            super().rotate(source, dest)
        except PermissionError:
            return  # Windows: another RelayTray process has it open; go on in the same file


def _open_private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod"):  # it may have been made by something less careful
        os.fchmod(descriptor, 0o600)
    return descriptor


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record as the log window shows it; ``text`` is masked and complete."""

    when: float  # seconds since the epoch
    level: int
    logger: str
    text: str


class LogMemory(logging.Handler):
    """The last ``limit`` lines, and listeners that are told each new one."""

    def __init__(self, limit: int = MEMORY_LINES) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=limit)
        self._listeners: tuple[Callable[[LogLine], None], ...] = ()
        self._own_lock = threading.Lock()  # held for the list alone, never while a listener runs

    def emit(self, record: logging.LogRecord) -> None:
        line = LogLine(record.created, record.levelno, record.name, self.format(record))
        with self._own_lock:
            self._lines.append(line)
        for listener in self._listeners:
            try:
                listener(line)
            except Exception:  # noqa: BLE001  a window that is going away must not break who logs
                self.handleError(record)

    def lines(self) -> list[LogLine]:
        with self._own_lock:
            return list(self._lines)

    def clear(self) -> None:
        with self._own_lock:
            self._lines.clear()

    def add_listener(self, listener: Callable[[LogLine], None]) -> None:
        """``listener`` is called in whichever thread logs, must return at once and must not log."""
        with self._own_lock:
            self._listeners = (*self._listeners, listener)

    def remove_listener(self, listener: Callable[[LogLine], None]) -> None:
        with self._own_lock:
            self._listeners = tuple(other for other in self._listeners if other != listener)


class Logs:
    """What ``set_up_logging`` installed. ``file`` is None where none could be written."""

    def __init__(self, memory: LogMemory, secrets: SecretFilter, file: Path | None) -> None:
        self.memory = memory
        self.secrets = secrets
        self.file = file
        self._handlers: list[logging.Handler] = []

    def install(self, handler: logging.Handler) -> None:
        handler.addFilter(self.secrets)
        handler.setFormatter(_LineFormatter())
        self._handlers.append(handler)
        logging.getLogger().addHandler(handler)

    def set_level(self, name: str) -> None:
        """debug, info, warning or error; libraries are heard from WARNING up, and in debug from DEBUG up."""
        level = _LEVELS.get(name.lower(), logging.INFO)
        logging.getLogger("relaytray").setLevel(level)
        logging.getLogger().setLevel(logging.DEBUG if level == logging.DEBUG else logging.WARNING)

    def close(self) -> None:
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            with contextlib.suppress(OSError, ValueError):  # what a full disk has not taken until now
                handler.close()
        self._handlers.clear()


def set_up_logging(folder: Path | None, *, level: str = "info", to_stderr: bool = False) -> Logs:
    """Start logging to ``folder`` (None = no file). Never raises: an unwritable folder is a log record."""
    logs = Logs(LogMemory(), SecretFilter(), None)
    logs.set_level(level)
    logs.install(logs.memory)
    if to_stderr and sys.stderr is not None:  # a windowed program on Windows has none
        logs.install(logging.StreamHandler())
    if folder is not None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / LOG_FILE
            logs.install(_PrivateFile(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT))
            logs.file = path
        except OSError as e:
            logging.getLogger("relaytray.log").warning("No log file can be written in %s: %s", folder, e)
    return logs


def install_exception_hooks() -> Callable[[], None]:
    """Log what nobody caught, in any thread. Returns the function that puts the old hooks back."""
    logger = logging.getLogger("relaytray.unhandled")
    old = sys.excepthook, threading.excepthook

    def in_main(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            old[0](kind, value, trace)
        else:
            logger.critical("Nobody caught this.", exc_info=(kind, value, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit and args.exc_value is not None:
            name = args.thread.name if args.thread else "?"
            what = args.exc_type, args.exc_value, args.exc_traceback
            logger.critical("Nobody caught this in the thread %s.", name, exc_info=what)

    def put_back() -> None:
        sys.excepthook, threading.excepthook = old

    sys.excepthook, threading.excepthook = in_main, in_thread
    return put_back


def replace_missing_streams() -> None:
    """Windowed Windows programs have None for them: give print and argparse an output that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  for good
