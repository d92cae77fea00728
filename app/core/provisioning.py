"""Setting up the other ends, as values: the plan of a relay's set-up, its progress, a server's report.

``app.provision`` makes them; the window and the command line show them. Sentences: ``app.sentences``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault
from app.core.profiles import SetupMode
from app.core.v2ray_route import Core


class Step(StrEnum):
    """The steps of a relay's set-up, in their order. Each is safe to repeat, and undone by ``remove``."""

    ACCOUNTS = "accounts"  # system users for tunnels, PCs and enrolment (SYSTEM only)
    PROGRAMS = "programs"  # the small scripts that hand out permissions
    PERMISSIONS = "permissions"  # this computer's key, with its limits
    SSHD = "sshd"  # the drop-in file of sshd (SYSTEM only)
    BBR = "bbr"  # congestion control (SYSTEM only)
    V2RAY = "v2ray"  # v2ray or Xray as a service (SYSTEM only, where it is wanted)
    SHADOWSOCKS = "shadowsocks"  # a Shadowsocks server as a service (SYSTEM only, where it is wanted)
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
    EXIT_PORTS = "exit-ports"
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
    V2RAY_PROGRAM_FOUND = "v2ray-program-found"  # program, path
    V2RAY_PROGRAM_BROUGHT = "v2ray-program-brought"  # program, megabytes
    V2RAY_PROGRAM_ARRIVING = "v2ray-program-arriving"  # program, percent
    PACKAGE_INSTALLED = "package-installed"  # package
    V2RAY_PROGRAM_MISSING = "v2ray-program-missing"  # program, machine
    V2RAY_PROGRAM_TOO_OLD = "v2ray-program-too-old"  # path, version, needed
    V2RAY_PROGRAM_UNFIT = "v2ray-program-unfit"  # program, reason
    V2RAY_UNJUDGED = "v2ray-unjudged"
    V2RAY_SETTING = "v2ray-setting"  # setting
    V2RAY_SERVER = "v2ray-server"  # alias
    V2RAY_OTHERS = "v2ray-others"  # servers
    V2RAY_RECORD_DAMAGED = "v2ray-record-damaged"  # path, reason
    SERVICE_NOT_RUNNING = "service-not-running"  # service
    NEEDS_SYSTEMD = "needs-systemd"
    PORT_TAKEN = "port-taken"  # port
    PORT_CLOSED = "port-closed"  # port, firewall
    FIREWALL_BY_HAND = "firewall-by-hand"  # ports, firewall
    PROVIDER_FIREWALL = "provider-firewall"  # ports
    SHADOWSOCKS_SERVER = "shadowsocks-server"  # port, method, camouflage
    SHADOWSOCKS_PHONES = "shadowsocks-phones"  # port, method
    SHADOWSOCKS_SERVICE_GOES = "shadowsocks-service-goes"  # service
    SHADOWSOCKS_PROGRAM_MISSING = "shadowsocks-program-missing"  # program
    SHADOWSOCKS_METHOD_UNKNOWN = "shadowsocks-method-unknown"  # method
    SHADOWSOCKS_NO_CAMOUFLAGE = "shadowsocks-no-camouflage"  # program
    SHADOWSOCKS_UNFENCED = "shadowsocks-unfenced"  # program
    SHADOWSOCKS_WITHOUT_UDP = "shadowsocks-without-udp"
    SHADOWSOCKS_PASSWORD_NOT_KEPT = "shadowsocks-password-not-kept"
    SHADOWSOCKS_PROFILE_GOES = "shadowsocks-profile-goes"  # name
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
class V2rayOptions:
    """v2ray or Xray on the relay, for servers that shall be reached by it."""

    core: Core = Core.V2RAY
    user_port: int = 16824  # where PCs dial in
    tunnel_port: int = 16823  # where servers' bridges do
    server_name: str = ""  # "" = no TLS; else the name in the certificate that the set-up makes
    websocket_path: str = ""  # "/..." = inside WebSocket
    program: str = (
        ""  # a file of this computer to be brought there; "" = found there, or the system's package
    )


class Camouflage(StrEnum):
    """What a Shadowsocks connection looks like; the plugin that does it."""

    NONE = ""
    OBFS_HTTP = "obfs-http"
    OBFS_TLS = "obfs-tls"
    V2RAY_PLUGIN = "v2ray-plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowsocksOptions:
    """A Shadowsocks server on the relay."""

    method: str = "aes-256-gcm"
    port: int = 8388
    camouflage: Camouflage = Camouflage.NONE
    camouflage_host: str = "www.bing.com"
    for_phones: bool = True  # a second port with what Outline knows: chacha20-ietf-poly1305, no plugin
    phone_port: int = 8389


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOptions:
    mode: SetupMode = SetupMode.SYSTEM
    with_bbr: bool = True
    exit_at_relay: bool = False  # this computer may also reach the internet from the relay
    pc_key: str = ""  # private key that this computer logs in with from then on; "" = RelayTray's own
    v2ray: V2rayOptions | None = None  # None: whatever is there stays as it is
    shadowsocks: ShadowsocksOptions | None = None
    without_shadowsocks: bool = False  # the service is taken away, and the rest of the set-up stays


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
    bridge: bool = False  # a v2ray bridge keeps a way to the relay open there too, beside ssh


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
