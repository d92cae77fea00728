"""Other machines than Debian's: no Include, another file with settings, an old sshd, systemd, busybox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode
from app.core.provisioning import SetupOptions, Step, StepNote, StepState
from app.provision import setup_script
from app.transport.remote_shell import RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.provision.setup_lab import SetupLab, states

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

NO_BBR = SetupOptions(with_bbr=False)
SETTINGS = "/etc/ssh/sshd_config"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("sshd-network")) as made:
        made.relay.authorize("root", public_line(key_store.key("login")))
        yield made


@pytest.fixture
def lab(network: Network, key_store: KeyStore, tmp_path: Path) -> Iterator[SetupLab]:
    """With no sshd yet: each test starts its own."""
    settings = network.relay.read(SETTINGS)
    yield SetupLab(network, key_store, tmp_path)
    network.relay.end_sshd()
    network.relay.write(SETTINGS, settings)


def started(lab: SetupLab) -> None:
    """It goes into the background before it listens."""
    lab.machine.must_run("/usr/sbin/sshd")
    lab.wait_until(lambda: bool(lab.machine.command_lines("[listener]")), "sshd to listen")


def set_up_and_undone(lab: SetupLab) -> list[str]:
    """What it changed in between; afterwards all is as before."""
    before = lab.files()
    assert StepState.FAILED not in states(lab.apply(NO_BBR)).values()
    done = lab.files()
    assert set(states(lab.apply(NO_BBR)).values()) == {StepState.RIGHT}
    assert changes(done, lab.files()) == []
    assert StepState.FAILED not in states(lab.undo()).values()
    assert changes(before, lab.files()) == []
    return changes(before, done)


@pytest.mark.parametrize("end", ["\n", ""], ids=["whole", "cut"])
def test_settings_without_include(lab: SetupLab, end: str) -> None:
    text = "# mine\nPermitRootLogin yes\nMatch User nobody\n    X11Forwarding no"
    lab.machine.write(SETTINGS, text + end, 0o600)
    started(lab)
    changed = set_up_and_undone(lab)
    assert any(line.startswith(f"altered {SETTINGS}: -rw------- 0:0") for line in changed)
    assert not any("sshd_config.d" in line for line in changed)
    assert lab.machine.read(SETTINGS) == text + end


def test_settings_of_the_person_beside_our_block_stay(lab: SetupLab) -> None:
    lab.machine.write(SETTINGS, "PermitRootLogin yes\n")
    started(lab)
    lab.apply(NO_BBR)
    written = lab.machine.read(SETTINGS)
    assert written.startswith("PermitRootLogin yes\n# relaytray: begin")
    lab.machine.write(SETTINGS, f"MaxAuthTries 4\n{written}# the last word\n")
    lab.undo()
    assert lab.machine.read(SETTINGS) == "MaxAuthTries 4\nPermitRootLogin yes\n# the last word\n"


def test_a_block_without_its_end_is_not_guessed_at(lab: SetupLab) -> None:
    """What stands below it may be anybody's."""
    lab.machine.write(SETTINGS, "PermitRootLogin yes\n")
    started(lab)
    lab.apply(NO_BBR)
    whole = lab.machine.read(SETTINGS)
    cut = whole.replace("# relaytray: end\n", "") + "MaxAuthTries 4\n"
    lab.machine.write(SETTINGS, cut)
    report = lab.undo()[-1]
    assert report.fault is not None
    assert "the end of RelayTray's block is missing" in report.fault.details["reason"]
    assert lab.machine.read(SETTINGS) == cut
    lab.machine.write(SETTINGS, whole)
    lab.undo()
    assert lab.machine.read(SETTINGS) == "PermitRootLogin yes\n"


def make_accounts(lab: SetupLab, shell: RemoteShell) -> None:
    """The steps that sshd's settings need."""
    for step in (Step.ACCOUNTS, Step.PROGRAMS):
        assert lab.script(shell).run("apply", step).state == "done"


