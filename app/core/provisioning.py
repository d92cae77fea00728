"""Setting up the other ends, as values: the plan of a relay's set-up, its progress, a server's report.

``app.provision`` makes them; the window and the command line show them. Sentences: ``app.sentences``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault
from app.core.profiles import SetupMode


class Step(StrEnum):
    """The steps of a relay's set-up, in their order. Each is safe to repeat, and undone by ``remove``."""

    ACCOUNTS = "accounts"  # system users for tunnels, PCs and enrolment (SYSTEM only)
    PROGRAMS = "programs"  # the small scripts that hand out permissions
    PERMISSIONS = "permissions"  # this computer's key, with its limits
    SSHD = "sshd"  # the drop-in file of sshd (SYSTEM only)
    BBR = "bbr"  # congestion control (SYSTEM only)
    HOST_KEYS = "host-keys"  # the relay's host keys, pinned in the profile


class StepState(StrEnum):
    RIGHT = "right"  # nothing to do
    CHANGE = "change"  # would be, or is to be, changed
    IMPOSSIBLE = "impossible"  # cannot be done on this machine; the set-up goes on without it
    RUNNING = "running"
    DONE = "done"  # changed, and checked afterwards
    FAILED = "failed"


class StepNote(StrEnum):
    """Why a step is as it is; the sentences have these details."""

    ACCOUNT_MISSING = "account-missing"  # account
    ACCOUNT_DIFFERS = "account-differs"  # account, what
    FILE_MISSING = "file-missing"  # path
    FILE_DIFFERS = "file-differs"  # path
    KEY_NOT_PERMITTED = "key-not-permitted"  # fingerprint
    ROUTE_NOT_PERMITTED = "route-not-permitted"  # alias, port
    OTHER_COMPUTER = "other-computer"  # name
    OTHER_SERVER = "other-server"  # alias, port
    SSHD_SETTING = "sshd-setting"  # path, setting
    SSHD_RELOAD = "sshd-reload"
    SSHD_TOO_OLD = "sshd-too-old"  # version, needed
    BBR_OFF = "bbr-off"  # current
    BBR_ON_UNTIL_REBOOT = "bbr-on-until-reboot"
    BBR_OVERRIDDEN = "bbr-overridden"  # path
    BBR_KERNEL_TOO_OLD = "bbr-kernel-too-old"  # version
    BBR_NOT_IN_KERNEL = "bbr-not-in-kernel"
    BBR_CONTAINER = "bbr-container"
    HOST_KEY_NOT_PINNED = "host-key-not-pinned"  # key_type
    NEEDS_ROOT = "needs-root"
    IS_RIGHT = "is-right"


@dataclass(frozen=True, slots=True)
class Note:
    code: StepNote
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepReport:
    step: Step
    state: StepState
    notes: tuple[Note, ...] = ()
    fault: Fault | None = None  # FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOptions:
    mode: SetupMode = SetupMode.SYSTEM
    with_bbr: bool = True
    exit_at_relay: bool = False  # this computer may also reach the internet from the relay
    pc_key: str = ""  # private key that this computer logs in with from then on; "" = RelayTray's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the set-up would do, step by step; made without changing anything."""

    relay_id: str
    host: str
    system: str  # "Debian GNU/Linux 12 (bookworm), OpenSSH 9.2, Linux 6.1"
    is_root: bool  # by login or by sudo
    options: SetupOptions
    steps: tuple[StepReport, ...]

    @property
    def changes(self) -> bool:
        return any(step.state is StepState.CHANGE for step in self.steps)


Progress = Callable[[StepReport], None]  # called in the working thread; must return at once


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOptions:
    """What the person chose for a server's bootstrap line."""

    allow_my_key: bool = True  # put this person's public key into authorized_keys there
    user_sshd: bool = False  # where the server has no sshd: start one for this account only
    sshd_port: int = 22  # of the sshd there
    hours: int = 24  # how long the line is good for


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapLine:
    """What is to be pasted into the server's web terminal. ``text`` carries a one-time key: never log it."""

    server_id: str
    text: str = field(repr=False)
    expires_at: int  # seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerReport:
    """What a server told through the relay when the line was pasted."""

    user: str
    home: str
    host_keys: tuple[str, ...]  # "ssh-ed25519 AAAA..."
    sshd: str  # "system", "user", "none"
    sshd_port: int
    keeper: str  # "systemd", "cron", "loop"
    missing: str = ""  # what the server lacks, in plain words; "" = nothing
    is_listening: bool = False  # its tunnel is up at the relay right now
