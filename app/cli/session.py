"""A link manager of our own for as long as a command runs, with everything that belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from app.cli.context import Context
from app.cli.control_handler import ProgramHandler
from app.cli.terminal_prompts import TerminalPrompts
from app.cli.wiring import Manager
from app.core.events import Event, Notice
from app.core.faults import FaultCode, error
from app.core.profiles import Document
from app.secrets import SecretName
from app.system.control_server import ControlServer, Subscriber

if TYPE_CHECKING:
    from app.integration.steering import SteeringDesk


class Session:
    """Use as a context manager: leaving it closes every link, port and thread.

    ``on_value`` hears each event as a JSON value (``event_values``), first how everything is; in any thread.
    Questions go to the terminal. The caller holds the ``InstanceLock`` when it calls ``serve``.
    """

    def __init__(
        self,
        context: Context,
        document: Document,
        *,
        trusted: Sequence[str] = (),
        on_value: Subscriber = lambda _value: None,
        on_quit: Callable[[], None] = lambda: None,
    ) -> None:
        self._paths = context.paths
        self._cleanup = contextlib.ExitStack()
        self._handler: ProgramHandler | None = None
        self._steering: SteeringDesk | None = None  # while others may use this session
        self.prompts = TerminalPrompts()
        wiring = context.wiring
        self._secrets = wiring.make_secrets(lambda fault: self._publish(Notice(fault)))
        self._cleanup.callback(self._secrets.close)
        self.manager: Manager = wiring.make_manager(
            self._paths, document, self._secrets, self._publish, trusted
        )
        self._cleanup.callback(self.manager.stop)
        self._cleanup.callback(self.prompts.close)  # before the manager: whoever waits for an answer gets one
        self.handler = self._handler = ProgramHandler(
            paths=self._paths,
            manager=self.manager,
            raise_window=_no_window,
            quit_program=on_quit,
            trust=self.manager.trust,
            steering=lambda: None if self._steering is None else self._steering.state,
        )
        self._cleanup.callback(self.handler.watch(on_value))

    def need(self, name: SecretName, ask: Callable[[], str]) -> None:
        """The secret is there from now on: in the keyring, or what ``ask`` gives, as long as this lasts."""
        if not self._secrets.get(name):
            self._secrets.keep_for_session(name, ask())

    def serve(self) -> None:
        """Be the running program: for other commands (``proxy``, ``status``), and for this system's proxy."""
        from app.integration.steering import SteeringDesk  # late: ``proxy`` does without

        self._steering = SteeringDesk(self._paths, self.manager.document, self._publish)
        self._cleanup.callback(self._steering.stop)
        self._steering.start()
        server = ControlServer(self._paths, self.handler)
        server.start()
        self._cleanup.callback(server.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def _publish(self, event: Event) -> None:
        self.prompts.publish(event)
        if self._handler is not None:
            self._handler.publish(event)
        if self._steering is not None:
            self._steering.hear(event)


def _no_window() -> None:
    """The tray program was started while a command holds its data folder: it must not seem to have worked."""
    reason = (
        "a RelayTray command in a terminal already serves this data folder, and has no window; end it first"
    )
    raise error(FaultCode.INTERNAL, reason=reason)
