"""Links into the profiles and the keyring, and out again; everything that can be wrong with a file."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.access import (
    Access,
    LinkProblemCode,
    Oddity,
    Offer,
    OnlineAccess,
    RefusalCode,
    ShadowsocksAccess,
    VlessAccess,
    VmessAccess,
)
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.problems import ProblemCode
from app.core.profiles import Document, Relay
from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from app.core.validation import problems_of
from app.export.access_links.reading import link_of, read_links
from app.export.access_links.sip008 import sip008
from app.export.qr_code import qr_png
from app.integration.access_desk import MAX_TEXT_FILE, AccessDesk
from app.integration.pictures import MAX_FILE
from app.integration.profile_store import open_store
from app.log_setup import set_up_logging
from app.secrets import SecretName, SecretStore
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.ui.pictures import gray_picture
from tests.secrets.bad_backends import Memory, Raises

UUID, OTHER_UUID = "4d5add8d-26b4-4f21-87f7-2027d5bc98fb", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
PASSWORD = "correct horse battery staple"
SS = ShadowsocksAccess(
    host="203.0.113.10", port=8388, method="aes-256-gcm", password=PASSWORD, name="\u8df3\u677f\u673a"
)
VMESS = VmessAccess(host="relay.example.org", port=16824, uuid=UUID, name="GPU at work")
VLESS = VlessAccess(host="relay.example.org", port=443, uuid=OTHER_UUID, security="tls", name="gpu at work")


class Desk:
    """A desk with a store on disk and a keyring in memory."""

    def __init__(self, folder: Path, backend: Any = None) -> None:
        self.store: DocumentStore = open_store(Paths.at(folder / "data"))
        self.faults: list[Fault] = []
        self.changed: list[Document] = []
        self.secrets = SecretStore(on_fault=self.faults.append, backend=backend or Memory())
        self.busy: set[int] = set()
        self.desk = AccessDesk(
            self.store, self.secrets, gray_picture, self.changed.append, lambda port: port not in self.busy
        )

    def take(self, *accesses: Access) -> Any:
        return self.desk.take(self.offers(*accesses))

    def offers(self, *accesses: Access) -> tuple[Offer, ...]:
        offered = self.desk.read_text("\n".join(map(link_of, accesses)))
        assert offered.problems == ()
        return offered.offers

    @property
    def document(self) -> Document:
        return self.store.load()

    def close(self) -> None:
        self.secrets.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def fault_of(deed: Any) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        deed()
    return caught.value.fault


# --- taken ------------------------------------------------------------------------------------------------


def test_a_shadowsocks_link_becomes_a_profile_and_its_password_a_secret(desk: Desk) -> None:
    taken = desk.take(SS)
    (server,) = desk.document.shadowsocks
    assert taken.shadowsocks == (server.id,)
    assert (server.name, server.host, server.port, server.method) == (SS.name, SS.host, 8388, SS.method)
    assert server.local_port == 11080
    assert desk.secrets.get(SecretName("shadowsocks", server.id)) == PASSWORD
    assert PASSWORD not in Paths.at(desk.store._paths.root).document.read_text(encoding="utf-8")
    assert problems_of(desk.document) == []
    assert desk.changed == [desk.document]
    assert not taken.is_for_session
    given = desk.desk.link(server.id)
    assert read_links(given).accesses == (SS,)
    assert desk.desk.qr_code(given).startswith(b"\x89PNG")


@pytest.mark.parametrize(("access", "core"), [(VMESS, Core.V2RAY), (VLESS, Core.XRAY)])
def test_a_link_of_v2ray_becomes_a_relay_and_a_server_behind_it(
    desk: Desk, access: VmessAccess | VlessAccess, core: Core
) -> None:
    taken = desk.take(access)
    (relay,), (server,) = desk.document.relays, desk.document.servers
    assert taken.servers == (server.id,)
    assert relay.carrier is not None
    assert (relay.carrier.core, relay.host, relay.carrier.user_port) == (core, access.host, access.port)
    assert (relay.user, relay.name, server.alias) == ("", access.name, "gpu-at-work")
    assert server.routes == (RouteKind.V2RAY,)
    assert desk.secrets.get(SecretName("v2ray", server.alias)) == access.uuid
    # all that is missing is what no link has: who one is on the server
    missing = [(problem.field, problem.code) for problem in problems_of(desk.document)]
    assert missing == [("user", ProblemCode.EMPTY)]


def test_nothing_is_doubled(desk: Desk) -> None:
    """Neither the same link again, nor twice at once, nor another name for the same."""
    first = desk.take(SS, VMESS)
    before = desk.document
    renamed = dataclasses.replace(SS, name="another name"), dataclasses.replace(VMESS, name="other")
    offers = desk.offers(SS, *renamed, VMESS)
    assert [offer.known_as for offer in offers] == [SS.name, SS.name, "gpu-at-work", "gpu-at-work"]
    again = desk.desk.take(offers)
    assert (again.shadowsocks, again.servers) == (first.shadowsocks, first.servers)
    assert desk.document == before
    assert len(desk.desk.read_text(f"{link_of(SS)}\n{link_of(SS)}").offers) == 1


def test_twice_within_one_list_is_once(desk: Desk) -> None:
    desk.take(VLESS, dataclasses.replace(VLESS, name="the same"), SS, dataclasses.replace(SS, name="x"))
    assert len(desk.document.servers) == len(desk.document.relays) == len(desk.document.shadowsocks) == 1


def test_another_password_or_user_is_another_profile(desk: Desk) -> None:
    """But two users of the same relay share it, and its local port."""
    desk.take(SS, VMESS)
    other_password = dataclasses.replace(SS, password=PASSWORD + "!")
    other_user = dataclasses.replace(VMESS, uuid=OTHER_UUID)
    assert [offer.known_as for offer in desk.offers(other_password, other_user)] == ["", ""]
    desk.take(other_password, other_user)
    document = desk.document
    assert [server.name for server in document.shadowsocks] == [SS.name, f"{SS.name} 2"]
    assert [server.alias for server in document.servers] == ["gpu-at-work", "gpu-at-work-2"]
    assert len(document.relays) == 1
    assert desk.secrets.get(SecretName("v2ray", "gpu-at-work-2")) == OTHER_UUID
    assert desk.secrets.get(SecretName("v2ray", "gpu-at-work")) == UUID


def test_a_new_certificate_or_key_makes_a_new_way(desk: Desk) -> None:
    """The old one would be told as known, and would not work any more."""
    pinned = dataclasses.replace(VMESS, tls=True, pinned_certificate="ab" * 32)
    desk.take(pinned)
    renewed = dataclasses.replace(pinned, pinned_certificate="cd" * 32)
    assert [offer.known_as for offer in desk.offers(pinned, renewed)] == ["gpu-at-work", ""]
    desk.take(renewed)
    pins = [relay.carrier.certificate_sha256 for relay in desk.document.relays if relay.carrier]
    assert pins == ["ab" * 32, "cd" * 32]


def test_a_secret_that_was_lost_comes_back_with_the_link(desk: Desk) -> None:
    (id_,) = desk.take(SS).shadowsocks
    desk.secrets.forget(SecretName("shadowsocks", id_))
    assert fault_of(lambda: desk.desk.link(id_)).code is FaultCode.SHADOWSOCKS_PASSWORD_MISSING
    assert desk.take(SS).shadowsocks == (id_,)
    assert desk.secrets.get(SecretName("shadowsocks", id_)) == PASSWORD
    assert len(desk.document.shadowsocks) == 1


def test_names_and_ports_are_free(desk: Desk) -> None:
    desk.busy = {11080, 10081}
    relay = Relay(id="r", name="GPU at work", host="h", user="u", identity="k", socks_port=10080)
    desk.store.save(Document(relays=(relay,)))
    desk.take(SS, dataclasses.replace(SS, port=1), VMESS, dataclasses.replace(VMESS, host="b.example.org"))
    document = desk.document
    assert [one.local_port for one in document.shadowsocks] == [11081, 11082]
    assert [(one.name, one.socks_port) for one in document.relays[1:]] == [
        ("GPU at work 2", 10082),
        ("GPU at work 3", 10083),
    ]


def test_a_link_without_a_name_is_called_by_its_machine(desk: Desk) -> None:
    desk.take(dataclasses.replace(SS, name=""), dataclasses.replace(VMESS, name="\u5317\u4eac"))
    document = desk.document
    assert [one.name for one in document.shadowsocks] == [SS.host]
    assert [one.name for one in document.relays] == ["\u5317\u4eac"]
    assert [one.alias for one in document.servers] == ["server"]


# --- not taken --------------------------------------------------------------------------------------------


def test_what_cannot_be_used_is_offered_with_the_reason_and_passed_over(desk: Desk) -> None:
    text = "\n".join(
        [
            "ssconf://s3.example.org/keys/abc#My key",
            link_of(dataclasses.replace(VLESS, security="", name="naked")),
            link_of(dataclasses.replace(VMESS, network="kcp")),
            link_of(dataclasses.replace(SS, plugin="/bin/sh", plugin_options="-c")),
            link_of(dataclasses.replace(SS, password="short")),
        ]
    )
    offers = desk.desk.read_text(text).offers
    assert [offer.refusal.code if offer.refusal else None for offer in offers] == [
        RefusalCode.ONLINE, RefusalCode.UNENCRYPTED, RefusalCode.NETWORK, RefusalCode.PLUGIN, None,
    ]  # fmt: skip
    assert isinstance(offers[0].access, OnlineAccess)
    assert Oddity.PASSWORD_SHORT in [odd.code for odd in offers[4].odd]
    desk.desk.take(offers)
    assert len(desk.document.shadowsocks) == 1
    assert (desk.document.servers, desk.document.relays) == ((), ())


def test_profiles_that_cannot_be_stored_leave_no_secret_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = desk.offers(SS, VMESS)

    def full(*_: Any) -> Document:
        kept.append(desk.secrets.names())
        raise RelayTrayError(Fault.of(FaultCode.FILE_UNWRITABLE, path="profiles.json", reason="disk full"))

    kept: list[Any] = []
    monkeypatch.setattr(desk.store, "edit", full)
    assert fault_of(lambda: desk.desk.take(offers)).code is FaultCode.FILE_UNWRITABLE
    assert len(kept[0]) == 2, "the secrets were not stored first"
    assert desk.secrets.names() == desk.secrets.session_names() == []


def test_a_change_that_comes_in_between_is_not_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another command adds a profile of the same name and port after ours was planned."""
    real, other = desk.store.edit, open_store(desk.store._paths)
    added = Relay(id="r", name="GPU at work", host="h", user="u", identity="k")

    def edit(change: Any) -> Document:
        monkeypatch.setattr(desk.store, "edit", real)
        other.edit(lambda document: dataclasses.replace(document, relays=(added,)))
        return real(change)

    monkeypatch.setattr(desk.store, "edit", edit)
    desk.take(VMESS, SS)
    document = desk.document
    assert [(relay.name, relay.socks_port) for relay in document.relays] == [
        ("GPU at work", 10080),
        ("GPU at work 2", 10081),
    ]
    wanted = {SecretName("shadowsocks", document.shadowsocks[0].id), SecretName("v2ray", "gpu-at-work")}
    assert set(desk.secrets.names()) == wanted, "secrets of the first plan are gone"


