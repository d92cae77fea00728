"""What a thief of one of the relay's keys would try. Each attack tells whether it got through.

``everything(login)`` lists the attacks; ``test_attacks`` shows first that each of them succeeds where nothing
stands in its way, so that a refusal means something.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, cMSG_CHANNEL_REQUEST
from paramiko.message import Message

from tests.peers import processes
from tests.peers.machines import Machine
from tests.peers.ports import Deadline

_PROOF = "got-42"  # what the relay's shell makes of the next line
_COMMAND = "echo got-$((40+2))"


@dataclass
class Login:
    """A stolen key, and where it counts. ``folder``: for the attacks' files; ``elsewhere``: has a root."""

    host: str
    user: str
    key: Path
    folder: Path
    elsewhere: Machine
    port: int = 22
    _transport: paramiko.Transport | None = None

    def options(self, key: Path | str = "") -> list[str]:
        return [
            *(
                "-F",
                "/dev/null",
                "-i",
                str(key or self.key),
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
            ),
            *(
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                f"Port={self.port}",
            ),
            *("-o", "ConnectTimeout=10", "-o", "KexAlgorithms=curve25519-sha256"),  # a cheap one
        ]

    @property
    def at(self) -> str:
        return f"{self.user}@{self.host}"

    def ssh(
        self, *words: str, text: str = "", after: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """``words`` before the host, ``after`` behind it."""
        command = ["ssh", *self.options(), *words, self.at, *after]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)

    @contextlib.contextmanager
    def transport(self) -> Iterator[paramiko.Transport]:
        """A login that asks for nothing; the attacks share it for as long as the relay lets them."""
        if self._transport is None or not self._transport.is_active():
            self.close()
            sock = socket.create_connection((self.host, self.port), timeout=10)
            self._transport = paramiko.Transport(sock)
            self._transport.start_client(timeout=20)
            self._transport.auth_publickey(
                self.user, paramiko.Ed25519Key.from_private_key_file(str(self.key))
            )
        yield self._transport

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport.join(5)
            self._transport = None


Attack = Callable[[Login], bool]


# --- sessions ---------------------------------------------------------------------------------------------


def runs_a_command(login: Login) -> bool:
    return _PROOF in login.ssh(after=(_COMMAND,)).stdout


def gets_a_shell(login: Login) -> bool:
    return _PROOF in login.ssh(text=f"{_COMMAND}\nexit\n").stdout


def gets_a_terminal(login: Login) -> bool:
    return _PROOF in login.ssh("-tt", text=f"{_COMMAND}\nexit\n").stdout


def passes_an_environment(login: Login) -> bool:
    done = login.ssh("-o", "SetEnv=LC_PROOF=got-42 ENV=/dev/stdin", after=("echo $LC_PROOF",))
    return _PROOF in done.stdout


def lists_files_by_sftp(login: Login) -> bool:
    command = ["sftp", *login.options(), "-b", "-", login.at]
    done = subprocess.run(command, input="ls /etc/passwd\n", capture_output=True, text=True, timeout=30)
    return done.returncode == 0


def names_a_subsystem(login: Login) -> bool:
    """A forced command may take the subsystem's place: what counts is whether SFTP is spoken."""
    with login.transport() as transport:
        try:
            channel = transport.open_session(timeout=10)
            channel.settimeout(10)
            channel.invoke_subsystem("sftp")
            channel.sendall(b"\0\0\0\5\1\0\0\0\3")  # INIT, version 3
            return channel.recv(9)[4:5] == b"\2"  # VERSION
        except (paramiko.SSHException, EOFError, OSError):
            return False


def fetches_by_scp(login: Login, *options: str) -> bool:
    target = login.folder / f"stolen{len(options)}"
    target.unlink(missing_ok=True)
    command = ["scp", *options, *login.options(), f"{login.at}:/etc/passwd", str(target)]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    return target.exists()


def fetches_by_old_scp(login: Login) -> bool:
    return fetches_by_scp(login, "-O")


def forwards_an_agent(login: Login) -> bool:
    return _asks_of_session(login, "auth-agent-req@openssh.com")


def forwards_x11(login: Login) -> bool:
    with login.transport() as transport:
        return _is_granted(lambda: transport.open_session(timeout=10).request_x11())


def _asks_of_session(login: Login, kind: str) -> bool:
    with login.transport() as transport:

        def ask() -> None:
            channel: Any = transport.open_session(timeout=10)  # paramiko asks this without awaiting an answer
            message = Message()
            message.add_byte(cMSG_CHANNEL_REQUEST)
            message.add_int(channel.remote_chanid)
            message.add_string(kind)
            message.add_boolean(True)
            channel._event_pending()
            channel.transport._send_user_message(message)
            channel._wait_for_event()

        return _is_granted(ask)


def _is_granted(request: Callable[[], object]) -> bool:
    try:
        request()
    except (paramiko.SSHException, EOFError, OSError):
        return False
    return True


# --- ways in ----------------------------------------------------------------------------------------------


def opens(host: str, port: int) -> Attack:
    """A connection to there. That nobody listens there is no refusal: the relay has tried."""

    def attack(login: Login) -> bool:
        with login.transport() as transport:
            try:
                transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 1), timeout=10)
            except paramiko.ChannelException as refusal:
                return bool(refusal.code != OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)
            except (paramiko.SSHException, EOFError):
                return False
            return True

    return attack


