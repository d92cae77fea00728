"""A server's way online and away again, as the desk sees to it: with a real relay, line and tunnel."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Enrolment, EnrolmentState, ReverseRoute, SetupMode
from app.core.provisioning import LineOptions
from app.provision import server_desk, watching
from app.provision.server_desk import ServerDesk, my_public_line
from app.transport.host_keys import HostKeyBlob
from app.transport.keys import public_blob
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import free_port
from tests.provision.desk_lab import DeskLab, InBackground, by_daily_key, wait_until
from tests.provision.enrol_lab import EnrolLab
from tests.transport.login_peers import Person

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a chroot is made by root only"
)


class Bringing(DeskLab):
    """The profiles for an ``EnrolLab``, and what is done with them."""

    def __init__(self, folder: Path, enrol: EnrolLab, person: Person | None = None) -> None:
        self.enrol = enrol
        relay = by_daily_key(enrol.relay.profile(), enrol.relay.pc_key)
        identity = str(enrol.keys.key("person"))
        server = dataclasses.replace(enrol.server, user="", identity=identity)
        super().__init__(folder, relay, server, known=enrol.relay.sshd.host_key_line, person=person)
        self.desk = ServerDesk(self.ground)
        self.states: list[EnrolmentState] = []

    def make_line(self, **options: object) -> None:
        wanted = LineOptions(**({"sshd_port": self.enrol.gpu.port} | options))  # type: ignore[arg-type]
        self.enrol.line = self.desk.bootstrap_line("s1", wanted, self.cancelled).text
        self.enrol.server = self.server

    def watching(self, *, is_quiet: bool = False) -> InBackground:
        def hear(enrolment: Enrolment) -> None:
            self.states.append(enrolment.state)

        work = lambda: self.desk.watch("s1", hear, self.cancelled, is_quiet=is_quiet)  # noqa: E731
        return InBackground(work, self.cancelled)

    @property
    def state(self) -> EnrolmentState | None:
        return self.server.enrolment.state if self.server.enrolment else None

    def set_token(self, name: str, value: str) -> None:
        """In the relay's own notes of the line."""
        assert self.server.enrolment
        file = self.enrol.relay.base / "etc" / "tokens" / self.server.enrolment.id
        lines = [line for line in file.read_text().splitlines() if not line.startswith(f"{name}=")]
        file.write_text("\n".join([*lines, f"{name}={value}"]) + "\n")


@pytest.fixture
def enrol(tmp_path: Path, key_store: KeyStore) -> Iterator[EnrolLab]:
    programs = ("rm", "mkdir", "rmdir", "sleep", "chmod")
    with EnrolLab(tmp_path / "lab", key_store, programs=programs) as lab:
        yield lab


@pytest.fixture
def bringing(tmp_path: Path, enrol: EnrolLab) -> Bringing:
    return Bringing(tmp_path / "data", enrol)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE_S", 0.2)


def fault_of(work: Callable[[], object]) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        work()
    return caught.value.fault.code


# --- online -----------------------------------------------------------------------------------------------


def test_a_pasted_line_brings_the_server_online_with_pinned_keys_and_names(bringing: Bringing) -> None:
    enrol = bringing.enrol
    stranger = HostKeyBlob(public_blob(enrol.keys.key("relay-admin")))
    bringing.tools.host_keys.pin(bringing.server.full_name, stranger)  # of the machine before this one
    bringing.make_line()
    assert bringing.state is EnrolmentState.WAITING
    with bringing.watching() as watch:
        enrol.paste()
        assert watch.ended() is None
    server = bringing.server
    assert bringing.states == [EnrolmentState.REPORTED, EnrolmentState.ONLINE]
    assert server.enrolment is not None
    assert (server.user, server.home, server.enrolment.sshd) == ("gpu", "/home/gpu", "system")
    assert server.enrolment.keeper == "loop"
    pinned = {key.fingerprint for key in bringing.tools.host_keys.pinned(server.full_name)}
    assert enrol.gpu.fingerprint() in pinned
    assert bringing.tools.host_keys.check(server.full_name, stranger).kind == "changed"


def test_waiting_goes_on_after_the_relay_was_away_and_what_the_person_wrote_stays(
    bringing: Bringing, quick: None
) -> None:
    bringing.edit_server(user="somebody", home="/data/somebody")
    bringing.make_line()
    with bringing.watching() as watch:
        relay = bringing.enrol.relay.sshd
        wait_until(lambda: "Accepted publickey" in relay.log(), "a login at the relay")
        relay.stop()
        bringing.enrol.relay.sshd.start()
        bringing.enrol.paste()
        assert watch.ended() is None
    server = bringing.server
    assert (server.user, server.home) == ("somebody", "/home/gpu")


def test_watching_an_online_server_is_over_at_once(bringing: Bringing) -> None:
    bringing.edit_server(enrolment=Enrolment(id="a1b2c3d4", state=EnrolmentState.ONLINE))
    with bringing.watching() as watch:
        assert watch.ended(5) is None
    assert bringing.states == []
    assert bringing.desk.waiting() == ()


