"""The doctor at the real lab: each verdict is provoked by what it is about."""

from __future__ import annotations

import dataclasses
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import paramiko
import pytest

from app.core.diagnosis import Advice, Check, Diagnosis, Examined, Verdict, checks_of
from app.core.events import Asked, Event
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Authentication, Document, Forward, Relay, ReverseRoute, Server
from app.core.questions import HostKeyAnswer, HostKeyQuestion
from app.provision.doctor import DoctorDesk, Surroundings, figures, wire
from app.transport import link
from app.transport.asking import Asker
from app.transport.host_keys import HostKeys
from app.transport.link import Tools
from app.transport.stream import WindowBudget
from tests.peers.keys import KeyStore, public_line
from tests.peers.lab import RELAY_ID, SERVER_ID, Lab
from tests.peers.ports import free_port
from tests.peers.sshd import Sshd
from tests.transport.login_peers import OddServer, Person, QuietTransport, Secrets, real_agent

IN_STEP = Examined(check=Check.SSH_CONFIG, verdict=Verdict.GOOD, advice=Advice.CONFIG_IN_STEP)
OF_SERVER = (Check.REVERSE_LISTENER, Check.SERVER_BANNER, Check.SERVER_HOST_KEY, Check.SERVER_LOGIN)
PASSPHRASE = "correct horse"


class Visit:
    """The doctor for one lab, whose keys are pinned; what it told, by check."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.document = lab.document()
        self.known_hosts = folder / "known_hosts"
        server_line = lab.server.host_key_line.split(" ", 1)[1]
        self.pin(lab.relay.host_key_line, f"lab-gpu.relaytray.internal {server_line}")
        self.person, self.secrets = Person(), Secrets()
        self.asker: Asker | None = None
        self.ours: set[int] = set()
        self.ssh_config: Callable[[Server], Examined] = lambda _server: IN_STEP
        self.told: list[Examined] = []
        self.on_told: Callable[[Examined], None] = lambda _examined: None
        self.cancelled = threading.Event()

    def pin(self, *lines: str) -> None:
        self.known_hosts.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def relay(self, **changes: Any) -> None:
        changed = dataclasses.replace(self.document.relays[0], **changes)
        self.document = dataclasses.replace(self.document, relays=(changed,))

    def server(self, **changes: Any) -> None:
        changed = dataclasses.replace(self.document.servers[0], **changes)
        self.document = dataclasses.replace(self.document, servers=(changed,))

    def desk(self) -> DoctorDesk:
        tools = Tools(
            HostKeys(self.known_hosts), self.asker or self.person.asker, self.secrets, WindowBudget(), set()
        )
        around = Surroundings(our_ports=lambda: self.ours, ssh_config=self.ssh_config)
        return DoctorDesk(lambda: self.document, tools, around)

    def go(self, server_id: str = SERVER_ID) -> dict[Check, Examined]:
        self.told = []
        diagnosis = self.desk().examine(RELAY_ID, server_id, self._tell, self.cancelled)
        self._check_telling(diagnosis)
        return {examined.check: examined for examined in diagnosis.checks}

    def _tell(self, examined: Examined) -> None:
        self.told.append(examined)
        self.on_told(examined)

    def _check_telling(self, diagnosis: Diagnosis) -> None:
        """Each check begins and then ends, in the order of the diagnosis."""
        begun, ended = self.told[::2], self.told[1::2]
        assert tuple(ended) == diagnosis.checks
        assert [one.check for one in begun] == [one.check for one in ended]
        assert {one.verdict for one in begun} == {Verdict.RUNNING}
        assert len({one.check for one in begun}) == len(begun)


@pytest.fixture
def visit(lab: Lab, tmp_path: Path) -> Visit:
    return Visit(lab, tmp_path)


@pytest.fixture(autouse=True)
def _few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_BYTES", 8 << 20)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of silence is as good as a second of it."""
    monkeypatch.setattr(link, "HANDSHAKE_TIMEOUT_S", 1.0)
    monkeypatch.setattr(wire, "ANSWER_TIMEOUT_S", 1.0)


def code(examined: Examined) -> FaultCode:
    assert examined.verdict is Verdict.BAD
    assert examined.fault is not None
    return examined.fault.code


