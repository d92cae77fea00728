"""What can go wrong, as data: a code, the hop it happened at, and the details a sentence needs.

The sentences themselves are in ``app.sentences`` (English, marked for translation), so that the log, the
command line and the window say the same thing from one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Hop(StrEnum):
    """The part of the chain that a fault belongs to; the UI draws the chain with it."""

    INPUT = "input"  # what the person typed or a file they gave
    LOCAL = "local"  # this computer: ports, files, keyring, other programs
    RELAY = "relay"  # reaching the relay's sshd
    HOST_KEY = "host-key"  # a machine is not, or not yet, the one that is pinned
    LOGIN = "login"  # proving who we are to the relay or the server
    TUNNEL = "tunnel"  # the GPU server's reverse tunnel on the relay
    SERVER = "server"  # the GPU server's own sshd, and what it reaches
    CANCELLED = "cancelled"  # the person said no


class FaultCode(StrEnum):
    """One entry per cause that is told, or acted on, differently."""

    # input
    PROFILE_INVALID = "profile-invalid"  # problem
    NO_SUCH_RELAY = "no-such-relay"  # name, near
    NO_SUCH_SERVER = "no-such-server"  # name, near
    NO_SUCH_SHADOWSOCKS = "no-such-shadowsocks"  # name, near
    NAME_TAKEN = "name-taken"  # name
    RELAY_IN_USE = "relay-in-use"  # name, servers
    PAC_LIST_UNUSABLE = "pac-list-unusable"  # path, reason
    FILE_UNREADABLE = "file-unreadable"  # path, reason
    FILE_UNWRITABLE = "file-unwritable"  # path, reason
    FILE_DAMAGED = "file-damaged"  # path, reason, kept
    FILE_TOO_NEW = "file-too-new"  # path, version, kept
    FILE_RESTORED = "file-restored"  # path, backup
    FILE_EXISTS = "file-exists"  # path
    FILE_NOT_UNDERSTOOD = "file-not-understood"  # path, reason
    INPUT_NOT_TEXT = "input-not-text"  # what
    SSH_CONFIG_UNSAFE = "ssh-config-unsafe"  # path, reason
    SSH_OPTION_REFUSED = "ssh-option-refused"  # alias, reason
    PPK_NEEDED = "ppk-needed"  # path, program
    PLAIN_PORT_NEEDED = "plain-port-needed"  # alias, program
    FOLDER_NOT_ABSOLUTE = "folder-not-absolute"  # program, folder
    SSH_CONFIG_NOT_INSTALLED = "ssh-config-not-installed"  # program, alias
    # local
    PORT_BUSY = "port-busy"  # address, holder, suggestion
    PORT_RESERVED = "port-reserved"  # address, suggestion
    PORT_FORBIDDEN = "port-forbidden"  # address, suggestion
    LISTEN_FAILED = "listen-failed"  # address, reason
    APP_NOT_RUNNING = "app-not-running"
    FILE_TOO_LARGE = "file-too-large"  # path, limit
    FILE_WITHOUT_LINKS = "file-without-links"  # path
    PICTURE_KIND = "picture-kind"  # path, kind
    PICTURE_DAMAGED = "picture-damaged"  # path
    PICTURE_TOO_LARGE = "picture-too-large"  # path, limit
    PICTURE_WITHOUT_CODE = "picture-without-code"  # path
    CODE_UNREADABLE = "code-unreadable"  # path
    CODE_TOO_LONG = "code-too-long"  # limit
    KEYRING_MISSING = "keyring-missing"
    KEYRING_LOCKED = "keyring-locked"
    KEYRING_TIMEOUT = "keyring-timeout"
    KEYRING_BROKEN = "keyring-broken"  # reason
    PROGRAM_MISSING = "program-missing"  # program
    PROGRAM_FAILED = "program-failed"  # program, reason
    PROGRAM_RUNNING = "program-running"  # program
    NOT_ON_THIS_SYSTEM = "not-on-this-system"  # what, system
    NO_DISPLAY = "no-display"
    PROXY_TAKEN = "proxy-taken"  # name, by
    PROXY_GIVEN_BACK = "proxy-given-back"  # name
    PROXY_CHANGED = "proxy-changed"  # name
    PROXY_NOT_SET = "proxy-not-set"  # name, reason
    PROXY_NOT_RESTORED = "proxy-not-restored"  # reason
    PROXY_UNSUPPORTED = "proxy-unsupported"
    CORE_MISSING = "core-missing"  # core
    CORE_TOO_OLD = "core-too-old"  # program, version, needed
    CORE_REFUSED_CONFIG = "core-refused-config"  # program, reason
    CORE_DIED = "core-died"  # program, reason
    CORE_FILE_UNUSABLE = "core-file-unusable"  # path, reason
    V2RAY_NOT_SET_UP = "v2ray-not-set-up"  # name
    ROUTE_NEEDS_BRIDGE = "route-needs-bridge"  # alias, ports
    SHADOWSOCKS_MISSING = "shadowsocks-missing"  # needed
    SHADOWSOCKS_PROGRAM_WRONG = "shadowsocks-program-wrong"  # program
    SHADOWSOCKS_METHOD_UNKNOWN = "shadowsocks-method-unknown"  # program, method, needed
    SHADOWSOCKS_PLUGIN_MISSING = "shadowsocks-plugin-missing"  # plugin
    SHADOWSOCKS_PLUGIN_UNKNOWN = "shadowsocks-plugin-unknown"  # plugin
    SHADOWSOCKS_PLUGIN_OPTION = "shadowsocks-plugin-option"  # plugin, option
    SHADOWSOCKS_REFUSED_CONFIG = "shadowsocks-refused-config"  # program, reason
    # relay
    DNS_FAILED = "dns-failed"  # host
    CONNECTION_REFUSED = "connection-refused"  # host, port
    CONNECT_TIMED_OUT = "connect-timed-out"  # host, port
    NETWORK_UNREACHABLE = "network-unreachable"  # host, reason
    NOT_SSH = "not-ssh"  # host, port
    NEGOTIATION_FAILED = "negotiation-failed"  # host, reason
    LINK_LOST = "link-lost"  # host, reason
    CLOCK_SKEWED = "clock-skewed"  # host, seconds
    SHADOWSOCKS_UNREACHED = "shadowsocks-unreached"  # host, port
    SHADOWSOCKS_SILENT = "shadowsocks-silent"  # name, host, port
    SHADOWSOCKS_CLOSES = "shadowsocks-closes"  # name, host, port
    # host keys
    HOST_KEY_UNKNOWN = "host-key-unknown"  # host, key_type, fingerprint
    HOST_KEY_CHANGED = "host-key-changed"  # host, key_type, fingerprint, pinned, where
    HOST_KEY_REVOKED = "host-key-revoked"  # host, key_type, fingerprint, where
    HOST_KEY_NOT_PINNED = "host-key-not-pinned"  # alias
    CERTIFICATE_CHANGED = "certificate-changed"  # host, port
    TLS_FAILED = "tls-failed"  # host, port, reason
    # login
    LOGIN_REFUSED = "login-refused"  # user, host, methods
    LOGIN_NAME_MISSING = "login-name-missing"  # name
    KEY_MISSING = "key-missing"  # path
    KEY_UNREADABLE = "key-unreadable"  # path, reason
    KEY_UNSUPPORTED = "key-unsupported"  # path, reason
    KEY_STAYS_OPEN = "key-stays-open"  # path, reason
    PASSPHRASE_WRONG = "passphrase-wrong"  # path
    AGENT_UNAVAILABLE = "agent-unavailable"
    AGENT_EMPTY = "agent-empty"
    AGENT_DISABLED = "agent-disabled"
    AGENT_REFUSED = "agent-refused"  # path, reason
    NOBODY_TO_ASK = "nobody-to-ask"  # question
    ROUTE_ID_MISSING = "route-id-missing"  # alias
    SHADOWSOCKS_PASSWORD_MISSING = "shadowsocks-password-missing"  # name
    SHADOWSOCKS_KEY_LENGTH = "shadowsocks-key-length"  # name, method, expected
    # tunnel
    TUNNEL_DOWN = "tunnel-down"  # alias, port, relay
    FORWARD_FORBIDDEN = "forward-forbidden"  # target, host
    CHANNELS_EXHAUSTED = "channels-exhausted"  # host
    ROUTE_SILENT = "route-silent"  # alias, relay
    ROUTE_CLOSED = "route-closed"  # alias, relay
    ROUTE_FALLBACK = "route-fallback"  # alias, route, better
    ROUTE_RETURNED = "route-returned"  # alias, route
    # server
    SERVER_SILENT = "server-silent"  # alias
    SERVER_NOT_SSH = "server-not-ssh"  # alias
    TARGET_REFUSED = "target-refused"  # target, host
    EXIT_NOT_ALLOWED = "exit-not-allowed"  # alias, port
    EXIT_NOT_PERMITTED = "exit-not-permitted"  # target, relay
    ROUTE_NOT_PERMITTED = "route-not-permitted"  # alias, port, relay
    # the other ends
    RELAY_NOT_SET_UP = "relay-not-set-up"  # name
    SETUP_RUNNING = "setup-running"  # name
    RELAY_CHANGED = "relay-changed"  # name
    SETUP_STEP_FAILED = "setup-step-failed"  # step, host, reason
    SUDO_REFUSED = "sudo-refused"  # user, host, reason
    REMOTE_SCRIPT_FAILED = "remote-script-failed"  # what, host, reason
    SSHD_SETTINGS_REFUSED = "sshd-settings-refused"  # host, reason
    RELAY_PORT_TAKEN = "relay-port-taken"  # port, host, holder
    ENROLMENT_EXPIRED = "enrolment-expired"  # alias
    ENROLMENT_MISSING = "enrolment-missing"  # alias, host
    NO_SSHD_THERE = "no-sshd-there"  # alias, reason
    # a relay in a cloud account
    CLOUD_PACKAGE_MISSING = "cloud-package-missing"
    CLOUD_NO_CREDENTIALS = "cloud-no-credentials"
    CLOUD_CREDENTIALS_REFUSED = "cloud-credentials-refused"  # reason
    CLOUD_CLOCK_WRONG = "cloud-clock-wrong"  # reason
    CLOUD_DENIED = "cloud-denied"  # action
    CLOUD_ACCOUNT_NOT_READY = "cloud-account-not-ready"  # reason
    CLOUD_REGION_OFF = "cloud-region-off"  # region
    CLOUD_CHOICE_GONE = "cloud-choice-gone"  # kind, value, region, choices
    CLOUD_NAME_TAKEN = "cloud-name-taken"  # name, kind
    CLOUD_QUOTA = "cloud-quota"  # action, reason
    CLOUD_THROTTLED = "cloud-throttled"  # action
    CLOUD_UNREACHABLE = "cloud-unreachable"  # region, reason
    CLOUD_REFUSED = "cloud-refused"  # action, reason
    CLOUD_TOO_SLOW = "cloud-too-slow"  # what, minutes
    CLOUD_NOTHING_MADE = "cloud-nothing-made"  # name
    CLOUD_BEGUN_OTHERWISE = "cloud-begun-otherwise"  # name, kind, value, begun
    CLOUD_OTHER_ACCOUNT = "cloud-other-account"  # name, there, here
    # cancelled
    CANCELLED = "cancelled"  # what
    SETUP_STOPPED = "setup-stopped"  # name
    # bug
    INTERNAL = "internal"  # reason


_HOPS: dict[Hop, tuple[FaultCode, ...]] = {
    Hop.INPUT: (
        FaultCode.PROFILE_INVALID,
        FaultCode.NO_SUCH_RELAY,
        FaultCode.NO_SUCH_SERVER,
        FaultCode.NO_SUCH_SHADOWSOCKS,
        FaultCode.NAME_TAKEN,
        FaultCode.RELAY_IN_USE,
        FaultCode.PAC_LIST_UNUSABLE,
        FaultCode.FILE_UNREADABLE,
        FaultCode.FILE_DAMAGED,
        FaultCode.FILE_TOO_NEW,
        FaultCode.FILE_RESTORED,
        FaultCode.FILE_EXISTS,
        FaultCode.FILE_NOT_UNDERSTOOD,
        FaultCode.INPUT_NOT_TEXT,
        FaultCode.SSH_CONFIG_UNSAFE,
        FaultCode.SSH_OPTION_REFUSED,
        FaultCode.PPK_NEEDED,
        FaultCode.PLAIN_PORT_NEEDED,
        FaultCode.FOLDER_NOT_ABSOLUTE,
        FaultCode.SSH_CONFIG_NOT_INSTALLED,
        FaultCode.RELAY_NOT_SET_UP,
        FaultCode.RELAY_CHANGED,
        FaultCode.CORE_FILE_UNUSABLE,
        FaultCode.V2RAY_NOT_SET_UP,
        FaultCode.ROUTE_NEEDS_BRIDGE,
        FaultCode.CLOUD_REGION_OFF,
        FaultCode.CLOUD_CHOICE_GONE,
        FaultCode.CLOUD_NOTHING_MADE,
        FaultCode.CLOUD_BEGUN_OTHERWISE,
        FaultCode.FILE_TOO_LARGE,
        FaultCode.FILE_WITHOUT_LINKS,
        FaultCode.PICTURE_KIND,
        FaultCode.PICTURE_DAMAGED,
        FaultCode.PICTURE_TOO_LARGE,
        FaultCode.PICTURE_WITHOUT_CODE,
        FaultCode.CODE_UNREADABLE,
        FaultCode.CODE_TOO_LONG,
    ),
    Hop.LOCAL: (
        FaultCode.FILE_UNWRITABLE,
        FaultCode.PORT_BUSY,
        FaultCode.PORT_RESERVED,
        FaultCode.PORT_FORBIDDEN,
        FaultCode.LISTEN_FAILED,
        FaultCode.APP_NOT_RUNNING,
        FaultCode.KEYRING_MISSING,
        FaultCode.KEYRING_LOCKED,
        FaultCode.KEYRING_TIMEOUT,
        FaultCode.KEYRING_BROKEN,
        FaultCode.PROGRAM_MISSING,
        FaultCode.PROGRAM_FAILED,
        FaultCode.PROGRAM_RUNNING,
        FaultCode.NOT_ON_THIS_SYSTEM,
        FaultCode.NO_DISPLAY,
        FaultCode.PROXY_TAKEN,
        FaultCode.PROXY_GIVEN_BACK,
        FaultCode.PROXY_CHANGED,
        FaultCode.PROXY_NOT_SET,
        FaultCode.PROXY_NOT_RESTORED,
        FaultCode.PROXY_UNSUPPORTED,
        FaultCode.CORE_MISSING,
        FaultCode.CORE_TOO_OLD,
        FaultCode.CORE_REFUSED_CONFIG,
        FaultCode.CORE_DIED,
        FaultCode.SHADOWSOCKS_MISSING,
        FaultCode.SHADOWSOCKS_PROGRAM_WRONG,
        FaultCode.SHADOWSOCKS_METHOD_UNKNOWN,
        FaultCode.SHADOWSOCKS_PLUGIN_MISSING,
        FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN,
        FaultCode.SHADOWSOCKS_PLUGIN_OPTION,
        FaultCode.SHADOWSOCKS_REFUSED_CONFIG,
        FaultCode.SETUP_RUNNING,
        FaultCode.CLOUD_PACKAGE_MISSING,
        FaultCode.CLOUD_CLOCK_WRONG,
        FaultCode.INTERNAL,
    ),
    Hop.RELAY: (
        FaultCode.DNS_FAILED,
        FaultCode.CONNECTION_REFUSED,
        FaultCode.CONNECT_TIMED_OUT,
        FaultCode.NETWORK_UNREACHABLE,
        FaultCode.NOT_SSH,
        FaultCode.NEGOTIATION_FAILED,
        FaultCode.LINK_LOST,
        FaultCode.CLOCK_SKEWED,
        FaultCode.TLS_FAILED,
        FaultCode.SHADOWSOCKS_UNREACHED,
        FaultCode.SHADOWSOCKS_SILENT,
        FaultCode.SHADOWSOCKS_CLOSES,
        FaultCode.SETUP_STEP_FAILED,
        FaultCode.REMOTE_SCRIPT_FAILED,
        FaultCode.SSHD_SETTINGS_REFUSED,
        FaultCode.RELAY_PORT_TAKEN,
        FaultCode.CLOUD_NAME_TAKEN,
        FaultCode.CLOUD_QUOTA,
        FaultCode.CLOUD_THROTTLED,
        FaultCode.CLOUD_UNREACHABLE,
        FaultCode.CLOUD_REFUSED,
        FaultCode.CLOUD_TOO_SLOW,
    ),
    Hop.HOST_KEY: (
        FaultCode.HOST_KEY_UNKNOWN,
        FaultCode.HOST_KEY_CHANGED,
        FaultCode.HOST_KEY_REVOKED,
        FaultCode.HOST_KEY_NOT_PINNED,
        FaultCode.CERTIFICATE_CHANGED,
    ),
    Hop.LOGIN: (
        FaultCode.LOGIN_REFUSED,
        FaultCode.LOGIN_NAME_MISSING,
        FaultCode.KEY_MISSING,
        FaultCode.KEY_UNREADABLE,
        FaultCode.KEY_UNSUPPORTED,
        FaultCode.KEY_STAYS_OPEN,
        FaultCode.PASSPHRASE_WRONG,
        FaultCode.AGENT_UNAVAILABLE,
        FaultCode.AGENT_EMPTY,
        FaultCode.AGENT_DISABLED,
        FaultCode.AGENT_REFUSED,
        FaultCode.NOBODY_TO_ASK,
        FaultCode.ROUTE_ID_MISSING,
        FaultCode.SHADOWSOCKS_PASSWORD_MISSING,
        FaultCode.SHADOWSOCKS_KEY_LENGTH,
        FaultCode.SUDO_REFUSED,
        FaultCode.CLOUD_NO_CREDENTIALS,
        FaultCode.CLOUD_CREDENTIALS_REFUSED,
        FaultCode.CLOUD_DENIED,
        FaultCode.CLOUD_OTHER_ACCOUNT,
        FaultCode.CLOUD_ACCOUNT_NOT_READY,
    ),
    Hop.TUNNEL: (
        FaultCode.TUNNEL_DOWN,
        FaultCode.FORWARD_FORBIDDEN,
        FaultCode.EXIT_NOT_PERMITTED,
        FaultCode.ROUTE_NOT_PERMITTED,
        FaultCode.CHANNELS_EXHAUSTED,
        FaultCode.ROUTE_SILENT,
        FaultCode.ROUTE_CLOSED,
        FaultCode.ROUTE_FALLBACK,
        FaultCode.ROUTE_RETURNED,
        FaultCode.ENROLMENT_EXPIRED,
        FaultCode.ENROLMENT_MISSING,
    ),
    Hop.SERVER: (
        FaultCode.SERVER_SILENT,
        FaultCode.SERVER_NOT_SSH,
        FaultCode.TARGET_REFUSED,
        FaultCode.EXIT_NOT_ALLOWED,
        FaultCode.NO_SSHD_THERE,
    ),
    Hop.CANCELLED: (FaultCode.CANCELLED, FaultCode.SETUP_STOPPED),
}

HOP_OF: Mapping[FaultCode, Hop] = {code: hop for hop, codes in _HOPS.items() for code in codes}


@dataclass(frozen=True)
class Fault:
    """One thing that went wrong. ``details`` are plain strings; none of them is ever a secret."""

    code: FaultCode
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def hop(self) -> Hop:
        return HOP_OF[self.code]

    @classmethod
    def of(cls, code: FaultCode, **details: object) -> Fault:
        """A fault whose details are turned into text: ``Fault.of(FaultCode.DNS_FAILED, host="r")``."""
        return cls(code, {name: str(value) for name, value in details.items()})


@dataclass(eq=False)
class RelayTrayError(Exception):
    """Carries a fault up to whoever tells it; library errors become this where they are met."""

    fault: Fault

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.fault.details.items())
        return f"{self.fault.code}({told})"


def error(code: FaultCode, **details: object) -> RelayTrayError:
    """``raise error(FaultCode.DNS_FAILED, host=host)``"""
    return RelayTrayError(Fault.of(code, **details))
