"""The way through a relay's set-up, without a window: what is shown, and which buttons are there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.faults import Fault, FaultCode
from app.core.profiles import AdminLogin, Authentication, Relay, SetupMode
from app.core.provisioning import Note, SetupOptions, Step, StepNote, StepReport, StepState
from app.ui.setup_model import Deed, Phase, Screen, SetUp, login_is_whole, screen
from app.ui.tray_model import Mark
from tests.ui.fake_setup import plan_of

RELAY = Relay(id="r1", name="tokyo", host="203.0.113.7", user="ubuntu", identity="~/.ssh/key")
KNOWN = replace(RELAY, setup=SetupMode.ACCOUNT)
REFUSED = Fault.of(FaultCode.LOGIN_REFUSED, user="ubuntu", host="203.0.113.7", methods="publickey")
CANCELLED = Fault.of(FaultCode.CANCELLED, what="set-up")
STOPPED = Fault.of(FaultCode.SETUP_STOPPED, name="tokyo")
FAILED = Fault.of(FaultCode.SETUP_STEP_FAILED, step="sshd", host="203.0.113.7", reason="no room")


def deeds(shown: Screen) -> list[Deed]:
    return [press.deed for press in shown.buttons]


def words(shown: Screen) -> str:
    return " ".join(text.source for text in shown.words)


def states(setup: SetUp) -> dict[Step, StepState]:
    return {one.step: one.state for one in setup.steps}


def working(relay: Relay = RELAY) -> SetUp:
    return SetUp.of(relay).planned(plan_of(relay)).working()


def test_it_begins_with_the_questions() -> None:
    shown = screen(SetUp.of(RELAY))
    assert shown.shows_questions
    assert deeds(shown) == [Deed.CLOSE, Deed.LOOK]
    assert shown.buttons[0].text.source == "Not now"
    assert screen(SetUp.of(KNOWN)).buttons[0].text.source == "Close"


def test_what_was_set_up_before_is_the_proposal() -> None:
    assert SetUp.of(RELAY).options.mode is SetupMode.SYSTEM
    assert SetUp.of(KNOWN).options.mode is SetupMode.ACCOUNT


def test_a_relay_that_lets_out_to_the_internet_goes_on_doing_so() -> None:
    open_to_all = replace(KNOWN, setup_exit=True)
    assert SetUp.of(open_to_all).options.exit_at_relay
    assert not SetUp.of(KNOWN).options.exit_at_relay
    right = dict.fromkeys(Step, StepState.RIGHT)
    plan = plan_of(KNOWN, states=right)  # of the same machine, with the internet not asked for
    assert Deed.START not in deeds(screen(SetUp.of(KNOWN).planned(plan)))
    assert Deed.START in deeds(screen(SetUp.of(open_to_all).planned(plan)))


def test_looking_can_be_cancelled_and_names_who_logs_in() -> None:
    own = screen(SetUp.of(RELAY).looking(SetupOptions(), None))
    assert own.is_busy
    assert deeds(own) == [Deed.CANCEL]
    assert own.words[0].details == {"host": "203.0.113.7", "user": "ubuntu"}
    other = screen(SetUp.of(RELAY).looking(SetupOptions(), AdminLogin(user="root")))
    assert other.words[0].details["user"] == "root"


def test_a_login_that_fails_leads_back_to_the_questions() -> None:
    shown = screen(SetUp.of(RELAY).looking(SetupOptions(), None).not_planned(REFUSED))
    assert shown.shows_questions
    assert shown.trouble is REFUSED
    assert screen(SetUp.of(RELAY).not_planned(CANCELLED)).trouble is None


def test_the_plan_says_that_nothing_is_changed_yet_and_what_would_be() -> None:
    plan = plan_of(RELAY, states={Step.PROGRAMS: StepState.RIGHT, Step.BBR: StepState.IMPOSSIBLE})
    shown = screen(SetUp.of(RELAY).planned(plan))
    assert "Nothing is changed yet." in words(shown)
    assert deeds(shown) == [Deed.CLOSE, Deed.BACK, Deed.START]
    lines = {line.step: line for line in shown.steps}
    assert lines[Step.SSHD].mark is Mark.OFF
    assert [note.code for note in lines[Step.SSHD].notes] == [StepNote.FILE_MISSING, StepNote.SSHD_RELOAD]
    assert lines[Step.PROGRAMS].mark is Mark.CONNECTED
    assert [note.code for note in lines[Step.BBR].notes] == [StepNote.BBR_CONTAINER]


def test_root_is_told_and_so_is_its_absence() -> None:
    plan = plan_of(RELAY)
    assert "with root" in words(screen(SetUp.of(RELAY).planned(plan)))
    account = replace(plan, is_root=False, options=SetupOptions(mode=SetupMode.ACCOUNT))
    within = screen(SetUp.of(RELAY).planned(account))
    assert "without root" in words(within)
    assert Deed.START in deeds(within)


def test_where_root_is_needed_and_missing_there_is_nothing_to_start() -> None:
    plan = replace(plan_of(RELAY), is_root=False)
    shown = screen(SetUp.of(RELAY).planned(plan))
    assert "may not act as root" in words(shown)
    assert deeds(shown) == [Deed.CLOSE, Deed.BACK]
    removal = screen(SetUp.removal_of(KNOWN).planned(plan))
    assert "any more" in words(removal)
    assert deeds(removal) == [Deed.CLOSE]


def test_nothing_to_do_is_told_and_there_is_nothing_to_start() -> None:
    plan = plan_of(KNOWN, states=dict.fromkeys(Step, StepState.RIGHT))
    shown = screen(SetUp.of(KNOWN).planned(plan))
    assert "there is nothing to do" in words(shown)
    assert deeds(shown) == [Deed.CLOSE]


def test_a_machine_that_is_right_is_still_taken_into_a_profile_that_does_not_know_it() -> None:
    plan = plan_of(RELAY, states=dict.fromkeys(Step, StepState.RIGHT))
    assert Deed.START in deeds(screen(SetUp.of(RELAY).planned(plan)))


def test_steps_follow_the_reports() -> None:
    setup = working().told(StepReport(Step.ACCOUNTS, StepState.RUNNING))
    assert states(setup)[Step.ACCOUNTS] is StepState.RUNNING
    setup = setup.told(StepReport(Step.ACCOUNTS, StepState.DONE))
    assert states(setup)[Step.ACCOUNTS] is StepState.DONE
    shown = screen(setup)
    assert shown.is_busy
    assert deeds(shown) == [Deed.CANCEL]
    assert not shown.steps[0].notes  # why it was to be done is over


def test_a_step_that_no_plan_had_is_shown_as_well() -> None:
    setup = replace(working(), steps=()).told(StepReport(Step.BBR, StepState.DONE))
    assert states(setup) == {Step.BBR: StepState.DONE}


def test_cancelling_can_be_asked_for_once() -> None:
    shown = screen(working().cancelling())
    assert [press.enabled for press in shown.buttons] == [False]
    assert "Cancelling" in words(shown)


def test_the_end_says_what_comes_next() -> None:
    done = working().finished(tuple(StepReport(step, StepState.DONE) for step in Step))
    shown = screen(done)
    assert done.phase is Phase.DONE
    assert shown.good_news is not None
    assert deeds(shown) == [Deed.CLOSE, Deed.ADD_SERVER]
    assert done.told(StepReport(Step.SSHD, StepState.RUNNING)) == done  # too late


def test_a_failed_step_is_told_once_and_can_be_tried_again() -> None:
    setup = working().finished((StepReport(Step.SSHD, StepState.FAILED, fault=FAILED),))
    shown = screen(setup)
    assert shown.trouble is FAILED
    assert [line.fault for line in shown.steps] == [None] * len(Step)
    assert shown.steps[3].mark is Mark.TROUBLE
    assert deeds(shown) == [Deed.CLOSE, Deed.BACK, Deed.START]
    assert setup.working().fault is None


def test_a_lost_link_leaves_the_step_undone() -> None:
    lost = Fault.of(FaultCode.LINK_LOST, host="203.0.113.7", reason="reset")
    setup = working().told(StepReport(Step.SSHD, StepState.RUNNING)).broken_off(lost)
    assert states(setup)[Step.SSHD] is StepState.CHANGE
    assert screen(setup).trouble is lost


@pytest.mark.parametrize(
    ("setup", "told"),
    [
        (working().broken_off(CANCELLED), "What is done stays"),
        (working().broken_off(STOPPED), "What is done stays"),
        (SetUp.removal_of(KNOWN).not_planned(CANCELLED), "Nothing was changed"),
    ],
)
def test_a_cancel_is_no_trouble(setup: SetUp, told: str) -> None:
    shown = screen(setup)
    assert shown.trouble is None
    assert told in words(shown)


def test_the_removal_begins_with_a_look_and_names_who_is_cut_off() -> None:
    setup = SetUp.removal_of(KNOWN, ("lab-gpu",))
    assert setup.phase is Phase.LOOKING
    shown = screen(setup.planned(plan_of(KNOWN, states={Step.BBR: StepState.RIGHT})))
    assert shown.words[-1].details == {"servers": "lab-gpu"}
    assert deeds(shown) == [Deed.CLOSE, Deed.START]
    told = {line.step: line.state_words.source for line in shown.steps if line.state_words}
    assert told[Step.BBR] == "Nothing there."
    assert told[Step.SSHD] == "To be taken away."
    notes = {note.code for line in shown.steps for note in line.notes}
    assert notes == {StepNote.SSHD_RELOAD}  # what is not there yet is no news here


def test_the_removal_ends_with_the_machine_as_it_was() -> None:
    reports = tuple(StepReport(step, StepState.DONE) for step in Step)
    removal = SetUp.removal_of(KNOWN).planned(plan_of(KNOWN)).working()
    shown = screen(removal.finished(reports))
    assert shown.good_news is not None
    assert "as it was" in shown.good_news.source
    assert deeds(shown) == [Deed.CLOSE]
    forgotten = screen(replace(removal, forgets=True).finished(reports)).good_news
    assert forgotten is not None
    assert "no longer in its list" in forgotten.source


def test_a_removal_without_anything_there_offers_nothing_for_a_relay_that_is_not_set_up() -> None:
    nothing = plan_of(RELAY, states=dict.fromkeys(Step, StepState.RIGHT))
    assert deeds(screen(SetUp.removal_of(RELAY).planned(nothing))) == [Deed.CLOSE]
    assert Deed.START in deeds(screen(SetUp.removal_of(KNOWN).planned(nothing)))


def test_a_removal_that_cannot_look_tries_again() -> None:
    shown = screen(SetUp.removal_of(KNOWN).not_planned(REFUSED))
    assert shown.trouble is REFUSED
    assert deeds(shown) == [Deed.CLOSE, Deed.LOOK]


def test_that_all_is_right_needs_no_reason() -> None:
    report = StepReport(Step.BBR, StepState.IMPOSSIBLE, (Note(StepNote.IS_RIGHT),))
    setup = SetUp.of(RELAY).planned(replace(plan_of(RELAY), steps=(report,)))
    assert screen(setup).steps[0].notes == ()


def test_who_logs_in_by_default() -> None:
    assert RELAY.set_up_login == AdminLogin(user="ubuntu", identity="~/.ssh/key")
    admin = AdminLogin(user="root", authentication=Authentication.PASSWORD)
    assert replace(RELAY, admin=admin).set_up_login is admin


@pytest.mark.parametrize(
    ("login", "is_whole"),
    [
        (AdminLogin(user=""), False),
        (AdminLogin(user="root"), False),
        (AdminLogin(user="root", identity="~/.ssh/key"), True),
        (AdminLogin(user="root", authentication=Authentication.PASSWORD), True),
    ],
)
def test_what_a_login_needs(login: AdminLogin, is_whole: bool) -> None:
    assert login_is_whole(login) is is_whole


def test_what_holds_for_several_files_is_said_once() -> None:
    notes = [Note(StepNote.FILE_MISSING, {"path": path}) for path in ("/a", "/b", "/c")]
    setting = [Note(StepNote.SSHD_SETTING, {"path": "/a", "setting": word}) for word in ("x", "y")]
    report = StepReport(Step.SSHD, StepState.CHANGE, (notes[0], setting[0], *notes[1:], setting[1]))
    setup = SetUp.of(RELAY).planned(replace(plan_of(RELAY), steps=(report,)))
    told = [dict(note.details) for note in screen(setup).steps[0].notes]
    assert told == [{"path": "/a, /b, /c"}, dict(setting[0].details), dict(setting[1].details)]
