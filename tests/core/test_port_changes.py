"""Which ports moved between two documents, and what that means to other programs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.port_changes import PortChange, PortPurpose, UseFate, affected, changed_ports, news_of
from app.core.profiles import Document, Forward, Relay, Server
from app.core.uses import Use
from app.sentences import port_change_sentences, told_port_changes

RELAY = Relay(id="r", name="home", host="h", user="u", socks_port=10080)
JUPYTER = Forward(local_port=8888, remote_port=8888)
BOARD = Forward(local_port=6006, remote_port=6006)
SERVER = Server(id="s", alias="gpu", relay_id="r", user="u", local_ssh_port=15022, forwards=(JUPYTER, BOARD))
OLD = Document(relays=(RELAY,), servers=(SERVER,))


def with_relay(**changes: Any) -> Document:
    return dataclasses.replace(OLD, relays=(dataclasses.replace(RELAY, **changes),))


def with_server(**changes: Any) -> Document:
    return dataclasses.replace(OLD, servers=(dataclasses.replace(SERVER, **changes),))


def moved(forward: Forward, port: int) -> Forward:
    return dataclasses.replace(forward, local_port=port)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        with_relay(name="other", socks_user="me", host="x"),
        with_server(alias="other", remote_folder="/x", forwards=(BOARD, JUPYTER)),
        with_server(forwards=(JUPYTER, BOARD, Forward(local_port=7860, remote_port=7860))),
        Document(),
        Document(relays=OLD.relays),
    ],
    ids=["same", "relay", "server", "more", "all-gone", "server-gone"],
)
def test_nothing_moved(new: Document) -> None:
    assert changed_ports(OLD, new) == ()
    assert told_port_changes(OLD, new) == []


def test_a_new_port_is_no_change() -> None:
    assert changed_ports(with_server(local_ssh_port=0, forwards=()), OLD) == ()
    assert changed_ports(Document(), OLD) == ()


def test_each_kind_of_port() -> None:
    new = dataclasses.replace(
        with_server(local_ssh_port=15023, forwards=(BOARD, moved(JUPYTER, 18888))),
        relays=(dataclasses.replace(RELAY, socks_port=10081, name="home 2"),),
    )
    assert changed_ports(OLD, new) == (
        PortChange(PortPurpose.SOCKS, "r", "", "home 2", 10080, 10081),
        PortChange(PortPurpose.SSH, "r", "s", "gpu", 15022, 15023),
        PortChange(PortPurpose.FORWARD, "r", "s", "gpu", 8888, 18888, "localhost:8888"),
    )
    assert len(told_port_changes(OLD, new)) == 3


def test_what_is_closed_has_no_new_port() -> None:
    assert changed_ports(OLD, with_server(local_ssh_port=0, forwards=(BOARD,))) == (
        PortChange(PortPurpose.SSH, "r", "s", "gpu", 15022, 0),
        PortChange(PortPurpose.FORWARD, "r", "s", "gpu", 8888, 0, "localhost:8888"),
    )


def test_forwards_that_swap_their_ports_both_moved() -> None:
    found = changed_ports(OLD, with_server(forwards=(moved(JUPYTER, 6006), moved(BOARD, 8888))))
    assert [(change.target, change.old, change.new) for change in found] == [
        ("localhost:8888", 8888, 6006),
        ("localhost:6006", 6006, 8888),
    ]


def test_a_port_that_leads_elsewhere_now_is_not_called_closed() -> None:
    told = told_port_changes(OLD, with_server(local_ssh_port=8888, forwards=(moved(JUPYTER, 18888), BOARD)))
    ssh, jupyter = told
    assert "new ones are refused there" in ssh
    assert "Port 8888 now belongs to gpu (ssh)" in jupyter
    assert "refused" not in jupyter


def test_two_forwards_to_one_place_have_one_heir_each() -> None:
    old = with_server(forwards=(moved(JUPYTER, 1001), moved(JUPYTER, 1002), moved(JUPYTER, 1003)))
    new = with_server(forwards=(moved(JUPYTER, 2001), moved(JUPYTER, 1002)))
    assert [(change.old, change.new) for change in changed_ports(old, new)] == [(1001, 2001), (1003, 0)]


_FORWARDS = st.lists(
    st.builds(Forward, local_port=st.integers(1, 9), remote_port=st.integers(1, 3)),
    max_size=5,
    unique_by=lambda forward: forward.local_port,
)


@given(before=_FORWARDS, after=_FORWARDS)
def test_every_forward_that_went_is_told_once(before: list[Forward], after: list[Forward]) -> None:
    found = changed_ports(with_server(forwards=tuple(before)), with_server(forwards=tuple(after)))
    gone = {forward.local_port for forward in before if forward not in after}
    assert sorted(change.old for change in found) == sorted(gone)
    heirs = [change.new for change in found if change.new]
    assert len(set(heirs)) == len(heirs)
    assert all(any(f.local_port == port and f not in before for f in after) for port in heirs)


CHANGES = [
    PortChange(PortPurpose.SOCKS, "r", "", "home", 10080, 10081),
    PortChange(PortPurpose.SSH, "r", "s", "gpu", 15022, 15023),
    PortChange(PortPurpose.SSH, "r", "s", "gpu", 15022, 0),
    PortChange(PortPurpose.FORWARD, "r", "s", "gpu", 8888, 18888, "localhost:8888"),
    PortChange(PortPurpose.FORWARD, "r", "s", "gpu", 8888, 0, "localhost:8888"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_sentences_name_the_ports_and_end(change: PortChange) -> None:
    told = port_change_sentences(change)
    assert change.name in told[0]
    assert str(change.old) in told[0]
    assert not change.new or str(change.new) in told[0]
    assert "?" not in " ".join(told)
    assert "0," not in " ".join(told).replace(str(change.old), "").replace(str(change.new or 1), "")
    assert f"port {change.old} go on" in told[-1]
    assert len(news_of(change)) == len(told)


def test_who_follows_and_who_must_be_reopened() -> None:
    socks, ssh, _, forward, _ = [affected(change) for change in CHANGES]
    assert {use for use, fate in socks.items() if fate is UseFate.FOLLOWS} == {
        Use.SSH_CONFIG,
        Use.EDITOR,
        Use.TRANSFER,
    }
    assert {socks[use] for use in (Use.WINSCP, Use.PUTTY)} == {UseFate.EXPORT_AGAIN}
    assert {socks[use] for use in (Use.BROWSER, Use.ENVIRONMENT)} == {UseFate.REOPEN}
    assert ssh == {
        Use.FILEZILLA: UseFate.EXPORT_AGAIN,
        Use.CYBERDUCK: UseFate.EXPORT_AGAIN,
        Use.LINK: UseFate.REOPEN,
    }
    assert forward == {Use.BROWSER: UseFate.REOPEN}
    # every use is reached by some port, or goes by name
    assert {*socks, *ssh, *forward} == set(Use)