def test_without_a_keyring_it_is_for_the_session_and_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Raises(RuntimeError("no keyring")))
    taken = desk.take(SS)
    assert taken.is_for_session
    assert desk.faults != []
    assert desk.secrets.get(SecretName("shadowsocks", taken.shadowsocks[0])) == PASSWORD
    desk.close()


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_of_every_editor(desk: Desk, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "links.txt"
    file.write_bytes(f"{link_of(SS)}\r\n{link_of(VMESS)}\r\nnonsense\r\n".encode(encoding))
    offered = desk.desk.read_file(file)
    assert [offer.access for offer in offered.offers] == [SS, VMESS]
    assert [(p.code, p.number) for p in offered.problems] == [(LinkProblemCode.NOT_A_LINK, 3)]


def test_a_sip008_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text(sip008((SS,)), encoding="utf-8")
    assert [offer.access for offer in desk.desk.read_file(file).offers] == [SS]


def test_a_picture_of_several_codes(desk: Desk, tmp_path: Path) -> None:
    from tests.integration.test_pictures import on, qt, saved

    codes = [qt(qr_png(text)) for text in (link_of(SS), "WIFI:S:home;;", link_of(VLESS))]
    picture = on(1600, 1700, *((20 + 300 * i, 20 + 540 * i, code) for i, code in enumerate(codes)))
    file = tmp_path / "photo.dat"  # a name says nothing
    file.write_bytes(saved(picture, "jpeg"))
    for offered in (desk.desk.read_file(file), desk.desk.read_picture(saved(picture, "png"))):
        assert [offer.access for offer in offered.offers] == [SS, VLESS]
        assert [(p.code, p.number) for p in offered.problems] == [(LinkProblemCode.CODE_NOT_A_LINK, 2)]


def test_files_that_are_nothing_of_the_kind(desk: Desk, tmp_path: Path) -> None:
    contents = {
        b"\0\x01\x02" * 50: FaultCode.FILE_WITHOUT_LINKS,
        b"\xff\xfe\0": FaultCode.FILE_WITHOUT_LINKS,
        b"caf\xe9": FaultCode.FILE_WITHOUT_LINKS,
        b"%PDF-1.7 ...": FaultCode.PICTURE_KIND,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>": FaultCode.PICTURE_KIND,
        b"\x89PNG\r\n\x1a\n": FaultCode.PICTURE_DAMAGED,
        b"x" * (MAX_TEXT_FILE + 1): FaultCode.FILE_TOO_LARGE,
    }
    for number, (content, code) in enumerate(contents.items()):
        file = tmp_path / f"file-{number}"
        file.write_bytes(content)
        fault = fault_of(lambda file=file: desk.desk.read_file(file))
        assert (fault.code, fault.details["path"]) == (code, str(file))
    assert fault_of(lambda: desk.desk.read_file(tmp_path)).code is FaultCode.FILE_UNREADABLE
    assert fault_of(lambda: desk.desk.read_file(tmp_path / "none")).code is FaultCode.FILE_UNREADABLE
    os.mkfifo(tmp_path / "pipe")
    assert fault_of(lambda: desk.desk.read_file(tmp_path / "pipe")).code is FaultCode.FILE_UNREADABLE
    large = tmp_path / "large"
    with large.open("wb") as file_:
        file_.truncate(MAX_FILE + 1)
    assert fault_of(lambda: desk.desk.read_file(large)).code is FaultCode.FILE_TOO_LARGE
    assert fault_of(lambda: desk.desk.read_picture(b"no picture")).code is FaultCode.PICTURE_DAMAGED


def test_without_a_decoder_pictures_are_told(desk: Desk) -> None:
    bare = AccessDesk(desk.store, desk.secrets, None)
    assert fault_of(lambda: bare.read_picture(qr_png("ss://x"))).code is FaultCode.PROGRAM_MISSING


def test_a_server_that_is_not_there_has_no_link(desk: Desk) -> None:
    assert fault_of(lambda: desk.desk.link("nobody")).code is FaultCode.NO_SUCH_SHADOWSOCKS


# --- what is hidden ---------------------------------------------------------------------------------------


@pytest.mark.expected_logs("Said by mistake")
def test_no_log_line_has_a_link_or_its_secret(desk: Desk, tmp_path: Path) -> None:
    online = "ssconf://s3.example.org/keys/abcdef"
    logs = set_up_logging(None)
    try:
        desk.desk.read_text("\n".join([link_of(SS), link_of(VMESS), link_of(VLESS), online]))
        log = logging.getLogger("relaytray.test")
        pair = base64.b64encode(f"{SS.method}:{PASSWORD}".encode()).decode()
        body = link_of(VMESS).partition("://")[2]
        hidden = [PASSWORD, UUID, OTHER_UUID, pair, pair.rstrip("="), body, "s3.example.org/keys/abcdef"]
        for text in [*hidden, link_of(SS), link_of(VMESS), link_of(VLESS), online, "SSCONF://never.seen/x"]:
            log.warning("Said by mistake: %s and %r", text, {"link": text})
        told = "\n".join(line.text for line in logs.memory.lines())
    finally:
        logs.close()
    assert told.count("Said by mistake") == len(hidden) + 5
    for text in [*hidden, "never.seen", UUID.upper()]:
        assert text not in told
    decoded = json.loads(base64.b64decode(body))
    assert decoded["id"] == UUID


def test_no_secret_is_in_the_repr_of_what_is_handed_around(desk: Desk) -> None:
    offers = desk.offers(SS, VMESS, VLESS)
    assert not any(secret in repr(offers) for secret in (PASSWORD, UUID, OTHER_UUID))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_the_profiles_are_private(desk: Desk) -> None:
    desk.take(SS)
    assert Paths.at(desk.store._paths.root).document.stat().st_mode & 0o777 == 0o600
