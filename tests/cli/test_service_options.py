"""What ``relay setup`` is told of Shadowsocks: what was said, and what the profiles know."""

from __future__ import annotations

import dataclasses

import pytest

from app.cli.parser import parse
from app.cli.service_options import shadowsocks_options
from app.core.faults import RelayTrayError
from app.core.profiles import Document, Relay
from app.core.provisioning import Camouflage, ShadowsocksOptions
from app.core.shadowsocks import ShadowsocksServer

RELAY = Relay(id="r1", name="lab", host="h")
KNOWN = ShadowsocksServer(
    id="a",
    name="lab",
    host="h",
    port=443,
    method="xchacha20-ietf-poly1305",
    plugin="obfs-local",
    plugin_options="obfs=tls;obfs-host=a.org",
    relay_id="r1",
)


def options(*words: str, known: tuple[ShadowsocksServer, ...] = ()) -> ShadowsocksOptions | None:
    arguments = parse(["relay", "setup", "lab", *words])
    return shadowsocks_options(arguments, RELAY, Document(relays=(RELAY,), shadowsocks=known))


def test_nothing_is_said_of_it() -> None:
    assert options() is None
    assert options(known=(KNOWN,)) is None


def test_it_may_be_taken_away_alone() -> None:
    assert options("--no-shadowsocks", known=(KNOWN,)) is None
    assert parse(["relay", "setup", "lab", "--no-shadowsocks"]).shadowsocks is False
    with pytest.raises(RelayTrayError):
        options("--no-shadowsocks", "--ss-port", "1")


def test_the_usual_and_what_was_said() -> None:
    assert options("--shadowsocks") == ShadowsocksOptions()
    said = ["--method", "chacha20-ietf-poly1305", "--ss-port", "1", "--phone-port", "2"]
    looks = ["--camouflage", "v2ray-plugin", "--camouflage-host", "b.org"]
    assert options("--shadowsocks", *said, *looks) == ShadowsocksOptions(
        method="chacha20-ietf-poly1305",
        port=1,
        camouflage=Camouflage.V2RAY_PLUGIN,
        camouflage_host="b.org",
        phone_port=2,
    )


def test_what_was_not_said_is_as_last_time() -> None:
    there = ShadowsocksOptions(
        method="xchacha20-ietf-poly1305",
        port=443,
        camouflage=Camouflage.OBFS_TLS,
        camouflage_host="a.org",
        for_phones=False,
    )
    assert options("--shadowsocks", known=(KNOWN,)) == there
    changed = options("--shadowsocks", "--camouflage", "none", "--phones", known=(KNOWN,))
    assert changed == dataclasses.replace(there, camouflage=Camouflage.NONE, for_phones=True)


@pytest.mark.parametrize(
    "words", [["--method", "aes-256-gcm"], ["--ss-port", "1"], ["--no-phones"], ["--camouflage", "none"]]
)
def test_a_word_about_it_without_it_is_refused(words: list[str]) -> None:
    with pytest.raises(RelayTrayError) as caught:
        options(*words)
    assert words[0] in caught.value.fault.details["problem"]
    assert "--shadowsocks" in caught.value.fault.details["problem"]
