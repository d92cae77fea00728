"""The line and its script for real, on a machine that has a shell, ssh, ssh-keygen and not much more."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.peers.jail import UID
from tests.peers.keys import KeyStore
from tests.peers.ports import Deadline, read_banner
from tests.provision.enrol_lab import EnrolLab, processes_of

Make = Callable[..., EnrolLab]
TOOLS = ("rm", "rmdir", "mkdir", "sleep", "date", "chmod", "setsid", "cat")

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a chroot is made by root only"
)


@pytest.fixture
def make(tmp_path: Path, key_store: KeyStore) -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(EnrolLab(tmp_path, key_store, **options))


def wait_ended(name: str) -> None:
    deadline = Deadline(10, f"the end of the processes of {name}")
    while processes_of(name):
        deadline.wait()


def make_talkative(lab: EnrolLab) -> None:
    """The relay and its account's shell say at each login what could be taken for an answer of ours."""
    (lab.relay.home / ".bashrc").write_text("echo 'Welcome (to the lab)'; echo RelayTray: no\n")
    banner = lab.folder / "banner"
    banner.write_text("RelayTray: no. By logging in you have\naccepted\nthe terms:\nreleased\n")
    lab.relay.sshd.config_lines.append(f"Banner {banner}")
    lab.relay.sshd.restart()


@contextlib.contextmanager
def lost_link(lab: EnrolLab) -> Iterator[None]:
    """A tunnel that holds the server's port, and of which the server knows nothing any more."""
    key, relay = f".ssh/{lab.name}", lab.relay.sshd
    way = f"127.0.0.1:{lab.port}:localhost:{lab.gpu.port}"
    known = f"-o UserKnownHostsFile={key}.h -o HostKeyAlias=relay"
    ssh = f"ssh -F /dev/null -T -i {key} -p {relay.port} {known} -R {way} {relay.user}@127.0.0.1 hold"
    with subprocess.Popen(lab.jail.command("sh", "-c", f"cd /home/gpu && exec {ssh}")) as link:
        try:
            lab.wait_up(10)
            yield
        finally:
            link.kill()


@pytest.mark.parametrize("shell", ["dash", "busybox", "bash"])
def test_pasted_where_there_is_nothing_else(shell: str, make: Make) -> None:
    """Online at once, a second paste changes nothing, and no secret but the server's own key stays."""
    lab = make(shell=shell)
    issued = lab.issue()
    shown = lab.paste()
    assert "RelayTray: the tunnel is up." in shown, shown
    assert read_banner(lab.port).startswith(b"SSH-2.0")
    report = lab.report()
    assert report is not None
    assert (report.user, report.home, report.sshd, report.keeper) == ("gpu", "/home/gpu", "system", "loop")
    assert (report.sshd_port, report.missing, report.is_listening) == (lab.gpu.port, "", True)
    shown_keys = {" ".join(Path(f"{key}.pub").read_text().split()[:2]) for key in lab.gpu.host_keys.values()}
    assert set(report.host_keys) == shown_keys
    allowed = f'from="127.0.0.1,::1" {lab.person_key} {lab.name}\n'
    assert lab.jail.files()[".ssh/authorized_keys"].decode() == allowed
    for name, data in lab.jail.files().items():
        assert issued.line.text[200:260].encode() not in data, name
        assert (lab.jail.home / name).stat().st_mode & 0o077 == 0, name
    pid, key = lab.text(".pid"), lab.text("")

    again = lab.paste()
    assert "RelayTray: the tunnel of gpu1 is up already." in again, again
    assert (lab.text(".pid"), lab.text("")) == (pid, key)
    assert lab.jail.files()[".ssh/authorized_keys"].decode() == allowed

    assert "is taken away" in lab.remove()
    wait_ended(lab.name)
    left = {name: data for name, data in lab.jail.files().items() if data}
    assert left == {}  # without rm the names stay, empty


