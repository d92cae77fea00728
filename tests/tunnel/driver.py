"""A manager for a test, and what it published."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from app.core.events import Asked, Event
from app.core.faults import FaultCode
from app.core.profiles import Document
from app.core.questions import HostKeyQuestion
from app.core.states import LinkPhase, ServerPhase
from app.secrets import SecretStore
from app.storage.paths import Paths
from app.tunnel.manager import TunnelManager


class Driver:
    """Owns one ``TunnelManager``; questions are answered by ``answer`` or left open."""

    def __init__(self, folder: Path, document: Document, trusted: Sequence[str] = (), **kwargs: Any) -> None:
        self.paths = Paths.at(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.document = document
        self.events: list[Event] = []
        self.answer: Callable[[Any], Any] | None = None
        self.secrets = SecretStore(on_fault=lambda _fault: None)
        self._news = threading.Condition()
        self.manager = TunnelManager(
            paths=self.paths,
            document=document,
            secrets=self.secrets,
            publish=self._publish,
            trusted=trusted,
            user_known_hosts=kwargs.pop("user_known_hosts", []),
        )

    def _publish(self, event: Event) -> None:
        if isinstance(event, Asked) and self.answer is not None:
            event.question.answer.set_result(self.answer(event.question))
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def __enter__(self) -> Self:
        self.manager.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.manager.stop()
        self.secrets.close()

    # --- shorthands for the one relay and the one server ------------------------------------------------

    @property
    def relay_id(self) -> str:
        return self.document.relays[0].id

    @property
    def server_id(self) -> str:
        return self.document.servers[0].id

    @property
    def socks_port(self) -> int:
        return self.document.relays[0].socks_port

    @property
    def known_hosts(self) -> Path:
        return self.paths.known_hosts

    def wait_for(self, holds: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
        end = time.monotonic() + timeout_s
        with self._news:
            while not holds():
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{what}; states: {self.manager.snapshot()}")
                self._news.wait(min(left, 0.2))

    def wait_for_server(
        self, phase: ServerPhase, code: FaultCode | None = None, timeout_s: float = 20.0
    ) -> None:
        def holds() -> bool:
            state = self.manager.snapshot().servers[self.server_id]
            return state.phase is phase and (
                code is None or (state.fault is not None and state.fault.code is code)
            )

        self.wait_for(holds, f"the server to be {phase} {code or ''}", timeout_s)

    def wait_for_link(self, phase: LinkPhase, code: FaultCode | None = None, timeout_s: float = 20.0) -> None:
        def holds() -> bool:
            state = self.manager.snapshot().links[self.relay_id]
            return state.phase is phase and (
                code is None or (state.fault is not None and state.fault.code is code)
            )

        self.wait_for(holds, f"the link to be {phase} {code or ''}", timeout_s)

    def wait_for_ports(self) -> None:
        self.wait_for(lambda: bool(self.manager.snapshot().listeners), "the ports to be tried")

    def connect(self) -> None:
        self.manager.connect(self.server_id)
        self.wait_for_server(ServerPhase.CONNECTED)

    def questions(self) -> list[Any]:
        return [event.question for event in self.events if isinstance(event, Asked)]

    def host_key_questions(self) -> list[HostKeyQuestion]:
        return [question for question in self.questions() if isinstance(question, HostKeyQuestion)]

    # --- real programs ----------------------------------------------------------------------------------

    def ssh_options(self, key: Path, alias: str = "lab-gpu") -> list[str]:
        return [
            "-F/dev/null",
            "-oBatchMode=yes",
            "-oStrictHostKeyChecking=yes",
            f"-oUserKnownHostsFile={self.known_hosts}",
            f"-oHostKeyAlias={alias}.relaytray.internal",
            f"-oProxyCommand=nc -X 5 -x 127.0.0.1:{self.socks_port} %h %p",
            "-oIdentitiesOnly=yes",
            f"-oIdentityFile={key}",
        ]


def run(*argv: str | Path, timeout_s: float = 60.0, **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
    """A real program, its output kept, nothing on its standard input unless given."""
    kwargs.setdefault("stdin", None if "input" in kwargs else subprocess.DEVNULL)
    if "input" in kwargs:
        kwargs.pop("stdin")
    return subprocess.run([str(a) for a in argv], capture_output=True, timeout=timeout_s, **kwargs)
