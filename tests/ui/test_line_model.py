"""A server on its way from the pasted line to being online, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.faults import Fault, FaultCode
from app.core.profiles import Enrolment, EnrolmentState, Relay, Server, SetupMode
from app.core.provisioning import BootstrapLine, LineOptions
from app.sentences import fill
from app.ui.line_model import Enrolling, LineScreen, Stage, left_words, screen
from app.ui.tray_model import Mark

NOW = 1_000_000.0
RELAY = Relay(id="r1", name="tokyo", host="203.0.113.7", setup=SetupMode.SYSTEM)
SERVER = Server(id="s1", alias="lab", relay_id="r1")
LINE = BootstrapLine(server_id="s1", text="sh -c x", expires_at=0)
NO_SSHD = Fault.of(FaultCode.NO_SSHD_THERE, alias="lab", reason="nothing listens on port 22")
TOO_OLD = Fault.of(FaultCode.ENROLMENT_EXPIRED, alias="lab")


def known(state: EnrolmentState | None, *, left_s: int = 7200, **changes: object) -> Enrolling:
    enrolment = Enrolment(id="a1b2c3d4", state=state, expires_at=int(NOW) + left_s) if state else None
    made = Enrolling(replace(SERVER, enrolment=enrolment), RELAY)
    return replace(made, **changes)  # type: ignore[arg-type]


def marks(shown: LineScreen) -> list[Mark]:
    return [way.mark for way in shown.ways]


def does(shown: LineScreen) -> str:
    return " ".join(text.source for text in shown.does)


def test_a_relay_that_is_not_set_up_comes_first() -> None:
    shown = screen(replace(known(EnrolmentState.WAITING), relay=replace(RELAY, setup=SetupMode.NONE)), NOW)
    assert shown.stage is Stage.NO_RELAY
    assert shown.remark is not None
    assert not shown.shows_choices


def test_the_choices_come_before_the_line() -> None:
    shown = screen(known(None), NOW)
    assert (shown.stage, shown.shows_choices, shown.line) == (Stage.CHOICES, True, "")
    making = screen(known(None, is_making=True), NOW)
    assert (making.stage, making.shows_choices) == (Stage.MAKING, False)
    assert making.words is not None


def test_the_line_is_shown_with_what_it_does_and_how_long_it_is_good() -> None:
    shown = screen(known(EnrolmentState.WAITING, line=LINE), NOW)
    assert shown.stage is Stage.WAITING
    assert shown.line == "sh -c x"
    assert "authorized_keys" in does(shown)
    assert "no sshd" not in does(shown)
    assert marks(shown) == [Mark.CONNECTING, Mark.OFF, Mark.OFF]
    assert shown.words is not None
    assert shown.words.details["time"] == left_words(7200)


def test_what_was_not_wanted_is_not_told() -> None:
    options = LineOptions(allow_my_key=False, user_sshd=True)
    shown = screen(known(EnrolmentState.WAITING, line=LINE, options=options), NOW)
    assert "authorized_keys" not in does(shown)
    assert "no sshd" in does(shown)


def test_a_line_of_an_earlier_run_is_not_known_any_more() -> None:
    shown = screen(known(EnrolmentState.WAITING), NOW)
    assert shown.stage is Stage.WAITING
    assert not shown.line
    assert shown.remark is not None


def test_a_report_and_an_answer_move_the_signs_on() -> None:
    reported = screen(known(EnrolmentState.REPORTED, line=LINE), NOW)
    assert marks(reported) == [Mark.CONNECTED, Mark.CONNECTED, Mark.CONNECTING]
    assert reported.words is None
    online = screen(known(EnrolmentState.ONLINE, line=LINE), NOW)
    assert marks(online) == [Mark.CONNECTED] * 3
    assert not online.line
    assert online.good_news


def test_a_report_outlives_the_time_of_the_line() -> None:
    assert screen(known(EnrolmentState.REPORTED, left_s=-1), NOW).stage is Stage.REPORTED


@pytest.mark.parametrize(
    "late", [known(EnrolmentState.WAITING, left_s=0), known(EnrolmentState.WAITING, fault=TOO_OLD)]
)
def test_a_line_that_was_not_pasted_in_time(late: Enrolling) -> None:
    shown = screen(replace(late, line=LINE), NOW)
    assert shown.stage is Stage.EXPIRED
    assert not shown.line
    assert marks(shown) == [Mark.TROUBLE, Mark.OFF, Mark.OFF]
    assert (shown.remark is None) is (shown.trouble is not None)  # one of them says so


def test_trouble_stands_where_it_happened() -> None:
    shown = screen(known(EnrolmentState.REPORTED, fault=NO_SSHD), NOW)
    assert shown.trouble is NO_SSHD
    assert marks(shown) == [Mark.CONNECTED, Mark.CONNECTED, Mark.TROUBLE]
    assert screen(known(EnrolmentState.ONLINE, fault=NO_SSHD), NOW).trouble is None  # over


def test_another_line_begins_with_the_choices() -> None:
    shown = screen(known(EnrolmentState.ONLINE, line=LINE, is_choosing=True), NOW)
    assert shown.stage is Stage.CHOICES
    assert not shown.ways


@pytest.mark.parametrize(
    ("keeper", "told"), [("systemd", "systemd"), ("cron", "cron"), ("loop", "until"), ("", "")]
)
def test_what_keeps_the_tunnel_open_is_told(keeper: str, told: str) -> None:
    online = known(EnrolmentState.ONLINE)
    assert online.server.enrolment is not None
    enrolment = replace(online.server.enrolment, keeper=keeper, sshd="user")
    server = replace(online.server, enrolment=enrolment, user="chen", home="/home/chen")
    shown = screen(replace(online, server=server), NOW)
    sources = " ".join(text.source for text in shown.good_news)
    assert told in sources
    assert "It had no sshd" in sources
    assert "at home in" in sources


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (86_399, "23 h 59 min"),
        (2 * 86_400 - 1, "47 h 59 min"),
        (2 * 86_400, "2 days 0 h"),
        (604_799, "6 days 23 h"),
    ],
)
def test_the_time_left_in_words(seconds: int, told: str) -> None:
    text = left_words(seconds)
    details = {key: str(value) for key, value in text.details.items()}
    assert fill(text.source, details) == told
