"""What setting up the other ends changes in profiles that the person may have changed meanwhile."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import (
    AdminLogin,
    Authentication,
    Document,
    Enrolment,
    EnrolmentState,
    Relay,
    Server,
    SetupMode,
)
from app.core.provisioning import ServerReport, SetupOptions
from app.provision.profile_changes import (
    after_removal,
    after_set_up,
    when_online,
    with_admin,
    with_line,
    with_report,
)

RELAY = Relay(id="r", name="lab", host="h", user="me", authentication=Authentication.AGENT)
ENROLMENT = Enrolment(id="a1b2c3d4", expires_at=5)
SERVER = Server(id="s", alias="gpu", relay_id="r", enrolment=ENROLMENT)
OTHER = Server(id="o", alias="other", relay_id="r", user="me")
DOCUMENT = Document(relays=(dataclasses.replace(RELAY, setup=SetupMode.SYSTEM),), servers=(SERVER, OTHER))
ROOT = AdminLogin(user="root", authentication=Authentication.PASSWORD)
REPORT = ServerReport(
    user="chen", home="/home/chen", host_keys=(), sshd="system", sshd_port=22, keeper="cron"
)


def set_up(document: Document, admin: AdminLogin = ROOT, options: SetupOptions | None = None) -> Document:
    return after_set_up(document, RELAY, options or SetupOptions(), admin, "/key", "e2k5pc4z")


def test_the_login_before_the_first_set_up_comes_back() -> None:
    plain = Document(relays=(RELAY,))
    once = set_up(with_admin(plain, RELAY, ROOT))
    again = set_up(once, AdminLogin(user="other", identity="k"))
    assert again.relays[0].login_before == RELAY.own_login
    assert again.relays[0].admin == AdminLogin(user="other", identity="k")
    assert after_removal(again, RELAY) == plain


def test_whether_the_internet_is_reached_from_there_is_remembered() -> None:
    plain = Document(relays=(RELAY,))
    open_to_all = set_up(plain, options=SetupOptions(exit_at_relay=True))
    assert open_to_all.relays[0].setup_exit
    assert not set_up(open_to_all).relays[0].setup_exit
    assert after_removal(open_to_all, RELAY) == plain


def test_a_set_up_that_was_never_finished_leaves_the_daily_login() -> None:
    plain = Document(relays=(RELAY,))
    half = with_admin(plain, RELAY, ROOT)
    assert half.relays[0] == dataclasses.replace(RELAY, admin=ROOT)
    assert after_removal(half, RELAY) == plain
    assert with_admin(plain, RELAY, RELAY.own_login) == plain


def test_what_the_person_edits_meanwhile_is_kept() -> None:
    renamed = Document(relays=(dataclasses.replace(RELAY, name="new", keepalive_s=7),))
    relay = set_up(renamed).relays[0]
    assert (relay.name, relay.keepalive_s, relay.user) == ("new", 7, "relaytray-pc")


def test_profiles_of_an_older_program_get_the_admin_login_back() -> None:
    old = dataclasses.replace(RELAY, setup=SetupMode.SYSTEM, user="relaytray-pc", admin=ROOT)
    assert after_removal(Document(relays=(old,)), RELAY).relays[0].own_login == ROOT


def test_a_report_fills_in_what_is_empty_and_believes_no_nonsense() -> None:
    server = with_report(DOCUMENT, SERVER, REPORT).servers[0]
    assert (server.user, server.home) == ("chen", "/home/chen")
    assert server.enrolment is not None
    assert (server.enrolment.state, server.enrolment.keeper) == (EnrolmentState.REPORTED, "cron")
    filled = dataclasses.replace(DOCUMENT, servers=(dataclasses.replace(SERVER, user="me"), OTHER))
    assert with_report(filled, SERVER, REPORT).servers[0].user == "me"
    evil = dataclasses.replace(REPORT, user="-oProxyCommand=x", home="/home\nHost *")
    server = with_report(DOCUMENT, SERVER, evil).servers[0]
    assert (server.user, server.home) == ("", "")


def test_a_newer_line_or_a_removed_server_makes_a_report_void() -> None:
    newer = with_line(DOCUMENT, SERVER, Enrolment(id="b1b2c3d4"), 22223)
    assert with_report(newer, SERVER, REPORT) == newer
    assert when_online(newer, SERVER) == newer
    gone = dataclasses.replace(DOCUMENT, servers=(OTHER,))
    assert with_report(gone, SERVER, REPORT) == gone


def test_a_line_for_a_server_that_went_elsewhere() -> None:
    for servers in ((), (dataclasses.replace(SERVER, relay_id="elsewhere"),)):
        with pytest.raises(RelayTrayError) as caught:
            with_line(dataclasses.replace(DOCUMENT, servers=servers), SERVER, ENROLMENT, 22222)
        assert caught.value.fault.code is FaultCode.NO_SUCH_SERVER


def test_older_lines_are_remembered_but_not_for_ever() -> None:
    document = DOCUMENT
    for number in range(12):
        document = with_line(document, SERVER, Enrolment(id=f"line{number:04}"), 22222)
    enrolment = document.servers[0].enrolment
    assert enrolment is not None
    assert enrolment.id == "line0011"
    assert enrolment.older[:2] == ("line0010", "line0009")
    assert len(enrolment.older) == 8
