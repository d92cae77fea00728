"""Deletes a relay's machine in a cloud account, with its address and key pair. GUI thread only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QSize

from app.core.cloud import CloudOutcome, CloudProgress
from app.ui.actions import Action, Command
from app.ui.banner import Tone, banner
from app.ui.bridge import Background
from app.ui.cloud_model import CloudRun, thing_lines
from app.ui.editing import fault_of
from app.ui.parts import CloudPort
from app.ui.run_window import RunWindow
from app.ui.widgets import clear, letters, push
from app.ui.wording import told, told_fault


class CloudRemovalWindow(RunWindow):
    """``progress`` is called by the working thread and brings each step to ``heard``."""

    def __init__(
        self,
        name: str,
        port: CloudPort,
        background: Background,
        progress: CloudProgress,
        choose: Callable[[Action], None],
    ) -> None:
        super().__init__()
        self._name, self._port, self._background = name, port, background
        self._progress, self._choose = progress, choose
        self._build()
        self.setMinimumSize(QSize(letters(self, 76), letters(self, 44)))
        self.resize(letters(self, 92), letters(self, 64))

    def _build(self) -> None:
        self._lay_out(self.tr("Delete the machine {name}?").format(name=self._name))

    def _draw(self) -> None:
        run = self._run
        self._bar.setVisible(run is not None and not run.is_over)
        self._steps.show_lines(tuple(run.lines()) if run is not None else ())
        self._words.setVisible(run is None)
        self._words.setText(
            self.tr(
                "In your AWS account the machine goes with everything on it, its address and its key pair. "
                "It costs nothing any more then. The relay goes from your list, unless GPU servers belong "
                "to it. This cannot be undone."
            )
        )
        clear(self._news)
        if run is not None and run.is_over:
            self._tell_end(run)
        self._draw_buttons(run)

    def _tell_end(self, run: CloudRun) -> None:
        if run.fault is None:
            words = self.tr("{name} is deleted: nothing of it is left in your AWS account.")
            self._news.addWidget(banner(words.format(name=self._name), Tone.GOOD))
        elif run.is_stopped:
            words = self.tr("Stopped. What is still there may cost money.")
            self._news.addWidget(banner(words, Tone.NOTE))
        else:
            self._news.addWidget(banner(told_fault(run.fault), Tone.BAD))
        if run.left:
            lines = [self.tr("This of yours is still there and could cost money:")]
            lines += [f"{told(one.kind)} {one.name}: {told(one.price)}" for one in thing_lines(run.left)]
            self._news.addWidget(banner("\n".join(lines), Tone.NOTE))

    def _draw_buttons(self, run: CloudRun | None) -> None:
        clear(self._buttons)
        if run is not None and not run.is_over:
            stop = push(self.tr("Stop"), self._stop)
            stop.setObjectName("stop")
            stop.setEnabled(not run.is_stopping)
            self._buttons.addWidget(stop)
            return
        bill = push(self.tr("What else costs money?"), lambda: self._choose(Action(Command.OPEN_CLOUD_BILL)))
        close = push(self.tr("Close"), self.close)
        for button in (bill, close):
            self._buttons.addWidget(button)
        if run is None or run.fault is not None:
            words = self.tr("Delete it") if run is None else self.tr("Go on")
            delete = push(words, self._start)
            delete.setObjectName("delete")
            self._buttons.addWidget(delete)
        close.setDefault(True)
        close.setFocus()

    def _start(self) -> None:
        port, name, progress = self._port, self._name, self._progress
        self._cancelled = cancelled = threading.Event()
        self._run = CloudRun(is_removal=True)
        self._draw()
        self._background.run(lambda: port.destroy(name, progress, cancelled), self._worked)

    def _worked(self, future: Future[CloudOutcome]) -> None:
        if self._is_gone or self._run is None:
            return
        fault = fault_of(future)
        self._run = self._run.ended(future.result() if fault is None else None, fault)
        self._draw()