def test_removed_without_a_trace(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.put(".profile", b"# mine\nexport A=1")
    lab.put(".ssh/authorized_keys", b"ssh-rsa AAAAB3Nz other\n# note")
    before = lab.jail.files()
    lab.issue()
    assert "the tunnel is up" in lab.paste()
    assert b"relaytray" in lab.jail.files()[".profile"]
    assert lab.jail.files()[".ssh/authorized_keys"].startswith(b"ssh-rsa AAAAB3Nz other\n# note\nfrom=")
    assert "with all its files" in lab.remove()
    wait_ended(lab.name)
    assert lab.jail.files() == before


def test_home_without_anything_is_as_before_and_no_key_comes_in_without_consent(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue(allow_my_key=False)
    assert "the tunnel is up" in lab.paste()
    assert ".ssh/authorized_keys" not in lab.jail.files()
    lab.remove()
    wait_ended(lab.name)
    assert lab.jail.files() == {}


def test_key_that_may_come_in_already_is_left_alone(make: Make) -> None:
    lab = make(programs=TOOLS)
    mine = f"  # old\n  {lab.person_key} laptop\n".encode()
    lab.put(".ssh/authorized_keys", mine)
    lab.issue()
    assert "opens this account already" in lab.paste()
    assert lab.jail.files()[".ssh/authorized_keys"] == mine


def test_key_that_may_not_come_in_for_sure_gets_a_line_of_this_profile(make: Make) -> None:
    """One line is for another address, one belongs to another profile and goes with it."""
    lab = make(programs=TOOLS)
    there = f'from="10.0.0.9" {lab.person_key} laptop\n{lab.person_key} relaytray-abcdefgh\n'
    lab.put(".ssh/authorized_keys", there.encode())
    lab.issue()
    shown = lab.paste()
    assert "opens this account from now on" in shown, shown
    assert "It also stands there with options" in shown
    ours = f'from="127.0.0.1,::1" {lab.person_key} {lab.name}\n'
    assert lab.jail.files()[".ssh/authorized_keys"].decode() == there + ours
    lab.remove()
    assert lab.jail.files()[".ssh/authorized_keys"].decode() == there


def test_comes_back_after_the_link_and_after_the_supervisor_is_killed(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.paste()
    os.kill(int(lab.text(".ssh")), signal.SIGKILL)
    lab.wait_down()
    lab.wait_up(15)

    # without the supervisor its ssh still holds the port; a new start must not wait for it in vain
    killed = lab.text(".pid")
    os.kill(int(killed), signal.SIGKILL)
    with lab.jail.with_proc():
        lab.script("revive")
        lab.wait_up(15)
        deadline = Deadline(15, "a new supervisor that holds the tunnel")
        while lab.text(".state") != "online\n" or lab.text(".pid") == killed:
            deadline.wait()
        lab.script("revive")  # one more changes nothing
        pid = lab.text(".pid")
        assert f"running as process {pid.strip()}, online" in lab.script("status")
        lab.script("stop")
        wait_ended(lab.name)
        shown = lab.script("status")
        assert "not running" in shown
        assert "is not the machine" not in shown


def test_full_disk_does_not_keep_it_from_coming_back(make: Make) -> None:
    """What it could not write then, it writes later or does without."""
    lab = make(programs=TOOLS)
    lab.issue()
    lab.paste()
    number, pins = (lab.jail.home / ".ssh" / f"{lab.name}{end}" for end in (".ssh", ".h"))
    ssh = int(number.read_text())
    number.unlink()
    number.mkdir()  # cannot be written
    pins.write_bytes(b"")
    os.kill(ssh, signal.SIGKILL)
    lab.wait_down()
    lab.wait_up(15)
    assert pins.read_text().startswith("relay ssh-")
    number.rmdir()
    lab.script("stop")
    for process in processes_of(lab.name):  # its ssh, whose number could not be noted
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(process.split()[0]), signal.SIGKILL)


def test_used_up_line_starts_it_again(make: Make) -> None:
    """Also where a link of before still holds the port: the relay lets go of it."""
    lab = make(programs=TOOLS)
    make_talkative(lab)
    lab.issue()
    lab.paste()
    lab.script("stop")
    wait_ended(lab.name)
    assert lab.server.enrolment
    token = lab.relay.base / "etc/tokens" / lab.server.enrolment.id
    token.write_text(token.read_text().replace("expires=1", "expires=0"))
    with lost_link(lab):
        shown = lab.paste()
    assert "starting the tunnel of gpu1 to 127.0.0.1 again" in shown, shown
    lab.wait_up(5)
    log = re.sub("(?m)^[-0-9]+ [:0-9]+ ", "", lab.text(".log"))
    assert "for the port of the lost link: released\nNext attempt in 1 s.\n" in log, log
    assert "is up already" in lab.paste()


def test_line_that_expired_sets_nothing_up(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.relay.permissions("drop", f"port={lab.port}", f"id={lab.name[-8:]}")
    shown = lab.paste()
    assert shown.endswith("RelayTray: this line has expired.\n")
    assert lab.jail.files() == {}


def test_line_used_for_another_server_is_refused(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    assert lab.server.enrolment
    taken = lab.relay.base / "enrol" / lab.server.enrolment.id
    other = Path(f"{lab.keys.key('other-server')}.pub").read_text().split()
    taken.write_text(f"key={other[0]} {other[1]}\n")
    make_talkative(lab)
    shown = lab.paste()
    assert "this line was used for another server already" in shown, shown
    assert "Nothing was set up." in shown
    assert processes_of(lab.name) == []
    assert lab.jail.files() == {}


def test_other_machine_in_the_relays_place_gets_nothing(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.relay.sshd.use_host_keys(lab.keys, "stranger")
    lab.relay.sshd.restart()
    assert lab.paste().endswith("RelayTray: another machine answered, not the relay.\n")


def test_relay_that_cannot_be_reached(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.relay.sshd.stop()
    shown = lab.paste()
    assert "RelayTray: the relay cannot be reached from here: ssh: connect to host 127.0.0.1" in shown


def test_large_rsa_host_key_is_found_by_its_fingerprint(make: Make, key_store: KeyStore) -> None:
    lab = make(programs=TOOLS, relay_key_types=("rsa",))
    lab.relay.sshd.host_keys["rsa"] = key_store.key("big-host", "rsa", options=("-b", "4096"))
    lab.relay.sshd.restart()
    lab.relay.permissions(
        "host",
        "host=127.0.0.1",
        f"port={lab.relay.sshd.port}",
        "key=" + " ".join(Path(f"{lab.relay.sshd.host_keys['rsa']}.pub").read_text().split()[:2]),
    )
    lab.issue()
    assert "ssh-keygen -lf" in lab.line
    assert "the tunnel is up" in lab.paste()
    lab.remove()
    wait_ended(lab.name)
    lab.issue()
    lab.relay.sshd.use_host_keys(key_store, "stranger")
    lab.relay.sshd.restart()
    assert "the tunnel is up" not in lab.paste()


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".profile"),
        ("tcsh", ".login"),
        ("fish", ".config/fish/conf.d/NAME.fish"),
    ],
)
def test_login_starts_it_again(make: Make, shell: str, file: str) -> None:
    """Each shell reads a file of its own, in its own words. A home may have a blank in its name."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    lab = make(programs=(*TOOLS, shell))
    if shell == "fish":
        folder = Path("usr/share/fish")  # by its config.fish it reads all the others
        shutil.copytree("/" / folder, lab.jail.root / folder, ignore=lambda *_: ("completions", "man"))
    home = "/home/gpu/my home"
    passwd = lab.jail.root / "etc/passwd"
    passwd.write_text(passwd.read_text().replace("/home/gpu", home), encoding="ascii")
    lab.jail.home /= "my home"
    lab.jail.home.mkdir()
    os.chown(lab.jail.home, UID, UID)
    lab.issue()
    shown = lab.paste(HOME=home, SHELL=program)
    assert "log in here once or paste the line again" in shown, shown
    file = file.replace("NAME", lab.name)
    assert lab.name in lab.jail.files()[file].decode()

    def script(word: str) -> str:
        line = f"sh '{home}/.ssh/{lab.name}.sh' {word}"
        assert f"sh '{home}/.ssh/{lab.name}.sh' remove" in shown
        return lab.jail.run(shell, "-c", line, environment={"HOME": home}).stdout

    script("stop")
    wait_ended(lab.name)
    lab.jail.run(shell, "-l", environment={"HOME": home})
    deadline = Deadline(10, f"the tunnel; its log:\n{lab.text('.log')}")
    while lab.text(".state") != "online\n":
        deadline.wait()
    assert "is taken away" in script("remove")
    wait_ended(lab.name)
    left = [name for name in lab.jail.files() if lab.name in name]
    assert not left
    assert file not in lab.jail.files()


def test_newer_line_takes_the_place_of_the_older(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.paste()
    older = lab.name
    lab.issue()
    shown = lab.paste()
    assert "An older tunnel to the same place was taken away." in shown, shown
    assert "the tunnel is up" in shown
    wait_ended(older)
    assert not [name for name in lab.jail.files() if older in name]
    assert older.encode() not in lab.jail.files()[".ssh/authorized_keys"]
    assert lab.name.encode() in lab.jail.files()[".ssh/authorized_keys"]


def test_port_without_an_sshd_is_told(make: Make) -> None:
    lab = make(programs=TOOLS)
    lab.issue()
    lab.gpu.stop()
    shown = lab.paste()
    assert "MISSING: No sshd answers" in shown
    report = lab.report()
    assert report is not None
    assert report.sshd == "none"
    assert "none is installed" in report.missing


def test_sshd_of_this_account(make: Make) -> None:
    lab = make(programs=(*TOOLS, "sshd", "uname"))
    lab.gpu.stop()
    lab.issue()
    assert "let it start an sshd for this account only" in lab.paste()
    lab.issue(user_sshd=True)
    shown = lab.paste()
    assert "the tunnel is up" in shown, shown
    report = lab.report()
    assert report is not None
    assert (report.sshd, report.missing, len(report.host_keys)) == ("user", "", 1)
    lab.wait_up()
    ssh = [
        "ssh",
        "-F",
        "/dev/null",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "BatchMode=yes",
        "-p",
        str(lab.port),
    ]
    known = lab.folder / "known"
    known.write_text(f"[127.0.0.1]:{lab.port} {report.host_keys[0]}\n")
    ssh += [
        "-o",
        f"UserKnownHostsFile={known}",
        "-i",
        str(lab.keys.key("person")),
        "gpu@127.0.0.1",
        "echo in",
    ]
    done = subprocess.run(ssh, capture_output=True, text=True, timeout=30)
    assert done.stdout == "in\n", (done, lab.text(".sshd-log"))

    # another machine with the same home has this sshd's key, too
    lab.script("stop")
    wait_ended(lab.name)
    machine = lab.jail.home / f".ssh/{lab.name}.machine"
    machine.write_text("node-a\n" + machine.read_text().split("\n", 1)[1])
    assert lab.jail.run("sh", f"/home/gpu/.ssh/{lab.name}.sh", "run").returncode == 3
    assert "the machine that the line of gpu1 was made for (node-a)" in lab.script("status")
    lab.remove()
    wait_ended(lab.name)
    assert lab.jail.files() == {}


def test_ssh_keygen_that_is_missing_is_told(make: Make) -> None:
    lab = make(programs=TOOLS)
    (lab.jail.root / "usr/bin/ssh-keygen").unlink()
    lab.put(".ssh/config", b"")
    lab.issue()
    assert "RelayTray: ssh-keygen could not make a key in /home/gpu/.ssh." in lab.paste()
    assert processes_of(lab.name) == []


def test_user_without_a_name_is_told(make: Make) -> None:
    """As in containers that run under any number: neither ssh nor ssh-keygen work there."""
    lab = make(programs=TOOLS)
    lab.put(".ssh/config", b"")
    (lab.jail.root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n", encoding="ascii")
    lab.issue()
    assert lab.paste().endswith("RelayTray: No user exists for uid 12345\n")


def test_home_that_cannot_be_written_is_told(make: Make) -> None:
    lab = make(programs=TOOLS)
    os.chown(lab.jail.home, 0, 0)
    lab.issue()
    assert lab.paste().endswith("RelayTray: cannot write in ~/.ssh.\n")


def test_home_that_is_shared_between_machines(make: Make) -> None:
    """The login file starts it on each machine, but it runs only on the one that the line was pasted on."""
    lab = make(programs=TOOLS)
    lab.issue()
    lab.paste()
    lab.script("stop")
    wait_ended(lab.name)
    lab.gpu.use_host_keys(lab.keys, "other-node")
    lab.gpu.restart()
    assert lab.jail.run("sh", f"/home/gpu/.ssh/{lab.name}.sh", "run").returncode == 3
    assert lab.server.enrolment
    (lab.relay.base / "etc/tokens" / lab.server.enrolment.id).unlink()
    shown = lab.paste()
    assert "This is not the machine that the line of gpu1 was made for" in shown, shown
    assert "trying" not in shown
    assert "Make a new line in RelayTray and paste it here." in lab.script("status")
    lab.gpu.use_host_keys(lab.keys, "gpu")
    lab.gpu.restart()
    assert lab.jail.run("sh", "-c", ". ~/.profile").stdout == ""
    lab.wait_up(10)
