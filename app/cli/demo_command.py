"""``demo``: a relay and a GPU server inside this program, in the tray or as a proof without a display."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from app.cli.context import Context
from app.cli.event_values import event_line
from app.cli.exit_codes import ExitCode
from app.cli.follower import Follower
from app.cli.session import Session
from app.cli.wiring import Demo, RemoteCommand, TrayRequest
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Server
from app.core.validation import local_ports
from app.export.proxy_environment import socks_address
from app.integration.profile_store import open_store
from app.integration.ssh_blocks import ssh_config_text
from app.integration.ssh_config_install import SshConfigInstall
from app.storage.paths import Paths
from app.system.instance import InstanceLock
from app.system.port_holder import can_listen
from app.system.programs import find_program, no_window_flags

GREETING = "Hello from the GPU server"
_CONNECT_S = 30.0
_SSH_S = 60.0


def demo(context: Context) -> int:
    is_passing = context.arguments.data_dir is None
    with running_demo(context, is_passing=is_passing) as (there, machines, document):
        if context.arguments.tray:
            return _in_tray(there, machines)
        return Proof(there, machines, document).run()


@contextlib.contextmanager
def running_demo(context: Context, *, is_passing: bool) -> Iterator[tuple[Context, Demo, Document]]:
    """The demo, and its profiles as they are stored: in a temporary folder, or (not ``is_passing``) for good
    among the person's own."""
    with contextlib.ExitStack() as cleanup:
        if is_passing:
            folder = tempfile.TemporaryDirectory(prefix="relaytray-demo-", ignore_cleanup_errors=True)
            paths = Paths.at(cleanup.enter_context(folder))
            cleanup.callback(_take_back, paths)
        else:
            paths = context.paths
        machines = context.wiring.make_demo(paths.root / "demo")
        paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        machines.start()
        cleanup.callback(machines.stop)
        stored = open_store(paths).edit(lambda document: _with_demo(document, machines.document()))
        yield dataclasses.replace(context, paths=paths), machines, _demo_in(stored, machines.document())


def _take_back(paths: Paths) -> None:
    """Whoever tried out the installed ssh config has it no more when the demo's folder is gone."""
    if paths.ssh_config.exists():
        with contextlib.suppress(RelayTrayError):  # an Include of a file that is not there does no harm
            SshConfigInstall(paths).remove()


def _with_demo(document: Document, demo: Document) -> Document:
    """An earlier demo gives way: its ports are gone. To the person's own profiles the demo gives way."""
    ids = {relay.id for relay in demo.relays} | {server.id for server in demo.servers}
    taken = {port for port, id_, _ in local_ports(document) if id_ not in ids}
    relays = {relay.id: relay for relay in document.relays}
    for relay in demo.relays:
        port = _free_port(relay.socks_port, taken)
        relays[relay.id] = dataclasses.replace(relay, socks_port=port)
    servers = {server.id: server for server in document.servers}
    for server in demo.servers:
        forwards = tuple(
            dataclasses.replace(forward, local_port=_free_port(forward.local_port, taken))
            for forward in server.forwards
        )
        servers[server.id] = dataclasses.replace(server, forwards=forwards)
    return dataclasses.replace(document, relays=tuple(relays.values()), servers=tuple(servers.values()))


def _free_port(wanted: int, taken: set[int]) -> int:
    """One that no profile has and nothing listens at, now or soon; it is taken from now on."""
    port = next((p for p in range(wanted, 65536) if p not in taken and can_listen("127.0.0.1", p)), wanted)
    taken.add(port)
    return port


def _demo_in(stored: Document, demo: Document) -> Document:
    """The demo's profiles alone, as they are stored."""
    relays = tuple(relay for relay in stored.relays if demo.relay(relay.id) is not None)
    servers = tuple(server for server in stored.servers if demo.server(server.id) is not None)
    return Document(relays=relays, servers=servers)


def _in_tray(context: Context, machines: Demo) -> int:
    start_tray = context.wiring.start_tray
    if start_tray is None:
        raise error(FaultCode.PROGRAM_MISSING, program="PySide6")
    request = TrayRequest(
        paths=context.paths,
        verbose=context.arguments.verbose,
        demo=machines,
        trusted=tuple(machines.fingerprints),
    )
    return start_tray(request)