def waits_for(found: dict[Check, Examined], *checks: Check) -> set[str]:
    """What these checks say has to be put right first."""
    assert {found[check].verdict for check in checks} == {Verdict.SKIPPED}
    assert {found[check].advice for check in checks} == {Advice.EARLIER_FIRST}
    return {found[check].details["check"] for check in checks}


# --- where all is well ------------------------------------------------------------------------------------


def test_a_whole_chain_that_is_well(visit: Visit, lab: Lab) -> None:
    found = visit.go()
    assert tuple(found) == checks_of(has_server=True)
    assert {one.verdict for one in found.values()} == {Verdict.GOOD}
    assert found[Check.HOST_KEY].details == {"fingerprint": lab.fingerprints.relay}
    assert found[Check.SERVER_HOST_KEY].details == {"fingerprint": lab.fingerprints.server}
    assert found[Check.PERMITTED].advice is Advice.PERMITS_ONLY_THIS
    assert found[Check.LOGIN].details == {"user": lab.user, "method": "publickey"}
    assert "OpenSSH" in found[Check.SSH_VERSION].details["version"]
    assert found[Check.CLOCK].details == {"seconds": found[Check.CLOCK].figure.removesuffix(" s")}
    times = found[Check.ROUND_TRIP].details
    assert 0 <= float(times["relay_ms"]) <= 1000
    assert float(times["server_ms"]) > 0
    down, up = (float(part) for part in found[Check.THROUGHPUT].figure.removesuffix(" MB/s").split(" / "))
    assert min(down, up) > 1
    assert visit.known_hosts.read_text().count("\n") == 2


def test_a_relay_that_has_a_name(visit: Visit, lab: Lab) -> None:
    assert visit.go("")[Check.DNS].advice is Advice.ADDRESS_GIVEN
    visit.relay(host="localhost")
    visit.pin(lab.relay.host_key_line.replace("127.0.0.1", "localhost"))
    found = visit.go("")
    assert found[Check.DNS].advice is Advice.ADDRESSES
    assert "127.0.0.1" in found[Check.DNS].details["addresses"]
    assert found[Check.LOGIN].verdict is Verdict.GOOD


def test_a_relay_alone(visit: Visit) -> None:
    found = visit.go("")
    assert not {*OF_SERVER, Check.SSH_CONFIG} & set(found)
    assert found[Check.CLOCK].advice is Advice.CLOCK_UNKNOWN
    assert found[Check.THROUGHPUT].advice is Advice.NOT_MEASURED
    assert found[Check.ROUND_TRIP].details["server_ms"] == ""
    waited = {Check.CLOCK, Check.THROUGHPUT}
    assert {one.verdict for check, one in found.items() if check not in waited} == {Verdict.GOOD}


def test_a_login_that_may_do_everything(permissive_lab: Lab, tmp_path: Path) -> None:
    visit = Visit(permissive_lab, tmp_path)
    found = visit.go("")
    permitted = found[Check.PERMITTED]
    assert (permitted.verdict, permitted.advice) == (Verdict.WARNING, Advice.PERMITS_MORE)
    assert permitted.details == {"what": "shell, ssh -R, ssh -L"}
    assert found[Check.CLOCK].verdict is Verdict.GOOD, "its shell runs date"
    assert found[Check.THROUGHPUT].verdict is Verdict.GOOD


def test_a_login_for_an_exit_at_the_relay(visit: Visit, lab: Lab) -> None:
    limits = 'restrict,port-forwarding,permitlisten="127.0.0.1:1",command="/usr/sbin/nologin"'
    lines = lab.relay_authorized_keys().splitlines()
    lab.relay.authorize("\n".join([lines[0], f"{limits} {public_line(lab.person_key)}"]))
    found = visit.go()[Check.PERMITTED]
    assert (found.verdict, found.advice) == (Verdict.GOOD, Advice.PERMITS_ANY_ADDRESS)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ('no-port-forwarding,permitopen="127.0.0.1:1"', "shell"),
        ('restrict,port-forwarding,permitopen="127.0.0.1:1",command="/usr/sbin/nologin"', "ssh -R"),
    ],
)
def test_each_thing_that_is_permitted_too_much(visit: Visit, lab: Lab, options: str, what: str) -> None:
    lab.relay.authorize(f"{options} {public_line(lab.person_key)}")
    found = visit.go("")[Check.PERMITTED]
    assert (found.advice, found.details) == (Advice.PERMITS_MORE, {"what": what})


