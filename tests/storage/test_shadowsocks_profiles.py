"""Shadowsocks servers in a file of profiles: along with the others, and unused where they come in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from app.core.profiles import Document, Relay
from app.core.shadowsocks import ShadowsocksServer, Steering
from app.storage.profiles_file import export_profiles, merge, read_profiles_file

RELAY = Relay(id="r", name="gate", host="r.example", user="ann", identity="~/k")
SERVER = ShadowsocksServer(
    id="a",
    name="tokyo",
    host="s.example",
    port=8388,
    method="aes-256-gcm",
    plugin="obfs-local",
    relay_id="r",
    steering=Steering.GLOBAL,
    connect_at_launch=True,
)
DOCUMENT = Document(relays=(RELAY,), shadowsocks=(SERVER,))


def test_they_go_along_and_come_in_unused(tmp_path: Path) -> None:
    export_profiles(DOCUMENT, tmp_path / "file")
    incoming = read_profiles_file(tmp_path / "file")
    assert incoming.shadowsocks == (SERVER,)
    merged, renamed = merge(Document(), incoming)
    unused = dataclasses.replace(SERVER, steering=Steering.PORT, connect_at_launch=False)
    assert merged.shadowsocks == (unused,)
    assert {(note.profile, note.field) for note in renamed} == {
        ("tokyo", "steering"),
        ("tokyo", "connect_at_launch"),
    }
    again, renamed = merge(merged, Document(relays=(RELAY,), shadowsocks=(unused,)))
    assert (again, renamed) == (merged, ())
    assert merge(merged, incoming) == (merged, ()), "the same file twice"
    taken = Document(relays=(dataclasses.replace(RELAY, id="x", name="x", socks_port=SERVER.local_port),))
    moved, _ = merge(taken, incoming)
    assert merge(moved, incoming)[0].shadowsocks == moved.shadowsocks


def test_one_alone_is_a_file_of_profiles(tmp_path: Path) -> None:
    export_profiles(Document(shadowsocks=(SERVER,)), tmp_path / "file")
    merged, _ = merge(Document(), read_profiles_file(tmp_path / "file"))
    assert merged.shadowsocks[0].relay_id == "", "its relay has not come along"


def test_names_ids_and_ports_give_way() -> None:
    mine = dataclasses.replace(SERVER, name="Tokyo", host="other.example")
    taken = dataclasses.replace(RELAY, id="a2", socks_port=11081)
    merged, _ = merge(Document(relays=(taken,), shadowsocks=(mine,)), DOCUMENT)
    first, second = merged.shadowsocks
    assert first == mine
    assert (second.name, second.local_port) == ("tokyo 2", 11082)
    assert second.id not in ("a", "a2", "r")


def test_what_no_computer_has_gives_way_too() -> None:
    """A file of somebody else's: ports that cannot be, ids that are no part of a name."""
    for port in (-1, 0, 65536, 10**30):
        odd = dataclasses.replace(SERVER, id="../\0", local_port=port)
        merged, renamed = merge(Document(), Document(shadowsocks=(odd,)))
        assert 1024 <= merged.shadowsocks[0].local_port <= 65535
        assert "local_port" in {note.field for note in renamed}
        assert merged.shadowsocks[0].id.isalnum()
