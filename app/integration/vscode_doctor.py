"""What on this computer would keep VS Code and its kin from reaching the servers.

The facts behind the checks: Remote-SSH starts ``ssh -o ConnectTimeout=<setting>``, which overrides the ssh
config; ``remote.SSH.configFile`` is passed as ``-F``, so that ``~/.ssh/config`` is not read at all; started
from a command line it does not ask for the platform of a server, and on Windows takes it for Windows.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.editors import Product
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.findings import Finding, FindingCode, SettingChange, Severity
from app.core.profiles import Server
from app.core.uses import SshConfigState
from app.integration.ssh_programs import read_with, ssh_programs
from app.integration.vscode_settings import SettingsFile, read_values
from app.system.editors import Computer
from app.system.programs import no_window_flags

CONNECT_TIMEOUT_S = 60
PATH, CONFIG_FILE = "remote.SSH.path", "remote.SSH.configFile"
TIMEOUT, PLATFORM = "remote.SSH.connectTimeout", "remote.SSH.remotePlatform"
LOCAL_SERVER = "remote.SSH.useLocalServer"
_OLDEST_THAT_INCLUDES = (7, 3)
_OLDEST = (8, 1)
_VERSION = re.compile(r"OpenSSH(?:_for_Windows)?_(\d+)\.(\d+)")
_VERSION_TIMEOUT_S = 5.0


class VscodeDoctor:
    """Blocks: reads files and starts ``ssh -V`` and ``ssh -G``. Changes nothing."""

    def __init__(
        self, servers: Sequence[Server], state: SshConfigState, computer: Computer | None = None
    ) -> None:
        self._servers = tuple(servers)
        self._state = state
        self._computer = computer or Computer()
        self._ssh = next(iter(ssh_programs()), "")

    def general(self) -> tuple[Finding, ...]:
        """What concerns every program that uses ssh."""
        return (*self._check_ssh(), *self._check_config())

    def check(self, file: SettingsFile) -> tuple[Finding, ...]:
        """What one editor's settings have in the way."""
        values = read_values(file)
        if isinstance(values, RelayTrayError):
            return (Finding.of_fault(Severity.BREAKS, values.fault, file=str(file.path)),)
        return tuple(_Check(file, values, self._servers, self._state, self._computer, self._ssh).findings())

    def _check_ssh(self) -> Iterator[Finding]:
        if not self._ssh:
            yield Finding.of_fault(Severity.BREAKS, Fault.of(FaultCode.PROGRAM_MISSING, program="ssh"))
            return
        try:
            version = ssh_version(self._ssh)
        except OSError as e:
            fault = Fault.of(
                FaultCode.PROGRAM_FAILED, program=self._ssh, reason=e.strerror or type(e).__name__
            )
            yield Finding.of_fault(Severity.BREAKS, fault)
            return
        if version is not None and version < _OLDEST:
            severity = Severity.HINDERS if version >= _OLDEST_THAT_INCLUDES else Severity.BREAKS
            told = {"path": self._ssh, "version": ".".join(map(str, version))}
            yield Finding(severity, FindingCode.SSH_OLD, told)

    def _check_config(self) -> Iterator[Finding]:
        if self._state.fault is not None:
            yield Finding.of_fault(Severity.BREAKS, self._state.fault)
            return
        config = Path(self._state.user_config)
        can_ask = bool(self._ssh) and config.exists()
        unread = [one for one in self._servers if not can_ask or not is_read(self._ssh, config, one)]
        if not self._state.is_installed:
            if unread or not self._servers:  # or else the blocks were pasted
                told = {"file": str(config)}
                yield Finding(Severity.BREAKS, FindingCode.CONFIG_NOT_INSTALLED, told)
        elif self._ssh:
            for server in unread:
                told = {"alias": server.alias, "file": str(config)}
                yield Finding(Severity.BREAKS, FindingCode.ALIAS_NOT_READ, told)


