"""Events and states as JSON values, and as lines for people.

The same values go over the control channel, so that ``connect`` says the same whether the link is its own or
the running program's. Names instead of ids: that is what people and scripts know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cli.output import fault_value
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
from app.core.faults import Fault
from app.core.port_changes import PortChange, affected
from app.core.profiles import Document
from app.core.questions import CodesQuestion, HostKeyQuestion, Question
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
from app.export.proxy_environment import socks_address
from app.sentences import port_change_sentences

Value = dict[str, Any]


def event_values(event: Event, document: Document) -> list[Value]:
    """What an event is to the world outside; nothing for events that are the windows' own affair."""
    match event:
        case ServerChanged() | LinkChanged() | ShadowsocksChanged():
            return [_state_value(event, document)]
        case ListenersChanged(listeners):
            return [_listener_value(listener, document) for listener in listeners]
        case TrafficChanged(relay_id, traffic):
            return [_traffic_value(relay_id, traffic, document)]
        case DocumentChanged():
            return [{"event": "profiles"}]
        case PortsMoved(changes):
            return [_port_change_value(change) for change in changes]
        case SteeringChanged():
            return [{"event": "steering", **steering_value(event, document)}]
        case Notice(fault):
            return [{"event": "notice", "fault": fault_value(fault)}]
        case Asked(question):
            return [_question_value(question)]
    return []


def snapshot_events(snapshot: Snapshot, document: Document) -> list[Value]:
    """How everything is, in the form of the events that would have told it."""
    values = [_listener_value(listener, document) for listener in snapshot.listeners]
    values += [_link_value(id_, state, document) for id_, state in snapshot.links.items()]
    values += [_server_value(id_, state, document) for id_, state in snapshot.servers.items()]
    values += [_shadowsocks_value(id_, state, document) for id_, state in snapshot.shadowsocks.items()]
    return values


def snapshot_value(snapshot: Snapshot, document: Document) -> Value:
    """All states as one value, for ``status``."""

    def bare(value: Value) -> Value:
        return {name: item for name, item in value.items() if name != "event"}

    relays = []
    for id_, link in snapshot.links.items():
        traffic = snapshot.traffic.get(id_, TrafficState())
        relays.append(bare({**_traffic_value(id_, traffic, document), **_link_value(id_, link, document)}))
    return {
        "state": overall_state(snapshot, document),
        "relays": relays,
        "servers": [bare(_server_value(id_, state, document)) for id_, state in snapshot.servers.items()],
        "shadowsocks": [
            bare(_shadowsocks_value(id_, state, document)) for id_, state in snapshot.shadowsocks.items()
        ],
        "listeners": [bare(_listener_value(listener, document)) for listener in snapshot.listeners],
    }


def overall_state(snapshot: Snapshot, document: Document) -> str:
    """One word for relays and servers: the worst first, as the tray icon shows it."""
    servers = {state.phase for state in snapshot.servers.values()}
    by_v2ray = {
        server.relay_id
        for server in document.servers
        if (state := snapshot.servers.get(server.id)) is not None
        and (state.phase, state.route) == (ServerPhase.CONNECTED, RouteKind.V2RAY)
    }  # what SSH does there meanwhile troubles nobody
    links = {state.phase for id_, state in snapshot.links.items() if id_ not in by_v2ray}
    if ServerPhase.TROUBLE in servers or links & {LinkPhase.FAILED, LinkPhase.WAITING}:
        return "trouble"
    if ServerPhase.CONNECTING in servers or LinkPhase.CONNECTING in links:
        return "connecting"
    return "connected" if ServerPhase.CONNECTED in servers or LinkPhase.UP in links else "off"


def event_line(value: Value) -> str | None:
    """The value as a line for people; None for what only programs want."""
    fault = value.get("fault")
    match value.get("event"):
        case "state" | "link" | "shadowsocks":
            told = _state_line(value)
        case "listener" if fault:
            told = value["address"]
        case "listener":
            told = f"listening at {value['address']}" + (f" for {value['target']}" if value["target"] else "")
        case "port-moved":
            told = f"note: {value['sentence']}"
        case "steering":
            told = f"this system's proxy: {_steering_words(value)}"
        case "notice":
            told = "note"
        case _:
            return None
    return f"{told}: {fault['sentence']}" if fault else told


def _state_line(value: Value) -> str:
    state = value.get("state")
    if value["event"] == "state":
        told = f"{value['alias']}: {state}"
        if value.get("route") == RouteKind.V2RAY and state != ServerPhase.OFF:
            told += " by v2ray"
        return told + (f"; SOCKS at {value['socks']}" if state == ServerPhase.CONNECTED else "")
    if value["event"] == "link":
        told = f"{value['relay']} (relay): {state}"
    else:
        told = f"{value['shadowsocks']} (Shadowsocks): {state}"
        if state == ProxyPhase.RUNNING:
            told += f"; SOCKS and HTTP at {value['address']}"
    if value.get("retry_in_s") is not None:
        told += f", next try in {value['retry_in_s']:.0f} s"
    return told


