"""A connected Shadowsocks server has the system's proxy as its profile says, and it is always put back."""

from __future__ import annotations

import dataclasses
import http.client
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.core.events import DocumentChanged, ListenersChanged, ShadowsocksChanged, SteeringChanged
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document, Settings
from app.core.shadowsocks import Others, ProxyPhase, ShadowsocksServer, ShadowsocksState, Steering
from app.core.states import ListenerState
from app.integration import pac_file, steering
from app.integration.steering import SteeringDesk
from app.integration.system_proxy import SystemProxy
from app.storage.paths import Paths
from app.system.gnome_proxy import GnomeProxy
from app.system.macos_proxy import MacProxy
from app.system.proxy_settings import ProxyMode, WantedProxy
from tests.peers.ports import Deadline
from tests.system.gsettings_memory import DEFAULTS, MemorySettings
from tests.system.networksetup import NetworkSetup

RUNNING, WAITING, OFF, FAILED = ProxyPhase.RUNNING, ProxyPhase.WAITING, ProxyPhase.OFF, ProxyPhase.FAILED


class FakeGuard:
    _waits = False

    def start(self) -> None:
        self._waits = True

    def dismiss(self) -> None:
        self._waits = False

    def waits(self) -> bool:
        return self._waits


class Stage:
    """A desk, the settings it works on, and what it tells."""

    def __init__(self, folder: Path, document: Document) -> None:
        self.paths = Paths.at(folder)
        self.settings = MemorySettings()
        self.document = document
        self.told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.guard = FakeGuard()
        self.desk = self.new_desk()

    def new_desk(self) -> SteeringDesk:
        return SteeringDesk(
            self.paths,
            self.document,
            self.told.put,
            proxy=SystemProxy(self.paths, GnomeProxy(self.settings)),
            guard=self.guard,
        )

    def phase(self, id_: str, phase: ProxyPhase) -> None:
        self.desk.hear(ShadowsocksChanged(id_, ShadowsocksState(phase=phase)))

    def edit(self, id_: str = "", settings: Settings | None = None, **changes: Any) -> None:
        servers = tuple(
            dataclasses.replace(one, **changes) if one.id == id_ else one for one in self.document.shadowsocks
        )
        self.document = dataclasses.replace(
            self.document, shadowsocks=servers, settings=settings or self.document.settings
        )
        self.desk.hear(DocumentChanged(self.document))

    def hears(self, steering: Steering, id_: str = "", code: FaultCode | None = None) -> Fault | None:
        event = self.told.get(timeout=20)
        assert isinstance(event, SteeringChanged)
        assert (event.steering, event.shadowsocks_id) == (steering, id_)
        assert (event.fault.code if event.fault else None) is code
        return event.fault

    def until(self, is_true: Callable[[], object]) -> None:
        deadline = Deadline(20, "the desk to follow")
        while not is_true():
            deadline.wait()


def server(id_: str, steering: Steering, **more: Any) -> ShadowsocksServer:
    return ShadowsocksServer(
        id=id_,
        name=id_.upper(),
        host="ss.example",
        port=8388,
        method="aes-256-gcm",
        steering=steering,
        **{"local_port": 11080, **more},
    )


DOCUMENT = Document(
    shadowsocks=(
        server("a", Steering.PAC),
        server("b", Steering.GLOBAL, local_port=11081),
        server("c", Steering.PORT),
    ),
    settings=Settings(pac_proxied=("example.org",)),
)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", DOCUMENT)
    made.desk.start()
    yield made
    made.desk.stop()
    assert made.settings.state == DEFAULTS, "always put back"
    assert not made.guard.waits()


def fetched(url: str) -> str:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=20)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode()
    finally:
        connection.close()


def test_a_server_by_port_leaves_the_system_alone(stage: Stage) -> None:
    stage.phase("c", RUNNING)
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    assert stage.settings.mode() == "manual"
    assert stage.settings.socks == ("127.0.0.1", "11081")
    assert not (stage.paths.root / "pac-server.json").exists(), "nobody needs a PAC file"


