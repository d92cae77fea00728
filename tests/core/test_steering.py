"""Which connected Shadowsocks server has the system's proxy."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.profiles import Document
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, Steering
from app.core.steering import Claims

OFF, STARTING, RUNNING, WAITING, FAILED = ProxyPhase


def server(id_: str, steering: Steering) -> ShadowsocksServer:
    return ShadowsocksServer(
        id=id_, name=id_, host="ss.example", port=1, method="aes-256-gcm", steering=steering
    )


def claims(**steering: Steering) -> Claims:
    return Claims(Document(shadowsocks=tuple(server(id_, kind) for id_, kind in steering.items())))


def steered(claims: Claims, id_: str, steering: Steering) -> Claims:
    servers = tuple(
        dataclasses.replace(one, steering=steering) if one.id == id_ else one
        for one in claims.document.shadowsocks
    )
    return claims.after_document(dataclasses.replace(claims.document, shadowsocks=servers))


def winner(claims: Claims) -> str:
    return claims.winner.id if claims.winner else ""


@pytest.mark.parametrize(
    ("phases", "wins"),
    [
        ([RUNNING], True),
        ([STARTING], False),
        ([WAITING], False),  # it never was up
        ([STARTING, RUNNING, WAITING], True),
        ([STARTING, RUNNING, WAITING, STARTING, WAITING], True),
        ([RUNNING, OFF], False),
        ([RUNNING, FAILED], False),
        ([RUNNING, FAILED, STARTING, WAITING], False),
        ([RUNNING, OFF, WAITING], False),
    ],
)
def test_one_that_is_up_has_it_and_a_short_loss_takes_nothing(phases: list[ProxyPhase], wins: bool) -> None:
    now = claims(a=Steering.PAC, b=Steering.PORT)
    for phase in phases:
        now = now.after_phase("a", phase).after_phase("b", RUNNING)
    assert winner(now) == ("a" if wins else "")


def test_the_last_wish_wins_and_the_others_come_back_when_it_goes() -> None:
    now = claims(a=Steering.GLOBAL, b=Steering.PAC).after_phase("b", RUNNING).after_phase("a", RUNNING)
    assert (winner(now), [one.id for one in now.losers]) == ("a", ["b"])
    assert winner(now.after_phase("b", WAITING).after_phase("b", RUNNING)) == "a", "that was no wish"
    assert winner(now.after_phase("b", OFF).after_phase("b", RUNNING)) == "b"
    assert winner(now.after_phase("a", OFF)) == "b"
    assert winner(steered(now, "b", Steering.GLOBAL)) == "b"
    assert winner(steered(now, "a", Steering.PORT)) == "b"
    assert winner(steered(steered(now, "a", Steering.PORT), "a", Steering.PAC)) == "a"
    assert winner(now.after_document(Document())) == ""
    assert not now.after_document(Document()).phases


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from("abc"), st.sampled_from(list(ProxyPhase))),
        st.tuples(st.sampled_from("abc"), st.sampled_from(list(Steering))),
    ),
    max_size=25,
)


@given(EVENTS)
def test_whatever_happens_only_who_wants_it_and_may_have_it_is_in_the_order(
    events: list[tuple[str, ProxyPhase | Steering]],
) -> None:
    now = claims(a=Steering.PORT, b=Steering.PAC, c=Steering.GLOBAL)
    for id_, what in events:
        before = now
        now = now.after_phase(id_, what) if isinstance(what, ProxyPhase) else steered(now, id_, what)
        running = {one.id for one in now.document.shadowsocks if now.phase_of(one.id) is RUNNING}
        wanting = {one.id for one in now.document.shadowsocks if one.steering is not Steering.PORT}
        assert len(set(now.order)) == len(now.order)
        assert running & wanting <= set(now.order) <= wanting
        assert set(now.order) <= running | set(before.order)
