"""Scripts on a machine behind a logged-in SSH link: for setting up relays and servers, and the doctor.

A script travels over the command's standard input, never in a file or on a command line, and runs only once
all of it has arrived: a link that breaks in the middle leaves half a script unrun. Everything blocks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import paramiko
from paramiko.common import OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
from paramiko.ssh_exception import ChannelException, SSHException

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import AdminLogin, Authentication, Relay
from app.transport.become_root import Root
from app.transport.far_machines import relay_login, relay_machine
from app.transport.link import Machine, Tools, check_host_key, closed_when, raise_if_cancelled, shake_hands
from app.transport.login import LoginPlan, log_in
from app.transport.remote_process import Output, RemoteProcess
from app.transport.session_transport import SessionTransport
from app.transport.tcp import connect_tcp

__all__ = ["Output", "RemoteShell"]

log = logging.getLogger("relaytray.transport")

_SESSION_TIMEOUT_S = 20.0


class RemoteShell:
    """A logged-in link on which scripts run, one at a time. Made by ``connect`` or ``over``."""

    def __init__(
        self,
        transport: SessionTransport,
        machine: Machine,
        plan: LoginPlan,
        tools: Tools,
        cancelled: threading.Event,
    ) -> None:
        self._transport = transport
        self._machine = machine
        self._plan = plan
        self._tools = tools
        self._cancelled = cancelled
        self._root = Root(plan, tools.asker, tools.secrets, cancelled)
        self._is_root_user: bool | None = None

    @classmethod
    def connect(
        cls, relay: Relay, tools: Tools, cancelled: threading.Event, *, login: AdminLogin | None = None
    ) -> Self:
        """``None``: the login that sets the relay up.

        Raises what a link's connecting does; asks the person the same way.
        """
        return cls.connect_as(relay, relay_login(relay, login or relay.set_up_login), tools, cancelled)

    @classmethod
    def connect_as(cls, relay: Relay, plan: LoginPlan, tools: Tools, cancelled: threading.Event) -> Self:
        sock = connect_tcp(relay.host, relay.port, cancelled)
        return cls.over(sock, relay_machine(relay), plan, tools, cancelled)

    @classmethod
    def over(
        cls, sock: socket.socket, machine: Machine, plan: LoginPlan, tools: Tools, cancelled: threading.Event
    ) -> Self:
        """Over a connection that leads to the machine's sshd; takes the socket over."""
        transport = SessionTransport(sock, name=f"shell-{machine.profile}")
        try:
            shake_hands(transport, machine, tools, cancelled)
            with closed_when(cancelled, transport):
                check_host_key(transport, machine, tools, cancelled)
                log_in(transport, plan, tools.asker, tools.secrets, cancelled)
        except BaseException:
            transport.end()
            raise_if_cancelled(cancelled, machine)
            raise
        return cls(transport, machine, plan, tools, cancelled)

    def again(self, user: str = "", identity: str = "") -> RemoteShell:
        """A new login at the same machine, as the same person, or as ``user`` with that key file."""
        plan = self._plan
        if user:
            plan = dataclasses.replace(
                plan, user=user, identity=identity, certificate="", authentication=Authentication.KEY_FILE
            )
        sock = connect_tcp(self._machine.host, self._machine.port, self._cancelled)
        return RemoteShell.over(sock, self._machine, plan, self._tools, self._cancelled)

    # --- who is there -----------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        return self._machine.host

    @property
    def user(self) -> str:
        return self._plan.user

    @property
    def authentication(self) -> Authentication:
        return self._plan.authentication

    @property
    def host_key(self) -> paramiko.PKey:
        """The key by which the machine proved itself on this very link."""
        return self._transport.get_remote_server_key()

    @property
    def remote_version(self) -> str:
        """As its banner tells: "SSH-2.0-OpenSSH_9.2p1 Debian-2"."""
        return self._transport.remote_version

    @property
    def is_alive(self) -> bool:
        return bool(self._transport.is_active())

    # --- running scripts --------------------------------------------------------------------------------

    def run(
        self,
        script: str,
        arguments: Sequence[str] = (),
        *,
        as_root: bool = False,
        timeout_s: float = 60,
        on_line: Callable[[str], None] | None = None,
        what: str = "a script",
        even_if_cancelled: bool = False,
        feed: Iterable[bytes] = (),
    ) -> Output:
        """Run a POSIX sh script and wait for its end. ``on_line`` hears its output as it comes.

        A status other than 0 is the caller's to judge. ``what`` is told when it does not come to an end.
        ``even_if_cancelled``: for what must be put in order when the rest was called off.
        ``feed``: bytes that the script reads from its descriptor 3, once it has said "ready=yes".
        Raises LINK_LOST, CANCELLED, REMOTE_SCRIPT_FAILED (no session, or not done in ``timeout_s``); with
        ``as_root`` also SUDO_REFUSED and NOBODY_TO_ASK.
        """
        words = ["sh", "-s", "--", *arguments]
        cancelled = threading.Event() if even_if_cancelled else self._cancelled
        up = as_root and not self._is_root(cancelled)
        command = self._root.command(words) if up else "exec " + shlex.join(words)
        with self._process(command, what, cancelled) as process:
            if up:
                self._root.open_the_door(process)
            process.send(whole(script, is_fed=feed != ()))
            return process.finish(time.monotonic() + timeout_s, on_line, feed)

    def may_reach(self, host: str, port: int) -> bool:
        """Whether sshd tries to connect there for this login; that nobody answers there is no refusal.

        Raises LINK_LOST.
        """
        try:
            ends = (host, port), ("127.0.0.1", 0)
            self._transport.open_channel("direct-tcpip", *ends, timeout=_SESSION_TIMEOUT_S).close()
        except ChannelException as e:
            return bool(e.code != OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)
        except (SSHException, OSError, EOFError) as e:
            raise error(FaultCode.LINK_LOST, host=self.host, reason=str(e) or type(e).__name__) from e
        return True

    def can_be_root(self) -> bool:
        """By login, by sudo without a password, or with the one that the person is then asked for."""
        try:
            return self.run("exit 0", as_root=True, what="become root").status == 0
        except RelayTrayError as e:
            if e.fault.code is FaultCode.SUDO_REFUSED:
                log.info("%s may not act as root on %s.", self.user, self.host)
                return False
            raise

    def close(self) -> None:
        self._transport.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _is_root(self, cancelled: threading.Event) -> bool:
        if self._is_root_user is None:
            regardless = cancelled is not self._cancelled
            told = self.run("id -u", what="tell who is logged in", even_if_cancelled=regardless)
            self._is_root_user = told.last_line == "0"
        return self._is_root_user

    def _process(
        self, command: str, what: str, cancelled: threading.Event
    ) -> contextlib.closing[RemoteProcess]:
        raise_if_cancelled(cancelled, self._machine)
        try:
            channel = self._transport.open_session(timeout=_SESSION_TIMEOUT_S)
            channel.settimeout(_SESSION_TIMEOUT_S)
            channel.exec_command(command)
        except ChannelException as e:
            told = {"host": self.host, "reason": e.text or "no session is allowed"}
            raise error(FaultCode.REMOTE_SCRIPT_FAILED, what=what, **told) from e
        except (SSHException, OSError, EOFError) as e:
            raise_if_cancelled(cancelled, self._machine)
            if self.is_alive:
                reason = str(e) or "it refuses to run commands"
                raise error(FaultCode.REMOTE_SCRIPT_FAILED, what=what, host=self.host, reason=reason) from e
            raise error(FaultCode.LINK_LOST, host=self.host, reason=str(e) or type(e).__name__) from e
        return contextlib.closing(RemoteProcess(channel, self._machine, cancelled, what))


def whole(script: str, *, is_fed: bool = False) -> bytes:
    """As one compound command: a shell runs nothing of it before its last line has come."""
    more = b"3<&0 " if is_fed else b""
    return b"{\n" + script.encode() + b"\n} " + more + b"</dev/null\n"