def test_a_port_that_is_not_open_yet_gets_nothing(stage: Stage) -> None:
    """Another program may have it, and would be given all that this computer's programs send."""

    def tell_port(port: int, fault: Fault | None = None) -> None:
        state = ListenerState(
            purpose="shadowsocks", relay_id="", server_id="b", host="127.0.0.1", port=port, fault=fault
        )
        stage.desk.hear(ListenersChanged((state,)))

    tell_port(11081)
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    stage.edit("b", local_port=12345)
    tell_port(12345, Fault.of(FaultCode.PORT_BUSY, address="x", holder="y"))
    stage.phase("b", ProxyPhase.WAITING)
    stage.edit("b", name="renamed")
    stage.phase("a", RUNNING)  # all before was followed when this one is told of
    stage.hears(Steering.PAC, "a", FaultCode.PROXY_TAKEN)
    stage.phase("a", OFF)
    stage.hears(Steering.GLOBAL, "b")
    assert stage.settings.socks == ("127.0.0.1", "11081")
    tell_port(12345)
    stage.phase("b", RUNNING)
    stage.until(lambda: stage.settings.socks == ("127.0.0.1", "12345"))


def test_pac_is_given_while_the_server_is_connected(stage: Stage) -> None:
    stage.phase("a", ProxyPhase.STARTING)
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    assert stage.settings.mode() == "auto"
    url = stage.settings.url
    text = fetched(url)
    assert '"example.org": 1' in text
    assert "SOCKS5 127.0.0.1:11080" in text
    assert stage.guard.waits()
    stage.phase("a", OFF)
    stage.hears(Steering.PORT)
    assert stage.settings.state == DEFAULTS
    assert not stage.guard.waits()
    with pytest.raises(OSError, match="refused"):
        fetched(url)


def test_a_short_loss_must_not_let_programs_go_directly(stage: Stage) -> None:
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    for phase in (WAITING, ProxyPhase.STARTING, WAITING, ProxyPhase.STARTING, RUNNING):
        stage.phase("b", phase)
    stage.edit("c", name="another")  # what is behind it in the desk's thread has seen all of that
    stage.edit("b", local_port=11999)
    stage.until(lambda: stage.settings.socks[1] == "11999")
    assert stage.settings.sets.count("org.gnome.system.proxy mode") == 1
    assert stage.told.empty()


@pytest.mark.parametrize("change", ["removed", "port"])
def test_no_more_wanted_is_put_back(stage: Stage, change: str) -> None:
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    if change == "port":
        stage.edit("b", steering=Steering.PORT)
    else:
        stage.document = dataclasses.replace(DOCUMENT, shadowsocks=DOCUMENT.shadowsocks[:1])
        stage.edit()
    stage.hears(Steering.PORT)
    assert stage.settings.state == DEFAULTS


def test_one_that_failed_gives_it_back_and_the_person_is_told(stage: Stage) -> None:
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    stage.phase("b", FAILED)
    fault = stage.hears(Steering.PORT, "b", FaultCode.PROXY_GIVEN_BACK)
    assert fault is not None
    assert fault.details["name"] == "B"
    assert stage.settings.state == DEFAULTS
    stage.edit(settings=Settings(pac_others=Others.PROXIED))  # changes nothing about that
    stage.phase("b", OFF)
    stage.hears(Steering.PORT)


def test_a_mode_that_is_changed_is_followed(stage: Stage) -> None:
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    stage.edit("a", steering=Steering.GLOBAL)
    stage.hears(Steering.GLOBAL, "a")
    assert stage.settings.mode() == "manual"
    stage.edit("a", steering=Steering.PAC)
    stage.hears(Steering.PAC, "a")
    assert stage.settings.mode() == "auto"
    assert fetched(stage.settings.url)


def test_of_two_that_want_it_the_last_wins_and_the_other_is_told(stage: Stage) -> None:
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    stage.phase("b", RUNNING)
    fault = stage.hears(Steering.GLOBAL, "b", FaultCode.PROXY_TAKEN)
    assert fault is not None
    assert dict(fault.details) == {"name": "A", "by": "B"}
    assert stage.settings.mode() == "manual"
    stage.phase("b", OFF)
    stage.hears(Steering.PAC, "a")
    assert stage.settings.mode() == "auto"


def test_another_list_has_another_address_so_that_it_is_read_again(stage: Stage) -> None:
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    old = stage.settings.url
    stage.edit(settings=Settings(pac_proxied=("other.example",)))
    stage.until(lambda: stage.settings.url != old)
    assert urlsplit(stage.settings.url).port == urlsplit(old).port
    assert '"other.example": 1' in fetched(stage.settings.url)
    assert stage.settings.mode() == "auto"


def test_a_list_that_changes_on_disk_is_read_again(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "LOOK_S", 0.05)
    list_ = tmp_path / "gfwlist.txt"
    list_.write_text("[AutoProxy 0.2.9]\n||one.example\n")
    stage.edit(settings=Settings(pac_list=str(list_)))
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    old = stage.settings.url
    assert '"one.example": 1' in fetched(old)
    list_.write_text("[AutoProxy 0.2.9]\n||two.example\n||three.example\n")
    stage.until(lambda: stage.settings.url != old)
    assert '"two.example": 1' in fetched(stage.settings.url)