def test_settings_that_were_edited_after_a_power_cut_stay(lab: SetupLab) -> None:
    """The guard of a set-up that the power cut ended knows older settings than the person's."""
    lab.machine.write(SETTINGS, "PermitRootLogin yes\n")
    started(lab)
    with lab.shell() as shell:
        make_accounts(lab, shell)
        assert lab.script(shell).run("apply", Step.SSHD).state == "waiting"
    lab.machine.must_run("pkill", "-9", "-f", "guard watch")
    lab.machine.write(SETTINGS, "MaxAuthTries 4\n" + lab.machine.read(SETTINGS))
    lab.apply(NO_BBR)
    assert lab.machine.read(SETTINGS).startswith("MaxAuthTries 4\nPermitRootLogin yes\n# relaytray: begin")
    lab.undo()
    assert lab.machine.read(SETTINGS) == "MaxAuthTries 4\nPermitRootLogin yes\n"


def test_a_full_disk_leaves_settings_and_logins_alone(lab: SetupLab) -> None:
    text = "PermitRootLogin yes\n" + "# as it was\n" * 5000
    lab.machine.write(SETTINGS, text)
    there = lab.machine.must_run
    there("sh", "-c", "mkdir /opt/was && cp -a /etc/ssh/ssh_host* /etc/ssh/sshd_config /opt/was")
    there("sh", "-c", "mount -t tmpfs -o size=96k none /etc/ssh && cp -a /opt/was/. /etc/ssh")
    try:
        started(lab)
        before = there("sh", "-c", "cd /etc/ssh && ls -lA && cksum *")
        report = lab.apply(NO_BBR)[-1]
        assert report.step is Step.SSHD
        assert report.fault is not None
        assert report.fault.details["reason"] == f"{SETTINGS} could not be written"
        assert there("sh", "-c", "cd /etc/ssh && ls -lA && cksum *") == before
        with lab.shell() as shell:
            assert shell.run("echo in").out == "in\n"
        lab.undo()
    finally:
        there("sh", "-c", "umount /etc/ssh && rm -r /opt/was")


def test_forwarding_that_is_disabled_for_everybody(lab: SetupLab) -> None:
    lab.machine.write(SETTINGS, "PermitRootLogin yes\r\nDisableForwarding yes\r\n")
    started(lab)
    assert StepState.FAILED not in states(lab.apply(NO_BBR)).values()
    for user, forwarding in (("root", "yes"), ("relaytray-pc", "no"), ("relaytray-tunnel", "no")):
        told = lab.machine.must_run("/usr/sbin/sshd", "-T", "-C", f"user={user},host=h,addr=127.0.0.1")
        assert f"disableforwarding {forwarding}" in told.splitlines()
    lab.undo()
    settings = (lab.machine.root / SETTINGS[1:]).read_bytes()
    assert settings == b"PermitRootLogin yes\r\nDisableForwarding yes\r\n"


def test_another_file_and_a_port_on_the_command_line(lab: SetupLab) -> None:
    lab.machine.must_run("mkdir", "-p", "/opt/ssh")
    lab.machine.write("/opt/ssh/config", "PidFile /run/other.pid\n")
    lab.port = 2222
    words = ["-f", "/opt/ssh/config", "-p", "2222", "-o", "MaxAuthTries=5"]
    lab.machine.must_run("/usr/sbin/sshd", *words)
    lab.machine.must_run("/usr/sbin/sshd")  # another one, which is not ours to touch
    lab.apply(NO_BBR)
    assert "# relaytray: begin" in lab.machine.read("/opt/ssh/config")
    assert "relaytray" not in lab.machine.read(SETTINGS)
    assert not lab.machine.exists("/etc/ssh/sshd_config.d/00-relaytray.conf")
    lab.undo()
    assert lab.machine.read("/opt/ssh/config") == "PidFile /run/other.pid\n"


def test_a_folder_of_settings_that_is_not_there_yet(lab: SetupLab) -> None:
    lab.machine.write(SETTINGS, 'Include "sshd_extra.d/*.conf"\nPermitRootLogin yes\n')
    started(lab)
    changed = set_up_and_undone(lab)
    assert any(line.startswith("added /etc/ssh/sshd_extra.d/00-relaytray.conf") for line in changed)


def test_a_setting_that_comes_before_ours(lab: SetupLab) -> None:
    lab.machine.write(SETTINGS, "Match User relaytray-*\n    PermitTTY yes\n")
    started(lab)
    report = lab.apply(NO_BBR)[-1]
    assert report.fault is not None
    assert report.fault.code is FaultCode.SSHD_SETTINGS_REFUSED
    assert "relaytray-tunnel: permittty no" in report.fault.details["reason"]
    assert lab.machine.read(SETTINGS) == "Match User relaytray-*\n    PermitTTY yes\n"
    lab.undo()