class _Check:
    """One settings file."""

    def __init__(
        self,
        file: SettingsFile,
        values: Mapping[str, Any],
        servers: Sequence[Server],
        state: SshConfigState,
        computer: Computer,
        ssh: str,
    ) -> None:
        self._file = file
        self._values = values
        self._servers = servers
        self._state = state
        self._computer = computer
        self._ssh = ssh

    @property
    def _product(self) -> Product:
        return self._file.product

    def findings(self) -> Iterator[Finding]:
        if not self._product.has_own_ssh:
            yield from self._check_path()
        yield from self._check_config_file()
        yield from self._check_timeout()
        yield from self._check_platforms()
        if self._values.get(LOCAL_SERVER) is False and not self._product.has_own_ssh:
            yield self._found(Severity.HINT, FindingCode.LOCAL_SERVER_OFF, LOCAL_SERVER)
        yield from self._check_extension()
        if self._product.has_own_ssh:
            yield self._found(Severity.HINDERS, FindingCode.HOST_KEYS_UNCHECKED)

    def _found(
        self,
        severity: Severity,
        code: FindingCode,
        setting: str = "",
        change: SettingChange | None = None,
        **details: object,
    ) -> Finding:
        told = {"program": self._product.name} | {name: str(value) for name, value in details.items()}
        return Finding(severity, code, told, setting, str(self._file.path), change)

    def _text(self, setting: str) -> str:
        value = self._values.get(setting)
        return value.strip() if isinstance(value, str) else ""

    def _expanded(self, text: str) -> Path:
        if text == "~" or text.startswith(("~/", "~\\")):
            return self._computer.home / text[2:]
        return Path(text)

    def _check_path(self) -> Iterator[Finding]:
        text = self._text(PATH)
        if not text:
            return
        path = self._expanded(text)
        if not path.is_absolute():
            yield self._found(Severity.HINDERS, FindingCode.SSH_PATH_RELATIVE, PATH, path=text)
            return
        if not path.is_file():
            yield self._found(Severity.BREAKS, FindingCode.SSH_PATH_MISSING, PATH, path=text)
            return
        try:
            version = ssh_version(str(path))
        except OSError:
            yield self._found(Severity.BREAKS, FindingCode.SSH_PATH_MISSING, PATH, path=text)
            return
        if version is None:
            yield self._found(Severity.BREAKS, FindingCode.SSH_PATH_NOT_OPENSSH, PATH, path=text)
            return
        self._ssh = str(path)
        config = Path(self._state.user_config)
        reading = read_with(self._ssh, config, self._any_alias()) if config.exists() else None
        if reading is not None and reading.refusal:
            reason = reading.refusal
            yield self._found(Severity.BREAKS, FindingCode.SSH_PATH_REFUSES, PATH, path=text, reason=reason)

    def _check_config_file(self) -> Iterator[Finding]:
        text = self._text(CONFIG_FILE)
        if not text:
            return
        path, config = self._expanded(text), Path(self._state.user_config)
        if not path.is_absolute():
            yield self._found(Severity.HINDERS, FindingCode.CONFIG_FILE_RELATIVE, CONFIG_FILE, path=text)
        elif not path.is_file():
            yield self._found(Severity.BREAKS, FindingCode.CONFIG_FILE_MISSING, CONFIG_FILE, path=text)
        elif path != config and self._ssh and not self._knows_all(path):
            code = FindingCode.CONFIG_FILE_OTHER
            yield self._found(Severity.BREAKS, code, CONFIG_FILE, path=text, config=config)

    def _knows_all(self, config: Path) -> bool:
        return all(is_read(self._ssh, config, server) for server in self._servers)

    def _any_alias(self) -> str:
        return self._servers[0].alias if self._servers else "relaytray-looks-whether-ssh-reads-this"

    def _check_timeout(self) -> Iterator[Finding]:
        value = self._values.get(TIMEOUT, self._product.connect_timeout_s)
        # 0 is no limit, and what is no number is what the editor would set itself.
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        seconds = value if is_number else self._product.connect_timeout_s
        if not 0 < seconds < CONNECT_TIMEOUT_S:
            return
        change = SettingChange((TIMEOUT,), CONNECT_TIMEOUT_S)
        told = {"seconds": seconds, "proposed": CONNECT_TIMEOUT_S}
        yield self._found(Severity.HINDERS, FindingCode.TIMEOUT_SHORT, TIMEOUT, change, **told)

    def _check_platforms(self) -> Iterator[Finding]:
        known = self._values.get(PLATFORM)
        platforms = known if isinstance(known, dict) else {}
        for server in self._servers:
            platform = platforms.get(server.alias)
            if platform is None:
                change = SettingChange((PLATFORM, server.alias), "linux")
                code = FindingCode.PLATFORM_MISSING
                yield self._found(Severity.HINDERS, code, PLATFORM, change, alias=server.alias)
            elif platform != "linux":
                code, alias = FindingCode.PLATFORM_OTHER, server.alias
                yield self._found(Severity.HINDERS, code, PLATFORM, alias=alias, platform=platform)

    def _check_extension(self) -> Iterator[Finding]:
        name = self._product.remote_extension
        folder = self._computer.home / self._product.extensions_folder / "extensions"
        if not name or not folder.is_dir() or any(folder.glob(f"{name}-[0-9]*")):
            return
        # VS Code itself offers to install it; VSCodium's comes from another place.
        severity = Severity.BREAKS if self._product.has_own_ssh else Severity.HINT
        yield self._found(severity, FindingCode.EXTENSION_MISSING, extension=name)


def ssh_version(program: str) -> tuple[int, int] | None:
    """(9, 2) for OpenSSH 9.2; None for a program that is not OpenSSH. Raises OSError if it does not start."""
    try:
        done = subprocess.run(
            [program, "-V"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_TIMEOUT_S,
            check=False,
            creationflags=no_window_flags(),
        )
    except subprocess.TimeoutExpired:
        return None
    found = _VERSION.search((done.stderr + done.stdout).decode("utf-8", "replace"))
    return (int(found[1]), int(found[2])) if found else None


def is_read(ssh: str, config: Path, server: Server) -> bool:
    """Whether ssh, given this config, takes the server from our block."""
    return read_with(ssh, config, server.alias).values.get("hostname") == server.full_name