def made_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(b"hello"), "no list of AutoProxy rules"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
        (lambda path: path.write_bytes(b"[AutoProxy]\n" + b"!" * 5000), "MB"),
        (lambda path: path.mkdir(), "not a file"),
        (made_pipe, "not a file"),
        (lambda path: None, "No such file"),
    ],
)
def test_a_bad_list_is_told_and_the_persons_own_lists_hold(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], reason: str
) -> None:
    monkeypatch.setattr(pac_file, "MAX_LIST_BYTES", 4096)
    list_ = tmp_path / "gfwlist.txt"
    make(list_)
    stage.edit(settings=Settings(pac_list=str(list_), pac_proxied=("mine.example",)))
    stage.phase("a", RUNNING)
    fault = stage.hears(Steering.PAC, "a", FaultCode.PAC_LIST_UNUSABLE)
    assert fault is not None
    assert reason in fault.details["reason"]
    assert '"mine.example": 1' in fetched(stage.settings.url)


@pytest.mark.expected_logs("changed by somebody else")
def test_what_another_program_has_set_meanwhile_is_left_alone(stage: Stage) -> None:
    stage.phase("a", RUNNING)
    stage.hears(Steering.PAC, "a")
    theirs = {
        "org.gnome.system.proxy mode": "'manual'",
        "org.gnome.system.proxy.socks host": "'127.0.0.1'",
        "org.gnome.system.proxy.socks port": "7890",
    }
    stage.settings.state |= theirs
    stage.edit(settings=Settings(pac_proxied=("more.example",)))
    stage.hears(Steering.PORT, "a", FaultCode.PROXY_CHANGED)
    stage.edit(settings=Settings(pac_proxied=("evenmore.example",)))
    stage.phase("a", OFF)
    stage.hears(Steering.PORT)
    assert stage.settings.state == DEFAULTS | theirs
    stage.phase("a", RUNNING)  # now it is asked for again
    stage.hears(Steering.PAC, "a")
    stage.phase("a", OFF)
    stage.hears(Steering.PORT)
    assert stage.settings.state == DEFAULTS | theirs
    stage.settings.state = dict(DEFAULTS)


@pytest.mark.expected_logs("changed by somebody else")
def test_it_is_noticed_when_somebody_switches_it_off(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "LOOK_S", 0.05)
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    stage.settings.state["org.gnome.system.proxy mode"] = "'none'"
    stage.hears(Steering.PORT, "b", FaultCode.PROXY_CHANGED)
    assert stage.settings.state == DEFAULTS, "no address of ours stays behind"
    assert not stage.guard.waits()
    stage.edit("b", steering=Steering.PAC)  # asked for again
    stage.hears(Steering.PAC, "b")


def test_a_network_that_comes_while_it_is_steered_is_steered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "LOOK_S", 0.05)
    stage, mac = Stage(tmp_path, DOCUMENT), NetworkSetup()
    stage.desk = SteeringDesk(
        stage.paths,
        DOCUMENT,
        stage.told.put,
        proxy=SystemProxy(stage.paths, MacProxy(mac)),
        guard=stage.guard,
    )
    stage.desk.start()
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    before = len(mac.calls)
    for kind in ("webproxy", "securewebproxy", "socksfirewallproxy"):
        mac.state["iPhone USB", kind] = ["No", "", "0"]
    mac.state["iPhone USB", "autoproxy"] = ["No", "(null)"]
    mac.state["iPhone USB", "bypass"] = []
    mac.services.append("iPhone USB")
    stage.until(lambda: mac.state["iPhone USB", "socksfirewallproxy"] == ["Yes", "127.0.0.1", "11081"])
    stage.desk.stop()
    assert mac.state["iPhone USB", "socksfirewallproxy"][0] == "No"
    assert mac.state["Wi-Fi", "socksfirewallproxy"][0] == "No"
    assert all(call[2] == "iPhone USB" for call in mac.calls[before : before + 4]), (
        "the rest is left as it is"
    )


@pytest.mark.expected_logs("changed by somebody else")
def test_the_same_switch_thrown_by_another_program_is_its_own(stage: Stage) -> None:
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    stage.settings.state["org.gnome.system.proxy.socks port"] = "7890"
    stage.phase("b", OFF)
    stage.hears(Steering.PORT)
    assert stage.settings.mode() == "manual", "switched on by both, for the other it stays on"
    stage.settings.state = dict(DEFAULTS)


