"""What other programs get for one server: values that the "Use it from..." window and the command line show.

``app.integration.uses`` gathers them (it looks at files and for programs); nothing here does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault


class Use(StrEnum):
    """One way to use a server; the window shows a card for each that fits this computer."""

    SSH_CONFIG = "ssh-config"  # ssh, scp, rsync, git and whatever reads ~/.ssh/config
    EDITOR = "editor"  # VS Code and its kin, JetBrains Gateway, Zed
    WINSCP = "winscp"
    PUTTY = "putty"
    FILEZILLA = "filezilla"
    CYBERDUCK = "cyberduck"  # and Mountain Duck
    LINK = "link"  # sftp:// through the plain ssh port, for programs that open such links
    TRANSFER = "transfer"  # ready scp and rsync lines
    BROWSER = "browser"  # Jupyter, TensorBoard through the exit or a forward
    ENVIRONMENT = "environment"  # ALL_PROXY and its kin


@dataclass(frozen=True, slots=True)
class SshConfigState:
    """Whether the person's ssh config includes ours."""

    is_installed: bool
    user_config: str  # ~/.ssh/config as an absolute path
    owned_file: str  # our file, which it includes
    fault: Fault | None = None  # what keeps ssh from reading either, or us from telling


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor that was found on this computer."""

    key: str  # "vscode", "vscode-insiders", "vscodium", "cursor", "windsurf", "gateway", "zed"
    name: str  # as its maker writes it
    program: str  # absolute path
    remark: Fault | None = None  # why opening may not work as expected


@dataclass(frozen=True, slots=True)
class Copyable:
    """A line or a text to paste elsewhere."""

    use: Use
    key: str  # "scp", "rsync", "browser-8888", "sh", "powershell", ...
    text: str
    label: str = ""  # a name that needs no translation, such as "scp" or "PowerShell"; "" = the card's


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to save and hand to a program."""

    use: Use
    key: str  # "winscp-ini", "putty-reg", "filezilla-xml", "cyberduck-bookmark"
    name: str  # suggested file name, e.g. "lab-gpu.ini"
    data: bytes


@dataclass(frozen=True, slots=True)
class KeyState:
    """The server's key file as PuTTY's kin need it."""

    identity: str = ""  # absolute path; "" = the profile names no key file
    is_encrypted: bool = False
    ppk: str = ""  # where the converted key is, or would be
    ppk_is_there: bool = False
    fault: Fault | None = None  # the key cannot be read or converted


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Everything about one server at one moment."""

    server_id: str
    alias: str
    platform: str  # sys.platform
    ssh_config: SshConfigState
    ssh_block: str  # this server's block, for those who copy it
    editors: tuple[Editor, ...] = ()
    recent_folders: tuple[str, ...] = ()  # newest first; the profile's own folder is among them
    texts: tuple[Copyable, ...] = ()
    files: tuple[ExportFile, ...] = ()
    key: KeyState = field(default_factory=KeyState)
    programs: Mapping[Use, str] = field(default_factory=dict)  # what was found: use -> absolute path
    faults: Mapping[Use, Fault] = field(default_factory=dict)  # why a use is not possible now

    def texts_of(self, use: Use) -> tuple[Copyable, ...]:
        return tuple(one for one in self.texts if one.use is use)

    def files_of(self, use: Use) -> tuple[ExportFile, ...]:
        return tuple(one for one in self.files if one.use is use)
