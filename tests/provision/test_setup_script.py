"""What goes to the relay is what lies here, and what comes back is understood, or is a failure."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import SetupMode
from app.core.provisioning import Note, SetupOptions, Step, StepNote, StepState
from app.provision.relay_host_keys import check_host_keys, host_keys_told
from app.provision.setup_script import SetupScript, Told, script_text
from app.resource_files import resource
from app.transport.remote_shell import Output, RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.shell_peers import relay_at, tools_for


@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix"])
@pytest.mark.parametrize(
    ("step", "name"), [(Step.PROGRAMS, "server/server.sh"), (Step.SSHD, "relay/sshd-guard")]
)
def test_files_arrive_byte_for_byte(shell: str, step: Step, name: str) -> None:
    text = script_text(step)
    payload = text[text.index("payload() {") : text.index("# RelayTray: setting a relay up, last part")]
    script = payload + f"payload {name.rpartition('/')[2]}\n"
    done = subprocess.run([*shell.split()], input=script.encode(), capture_output=True, timeout=60)
    assert (done.stdout, done.stderr) == (resource(f"scripts/{name}").read_bytes(), b"")


def test_an_answer() -> None:
    told = Told.parsed(
        Output(0, "note=file-missing\tpath=/a b=c\nstate=change\nuid=0\nhost_key=a b\nhost_key=c d\n", "")
    )
    assert told.state == "change"
    assert told.notes == (Note(StepNote.FILE_MISSING, {"path": "/a b=c"}),)
    assert told.get("uid") == "0"
    assert told.all("host_key") == ("a b", "c d")


def test_the_first_reason_counts() -> None:
    told = Told.parsed(Output(3, "state=failed\nreason=full\nstate=failed\nreason=later\n", "noise\n"))
    assert (told.state, told.reason) == ("failed", "full")


@pytest.mark.parametrize("out", ["", "This account is not available.\n", "bash: syntax error\n"])
def test_no_answer_at_all_is_a_failure(out: str) -> None:
    told = Told.parsed(Output(1, out, "what the shell said\n"))
    assert (told.state, told.reason) == ("failed", "what the shell said")


# --- host keys --------------------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path: Path, key_store: KeyStore) -> Iterator[SetupScript]:
    if find_sshd() is None:
        pytest.skip("needs the OpenSSH server")
    key = key_store.key("login")
    with Sshd(tmp_path / "sshd", keys=key_store, authorized_keys=public_line(key)) as sshd:
        relay = relay_at("127.0.0.1", sshd.port, sshd.user, key)
        tools = tools_for(tmp_path, sshd.host_key_line)
        with RemoteShell.connect(relay, tools, threading.Event()) as shell:
            options = SetupOptions(mode=SetupMode.ACCOUNT)
            yield SetupScript(shell=shell, relay=relay, options=options)


def test_host_keys_that_the_link_does_not_bear_out(script: SetupScript, key_store: KeyStore) -> None:
    """They are of another sshd on that machine: only what this link has shown is taken."""
    other = public_line(key_store.key("other-host", "rsa"))
    own = f"{script.shell.host_key.get_name()} {script.shell.host_key.get_base64()}"
    assert host_keys_told(script, Told("", values=(("host_key", other),))) == (own,)
    assert host_keys_told(script, Told("", values=(("host_key", other), ("host_key", own)))) == (other, own)


def test_host_keys_of_kinds_that_no_link_shows(script: SetupScript) -> None:
    own = f"{script.shell.host_key.get_name()} {script.shell.host_key.get_base64()}"
    odd = ("ssh-dss AAAA", "ssh-ed25519 ?", "")
    values = tuple(("host_key", line) for line in (own, *odd))
    assert host_keys_told(script, Told("", values=values)) == (own,)


def test_which_host_keys_are_not_pinned_yet(script: SetupScript, key_store: KeyStore, tmp_path: Path) -> None:
    own = f"{script.shell.host_key.get_name()} {script.shell.host_key.get_base64()}"
    other = public_line(key_store.key("other-host", "rsa"))
    values = (("host_key", own), ("host_key", other))
    report = check_host_keys(script, Told("", values=values), tools_for(tmp_path).host_keys)
    assert report.state is StepState.CHANGE
    assert report.notes == (
        Note(StepNote.HOST_KEY_NOT_PINNED, {"key_type": "ssh-rsa"}),
        Note(StepNote.FILE_DIFFERS, {"path": "~/.relaytray/etc/host"}),
    )
