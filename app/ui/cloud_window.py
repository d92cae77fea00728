"""Makes a relay in a cloud account: what can be had and what it costs, then step by step. GUI thread only.

Closing the window calls off what runs. What was made until then is remembered, and can be gone on with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton

from app.core.cloud import CloudMarket, CloudOutcome, CloudProgress, CloudRegion, NewMachine
from app.core.faults import Fault
from app.core.field_rules import name_problem
from app.ui.actions import Action, Command
from app.ui.banner import Tone, banner
from app.ui.bridge import Background
from app.ui.cloud_model import CloudRun, price, size_line
from app.ui.editing import fault_of
from app.ui.field_form import FieldForm
from app.ui.parts import BegunMachine, CloudPort
from app.ui.run_window import RunWindow
from app.ui.widgets import choice, clear, letters, push
from app.ui.wording import told, told_fault


@dataclass
class _Known:
    """What the provider has told until now."""

    accounts: tuple[str, ...] = ()
    regions: tuple[CloudRegion, ...] = ()
    market: CloudMarket | None = None
    begun: tuple[BegunMachine, ...] = ()


class CloudWindow(RunWindow):
    """``progress`` is called by the working thread and brings each step to ``heard``.

    ``taken(name)``: whether a relay has that name already.
    """

    def __init__(
        self,
        port: CloudPort,
        background: Background,
        progress: Callable[[str], CloudProgress],
        choose: Callable[[Action], None],
        taken: Callable[[str], bool],
        name: str = "",
    ) -> None:
        super().__init__()
        self._port, self._background = port, background
        self._progress, self._choose, self._taken = progress, choose, taken
        self._known = _Known()
        self._name, self._relay_id = name, ""
        self._fault: Fault | None = None
        self._is_busy = False
        self._build()
        self.setMinimumSize(QSize(letters(self, 80), letters(self, 56)))
        self.resize(letters(self, 112), letters(self, 88))
        self._ask_accounts()

    # --- what is drawn ------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._form = self._made_form(self._chosen() if self._content is not None else {})
        self._lay_out(self.tr("A relay in Amazon Lightsail"), self._form)

    def _made_form(self, chosen: dict[str, str]) -> FieldForm:
        form = FieldForm()
        self._edit_name = QLineEdit(chosen.get("name", self._name))
        self._edit_name.setPlaceholderText(self.tr("my-relay"))
        usual = [("", self.tr("The usual one")), *((name, name) for name in self._known.accounts)]
        self._account = choice(usual, chosen.get("account", ""))
        self._region = choice([(one.name, f"{one.title} ({one.name})") for one in self._known.regions], "")
        self._image, self._size = QComboBox(), QComboBox()
        form.add("name", self.tr("Name"), self._edit_name, self.tr("Of the relay in your list."))
        form.add("account", self.tr("AWS profile"), self._account)
        form.add(
            "region",
            self.tr("Where"),
            self._region,
            self.tr("Near your GPU servers, and on a network that this computer reaches well."),
        )
        form.add("image", self.tr("System"), self._image)
        form.add("size", self.tr("Size"), self._size)
        self._fill_market(chosen)
        self._select(self._region, chosen.get("region", ""))
        self._account.activated.connect(lambda _index: self._ask_regions())
        self._region.activated.connect(lambda _index: self._ask_market())
        self._image.currentIndexChanged.connect(lambda _index: self._fill_sizes(""))
        self._edit_name.textChanged.connect(lambda _text: self._follow())
        self._size.currentIndexChanged.connect(lambda _index: self._follow())
        return form

    def _fill_market(self, chosen: dict[str, str]) -> None:
        market = self._known.market
        self._image.clear()
        for image in market.images if market is not None else ():
            self._image.addItem(image.title, image.id)
        self._select(self._image, chosen.get("image", ""))
        self._fill_sizes(chosen.get("size", ""))

    def _fill_sizes(self, chosen: str) -> None:
        market, image_id = self._known.market, self._image.currentData()
        self._size.clear()
        if market is None or image_id is None:
            return
        image = next(one for one in market.images if one.id == image_id)
        for size in market.sizes:
            if size.power >= image.least_power:
                self._size.addItem(told(size_line(size)), size.id)
        self._select(self._size, chosen)

    @staticmethod
    def _select(box: QComboBox, value: str) -> None:
        if (index := box.findData(value)) >= 0:
            box.setCurrentIndex(index)

    def _chosen(self) -> dict[str, str]:
        boxes = {"account": self._account, "region": self._region, "image": self._image, "size": self._size}
        chosen = {name: str(box.currentData() or "") for name, box in boxes.items()}
        return {**chosen, "name": self._edit_name.text().strip()}

    def _draw(self) -> None:
        run = self._run
        is_working = run is not None and not run.is_over
        self._form.setVisible(run is None)
        self._form.setEnabled(not self._is_busy)
        self._bar.setVisible(is_working or self._is_busy)
        self._steps.show_lines(tuple(run.lines()) if run is not None else ())
        self._words.setText(self._about(run))
        self._words.setVisible(bool(self._words.text()))
        self._draw_news(run)
        self._draw_buttons(run)
        self._follow()

    def _about(self, run: CloudRun | None) -> str:
        if run is None:
            return self.tr(
                "RelayTray makes a machine in your own AWS account, gives it an address that stays, closes "
                "all ports but that of ssh, and checks its host key. Your private key stays on this "
                "computer. The machine costs money every month until it is deleted, also while it is stopped."
            )
        if not run.is_over:
            words = self.tr("This takes one to three minutes. So far: {seconds} s.")
            return words.format(seconds=run.seconds)
        return ""

    def _draw_news(self, run: CloudRun | None) -> None:
        clear(self._news)
        fault = self._fault if run is None else run.fault
        if fault is not None and (run is None or not run.is_stopped):
            again = [] if run is not None else [push(self.tr("Try again"), self._ask_accounts)]
            for button in again:
                button.setObjectName("ask-again")
            self._news.addWidget(banner(told_fault(fault), Tone.BAD, *again))
        if run is not None and run.is_stopped:
            words = self.tr("Stopped. What was made until now is still there and may cost money.")
            self._news.addWidget(banner(words, Tone.NOTE))
        elif run is not None and run.is_over and run.fault is None:
            words = self.tr("{name} is in your list. Set it up as a relay now.")
            self._news.addWidget(banner(words.format(name=self._name), Tone.GOOD))
        for begun in self._known.begun if run is None else ():
            words = self.tr("{name} was begun in {region}, for {price}, and is not finished.").format(
                name=begun.name, region=begun.region, price=told(price(begun.price))
            )
            go_on = push(self.tr("Go on"), partial(self._go_on, begun))
            go_on.setObjectName("go-on")
            remove = push(self.tr("Take it away..."), partial(self._take_away, begun.name))
            self._news.addWidget(banner(words, Tone.NOTE, go_on, remove))

    def _draw_buttons(self, run: CloudRun | None) -> None:
        clear(self._buttons)
        self._create: QPushButton | None = None
        if run is None:
            self._button("other", self.tr("I have a machine already..."), self._other)
            self._button("close", self.tr("Close"), self.close)
            self._create = self._button("create", self.tr("Make it"), self._start, main=True)
        elif not run.is_over:
            stop = self._button("stop", self.tr("Stop"), self._stop)
            stop.setEnabled(not run.is_stopping)
        elif run.fault is None:
            self._button("close", self.tr("Close"), self.close)
            self._button("set-up", self.tr("Set it up..."), self._set_up, main=True)
        else:
            self._button("take-away", self.tr("Take it away..."), lambda: self._take_away(self._name))
            self._button("again", self.tr("Go on"), self._again, main=True)

    def _button(
        self, name: str, words: str, deed: Callable[[], object], *, main: bool = False
    ) -> QPushButton:
        button = push(words, deed, main=main)
        button.setObjectName(name)
        self._buttons.addWidget(button)
        return button

    def _follow(self) -> None:
        create = self._create
        if create is None:
            return
        name, market = self._edit_name.text().strip(), self._known.market
        is_taken = self._taken(name)
        self._edit_name.setToolTip(self.tr("A relay has that name already.") if is_taken else "")
        size_id = self._size.currentData()
        size = next((one for one in market.sizes if one.id == size_id), None) if market is not None else None
        create.setEnabled(
            not self._is_busy and size is not None and name_problem(name) is None and not is_taken
        )
        words = self.tr("Make it")
        if size is not None:
            words = self.tr("Make it, for {price}").format(price=told(price(size.price)))
        create.setText(words)

    # --- what the provider tells --------------------------------------------------------------------------

    def _ask(self, work: Callable[[], object], hear: Callable[[object], None]) -> None:
        self._is_busy, self._fault = True, None
        self._draw()

        def done(future: Future[object]) -> None:
            if self._is_gone:
                return
            self._is_busy, self._fault = False, fault_of(future)
            if self._fault is None:
                hear(future.result())
            self._draw()

        self._background.run(work, done)

    def _ask_accounts(self) -> None:
        port = self._port

        def hear(told_: object) -> None:
            self._known.accounts, self._known.begun = told_  # type: ignore[misc]
            self._build()
            self._ask_regions()

        self._ask(lambda: (tuple(port.accounts()), tuple(port.begun())), hear)

    def _ask_regions(self) -> None:
        port, account = self._port, str(self._account.currentData() or "")
        cancelled = self._cancelled

        def hear(told_: object) -> None:
            self._known.regions = told_  # type: ignore[assignment]
            self._build()
            self._ask_market()

        self._ask(lambda: tuple(port.regions(account, cancelled)), hear)

    def _ask_market(self) -> None:
        port, chosen, cancelled = self._port, self._chosen(), self._cancelled
        self._known.market = None
        self._fill_market({})

        def hear(told_: object) -> None:
            self._known.market = told_  # type: ignore[assignment]
            self._fill_market(chosen)

        if chosen["region"]:
            self._ask(lambda: port.market(chosen["region"], chosen["account"], cancelled), hear)

    # --- what a press does --------------------------------------------------------------------------------

    def _start(self) -> None:
        chosen = self._chosen()
        self._work(
            NewMachine(
                name=chosen["name"],
                region=chosen["region"],
                image=chosen["image"],
                size=chosen["size"],
                account=chosen["account"],
            )
        )

    def _go_on(self, begun: BegunMachine) -> None:
        self._work(NewMachine(name=begun.name, region=begun.region, account=begun.account))

    def _again(self) -> None:
        self._work(self._wanted)

    def _work(self, wanted: NewMachine) -> None:
        port, progress = self._port, self._progress(wanted.name)
        self._wanted, self._name = wanted, wanted.name
        self._cancelled = cancelled = threading.Event()
        self._run = CloudRun(is_removal=False)
        self._draw()
        self._background.run(lambda: port.create(wanted, progress, cancelled), self._worked)

    def _worked(self, future: Future[CloudOutcome]) -> None:
        if self._is_gone or self._run is None:
            return
        fault = fault_of(future)
        outcome = future.result() if fault is None else None
        self._relay_id = outcome.relay_id if outcome is not None else ""
        self._run = self._run.ended(outcome, fault)
        self._draw()

    def _other(self) -> None:
        self._choose(Action(Command.ADD_RELAY))
        self.close()

    def _set_up(self) -> None:
        self._choose(Action(Command.SET_UP_RELAY, self._relay_id))
        self.close()

    def _take_away(self, name: str) -> None:
        self._choose(Action(Command.DESTROY_IN_CLOUD, name))
        self.close()
