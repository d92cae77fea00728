"""How a server comes online by its bootstrap line, as the window shows it. Pure; the time is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault, FaultCode
from app.core.profiles import Enrolment, EnrolmentState, Relay, Server, SetupMode
from app.core.provisioning import BootstrapLine, LineOptions
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_model import Mark

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Stage(StrEnum):
    NO_RELAY = "no-relay"  # the relay is not set up yet
    CHOICES = "choices"  # no line yet: what it shall do there
    MAKING = "making"
    WAITING = "waiting"
    REPORTED = "reported"
    ONLINE = "online"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Way:
    """One station on the way from the line to being online."""

    words: Text
    mark: Mark


@dataclass(frozen=True)
class LineScreen:
    stage: Stage
    title: Text
    shows_choices: bool
    line: str  # "" = there is none to be shown
    does: tuple[Text, ...]  # what the line does there
    ways: tuple[Way, ...]
    words: Text | None = None  # under the signs: how long the line is good for
    remark: Text | None = None
    good_news: tuple[Text, ...] = ()
    trouble: Fault | None = None


@dataclass(frozen=True)
class Enrolling:
    """What is known of one server on its way. ``line`` is kept in memory only: it carries a one-time key."""

    server: Server
    relay: Relay
    line: BootstrapLine | None = None
    options: LineOptions = field(default_factory=LineOptions)
    is_making: bool = False
    is_choosing: bool = False  # the person wants another line
    fault: Fault | None = None

    def stage(self, now: float) -> Stage:
        enrolment = self.server.enrolment
        if self.relay.setup is SetupMode.NONE:
            return Stage.NO_RELAY
        if self.is_making:
            return Stage.MAKING
        if self.is_choosing or enrolment is None:
            return Stage.CHOICES
        if enrolment.state is EnrolmentState.ONLINE:
            return Stage.ONLINE
        if enrolment.state is EnrolmentState.REPORTED:
            return Stage.REPORTED
        is_over = enrolment.expires_at <= now
        is_too_old = self.fault is not None and self.fault.code is FaultCode.ENROLMENT_EXPIRED
        return Stage.EXPIRED if is_over or is_too_old else Stage.WAITING


def _text(source: str, **details: str | Text) -> Text:
    return Text("Line", source, details)


def screen(known: Enrolling, now: float) -> LineScreen:
    """What the window shows now."""
    stage = known.stage(now)
    has_line = known.line is not None and stage in {Stage.WAITING, Stage.REPORTED}
    return LineScreen(
        stage,
        _text(QT_TRANSLATE_NOOP("Line", "Bring {alias} online"), alias=known.server.alias),
        shows_choices=stage is Stage.CHOICES,
        line=known.line.text if known.line is not None and has_line else "",
        does=tuple(_does(known)) if has_line else (),
        ways=tuple(_ways(known, stage)),
        words=_words(known, stage, now),
        remark=_remark(known, stage),
        good_news=tuple(_good_news(known)) if stage is Stage.ONLINE else (),
        trouble=known.fault if stage not in {Stage.ONLINE, Stage.NO_RELAY} else None,
    )


def left_words(seconds: float) -> Text:
    """How long that is, in words, never more than there is left."""
    if seconds >= 2 * _DAY:
        days, hours = divmod(int(seconds) // _HOUR, 24)
        source = QT_TRANSLATE_NOOP("Line", "{days} days {hours} h")
        return _text(source, days=str(days), hours=str(hours))
    if seconds >= _HOUR:
        hours, minutes = divmod(int(seconds) // _MINUTE, 60)
        source = QT_TRANSLATE_NOOP("Line", "{hours} h {minutes} min")
        return _text(source, hours=str(hours), minutes=str(minutes))
    if seconds >= _MINUTE:
        return _text(QT_TRANSLATE_NOOP("Line", "{minutes} min"), minutes=str(int(seconds) // _MINUTE))
    return _text(QT_TRANSLATE_NOOP("Line", "less than a minute"))


def _words(known: Enrolling, stage: Stage, now: float) -> Text | None:
    if stage is Stage.MAKING:
        source = QT_TRANSLATE_NOOP("Line", "Asking {relay} for the server's permission...")
        return _text(source, relay=known.relay.name)
    enrolment = known.server.enrolment
    if stage is not Stage.WAITING or enrolment is None:
        return None
    source = QT_TRANSLATE_NOOP("Line", "The line is good for another {time}.")
    return _text(source, time=left_words(enrolment.expires_at - now))


def _ways(known: Enrolling, stage: Stage) -> Iterator[Way]:
    known_marks: dict[Stage, tuple[Mark, ...]] = {
        Stage.WAITING: (Mark.CONNECTING, Mark.OFF, Mark.OFF),
        Stage.EXPIRED: (Mark.TROUBLE, Mark.OFF, Mark.OFF),
        Stage.REPORTED: (Mark.CONNECTED, Mark.CONNECTED, Mark.CONNECTING),
        Stage.ONLINE: (Mark.CONNECTED, Mark.CONNECTED, Mark.CONNECTED),
    }
    marks = known_marks.get(stage)
    if marks is None:
        return
    if known.fault is not None and stage is not Stage.ONLINE:
        marks = tuple(Mark.TROUBLE if one is Mark.CONNECTING else one for one in marks)
    words = {
        Stage.WAITING: QT_TRANSLATE_NOOP("Line", "Waiting for the line to be pasted"),
        Stage.EXPIRED: QT_TRANSLATE_NOOP("Line", "The line was not pasted in time"),
    }.get(stage, QT_TRANSLATE_NOOP("Line", "The line is pasted"))
    yield Way(_text(words), marks[0])
    let_in = QT_TRANSLATE_NOOP("Line", "The server reports, and {relay} lets its tunnel in")
    yield Way(_text(let_in, relay=known.relay.name), marks[1])
    yield Way(_text(QT_TRANSLATE_NOOP("Line", "Its sshd answers through the tunnel")), marks[2])


def _does(known: Enrolling) -> Iterator[Text]:
    """In plain words, for the person who pastes and the one who owns the server."""
    yield _text(QT_TRANSLATE_NOOP("Line", "It makes a key on the server. The private half never leaves it."))
    source = QT_TRANSLATE_NOOP(
        "Line",
        "It tells {relay} the public half and the server's host keys, and is let in there with one port, "
        "{port}, and nothing else.",
    )
    yield _text(source, relay=known.relay.name, port=str(known.server.route.port))
    yield _text(
        QT_TRANSLATE_NOOP(
            "Line", "It keeps a tunnel to the relay open, and opens it again after a restart where it may."
        )
    )
    if known.options.bridge:
        source = QT_TRANSLATE_NOOP(
            "Line",
            "It fetches v2ray or Xray through {relay} and keeps a second way there open with it, by a secret "
            "that opens nothing else.",
        )
        yield _text(source, relay=known.relay.name)
    if known.options.allow_my_key:
        yield _text(
            QT_TRANSLATE_NOOP("Line", "It adds your public key to authorized_keys there, so that ssh works.")
        )
    if known.options.user_sshd:
        yield _text(
            QT_TRANSLATE_NOOP(
                "Line", "If the server has no sshd, it starts one for your account, not open to the network."
            )
        )
    yield _text(
        QT_TRANSLATE_NOOP("Line", "It works once; pasting it again does no harm. Show it to nobody else.")
    )


def _remark(known: Enrolling, stage: Stage) -> Text | None:
    if stage is Stage.NO_RELAY:
        source = QT_TRANSLATE_NOOP(
            "Line", "{relay} is not set up yet. Set it up first: it hands the server its permission."
        )
        return _text(source, relay=known.relay.name)
    if stage is Stage.WAITING and known.line is None:
        return _text(
            QT_TRANSLATE_NOOP(
                "Line",
                "RelayTray is waiting for the line that was made earlier. It does not keep such lines: if "
                "you no longer have it, make a new one, and the old one ends.",
            )
        )
    if stage is Stage.EXPIRED and known.fault is None:
        return _text(QT_TRANSLATE_NOOP("Line", "The line is too old and does nothing now. Make a new one."))
    return None


def _good_news(known: Enrolling) -> Iterator[Text]:
    server, enrolment = known.server, known.server.enrolment or Enrolment(id="")
    source = QT_TRANSLATE_NOOP("Line", "{alias} is online, and its host key is remembered.")
    yield _text(source, alias=server.alias)
    if server.user and server.home:
        source = QT_TRANSLATE_NOOP("Line", "You are {user} there, at home in {home}.")
        yield _text(source, user=server.user, home=server.home)
    kept = {
        "systemd": QT_TRANSLATE_NOOP("Line", "systemd keeps its tunnel open, also after a restart."),
        "cron": QT_TRANSLATE_NOOP("Line", "cron opens its tunnel again after a restart."),
        "loop": QT_TRANSLATE_NOOP(
            "Line", "Its tunnel stays open until the server restarts; paste a new line then."
        ),
    }.get(enrolment.keeper)
    if kept is not None:
        yield _text(kept)
    if enrolment.sshd == "user":
        yield _text(QT_TRANSLATE_NOOP("Line", "It had no sshd: one runs there for your account now."))