def opens_by_ssh_w(login: Login) -> bool:
    return login.ssh("-W", f"127.0.0.1:{login.port}").stdout.startswith("SSH-2.0-")


def opens_by_ssh_d(login: Login) -> bool:
    """The SOCKS proxy of ``ssh -D`` leads to the relay's own sshd."""
    place = login.folder / "socks"
    with _forwarding(login, "-D", str(place)), contextlib.closing(_unix_socket(place)) as line:
        line.sendall(b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + login.port.to_bytes(2, "big"))
        return b"SSH-2.0-" in _all_of(line)


def opens_a_unix_socket(login: Login) -> bool:
    place = login.folder / "local"
    with (
        _forwarding(login, "-L", f"{place}:/run/lab/service"),
        contextlib.closing(_unix_socket(place)) as line,
    ):
        return b"SSH-2.0-" in _all_of(line)


@contextlib.contextmanager
def _forwarding(login: Login, flag: str, words: str) -> Iterator[None]:
    """ssh with a local listener, which is a file's socket: no port to be taken."""
    place = Path(words.partition(":")[0])
    place.unlink(missing_ok=True)
    command = ["ssh", "-N", *login.options(), flag, words, login.at]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT)
    deadline = Deadline(15, f"ssh's listener {place}")
    try:
        while not place.exists() and process.poll() is None:
            deadline.wait()
        yield
    finally:
        processes.end_tree(process)


def _unix_socket(place: Path) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(10)
    with contextlib.suppress(OSError):  # ssh has ended: it says why to nobody
        line.connect(str(place))
    return line


def _all_of(line: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(OSError):
        while b"SSH-2.0-" not in found and (part := line.recv(4096)):
            found += part
    return found


# --- listeners --------------------------------------------------------------------------------------------


def listens(address: str, port: int) -> Attack:
    """A listener on the relay, at another address or port than the one that was permitted."""

    def attack(login: Login) -> bool:
        with login.transport() as transport:
            granted = _is_granted(lambda: transport.request_port_forward(address, port))
            if granted:  # the next attack may want it, too
                transport.cancel_port_forward(address, port)
            return granted

    return attack


def listens_on_a_unix_socket(login: Login) -> bool:
    with login.transport() as transport:
        path = f"/tmp/stolen-{secrets.token_hex(4)}"
        return transport.global_request("streamlocal-forward@openssh.com", (path,), wait=True) is not None


def makes_a_network_device(login: Login) -> bool:
    """ssh -w, which only a machine with /dev/net/tun and root can ask for. To try and fail is no refusal."""
    machine = login.elsewhere
    machine.write("/tmp/stolen-key", login.key.read_text(encoding="utf-8"), 0o600)
    options = ["-v", "-w", "any:any", "-o", "Tunnel=point-to-point", "-o", "ExitOnForwardFailure=yes", "-N"]
    command = ["timeout", "3", "ssh", *login.options("/tmp/stolen-key"), *options, login.at]
    said = machine.run(*command).stderr
    assert "Requesting tun" in said, said
    return "Server has rejected tunnel device forwarding" not in said


# --- all of them ------------------------------------------------------------------------------------------

SESSIONS: dict[str, Attack] = {
    "run a command": runs_a_command,
    "get a shell": gets_a_shell,
    "get a terminal": gets_a_terminal,
    "pass an environment": passes_an_environment,
    "list files by sftp": lists_files_by_sftp,
    "name a subsystem": names_a_subsystem,
    "fetch a file by scp": fetches_by_scp,
    "fetch a file by scp -O": fetches_by_old_scp,
    "forward an agent": forwards_an_agent,
    "forward X11": forwards_x11,
}


def ways_in(login: Login) -> dict[str, Attack]:
    targets = [
        ("127.0.0.1", login.port),
        ("localhost", login.port),
        ("::1", login.port),
        ("127.0.0.2", login.port),
    ]
    targets += [(login.host, login.port), ("0.0.0.0", login.port), ("127.0.0.1", 2)]
    found = {f"open {host}:{port}": opens(host, port) for host, port in targets}
    found |= {"ssh -W": opens_by_ssh_w, "ssh -D": opens_by_ssh_d, "open a unix socket": opens_a_unix_socket}
    return found


def listeners(free: int) -> dict[str, Attack]:
    """``free``: a port of the relay that nobody has and that this key was not given."""
    places = [
        ("127.0.0.1", free),
        ("localhost", free),
        ("0.0.0.0", free),
        ("", free),
        ("::", free),
        ("127.0.0.1", 0),
    ]
    places += [("127.0.0.2", free), ("*", free)]
    found = {f"listen at {address or 'any'}:{port}": listens(address, port) for address, port in places}
    found |= {
        "listen on a unix socket": listens_on_a_unix_socket,
        "make a network device": makes_a_network_device,
    }
    return found


def everything(login: Login, free: int = 29999) -> dict[str, Attack]:
    return SESSIONS | ways_in(login) | listeners(free)


def what_gets_through(login: Login, attacks: dict[str, Attack]) -> list[str]:
    with contextlib.closing(login):
        return [name for name, attack in attacks.items() if attack(login)]
