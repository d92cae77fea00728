"""Profiles given away and taken in: no secrets, nothing lost, nothing doubled, nothing in the way."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Exit, Forward, Relay, Server, Settings
from app.core.shadowsocks import ShadowsocksServer, Steering
from app.core.ssh_config_import import Preview
from app.core.validation import problems_of
from app.storage.profiles_file import Renamed, document_of, export_profiles, merge, new_id, read_profiles_file

RELAY = Relay(id="r1", name="gate", host="h", user="me", identity="~/.ssh/id", extra={"new": 1})
SERVER = Server(
    id="s1", alias="gpu", relay_id="r1", user="c", local_ssh_port=10122, exit=Exit.SERVER,
    forwards=(Forward(local_port=8888, remote_port=8888),),
)  # fmt: skip
PROXY = ShadowsocksServer(id="x1", name="proxy", host="h", port=443, method="aes-256-gcm")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,), settings=Settings(language="zh_CN"), extra={"x": 1})


def test_export_and_read(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    export_profiles(DOCUMENT, path)
    read = read_profiles_file(path)
    assert read == Document(relays=DOCUMENT.relays, servers=DOCUMENT.servers)
    assert "settings" not in json.loads(path.read_text())
    assert json.loads(path.read_text())["relays"][0]["identity"] == "~/.ssh/id"


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "in.json"

    def fault_of() -> tuple[FaultCode, str]:
        with pytest.raises(RelayTrayError) as e:
            read_profiles_file(path)
        return e.value.fault.code, e.value.fault.details["path"]

    assert fault_of() == (FaultCode.FILE_UNREADABLE, str(path))
    for text in ("", "{}", "[1]", '{"format": "relaytray", "version": 1}'):
        path.write_text(text)
        assert fault_of() == (FaultCode.FILE_DAMAGED, str(path))
        assert path.read_text() == text
    path.write_text('{"format": "relaytray", "version": 7}')
    assert fault_of() == (FaultCode.FILE_TOO_NEW, str(path))
    with pytest.raises(RelayTrayError) as e:
        export_profiles(DOCUMENT, tmp_path / "missing" / "out.json")
    assert e.value.fault.code is FaultCode.FILE_UNWRITABLE


def test_into_an_empty_document() -> None:
    merged, renamed = merge(Document(settings=DOCUMENT.settings), DOCUMENT)
    assert merged == dataclasses.replace(DOCUMENT, extra={})
    assert renamed == ()


def test_the_same_again_adds_nothing() -> None:
    assert merge(DOCUMENT, DOCUMENT) == (DOCUMENT, ())
    relabelled = Document(
        relays=(dataclasses.replace(RELAY, id="other"),),
        servers=(dataclasses.replace(SERVER, id="new", relay_id="other"),),
    )
    assert merge(DOCUMENT, relabelled) == (DOCUMENT, ())


def test_the_same_again_adds_nothing_where_it_had_to_give_way() -> None:
    """Ports, names and the exit were others' here: what came in is known by the rest."""
    own = Document(
        relays=(dataclasses.replace(RELAY, id="o", host="elsewhere"),),
        servers=(
            dataclasses.replace(SERVER, id="p", relay_id="o", user="me"),
            dataclasses.replace(SERVER, id="q", alias="b", relay_id="r1", local_ssh_port=0, forwards=()),
        ),
        shadowsocks=(PROXY,),
    )
    incoming = dataclasses.replace(
        DOCUMENT,
        servers=(dataclasses.replace(SERVER, ssh_options=("LogLevel ERROR", "LocalCommand=x")),),
        shadowsocks=(dataclasses.replace(PROXY, id="n", host="other", steering=Steering.GLOBAL),),
    )
    once, renamed = merge(own, incoming)
    fields = ["name", "socks_port", "alias", "local_ssh_port", "forwards", "ssh_options", "exit"]
    assert [one.field for one in renamed] == [*fields, "name", "local_port", "steering"]
    assert merge(once, incoming) == (once, ())
    assert merge(once, Document(relays=once.relays, servers=once.servers)) == (once, ())


def test_the_own_export_is_known_again(tmp_path: Path) -> None:
    """Without what stays at home: the record of a machine, the folders that were opened."""
    full = Document(
        relays=(dataclasses.replace(RELAY, machine="m1"),),
        servers=(dataclasses.replace(SERVER, recent_folders=("/data",)),),
    )
    export_profiles(full, tmp_path / "out.json")
    assert merge(full, read_profiles_file(tmp_path / "out.json")) == (full, ())


def test_two_profiles_of_one_machine_both_come_in_and_are_known_again() -> None:
    """Two SOCKS ports through one relay: the number in a name may be the person's own."""
    second = dataclasses.replace(RELAY, id="r2", name="gate 2", socks_port=10081)
    for relays in ((RELAY, second), (second, RELAY)):
        merged, renamed = merge(Document(), Document(relays=relays))
        assert (merged.relays, renamed) == (relays, ())
        assert merge(merged, Document(relays=relays)) == (merged, ())
    merged, _ = merge(Document(relays=(second,)), Document(relays=(RELAY, second)))
    assert {relay.name for relay in merged.relays} == {"gate", "gate 2"}


