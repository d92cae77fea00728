"""The bookmark: its keys are those that Cyberduck's own HostDictionary reads."""

from __future__ import annotations

import dataclasses
import plistlib
import uuid
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.export.cyberduck import cyberduck_bookmark

SERVER = Server(
    id="s",
    alias="lab-gpu",
    relay_id="r",
    user="ann",
    remote_folder="/\u5f20\u4e09 & <co>",
    local_ssh_port=15022,
)
# HostDictionary.deserialize: what it asks for as a text, and as a dictionary (LocalDictionary: "Path").
TEXTS = {
    "Protocol",
    "Provider",
    "Nickname",
    "UUID",
    "Hostname",
    "Port",
    "Username",
    "Path",
    "Private Key File",
}
DICTIONARIES = {"Private Key File Dictionary"}


def server_with(**changes: Any) -> Server:
    return dataclasses.replace(SERVER, **changes)


def read(data: bytes) -> dict[str, Any]:
    """As Cyberduck reads it; a value of another kind would be lost without a word."""
    assert data.startswith(b"<?xml")
    found = plistlib.loads(data, fmt=plistlib.FMT_XML)
    assert set(found) <= TEXTS | DICTIONARIES
    assert all(isinstance(found[name], str) and found[name] for name in TEXTS & set(found))
    assert all(set(found[name]) == {"Path"} for name in DICTIONARIES & set(found))
    return dict(found)


def test_the_whole_bookmark() -> None:
    found = read(cyberduck_bookmark(SERVER, key_file="/Users/ann/.ssh/id & key"))
    assert str(uuid.UUID(found.pop("UUID"))).count("-") == 4
    assert found == {
        "Protocol": "sftp",
        "Nickname": "lab-gpu",
        "Hostname": "127.0.0.1",
        "Port": "15022",
        "Username": "ann",
        "Path": "/\u5f20\u4e09 & <co>",
        "Private Key File": "/Users/ann/.ssh/id & key",
        "Private Key File Dictionary": {"Path": "/Users/ann/.ssh/id & key"},
    }


def test_what_the_profile_does_not_say_is_left_out() -> None:
    found = read(cyberduck_bookmark(server_with(user="", remote_folder="")))
    assert set(found) == {"Protocol", "Nickname", "UUID", "Hostname", "Port"}


def test_one_server_is_one_bookmark() -> None:
    one = read(cyberduck_bookmark(SERVER))["UUID"]
    assert read(cyberduck_bookmark(server_with(alias="new", local_ssh_port=15023)))["UUID"] == one
    assert read(cyberduck_bookmark(server_with(id="t")))["UUID"] != one


def test_without_a_plain_port_there_is_no_bookmark() -> None:
    with pytest.raises(RelayTrayError) as caught:
        cyberduck_bookmark(server_with(local_ssh_port=0))
    assert caught.value.fault.code is FaultCode.PLAIN_PORT_NEEDED
    assert caught.value.fault.details == {"alias": "lab-gpu", "program": "Cyberduck"}


@pytest.mark.parametrize("character", ["\0", "\n", "\udcff", "\uffff"])
def test_what_no_xml_can_hold_is_refused(character: str) -> None:
    for server, key in ((server_with(user=character), ""), (SERVER, f"/k{character}")):
        with pytest.raises(RelayTrayError) as caught:
            cyberduck_bookmark(server, key_file=key)
        assert caught.value.fault.code is FaultCode.PROFILE_INVALID
