"""The system's proxy is set and put back: on GNOME for real, on macOS by a stand-in; after kills, too."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError, error
from app.integration.system_proxy import SystemProxy
from app.storage.paths import Paths
from app.system.gnome_proxy import GnomeProxy
from app.system.macos_proxy import MacProxy
from app.system.programs import find_program
from app.system.proxy_settings import ProxyBackend, ProxyMode, Setting, Snapshot, WantedProxy, run_words
from tests.peers.ports import Deadline
from tests.system.gsettings_memory import DEFAULTS, MemorySettings
from tests.system.networksetup import NetworkSetup

PAC = WantedProxy(mode=ProxyMode.PAC, port=1080, pac_url="http://127.0.0.1:1090/proxy.pac")
GLOBAL = WantedProxy(mode=ProxyMode.GLOBAL, port=1080)


@pytest.fixture
def gnome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GnomeProxy:
    """Real gsettings on a settings file of its own."""
    if find_program("gsettings") is None:
        pytest.skip("gsettings is not installed")
    monkeypatch.setenv("GSETTINGS_BACKEND", "keyfile")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return GnomeProxy()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.at(tmp_path / "data")


def gsettings(*words: str) -> str:
    return subprocess.run(["gsettings", *words], capture_output=True, text=True, check=True).stdout.strip()


def test_gnome_is_told_and_gets_back_what_it_had(gnome: GnomeProxy, paths: Paths) -> None:
    gsettings("set", "org.gnome.system.proxy", "ignore-hosts", "['corp.example', \"it's\"]")
    gsettings("set", "org.gnome.system.proxy.http", "host", "old.proxy")
    before = gnome.read()
    proxy = SystemProxy(paths, gnome)
    proxy.set(PAC)
    assert gsettings("get", "org.gnome.system.proxy", "mode") == "'auto'"
    assert gsettings("get", "org.gnome.system.proxy", "autoconfig-url") == f"'{PAC.pac_url}'"
    proxy.set(GLOBAL)
    assert gsettings("get", "org.gnome.system.proxy", "mode") == "'manual'"
    assert gsettings("get", "org.gnome.system.proxy.socks", "port") == "1080"
    assert "'192.168.0.0/16'" in gsettings("get", "org.gnome.system.proxy", "ignore-hosts")
    assert proxy.restore()
    assert gnome.read() == before
    assert not proxy.restore()


def test_macos_is_told_for_each_service_and_gets_back_what_it_had(paths: Paths) -> None:
    mac = NetworkSetup()
    mac.state["Wi-Fi", "webproxy"] = ["Yes", "old.proxy", "8080"]
    mac.state["Wi-Fi", "bypass"] = []
    before = copy.deepcopy(mac.state)
    proxy = SystemProxy(paths, MacProxy(mac))
    proxy.set(PAC)
    for service in mac.services:
        assert mac.state[service, "autoproxy"] == ["Yes", PAC.pac_url]
    proxy.set(GLOBAL)
    for service in mac.services:
        assert mac.state[service, "socksfirewallproxy"] == ["Yes", "127.0.0.1", "1080"]
        assert mac.state[service, "autoproxy"][0] == "No"
        assert mac.state[service, "webproxy"] == ["Yes", "127.0.0.1", "1080"]
    assert proxy.restore()
    for place, values in before.items():
        now = mac.state[place]
        # networksetup cannot take an address away again: what is switched off may keep it
        assert now == values or (values[0] == "No" and now[0] == "No"), place


@pytest.mark.expected_logs("changed by somebody else")
def test_on_macos_a_service_that_came_or_went_is_no_trouble(paths: Paths) -> None:
    mac = NetworkSetup()
    proxy = SystemProxy(paths, MacProxy(mac))
    proxy.set(GLOBAL)
    mac.services.remove("USB 10/100 LAN")
    mac.services.append("Thunderbolt Ethernet")
    for kind in ("webproxy", "securewebproxy", "socksfirewallproxy"):
        mac.state["Thunderbolt Ethernet", kind] = ["No", "", "0"]
    mac.state["Thunderbolt Ethernet", "autoproxy"] = ["No", "(null)"]
    mac.state["Thunderbolt Ethernet", "bypass"] = []
    assert proxy.restore()
    assert mac.state["Wi-Fi", "socksfirewallproxy"][0] == "No"


def test_nothing_is_changed_that_is_right_already(paths: Paths) -> None:
    mac = NetworkSetup()
    backend = MacProxy(mac)
    backend.write(backend.read())
    assert mac.calls == []


@pytest.mark.expected_logs("changed by somebody else")
def test_what_somebody_else_changed_meanwhile_stays(gnome: GnomeProxy, paths: Paths) -> None:
    proxy = SystemProxy(paths, gnome)
    proxy.set(GLOBAL)
    gsettings("set", "org.gnome.system.proxy", "mode", "none")
    gsettings("set", "org.gnome.system.proxy.socks", "host", "another.proxy")
    proxy.restore()
    assert gsettings("get", "org.gnome.system.proxy", "mode") == "'none'"
    assert gsettings("get", "org.gnome.system.proxy.socks", "host") == "'another.proxy'"
    assert gsettings("get", "org.gnome.system.proxy.https", "host") == "''", "ours was still ours"


CRASHING = """
import os, signal, sys
from pathlib import Path
from app.integration.system_proxy import SystemProxy
from app.storage.paths import Paths
from app.system.gnome_proxy import GnomeProxy
from app.system.proxy_settings import ProxyMode, WantedProxy
class Killed(GnomeProxy):
    left = int(sys.argv[2])
    def write(self, settings):
        run = self._run
        def counted(words):
            if words[1] == "set":
                if not Killed.left:
                    os.kill(os.getpid(), signal.SIGKILL)
                Killed.left -= 1
            return run(words)
        self._run = counted
        super().write(settings)
