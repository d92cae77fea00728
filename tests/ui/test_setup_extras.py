"""What a set-up can put on a relay beside SSH: asked for only where it is wanted, and told at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.core.problems import ProblemCode
from app.core.profiles import SetupMode
from app.core.provisioning import (
    Camouflage,
    LineOptions,
    Note,
    SetupOptions,
    ShadowsocksOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
    V2rayOptions,
)
from app.core.routes import V2rayCarrier
from app.core.setup_rules import problems_of_setup
from app.core.shadowsocks import ShadowsocksServer
from app.core.v2ray_route import Core
from app.ui.line_choices import LineChoices
from app.ui.line_model import Enrolling
from app.ui.line_model import screen as line_screen
from app.ui.setup_form import SetupForm
from app.ui.setup_model import Deed, SetUp, screen
from app.ui.setup_steps import step_lines
from tests.ui import scenes, setup_scenes
from tests.ui.fake_setup import LINE, plan_of

RELAY = scenes.document().relays[0]
SET_UP = replace(RELAY, setup=SetupMode.SYSTEM, carrier=V2rayCarrier(core=Core.V2RAY, user_port=16824))
MAIN = ShadowsocksServer(
    id="p1",
    name="tokyo",
    host="203.0.113.7",
    port=8388,
    method="xchacha20-ietf-poly1305",
    plugin="obfs-local",
    plugin_options="obfs=tls;obfs-host=www.bing.com",
    relay_id="r1",
)
PHONE = replace(
    MAIN, id="p2", name="tokyo (phones)", port=8389, plugin="", plugin_options="", for_phones=True
)


def form_of(qtbot: QtBot, options: SetupOptions) -> SetupForm:
    made = SetupForm(RELAY, options)
    qtbot.addWidget(made)
    made.show()
    return made


def part(form: QWidget, name: str) -> QWidget:
    found = form.findChild(QWidget, f"field-{name}")
    assert found is not None, name
    return found


def choose(form: QWidget, name: str, value: str) -> None:
    box = part(form, name)
    assert isinstance(box, QComboBox)
    assert box.findData(value) >= 0
    box.setCurrentIndex(box.findData(value))


def tick(form: QWidget, name: str) -> None:
    box = part(form, name)
    assert isinstance(box, QCheckBox)
    box.click()


def unfold(form: QWidget) -> None:
    button = form.findChild(QAbstractButton, "more-on-this-relay")
    assert button is not None
    button.click()


def test_nothing_more_is_asked_of_a_relay_by_itself(qtbot: QtBot) -> None:
    form = form_of(qtbot, SetupOptions())
    assert not part(form, "v2ray.core").isVisible()
    assert (form.options().v2ray, form.options().shadowsocks) == (None, None)
    unfold(form)
    assert part(form, "v2ray.core").isVisible()
    assert not part(form, "v2ray.user_port").isVisible()
    assert not part(form, "shadowsocks.port").isVisible()


def test_v2ray_is_chosen_with_what_belongs_to_it(qtbot: QtBot) -> None:
    form = form_of(qtbot, SetupOptions())
    unfold(form)
    choose(form, "v2ray.core", "xray")
    assert part(form, "v2ray.server_name").isVisible()
    assert form.options().v2ray == V2rayOptions(core=Core.XRAY)
    assert form.is_whole()
    port = part(form, "v2ray.tunnel_port")
    assert isinstance(port, QSpinBox)
    port.setValue(16824)
    assert not form.is_whole()
    told = form.findChild(QLabel, "problem-v2ray.tunnel_port")
    assert told is not None
    assert "16824 is already used by v2ray" in told.text()


def test_a_tick_that_is_taken_away_takes_the_service_away(qtbot: QtBot) -> None:
    form = form_of(qtbot, SetupOptions(shadowsocks=ShadowsocksOptions()))
    assert not form.options().without_shadowsocks
    tick(form, "shadowsocks.wanted")
    options = form.options()
    assert (options.shadowsocks, options.without_shadowsocks) == (None, True)
    again = form_of(qtbot, options)  # after "Back", or in another language
    assert again.options().without_shadowsocks
    assert not form_of(qtbot, SetupOptions()).options().without_shadowsocks


def test_shadowsocks_is_chosen_with_what_belongs_to_it(qtbot: QtBot) -> None:
    form = form_of(qtbot, SetupOptions())
    unfold(form)
    tick(form, "shadowsocks.wanted")
    assert not part(form, "shadowsocks.camouflage_host").isVisible()
    choose(form, "shadowsocks.camouflage", "obfs-tls")
    choose(form, "shadowsocks.method", "xchacha20-ietf-poly1305")
    assert part(form, "shadowsocks.camouflage_host").isVisible()
    tick(form, "shadowsocks.for_phones")
    assert not part(form, "shadowsocks.phone_port").isVisible()
    assert form.options().shadowsocks == ShadowsocksOptions(
        method="xchacha20-ietf-poly1305", camouflage=Camouflage.OBFS_TLS, for_phones=False
    )


def test_within_an_account_neither_is_possible(qtbot: QtBot) -> None:
    form = form_of(qtbot, SetupOptions(v2ray=V2rayOptions(), shadowsocks=ShadowsocksOptions()))
    assert part(form, "v2ray.core").isVisible()
    mode = part(form, "mode").findChild(QComboBox)
    assert mode is not None
    mode.setCurrentIndex(mode.findData("account"))
    assert not part(form, "v2ray.core").isVisible()
    assert (form.options().v2ray, form.options().shadowsocks) == (None, None)


@pytest.mark.parametrize(
    ("options", "field", "code"),
    [
        (SetupOptions(v2ray=V2rayOptions(user_port=22)), "v2ray.user_port", ProblemCode.PORT_CLASH),
        (SetupOptions(v2ray=V2rayOptions(tunnel_port=0)), "v2ray.tunnel_port", ProblemCode.PORT_RANGE),
        (SetupOptions(v2ray=V2rayOptions(server_name="a b")), "v2ray.server_name", ProblemCode.HAS_SPACES),
        (
            SetupOptions(v2ray=V2rayOptions(websocket_path="ws")),
            "v2ray.websocket_path",
            ProblemCode.WEBSOCKET_PATH,
        ),
        (
            SetupOptions(v2ray=V2rayOptions(websocket_path="/w\ns")),
            "v2ray.websocket_path",
            ProblemCode.CONTROL_CHARACTER,
        ),
        (SetupOptions(v2ray=V2rayOptions(program="a\nb")), "v2ray.program", ProblemCode.CONTROL_CHARACTER),
        (
            SetupOptions(shadowsocks=ShadowsocksOptions(method="rc4-md5")),
            "shadowsocks.method",
            ProblemCode.CHOICE_UNKNOWN,
        ),
        (
            SetupOptions(shadowsocks=ShadowsocksOptions(phone_port=8388)),
            "shadowsocks.phone_port",
            ProblemCode.PORT_CLASH,
        ),
        (
            SetupOptions(
                v2ray=V2rayOptions(user_port=8388), shadowsocks=ShadowsocksOptions(for_phones=False)
            ),
            "shadowsocks.port",
            ProblemCode.PORT_CLASH,
        ),
        (
            SetupOptions(
                shadowsocks=ShadowsocksOptions(camouflage=Camouflage.OBFS_HTTP, camouflage_host="-x")
            ),
            "shadowsocks.camouflage_host",
            ProblemCode.LEADING_DASH,
        ),
    ],
)
def test_what_is_wrong_is_said_of_its_field(options: SetupOptions, field: str, code: ProblemCode) -> None:
    assert [(one.field, one.code) for one in problems_of_setup(options, 22)] == [(field, code)]
    assert problems_of_setup(replace(options, mode=SetupMode.ACCOUNT), 22) == []


def test_what_is_usual_is_right() -> None:
    both = SetupOptions(v2ray=V2rayOptions(), shadowsocks=ShadowsocksOptions())
    assert problems_of_setup(both, 22) == []


def test_looking_a_set_up_over_begins_with_what_is_there() -> None:
    options = SetUp.of(SET_UP, (MAIN, PHONE)).options
    assert options.v2ray == V2rayOptions(core=Core.V2RAY)
    assert options.shadowsocks == ShadowsocksOptions(
        method="xchacha20-ietf-poly1305", camouflage=Camouflage.OBFS_TLS
    )
    alone = SetUp.of(SET_UP, (replace(MAIN, plugin="v2ray-plugin", plugin_options="host=a.example"),)).options
    assert alone.shadowsocks is not None
    assert alone.shadowsocks.camouflage is Camouflage.V2RAY_PLUGIN
    assert alone.shadowsocks.camouflage_host == "a.example"
    assert not alone.shadowsocks.for_phones
    assert SetUp.of(replace(SET_UP, setup=SetupMode.NONE)).options.v2ray is None


def test_the_end_says_what_the_person_has_now() -> None:
    options = SetupOptions(v2ray=V2rayOptions(), shadowsocks=ShadowsocksOptions())
    setup = replace(SetUp.of(RELAY), options=options, proxies=(MAIN, PHONE))
    setup = setup.planned(plan_of(RELAY, options)).working()
    shown = screen(setup.finished(tuple(StepReport(step, StepState.DONE) for step in Step)))
    words = " ".join(one.source.format(**one.details) for one in shown.words)
    assert "can be reached by v2ray too" in words
    assert "Shadowsocks runs at 203.0.113.7:8388" in words
    assert "127.0.0.1:11080" in words
    assert "Phones use 203.0.113.7:8389" in words
    assert Deed.QR_CODE in [press.deed for press in shown.buttons]
    bad = {Step.V2RAY: StepState.IMPOSSIBLE, Step.SHADOWSOCKS: StepState.IMPOSSIBLE}
    reports = tuple(StepReport(step, bad.get(step, StepState.DONE)) for step in Step)
    words = " ".join(one.source for one in screen(setup.finished(reports)).words)
    assert "v2ray" not in words
    assert "Shadowsocks" not in words


def test_the_bridge_is_offered_only_where_it_has_somewhere_to_dial(qtbot: QtBot) -> None:
    without, with_it = LineChoices(LineOptions(bridge=True)), LineChoices(LineOptions(), has_carrier=True)
    for choices in (without, with_it):
        qtbot.addWidget(choices)
        choices.show()
    assert not part(without, "bridge").isVisible()
    assert not without.options().bridge
    tick(with_it, "bridge")
    assert with_it.options().bridge


def test_the_line_says_what_a_bridge_does_there() -> None:
    known = next(known for name, known in setup_scenes.enrollings() if name == "waiting")
    with_bridge: Enrolling = replace(known, options=LineOptions(bridge=True))
    now = 0.0
    more = {one.source for one in line_screen(with_bridge, now).does}
    assert len(more - {one.source for one in line_screen(known, now).does}) == 1
    assert any("fetches v2ray or Xray" in one for one in more)
    assert LINE in line_screen(with_bridge, now).line


def test_ports_are_written_without_separators(qtbot: QtBot) -> None:
    """A spin box would write 16,824 in some languages."""
    form = form_of(qtbot, SetupOptions(v2ray=V2rayOptions()))
    port = part(form, "v2ray.user_port")
    assert isinstance(port, QSpinBox)
    port.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    assert port.text() == "16824"


@pytest.mark.parametrize(
    ("state", "code", "is_removal", "told"),
    [
        (StepState.DONE, StepNote.PROVIDER_FIREWALL, False, True),
        (StepState.RIGHT, StepNote.FIREWALL_BY_HAND, False, True),
        (StepState.DONE, StepNote.V2RAY_SETTING, False, False),
        (StepState.CHANGE, StepNote.V2RAY_SETTING, False, True),
        (StepState.RUNNING, StepNote.V2RAY_PROGRAM_ARRIVING, False, True),
        (StepState.RUNNING, StepNote.V2RAY_SETTING, False, False),
        (StepState.CHANGE, StepNote.V2RAY_OTHERS, True, True),
        (StepState.CHANGE, StepNote.SHADOWSOCKS_PROFILE_GOES, True, True),
        (StepState.DONE, StepNote.PROVIDER_FIREWALL, True, False),
    ],
)
def test_what_the_person_has_to_do_is_told_at_the_end_too(
    state: StepState, code: StepNote, is_removal: bool, told: bool
) -> None:
    steps = (StepReport(Step.V2RAY, state, (Note(code),)),)
    (line,) = step_lines(steps, is_removal=is_removal, told=None)
    assert [note.code for note in line.notes] == ([code] if told else [])
