"""The record of a relay's v2ray: what changes come to, that it is read as written, what is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.v2ray_route import Carrier, Core, Tls
from app.provision.v2ray_keys import new_certificate, new_id, new_key_pair
from app.provision.v2ray_state import KnownServer, RelayState, digest_of, read_state

A, B, C = (f"{n * 8}-1111-4222-8333-444444444444" for n in "abc")
PORTS = st.integers(1, 65535)
IDS = st.uuids(version=4).map(str)


def state(core: Core = Core.V2RAY, **changes: Any) -> RelayState:
    private, public = new_key_pair()
    keys = {"decryption_key": private, "encryption_key": public} if core is Core.XRAY else {}
    return RelayState(
        carrier=Carrier(core=core, host="", tunnel_port=16823, user_port=16824, **(keys | changes))
    )


def test_computers_come_and_go() -> None:
    one = state().with_user(22222, "gpu", "pc1", A).with_user(22222, "other-name", "pc2", B)
    (server,) = one.servers
    assert (server.name, dict(server.users)) == ("gpu", {"pc1": A, "pc2": B})
    assert server.routed.hybrid_port == 22222
    assert server.routed.user_uuids == (A, B)
    left = one.without_user(22222, "pc1")
    assert dict(left.servers[0].users) == {"pc2": B}
    assert left.without_user(22222, "pc2").servers == ()
    assert left.without_user(1, "pc2") == left
    assert left.without_user(22222, "stranger") == left


def test_an_id_leads_one_way() -> None:
    one = state().with_user(22222, "gpu", "pc1", A).with_user(22222, "gpu", "pc1-with-another-key", A)
    assert dict(one.servers[0].users) == {"pc1-with-another-key": A}
    assert one.is_elsewhere(A, 22223)
    assert not one.is_elsewhere(A, 22222)
    assert not one.is_elsewhere(B, 22223)


def test_names_are_what_configurations_take_and_unlike_each_other() -> None:
    one = state()
    for port, alias in enumerate(["gpu.lab", "gpu-lab", "gpu_lab", "-", "x" * 60, "x" * 64], 1):
        one = one.with_user(port, alias, "pc1", new_id())
    names = [server.name for server in one.servers]
    assert names == ["gpu-lab", "gpu-lab-2", "gpu-lab-3", "server", "x" * 40, "x" * 38 + "-2"]
    assert read_state(one.text) == one


def test_a_bridge_has_its_ports_and_a_hybrid_one() -> None:
    one = state().with_user(22222, "gpu", "pc1", A)
    assert one.listening == (16824,)
    bridged = one.with_bridge(22222, (8888, 22, 22), 2022, B, C)
    assert bridged.listening == (16824, 16823)
    routed = bridged.servers[0].routed
    assert (routed.ports, routed.sshd_port, routed.hybrid_port) == ((22, 8888), 2022, 0)
    assert (routed.tunnel_uuid, routed.watch_uuid) == (B, C)
    again = bridged.with_bridge(22222, (22,), 22, A, A)
    assert again.servers[0].tunnel_uuid == B, "a machine that is there already keeps its id"
    assert bridged.without_bridge(22222) == one
    assert bridged.without_bridge(1) == bridged


def test_configurations_say_nothing_of_who_came() -> None:
    for core in Core:
        one = state(core).with_user(22222, "gpu", "pc1", A)
        assert json.loads(one.config)["log"] == {"loglevel": "warning", "access": "none"}


def test_no_secret_in_what_may_be_printed() -> None:
    one = state(Core.XRAY).with_user(22222, "gpu", "pc1", A).with_bridge(22222, (22,), 22, B, C)
    told = repr(one) + str(one) + repr(one.servers[0].routed)
    for secret in (A, B, C, one.carrier.decryption_key):
        assert secret in one.text
        assert secret not in told


@given(
    servers=st.lists(
        st.tuples(PORTS, st.text(max_size=80), st.dictionaries(st.sampled_from("pqr"), IDS, min_size=1)),
        max_size=4,
        unique_by=lambda one: one[0],
    ),
    bridge=st.tuples(st.lists(PORTS, min_size=1, max_size=3), PORTS, IDS, IDS),
    core=st.sampled_from(Core),
    path=st.sampled_from(["", "/ray"]),
)
def test_it_is_read_as_it_was_written(servers: Any, bridge: Any, core: Core, path: str) -> None:
    one = state(core, websocket_path=path)
    for port, alias, users in servers:
        for pc, user_id in users.items():
            one = one.with_user(port, alias, pc, user_id)
    if servers:
        ports, sshd_port, tunnel, watch = bridge
        one = one.with_bridge(servers[0][0], tuple(ports), sshd_port, tunnel, watch)
    again = read_state(one.text)
    assert again == one
    assert again.text == one.text
    assert again.config == one.config
    assert digest_of(one.text) == digest_of(again.text)


def test_with_a_certificate() -> None:
    made = new_certificate("relay.test")
    tls = Tls(
        server_name="relay.test", certificate_pem=made.pem, certificate_sha256=made.sha256,
        certificate_file="/etc/a.crt", key_file="/etc/a.key",
    )  # fmt: skip
    one = state(tls=tls)
    assert read_state(one.text) == one
    assert made.key_pem not in one.text
    assert "PRIVATE" not in repr(made)


def _damaged(change: Any) -> str:
    raw = json.loads(state(Core.XRAY).with_user(22222, "gpu", "pc1", A).text)
    change(raw)
    return json.dumps(raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(version=2),
        lambda raw: raw.pop("version"),
        lambda raw: raw.pop("carrier"),
        lambda raw: raw["carrier"].update(user_port=70000),
        lambda raw: raw["carrier"].update(core="sing-box"),
        lambda raw: raw["carrier"].update(decryption_key="short"),
        lambda raw: raw["carrier"].update(unheard_of=1),
        lambda raw: raw["servers"][0].update(name="../etc"),
        lambda raw: raw["servers"][0].update(port=0),
        lambda raw: raw["servers"][0]["users"].update(pc1='"}],"x":[{"'),
        lambda raw: raw["servers"][0].update(users=[A]),
        lambda raw: raw["servers"].append(raw["servers"][0]),
        lambda raw: raw.update(servers={"a": 1}),
    ],
)
def test_what_no_program_of_ours_has_written_is_refused(change: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_state(_damaged(change))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '{"version": 1}'])
def test_text_that_is_no_record(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_state(text)


def test_known_servers_are_compared_by_all_that_they_are() -> None:
    one = KnownServer(port=1, name="a", users={"p": A})
    assert one == dataclasses.replace(one, users={"p": A})
    assert one != dataclasses.replace(one, users={"p": B})
