"""The set-up of a relay as the window goes through it: what is known, and what is shown of it. Pure.

``SetUp`` is where the person is; each thing that happens gives the next one. ``screen`` says what to draw.
The removal of a set-up goes the same way, without the questions at the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.faults import Fault, Hop
from app.core.profiles import AdminLogin, Authentication, Relay, SetupMode
from app.core.provisioning import Plan, SetupOptions, StepReport, StepState
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_setup import known_options
from app.ui.setup_known import has_now, known_v2ray
from app.ui.setup_steps import StepLine, step_lines
from app.ui.texts import QT_TRANSLATE_NOOP, Text


class Phase(StrEnum):
    QUESTIONS = "questions"  # who logs in, and what is wanted
    LOOKING = "looking"  # the machine is being looked at
    PLAN = "plan"  # what would be changed; nothing is changed yet
    WORKING = "working"
    CANCELLING = "cancelling"  # the step that runs is finished first
    DONE = "done"
    FAILED = "failed"


class Deed(StrEnum):
    """What the buttons do."""

    LOOK = "look"
    BACK = "back"
    START = "start"
    CANCEL = "cancel"
    QR_CODE = "qr-code"
    ADD_SERVER = "add-server"
    CLOSE = "close"


@dataclass(frozen=True)
class Press:
    text: Text
    deed: Deed
    is_main: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class Screen:
    title: Text
    words: tuple[Text, ...]
    buttons: tuple[Press, ...]  # from the left; the last is the one that goes on
    shows_questions: bool = False
    is_busy: bool = False
    trouble: Fault | None = None
    good_news: Text | None = None
    steps: tuple[StepLine, ...] = ()


@dataclass(frozen=True)
class SetUp:
    relay: Relay
    is_removal: bool = False
    forgets: bool = False  # after the removal the profile goes as well
    phase: Phase = Phase.QUESTIONS
    options: SetupOptions = field(default_factory=SetupOptions)
    login: AdminLogin | None = None  # None = the one of last time, or the profile's own
    plan: Plan | None = None
    steps: tuple[StepReport, ...] = ()
    fault: Fault | None = None
    servers: tuple[str, ...] = ()  # names of those that are reached through this relay
    proxies: tuple[ShadowsocksServer, ...] = ()  # that run on it

    @classmethod
    def of(cls, relay: Relay, proxies: tuple[ShadowsocksServer, ...] = ()) -> SetUp:
        mode = relay.setup if relay.setup is not SetupMode.NONE else SetupMode.SYSTEM
        options = SetupOptions(
            mode=mode,
            exit_at_relay=relay.setup_exit,
            v2ray=known_v2ray(relay),
            shadowsocks=known_options(proxies),
        )
        return cls(relay, options=options, proxies=proxies)

    @classmethod
    def removal_of(cls, relay: Relay, servers: tuple[str, ...] = (), *, forgets: bool = False) -> SetUp:
        return cls(relay, is_removal=True, forgets=forgets, phase=Phase.LOOKING, servers=servers)

    @property
    def is_busy(self) -> bool:
        return self.phase in {Phase.LOOKING, Phase.WORKING, Phase.CANCELLING}

    def looking(self, options: SetupOptions, login: AdminLogin | None) -> SetUp:
        return replace(
            self, phase=Phase.LOOKING, options=options, login=login, fault=None, plan=None, steps=()
        )

    def planned(self, plan: Plan) -> SetUp:
        return replace(self, phase=Phase.PLAN, plan=plan, steps=plan.steps, fault=None)

    def not_planned(self, fault: Fault) -> SetUp:
        """Back to the questions with what went wrong: another login may help."""
        told = None if fault.hop is Hop.CANCELLED else fault
        if self.is_removal:
            return replace(self, phase=Phase.FAILED, fault=fault)
        return replace(self, phase=Phase.QUESTIONS, fault=told)

    def back(self) -> SetUp:
        return replace(self, phase=Phase.QUESTIONS, fault=None, plan=None, steps=())

    def working(self) -> SetUp:
        steps = self.plan.steps if self.plan is not None else ()
        return replace(self, phase=Phase.WORKING, steps=steps, fault=None)

    def cancelling(self) -> SetUp:
        return replace(self, phase=Phase.CANCELLING)

    def told(self, report: StepReport) -> SetUp:
        """A step has begun or ended. Reports after the end change nothing: the end told them all."""
        if self.phase not in {Phase.WORKING, Phase.CANCELLING}:
            return self
        return replace(self, steps=_with_report(self.steps, report))

    def finished(self, reports: tuple[StepReport, ...]) -> SetUp:
        steps = self.steps
        for report in reports:
            steps = _with_report(steps, report)
        failed = next((one for one in reports if one.state is StepState.FAILED), None)
        if failed is None:
            return replace(self, phase=Phase.DONE, steps=steps, fault=None)
        return replace(self, phase=Phase.FAILED, steps=steps, fault=failed.fault)

    def broken_off(self, fault: Fault) -> SetUp:
        """It could not go on. What was being done has not been done."""
        steps = tuple(
            replace(one, state=StepState.CHANGE) if one.state is StepState.RUNNING else one
            for one in self.steps
        )
        return replace(self, phase=Phase.FAILED, steps=steps, fault=fault)


def _with_report(steps: tuple[StepReport, ...], report: StepReport) -> tuple[StepReport, ...]:
    if all(one.step is not report.step for one in steps):
        return (*steps, report)
    return tuple(report if one.step is report.step else one for one in steps)


def is_touched(relay: Relay) -> bool:
    """Whether a set-up was made there, or at least begun: then there may be something to take away."""
    return relay.setup is not SetupMode.NONE or relay.admin is not None


def login_is_whole(login: AdminLogin) -> bool:
    """Whether all is there that this way of logging in needs."""
    return bool(login.user) and (login.authentication is not Authentication.KEY_FILE or bool(login.identity))


def _text(source: str, **details: str | Text) -> Text:
    return Text("SetUp", source, details)


def screen(setup: SetUp) -> Screen:
    """What the window shows now."""
    draw = {
        Phase.QUESTIONS: _questions,
        Phase.LOOKING: _looking,
        Phase.PLAN: _plan,
        Phase.WORKING: _working,
        Phase.CANCELLING: _working,
        Phase.DONE: _done,
        Phase.FAILED: _failed,
    }[setup.phase]
    return draw(setup)


def _title(setup: SetUp) -> Text:
    if setup.is_removal:
        source = QT_TRANSLATE_NOOP("SetUp", "Take the set-up of {relay} away")
    else:
        source = QT_TRANSLATE_NOOP("SetUp", "Set up {relay}")
    return _text(source, relay=setup.relay.name)


_CANCEL = Press(_text(QT_TRANSLATE_NOOP("SetUp", "Cancel")), Deed.CANCEL)
_CLOSE = Press(_text(QT_TRANSLATE_NOOP("SetUp", "Close")), Deed.CLOSE)


def _questions(setup: SetUp) -> Screen:
    later = QT_TRANSLATE_NOOP("SetUp", "Not now") if setup.relay.setup is SetupMode.NONE else "Close"
    look = _text(QT_TRANSLATE_NOOP("SetUp", "Look at the machine"))
    words = QT_TRANSLATE_NOOP(
        "SetUp",
        "RelayTray logs in once and makes ready what GPU servers and computers need there. First it only "
        "looks and shows you what it would change.",
    )
    return Screen(
        _title(setup),
        (_text(words),),
        (Press(_text(later), Deed.CLOSE), Press(look, Deed.LOOK, is_main=True)),
        shows_questions=True,
        trouble=setup.fault,
    )


def _looking(setup: SetUp) -> Screen:
    source = QT_TRANSLATE_NOOP(
        "SetUp", "Logging in at {host} as {user} and looking. Nothing is changed by that."
    )
    login = setup.login or setup.relay.set_up_login
    words = _text(source, host=setup.relay.host, user=login.user or "?")
    return Screen(_title(setup), (words,), (_CANCEL,), is_busy=True)


def _plan(setup: SetUp) -> Screen:
    words = tuple(_words_of_plan(setup))
    start = Press(_text(_START_OF[setup.is_removal]), Deed.START, is_main=True)
    buttons: tuple[Press, ...]
    back = Press(_text(QT_TRANSLATE_NOOP("SetUp", "Back")), Deed.BACK)
    if _lacks_root(setup):
        buttons = (_CLOSE,) if setup.is_removal else (_CLOSE, replace(back, is_main=True))
    elif not _is_worth_starting(setup):
        buttons = (replace(_CLOSE, is_main=True),)
    elif setup.is_removal:
        buttons = (_CLOSE, start)
    else:
        buttons = (_CLOSE, back, start)
    return Screen(_title(setup), words, buttons, steps=_lines(setup))


_START_OF = {
    False: QT_TRANSLATE_NOOP("SetUp", "Set it up"),
    True: QT_TRANSLATE_NOOP("SetUp", "Take it all away"),
}


def _lacks_root(setup: SetUp) -> bool:
    """Nothing could be done: the login is neither root's nor one that may use sudo."""
    plan = setup.plan
    return plan is not None and plan.options.mode is SetupMode.SYSTEM and not plan.is_root