# --- this computer ----------------------------------------------------------------------------------------


def test_local_ports(visit: Visit, lab: Lab) -> None:
    other = free_port()
    visit.server(local_ssh_port=other, forwards=(Forward(local_port=free_port(), remote_port=80),))
    free = visit.go()[Check.LOCAL_PORT]
    assert (free.advice, free.details["address"].count("127.0.0.1:")) == (Advice.PORT_FREE, 3)
    with socket.create_server(("127.0.0.1", other)):
        held = visit.go()
        assert code(held[Check.LOCAL_PORT]) is FaultCode.PORT_BUSY
        fault = held[Check.LOCAL_PORT].fault
        assert fault is not None
        assert f"pid {os.getpid()}" in fault.details["holder"]
        assert held[Check.SERVER_LOGIN].verdict is Verdict.GOOD, "the rest does not need the port"
        visit.ours = {other, visit.document.relays[0].socks_port}
        assert visit.go()[Check.LOCAL_PORT].advice is Advice.PORT_OURS


def test_a_key_that_is_not_there_stops_the_login_only(visit: Visit, tmp_path: Path) -> None:
    visit.relay(identity=str(tmp_path / "nowhere"))
    found = visit.go()
    assert code(found[Check.KEY_FILE]) is FaultCode.KEY_MISSING
    assert found[Check.HOST_KEY].verdict is Verdict.GOOD
    after = (Check.LOGIN, Check.PERMITTED, *OF_SERVER, Check.CLOCK, Check.ROUND_TRIP, Check.THROUGHPUT)
    assert waits_for(found, *after) == {"key-file"}
    assert found[Check.SSH_CONFIG] == IN_STEP


@pytest.mark.skipif(os.name != "posix", reason="modes are rights only there")
def test_a_key_that_others_may_read(visit: Visit, lab: Lab, tmp_path: Path) -> None:
    copy = tmp_path / "key"
    copy.write_bytes(lab.person_key.read_bytes())
    copy.chmod(0o644)
    visit.relay(identity=str(copy))
    found = visit.go("")[Check.KEY_FILE]
    assert (found.verdict, found.advice) == (Verdict.WARNING, Advice.KEY_EXPOSED)
    assert "0644" in found.details["reason"]


