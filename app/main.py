"""The composition root: builds every object, and owns the order of start and shutdown.

Nothing else knows how the parts are made. Importing this module starts nothing; the heavy packages (paramiko,
Qt) are imported when a command needs them, so that ``relaytray --help`` is quick.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.commands import run
from app.cli.control_handler import ProgramHandler
from app.cli.wiring import DoctorRequest, RemoteCommand, SetUpRequest, TrayRequest, Wiring
from app.core.diagnosis import Examined
from app.core.events import DocumentChanged, Event, Notice, Publish, QuitRequested, RaiseRequested
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Relay, Server
from app.core.shadowsocks import SECRET_KIND, ShadowsocksServer
from app.export.proxy_environment import proxy_environment
from app.integration.profile_store import catch_up, open_store
from app.integration.ssh_blocks import ssh_config_text
from app.log_setup import install_exception_hooks, set_up_logging
from app.secrets import SecretName, SecretStore
from app.storage.paths import Paths
from app.storage.profiles_file import export_profiles, merge, read_profiles_file
from app.storage.ssh_config_files import preview_ssh_config
from app.system.control_client import ControlClient
from app.system.control_server import ControlServer
from app.system.instance import InstanceLock

_SESSION_ENDS_S = 2.0  # a system that shuts down does not wait for us much longer

if TYPE_CHECKING:
    from app.integration.pictures import GrayPicture
    from app.integration.steering import SteeringDesk
    from app.integration.uses import UseDesk
    from app.provision.demo import Demo
    from app.provision.desk import SetUpDesk
    from app.provision.doctor import DoctorDesk
    from app.provision.lightsail.desk import LightsailDesk
    from app.transport.cores.connecting import CoreRoute
    from app.transport.link import Tools
    from app.tunnel.manager import TunnelManager
    from app.ui.parts import Parts


def main(argv: Sequence[str] | None = None) -> int:
    """The whole program. Returns the exit code (``app.cli.exit_codes``)."""
    return run(list(sys.argv[1:] if argv is None else argv), make_wiring())


def make_wiring() -> Wiring:
    return Wiring(
        make_manager=make_manager,
        make_secrets=make_secrets,
        make_demo=make_demo,
        make_doctor=make_doctor,
        make_setup=make_setup,
        make_cloud=make_cloud,
        start_tray=start_tray if _qt_is_here() else None,
        run_remote_command=run_remote_command,
        decode_picture=decode_picture if _qt_is_here() else None,
    )


def make_manager(
    paths: Paths, document: Document, secrets: SecretStore, publish: Publish, trusted: Sequence[str] = ()
) -> TunnelManager:
    from app.tunnel.manager import TunnelManager

    return TunnelManager(
        paths=paths, document=document, secrets=secrets, publish=publish, trusted=tuple(trusted)
    )


def make_secrets(on_fault: Callable[[Fault], None]) -> SecretStore:
    return SecretStore(on_fault=on_fault)


def make_demo(folder: Path) -> Demo:
    from app.provision.demo import Demo

    return Demo(folder)


def make_doctor(request: DoctorRequest) -> DoctorDesk:
    return _doctor_desk(
        request.paths, lambda: request.document, request.tools, request.our_ports, request.config
    )


def make_setup(request: SetUpRequest) -> SetUpDesk:
    from app.provision.desk import SetUpDesk

    return SetUpDesk(request.paths, request.store, request.manager, request.changed)


def make_cloud(request: SetUpRequest) -> LightsailDesk:
    from app.provision.lightsail.desk import LightsailDesk
    from app.provision.surroundings import Ground

    return LightsailDesk(Ground(request.paths, request.store, request.manager, request.changed))


def _steering_desk(paths: Paths, document: Document, publish: Publish) -> SteeringDesk:
    from app.integration.steering import SteeringDesk

    return SteeringDesk(paths, document, publish)


def _doctor_desk(
    paths: Paths,
    document: Callable[[], Document],
    tools: Tools,
    our_ports: Callable[[], Collection[int]],
    config: Path | None = None,
) -> DoctorDesk:
    from app.integration.ssh_config_check import ssh_config_check
    from app.provision.doctor import DoctorDesk, Surroundings

    def check(server: Server) -> Examined:
        return ssh_config_check(paths, document(), server, config)

    def route(server: Server) -> CoreRoute:
        from app.tunnel.core_end import core_route

        return core_route(server, document(), tools.secrets)

    return DoctorDesk(document, tools, Surroundings(our_ports=our_ports, ssh_config=check, core_route=route))


def run_remote_command(command: RemoteCommand) -> str:
    from app.transport.remote_command import run_through_socks

    return run_through_socks(
        ("127.0.0.1", command.socks_port), command.server, command.known_hosts, command.command
    )


def decode_picture(data: bytes, kind: str, path: Path | None) -> GrayPicture:
    try:
        from app.ui.pictures import gray_picture
    except ImportError as e:  # Qt is here, and not what it needs of the system
        raise error(FaultCode.PROGRAM_MISSING, program="PySide6, which reads pictures,") from e
    return gray_picture(data, kind, path)


def start_tray(request: TrayRequest) -> int:
    """The tray program, until the person quits. A second start shows the first one's window and ends."""
    lock = InstanceLock(request.paths)
    if not lock.acquire():
        ControlClient(request.paths).call("raise")
        return 0
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(lock.release)
        from app.ui import application  # late: it loads Qt, which a second start does without

        application.check_display(request.qt_arguments)
        return _Tray(request, cleanup).run()


