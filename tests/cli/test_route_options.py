"""Routes by v2ray from the command line, as real processes on a throw-away data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from tests.cli.program import Program

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB/w==\n-----END CERTIFICATE-----\n"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_a_route_is_added_ordered_shown_and_taken_away(program: Program, tmp_path: Path) -> None:
    (tmp_path / "relay.pem").write_text(PEM)
    program.run(
        *("relay", "add", "home", "--host", "r.example", "--user", "ann", "--v2ray", "xray"),
        *("--v2ray-port", "17824", "--v2ray-key", KEY, "--v2ray-tls", "relay.lab"),
        *("--v2ray-certificate", str(tmp_path / "relay.pem"), "--v2ray-path", "/ws"),
    )
    program.run("server", "add", "gpu", "--user", "bob", "--route", "v2ray", "--route", "ssh")
    document = program.load()
    assert document.relays[0].carrier == V2rayCarrier(
        core=Core.XRAY, user_port=17824, encryption_key=KEY, server_name="relay.lab", certificate_pem=PEM,
        websocket_path="/ws",
    )  # fmt: skip
    server = document.servers[0]
    assert (server.routes, server.v2ray) == ((RouteKind.V2RAY, RouteKind.REVERSE), V2rayRoute())
    assert "routes: v2ray, ssh" in program.run("server", "show", "gpu").stdout
    assert "user_port=17824" in program.run("relay", "show", "home").stdout

    program.run("server", "edit", "gpu", "--v2ray-ports", "22", "8888")
    program.run("relay", "edit", "home", "--v2ray-host", "other.example", "--v2ray-path", "",
                "--v2ray-fingerprint", "AB:" * 31 + "AB")  # fmt: skip
    document = program.load()
    assert document.servers[0].v2ray == V2rayRoute(ports=(22, 8888))
    carrier = document.relays[0].carrier
    assert carrier is not None
    assert (carrier.host, carrier.websocket_path, carrier.user_port) == ("other.example", "", 17824)
    assert carrier.certificate_sha256 == "ab" * 32

    program.run("relay", "edit", "home", "--v2ray-program", str(tmp_path / "relay.pem"))
    assert program.load().settings.core_program == str(tmp_path / "relay.pem")
    program.run("relay", "edit", "home", "--v2ray-program", "")
    assert program.load().settings.core_program == ""

    program.run("server", "edit", "gpu", "--route", "ssh")
    program.run("relay", "edit", "home", "--v2ray", "none")
    document = program.load()
    assert (document.servers[0].routes, document.relays[0].carrier) == ((RouteKind.REVERSE,), None)


def test_what_is_wrong_is_said(program: Program) -> None:
    add = ("relay", "add", "home", "--host", "r.example", "--user", "ann")
    refused = program.run(*add, "--v2ray", "xray", "--v2ray-port", "1", "--v2ray-key", "x", code=2)
    assert "public key of an Xray relay" in refused.stderr
    refused = program.run(*add, "--v2ray-certificate", "/nowhere/at all", code=2)
    assert "/nowhere/at all" in refused.stderr
    refused = program.run(*add, "--v2ray-program", "/nowhere/xray", code=None)
    assert refused.returncode != 0
    assert "/nowhere/xray" in refused.stderr
    program.run(*add)
    refused = program.run("server", "add", "gpu", "--user", "b", "--route", "v2ray", code=2)
    assert "There is no v2ray route" in refused.stderr