def _is_worth_starting(setup: SetUp) -> bool:
    """Also where the machine is right already and only this profile does not know it."""
    has_exit = setup.plan.options.exit_at_relay if setup.plan is not None else setup.relay.setup_exit
    if not setup.is_removal and has_exit is not setup.relay.setup_exit:
        return True
    is_known = setup.relay.setup is not SetupMode.NONE
    is_changing = setup.plan is not None and setup.plan.changes
    return is_changing or is_known is setup.is_removal


def _words_of_plan(setup: SetUp) -> Iterator[Text]:
    plan = setup.plan
    if plan is None:
        return
    if plan.system:
        root = QT_TRANSLATE_NOOP("SetUp", "{system}, with root.")
        account = QT_TRANSLATE_NOOP("SetUp", "{system}, without root.")
        yield _text(root if plan.is_root else account, system=plan.system)
    if _lacks_root(setup):
        other = QT_TRANSLATE_NOOP(
            "SetUp",
            "This login may not act as root. Go back and choose another one, or set the relay up within "
            "this account only.",
        )
        owner = QT_TRANSLATE_NOOP(
            "SetUp", "This login may not act as root any more, so it cannot take the set-up away."
        )
        yield _text(owner if setup.is_removal else other)
        return
    if not _is_worth_starting(setup):
        nothing = QT_TRANSLATE_NOOP("SetUp", "Nothing of a set-up is left there.")
        right = QT_TRANSLATE_NOOP("SetUp", "All is right already: there is nothing to do.")
        yield _text(nothing if setup.is_removal else right)
        return
    if setup.is_removal:
        yield _text(
            QT_TRANSLATE_NOOP("SetUp", "Nothing is changed yet. This would be taken away, to the last file:")
        )
        if setup.servers:
            source = QT_TRANSLATE_NOOP(
                "SetUp", "These GPU servers are no longer reached through it afterwards: {servers}."
            )
            yield _text(source, servers=", ".join(setup.servers))
        return
    yield _text(
        QT_TRANSLATE_NOOP("SetUp", "Nothing is changed yet. This is how it stands, and what would be done:")
    )