SystemProxy(Paths.at(Path(sys.argv[1])), Killed()).set(WantedProxy(mode=ProxyMode.GLOBAL, port=1080))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.expected_logs("ended without notice")
@pytest.mark.parametrize("settings_made", [0, 2, 99])
def test_a_kill_at_any_moment_is_mended_at_the_next_start(
    gnome: GnomeProxy, paths: Paths, settings_made: int
) -> None:
    gsettings("set", "org.gnome.system.proxy.socks", "host", "old.proxy")
    before = gnome.read()
    words = [sys.executable, "-c", CRASHING, str(paths.root), str(settings_made)]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    if settings_made:
        assert gnome.read() != before
    SystemProxy(paths, gnome).mend()
    assert gnome.read() == before
    assert not (paths.root / "system-proxy.json").exists()


class Killed(BaseException):
    """As good as SIGKILL for the files, where the settings are in memory."""


@pytest.mark.parametrize("first", [GLOBAL, PAC])
@pytest.mark.parametrize("second", [None, GLOBAL, PAC])
@pytest.mark.parametrize("mode", ["'none'", "'auto'", "'manual'"])
def test_a_kill_while_it_is_put_back_is_mended_too(
    paths: Paths, first: WantedProxy, second: WantedProxy | None, mode: str
) -> None:
    theirs = {
        "org.gnome.system.proxy mode": mode,
        "org.gnome.system.proxy autoconfig-url": "'http://corp/proxy.pac'",
        "org.gnome.system.proxy.socks host": "'corp'",
        "org.gnome.system.proxy.socks port": "1080",  # the same as ours
    }
    for survived in range(13):
        settings = MemorySettings()
        settings.state |= theirs
        before = dict(settings.state)
        proxy = SystemProxy(paths, GnomeProxy(settings))
        proxy.set(first)
        if second is not None:
            proxy.set(second)
        settings.sets.clear()

        def kill(_name: str, settings: MemorySettings = settings, after: int = survived) -> None:
            if len(settings.sets) == after:
                raise Killed

        settings.before_set = kill
        with contextlib.suppress(Killed):
            proxy.restore()
        settings.before_set = lambda _name: None
        proxy.restore()
        assert settings.state == before, f"killed after {survived} settings"


def test_what_is_ours_is_known_by_how_the_system_spells_it(paths: Paths) -> None:
    class Spelling(MemorySettings):
        def __call__(self, words: Sequence[str]) -> str:
            return super().__call__(words).replace("10.0.0.0/8", "10/8")

    settings = Spelling()
    proxy = SystemProxy(paths, GnomeProxy(settings))
    proxy.set(GLOBAL)
    assert proxy.is_ours()
    assert proxy.restore()
    assert settings.state == DEFAULTS
    assert not proxy.is_ours()


def test_a_new_wish_over_what_somebody_has_changed_in_part_comes_back_to_what_was_before_us(
    paths: Paths,
) -> None:
    settings = MemorySettings()
    proxy = SystemProxy(paths, GnomeProxy(settings))
    proxy.set(PAC)
    theirs = {"org.gnome.system.proxy ignore-hosts": "['corp.example']"}
    settings.state |= theirs
    assert proxy.is_ours(), "we had not touched that"
    proxy.set(GLOBAL)
    assert proxy.restore()
    assert settings.state == DEFAULTS | theirs, "and no address of ours"


@pytest.mark.expected_logs("changed by somebody else")
def test_macos_leaves_a_service_alone_that_another_program_has_taken(paths: Paths) -> None:
    mac = NetworkSetup()
    mac.state["Wi-Fi", "webproxy"] = ["Yes", "old.proxy", "8080"]
    proxy = SystemProxy(paths, MacProxy(mac))
    proxy.set(GLOBAL)
    mac.state["Wi-Fi", "socksfirewallproxy"] = ["Yes", "127.0.0.1", "7890"]
    taken = {place: list(values) for place, values in mac.state.items() if place[0] == "Wi-Fi"}
    assert not proxy.is_ours()
    assert proxy.restore(), "the other service is put back"
    assert {place: mac.state[place] for place in taken} == taken
    assert mac.state["USB 10/100 LAN", "socksfirewallproxy"][0] == "No"


