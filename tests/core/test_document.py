"""The document survives being written and read, whatever is in it; what is no document is said to be none."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import document as module
from app.core.document import MAX_DEPTH, UPGRADES, VERSION, from_json, to_json, upgrade
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import (
    AdminLogin,
    Authentication,
    ColorScheme,
    Document,
    Enrolment,
    EnrolmentState,
    Exit,
    FileProtocol,
    Forward,
    LeftClick,
    Relay,
    ReverseRoute,
    Server,
    Settings,
    SetupMode,
)
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.shadowsocks import Others, ShadowsocksServer, Steering
from app.core.v2ray_route import Core

SAMPLES = Path(__file__).parents[1] / "samples"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def known(kind: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - {"extra"}


def extra(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    names = st.text(max_size=8) | st.just("extra")
    reserved = known(kind) | {"format", "version"}
    return st.dictionaries(names.filter(lambda name: name not in reserved), json_values, max_size=3)


text, number = st.text(max_size=12), st.integers()
forwards = st.builds(Forward, local_port=number, remote_port=number, remote_host=text, extra=extra(Forward))
routes = st.builds(ReverseRoute, port=number, host=text, extra=extra(ReverseRoute))


admins = st.builds(
    AdminLogin, user=text, authentication=st.sampled_from(Authentication), identity=text, certificate=text,
    extra=extra(AdminLogin),
)  # fmt: skip
enrolments = st.builds(
    Enrolment, id=text, state=st.sampled_from(EnrolmentState), expires_at=number, keeper=text, sshd=text,
    older=st.lists(text, max_size=2).map(tuple), relay_id=text, extra=extra(Enrolment),
)  # fmt: skip


carriers = st.builds(
    V2rayCarrier, core=st.sampled_from(Core), host=text, user_port=number, tunnel_port=number,
    server_name=text, certificate_pem=text, certificate_sha256=text, websocket_path=text,
    websocket_host=text, encryption_key=text, encryption_form=text, vision=st.booleans(),
    extra=extra(V2rayCarrier),
)  # fmt: skip
v2ray_routes = st.builds(
    V2rayRoute, name=text, ports=st.lists(number, max_size=2).map(tuple), hybrid=st.booleans(),
    extra=extra(V2rayRoute),
)  # fmt: skip


def relay_of(relay_id: str) -> st.SearchStrategy[Relay]:
    return st.builds(
        Relay, id=st.just(relay_id), name=text, host=text, port=number, user=text,
        authentication=st.sampled_from(Authentication), identity=text, certificate=text, keepalive_s=number,
        socks_port=number, socks_user=text, connect_at_launch=st.booleans(), idle_close_min=number,
        small_packets_at_once=st.booleans(), setup=st.sampled_from(SetupMode), admin=st.none() | admins,
        login_before=st.none() | admins, carrier=st.none() | carriers,
        machine=text, pc_id=text, setup_exit=st.booleans(), setup_at=number,
        extra=extra(Relay),
    )  # fmt: skip


def server_of(server_id: str) -> st.SearchStrategy[Server]:
    return st.builds(
        Server, id=st.just(server_id), alias=text, relay_id=text, route=routes,
        v2ray=st.none() | v2ray_routes, routes=st.lists(st.sampled_from(RouteKind), max_size=2).map(tuple),
        user=text, identity=text,
        remote_folder=text, exit=st.sampled_from(Exit), local_ssh_port=number,
        forwards=st.lists(forwards, max_size=2).map(tuple), forward_x11=st.booleans(),
        forward_agent=st.booleans(), compression=st.booleans(),
        ssh_options=st.lists(text, max_size=2).map(tuple), file_protocol=st.sampled_from(FileProtocol),
        recent_folders=st.lists(text, max_size=2).map(tuple), home=text, enrolment=st.none() | enrolments,
        extra=extra(Server),
    )  # fmt: skip


proxies = st.builds(
    ShadowsocksServer, id=st.just("p1"), name=text, host=text, port=number, method=text, plugin=text,
    plugin_options=text, prefix=text, relay_id=text, for_phones=st.booleans(), local_port=number,
    steering=st.sampled_from(Steering), connect_at_launch=st.booleans(), extra=extra(ShadowsocksServer),
)  # fmt: skip
settings_values = st.builds(
    Settings, language=text, color_scheme=st.sampled_from(ColorScheme), left_click=st.sampled_from(LeftClick),
    default_server_id=text, reconnect=st.booleans(), reconnect_after_sleep=st.booleans(),
    notifications=st.booleans(), start_minimised=st.booleans(), log_level=text,
    winscp_program=text, core_program=text, shadowsocks_program=text,
    pac_proxied=st.lists(text, max_size=2).map(tuple), pac_direct=st.lists(text, max_size=2).map(tuple),
    pac_list=text, pac_others=st.sampled_from(Others), extra=extra(Settings),
)  # fmt: skip
documents = st.builds(
    Document,
    relays=st.tuples(relay_of("r1"), relay_of("r2")),
    servers=st.tuples(server_of("s1")),
    shadowsocks=st.tuples(proxies),
    settings=settings_values,
    extra=extra(Document),
)


@given(documents)
@settings(max_examples=150)
def test_round_trip(document: Document) -> None:
    written = json.loads(json.dumps(to_json(document)))
    assert from_json(written) == document
    assert to_json(from_json(written)) == written


def test_the_strategies_fill_every_field() -> None:
    """A new field of a profile must be added above, or the round trip proves nothing about it."""
    source = Path(__file__).read_text(encoding="utf-8")
    for kind in (
        *(Relay, Server, Settings, ReverseRoute, Forward, AdminLogin, Enrolment),
        *(V2rayCarrier, V2rayRoute, ShadowsocksServer),
    ):
        missing = {name for name in known(kind) if f"{name}=" not in source}
        assert missing == set()


near_misses = st.fixed_dictionaries(
    {"format": st.just("relaytray") | json_values, "version": st.just(1) | json_values},
    optional={
        "relays": json_values
        | st.lists(st.fixed_dictionaries({"id": text, "name": text, "host": json_values})),
        "servers": json_values
        | st.lists(st.dictionaries(st.sampled_from(sorted(known(Server))), json_values), max_size=2),
        "shadowsocks": json_values
        | st.lists(
            st.dictionaries(st.sampled_from(sorted(known(ShadowsocksServer))), json_values), max_size=2
        ),
        "settings": json_values | st.dictionaries(st.sampled_from(sorted(known(Settings))), json_values),
    },
)


@given(json_values | near_misses)
@settings(max_examples=300)
def test_any_json_is_a_document_or_said_to_be_none(raw: Any) -> None:
    before = copy.deepcopy(raw)
    try:
        document = from_json(raw)
    except RelayTrayError as e:
        code: FaultCode | None = e.fault.code
    else:
        code = None
        assert from_json(to_json(document)) == document
    assert code in {None, FaultCode.FILE_DAMAGED, FaultCode.FILE_TOO_NEW}
    assert raw == before


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("document-v*.json")), ids=lambda path: path.stem)
def test_the_stored_sample_of_each_version_still_reads(sample: Path) -> None:
    raw = json.loads(sample.read_text(encoding="utf-8"))
    document = from_json(raw)
    assert [relay.name for relay in document.relays] == ["gate", "\u5b9e\u9a8c\u5ba4"]
    assert document.relays[1].authentication is Authentication.KEYBOARD_INTERACTIVE
    server = document.servers[0]
    assert (server.alias, server.route.port, server.exit) == ("lab-gpu", 22222, Exit.SERVER)
    assert server.forwards == (
        Forward(local_port=8888, remote_port=8888),
        Forward(local_port=6006, remote_port=6006, remote_host="node-2", extra={"from_the_future": [1]}),
    )
    assert document.settings.left_click is LeftClick.TOGGLE
    proxy = document.shadowsocks[0]
    assert (proxy.name, proxy.plugin_options, proxy.steering) == ("gate", "obfs=tls", Steering.PAC)
    assert document.extra == {"from_the_future": {"kept": True}}
    if raw["version"] == VERSION:
        assert to_json(document) == raw


def test_fields_that_an_older_program_did_not_write_have_their_defaults() -> None:
    raw = to_json(Document(servers=(Server(id="s", alias="lab", relay_id="r", forward_x11=True),)))
    (server,) = raw["servers"]
    for name in ("forward_x11", "forward_agent", "compression", "ssh_options", "file_protocol"):
        del server[name]
    read = from_json(raw).servers[0]
    assert (read.forward_x11, read.ssh_options, read.file_protocol) == (False, (), FileProtocol.SFTP)


@pytest.mark.parametrize("options", [["a", 1], [None], "text", [["a"]], {}])
def test_a_list_of_texts_holds_only_texts(options: Any) -> None:
    raw = to_json(Document(servers=(Server(id="s", alias="lab", relay_id="r"),)))
    raw["servers"][0]["ssh_options"] = options
    with pytest.raises(RelayTrayError) as caught:
        from_json(raw)
    assert caught.value.fault.details["reason"].startswith("servers[0].ssh_options")


def test_there_is_a_sample_for_every_version_and_a_step_to_each() -> None:
    assert {path.stem for path in SAMPLES.glob("document-v*.json")} == {
        f"document-v{version}" for version in range(1, VERSION + 1)
    }
    assert set(UPGRADES) == set(range(1, VERSION))


# --- the upgrade chain, with steps made up for the test ---------------------------------------------------

OLD = {"format": "relaytray", "version": 1, "relays": [{"id": "r", "title": "gate", "host": "h"}], "x": 1}


def _one(raw: dict[str, Any]) -> dict[str, Any]:
    for relay in raw["relays"]:
        relay["label"] = relay.pop("title")
    return raw


def _two(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "relays": [{"name": relay.pop("label"), **relay} for relay in raw["relays"]]}


STEPS = {1: _one, 2: _two}


def test_steps_run_one_after_the_other_and_leave_the_original_alone() -> None:
    before = copy.deepcopy(OLD)
    raw = upgrade(OLD, STEPS, 3)
    assert raw["version"] == 3
    assert raw["relays"] == [{"id": "r", "name": "gate", "host": "h"}]
    assert before == OLD
    document = from_json(OLD, STEPS, 3)
    assert document.relays[0].name == "gate"
    assert document.extra == {"x": 1}
    assert upgrade({**OLD, "version": 3}, STEPS, 3)["relays"] == OLD["relays"]


@given(json_values)
def test_a_step_that_meets_nonsense_is_a_damaged_file(relays: Any) -> None:
    code: FaultCode | None = None
    try:
        from_json({**OLD, "relays": relays}, STEPS, 3)
    except RelayTrayError as e:
        code = e.fault.code
    assert code in {None, FaultCode.FILE_DAMAGED}


def test_newer_missing_step_and_not_ours() -> None:
    with pytest.raises(RelayTrayError) as newer:
        from_json({"format": "relaytray", "version": VERSION + 1})
    assert newer.value.fault.code is FaultCode.FILE_TOO_NEW
    assert newer.value.fault.details["version"] == str(VERSION + 1)
    nonsense: list[Any] = [
        OLD | {"format": "other"},
        OLD | {"version": True},
        OLD | {"version": 0},
        [],
        None,
        7,
        "x",
    ]
    for raw in nonsense:
        with pytest.raises(RelayTrayError) as wrong:
            from_json(raw, {}, 2)
        assert wrong.value.fault.code is FaultCode.FILE_DAMAGED
    with pytest.raises(RelayTrayError, match="version 1 is not known"):
        from_json(OLD, {}, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"relays": {}}, "relays: a list is expected"),
        ({"relays": [3]}, "relays[0]: an object is expected"),
        ({"relays": [{"id": "r", "name": "n"}]}, "relays[0].host: missing"),
        ({"relays": [{"id": "r", "name": "n", "host": 3}]}, "relays[0].host: a text is expected"),
        ({"relays": [{"id": "r", "name": "n", "host": "h", "port": True}]}, "relays[0].port: a whole number"),
        ({"relays": [{"id": "r", "name": "n", "host": "h", "port": 22.5}]}, "relays[0].port: a whole number"),
        ({"relays": [{"id": "r", "name": "n", "host": "h"}] * 2}, 'the id "r" is used twice'),
        ({"settings": {"reconnect": 1}}, "settings.reconnect: true or false"),
        ({"settings": {"left_click": "x"}}, "settings.left_click: one of platform, toggle, window, menu"),
        (
            {"servers": [{"id": "s", "alias": "a", "relay_id": "r", "forwards": [{}]}]},
            "forwards[0].local_port",
        ),
        (
            {"servers": [{"id": "s", "alias": "a", "relay_id": "r", "route": []}]},
            "servers[0].route: an object",
        ),
    ],
)
def test_the_reason_names_the_place(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(RelayTrayError) as e:
        from_json({"format": "relaytray", "version": 1, **change})
    assert reason in e.value.fault.details["reason"]


def test_nesting_without_end_is_damage() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RelayTrayError, match="nested"):
        from_json({"format": "relaytray", "version": 1, "deep": deep})
    deep = 1
    for _ in range(MAX_DEPTH - 3):
        deep = [deep]
    assert from_json({"format": "relaytray", "version": 1, "deep": deep}).extra == {"deep": deep}


def test_extra_cannot_overrule_a_field() -> None:
    relay = Relay(id="r", name="n", host="h", extra={"host": "evil", "new": 1})
    raw = to_json(Document(relays=(relay,), extra={"version": 9}))
    assert raw["relays"][0]["host"] == "h"
    assert raw["relays"][0]["new"] == 1
    assert raw["version"] == module.VERSION
