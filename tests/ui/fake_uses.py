"""What other programs get, scripted: ``FakeUses`` keeps the contract of ``app.ui.parts.UsesPort``."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Server
from app.core.uses import Copyable, Editor, ExportFile, KeyState, SshConfigState, Use, Uses

VSCODE = Editor("vscode", "VS Code", "/usr/bin/code")
CURSOR = Editor("cursor", "Cursor", "/usr/bin/cursor")
VSCODIUM = Editor("vscodium", "VSCodium", "/usr/bin/codium")
BLOCK = """Host lab-gpu
  HostName lab-gpu.relaytray.internal
  User chen
  HostKeyAlias lab-gpu.relaytray.internal
  UserKnownHostsFile "/home/chen/.local/share/RelayTray/known_hosts"
  ServerAliveInterval 15
  ServerAliveCountMax 4
  ProxyCommand "/home/chen/.local/bin/relaytray" proxy-command %h %p
"""
_ENVIRONMENT = """export ALL_PROXY='socks5h://127.0.0.1:10080' all_proxy='socks5h://127.0.0.1:10080'
export HTTPS_PROXY='http://127.0.0.1:10080' https_proxy='http://127.0.0.1:10080'
export HTTP_PROXY='socks5h://127.0.0.1:10080' http_proxy='socks5h://127.0.0.1:10080'
export NO_PROXY='localhost,127.0.0.1,::1' no_proxy='localhost,127.0.0.1,::1'
"""
PPK_NEEDED = Fault.of(FaultCode.PPK_NEEDED, program="WinSCP", path="C:/Users/chen/.ssh/id_ed25519")
PORT_NEEDED = Fault.of(FaultCode.PLAIN_PORT_NEEDED, program="FileZilla", alias="lab-gpu")
_HOMES = {"win32": "C:/Users/chen", "darwin": "/Users/chen", "linux": "/home/chen"}


def uses(
    platform: str = "linux", *, is_installed: bool = True, has_port: bool = True, has_ppk: bool = True
) -> Uses:
    """A computer with two editors; on Windows with WinSCP and PuTTY as well."""
    home = _HOMES[platform]
    files = [
        ExportFile(Use.WINSCP, "winscp-ini", "lab-gpu.ini", b"[Sessions\\lab-gpu]\r\n"),
        ExportFile(Use.PUTTY, "putty-reg", "lab-gpu.reg", b"Windows Registry Editor Version 5.00\r\n"),
    ]
    faults: dict[Use, Fault] = {}
    if has_port:
        files.append(ExportFile(Use.FILEZILLA, "filezilla-xml", "lab-gpu.xml", b"<FileZilla3/>"))
        files.append(ExportFile(Use.CYBERDUCK, "cyberduck-bookmark", "lab-gpu.duck", b"<plist/>"))
    else:
        faults = {
            use: Fault.of(FaultCode.PLAIN_PORT_NEEDED, program=name, alias="lab-gpu")
            for use, name in (
                (Use.FILEZILLA, "FileZilla"),
                (Use.CYBERDUCK, "Cyberduck"),
                (Use.LINK, "sftp://"),
            )
        }
    if not is_installed:
        faults[Use.TRANSFER] = Fault.of(FaultCode.SSH_CONFIG_NOT_INSTALLED, program="ssh", alias="lab-gpu")
    programs = {}
    if platform == "win32":
        programs = {
            Use.WINSCP: "C:/Program Files (x86)/WinSCP/WinSCP.exe",
            Use.PUTTY: "C:/Program Files/PuTTY/putty.exe",
        }
    return Uses(
        server_id="s1",
        alias="lab-gpu",
        platform=platform,
        ssh_config=SshConfigState(
            is_installed=is_installed,
            user_config=f"{home}/.ssh/config",
            owned_file=f"{home}/.local/share/RelayTray/ssh_config",
        ),
        ssh_block=BLOCK,
        editors=(VSCODE, CURSOR, VSCODIUM),
        recent_folders=("/home/chen/project", "/data/imagenet"),
        texts=_texts(has_port=has_port),
        files=tuple(files),
        key=KeyState(
            identity=f"{home}/.ssh/id_ed25519",
            is_encrypted=True,
            ppk=f"{home}/.ssh/id_ed25519.ppk",
            ppk_is_there=has_ppk,
        ),
        programs=programs,
        faults=faults,
    )


def _texts(*, has_port: bool) -> tuple[Copyable, ...]:
    link = (Copyable(Use.LINK, "sftp", "sftp://chen@127.0.0.1:10122/home/chen/project/"),)
    return (
        Copyable(Use.TRANSFER, "scp-up", "scp file lab-gpu:/home/chen/project/", "scp"),
        Copyable(Use.TRANSFER, "scp-up-folder", "scp -r folder lab-gpu:/home/chen/project/", "scp"),
        Copyable(Use.TRANSFER, "scp-down", "scp lab-gpu:/home/chen/project/file .", "scp"),
        Copyable(Use.TRANSFER, "rsync-up", "rsync -av --progress ./ lab-gpu:/home/chen/project/", "rsync"),
        Copyable(Use.BROWSER, "forward-8888", "http://127.0.0.1:8888/", "Jupyter"),
        Copyable(Use.BROWSER, "forward-6006", "http://127.0.0.1:6006/", "TensorBoard"),
        Copyable(Use.ENVIRONMENT, "sh", _ENVIRONMENT, "sh, bash, zsh"),
        Copyable(Use.ENVIRONMENT, "powershell", '$env:ALL_PROXY = "socks5h://127.0.0.1:10080"', "PowerShell"),
        *(link if has_port else ()),
    )


@dataclass
class FakeUses:
    """``faults`` says by its name which call fails, and why; an unset ``gate`` holds ``of`` back."""

    seen: Uses = field(default_factory=uses)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    gate: threading.Event | None = None

    def of(self, server_id: str) -> Uses:
        if self.gate is not None:
            self.gate.wait(10)
        self._note("of", server_id)
        return self.seen

    def install_ssh_config(self) -> SshConfigState:
        self._note("install_ssh_config")
        return self._now(is_installed=True)

    def remove_ssh_config(self) -> SshConfigState:
        self._note("remove_ssh_config")
        return self._now(is_installed=False)

    def editors(self) -> Sequence[Editor]:
        self._note("editors")
        return self.seen.editors

    def open_folder(self, server_id: str, editor_key: str, folder: str) -> None:
        self._note("open_folder", server_id, editor_key, folder)

    def save(self, server_id: str, file_key: str, path: Path) -> None:
        self._note("save", server_id, file_key, path)

    def start_winscp(self, server_id: str) -> None:
        self._note("start_winscp", server_id)

    def choose_winscp(self, program: Path) -> None:
        self._note("choose_winscp", program)

    def store_in_winscp(self, server_id: str) -> str:
        self._note("store_in_winscp", server_id)
        return "C:/Users/chen/AppData/Roaming/WinSCP.ini"

    def start_putty(self, server_id: str) -> None:
        self._note("start_putty", server_id)

    def convert_key(self, server_id: str, passphrase: str, new_passphrase: str) -> Path:
        self._note("convert_key", server_id, passphrase, new_passphrase)
        self.seen = replace(self.seen, key=replace(self.seen.key, ppk_is_there=True))
        return Path(self.seen.key.ppk)

    def check_ssh_options(self, server: Server) -> Fault | None:
        self._note("check_ssh_options", server.ssh_options)
        if "nonsense yes" in server.ssh_options:
            return Fault.of(FaultCode.SSH_OPTION_REFUSED, alias=server.alias, reason="line 3: nonsense")
        return None

    def _note(self, call: str, *subject: object) -> None:
        self.calls.append((call, *subject))
        if call in self.faults:
            raise RelayTrayError(self.faults[call])

    def _now(self, *, is_installed: bool) -> SshConfigState:
        self.seen = replace(self.seen, ssh_config=replace(self.seen.ssh_config, is_installed=is_installed))
        return self.seen.ssh_config