def test_a_locked_key(visit: Visit, lab: Lab, key_store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = key_store.key("locked", passphrase=PASSPHRASE)
    lab.relay.authorize(f"{lab.relay_authorized_keys().splitlines()[1]}\n{public_line(locked)}")
    visit.relay(identity=str(locked))
    visit.person = Person(None)
    asked = visit.go("")
    assert asked[Check.KEY_FILE].advice is Advice.PASSPHRASE_ASKED
    assert asked[Check.KEY_FILE].details == {"path": str(locked), "key_type": "ssh-ed25519"}
    assert code(asked[Check.LOGIN]) is FaultCode.CANCELLED, "the person did not want to"
    assert waits_for(asked, Check.ROUND_TRIP) == {"login"}

    visit.secrets = Secrets({("passphrase", str(locked)): PASSPHRASE})
    visit.person = Person()
    found = visit.go("")
    assert (found[Check.KEY_FILE].advice, found[Check.LOGIN].verdict) == (Advice.KEY_GOOD, Verdict.GOOD)

    visit.secrets = Secrets({("passphrase", str(locked)): "an old one"})
    visit.person = Person(None)
    stale = visit.go("")[Check.KEY_FILE]
    assert (stale.verdict, stale.advice) == (Verdict.WARNING, Advice.PASSPHRASE_STALE)

    with real_agent() as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        _add(path, lab.person_key)
        visit.secrets, visit.person = Secrets(), Person()
        visit.relay(authentication=Authentication.AGENT, identity="")
        by_agent = visit.go("")
        assert by_agent[Check.KEY_FILE].details == {"number": "1"}
        assert by_agent[Check.LOGIN].verdict is Verdict.GOOD
        visit.relay(authentication=Authentication.KEY_FILE)
        assert visit.go("")[Check.KEY_FILE].advice is Advice.AGENT_HAS_KEYS


def _add(agent: str, key: Path) -> None:
    import subprocess

    env = {**os.environ, "SSH_AUTH_SOCK": agent}
    subprocess.run(["ssh-add", "-q", str(key)], env=env, check=True, stdin=subprocess.DEVNULL, timeout=20)


def test_no_agent_and_no_key_at_all(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    visit.relay(authentication=Authentication.AGENT)
    assert code(visit.go("")[Check.KEY_FILE]) is FaultCode.AGENT_UNAVAILABLE
    visit.relay(authentication=Authentication.PASSWORD, identity="")
    visit.person = Person(None)
    by_password = visit.go("")
    assert by_password[Check.KEY_FILE].details == {"method": "password"}
    assert code(by_password[Check.LOGIN]) is FaultCode.LOGIN_REFUSED
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    visit.relay(authentication=Authentication.KEY_FILE, identity="")
    assert code(visit.go("")[Check.KEY_FILE]) is FaultCode.KEY_MISSING


@pytest.mark.expected_logs("met an error")
def test_a_bug_in_a_check_does_not_end_the_others(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_server: Server) -> Examined:
        raise ValueError("a bug")

    visit.ssh_config = broken
    found = visit.go()
    assert code(found[Check.SSH_CONFIG]) is FaultCode.INTERNAL
    assert "a bug" in caplog.text


# --- the way to the relay ---------------------------------------------------------------------------------


def test_a_name_without_address(visit: Visit) -> None:
    visit.relay(host="no-such-host.invalid")
    found = visit.go()
    assert code(found[Check.DNS]) is FaultCode.DNS_FAILED
    before = (Check.LOCAL_PORT, Check.KEY_FILE, Check.DNS)
    after = [check for check in checks_of(has_server=True) if check not in before]
    assert waits_for(found, *after[:-1]) == {"dns"}
    assert found[Check.SSH_CONFIG] == IN_STEP


def test_nobody_listens_at_the_relay(visit: Visit, lab: Lab) -> None:
    lab.stop_relay()
    found = visit.go()
    assert code(found[Check.TCP]) is FaultCode.CONNECTION_REFUSED
    assert waits_for(found, Check.SSH_VERSION, Check.SERVER_LOGIN, Check.THROUGHPUT) == {"tcp"}


def test_a_relay_that_hangs(visit: Visit, lab: Lab, impatient: None) -> None:
    lab.relay.pause()
    try:
        found = visit.go()
    finally:
        lab.relay.resume()
    assert found[Check.TCP].verdict is Verdict.GOOD
    assert code(found[Check.SSH_VERSION]) is FaultCode.CONNECT_TIMED_OUT
    assert waits_for(found, Check.HOST_KEY, Check.LOGIN) == {"ssh-version"}


def test_what_is_no_ssh_server(visit: Visit) -> None:
    def web_page(sock: socket.socket) -> None:
        with sock:
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>\r\n")
            sock.recv(100)

    with _one_visitor(web_page) as port:
        visit.relay(port=port)
        assert code(visit.go("")[Check.SSH_VERSION]) is FaultCode.NOT_SSH


def test_a_relay_that_was_installed_anew(visit: Visit, lab: Lab) -> None:
    lab.change_relay_host_key()
    found = visit.go()
    assert code(found[Check.HOST_KEY]) is FaultCode.HOST_KEY_CHANGED
    assert waits_for(found, Check.LOGIN, Check.REVERSE_LISTENER) == {"host-key"}
    assert lab.fingerprints.relay not in visit.known_hosts.read_text()


def test_a_key_that_is_seen_for_the_first_time(visit: Visit, lab: Lab) -> None:
    for trust in (False, True):
        visit.pin()
        visit.asker = Asker(_answering(trust=trust))
        found = visit.go("")
        if not trust:
            assert code(found[Check.HOST_KEY]) is FaultCode.HOST_KEY_UNKNOWN
            assert visit.known_hosts.read_text() == ""
    new = found[Check.HOST_KEY]
    assert (new.verdict, new.advice) == (Verdict.WARNING, Advice.HOST_KEY_NEW)
    assert new.details == {"fingerprint": lab.fingerprints.relay}
    assert found[Check.LOGIN].verdict is Verdict.GOOD
    assert public_line(lab.relay.host_keys["ed25519"]) in visit.known_hosts.read_text()


def _answering(*, trust: bool) -> Callable[[Event], None]:
    def publish(event: Event) -> None:
        if isinstance(event, Asked):
            assert isinstance(event.question, HostKeyQuestion)
            event.question.answer.set_result(HostKeyAnswer(trust=trust))

    return publish


def test_a_login_that_is_refused(visit: Visit, key_store: KeyStore) -> None:
    visit.relay(identity=str(key_store.key("stranger")))
    found = visit.go()
    assert code(found[Check.LOGIN]) is FaultCode.LOGIN_REFUSED
    assert waits_for(found, Check.PERMITTED, Check.REVERSE_LISTENER, Check.CLOCK) == {"login"}


def test_a_weak_host_key(visit: Visit, key_store: KeyStore, tmp_path: Path) -> None:
    key_store.key("weak-host", "rsa", options=("-b", "1024"))
    keys = public_line(key_store.key("person"))
    with Sshd(
        tmp_path / "weak", keys=key_store, name="weak", host_key_types=("rsa",), authorized_keys=keys
    ) as weak:
        visit.relay(port=weak.port)
        visit.pin(weak.host_key_line)
        found = visit.go("")[Check.SSH_VERSION]
    assert (found.verdict, found.advice, found.details["what"]) == (
        Verdict.WARNING,
        Advice.SSH_WEAK,
        "RSA 1024",
    )


def test_an_old_server(visit: Visit) -> None:
    visit.asker = Asker(_answering(trust=False))
    with _server_that_says("SSH-2.0-OpenSSH_7.4") as port:
        visit.relay(port=port)
        found = visit.go("")[Check.SSH_VERSION]
    assert (found.verdict, found.advice) == (Verdict.WARNING, Advice.SSH_OLD)
    assert found.details == {"version": "SSH-2.0-OpenSSH_7.4", "needed": "7.8"}


@contextmanager
def _server_that_says(version: str) -> Iterator[int]:
    """One connection, whose host key nobody knows."""

    def serve(sock: socket.socket) -> None:
        transport = QuietTransport(sock)
        transport.local_version = version
        transport.add_server_key(paramiko.ECDSAKey.generate())
        transport.start_server(event=threading.Event(), server=OddServer())
        transport.join(10)

    with _one_visitor(serve) as port:
        yield port


@contextmanager
def _one_visitor(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=lambda: serve(listener.accept()[0]), name="one-visitor")
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


# --- behind the relay -------------------------------------------------------------------------------------


def test_a_tunnel_that_is_down(visit: Visit, lab: Lab) -> None:
    lab.drop_tunnel()
    found = visit.go()
    assert code(found[Check.REVERSE_LISTENER]) is FaultCode.TUNNEL_DOWN
    assert waits_for(found, *OF_SERVER[1:]) == {"reverse-listener"}
    assert found[Check.ROUND_TRIP].verdict is Verdict.GOOD, "that of the relay is known all the same"
    assert found[Check.CLOCK].advice is Advice.CLOCK_UNKNOWN


def test_a_port_that_this_login_may_not_reach(visit: Visit) -> None:
    visit.server(route=ReverseRoute(port=free_port()))
    assert code(visit.go()[Check.REVERSE_LISTENER]) is FaultCode.FORWARD_FORBIDDEN


def test_a_tunnel_that_hangs(visit: Visit, lab: Lab, impatient: None) -> None:
    lab.pause_tunnel()
    try:
        found = visit.go()
    finally:
        lab.resume_tunnel()
    assert found[Check.REVERSE_LISTENER].verdict is Verdict.GOOD
    assert code(found[Check.SERVER_BANNER]) is FaultCode.SERVER_SILENT
    assert waits_for(found, Check.SERVER_LOGIN) == {"server-banner"}


def test_another_machine_in_the_servers_place(visit: Visit, lab: Lab) -> None:
    lab.replace_server_with_other_machine()
    found = visit.go()
    assert code(found[Check.SERVER_HOST_KEY]) is FaultCode.HOST_KEY_CHANGED
    assert waits_for(found, Check.SERVER_LOGIN) == {"server-host-key"}


def test_a_server_that_does_not_let_in(visit: Visit, lab: Lab, key_store: KeyStore) -> None:
    visit.server(identity=str(key_store.key("stranger")))
    found = visit.go()
    assert code(found[Check.SERVER_LOGIN]) is FaultCode.LOGIN_REFUSED
    assert found[Check.CLOCK].advice is Advice.CLOCK_UNKNOWN
    assert found[Check.THROUGHPUT].advice is Advice.NOT_MEASURED
    visit.server(user="")
    unknown = visit.go()[Check.SERVER_LOGIN]
    assert (unknown.verdict, unknown.advice) == (Verdict.SKIPPED, Advice.USER_UNKNOWN)


def test_a_server_that_runs_no_commands(visit: Visit, lab: Lab) -> None:
    lab.server.authorize(f'command="/usr/sbin/nologin" {public_line(lab.server_key)}')
    found = visit.go()
    assert found[Check.SERVER_LOGIN].verdict is Verdict.GOOD
    assert (found[Check.CLOCK].verdict, found[Check.CLOCK].advice) == (Verdict.SKIPPED, Advice.CLOCK_UNKNOWN)
    assert found[Check.THROUGHPUT].advice is Advice.NOT_MEASURED


@pytest.mark.skipif(os.name != "posix", reason="a script is a program only there")
def test_a_clock_that_is_wrong(visit: Visit, lab: Lab, tmp_path: Path) -> None:
    date = tmp_path / "bin" / "date"
    date.parent.mkdir()
    date.write_text("#!/bin/sh\necho $(($(/bin/date +%s) + 3600))\n")
    date.chmod(0o755)
    lab.server.authorize(f'environment="PATH={date.parent}:/usr/bin:/bin" {public_line(lab.server_key)}')
    lab.server.config_lines = ["PermitUserEnvironment yes"]
    lab.server.restart()
    lab.drop_tunnel()
    lab.restore_tunnel()
    found = visit.go()[Check.CLOCK]
    assert (found.verdict, found.advice) == (Verdict.WARNING, Advice.CLOCK_WRONG)
    assert found.details["seconds"] in ("+3599", "+3600", "+3601")


def test_a_relay_that_goes_away_in_the_middle(visit: Visit, lab: Lab) -> None:
    def kill(examined: Examined) -> None:
        if examined.check is Check.REVERSE_LISTENER and examined.verdict is Verdict.RUNNING:
            lab.relay.kill()

    visit.on_told = kill
    found = visit.go()
    assert code(found[Check.REVERSE_LISTENER]) is FaultCode.LINK_LOST
    assert code(found[Check.ROUND_TRIP]) is FaultCode.LINK_LOST
    assert found[Check.SSH_CONFIG] == IN_STEP


def test_a_relay_that_falls_silent_in_the_middle(visit: Visit, lab: Lab, impatient: None) -> None:
    def pause(examined: Examined) -> None:
        if examined.check is Check.ROUND_TRIP and examined.verdict is Verdict.RUNNING:
            lab.relay.pause()

    visit.on_told = pause
    try:
        found = visit.go("")
    finally:
        lab.relay.resume()
    assert code(found[Check.ROUND_TRIP]) is FaultCode.LINK_LOST


@pytest.mark.parametrize("moment", [Check.PERMITTED, Check.REVERSE_LISTENER, Check.CLOCK])
def test_silence_at_any_moment_is_told(visit: Visit, lab: Lab, impatient: None, moment: Check) -> None:
    """paramiko itself would wait for ever."""

    def pause(examined: Examined) -> None:
        if examined.check is moment and examined.verdict is Verdict.RUNNING:
            lab.relay.pause()

    visit.on_told = pause
    try:
        found = visit.go()
    finally:
        lab.relay.resume()
    assert code(found[moment]) is FaultCode.LINK_LOST
    assert found[Check.SSH_CONFIG] == IN_STEP


def test_an_address_that_swallows_connections(permissive_lab: Lab, tmp_path: Path, impatient: None) -> None:
    visit = Visit(permissive_lab, tmp_path)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        visit.server(route=ReverseRoute(port=full.getsockname()[1]))
        found = visit.go()
        for one in waiting:
            one.close()
    assert code(found[Check.REVERSE_LISTENER]) is FaultCode.TUNNEL_DOWN
    assert found[Check.ROUND_TRIP].verdict is Verdict.GOOD, "the relay itself is well"


def test_a_forced_command_that_does_not_end(visit: Visit, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_COMMAND_S", 0.3)
    limits = f'restrict,port-forwarding,permitopen="127.0.0.1:{lab.route_port}",permitlisten="127.0.0.1:1"'
    lab.relay.authorize(f'{limits},command="sleep 1" {public_line(lab.person_key)}')
    assert visit.go("")[Check.PERMITTED].advice is Advice.PERMITS_ONLY_THIS


def test_measuring_is_bounded_where_nothing_moves(
    visit: Visit, lab: Lab, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MAX_S", 0.5)

    def pause(examined: Examined) -> None:
        if examined.check is Check.THROUGHPUT and examined.verdict is Verdict.RUNNING:
            lab.pause_tunnel()

    visit.on_told = pause
    start = time.monotonic()
    try:
        found = visit.go()
    finally:
        lab.resume_tunnel()
    assert time.monotonic() - start < 10
    assert found[Check.THROUGHPUT].verdict is not Verdict.GOOD


# --- calling it off ---------------------------------------------------------------------------------------


def test_it_can_be_called_off_at_any_check(visit: Visit) -> None:
    """Nothing is left open: ``tests/conftest.py`` looks."""
    for moment in (Check.KEY_FILE, Check.DNS, Check.SSH_VERSION, Check.LOGIN, Check.PERMITTED, *OF_SERVER):
        visit.cancelled.clear()
        visit.on_told = partial(_cancel_at, visit, moment)
        start = time.monotonic()
        with pytest.raises(RelayTrayError) as caught:
            visit.go()
        assert caught.value.fault.code is FaultCode.CANCELLED
        assert time.monotonic() - start < 5
        assert visit.told[-1].check is moment


def _cancel_at(visit: Visit, moment: Check, told: Examined) -> None:
    if told.check is moment:
        visit.cancelled.set()


def test_it_can_be_called_off_while_it_measures(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_BYTES", 1 << 40)
    monkeypatch.setattr(figures, "MAX_S", 60.0)
    timer = threading.Timer(0.3, visit.cancelled.set)
    visit.on_told = lambda told: timer.start() if told.check is Check.THROUGHPUT else None
    start = time.monotonic()
    with pytest.raises(RelayTrayError):
        visit.go()
    timer.join()
    assert time.monotonic() - start < 10


def test_it_can_be_called_off_while_it_waits(visit: Visit, lab: Lab) -> None:
    lab.pause_tunnel()

    def cancel_soon(examined: Examined) -> None:
        if examined.check is Check.SERVER_BANNER:
            timers.append(threading.Timer(0.3, visit.cancelled.set))
            timers[-1].start()

    timers: list[threading.Timer] = []
    visit.on_told = cancel_soon
    start = time.monotonic()
    try:
        with pytest.raises(RelayTrayError) as caught:
            visit.go()
    finally:
        lab.resume_tunnel()
        for timer in timers:
            timer.join()
    assert caught.value.fault.code is FaultCode.CANCELLED
    assert time.monotonic() - start < 5


# --- the desk ---------------------------------------------------------------------------------------------


def test_the_desk_knows_only_what_is_in_the_profiles(visit: Visit) -> None:
    for relay_id, server_id, expected in (
        ("gone", "", FaultCode.NO_SUCH_RELAY),
        (RELAY_ID, "gone", FaultCode.NO_SUCH_SERVER),
    ):
        with pytest.raises(RelayTrayError) as caught:
            visit.desk().examine(relay_id, server_id, lambda _examined: None, threading.Event())
        assert caught.value.fault.code is expected


def test_a_report_of_a_real_visit(visit: Visit, lab: Lab) -> None:
    lab.drop_tunnel()
    desk = visit.desk()
    diagnosis = desk.examine(RELAY_ID, SERVER_ID, lambda _examined: None, threading.Event())
    plain, masked = (desk.report([diagnosis], masked=masked) for masked in (False, True))
    assert "lab-gpu through lab-relay" in plain
    assert "server-1 through relay-1" in masked
    for name in ("lab-gpu", "lab-relay", lab.person_key.name, lab.fingerprints.relay, socket.gethostname()):
        assert name not in masked
    assert "RelayTray " in masked
    assert "Tunnel of the server: WRONG" in masked


def test_a_document_without_secrets_of_its_own(visit: Visit) -> None:
    """The mask is made for the profiles as they are now."""
    visit.document = Document(relays=(Relay(id="r", name="zebra", host="z.example"),))
    assert visit.desk().mask().text("zebra at z.example") == "relay-1 at relay-host-1"