def test_a_server_that_reported_without_an_sshd_is_told_so(bringing: Bringing) -> None:
    bringing.make_line(sshd_port=free_port())
    with bringing.watching() as watch:
        bringing.enrol.paste()
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.NO_SSHD_THERE
    assert bringing.state is EnrolmentState.REPORTED
    assert bringing.desk.waiting() == ("s1",)


# --- what ends the waiting --------------------------------------------------------------------------------


def test_a_line_that_nobody_pastes_expires(bringing: Bringing) -> None:
    bringing.make_line()
    bringing.set_token("expires", "1")
    with bringing.watching() as watch:
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.ENROLMENT_EXPIRED
    assert bringing.state is EnrolmentState.WAITING


def test_a_permission_that_was_dropped_is_missed(bringing: Bringing) -> None:
    bringing.make_line()
    assert bringing.enrol.drop()
    with bringing.watching() as watch:
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.ENROLMENT_MISSING


def test_waiting_is_called_off_at_once(bringing: Bringing) -> None:
    bringing.make_line()
    with bringing.watching() as watch:
        relay = bringing.enrol.relay.sshd
        wait_until(lambda: "Accepted publickey" in relay.log(), "a login at the relay")
        started = time.monotonic()
        bringing.cancelled.set()
        fault = watch.ended(5)
    assert fault is not None
    assert fault.code is FaultCode.CANCELLED
    assert time.monotonic() - started < 3