def steering_value(steering: SteeringChanged | None, document: Document) -> Value:
    """Who has this system's proxy by us: "port" = nobody."""
    if steering is None:
        steering = SteeringChanged(Steering.PORT)
    id_ = steering.shadowsocks_id
    server = document.shadowsocks_server(id_)
    value: Value = {"steering": str(steering.steering), "shadowsocks": server.name if server else id_}
    return _with_fault(value, steering.fault)


def _steering_words(value: Mapping[str, Any]) -> str:
    if value["steering"] == Steering.PORT:
        return "not set"
    return f"{value['shadowsocks']}, {value['steering']}"


def _state_value(event: ServerChanged | LinkChanged | ShadowsocksChanged, document: Document) -> Value:
    match event:
        case ServerChanged(server_id, state):
            return _server_value(server_id, state, document)
        case LinkChanged(relay_id, link):
            return _link_value(relay_id, link, document)
        case ShadowsocksChanged(shadowsocks_id, proxy):
            return _shadowsocks_value(shadowsocks_id, proxy, document)


# --- single values ----------------------------------------------------------------------------------------


def _with_fault(value: Value, fault: Fault | None, retry_in_s: float | None = None) -> Value:
    if fault is not None:
        value["fault"] = fault_value(fault)
    if retry_in_s is not None:
        value["retry_in_s"] = round(retry_in_s, 1)
    return value


def _server_value(server_id: str, state: ServerState, document: Document) -> Value:
    server = document.server(server_id)
    relay = document.relay(server.relay_id) if server else None
    value = {
        "event": "state",
        "state": str(state.phase),
        "alias": server.alias if server else server_id,
        "relay": relay.name if relay else "",
        "socks": socks_address(relay) if relay else "",
        "route": str(state.route),
    }
    return _with_fault(value, state.fault, state.retry_in_s)


def _link_value(relay_id: str, state: LinkState, document: Document) -> Value:
    relay = document.relay(relay_id)
    value: Value = {"event": "link", "state": str(state.phase), "relay": relay.name if relay else relay_id}
    if relay is not None:
        value["socks"] = socks_address(relay)
    if state.round_trip_ms is not None:
        value["round_trip_ms"] = round(state.round_trip_ms, 1)
    return _with_fault(value, state.fault, state.retry_in_s)


def _shadowsocks_value(shadowsocks_id: str, state: ShadowsocksState, document: Document) -> Value:
    server = document.shadowsocks_server(shadowsocks_id)
    value: Value = {
        "event": "shadowsocks",
        "state": str(state.phase),
        "shadowsocks": server.name if server else shadowsocks_id,
        "address": f"127.0.0.1:{server.local_port}" if server else "",
    }
    return _with_fault(value, state.fault, state.retry_in_s)


def _listener_value(listener: ListenerState, document: Document) -> Value:
    relay, server = document.relay(listener.relay_id), document.server(listener.server_id)
    value = {
        "event": "listener",
        "state": "failed" if listener.fault else "listening",
        "purpose": listener.purpose,
        "address": listener.address,
        "relay": relay.name if relay else "",
        "alias": server.alias if server else "",
        "target": listener.target,
    }
    return _with_fault(value, listener.fault)


def _port_change_value(change: PortChange) -> Value:
    return {
        "event": "port-moved",
        "purpose": str(change.purpose),
        "name": change.name,
        "old": change.old,
        "new": change.new,
        "target": change.target,
        "uses": {str(use): str(fate) for use, fate in affected(change).items()},
        "sentence": " ".join(port_change_sentences(change)),
    }


def _traffic_value(relay_id: str, traffic: TrafficState, document: Document) -> Value:
    relay = document.relay(relay_id)
    return {
        "event": "traffic",
        "relay": relay.name if relay else relay_id,
        "received": traffic.received,
        "sent": traffic.sent,
        "received_per_s": round(traffic.received_per_s),
        "sent_per_s": round(traffic.sent_per_s),
        "connections": traffic.connections,
    }


def _question_value(question: Question) -> Value:
    value: Value = {"event": "question", "id": question.id, "profile": question.profile}
    if isinstance(question, HostKeyQuestion):
        told: Mapping[str, object] = {
            "kind": "host-key",
            "host": question.host,
            "key_type": question.key_type,
            "fingerprint": question.fingerprint,
        }
    elif isinstance(question, CodesQuestion):
        told = {"kind": "codes", "prompts": [prompt.text for prompt in question.prompts]}
    else:
        told = {
            "kind": str(question.kind),
            "subject": question.subject,
            "reason": str(question.reason),
        }
    return {**value, **told}