def test_settings_that_depend_on_the_port(lab: SetupLab) -> None:
    """sshd -T tells nothing but an error where it is not told all that a Match asks for."""
    text = "PermitRootLogin yes\nMatch LocalPort 22\n    X11Forwarding no\n"
    text += "Match LocalAddress 192.0.2.1\n    X11Forwarding no\nMatch RDomain none\n    X11Forwarding no\n"
    lab.machine.write(SETTINGS, text)
    started(lab)
    set_up_and_undone(lab)


def test_settings_that_sshd_does_not_tell(lab: SetupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later sshd wants to be told besides: that is said, and nothing is compared with an error."""
    part = setup_script._part
    monkeypatch.setattr(setup_script, "_part", lambda name: part(name).replace("lport=", "addr="))
    text = "PermitRootLogin yes\nMatch LocalPort 22\n    X11Forwarding no\n"
    lab.machine.write(SETTINGS, text)
    started(lab)
    report = lab.apply(NO_BBR)[-1]
    assert report.fault is not None
    assert report.fault.details["reason"].startswith("sshd -T: 'Match LocalPort' in configuration but")
    assert lab.machine.read(SETTINGS) == text
    lab.undo()


def test_two_computers_at_once(lab: SetupLab) -> None:
    """The word of the first must not disarm the guard of the second's settings."""
    lab.machine.write(SETTINGS, "PermitRootLogin yes\n")
    started(lab)
    with lab.shell() as shell:
        make_accounts(lab, shell)
        first, second = lab.script(shell), lab.script(shell, exit="yes")
        assert first.run("apply", Step.SSHD, guard="one").state == "waiting"
        assert second.run("apply", Step.SSHD, guard="two").state == "waiting"
        refused = first.run("confirm", Step.SSHD, guard="one")
        assert (refused.state, "another computer" in refused.reason) == ("failed", True)
        assert first.run("rollback", Step.SSHD, guard="one").state == "done"
        assert "PermitOpen any" in lab.machine.read(SETTINGS)
        assert second.run("confirm", Step.SSHD, guard="two").state == "done"
        assert "PermitOpen any" in lab.machine.read(SETTINGS)
    lab.undo()


def test_an_old_sshd(lab: SetupLab) -> None:
    """The same program with an older number on it; nothing is begun."""
    program = (lab.machine.root / "usr/sbin/sshd").read_bytes()
    version = lab.machine.run("sshd", "-V").stderr.split(",")[0].split("_")[1].split("p")[0]
    assert program.count(f"OpenSSH_{version}".encode())
    old = program.replace(f"OpenSSH_{version}".encode(), b"OpenSSH_7.4")
    (lab.machine.root / "opt/sshd").write_bytes(old)
    lab.machine.must_run("chmod", "755", "/opt/sshd")
    lab.machine.must_run("/opt/sshd")
    before = lab.files()
    plan = {report.step: report for report in lab.plan(NO_BBR).steps}
    assert plan[Step.SSHD].state is StepState.IMPOSSIBLE
    (note,) = plan[Step.SSHD].notes
    assert (note.code, note.details) == (StepNote.SSHD_TOO_OLD, {"version": "7.4", "needed": "7.8"})
    (report,) = lab.apply(NO_BBR)
    assert report.state is StepState.FAILED
    assert report.fault is not None
    assert "7.4" in report.fault.details["reason"]
    assert changes(before, lab.files()) == []


def test_the_listener_has_started_anew_meanwhile(lab: SetupLab) -> None:
    """Our own connection is an orphan then; the one that listens now is found all the same."""
    started(lab)
    with lab.shell() as shell:
        listener = lab.machine.must_run("pgrep", "-o", "sshd").strip()
        lab.machine.must_run("kill", "-9", listener)
        started(lab)
        reports = lab.apply_over(shell, lambda _report: None, NO_BBR)
    assert states(reports)[Step.SSHD] is StepState.DONE
    lab.undo()


def test_the_new_settings_end_sshd(lab: SetupLab) -> None:
    """A listener that does not survive its reload is started again by the guard."""
    started(lab)
    with lab.shell() as shell:
        lab.apply_over(shell, lambda _report: None, NO_BBR)
        told = lab.script(shell, exit="yes", guard_s="4").run("apply", Step.SSHD)
        assert told.state == "waiting"
        listener = lab.machine.must_run("pgrep", "-o", "sshd").strip()
        lab.machine.must_run("kill", "-9", listener)
        lab.wait_until(lambda: not lab.machine.exists("/etc/relaytray/sshd"), "the guard to be done")
    with lab.shell() as shell:
        assert shell.run("echo in").out == "in\n"
    lab.undo()


# What busybox's programs of these names take (Debian's busybox lacks them), done by others with other names.
ACCOUNT_PROGRAMS = {
    "adduser": """
while getopts h:s:g:G:SDH option; do case $option in
    h) home=$OPTARG ;; s) shell=$OPTARG ;; g) about=$OPTARG ;; G) group=$OPTARG ;; S | D | H) ;; *) exit 2 ;;
esac; done
shift $((OPTIND - 1)); [ $# -eq 1 ] || exit 2
exec /opt/away/useradd -r -M -d "$home" -s "$shell" -c "$about" -g "$group" -p '!' "$1"
""",
    "addgroup": '[ "$1" = -S ] && [ $# -eq 2 ] && exec /opt/away/groupadd -r "$2"\n',
    "deluser": '[ $# -eq 1 ] && exec /opt/away/userdel "$1"\n',
    "delgroup": '[ $# -eq 1 ] && exec /opt/away/groupdel "$1"\n',
}


def test_with_the_programs_of_busybox(lab: SetupLab) -> None:
    """As on Alpine: its shell and tools, and its own ways of making accounts."""
    there = lab.machine.must_run
    there("mkdir", "/opt/away")
    for name in ("useradd", "usermod", "userdel", "groupadd", "groupdel", "setsid"):
        there("sh", "-c", f"mv $(command -v {name}) /opt/away/")
    for name, script in ACCOUNT_PROGRAMS.items():
        lab.machine.write(f"/usr/local/sbin/{name}", "#!/bin/sh\n" + script, 0o755)
    for name in ("sh", "ls", "sed", "sort", "cut", "tail", "head", "cksum", "grep", "tr", "cat", "cp", "mv"):
        there("ln", "-sf", "/usr/bin/busybox", f"/usr/local/bin/{name}")
    started(lab)
    with lab.shell() as shell:
        assert "BusyBox" in shell.run("sh --help 2>&1").out
    set_up_and_undone(lab)
    lab.apply(NO_BBR)
    there("/opt/away/usermod", "-s", "/bin/bash", "relaytray-tunnel")
    assert states(lab.apply(NO_BBR))[Step.ACCOUNTS] is StepState.DONE
    lab.undo()


@pytest.fixture
def systemd(tmp_path: Path, key_store: KeyStore) -> Iterator[SetupLab]:
    with Network(tmp_path / "network", relay_has_systemd=True) as made:
        made.relay.authorize("root", public_line(key_store.key("login")))
        made.relay.start_sshd()
        yield SetupLab(made, key_store, tmp_path)


def test_with_systemd(systemd: SetupLab) -> None:
    """The guard is a unit of its own there, which no end of a session takes along."""
    set_up_and_undone(systemd)
    systemd.apply(NO_BBR)
    before = systemd.machine.read("/etc/ssh/sshd_config.d/00-relaytray.conf")
    with systemd.shell() as shell:
        told = systemd.script(shell, exit="yes", guard_s="4").run("apply", Step.SSHD)
        assert told.state == "waiting"
        units = systemd.machine.must_run("systemctl", "list-units", "--plain", "relaytray-guard-*")
        assert "running" in units
    systemd.wait_until(lambda: not systemd.machine.exists("/etc/relaytray/sshd"), "the guard to be done")
    assert systemd.machine.read("/etc/ssh/sshd_config.d/00-relaytray.conf") == before
    assert systemd.machine.must_run("systemctl", "is-active", "ssh").strip() == "active"
    systemd.wait_until(lambda: bool(systemd.machine.command_lines("[listener]")), "sshd to listen again")
    systemd.undo()


def test_where_systemd_holds_the_port(systemd: SetupLab) -> None:
    """ssh.socket: sshd starts with the first connection, and would end with a reload."""
    systemd.machine.must_run("systemctl", "stop", "ssh")
    systemd.machine.must_run("systemctl", "start", "ssh.socket")
    assert systemd.machine.command_lines("[listener]") == []
    set_up_and_undone(systemd)
    assert systemd.machine.must_run("systemctl", "is-active", "ssh").strip() == "active"