class _Tray:
    """The objects of one run of the tray program. What is made first is closed last."""

    def __init__(self, request: TrayRequest, cleanup: contextlib.ExitStack) -> None:
        self._paths = request.paths
        self._request = request
        self._show: Publish = lambda _event: None  # until the window exists
        self._desk: UseDesk | None = None
        self._stored_fault: Fault | None = None
        self._store = open_store(request.paths, tell=lambda fault: self.publish(Notice(fault)))
        document = self._store.load()
        self._logs = set_up_logging(
            request.paths.log_folder,
            level="debug" if request.verbose else document.settings.log_level,
            to_stderr=request.verbose,
        )
        cleanup.callback(self._logs.close)
        cleanup.callback(install_exception_hooks())
        self._secrets = SecretStore(on_fault=lambda fault: self.publish(Notice(fault)))
        cleanup.callback(self._secrets.close)
        self._document = document
        self._steering = _steering_desk(request.paths, document, self.publish)
        cleanup.callback(self._steering.stop)
        self._manager = make_manager(request.paths, document, self._secrets, self.publish, request.trusted)
        self._handler = ProgramHandler(
            paths=request.paths,
            manager=self._manager,
            raise_window=lambda: self.publish(RaiseRequested()),
            quit_program=lambda: self.publish(QuitRequested()),
            trust=self._manager.trust,
            steering=lambda: self._steering.state,
        )
        self._control = ControlServer(request.paths, self._handler)
        cleanup.callback(self._control.stop)
        self._catching_up = threading.Thread(target=self._catch_up, name="catch-up", daemon=True)

    def publish(self, event: Event) -> None:
        self._show(event)
        handler = getattr(self, "_handler", None)  # the manager may speak before there is one
        if handler is not None:
            handler.publish(event)
        steering = getattr(self, "_steering", None)  # and so may the store
        if steering is not None:
            steering.hear(event)
        if isinstance(event, DocumentChanged) and self._desk is not None:
            threading.Thread(target=self._follow_stored, name="follow-stored", daemon=True).start()

    def _follow_stored(self) -> None:
        """Sites that we stored in other programs say what the profiles say, unless that program runs."""
        fault = self._desk.follow_stored() if self._desk is not None else None
        if fault is not None and fault != self._stored_fault:  # once, and not at every change
            self.publish(Notice(fault))
        self._stored_fault = fault

    def run(self) -> int:
        from app.ui import application

        self._control.start()
        # Ctrl-C in the terminal, a session that ends, a service manager: quit in order. Python runs the
        # handler at the window's next heartbeat, within two seconds.
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, name, None)
            # What was ignored stays ignored: nohup.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: self.publish(QuitRequested()))
        return application.run(self._parts())

    def _catch_up(self) -> None:
        """What follows from the profiles, once beside the start: this program may have moved meanwhile."""
        with contextlib.suppress(RelayTrayError):  # the store itself told it, or will with the next change
            for fault in catch_up(self._paths).reports:
                self.publish(Notice(fault))
        self._follow_stored()

    def _parts(self) -> Parts:
        from app.integration.access_desk import AccessDesk
        from app.integration.key_desk import KeyDesk
        from app.integration.uses import UseDesk
        from app.tunnel.pinned_keys import PinnedKeys
        from app.ui.parts import Parts

        self._desk = UseDesk(self._paths, self._store, lambda: self._manager.document, self._follow)
        set_up_desk = self._set_up_desk()
        return Parts(
            paths=self._paths,
            store=self._store,
            manager=self._manager,
            secrets=self._secrets,
            log_memory=self._logs.memory,
            ssh_config_text=self._ssh_config_text,
            proxy_environment=self._proxy_environment,
            import_ssh_config=preview_ssh_config,
            set_publish=self._set_publish,
            export_profiles=export_profiles,
            read_profiles_file=read_profiles_file,
            merge_profiles=merge,
            pinned_keys=PinnedKeys(self._paths.known_hosts),
            document=self._document,
            uses=self._desk,
            keys=KeyDesk(self._secrets),
            accesses=AccessDesk(self._store, self._secrets, decode_picture, self._follow),
            shadowsocks=self._manager,
            setup=set_up_desk,
            routes=set_up_desk,
            cloud=self._cloud_desk(),
            doctor=_doctor_desk(
                self._paths, lambda: self._manager.document, self._manager.tools, self._our_ports
            ),
            demo=self._request.demo is not None,
            set_socks_password=self._set_socks_password,
            set_shadowsocks_password=self._set_shadowsocks_password,
            set_user_id=self._set_user_id,
            set_log_level=self._logs.set_level,
            give_back=lambda: self._steering.stop(_SESSION_ENDS_S),
            qt_arguments=self._request.qt_arguments,
        )

    def _cloud_desk(self) -> LightsailDesk | None:
        if self._request.demo is not None:
            return None
        return make_cloud(
            SetUpRequest(paths=self._paths, store=self._store, manager=self._manager, changed=self._follow)
        )

    def _set_up_desk(self) -> SetUpDesk | None:
        """None in the demo: its relay is inside this program."""
        from app.provision.desk import SetUpDesk

        if self._request.demo is not None:
            return None
        return SetUpDesk(self._paths, self._store, self._manager, self._follow)

    def _follow(self, _document: Document) -> None:
        """The profiles were changed. Any thread."""
        self._manager.follow(self._store.load)

    def _our_ports(self) -> Collection[int]:
        listeners = self._manager.snapshot().listeners
        return {listener.port for listener in listeners if listener.fault is None}

    def _set_publish(self, publish: Publish) -> None:
        self._show = publish
        if self._catching_up.ident is None:  # now that there is a window to tell it
            self._catching_up.start()
            self._steering.start()

    def _ssh_config_text(self, server: Server) -> str:
        return ssh_config_text(self._paths, self._manager.document, server)

    def _proxy_environment(self, relay: Relay, shell: str) -> str:
        at_server = self._manager.document.exit_server(relay.id) is not None
        return proxy_environment(relay, shell, localhost_is_server=at_server)

    def _set_socks_password(self, relay: Relay, password: str) -> None:
        self._secrets.remember(SecretName("socks", relay.name), password)

    def _set_shadowsocks_password(self, server: ShadowsocksServer, password: str) -> None:
        self._secrets.remember(SecretName(SECRET_KIND, server.id), password)
        self._manager.renew_shadowsocks(server.id)

    def _set_user_id(self, server: Server, user_id: str) -> None:
        self._secrets.remember(SecretName("v2ray", server.alias), user_id)


def _qt_is_here() -> bool:
    from importlib.util import find_spec

    return find_spec("PySide6") is not None
