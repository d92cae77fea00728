"""Setting a relay up as the desk does it: what becomes of the profile, whatever happens on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import AdminLogin, Relay, ReverseRoute, Server, SetupMode
from app.core.provisioning import Note, SetupOptions, Step, StepNote, StepReport, StepState
from app.provision.profile_changes import PC_USER
from app.provision.relay_desk import RelayDesk
from app.transport.remote_shell import RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.provision.desk_lab import DeskLab

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

ACCOUNT = SetupOptions(mode=SetupMode.ACCOUNT)
PLACES = ("/etc", "/home", "/usr/local", "/var/lib")


class Setting(DeskLab):
    def __init__(self, folder: Path, network: Network, keys: KeyStore) -> None:
        self.machine = network.relay
        self.key = keys.key("login")
        self.root = AdminLogin(user="root", identity=str(self.key))
        relay = Relay(id="r1", name="lab", host=network.address, user="carol", identity=str(self.key))
        server = Server(id="s1", alias="old-gpu", relay_id="r1", route=ReverseRoute(port=22333), user="me")
        known = "".join(f"{network.address} {key}\n" for key in self.machine.host_keys() if "ed25519" in key)
        super().__init__(folder, relay, server, known=known)
        self.before = relay
        self.desk = RelayDesk(self.ground)
        self.told: list[StepReport] = []
        self.on_step: Callable[[StepReport], object] = lambda _report: None

    def progress(self, report: StepReport) -> None:
        self.told.append(report)
        self.on_step(report)

    def set_up(self, options: SetupOptions = ACCOUNT, login: AdminLogin | None = None) -> set[StepState]:
        reports = self.desk.set_up("r1", options, self.progress, self.cancelled, login)
        return {report.state for report in reports}

    def remove(self) -> set[StepState]:
        reports = self.desk.remove("r1", self.progress, self.cancelled)
        return {report.state for report in reports}

    def files(self) -> dict[str, str]:
        """Of the relay."""
        return self.machine.snapshot(*PLACES)

    def logs_in(self) -> None:
        """With the daily login, which runs nothing there."""
        with RemoteShell.connect(self.relay, self.tools, self.cancelled, login=self.relay.own_login) as shell:
            assert shell.is_alive


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("desk-network")) as made:
        key = public_line(key_store.key("login"))
        made.relay.authorize("root", key)
        made.relay.add_user("carol", key=key)
        made.relay.start_sshd()
        yield made


@pytest.fixture
def setting(tmp_path: Path, network: Network, key_store: KeyStore) -> Iterator[Setting]:
    """Whatever a test leaves the desk takes away; then neither the relay nor the profile differs."""
    made = Setting(tmp_path / "data", network, key_store)
    files = made.files()
    yield made
    if made.store.load().relays != (made.before,):
        made.cancelled.clear()
        made.on_step = lambda _report: None
        made.edit_relay(host=made.before.host)
        assert StepState.FAILED not in made.remove()
        assert made.relay == made.before
    assert changes(files, made.files()) == []


def fault_of(work: Callable[[], object]) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        work()
    return caught.value.fault.code


# --- all goes well ----------------------------------------------------------------------------------------


def test_by_another_login_as_root_and_back(setting: Setting) -> None:
    options = SetupOptions(with_bbr=False)
    plan = setting.desk.plan("r1", options, setting.cancelled, setting.root)
    assert plan.changes
    assert not setting.paths.own_key.exists()
    (permissions,) = (step for step in plan.steps if step.step is Step.PERMISSIONS)
    assert [note.code for note in permissions.notes] == [StepNote.KEY_NOT_PERMITTED]

    assert setting.set_up(options, setting.root) == {StepState.DONE}
    relay = setting.relay
    assert (relay.setup, relay.user, relay.admin) == (SetupMode.SYSTEM, PC_USER, setting.root)
    assert relay.identity == str(setting.paths.own_key)
    assert relay.login_before == setting.before.own_login
    assert setting.profiles.document.relays == (relay,)
    setting.logs_in()
    assert relay.pc_id in setting.machine.read("/etc/relaytray/servers/22333")

    assert setting.set_up(options) == {StepState.RIGHT}
    assert setting.relay == relay
    assert setting.desk.removal_plan("r1", setting.cancelled).changes
    assert StepState.FAILED not in setting.remove()
    assert setting.relay == setting.before


def test_within_an_account_with_a_key_of_the_persons(setting: Setting, key_store: KeyStore) -> None:
    chosen = key_store.key("chosen")
    assert StepState.FAILED not in setting.set_up(dataclasses.replace(ACCOUNT, pc_key=str(chosen)))
    relay = setting.relay
    assert (relay.setup, relay.user, relay.identity) == (SetupMode.ACCOUNT, "carol", str(chosen))
    assert not setting.paths.own_key.exists()
    setting.logs_in()
    other = SetupOptions(mode=SetupMode.SYSTEM)
    assert fault_of(lambda: setting.set_up(other)) is FaultCode.PROFILE_INVALID
    assert fault_of(lambda: setting.desk.plan("r1", other, setting.cancelled)) is FaultCode.PROFILE_INVALID


def test_the_removal_names_who_else_depends_on_it(setting: Setting, key_store: KeyStore) -> None:
    assert StepState.FAILED not in setting.set_up()
    assert not notes_of_permissions(setting)
    other = f"key={public_line(key_store.key('other-pc'))}"
    folder = "/home/carol/.relaytray/etc"
    setting.machine.write(f"{folder}/pcs/e2k5pc4z", f"{other}\nexit=no\nname=office\n", 0o644)
    setting.machine.write(f"{folder}/servers/22555", "alias=theirs\ntokens=\npcs=e2k5pc4z\n", 0o644)
    assert notes_of_permissions(setting) == [
        Note(StepNote.OTHER_COMPUTER, {"name": "office"}),
        Note(StepNote.OTHER_SERVER, {"alias": "theirs", "port": "22555"}),
    ]


def notes_of_permissions(setting: Setting) -> list[Note]:
    plan = setting.desk.removal_plan("r1", setting.cancelled)
    (notes,) = (step.notes for step in plan.steps if step.step is Step.PERMISSIONS)
    return [note for note in notes if note.code is not StepNote.IS_RIGHT]


def test_a_key_that_opens_the_account_already_would_not_be_limited(setting: Setting) -> None:
    same = dataclasses.replace(ACCOUNT, pc_key=str(setting.key))
    assert fault_of(lambda: setting.desk.plan("r1", same, setting.cancelled)) is FaultCode.PROFILE_INVALID
    assert fault_of(lambda: setting.set_up(same)) is FaultCode.PROFILE_INVALID
    assert setting.told == []


# --- it does not ------------------------------------------------------------------------------------------


def test_a_set_up_that_is_repeated_lets_in_the_key_of_the_profile(
    setting: Setting, key_store: KeyStore
) -> None:
    """After `relaytray key use`, which says to set the relay up again so that the new key is let in."""
    assert StepState.FAILED not in setting.set_up()
    setting.edit_relay(identity=str(key_store.key("chosen-later")))
    with pytest.raises(RelayTrayError):
        setting.logs_in()
    assert StepState.FAILED not in setting.set_up()
    assert setting.relay.identity == str(key_store.key("chosen-later"))
    setting.logs_in()


def test_a_server_that_was_added_later_is_let_in_by_another_set_up(setting: Setting) -> None:
    assert StepState.FAILED not in setting.set_up()
    first = setting.relay.setup_at
    assert first > 0
    assert not setting.desk.plan("r1", ACCOUNT, setting.cancelled).changes
    later = Server(id="s2", alias="later", relay_id="r1", route=ReverseRoute(port=22444), user="me")
    setting.add_server(later)
    plan = setting.desk.plan("r1", ACCOUNT, setting.cancelled)
    (step,) = (step for step in plan.steps if step.state is StepState.CHANGE)
    assert (step.step, [note.code for note in step.notes]) == (
        Step.PERMISSIONS,
        [StepNote.ROUTE_NOT_PERMITTED],
    )
    setting.edit_relay(setup_at=first - 1)
    assert StepState.DONE in setting.set_up()
    assert setting.told[-1] == StepReport(Step.PERMISSIONS, StepState.DONE, step.notes)
    assert setting.relay.setup_at >= first  # from this a link that is up knows that it is to be made anew
    assert not setting.desk.plan("r1", ACCOUNT, setting.cancelled).changes


def test_our_own_key_that_was_lost_is_made_anew(setting: Setting) -> None:
    assert StepState.FAILED not in setting.set_up()
    for path in (setting.paths.own_key, setting.paths.own_key.with_name("this-computer.pub")):
        path.unlink()
    assert setting.desk.plan("r1", ACCOUNT, setting.cancelled).changes
    assert StepState.FAILED not in setting.set_up()
    setting.logs_in()


def test_called_off_before_anything_was_done(setting: Setting) -> None:
    setting.cancelled.set()
    assert fault_of(setting.set_up) is FaultCode.CANCELLED
    assert setting.relay == setting.before


def test_called_off_in_the_middle_it_goes_on_from_there_or_is_taken_away(setting: Setting) -> None:
    def call_off(report: StepReport) -> None:
        if report.state is StepState.DONE:
            setting.cancelled.set()

    setting.on_step = call_off
    options = SetupOptions(with_bbr=False)
    assert fault_of(lambda: setting.set_up(options, setting.root)) is FaultCode.SETUP_STOPPED
    # with this login it can be taken away; the daily one is as it was
    assert setting.relay == dataclasses.replace(setting.before, admin=setting.root)
    setting.cancelled.clear()
    setting.on_step = lambda _report: None
    assert StepState.DONE in setting.remove()
    assert setting.relay == setting.before


def test_a_step_that_fails_leaves_the_daily_login(setting: Setting) -> None:
    setting.machine.must_run("sh", "-c", "mkdir -p ~/.relaytray && : >~/.relaytray/libexec", user="carol")
    assert StepState.FAILED in setting.set_up()
    assert setting.relay == setting.before
    setting.machine.must_run("sh", "-c", "rm -r ~/.relaytray", user="carol")
    assert StepState.FAILED not in setting.set_up()
    assert setting.relay.setup is SetupMode.ACCOUNT


def test_a_daily_login_that_does_not_work_is_not_stored(setting: Setting) -> None:
    def spoil(report: StepReport) -> None:
        if (report.step, report.state) == (Step.HOST_KEYS, StepState.DONE):
            setting.machine.must_run(
                "sh", "-c", "sed -i /relaytray/,/end/d ~/.ssh/authorized_keys", user="carol"
            )
            setting.machine.must_run("sh", "-c", "rm ~/.relaytray/etc/pcs/*", user="carol")

    setting.on_step = spoil
    assert fault_of(setting.set_up) is FaultCode.LOGIN_REFUSED
    assert setting.relay == setting.before
    setting.on_step = lambda _report: None
    assert StepState.FAILED not in setting.set_up()
    setting.logs_in()


@pytest.mark.parametrize("meanwhile", [{"host": "198.51.100.7"}, {"port": 2222}, None])
def test_a_profile_that_changed_meanwhile_stays_as_the_person_left_it(
    setting: Setting, meanwhile: dict[str, Any] | None
) -> None:
    def change(report: StepReport) -> None:
        if (report.step, report.state) == (Step.HOST_KEYS, StepState.RUNNING):
            if meanwhile is None:
                setting._edit(lambda document: dataclasses.replace(document, relays=(), servers=()))
            else:
                setting.edit_relay(**meanwhile)

    setting.on_step = change
    assert fault_of(setting.set_up) is FaultCode.RELAY_CHANGED
    left = setting.store.load().relays
    assert left == (() if meanwhile is None else (dataclasses.replace(setting.before, **meanwhile),))
    setting._edit(lambda document: dataclasses.replace(document, relays=(setting.before,)))
    setting.edit_relay(setup=SetupMode.ACCOUNT)  # so that it is taken away as what it was


def test_one_at_a_time(setting: Setting) -> None:
    faults: list[FaultCode] = []

    def once_more(report: StepReport) -> None:
        if (report.step, report.state) == (Step.PROGRAMS, StepState.RUNNING):
            faults.append(fault_of(setting.set_up))
            faults.append(fault_of(setting.remove))

    setting.on_step = once_more
    assert StepState.FAILED not in setting.set_up()
    assert faults == [FaultCode.SETUP_RUNNING, FaultCode.SETUP_RUNNING]


def test_a_relay_that_is_not_there(setting: Setting) -> None:
    assert fault_of(lambda: setting.desk.removal_plan("nobody", setting.cancelled)) is FaultCode.NO_SUCH_RELAY