@pytest.mark.expected_logs("ended without notice")
def test_one_that_was_killed_and_that_nobody_has_looked_after_is_gone(
    gnome: GnomeProxy, paths: Paths
) -> None:
    before = gnome.read()
    words = [sys.executable, "-c", CRASHING, str(paths.root), "99"]
    zombie = subprocess.Popen(words, cwd=Path(__file__).parents[2])
    try:
        deadline = Deadline(30, "its end")
        while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
            deadline.wait()
        assert SystemProxy(paths, gnome).mend()
        assert gnome.read() == before
    finally:
        zombie.wait(20)


@pytest.mark.expected_logs("ended without notice")
def test_one_that_still_runs_is_left_alone(gnome: GnomeProxy, paths: Paths) -> None:
    proxy = SystemProxy(paths, gnome)
    proxy.set(GLOBAL)
    assert not SystemProxy(paths, gnome).mend()
    assert gsettings("get", "org.gnome.system.proxy", "mode") == "'manual'"
    record = paths.root / "system-proxy.json"
    assert record.stat().st_mode & 0o777 == 0o600
    raw = json.loads(record.read_text(encoding="utf-8"))
    raw["owner"]["started"] -= 100  # another process had this number
    record.write_text(json.dumps(raw), encoding="utf-8")
    assert SystemProxy(paths, gnome).mend()
    assert gsettings("get", "org.gnome.system.proxy", "mode") == "'none'"


class Failing:
    """A backend whose settings program fails."""

    def __init__(self, inner: ProxyBackend) -> None:
        self.inner, self.fails = inner, False

    def read(self) -> Snapshot:
        return self.inner.read()

    def wanted(self, proxy: WantedProxy, now: Snapshot) -> Snapshot:
        return self.inner.wanted(proxy, now)

    def write(self, settings: Snapshot) -> None:
        if self.fails:
            raise error(FaultCode.PROGRAM_FAILED, program="networksetup", reason="not now")
        self.inner.write(settings)

    def is_same(self, one: Setting, other: Setting) -> bool:
        return self.inner.is_same(one, other)

    def needs(self, name: str, ours: Snapshot) -> tuple[str, ...]:
        return self.inner.needs(name, ours)


def test_a_restore_that_fails_can_be_tried_again(paths: Paths) -> None:
    mac = NetworkSetup()
    failing = Failing(MacProxy(mac))
    proxy = SystemProxy(paths, failing)
    proxy.set(GLOBAL)
    failing.fails = True
    with pytest.raises(RelayTrayError) as caught:
        proxy.restore()
    assert caught.value.fault.code is FaultCode.PROGRAM_FAILED
    failing.fails = False
    assert proxy.restore()


@pytest.mark.expected_logs("cannot be understood")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1, "before": {"a": []}}'])
def test_a_record_that_is_none_is_set_aside(
    gnome: GnomeProxy, paths: Paths, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    paths.root.mkdir(parents=True)
    record = paths.root / "system-proxy.json"
    record.write_text(text, encoding="utf-8")
    assert not SystemProxy(paths, gnome).mend()
    assert record.with_suffix(".damaged").read_text(encoding="utf-8") == text
    assert "cannot be understood" in caplog.text


def test_a_desktop_without_such_settings_is_told(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.integration.system_proxy.backend", lambda: None)
    proxy = SystemProxy(paths)
    assert not proxy.is_possible
    assert not proxy.mend()
    with pytest.raises(RelayTrayError) as caught:
        proxy.set(PAC)
    assert caught.value.fault.code is FaultCode.PROXY_UNSUPPORTED


@pytest.mark.parametrize(
    ("desktop", "follows"),
    [
        ("", True),
        ("GNOME", True),
        ("ubuntu:GNOME", True),
        ("X-Cinnamon", True),
        ("KDE", False),
        ("XFCE", False),
        ("sway", False),
    ],
)
def test_only_where_programs_follow_gnome_it_is_said_to_be_possible(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, desktop: str, follows: bool
) -> None:
    if find_program("gsettings") is None:
        pytest.skip("gsettings is not installed")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", desktop)
    assert SystemProxy(paths).is_possible is follows


def test_a_settings_program_that_fails_is_told_in_its_own_words(gnome: GnomeProxy) -> None:
    def run(words: Sequence[str]) -> str:
        return gnome._run(["gsettings", words[1], "org.no.such.schema"])

    with pytest.raises(RelayTrayError) as caught:
        GnomeProxy(run).read()
    assert caught.value.fault.code is FaultCode.PROGRAM_FAILED
    assert "org.no.such.schema" in caught.value.fault.details["reason"]
    assert os.environ["GSETTINGS_BACKEND"] == "keyfile"


def test_settings_programs_do_not_load_the_libraries_of_a_frozen_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PyInstaller leads everything that we start to its own; gsettings then finds no schema, or crashes."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/relaytray/_internal")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/opt/theirs")
    assert run_words(["sh", "-c", "echo $LD_LIBRARY_PATH"]).strip() == "/opt/theirs"
