"""The terminal of the person, apart from standard input and output, which may lead elsewhere.

Questions are read from the controlling terminal (POSIX) or the console (Windows), as ssh does it, and can be
given up from another thread while somebody has not answered yet.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from types import TracebackType
from typing import Protocol, Self

_POLL_S = 0.1  # how soon it is noticed that an answer is not wanted any more
_CANCEL_KEYS = "\x03\x04\x1a"  # Ctrl-C, Ctrl-D, Ctrl-Z


class Terminal(Protocol):
    """One question at a time."""

    def say(self, text: str) -> None: ...
    def ask(self, prompt: str, *, echo: bool, given_up: threading.Event | None = None) -> str | None:
        """The line that was typed, without its end; None at Ctrl-D, or when it was ``given_up``."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_terminal() -> Terminal | None:
    """None where nobody sits: a service, a job, a program started by another without a terminal.

    Standard input does not matter: as a ProxyCommand it is ssh's pipe, and the person still sits at the
    terminal that ssh was started from.
    """
    if sys.platform == "win32":
        import msvcrt  # its functions for keys open CONIN$ and CONOUT$ by themselves

        return WindowsConsole(msvcrt) if _has_visible_console() else None
    try:
        return PosixTerminal(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return None


def _has_visible_console() -> bool:
    """Whether this process has a console that somebody can type into.

    Editors start ssh with CREATE_NO_WINDOW: a console is there, CONIN$ can be opened, and nobody would ever
    answer. Such a one has no window. Windows Terminal gives its consoles a window that is not shown, and so
    does mintty (Git Bash), whose own window no console function reaches.
    """
    if sys.platform == "win32":
        import ctypes

        if os.environ.get("TERM_PROGRAM") == "mintty":
            return False
        if not ctypes.windll.kernel32.GetConsoleWindow():
            return _stdin_is_console()  # a console without a window, but somebody handed it to us as such
        try:
            os.close(os.open("CONIN$", os.O_RDWR))
        except OSError:
            return False
        return True
    return False


def _stdin_is_console() -> bool:
    """Not ``isatty``: on Windows that is true for NUL too, where nobody ever types."""
    if sys.platform == "win32" and sys.stdin is not None:
        import ctypes
        import msvcrt

        try:
            handle = msvcrt.get_osfhandle(sys.stdin.fileno())
        except (OSError, ValueError):
            return False
        mode = ctypes.c_ulong()
        return bool(ctypes.windll.kernel32.GetConsoleMode(ctypes.c_void_p(handle), ctypes.byref(mode)))
    return False


class Keys(Protocol):
    """The part of ``msvcrt`` that is needed."""

    def kbhit(self) -> bool: ...
    def getwch(self) -> str: ...
    def putwch(self, character: str, /) -> None: ...


class PosixTerminal:
    """Takes the descriptor over."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, (text + "\n").encode("utf-8", "replace"))

    def ask(self, prompt: str, *, echo: bool, given_up: threading.Event | None = None) -> str | None:
        import termios

        with contextlib.suppress(OSError):
            os.write(self._descriptor, prompt.encode("utf-8", "replace"))
        if echo:
            return self._line(given_up)
        try:
            before = termios.tcgetattr(self._descriptor)
            silent = list(before)
            silent[3] = silent[3] & ~termios.ECHO
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, silent)
        except termios.error:
            return None  # nothing secret is read where it would be seen
        try:
            return self._line(given_up)
        finally:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)
            self.say("")  # the line end that was typed was not shown

    def _line(self, given_up: threading.Event | None) -> str | None:
        import select

        line = b""
        while not line.endswith(b"\n"):
            if given_up is not None and given_up.is_set():
                return None
            try:
                if not select.select([self._descriptor], [], [], _POLL_S)[0]:
                    continue
                data = os.read(self._descriptor, 4096)
            except OSError:  # the terminal went away
                return None
            if not data:
                return None
            line += data
        return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


class WindowsConsole:
    """Keys one by one: a read of a whole line could not be given up."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def say(self, text: str) -> None:
        self._put(text.replace("\n", "\r\n") + "\r\n")

    def ask(self, prompt: str, *, echo: bool, given_up: threading.Event | None = None) -> str | None:
        self._put(prompt)
        line = ""
        while (key := self._key(given_up)) is not None and key not in _CANCEL_KEYS:
            if key in "\r\n":
                self._put("\r\n")
                return line
            if key in "\x00\xe0":  # an arrow or function key: its code follows
                self._keys.getwch()
            elif key == "\b":
                self._put("\b \b" if echo and line else "")
                line = line[:-1]
            else:
                self._put(key if echo else "")
                line += key
        self._put("\r\n")
        return None

    def _key(self, given_up: threading.Event | None) -> str | None:
        while not self._keys.kbhit():
            if given_up is not None and given_up.is_set():
                return None
            time.sleep(_POLL_S / 2)
        return self._keys.getwch()

    def _put(self, text: str) -> None:
        for character in text:
            self._keys.putwch(character)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        return
