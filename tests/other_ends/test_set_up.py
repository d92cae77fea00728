"""A relay is set up over SSH with any login, may break off anywhere, and ends as it was before."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import SetupMode
from app.core.provisioning import SetupOptions, Step, StepReport, StepState
from tests.other_ends.relay_files import changed, files
from tests.other_ends.stage import SYSTEM, Rights, Stage
from tests.peers import machines
from tests.peers.keys import KeyStore

# The machines outlive a test here, and so do the processes on them.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]


def states(reports: tuple[StepReport, ...]) -> dict[Step, StepState]:
    return {report.step: report.state for report in reports}


@pytest.fixture(scope="module")
def visits(
    tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore
) -> Iterator[Mapping[Rights, Future[None]]]:
    """A relay for each kind of login, side by side."""
    for name in ("pc", "admin"):
        key_store.key(name)  # two threads must not make the same one
    with ThreadPoolExecutor(len(Rights)) as pool:
        yield {
            rights: pool.submit(visit, rights, tmp_path_factory.mktemp(rights.name), key_store)
            for rights in Rights
        }


@pytest.mark.parametrize("rights", Rights, ids=[rights.name for rights in Rights])
def test_set_up_and_removed_with_any_login(rights: Rights, visits: Mapping[Rights, Future[None]]) -> None:
    visits[rights].result(timeout=100)


def visit(rights: Rights, folder: Path, key_store: KeyStore) -> None:
    mode = SetupMode.ACCOUNT if rights is Rights.NONE else SetupMode.SYSTEM
    options = SetupOptions(mode=mode)
    with Stage(folder, key_store, relay_has_systemd=rights is Rights.SUDO_ASKS) as stage:
        stage.admit(rights)
        before = files(stage)
        plan = stage.plan(options)
        assert changed(before, files(stage)) == [], "a plan changes nothing"
        assert plan.changes
        assert plan.is_root == (mode is SetupMode.SYSTEM)

        reports = states(stage.apply(options))
        expected = StepState.DONE
        assert {reports[step] for step in (Step.PROGRAMS, Step.PERMISSIONS, Step.HOST_KEYS)} == {expected}
        if mode is SetupMode.SYSTEM:
            assert set(reports.values()) == {expected}
            assert congestion_control(stage) == "bbr"
        assert not stage.plan(options).changes
        was_set_up = files(stage)
        assert not {StepState.FAILED, StepState.DONE} & set(states(stage.apply(options)).values())
        assert changed(was_set_up, files(stage)) == [], "a second time changes nothing"

        assert set(states(stage.undo()).values()) <= {StepState.DONE, StepState.RIGHT}
        assert changed(before, files(stage)) == []
        assert congestion_control(stage) == "reno"
        with stage.shell() as shell:  # nobody is locked out
            assert shell.run("echo here").out == "here\n"


def congestion_control(stage: Stage) -> str:
    return stage.machine.read("/proc/sys/net/ipv4/tcp_congestion_control").strip()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Stage]:
    """A relay that root may log in to."""
    with Stage(tmp_path_factory.mktemp("interrupted"), key_store) as started:
        started.admit(Rights.ROOT)
        yield started


@pytest.fixture(scope="module")
def whole(bare: Stage) -> Mapping[str, str]:
    """The relay's files after a set-up that nothing disturbed; it was then taken away again."""
    bare.apply()
    found = files(bare)
    bare.undo()
    return found


@pytest.fixture
def stage(bare: Stage) -> Iterator[Stage]:
    """The same relay for each test, also after one that failed in the middle."""
    before = files(bare)
    yield bare
    if changed(before, files(bare)):
        bare.undo()


@pytest.mark.parametrize("step", [Step.PROGRAMS, Step.PERMISSIONS, Step.SSHD, Step.BBR, Step.HOST_KEYS])
def test_set_up_that_broke_off_is_repeated(stage: Stage, whole: Mapping[str, str], step: Step) -> None:
    """The link breaks as this step is about to begin: all the steps before it have been done."""
    before = files(stage)

    def break_off(report: StepReport) -> None:
        if report.step is step and report.state is StepState.RUNNING:
            stage.drop_logins()

    with pytest.raises(RelayTrayError) as broken:
        stage.apply(progress=break_off)
    assert broken.value.fault.code in (FaultCode.LINK_LOST, FaultCode.SETUP_STOPPED)
    assert changed(before, files(stage)), "something had been done"
    stage.apply()
    assert changed(whole, files(stage)) == []
    assert not stage.plan().changes
    stage.undo()
    assert changed(before, files(stage)) == []


def test_set_up_that_was_called_off_is_taken_away(stage: Stage) -> None:
    before, cancelled = files(stage), threading.Event()

    def call_off(report: StepReport) -> None:
        if report.step is Step.SSHD and report.state is StepState.DONE:
            cancelled.set()

    with pytest.raises(RelayTrayError) as stopped:
        stage.apply(SYSTEM, call_off, cancelled)
    assert stopped.value.fault.code in (FaultCode.CANCELLED, FaultCode.SETUP_STOPPED)
    stage.undo()
    assert changed(before, files(stage)) == []
