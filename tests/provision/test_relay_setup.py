"""A relay set up on a machine of its own: planned, done, repeated, broken off at every point, and undone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import SetupMode
from app.core.provisioning import Progress, SetupOptions, Step, StepNote, StepReport, StepState
from app.core.questions import SecretAnswer
from app.provision import relay_setup, setup_script, sshd_step
from app.provision.service_step import SERVICES
from app.transport.host_keys import host_key_name
from app.transport.remote_shell import RemoteShell
from tests.peers import processes
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.peers.ports import Deadline
from tests.provision.setup_lab import PC_ID, SetupLab, states
from tests.transport.login_peers import Person

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

WITHOUT_SERVICES = [step for step in Step if step not in SERVICES]
ALL_CHANGE = dict.fromkeys(WITHOUT_SERVICES, StepState.CHANGE)
ALL_DONE = dict.fromkeys(WITHOUT_SERVICES, StepState.DONE)
ALL_RIGHT = dict.fromkeys(WITHOUT_SERVICES, StepState.RIGHT)
DROP_IN = "/etc/ssh/sshd_config.d/00-relaytray.conf"
OURS = ("relaytray-tunnel", "relaytray-pc", "relaytray-enrol")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("setup-network")) as made:
        key = public_line(key_store.key("login"))
        made.relay.authorize("root", key)
        made.relay.add_user("bob", key=key, sudo="password", password="open")
        made.relay.add_user("carol", key=key)
        made.relay.start_sshd()
        yield made


@pytest.fixture
def lab(network: Network, key_store: KeyStore, tmp_path: Path) -> Iterator[SetupLab]:
    """Whatever a test leaves is taken away, and then nothing differs from before."""
    lab = SetupLab(network, key_store, tmp_path)
    before = lab.files()
    control = lab.machine.read("/proc/sys/net/ipv4/tcp_congestion_control")
    yield lab
    lab.cancelled.clear()
    lab.user, lab.mode = "root", SetupMode.SYSTEM
    assert StepState.FAILED not in states(lab.undo()).values()
    assert changes(before, lab.files()) == []
    assert lab.machine.read("/proc/sys/net/ipv4/tcp_congestion_control") == control


def reason(report: StepReport) -> str:
    assert report.fault is not None
    return report.fault.details["reason"]


# --- the whole of it ----------------------------------------------------------------------


def test_plan_apply_again_and_undo(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lab.files()
    plan = lab.plan()
    assert states(plan.steps) == ALL_CHANGE
    assert plan.is_root
    assert plan.system.startswith("Debian GNU/Linux 12 (bookworm), OpenSSH 9.")
    assert lab.removal_plan().changes is False
    assert changes(before, lab.files()) == [], "a plan changes nothing"

    assert states(lab.apply()) == ALL_DONE
    assert [(r.step, r.state) for r in lab.told[:2]] == [
        (Step.ACCOUNTS, StepState.RUNNING),
        (Step.ACCOUNTS, StepState.DONE),
    ]
    done = lab.files()
    assert states(lab.apply()) == ALL_RIGHT
    assert states(lab.plan().steps) == ALL_RIGHT
    assert changes(done, lab.files()) == [], "what is right is left alone"

    assert states(lab.removal_plan().steps) == {
        step: StepState.RIGHT if step in SERVICES else StepState.CHANGE
        for step in relay_setup._undone(SetupMode.SYSTEM)
    }
    assert states(lab.undo()) == {
        step: StepState.RIGHT if step in SERVICES else StepState.DONE
        for step in relay_setup._undone(SetupMode.SYSTEM)
    }
    assert changes(before, lab.files()) == []
    patience: dict[str, float] = {}
    run = RemoteShell.run

    def note(shell: RemoteShell, *given: Any, **named: Any) -> Any:
        patience[named["what"]] = named.get("timeout_s", 0.0)
        return run(shell, *given, **named)

    monkeypatch.setattr(RemoteShell, "run", note)
    assert set(states(lab.undo()).values()) == {StepState.RIGHT}
    assert changes(before, lab.files()) == []
    assert min(patience["undo v2ray"], patience["undo shadowsocks"]) > 600, "apt may wait for another one"


def test_what_it_comes_to(lab: SetupLab) -> None:
    lab.apply()
    machine = lab.machine
    for account in OURS:
        line = machine.account(account)
        assert 0 < int(line[2]) < 1000
        assert machine.must_run("getent", "shadow", account).split(":")[1] == "*"
    assert machine.account("relaytray-tunnel")[6] == "/bin/false"
    assert machine.read("/proc/sys/net/ipv4/tcp_congestion_control") == "bbr\n"
    permitted = machine.must_run("/usr/local/libexec/relaytray/authorized-keys", "relaytray-pc")
    assert public_line(lab.pc_key) in permitted
    pinned = {key.key_type for key in lab.host_keys.pinned(host_key_name(lab.network.address, 22))}
    assert pinned == {"ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"}
    told = machine.read("/etc/relaytray/host").splitlines()
    assert told[0] == f"{lab.network.address} 22"
    assert sorted(told[1:]) == sorted(f"relay {key}" for key in machine.host_keys())
    # for everybody else sshd is as it was
    for user in ("root", "bob"):
        told_of = machine.must_run("sshd", "-T", "-C", f"user={user},host=h,addr=192.0.2.1")
        assert "relaytray" not in told_of
        assert "allowtcpforwarding yes" in told_of


def test_no_bbr_and_an_exit(lab: SetupLab) -> None:
    options = SetupOptions(with_bbr=False, exit_at_relay=True)
    assert Step.BBR not in states(lab.apply(options))
    assert lab.machine.read("/proc/sys/net/ipv4/tcp_congestion_control") == "reno\n"
    assert "PermitOpen any" in lab.machine.read(DROP_IN)
    assert set(states(lab.plan(options).steps).values()) == {StepState.RIGHT}
    # without it again: the permission and sshd's settings follow
    changed = states(lab.apply(SetupOptions(with_bbr=False)))
    assert [step for step, state in changed.items() if state is StepState.DONE] == [
        Step.PERMISSIONS,
        Step.SSHD,
    ]
    assert "PermitOpen any" not in lab.machine.read(DROP_IN)


def test_by_sudo_with_a_password(lab: SetupLab) -> None:
    lab.user, lab.person = "bob", Person(SecretAnswer("open"))
    assert states(lab.apply()) == ALL_DONE
    assert states(lab.undo())[Step.ACCOUNTS] is StepState.DONE
    assert len(lab.person.asked) == 1


# --- broken off ----------------------------------------------------------------------


def test_called_off_after_each_step_and_killed_within(lab: SetupLab) -> None:
    """The same comes of it as of one that nothing disturbed."""
    lab.apply()
    whole = lab.files()
    lab.undo()
    for step in WITHOUT_SERVICES[:-1]:
        with lab.shell() as shell, pytest.raises(RelayTrayError) as caught:
            lab.apply_over(shell, stop_after(lab, step))
        assert caught.value.fault.code is FaultCode.CANCELLED
        lab.cancelled.clear()
    assert states(lab.apply()) == {**ALL_RIGHT, Step.HOST_KEYS: StepState.DONE}
    assert changes(without_order(whole), without_order(lab.files())) == []
    lab.undo()
    for step in (Step.ACCOUNTS, Step.PROGRAMS, Step.SSHD, Step.BBR):
        for hundredths in (3, 6, 12):
            kill_within(lab, step, hundredths / 100)
    assert StepState.FAILED not in states(lab.apply()).values()
    assert changes(without_order(whole), without_order(lab.files())) == []


def kill_within(lab: SetupLab, step: Step, after_s: float) -> None:
    """The script's own process on the relay, not only the link to it."""
    text = "{\n" + setup_script.script_text(step) + "\n} </dev/null\n"
    words = ["sh", "-s", "--", "apply", str(step), "mode=system"]
    process = subprocess.Popen(lab.machine.words(words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(text.encode())
    process.stdin.close()
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        lab.machine.run("pkill", "-KILL", "-f", f"apply {step} mode=system")
        process.wait(10)


def stop_after(lab: SetupLab, step: Step) -> Progress:
    def heard(report: StepReport) -> None:
        if report.step is step and report.state is not StepState.RUNNING:
            lab.cancelled.set()

    return heard


def without_order(files: dict[str, str]) -> dict[str, str]:
    """The record tells in which order things were made, and that may differ."""
    return {
        path: "".join(sorted(told.split("\\n"))) if path == "/etc/relaytray/setup" else told
        for path, told in files.items()
    }


def test_killed_between_reload_and_confirmation(lab: SetupLab) -> None:
    """Nobody tells the guard anything: it puts the old settings back, and sshd reads them."""
    lab.apply(SetupOptions(with_bbr=False))
    before = lab.machine.read(DROP_IN)
    with lab.shell() as shell:
        script = lab.script(shell, exit="yes", guard_s="4")
        told = script.run("apply", Step.SSHD)
        assert told.state == "waiting"
        assert lab.machine.read(DROP_IN) != before
        with pytest.raises(RelayTrayError):
            shell.run("kill -9 $PPID")  # the login's own sshd: nothing says goodbye
    lab.wait_until(lambda: not lab.machine.exists("/etc/relaytray/sshd"), "the guard to be done")
    assert lab.machine.read(DROP_IN) == before
    with lab.shell() as shell:
        assert shell.run("echo in").out == "in\n"
    assert set(states(lab.apply(SetupOptions(with_bbr=False))).values()) == {StepState.RIGHT}


# --- sshd's settings come back ----------------------------------------------------------------------


@pytest.mark.expected_logs("were taken back")
def test_a_new_login_that_fails(lab: SetupLab) -> None:
    reports = lab.apply(identity=lab.keys.key("stranger"))
    assert reports[-1].step is Step.SSHD
    assert reports[-1].fault is not None
    assert reports[-1].fault.code is FaultCode.SSHD_SETTINGS_REFUSED
    assert "relaytray-pc" in reason(reports[-1])
    assert not lab.machine.exists(DROP_IN)
    assert not lab.machine.exists("/etc/relaytray/sshd")
    # sshd has read the old ones: our key means nothing to it
    with lab.shell() as shell, pytest.raises(RelayTrayError) as caught:
        shell.again("relaytray-pc", str(lab.pc_key))
    assert caught.value.fault.code is FaultCode.LOGIN_REFUSED


def test_sshd_does_not_take_them(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    part = setup_script._part
    monkeypatch.setattr(
        setup_script, "_part", lambda name: part(name).replace("    PermitTTY no", "    PermitTTYs no")
    )
    reports = lab.apply()
    assert "sshd -t:" in reason(reports[-1])
    assert not lab.machine.exists(DROP_IN)


def test_it_would_change_others(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    part = setup_script._part
    monkeypatch.setattr(
        setup_script, "_part", lambda name: part(name).replace("Match User $1\n", "Match User $1,root\n")
    )
    reports = lab.apply()
    assert "would change the logins of root" in reason(reports[-1])
    assert not lab.machine.exists(DROP_IN)


def test_called_off_while_new_logins_are_tried(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def call_off(_shell: RemoteShell, *_who: str) -> RemoteShell:
        lab.cancelled.set()
        raise error(FaultCode.CANCELLED, what="it")

    monkeypatch.setattr(RemoteShell, "again", call_off)
    with pytest.raises(RelayTrayError) as caught:
        lab.apply()
    assert caught.value.fault.code is FaultCode.CANCELLED
    assert not lab.machine.exists(DROP_IN)
    monkeypatch.undo()
    lab.cancelled.clear()
    assert states(lab.apply())[Step.SSHD] is StepState.DONE


@pytest.mark.expected_logs("The guard on")
def test_the_link_breaks_while_new_logins_are_tried(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be told, and nobody is locked out."""

    def cut(shell: RemoteShell, *_who: str) -> RemoteShell:
        lab.machine.run("pkill", "-KILL", "-f", "^sshd: root")
        shell.close()
        raise error(FaultCode.LINK_LOST, host="relay", reason="cut")

    monkeypatch.setattr(RemoteShell, "again", cut)
    monkeypatch.setattr(sshd_step, "_PATIENCE_S", 2)
    with pytest.raises(RelayTrayError) as caught:
        lab.apply()
    assert caught.value.fault.code is FaultCode.LINK_LOST
    lab.wait_until(lambda: not lab.machine.exists("/etc/relaytray/sshd"), "the guard to be done")
    assert not lab.machine.exists(DROP_IN)
    with lab.shell() as shell:
        assert shell.run("echo in").out == "in\n"


def test_present_settings_are_broken(lab: SetupLab) -> None:
    broken = "/etc/ssh/sshd_config.d/50-broken.conf"
    lab.machine.write(broken, "NoSuchKeyword yes\n")
    try:
        reports = lab.apply()
        assert "does not take its present settings" in reason(reports[-1])
        assert not lab.machine.exists(DROP_IN)
    finally:
        lab.machine.must_run("rm", broken)


def test_lists_of_users_in_force(lab: SetupLab) -> None:
    """Our accounts are let in, and nobody else is: the lists stay as they are for everybody."""
    file = "/etc/ssh/sshd_config.d/50-lists.conf"
    lists = [
        "allowusers root bob",
        "allowgroups root bob",
        "denyusers relaytray-* nobody",
        "denygroups relay*",
    ]
    lab.machine.write(file, "\n".join(lists) + "\n")
    try:
        assert states(lab.apply()) == ALL_DONE
        told = lab.machine.must_run("sshd", "-T", "-C", "user=carol,host=h,addr=192.0.2.1").splitlines()
        in_force = [line for line in told if line.startswith(("allowusers", "allowgroups", "deny"))]
        assert sorted(in_force) == sorted(
            f"{keyword} {name}" for keyword, *names in map(str.split, lists) for name in names
        )
        with lab.shell() as shell, pytest.raises(RelayTrayError) as caught:
            shell.again("carol", str(lab.keys.key("login")))
        assert caught.value.fault.code is FaultCode.LOGIN_REFUSED
        lab.undo()
    finally:
        lab.machine.must_run("rm", file)


# --- accounts ----------------------------------------------------------------------


def test_an_account_of_somebody_else(lab: SetupLab) -> None:
    lab.machine.must_run("useradd", "-m", "relaytray-pc")
    try:
        plan = lab.plan()
        notes = [note for note in plan.steps[0].notes if note.code is StepNote.ACCOUNT_DIFFERS]
        assert [note.details["account"] for note in notes] == ["relaytray-pc"]
        reports = lab.apply()
        assert states(reports) == {Step.ACCOUNTS: StepState.FAILED}
        assert "RelayTray did not make it" in reason(reports[0])
        lab.undo()
        assert lab.machine.exists("/home/relaytray-pc")
    finally:
        lab.machine.must_run("userdel", "-rf", "relaytray-pc")


def test_an_account_of_ours_that_was_changed(lab: SetupLab) -> None:
    lab.apply()
    lab.machine.must_run("usermod", "-s", "/bin/bash", "-p", "x", "relaytray-pc")
    changed = {step: state for step, state in states(lab.apply()).items() if state is not StepState.RIGHT}
    assert changed == {Step.ACCOUNTS: StepState.DONE}
    assert lab.machine.account("relaytray-pc")[6] == "/bin/false"


def test_set_up_by_an_older_version(lab: SetupLab) -> None:
    """Its logins ran nothing, and sshd held small packets back. A tunnel that is up meanwhile stays up."""
    lab.apply()
    machine, new = lab.machine, lab.machine.read(DROP_IN)
    old = new.replace("ForceCommand /bin/false\n    IPQoS none none", "ForceCommand /usr/sbin/nologin")
    old = old.replace("MaxSessions 1\n    ForceCommand /usr", "MaxSessions 0\n    ForceCommand /usr")
    assert old.count("MaxSessions 0") == 2
    machine.write(DROP_IN, old)
    for account in ("relaytray-tunnel", "relaytray-pc"):
        machine.must_run("usermod", "-s", "/usr/sbin/nologin", account)
    busy = machine.launch("sleep", "60", user="relaytray-tunnel")
    try:
        deadline = Deadline(10, "a process of that account")
        while not machine.command_lines("sleep 60", "relaytray-tunnel"):
            deadline.wait()
        changed = {step: state for step, state in states(lab.apply()).items() if state is not StepState.RIGHT}
        assert changed == {Step.ACCOUNTS: StepState.DONE, Step.SSHD: StepState.DONE}
        assert machine.read(DROP_IN) == new
        assert machine.account("relaytray-tunnel")[6] == "/bin/false"
        assert busy.poll() is None
    finally:
        processes.end_tree(busy)


# --- programs -------------------------------------------------------------------------------------------


def test_where_the_staff_may_write(lab: SetupLab) -> None:
    """sshd runs no program below a folder that others may change, as /usr/local is on older Debians."""
    lab.machine.must_run("chmod", "g+w", "/usr/local")
    try:
        assert states(lab.apply()) == ALL_DONE
        assert lab.machine.exists("/usr/lib/relaytray/enrol")
        assert not lab.machine.exists("/usr/local/libexec")
        assert states(lab.apply()) == ALL_RIGHT
        lab.undo()
        assert not lab.machine.exists("/usr/lib/relaytray")
    finally:
        lab.machine.must_run("chmod", "g-w", "/usr/local")


def test_a_program_of_ours_that_was_changed(lab: SetupLab) -> None:
    lab.apply()
    lab.machine.must_run("sh", "-c", "echo true >>/usr/local/libexec/relaytray/enrol")
    lab.machine.must_run("chmod", "777", "/etc/relaytray/pcs")
    (report,) = (report for report in lab.plan().steps if report.step is Step.PROGRAMS)
    assert [note.details["path"] for note in report.notes] == [
        "/usr/local/libexec/relaytray/enrol",
        "/etc/relaytray/pcs",
    ]
    assert states(lab.apply()) == {**ALL_RIGHT, Step.PROGRAMS: StepState.DONE}


# --- without root ----------------------------------------------------------------------


def test_nobody_may_be_root(lab: SetupLab) -> None:
    lab.user = "carol"
    lab.person = Person(SecretAnswer("no"), SecretAnswer("no"))
    lab.machine.must_run("mv", "/usr/bin/sudo", "/usr/bin/sudo.away")
    try:
        plan = lab.plan()
        assert not plan.is_root
        rest = {step: state for step, state in states(plan.steps).items() if step is not Step.HOST_KEYS}
        assert set(rest.values()) == {StepState.IMPOSSIBLE}
        with pytest.raises(RelayTrayError) as caught:
            lab.apply()
    finally:
        lab.machine.must_run("mv", "/usr/bin/sudo.away", "/usr/bin/sudo")
    assert caught.value.fault.code is FaultCode.SUDO_REFUSED


def test_within_an_account_of_a_machine_that_root_has_set_up(lab: SetupLab) -> None:
    lab.machine.must_run("mkdir", "-p", "/usr/local/libexec/relaytray")
    lab.user, lab.mode = "carol", SetupMode.ACCOUNT
    try:
        lab.apply()
        assert StepState.FAILED not in states(lab.undo()).values()
        assert lab.machine.exists("/usr/local/libexec/relaytray")
    finally:
        lab.machine.must_run("rmdir", "/usr/local/libexec/relaytray")
        lab.machine.run("rmdir", "/usr/local/libexec")


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("AuthorizedKeysFile /etc/keys-%u", "AuthorizedKeysFile"),
        ("AllowTcpForwarding no", "AllowTcpForwarding"),
    ],
)
def test_an_account_for_which_sshd_does_not_do_it(lab: SetupLab, setting: str, why: str) -> None:
    """The key's line is there and worth nothing: the set-up says so, not the first server."""
    lab.user, lab.mode = "carol", SetupMode.ACCOUNT
    file, keys = "/etc/ssh/sshd_config.d/50-strict.conf", "/etc/keys-carol"
    lab.machine.write(file, f"Match User carol\n    {setting}\n")
    lab.machine.write(keys, public_line(lab.keys.key("login")) + "\n", 0o644)
    lab.machine.restart_sshd()
    try:
        last = lab.apply()[-1]
        assert (last.step, last.state) == (Step.PERMISSIONS, StepState.FAILED)
        assert why in reason(last)
        lab.undo()
    finally:
        lab.machine.must_run("rm", file, keys)
        lab.machine.restart_sshd()


def test_within_one_account(lab: SetupLab) -> None:
    lab.user, lab.mode = "carol", SetupMode.ACCOUNT
    before = lab.files()
    plan = lab.plan()
    impossible = {Step.ACCOUNTS, Step.SSHD, Step.BBR}
    assert {step for step, state in states(plan.steps).items() if state is StepState.IMPOSSIBLE} == impossible
    assert changes(before, lab.files()) == []
    done = states(lab.apply())
    assert {one for one in done if done[one] is StepState.DONE} == set(WITHOUT_SERVICES) - impossible
    whole = lab.files()
    touched = [line.split()[1].rstrip(":") for line in changes(before, whole)]
    assert all(path.startswith(("/home/carol/.relaytray", "/home/carol/.ssh/auth")) for path in touched)
    assert StepState.DONE not in states(lab.apply()).values()
    assert changes(whole, lab.files()) == []
    with lab.shell() as shell:
        shell.again("carol", str(lab.pc_key)).close()
    assert set(states(lab.removal_plan().steps).values()) == {StepState.CHANGE}
    lab.undo()
    assert changes(before, lab.files()) == []
    assert set(states(lab.undo()).values()) == {StepState.RIGHT}
    assert changes(before, lab.files()) == []
    assert PC_ID not in lab.machine.read("/home/carol/.ssh/authorized_keys")