class Proof:
    """Connects to the demo's server and runs a command there, telling every hop."""

    def __init__(self, context: Context, machines: Demo, document: Document) -> None:
        self._context = context
        self._document = document
        self._machines = machines
        self._out = context.out
        self._step = 0
        self._values: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()

    def run(self) -> int:
        document = self._document
        (relay, *_), (server, *_) = document.relays, document.servers
        self._tell(
            "machines", f"A relay runs at {relay.host}:{relay.port}, inside this program.", relay=relay.name
        )
        self._tell(
            "tunnel",
            f"The GPU server {server.alias} holds port {server.route.port} of the relay open.",
            alias=server.alias,
        )
        lock = InstanceLock(self._context.paths)
        if not lock.acquire():
            raise error(FaultCode.INTERNAL, reason="another RelayTray already uses this data folder")
        try:
            with self._session(document) as session:
                session.serve()
                session.manager.start()
                fault = self._connect(session, document, server)
                if fault is None:
                    self._tell("socks", f"Programs reach it through SOCKS at {socks_address(relay)}.")
                    self._run_command(document, server, relay.socks_port)
        finally:
            lock.release()
        if fault is not None:
            return self._out.fault(fault)
        self._tell("done", "Everything works.")
        return ExitCode.OK

    def _session(self, document: Document) -> Session:
        trusted = tuple(self._machines.fingerprints)
        return Session(self._context, document, trusted=trusted, on_value=self._values.put)

    def _connect(self, session: Session, document: Document, server: Server) -> Fault | None:
        relay = document.relay(server.relay_id)
        assert relay is not None
        follower = Follower(alias=server.alias, relay=relay.name, keep_trying=False)
        follower.begin()
        session.manager.connect(server.id)
        while not follower.was_connected:
            try:
                value = dict(self._values.get(timeout=_CONNECT_S))
            except queue.Empty:
                return follower.present_fault or Fault.of(FaultCode.SERVER_SILENT, alias=server.alias)
            line = event_line(value) if follower.concerns(value) else None
            if line is not None and value.get("state") != "off":
                self._tell(str(value["event"]), line)
            ending = follower.take(value)
            if ending is not None:
                return ending.fault
        return None

    def _run_command(self, document: Document, server: Server, socks_port: int) -> None:
        ssh = find_program("ssh")
        command = f"echo {GREETING}"
        if ssh is not None:
            said, how = self._through_ssh(ssh, document, server, command), "ssh"
        elif self._context.wiring.run_remote_command is not None:
            known_hosts = self._context.paths.known_hosts
            said = self._context.wiring.run_remote_command(
                RemoteCommand(server=server, socks_port=socks_port, known_hosts=known_hosts, command=command)
            )
            how = "RelayTray's own SSH client (no ssh program was found)"
        else:
            raise error(FaultCode.PROGRAM_MISSING, program="ssh")
        if GREETING not in said:
            raise error(FaultCode.INTERNAL, reason=f"the command on the demo server said {said!r}")
        self._tell("command", f'"{command}" ran on {server.alias} through {how}: {said.strip()}')

    def _through_ssh(self, ssh: str, document: Document, server: Server, command: str) -> str:
        config = self._context.paths.root / "demo-ssh-config"
        config.write_text(
            ssh_config_text(self._context.paths, document, server), encoding="utf-8", newline="\n"
        )
        words = [ssh, "-F", str(config), "-o", "BatchMode=yes", server.alias, command]
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SSH_S,
                creationflags=no_window_flags(),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            raise error(FaultCode.INTERNAL, reason=f"ssh did not run: {e}") from e
        if done.returncode != 0:
            told = done.stderr.decode("utf-8", "replace").strip()
            raise error(FaultCode.INTERNAL, reason=f"ssh ended with {done.returncode}: {told}")
        return done.stdout.decode("utf-8", "replace")

    def _tell(self, event: str, line: str, **more: object) -> None:
        self._step += 1
        self._out.both(f"{self._step}. {line}", {"event": event, "step": self._step, "text": line, **more})