def _working(setup: SetUp) -> Screen:
    if setup.phase is Phase.CANCELLING:
        words = QT_TRANSLATE_NOOP("SetUp", "Cancelling: the step that runs is brought to its end first.")
    elif setup.is_removal:
        words = QT_TRANSLATE_NOOP("SetUp", "Taking away, step by step...")
    else:
        words = QT_TRANSLATE_NOOP("SetUp", "Setting up, step by step; each one is checked afterwards...")
    cancel = replace(_CANCEL, enabled=setup.phase is Phase.WORKING)
    return Screen(_title(setup), (_text(words),), (cancel,), is_busy=True, steps=_lines(setup))


def _done(setup: SetUp) -> Screen:
    name = setup.relay.name
    words: tuple[Text, ...] = ()
    if setup.is_removal:
        source = QT_TRANSLATE_NOOP("SetUp", "{relay} is as it was before RelayTray.")
        forgotten = QT_TRANSLATE_NOOP(
            "SetUp", "{relay} is as it was before RelayTray, and no longer in its list."
        )
        news = _text(forgotten if setup.forgets else source, relay=name)
        buttons: tuple[Press, ...] = (replace(_CLOSE, is_main=True),)
    else:
        news = _text(QT_TRANSLATE_NOOP("SetUp", "{relay} is set up."), relay=name)
        source = QT_TRANSLATE_NOOP(
            "SetUp",
            "Next, add a GPU server: RelayTray gives you one line to paste into its web terminal, and the "
            "server comes online by itself.",
        )
        words = (*has_now(setup.options, setup.steps, setup.proxies), _text(source))
        add = _text(QT_TRANSLATE_NOOP("SetUp", "Add a GPU server..."))
        buttons = (_CLOSE, Press(add, Deed.ADD_SERVER, is_main=True))
        if setup.options.shadowsocks is not None and setup.proxies:
            qr_code = _text(QT_TRANSLATE_NOOP("SetUp", "QR code for phones..."))
            buttons = (_CLOSE, Press(qr_code, Deed.QR_CODE), buttons[-1])
    return Screen(_title(setup), words, buttons, good_news=news, steps=_lines(setup))


def _failed(setup: SetUp) -> Screen:
    is_cancelled = setup.fault is not None and setup.fault.hop is Hop.CANCELLED
    words: tuple[Text, ...] = ()
    if is_cancelled:
        kept = QT_TRANSLATE_NOOP(
            "SetUp", "You cancelled. What is done stays and is right; the rest can be done at any time."
        )
        untouched = QT_TRANSLATE_NOOP("SetUp", "You cancelled. Nothing was changed.")
        words = (_text(kept if setup.steps else untouched),)
    again = _text(QT_TRANSLATE_NOOP("SetUp", "Try again"))
    deed = Deed.START if setup.plan is not None else Deed.LOOK
    buttons = [_CLOSE, Press(again, deed, is_main=True)]
    if not setup.is_removal:
        other = _text(QT_TRANSLATE_NOOP("SetUp", "Back"))
        buttons.insert(1, Press(other, Deed.BACK))
    trouble = None if is_cancelled else setup.fault
    return Screen(_title(setup), words, tuple(buttons), trouble=trouble, steps=_lines(setup))


def _lines(setup: SetUp) -> tuple[StepLine, ...]:
    return tuple(step_lines(setup.steps, is_removal=setup.is_removal, told=setup.fault))
