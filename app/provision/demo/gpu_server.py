"""The demo's GPU server: an SSH server with commands, a shell, files, and forwards to its own loopback.

Its sshd listens on 127.0.0.1; the way in is the relay's route port. Only the person's key opens it.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import paramiko
from paramiko.common import OPEN_SUCCEEDED

from app.provision.demo.crew import Crew
from app.provision.demo.demo_transport import DemoTransport
from app.provision.demo.doors import USER, Door
from app.provision.demo.files import FileSession
from app.provision.demo.loopback import Listener, connect
from app.provision.demo.processes import Processes
from app.provision.demo.sessions import Session, Terminal
from app.provision.demo.shell import run_over_pipes
from app.provision.demo.transports import Transports

if sys.platform == "win32":
    from app.provision.demo.line_shell import run_line_shell as run_in_terminal
else:
    from app.provision.demo.terminal import run_in_terminal

_LOOPBACK = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}


class GpuServer:
    """Listens on 127.0.0.1:``port`` from the moment it is made. Raises OSError. ``home`` must exist."""

    def __init__(self, crew: Crew, host_key: paramiko.PKey, person: paramiko.PKey, home: Path) -> None:
        self._crew = crew
        self._host_key = host_key
        self._person = person
        self._processes = Processes(home, USER)
        self._transports = Transports(crew)
        self._listener = Listener(crew, "demo-gpu", self._welcome)
        self.port = self._listener.port

    def stop(self) -> None:
        """Nothing listens, nobody is connected and no program runs any more; threads end soon after."""
        self._listener.close()
        self._transports.close()
        self._processes.end_all()

    def _welcome(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        door = _GpuDoor(self._crew, self._processes, [self._person])
        transport = DemoTransport(sock, self._crew, f"demo-gpu-{peer[1]}")
        self._transports.serve(transport, self._host_key, door)


class _GpuDoor(Door):
    def __init__(self, crew: Crew, processes: Processes, keys: list[paramiko.PKey]) -> None:
        super().__init__(keys)
        self._crew = crew
        self._processes = processes
        self._sessions: dict[int, Session] = {}

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind == "session":
            self._sessions.pop(chanid, None)  # the number of a channel that is closed
            return OPEN_SUCCEEDED
        return super().check_channel_request(kind, chanid)

    def may_open(self, host: str, port: int) -> bool:
        return host.lower() in _LOOPBACK and 0 < port < 65536

    def dial(self, host: str, port: int) -> socket.socket:
        return connect(port, _LOOPBACK[host.lower()])

    # --- a session's requests ---------------------------------------------------------------------------

    def _session(self, channel: paramiko.Channel) -> Session:
        session = self._sessions.get(channel.chanid)
        if session is None or session.channel is not channel:
            self._sessions = {number: one for number, one in self._sessions.items() if not one.channel.closed}
            session = self._sessions[channel.chanid] = Session(channel)
        return session

    def check_channel_env_request(self, channel: paramiko.Channel, name: bytes, value: bytes) -> bool:
        return self._session(channel).set_variable(os.fsdecode(name), os.fsdecode(value))

    def check_channel_pty_request(
        self,
        channel: paramiko.Channel,
        term: bytes,
        width: int,
        height: int,
        pixelwidth: int,
        pixelheight: int,
        modes: bytes,  # noqa: ARG002 - a new terminal's own are good enough
    ) -> bool:
        session = self._session(channel)
        if session.started:
            return False
        session.terminal = Terminal(os.fsdecode(term), width, height, pixelwidth, pixelheight)
        return True

    def check_channel_window_change_request(
        self, channel: paramiko.Channel, width: int, height: int, pixelwidth: int, pixelheight: int
    ) -> bool:
        session = self._session(channel)
        if session.terminal is None:
            return False
        session.terminal = Terminal(session.terminal.kind, width, height, pixelwidth, pixelheight)
        if session.program is not None:
            session.program.resize(session.terminal)
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        return self._prepare(channel, None)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        return self._prepare(channel, command)

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        session = self._session(channel)
        if name != "sftp" or session.started:
            return False
        session.started = True
        files = FileSession(channel, name, self, self._processes.home)

        def begin() -> None:
            files.start()
            self._crew.adopt(files)

        session.waiting = begin
        return True

    def _prepare(self, channel: paramiko.Channel, command: bytes | None) -> bool:
        session = self._session(channel)
        if session.started:
            return False
        session.started = True
        terminal = session.terminal

        def run() -> None:
            if terminal is None:
                run_over_pipes(self._crew, self._processes, session, command)
            else:
                run_in_terminal(self._crew, self._processes, session, terminal, command)

        session.waiting = lambda: self._begin(run)
        return True

    def _begin(self, run: Callable[[], None]) -> None:
        self._crew.start("demo-session", run)

    def request_answered(self, channel: paramiko.Channel) -> None:
        session = self._sessions.get(channel.chanid)
        if session is not None and session.waiting is not None:
            begin, session.waiting = session.waiting, None
            begin()

    def signal(self, channel: paramiko.Channel, name: str) -> None:
        program = self._session(channel).program
        if program is not None:
            program.signal(name)
