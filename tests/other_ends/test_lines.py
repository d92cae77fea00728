"""One pasted line brings a server online, whatever the server has, and leaves without a trace."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from app.core.provisioning import LineOptions, ServerReport
from app.provision import enrolment
from app.tunnel.far_ends import connect_relay
from tests.other_ends.relay_files import changed, files
from tests.other_ends.stage import END_OF_LINE, USER, Box, Form, Rights, Stage
from tests.peers import machines
from tests.peers.keys import KeyStore
from tests.peers.machines import changes
from tests.peers.ports import Deadline
from tests.peers.promptness import connections_of
from tests.transport.shell_peers import tools_for

# The machines outlive a test here, and so do the processes on them.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]

KEEPERS = {Form.CONTAINER: "loop", Form.CRON: "cron", Form.PLAIN: "loop", Form.SYSTEMD: "systemd"}
EMPTY = re.compile(r"added /home/dev/\.ssh(/\S+)?: \S+ 1001:1001( b'')?")  # what there is left without rm
HISTORY = re.compile(r" /home/dev/\.(bash|sh)_history")

# The socket cannot be made; what is said of it is what OpenSSH 6.6 says.
SSH_WITHOUT_SOCKETS = """#!/bin/sh
shared=''
for word; do
    shift
    case $word in .ssh/*.m) word=/proc/m shared=yes ;; esac
    set -- "$@" "$word"
done
[ "$shared" ] || exec /usr/bin/ssh "$@"
/usr/bin/ssh "$@" 2>&1 | sed 's/^unix_listener: .*/muxserver_listen bind(): Permission denied/' >&2
exit 255
"""


@dataclass
class Scene:
    stage: Stage
    relay_before: Mapping[str, str]  # the relay's files before its set-up
    before: Mapping[Form, Mapping[str, str]]  # the servers' files before any line
    lines: Mapping[Form, str]
    reports: Mapping[Form, ServerReport]
    kept: list[Box] = field(default_factory=list)  # others that are online

    def box(self, form: Form) -> Box:
        return next(box for box in self.stage.boxes if box.form is form)

    def changes(self, box: Box) -> list[str]:
        """In /etc, the home folders and cron's; but for what the person's shell keeps by itself."""
        now = files_of(box)
        return [line for line in changes(self.before[box.form], now) if not HISTORY.search(line)]


def files_of(box: Box) -> dict[str, str]:
    return box.machine.snapshot("/etc", "/home", "/root", "/var/spool/cron", "/var/lib/systemd/linger")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Scene]:
    with Stage(tmp_path_factory.mktemp("lines"), key_store) as stage:
        stage.admit(Rights.ROOT)
        relay_before = files(stage)
        stage.set_up()
        for form in Form:
            stage.add_box(form)
        before = {box.form: files_of(box) for box in stage.boxes}
        reports = stage.bring_all_online()
        yield Scene(stage, relay_before, before, {box.form: box.line for box in stage.boxes}, reports)


@pytest.mark.parametrize("form", Form)
def test_line_brings_the_server_online(scene: Scene, form: Form) -> None:
    """The tab was closed as soon as the line had said its last word."""
    box, report, line = scene.box(form), scene.reports[form], scene.lines[form]
    assert len(line) <= 1200
    assert not {"\n", "!"} & set(line)
    assert report.keeper == KEEPERS[form]
    assert (report.user, report.home, report.sshd, report.missing) == (USER, f"/home/{USER}", "system", "")
    assert sorted(report.host_keys) == sorted(box.machine.host_keys())
    told = scene.stage.ssh(box, "hostname; whoami")
    assert told.stdout == f"{box.server.alias}\n{USER}\n", told.stderr


@pytest.mark.parametrize("form", Form)
def test_pasting_again_is_harmless(scene: Scene, form: Form) -> None:
    box, watch = scene.box(form), scene.stage.watch
    listener, files = watch.listener(box.port), authorized_keys(box)
    with box.terminal() as terminal:
        terminal.answer_to(scene.lines[form], "is up already", timeout_s=30)
        assert terminal.is_idle()
    assert watch.listener(box.port) == listener
    assert authorized_keys(box) == files
    tunnels = box.machine.command_lines("ssh -v -N", USER)
    assert len([line for line in tunnels if line.startswith("ssh ")]) == 1


def test_relay_sends_small_packets_at_once(scene: Scene) -> None:
    """To the servers and to this computer. Else of two keys typed the second would wait for a round trip."""
    relay = scene.stage.machine

    def prompt(user: str) -> list[bool]:
        return list(connections_of(relay.pids(user), 22).values())

    link = connect_relay(
        scene.stage.relay, tools_for(scene.stage.folder), threading.Event(), lambda _link: None
    )
    try:
        deadline = Deadline(20, "the links to be prompt")
        wanted = [[True], [True] * len(scene.stage.boxes)]
        while [prompt("relaytray-pc"), prompt("relaytray-tunnel")] != wanted:
            deadline.wait()
    finally:
        link.close()
    assert scene.stage.machine.command_lines("", "relaytray-tunnel"), "the tunnels are still there"


def authorized_keys(box: Box) -> str:
    return box.machine.read(f"/home/{USER}/.ssh/authorized_keys")


def test_number_of_the_last_boots_tunnel_may_be_anybodys_now(scene: Scene) -> None:
    """In a container that was restarted the numbers of processes are much the same again."""
    box, watch = scene.box(Form.PLAIN), scene.stage.watch
    assert box.server.enrolment is not None
    place = f"/home/{USER}/.ssh/relaytray-{box.server.enrolment.id}"
    box.machine.must_run("sh", f"{place}.sh", "stop", user=USER)
    watch.wait_down(box.port, 40)
    box.machine.must_run("sh", "-c", f"echo $$ >{place}.pid; exec sh {place}.sh revive", user=USER)
    watch.wait_up(box.port, 60)


def test_used_line_is_worth_nothing_on_another_machine(scene: Scene) -> None:
    thief = scene.stage.network.add_server("thief")
    thief.add_user(USER)
    thief.start_sshd()
    before = thief.snapshot("/home", "/etc")
    box = Box(Form.PLAIN, thief, scene.box(Form.PLAIN).server)
    with box.terminal() as terminal:
        terminal.answer_to(scene.lines[Form.PLAIN], "used for another server already", timeout_s=30)
    found = changes(before, thief.snapshot("/home", "/etc"))
    assert not [
        line for line in found if not HISTORY.search(line) and not line.startswith("added /home/dev/.ssh: ")
    ]
    assert not thief.command_lines("relaytray", USER)


def test_expired_line_says_so_and_leaves_nothing(scene: Scene) -> None:
    stage = scene.stage
    box = Box(Form.PLAIN, stage.network.add_server("late"), stage.new_server("late"))
    box.machine.add_user(USER)
    box.machine.start_sshd()
    before = files_of(box)
    line = stage.line_for(box)
    assert box.server.enrolment is not None
    token = f"/etc/relaytray/tokens/{box.server.enrolment.id}"
    stage.machine.must_run("sed", "-i", "s/^expires=.*/expires=1000000000/", token)
    with box.terminal() as terminal:
        terminal.answer_to(line, "RelayTray: this line has expired", timeout_s=30)
    found = changes(before, files_of(box))
    assert not [
        told for told in found if not HISTORY.search(told) and not told.startswith("added /home/dev/.ssh: ")
    ]


def test_server_without_sshd_is_told_what_is_missing_and_may_get_one_of_its_own(scene: Scene) -> None:
    stage = scene.stage
    box = Box(Form.PLAIN, stage.network.add_server("bare"), stage.new_server("bare"))
    box.machine.add_user(USER)
    line = stage.line_for(box)
    with box.terminal() as terminal:
        shown = terminal.answer_to(line, END_OF_LINE, timeout_s=60)
    assert "MISSING: No sshd answers at port 22" in shown
    report = stage.report_of(box)
    assert report is not None
    assert report.sshd == "none"
    assert report.missing

    line = stage.line_for(box, LineOptions(user_sshd=True))
    with box.terminal() as terminal:
        terminal.answer_to(line, END_OF_LINE, timeout_s=60)
    report = stage.report_of(box)
    assert report is not None
    assert report.sshd == "user"
    stage.watch.wait_up(box.port)
    stage.pin(box, report)
    told = stage.ssh(box, "hostname; tty; whoami")
    assert told.stdout.split("\n")[0] == "bare", told.stderr
    scene.kept.append(box)


def test_home_without_sockets(scene: Scene) -> None:
    """Some network file systems have none: the tunnel is up all the same, on a link that nobody shares."""
    stage = scene.stage
    box = Box(Form.PLAIN, stage.network.add_server("far-home"), stage.new_server("far-home"))
    box.machine.add_user(USER)
    box.machine.start_sshd()
    box.machine.write("/usr/local/bin/ssh", SSH_WITHOUT_SOCKETS, 0o755)
    with box.terminal() as terminal:
        terminal.answer_to(stage.line_for(box), END_OF_LINE, timeout_s=60)
    stage.watch.wait_up(box.port)
    assert box.server.enrolment is not None
    log = box.machine.read(f"/home/{USER}/.ssh/relaytray-{box.server.enrolment.id}.log")
    assert log.count("muxserver_listen bind(): Permission denied") == 2
    assert log.rstrip().endswith(f"The tunnel is up: port {box.port} of the relay leads to port 22 here.")
    scene.kept.append(box)


def remove(scene: Scene, box: Box) -> None:
    with box.terminal() as terminal:
        terminal.answer_to(enrolment.removal_line(box.server), "taken away", timeout_s=30)
    assert box.server.enrolment is not None
    deadline = Deadline(20, "the last process of the line to end")
    while box.machine.command_lines(f"relaytray-{box.server.enrolment.id}", USER):
        deadline.wait()
    scene.stage.watch.wait_down(box.port, 20)


@pytest.mark.parametrize("form", Form)
def test_removed_without_a_trace(scene: Scene, form: Form) -> None:
    """The last test of these servers. A second line's tunnel, beside it, goes on until it is removed, too."""
    box, stage = scene.box(form), scene.stage
    assert scene.changes(box)
    second = Box(form, box.machine, stage.new_server("second")) if form is Form.SYSTEMD else None
    if second is not None:
        stage.bring_online(second)
    remove(scene, box)
    if second is not None:
        assert box.machine.exists(f"/var/lib/systemd/linger/{USER}")
        told = stage.ssh(second, "whoami")
        assert told.stdout == f"{USER}\n", told.stderr
        remove(scene, second)
    left = scene.changes(box)
    if form is Form.CONTAINER:
        left = [line for line in left if not EMPTY.fullmatch(line)]
    assert left == []
    with stage.shell() as shell:
        assert enrolment.drop(shell, stage.relay, box.server)
        assert form not in {server.alias for server in enrolment.listed(shell, stage.relay)}


def another_online(stage: Stage) -> Box:
    """For the test that runs alone."""
    box = stage.add_box(Form.PLAIN, "late")
    with box.terminal() as terminal:
        terminal.answer_to(stage.line_for(box), END_OF_LINE, timeout_s=60)
    stage.watch.wait_up(box.port)
    return box


def test_relay_is_taken_away_with_a_server_still_online(scene: Scene) -> None:
    """The very last test: the server's tunnel ends with its permission, and nothing is left on the relay."""
    stage = scene.stage
    late = next(iter(scene.kept), None) or another_online(stage)
    assert stage.watch.listener(late.port)
    stage.undo()
    stage.watch.wait_down(late.port, 30)
    assert changed(scene.relay_before, files(stage)) == []
