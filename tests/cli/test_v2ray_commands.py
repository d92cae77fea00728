"""``relay setup --v2ray`` and ``server v2ray``: the real program, a relay with systemd, a real keyring."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.parser import build_parser
from app.cli.route_commands import permitted_ports
from app.cli.service_options import v2ray_options
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Relay, ReverseRoute, Server
from app.core.provisioning import V2rayOptions
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from tests.cli.program import Program
from tests.peers.keyring_daemon import KeyringDaemon, missing_programs
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network

PLACES = ("/etc", "/usr/local", "/var/lib/relaytray")
WAY = ("--v2ray", "--no-bbr")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program where a keyring is unlocked."""
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as daemon:
        made = Program(tmp_path)
        made.env = dict(daemon.env)
        yield made


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_a_second_way_is_made_used_up_and_taken_away(
    program: Program, tmp_path: Path, key_store: KeyStore
) -> None:
    with Network(tmp_path / "network", relay_has_systemd=True) as network:
        relay, key = network.relay, key_store.key("login")
        relay.authorize("root", public_line(key))
        relay.start_sshd()
        program.store(
            Document(
                relays=(Relay(id="r1", name="lab", host=network.address, user="root", identity=str(key)),),
                servers=(Server(id="s1", alias="gpu", relay_id="r1", route=ReverseRoute(port=22333)),),
            )
        )
        known = [f"{network.address} {key}\n" for key in relay.host_keys() if "ed25519" in key]
        program.paths.known_hosts.write_text("".join(known))
        files = relay.snapshot(*PLACES)

        assert program.error("server", "v2ray", "gpu", code=2)["code"] == "relay-not-set-up"
        plan = program.json("relay", "setup", "lab", *WAY, "--v2ray-port", "17000", "--plan")
        (step,) = [one for one in plan["steps"] if one["step"] == "v2ray"]
        told = [note["sentence"] for note in step["notes"]]
        assert "It gets this setting: port 17000." in told
        assert "gpu can be reached by it from this computer." in told
        assert changes(files, relay.snapshot(*PLACES)) == []

        program.run("relay", "setup", "lab", *WAY, "--v2ray-port", "17000", "--yes")
        carrier = program.load().relays[0].carrier
        assert carrier is not None
        assert carrier.user_port == 17000
        assert program.load().servers[0].routes == (RouteKind.REVERSE, RouteKind.V2RAY)
        assert {"kind": "v2ray", "name": "gpu"} in program.json("secret", "list")
        program.run("relay", "setup", "lab", *WAY)  # as last time, and so there is nothing to ask
        assert program.load().relays[0].carrier == carrier

        assert program.json("server", "v2ray", "gpu", "--remove") == {"event": "dropped", "alias": "gpu"}
        assert program.load().servers[0].routes == (RouteKind.REVERSE,)
        assert program.json("secret", "list") == []
        assert program.error("server", "v2ray", "gpu", "--ports", "22,99", code=2)["code"] == (
            "route-needs-bridge"
        )
        told = program.json("server", "v2ray", "gpu")
        assert told == {"event": "permitted", "alias": "gpu", "ports": [22]}
        program.run("relay", "remove", "lab", "--other-end", "--yes")
        assert program.load().relays[0].carrier is None
        assert program.load().servers[0].v2ray is None
        assert program.json("secret", "list") == []
        assert changes(files, relay.snapshot(*PLACES)) == []


RELAY = Relay(id="r1", name="lab", host="192.0.2.1", user="me")
CARRIER = V2rayCarrier(core=Core.XRAY, user_port=17000, server_name="a.test", websocket_path="/ray")


def given(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(["relay", "setup", "lab", *words])


def test_what_is_not_said_is_as_last_time() -> None:
    assert v2ray_options(given(), RELAY) is None
    assert v2ray_options(given("--v2ray"), RELAY) == V2rayOptions()
    relay = dataclasses.replace(RELAY, carrier=CARRIER)
    last = V2rayOptions(core=Core.XRAY, user_port=17000, server_name="a.test", websocket_path="/ray")
    assert v2ray_options(given("--v2ray"), relay) == last
    changed = v2ray_options(
        given("--v2ray", "--core", "v2ray", "--bridge-port", "18000", "--tls", "", "--websocket", ""), relay
    )
    assert changed == V2rayOptions(core=Core.V2RAY, user_port=17000, tunnel_port=18000)
    program = v2ray_options(given("--v2ray", "--v2ray-program", "v2ray.zip"), RELAY)
    assert program is not None
    assert program.program == str(Path("v2ray.zip").absolute())


@pytest.mark.parametrize("words", [("--core", "xray"), ("--v2ray-program", "x"), ("--tls", "")])
def test_something_about_v2ray_without_wanting_it(words: tuple[str, ...]) -> None:
    with pytest.raises(RelayTrayError) as caught:
        v2ray_options(given(*words), RELAY)
    assert f"{words[0]} says something about --v2ray" in caught.value.fault.details["problem"]


def test_what_no_relay_could_be_set_up_with_is_told_before_anybody_is_called(tmp_path: Path) -> None:
    program = Program(tmp_path).store(Document(relays=(RELAY,)))
    words = ("relay", "setup", "lab", "--v2ray", "--tls", "no name", "--plan")
    assert "is no name for a certificate" in program.error(*words, code=2)["sentence"]


@pytest.mark.parametrize("ports", ["", "22,", "ssh", "0", "70000", "22;8888"])
def test_ports_are_numbers(ports: str) -> None:
    server = Server(id="s1", alias="gpu", relay_id="r1")
    with pytest.raises(RelayTrayError) as caught:
        permitted_ports(ports, server)
    assert caught.value.fault.code is FaultCode.PROFILE_INVALID
    assert permitted_ports("8888, 22,22", server) == (8888, 22)
    assert permitted_ports(None, server) == (22,)
    routed = dataclasses.replace(server, v2ray=V2rayRoute(ports=(22, 80)))
    assert permitted_ports(None, routed) == (22, 80)