def test_a_removed_profile_ends_the_waiting(bringing: Bringing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WAIT_S", 2)
    bringing.make_line()
    with bringing.watching() as watch:
        bringing.remove_servers()
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.NO_SUCH_SERVER


def test_quiet_waiting_asks_nobody(tmp_path: Path, enrol: EnrolLab) -> None:
    bringing = Bringing(tmp_path / "data", enrol, person=Person())
    bringing.make_line()
    locked = enrol.keys.key("locked-admin", passphrase="secret words")
    assert bringing.relay.admin is not None
    bringing.edit_relay(admin=dataclasses.replace(bringing.relay.admin, identity=str(locked)))
    with bringing.watching(is_quiet=True) as watch:
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.NOBODY_TO_ASK


# --- the line ---------------------------------------------------------------------------------------------


def test_a_relay_that_was_not_set_up_gives_no_lines(bringing: Bringing) -> None:
    bringing.edit_relay(setup=SetupMode.NONE)
    assert fault_of(bringing.make_line) is FaultCode.RELAY_NOT_SET_UP
    with bringing.watching() as watch:
        fault = watch.ended()
    assert fault is not None
    assert fault.code is FaultCode.RELAY_NOT_SET_UP


def test_a_newer_line_keeps_the_port_and_remembers_the_older_one(bringing: Bringing) -> None:
    bringing.make_line()
    first = bringing.server
    assert first.enrolment is not None
    bringing.make_line()
    second = bringing.server
    assert second.enrolment is not None
    assert second.enrolment.id != first.enrolment.id
    assert second.enrolment.older == (first.enrolment.id,)
    assert second.route == first.route
    line = bringing.desk.removal_line("s1")
    assert line.count("remove") == 2
    assert line.index(second.enrolment.id) < line.index(first.enrolment.id)


def test_a_new_server_takes_a_free_port_where_its_own_is_in_use(bringing: Bringing) -> None:
    bringing.edit_server(route=ReverseRoute(port=bringing.enrol.gpu.port))
    bringing.make_line()
    assert bringing.server.route.port != bringing.enrol.gpu.port


def test_a_server_that_was_removed_while_its_line_was_made_has_no_permission(
    bringing: Bringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bringing.store.edit

    def edit_after_removal(change: object) -> object:
        monkeypatch.setattr(bringing.store, "edit", made)
        bringing.remove_servers()
        return made(change)  # type: ignore[arg-type]

    monkeypatch.setattr(bringing.store, "edit", edit_after_removal)
    assert fault_of(bringing.make_line) is FaultCode.NO_SUCH_SERVER
    etc = bringing.enrol.relay.base / "etc"
    assert not list((etc / "tokens").iterdir())
    assert not list((etc / "servers").iterdir())


def test_a_way_by_v2ray_that_cannot_be_made_leaves_no_line(
    bringing: Bringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the port would be nobody's, and every new try would take another one."""
    port, etc = bringing.server.route.port, bringing.enrol.relay.base / "etc"

    def fail(*_: object, **__: object) -> None:
        raise error(FaultCode.SETUP_STEP_FAILED, step="v2ray", host="relay", reason="the disk is full")

    monkeypatch.setattr(server_desk, "require_v2ray", lambda *_: None)
    monkeypatch.setattr(server_desk, "add_server", fail)
    assert fault_of(lambda: bringing.make_line(bridge=True)) is FaultCode.SETUP_STEP_FAILED
    assert not list((etc / "tokens").iterdir())
    assert not list((etc / "servers").iterdir())
    bringing.make_line()
    assert bringing.server.route.port == port
    (token,) = (etc / "tokens").iterdir()
    assert fault_of(lambda: bringing.make_line(bridge=True)) is FaultCode.SETUP_STEP_FAILED
    assert token.name in (etc / "servers" / str(port)).read_text(), "what is there stays"


def test_the_key_that_is_let_in_is_the_one_that_ssh_will_use(
    bringing: Bringing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_store: KeyStore
) -> None:
    named = key_store.key("person")
    assert my_public_line(bringing.server).split()[:2] == public_line(named).split()[:2]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    unnamed = dataclasses.replace(bringing.server, identity="")
    assert fault_of(lambda: my_public_line(unnamed)) is FaultCode.KEY_MISSING
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_rsa").write_bytes(key_store.key("pc").read_bytes())
    assert my_public_line(unnamed).split()[:2] == public_line(key_store.key("pc")).split()[:2]


def move(bringing: Bringing, **changes: Any) -> None:
    """To another relay, here the same machine by another name."""
    other = dataclasses.replace(bringing.relay, id="r2", name="other", socks_port=10999, **changes)

    def change(document: Document) -> Document:
        moved = dataclasses.replace(document.servers[0], relay_id="r2")
        return dataclasses.replace(document, relays=(*document.relays, other), servers=(moved,))

    bringing.profiles.replace_document(bringing.store.edit(change))


def permissions(bringing: Bringing) -> list[str]:
    return sorted(file.name for file in (bringing.enrol.relay.base / "etc" / "servers").iterdir())


def test_a_server_that_was_moved_leaves_no_permission_at_the_old_relay(bringing: Bringing) -> None:
    bringing.make_line()
    assert bringing.server.enrolment is not None
    old = bringing.server.enrolment.id
    tokens = bringing.enrol.relay.base / "etc" / "tokens"
    assert old in [file.name for file in tokens.iterdir()]
    move(bringing)
    bringing.make_line()
    new = bringing.server.enrolment
    assert new.relay_id == "r2"
    assert new.older == (old,)
    assert [file.name for file in tokens.iterdir()] == [new.id]
    assert permissions(bringing) == [str(bringing.server.route.port)]


def test_a_moved_server_is_removed_where_its_line_was_made_for(bringing: Bringing) -> None:
    bringing.make_line()
    move(bringing)
    bringing.desk.remove_server("s1", bringing.cancelled, also_there=True)
    assert permissions(bringing) == []


@pytest.mark.expected_logs("stays at the relay")
def test_an_old_relay_that_is_out_of_reach_stops_no_move(bringing: Bringing) -> None:
    bringing.make_line()
    bringing.edit_relay(port=free_port())
    move(bringing, port=bringing.enrol.relay.sshd.port)
    bringing.make_line()
    assert bringing.server.enrolment is not None
    assert bringing.server.enrolment.relay_id == "r2"


# --- removal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["begun", ""])
def test_the_removal_ends_the_tunnel_that_it_came_by(
    bringing: Bringing, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """However soon, also before the server could say that it is done; lost before that is another thing."""

    class Going:
        def run(self, _script: str, _ids: list[str], *, what: str, on_line: Callable[[str], None]) -> None:
            on_line(said)
            raise error(FaultCode.LINK_LOST, host="gpu1", reason=what)

    monkeypatch.setattr(server_desk, "shell_at_server", lambda *_: contextlib.nullcontext(Going()))
    bringing.make_line()
    faults = bringing.desk.remove_server("s1", bringing.cancelled, also_there=True)
    assert [fault.code for fault in faults] == ([] if said else [FaultCode.LINK_LOST])


def test_removal_drops_the_permission_and_tells_what_it_could_not_reach(bringing: Bringing) -> None:
    bringing.make_line()
    faults = bringing.desk.remove_server("s1", bringing.cancelled, also_there=True)
    assert [fault.code for fault in faults] == [FaultCode.TUNNEL_DOWN]  # nobody has pasted it
    assert bringing.store.load().servers == ()
    assert not list((bringing.enrol.relay.base / "etc" / "servers").iterdir())


def test_removal_of_the_profile_alone_touches_no_machine(bringing: Bringing) -> None:
    bringing.make_line()
    bringing.enrol.relay.sshd.stop()
    assert bringing.desk.remove_server("s1", bringing.cancelled, also_there=False) == ()
    assert bringing.store.load().servers == ()


def test_a_removal_that_is_called_off_leaves_the_profile(bringing: Bringing) -> None:
    bringing.make_line()
    bringing.cancelled.set()
    removal = lambda: bringing.desk.remove_server("s1", bringing.cancelled, also_there=True)  # noqa: E731
    assert fault_of(removal) is FaultCode.CANCELLED
    assert len(bringing.store.load().servers) == 1