@pytest.mark.expected_logs("was not set")
@pytest.mark.parametrize("how", ["says why", "says nothing", "breaks off"])
def test_a_setting_that_cannot_be_made_is_told_and_nothing_is_left_half_done(stage: Stage, how: str) -> None:
    if how == "says why":
        stage.settings.fails = "no such schema"
    elif how == "says nothing":
        stage.settings.is_broken = True
    else:

        def break_off(name: str) -> None:
            if name.endswith("mode") and stage.settings.state[name] == "'none'":
                stage.settings.before_set = lambda _name: None
                raise error(FaultCode.PROGRAM_FAILED, program="gsettings", reason="gone")

        stage.settings.before_set = break_off
    stage.phase("b", RUNNING)
    fault = stage.hears(Steering.PORT, "b", FaultCode.PROXY_NOT_SET)
    assert fault is not None
    assert fault.details["reason"] in ("no such schema", "they stay as they were", "gone")
    assert stage.settings.state == DEFAULTS
    assert not stage.guard.waits()
    stage.settings.fails, stage.settings.is_broken = "", False
    stage.phase("b", OFF)
    stage.hears(Steering.PORT)
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")


@pytest.mark.expected_logs("was not put back")
def test_a_restore_that_fails_is_told_and_tried_again(stage: Stage) -> None:
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    stage.settings.fails = "not now"
    stage.phase("b", OFF)
    stage.hears(Steering.PORT, "", FaultCode.PROXY_NOT_RESTORED)
    assert stage.guard.waits(), "it tries again after our end"
    stage.settings.fails = ""
    stage.edit("c", name="anything")
    stage.hears(Steering.PORT)
    assert stage.settings.state == DEFAULTS


@pytest.mark.expected_logs("was not set")
def test_a_desktop_without_such_settings_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.integration.system_proxy.backend", lambda: None)
    stage = Stage(tmp_path, DOCUMENT)
    stage.desk = SteeringDesk(stage.paths, DOCUMENT, stage.told.put, guard=stage.guard)
    stage.desk.start()
    stage.phase("b", RUNNING)
    stage.hears(Steering.PORT, "b", FaultCode.PROXY_UNSUPPORTED)
    stage.desk.stop()


@pytest.mark.expected_logs("ended without notice")
def test_what_a_killed_program_left_is_put_back_at_the_start(tmp_path: Path) -> None:
    stage = Stage(tmp_path, DOCUMENT)
    SystemProxy(stage.paths, GnomeProxy(stage.settings)).set(WantedProxy(mode=ProxyMode.GLOBAL, port=1))
    record = stage.paths.root / "system-proxy.json"
    record.write_text(record.read_text().replace(f'"pid": {os.getpid()}', '"pid": 4194305'))
    stage.desk.start()
    stage.until(lambda: stage.settings.state == DEFAULTS)
    stage.desk.stop()


@pytest.mark.expected_logs("was not put back within")
def test_the_end_does_not_wait_for_ever(tmp_path: Path) -> None:
    stage = Stage(tmp_path, DOCUMENT)
    stage.desk.start()
    stage.phase("b", RUNNING)
    stage.hears(Steering.GLOBAL, "b")
    goes_on = threading.Event()

    def hang(_name: str) -> None:
        goes_on.wait(20)

    stage.settings.before_set = hang
    stage.desk.stop(0.05)
    assert stage.guard.waits(), "it does what we did not come to"
    goes_on.set()
    stage.desk.stop()
    assert stage.settings.state == DEFAULTS


def test_one_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    Stage(tmp_path, DOCUMENT).desk.stop()


def test_the_address_of_the_file_is_the_same_next_time_and_its_record_private(tmp_path: Path) -> None:
    stage = Stage(tmp_path, DOCUMENT)
    urls = []
    for _ in range(2):
        stage.desk = stage.new_desk()
        stage.desk.start()
        stage.phase("a", RUNNING)
        stage.hears(Steering.PAC, "a")
        urls.append(stage.settings.url)
        stage.desk.stop()
        stage.hears(Steering.PORT)
    assert urls[0] == urls[1]
    remembered = stage.paths.root / "pac-server.json"
    assert remembered.stat().st_mode & 0o777 == 0o600
    for damaged in ("", "[]", '{"port": 0, "token": "x"}', '{"port": 1090, "token": "../x"}'):
        remembered.write_text(damaged)
        made = pac_file.PacFile(stage.paths)
        assert fetched(made.publish("// text\n")) == "// text\n"
        made.stop()
