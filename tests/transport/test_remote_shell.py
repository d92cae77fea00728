"""Scripts on a real sshd: whole or not at all, with their output as it comes, and every way to end early."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import AdminLogin
from app.transport.remote_shell import RemoteShell, whole
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import Deadline
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.shell_peers import relay_at, tools_for

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")

UNTIL_NOBODY_LISTENS = "while echo up; do sleep 0.1; done"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Sshd]:
    keys = public_line(key_store.key("login"))
    folder = tmp_path_factory.mktemp("shell-sshd")
    with Sshd(folder, keys=key_store, authorized_keys=keys) as started:
        yield started


@pytest.fixture
def cancelled() -> threading.Event:
    return threading.Event()


@pytest.fixture
def shell(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, cancelled: threading.Event
) -> Iterator[RemoteShell]:
    relay = relay_at("127.0.0.1", sshd.port, sshd.user, key_store.key("login"))
    with RemoteShell.connect(relay, tools_for(tmp_path, sshd.host_key_line), cancelled) as connected:
        yield connected


def fault_of(caught: pytest.ExceptionInfo[RelayTrayError]) -> Fault:
    return caught.value.fault


def test_a_script_its_arguments_and_what_it_says(shell: RemoteShell) -> None:
    script = 'for word; do printf "<%s>" "$word"; done; echo; echo oh >&2; exit 3\n'
    done = shell.run(script, ["it's", 'a "b" $HOME `id`', "", "\u8df3\u677f"])
    assert done.out == '<it\'s><a "b" $HOME `id`><><\u8df3\u677f>\n'
    assert (done.err, done.status) == ("oh\n", 3)
    assert done.last_words == "oh"


def test_what_a_script_reads_is_empty(shell: RemoteShell) -> None:
    assert shell.run("cat; echo end").out == "end\n"


def test_long_scripts_and_much_output(shell: RemoteShell) -> None:
    script = "".join(f": {'x' * 90} {number}\n" for number in range(3000)) + "seq 1 50000\n"
    lines: list[str] = []
    done = shell.run(script, on_line=lines.append)
    assert lines == [str(number) for number in range(1, 50001)]
    assert done.status == 0


def test_lines_are_told_while_the_script_runs(shell: RemoteShell, tmp_path: Path) -> None:
    go = tmp_path / "go"
    lines: list[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        go.touch()

    waiting = 'n=0; while [ ! -e "$1" ] && [ $n -lt 500 ]; do n=$((n+1)); sleep 0.02; done'
    script = f"echo first; {waiting}; printf %s $n"
    done = shell.run(script, [str(go)], on_line=heard)
    assert lines[0] == "first"
    assert lines[1] == done.out.split("\n")[1] != "500"


def test_half_a_script_does_nothing(shell: RemoteShell, tmp_path: Path) -> None:
    """What a link that breaks leaves behind: the first lines, and the end of the input."""
    half = whole(f"touch {tmp_path}/first\ntouch {tmp_path}/second\n").rpartition(b"touch")[0]
    with shell._process("exec sh -s", "half a script", threading.Event()) as process:
        process.send(half)
        assert process.finish(float("inf")).status != 0
    assert not (tmp_path / "first").exists()


def test_who_is_there(shell: RemoteShell, sshd: Sshd) -> None:
    assert shell.remote_version.startswith("SSH-2.0-OpenSSH")
    assert sshd.fingerprint() == shell.host_key.fingerprint
    assert shell.user == sshd.user
    assert shell.is_alive


def test_a_script_without_end_is_given_up(shell: RemoteShell) -> None:
    with pytest.raises(RelayTrayError) as caught:
        shell.run(UNTIL_NOBODY_LISTENS, timeout_s=0.3, what="wait")
    assert fault_of(caught).code is FaultCode.REMOTE_SCRIPT_FAILED
    assert fault_of(caught).details["what"] == "wait"
    assert shell.run("echo still here").out == "still here\n"


def test_output_without_end_is_given_up(shell: RemoteShell) -> None:
    with pytest.raises(RelayTrayError) as caught:
        shell.run("while :; do echo 0123456789012345678901234567890123456789; done")
    assert fault_of(caught).code is FaultCode.REMOTE_SCRIPT_FAILED


def test_calling_it_off(shell: RemoteShell, cancelled: threading.Event) -> None:
    with pytest.raises(RelayTrayError) as caught:
        shell.run(UNTIL_NOBODY_LISTENS, on_line=lambda _line: cancelled.set())
    assert fault_of(caught).code is FaultCode.CANCELLED
    with pytest.raises(RelayTrayError) as caught:
        shell.run("echo no more")
    assert fault_of(caught).code is FaultCode.CANCELLED
    assert shell.run("echo in order", as_root=True, even_if_cancelled=True).out == "in order\n"


def test_a_new_login_beside_the_old(shell: RemoteShell, sshd: Sshd, key_store: KeyStore) -> None:
    with shell.again() as other:
        assert other.run("echo hello").out == "hello\n"
    with pytest.raises(RelayTrayError) as caught:
        shell.again(sshd.user, str(key_store.key("stranger")))
    assert fault_of(caught).code is FaultCode.LOGIN_REFUSED
    assert shell.run("echo still here").out == "still here\n"


def test_a_cut_link(shell: RemoteShell, sshd: Sshd) -> None:
    with pytest.raises(RelayTrayError) as caught:
        shell.run(UNTIL_NOBODY_LISTENS, on_line=lambda _line: sshd.drop_sessions())
    assert fault_of(caught).code is FaultCode.LINK_LOST
    deadline = Deadline(10, "the end of the link")
    while shell.is_alive:
        deadline.wait()
    with pytest.raises(RelayTrayError) as caught:
        shell.run("echo nobody")
    assert fault_of(caught).code is FaultCode.LINK_LOST


def test_a_killed_script_is_no_cut_link(shell: RemoteShell) -> None:
    assert shell.run("kill -9 $$").status == -1
    assert shell.is_alive


def test_where_no_session_is_allowed(tmp_path: Path, key_store: KeyStore, cancelled: threading.Event) -> None:
    key = key_store.key("login")
    with Sshd(
        tmp_path / "sshd", keys=key_store, authorized_keys=public_line(key), config_lines=["MaxSessions 0"]
    ) as sshd:
        relay = relay_at("127.0.0.1", sshd.port, sshd.user, key)
        tools = tools_for(tmp_path, sshd.host_key_line)
        with RemoteShell.connect(relay, tools, cancelled) as shell, pytest.raises(RelayTrayError) as caught:
            shell.run("true", what="look around")
    assert fault_of(caught).code is FaultCode.REMOTE_SCRIPT_FAILED
    assert fault_of(caught).details["what"] == "look around"


def test_the_login_of_the_admin(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, cancelled: threading.Event
) -> None:
    admin = AdminLogin(user=sshd.user, identity=str(key_store.key("login")))
    tools = tools_for(tmp_path, sshd.host_key_line)
    relay = relay_at("127.0.0.1", sshd.port, "nobody-at-all", key_store.key("stranger"), admin=admin)
    with RemoteShell.connect(relay, tools, cancelled) as shell:
        assert shell.run("id -un").out.strip() == sshd.user
    with pytest.raises(RelayTrayError) as caught:
        RemoteShell.connect(
            relay, tools, cancelled, login=AdminLogin(user=sshd.user, identity=relay.identity)
        )
    assert fault_of(caught).code is FaultCode.LOGIN_REFUSED


def test_another_machine_answers(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, cancelled: threading.Event
) -> None:
    pinned = f"[127.0.0.1]:{sshd.port} {public_line(key_store.key('other-host'))}"
    relay = relay_at("127.0.0.1", sshd.port, sshd.user, key_store.key("login"))
    with pytest.raises(RelayTrayError) as caught:
        RemoteShell.connect(relay, tools_for(tmp_path, pinned), cancelled)
    assert fault_of(caught).code is FaultCode.HOST_KEY_CHANGED


def test_cancelled_before_it_begins(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, cancelled: threading.Event
) -> None:
    cancelled.set()
    relay = relay_at("127.0.0.1", sshd.port, sshd.user, key_store.key("login"))
    with pytest.raises(RelayTrayError) as caught:
        RemoteShell.connect(relay, tools_for(tmp_path, sshd.host_key_line), cancelled)
    assert fault_of(caught).code is FaultCode.CANCELLED


def test_a_machine_that_goes_in_the_middle_of_the_handshake(
    tmp_path: Path, key_store: KeyStore, cancelled: threading.Event
) -> None:
    """Nothing is left behind, not even a timer of paramiko's."""

    def hang_up() -> None:
        client, _ = listener.accept()
        with client:
            client.sendall(b"SSH-2.0-leaving\r\n")
            client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        leaving = threading.Thread(target=hang_up)
        leaving.start()
        relay = relay_at("127.0.0.1", listener.getsockname()[1], "me", key_store.key("login"))
        with pytest.raises(RelayTrayError) as caught:
            RemoteShell.connect(relay, tools_for(tmp_path), cancelled)
        leaving.join(10)
    assert fault_of(caught).code is FaultCode.LINK_LOST
