"""Which folders are remembered and offered, and in which order."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.editors import (
    MAX_RECENT,
    PRODUCTS,
    offered_folders,
    product,
    remembered,
    with_remembered,
)
from app.core.profiles import Document, Server

SERVER = Server(id="s", alias="lab-gpu", relay_id="r", remote_folder="/home/ann/profile")


def test_the_folder_that_was_opened_last_comes_first_and_once() -> None:
    server = remembered(remembered(remembered(SERVER, "/a"), "/b"), "/a")
    assert server.recent_folders == ("/a", "/b")
    assert remembered(server, "") == server, "the host without a folder is no folder"


def test_only_so_many_are_kept() -> None:
    server = SERVER
    for number in range(MAX_RECENT + 3):
        server = remembered(server, f"/{number}")
    assert len(server.recent_folders) == MAX_RECENT == 8
    assert server.recent_folders[0] == f"/{MAX_RECENT + 2}"


def test_the_folder_of_the_profile_is_offered_first_until_it_was_opened() -> None:
    assert offered_folders(SERVER) == ("/home/ann/profile",)
    server = remembered(SERVER, "/a")
    assert offered_folders(server) == ("/home/ann/profile", "/a")
    server = remembered(remembered(server, "/home/ann/profile"), "/b")
    assert offered_folders(server) == ("/b", "/home/ann/profile", "/a")
    assert offered_folders(dataclasses.replace(SERVER, remote_folder="")) == ()


def test_a_document_remembers_for_one_server_and_bears_that_it_is_gone() -> None:
    other = dataclasses.replace(SERVER, id="o", alias="other")
    document = with_remembered(Document(servers=(SERVER, other)), "s", "/a")
    assert [server.recent_folders for server in document.servers] == [("/a",), ()]
    assert with_remembered(Document(servers=(other,)), "s", "/a") == Document(servers=(other,))


def test_every_editor_has_a_key_of_its_own() -> None:
    assert len({one.key for one in PRODUCTS}) == len({one.scheme for one in PRODUCTS}) == len(PRODUCTS)
    assert product("zed").name == "Zed"
    with pytest.raises(KeyError):
        product("notepad")
