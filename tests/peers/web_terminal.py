"""What a person has in their browser: a shell on a server, in tmux. Lines are pasted, the screen is read."""

from __future__ import annotations

import itertools
import shlex
from types import TracebackType
from typing import Self

from tests.peers.machines import Machine
from tests.peers.ports import Deadline

_NUMBERS = itertools.count(1)


class WebTerminal:
    """An interactive shell of ``user``. ``close()`` closes the browser's tab: the shell gets SIGHUP.

    ``tools``: a folder made by ``Machine.few_tools``. ``login``: by way of PAM, with the user's login files.
    """

    def __init__(
        self, machine: Machine, user: str, *, shell: str = "/bin/sh", tools: str = "", login: bool = False
    ) -> None:
        self._machine = machine
        self._socket = f"/run/terminal-{next(_NUMBERS)}"
        enter = machine.words_there([shell, "-il"] if login else [shell, "-i"], user, tools=tools)
        if login and not tools:
            enter = ["su", "-l", "-s", shell, user]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "50", f"exec {shlex.join(enter)}"
        )
        self._tmux("set-option", "-g", "history-limit", "20000")
        self.answer_to("echo ready-$((40+2))", "ready-42")

    def paste(self, line: str) -> None:
        """And press Enter; it goes through the terminal's own line discipline."""
        self._tmux("load-buffer", "-b", "line", "-", text=line)
        self._tmux("paste-buffer", "-b", "line", "-d", "-r")
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        """All that was shown so far, with wrapped lines joined."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-").rstrip()

    def answer_to(self, line: str, awaited: str, timeout_s: float = 30) -> str:
        """Type it and wait until the screen shows ``awaited``, which must not stand in the line itself."""
        assert awaited not in line
        self.paste(line)
        deadline = Deadline(timeout_s, f"{awaited!r} in the terminal of {self._machine.name}")
        try:
            while awaited not in (shown := self.screen()):
                deadline.wait()
        except TimeoutError as problem:
            raise TimeoutError(f"{problem}; it shows:\n{self.screen()}") from problem
        return shown

    def is_idle(self) -> bool:
        """Whether the shell waits for a line, and no program of it has the terminal."""
        mark = f"idle-{next(_NUMBERS)}"
        try:
            self.answer_to(f"echo {mark[:2]}''{mark[2:]}", mark, timeout_s=2)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._machine.run("tmux", "-S", self._socket, "kill-server")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tmux(self, *words: str, text: str = "") -> str:
        return self._machine.must_run("tmux", "-S", self._socket, *words, text=text)