def test_what_clashes_gives_way_and_is_reported() -> None:
    incoming = Document(
        relays=(dataclasses.replace(RELAY, host="elsewhere"),),
        servers=(dataclasses.replace(SERVER, user="someone"),),
    )
    merged, renamed = merge(DOCUMENT, incoming)
    assert problems_of(merged) == []
    assert merged.relays[0] == RELAY
    assert merged.servers[0] == SERVER
    relay, server = merged.relays[1], merged.servers[1]
    assert relay.id not in ("r1", "s1")
    assert (relay.name, relay.host, relay.socks_port, relay.extra) == (
        "gate 2",
        "elsewhere",
        10081,
        {"new": 1},
    )
    assert (server.alias, server.relay_id, server.local_ssh_port) == ("gpu-2", relay.id, 10123)
    assert server.exit is Exit.SERVER  # of another relay
    assert renamed == (
        Renamed("gate 2", "name", "gate", "gate 2"),
        Renamed("gate 2", "socks_port", "10080", "10081"),
        Renamed("gpu-2", "alias", "gpu", "gpu-2"),
        Renamed("gpu-2", "local_ssh_port", "10122", "10123"),
        Renamed("gpu-2", "forwards", "8888:8888", "8889:8888"),
    )


def test_a_relay_keeps_its_exit() -> None:
    incoming = Document(relays=(RELAY,), servers=(dataclasses.replace(SERVER, id="s2", alias="b"),))
    merged, renamed = merge(DOCUMENT, incoming)
    assert merged.servers[1].exit is Exit.RELAY
    assert Renamed("b", "exit", "server", "relay") in renamed


def test_settings_and_unknown_fields_stay_ours() -> None:
    merged, _ = merge(DOCUMENT, Document(settings=Settings(language="en"), extra={"y": 2}))
    assert merged == DOCUMENT


relays = st.builds(
    Relay, id=st.sampled_from("abc"), name=st.sampled_from(["x", "X", "y"]), host=st.just("h"),
    user=st.just("u"),
    identity=st.just("~/k"), socks_port=st.sampled_from([1080, 1081, 65535]),
)  # fmt: skip
servers = st.builds(
    Server, id=st.sampled_from("abc"), alias=st.sampled_from(["p", "q"]), relay_id=st.sampled_from("abc"),
    user=st.just("u"), exit=st.sampled_from(Exit), local_ssh_port=st.sampled_from([0, 1080, 65535]),
    forwards=st.lists(
        st.builds(Forward, local_port=st.just(65535), remote_port=st.just(1)), max_size=2
    ).map(tuple),
)  # fmt: skip
incoming_documents = st.builds(
    Document, relays=st.lists(relays, max_size=4).map(tuple), servers=st.lists(servers, max_size=4).map(tuple)
)


@given(incoming_documents, incoming_documents)
def test_merging_makes_no_new_problems(first: Document, second: Document) -> None:
    """Whatever comes in: ids, names, aliases and local ports are unique, and one exit a relay."""
    document, _ = merge(Document(), first)
    document, _ = merge(document, second)
    ids = [relay.id for relay in document.relays] + [server.id for server in document.servers]
    assert len(ids) == len(set(ids))
    assert {problem.code for problem in problems_of(document)} <= {"relay-unknown"}


def test_ids_and_previews() -> None:
    assert new_id() != new_id()
    assert document_of(Preview(relays=(RELAY,), servers=(SERVER,))).relays == (RELAY,)


def test_a_file_from_elsewhere_brings_no_line_that_would_start_a_program() -> None:
    options = (
        "LogLevel ERROR",
        "LocalCommand=touch /tmp/x",
        "PKCS11Provider /tmp/evil.so",
        "SmartcardDevice /tmp/evil.so",  # the old name of PKCS11Provider, which ssh still takes
        "# a remark",
    )
    relay = Relay(id="r", name="gate", host="relay.example.org")
    server = Server(id="s", alias="lab", relay_id="r", ssh_options=options)
    merged, renamed = merge(Document(), Document(relays=(relay,), servers=(server,)))
    assert merged.servers[0].ssh_options == ("LogLevel ERROR", "# a remark")
    assert [(one.profile, one.field) for one in renamed] == [("lab", "ssh_options")]


def test_an_exported_file_does_not_tell_which_folders_were_opened(tmp_path: Path) -> None:
    relay = Relay(id="r", name="gate", host="relay.example.org")
    server = Server(id="s", alias="lab", relay_id="r", recent_folders=("/secret-project",))
    export_profiles(Document(relays=(relay,), servers=(server,)), tmp_path / "profiles.json")
    assert "secret-project" not in (tmp_path / "profiles.json").read_text(encoding="utf-8")
