"""A real GNOME keyring on a private session bus, for tests of whatever stores or asks for secrets.

    with KeyringDaemon(folder) as keyring_daemon:
        subprocess.run([...], env=keyring_daemon.env)

The bus activates nothing, so "no daemon" really is none; home and runtime folder lie in ``folder``. Linux
only, with the programs dbus-daemon and gnome-keyring-daemon (see ``missing_programs``).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import jeepney
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.peers.ports import Deadline
from tests.peers.processes import end_tree

_SECRETS = "org.freedesktop.secrets"
_BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


def missing_programs() -> list[str]:
    """What has to be installed before a KeyringDaemon can start."""
    return [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]


class KeyringDaemon:
    """A bus with an unlocked keyring daemon on it; ``env`` is the environment in which programs find it."""

    def __init__(self, folder: Path, *, start: bool = True, password: str = "throwaway") -> None:
        self._home = folder / "keyring-home"
        self._password = password
        self._starts = start
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        stripped = ("XDG_", "DBUS_", "GNOME_KEYRING", "PYTHON_KEYRING")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(stripped)}
        self.env.pop("DISPLAY", None)
        self.env |= {"HOME": str(self._home), "XDG_RUNTIME_DIR": str(self._home / "run"), "LANG": "C.UTF-8"}

    def __enter__(self) -> Self:
        (self._home / "run").mkdir(parents=True, mode=0o700)
        try:
            self._start_bus()
            if self._starts:
                self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.kill()
        self.kill_bus()

    # --- what can happen to a keyring ---------------------------------------------------------------------

    def start(self) -> None:
        """Starts the daemon with its keyring unlocked; also again after ``kill``."""
        command = ["gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"]
        command.append(f"--control-directory={self._home / 'run' / 'keyring'}")
        with (self._home / "daemon.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                command, env=self.env, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(self._password.encode())  # a newline would be part of the password
        self._daemon.stdin.close()
        deadline = Deadline(10, "gnome-keyring-daemon to take its name on the bus")
        while not self._has_owner() and deadline.wait():
            assert self._daemon.poll() is None, (self._home / "daemon.log").read_text()

    def kill(self) -> None:
        """The daemon dies (SIGKILL); the bus stays."""
        daemon, self._daemon = self._daemon, None
        if daemon is None:
            return
        self._signal(daemon, signal.SIGCONT)
        end_tree(daemon, kill=True)
        if self._bus is not None and self._bus.poll() is None:
            deadline = Deadline(5, "the bus to notice that the keyring died")
            while self._has_owner() and deadline.wait():
                pass

    def stop_hard(self) -> None:
        """The daemon hangs (SIGSTOP): calls get no answer and no error."""
        assert self._daemon is not None
        self._signal(self._daemon, signal.SIGSTOP)

    def resume(self) -> None:
        """Ends what ``stop_hard`` began."""
        assert self._daemon is not None
        self._signal(self._daemon, signal.SIGCONT)

    def lock(self) -> None:
        """The person locks the keyring; with no prompter about, unlocking fails."""
        path = "/org/freedesktop/secrets"
        service = jeepney.DBusAddress(path, _SECRETS, "org.freedesktop.Secret.Service")
        self._call(service, "Lock", "ao", ([f"{path}/aliases/default"],))

    def kill_bus(self) -> None:
        """The session bus itself goes away."""
        bus, self._bus = self._bus, None
        if bus is not None:
            end_tree(bus, kill=True)

    # --- inside -------------------------------------------------------------------------------------------

    def _start_bus(self) -> None:
        config = self._home / "bus.conf"
        config.write_text(_BUS_CONFIG)
        readable, writable = os.pipe()
        try:
            self._bus = subprocess.Popen(
                ["dbus-daemon", f"--config-file={config}", "--nofork", f"--print-address={writable}"],
                env=self.env,
                pass_fds=(writable,),
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(writable)
        with os.fdopen(readable) as told:
            self.env["DBUS_SESSION_BUS_ADDRESS"] = told.readline().strip()

    def _connection(self) -> DBusConnection:
        return open_dbus_connection(bus=self.env["DBUS_SESSION_BUS_ADDRESS"])

    def _call(self, address: jeepney.DBusAddress, method: str, signature: str, body: tuple[Any, ...]) -> Any:
        message = jeepney.new_method_call(address, method, signature, body)
        with closing(self._connection()) as connection:
            reply = connection.send_and_get_reply(message, timeout=10)
        assert reply.header.message_type is jeepney.MessageType.method_return, reply.body
        return reply.body

    def _has_owner(self) -> bool:
        bus = jeepney.DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        return bool(self._call(bus, "NameHasOwner", "s", (_SECRETS,))[0])  # this never activates anything

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        if process.poll() is None:
            process.send_signal(number)
