"""Every event as JSON and as a line: names instead of ids, sentences beside codes, and no secrets."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from app.cli.event_values import event_line, event_values, overall_state, snapshot_events, snapshot_value
from app.core.events import (
    Asked,
    DocumentChanged,
    Event,
    LinkChanged,
    ListenersChanged,
    Notice,
    PortsMoved,
    ServerChanged,
    ShadowsocksChanged,
    SteeringChanged,
    TrafficChanged,
)
from app.core.faults import Fault, FaultCode
from app.core.port_changes import PortChange, PortPurpose
from app.core.profiles import Document, Relay, Server
from app.core.questions import CodesQuestion, HostKeyQuestion, Prompt, Question, SecretKind, SecretQuestion
from app.core.routes import RouteKind
from app.core.shadowsocks import ProxyPhase, ShadowsocksState, Steering
from app.core.states import (
    LinkPhase,
    LinkState,
    ListenerState,
    ServerPhase,
    ServerState,
    Snapshot,
    TrafficState,
)

RELAY = Relay(id="r1", name="home", host="h", user="u", socks_port=10999)
SERVER = Server(id="s1", alias="gpu", relay_id="r1", user="u")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,))
DOWN = Fault.of(FaultCode.TUNNEL_DOWN, alias="gpu", port=22222, relay="home")
LISTENER = ListenerState(purpose="socks", relay_id="r1", server_id="", host="127.0.0.1", port=10999)
QUESTIONS: list[Question] = [
    HostKeyQuestion(
        id="q", profile="home", is_server=False, host="h", key_type="t", fingerprint="SHA256:f", randomart="+"
    ),
    SecretQuestion(id="q", profile="home", kind=SecretKind.PASSWORD, subject="u@h"),
    CodesQuestion(id="q", profile="home", title="", instructions="", prompts=(Prompt("Code: ", False),)),
]
EVENTS: list[tuple[Event, dict[str, object], str | None]] = [
    (
        ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED)),
        {"event": "state", "state": "connected", "alias": "gpu", "relay": "home", "socks": "127.0.0.1:10999"},
        "gpu: connected; SOCKS at 127.0.0.1:10999",
    ),
    (
        ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED, route=RouteKind.V2RAY)),
        {"event": "state", "state": "connected", "alias": "gpu", "route": "v2ray"},
        "gpu: connected by v2ray; SOCKS at 127.0.0.1:10999",
    ),
    (
        ServerChanged("s1", ServerState(phase=ServerPhase.TROUBLE, fault=DOWN)),
        {"event": "state", "state": "trouble", "alias": "gpu"},
        'gpu: trouble: The relay "home" is up, but',
    ),
    (
        LinkChanged("r1", LinkState(phase=LinkPhase.WAITING, fault=DOWN, retry_in_s=3.96)),
        {"event": "link", "state": "waiting", "relay": "home", "retry_in_s": 4.0},
        "home (relay): waiting, next try in 4 s: The relay",
    ),
    (
        LinkChanged("r1", LinkState(phase=LinkPhase.UP, round_trip_ms=12.34)),
        {"event": "link", "state": "up", "round_trip_ms": 12.3},
        "home (relay): up",
    ),
    (
        ListenersChanged((LISTENER,)),
        {"event": "listener", "state": "listening", "purpose": "socks", "address": "127.0.0.1:10999"},
        "listening at 127.0.0.1:10999",
    ),
    (
        TrafficChanged("r1", TrafficState(received=5, sent=6, connections=2)),
        {"event": "traffic", "relay": "home", "received": 5, "connections": 2},
        None,
    ),
    (Notice(Fault.of(FaultCode.KEYRING_LOCKED)), {"event": "notice"}, "note: The system's keyring is locked"),
    (DocumentChanged(DOCUMENT), {"event": "profiles"}, None),
    (
        PortsMoved((PortChange(PortPurpose.SSH, "r1", "s1", "gpu", 15022, 15023),)),
        {"event": "port-moved", "purpose": "ssh", "name": "gpu", "old": 15022, "new": 15023},
        "note: The plain ssh port of gpu is now 15023, no longer 15022. FileZilla,",
    ),
    (
        ShadowsocksChanged("x1", ShadowsocksState(phase=ProxyPhase.WAITING, retry_in_s=4.2)),
        {"event": "shadowsocks", "shadowsocks": "x1", "state": "waiting", "retry_in_s": 4.2},
        "x1 (Shadowsocks): waiting, next try in 4 s",
    ),
    (
        SteeringChanged(Steering.PAC, "x1", Fault.of(FaultCode.PAC_LIST_UNUSABLE, path="/l", reason="no")),
        {"event": "steering", "steering": "pac", "shadowsocks": "x1"},
        "this system's proxy: x1, pac: The list /l cannot be used: no.",
    ),
    (
        SteeringChanged(Steering.PORT),
        {"event": "steering", "steering": "port", "shadowsocks": ""},
        "this system's proxy: not set",
    ),
]


@pytest.mark.parametrize(("event", "wanted", "line"), EVENTS)
def test_each_event(event: Event, wanted: dict[str, object], line: str | None) -> None:
    (value,) = event_values(event, DOCUMENT)
    assert {name: value.get(name) for name in wanted} == wanted
    assert json.loads(json.dumps(value)) == value
    told = event_line(value)
    assert told == line if line is None else (told or "").startswith(line)
    if "fault" in value:
        assert value["fault"]["sentence"]
        assert {"code", "hop", "details"} <= set(value["fault"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_shown_without_their_answers(question: Question) -> None:
    (value,) = event_values(Asked(question), DOCUMENT)
    assert value["event"] == "question"
    assert json.dumps(value)
    assert "answer" not in value


def test_no_kind_of_event_is_a_mistake() -> None:
    tested = {type(event) for event, _, _ in EVENTS} | {Asked}
    silent = {kind.__name__ for kind in get_args(Event)} - {kind.__name__ for kind in tested}
    setting_up = {"SetupTold", "EnrolmentTold", "CloudTold", "ExaminedTold"}
    assert silent == {"Withdrawn", "RaiseRequested", "QuitRequested", *setting_up}


def test_profiles_that_are_gone_are_named_by_id() -> None:
    for event in (
        ServerChanged("x", ServerState()),
        LinkChanged("x", LinkState()),
        TrafficChanged("x", TrafficState()),
    ):
        (value,) = event_values(event, DOCUMENT)
        assert "x" in value.values()


def test_a_snapshot_says_what_the_events_would() -> None:
    snapshot = Snapshot(
        links={"r1": LinkState(phase=LinkPhase.UP)},
        servers={"s1": ServerState(phase=ServerPhase.TROUBLE, fault=DOWN)},
        listeners=(LISTENER,),
        traffic={"r1": TrafficState(received=7)},
    )
    assert [value["event"] for value in snapshot_events(snapshot, DOCUMENT)] == ["listener", "link", "state"]
    value = snapshot_value(snapshot, DOCUMENT)
    assert value["state"] == "trouble"
    assert (value["relays"][0]["state"], value["relays"][0]["received"]) == ("up", 7)
    assert value["servers"][0]["fault"]["code"] == "tunnel-down"
    assert "event" not in value["servers"][0]
    assert value["servers"][0]["route"] == "ssh"


@pytest.mark.parametrize(
    ("link", "server", "overall"),
    [
        (LinkPhase.OFF, ServerPhase.OFF, "off"),
        (LinkPhase.UP, ServerPhase.OFF, "connected"),
        (LinkPhase.UP, ServerPhase.CONNECTED, "connected"),
        (LinkPhase.CONNECTING, ServerPhase.CONNECTING, "connecting"),
        (LinkPhase.UP, ServerPhase.CONNECTING, "connecting"),
        (LinkPhase.UP, ServerPhase.TROUBLE, "trouble"),
        (LinkPhase.WAITING, ServerPhase.OFF, "trouble"),
        (LinkPhase.FAILED, ServerPhase.CONNECTED, "trouble"),
    ],
)
def test_one_word_for_everything(link: LinkPhase, server: ServerPhase, overall: str) -> None:
    snapshot = Snapshot(
        links={"r1": LinkState(phase=link)},
        servers={"s1": ServerState(phase=server)},
        listeners=(),
        traffic={},
    )
    assert overall_state(snapshot, DOCUMENT) == overall


@pytest.mark.parametrize("link", list(LinkPhase))
def test_what_ssh_does_troubles_nobody_while_the_server_is_connected_by_v2ray(link: LinkPhase) -> None:
    snapshot = Snapshot(
        links={"r1": LinkState(phase=link)},
        servers={"s1": ServerState(phase=ServerPhase.CONNECTED, route=RouteKind.V2RAY)},
        listeners=(),
        traffic={},
    )
    assert overall_state(snapshot, DOCUMENT) == "connected"
