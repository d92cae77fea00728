"""What the doctor finds on the way to a server, hop by hop: values for window, command line and report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault
from app.core.routes import RouteKind

Routes = tuple[RouteKind, ...]
BY_SSH: Routes = (RouteKind.REVERSE,)


class Check(StrEnum):
    """One thing that is looked at, in the order of the chain."""

    LOCAL_PORT = "local-port"
    KEY_FILE = "key-file"
    DNS = "dns"
    TCP = "tcp"
    SSH_VERSION = "ssh-version"
    HOST_KEY = "host-key"
    LOGIN = "login"
    PERMITTED = "permitted"  # what the relay lets this login do
    REVERSE_LISTENER = "reverse-listener"
    V2RAY_PROGRAM = "v2ray-program"  # of this computer
    V2RAY_PORT = "v2ray-port"
    V2RAY_CLOCK = "v2ray-clock"
    V2RAY_ANSWER = "v2ray-answer"  # of the server's sshd, through it
    SERVER_BANNER = "server-banner"
    SERVER_HOST_KEY = "server-host-key"
    SERVER_LOGIN = "server-login"
    CLOCK = "clock"
    ROUND_TRIP = "round-trip"
    THROUGHPUT = "throughput"
    SSH_CONFIG = "ssh-config"


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"  # works, and could be better
    BAD = "bad"
    SKIPPED = "skipped"  # an earlier check has to be good first
    RUNNING = "running"


class Advice(StrEnum):
    """What a check found where no fault says it, with these details."""

    PORT_OURS = "port-ours"  # address
    PORT_FREE = "port-free"  # address
    KEY_GOOD = "key-good"  # path, key_type
    KEY_EXPOSED = "key-exposed"  # path, reason
    PASSPHRASE_ASKED = "passphrase-asked"  # path, key_type
    PASSPHRASE_STALE = "passphrase-stale"  # path
    KEY_NOT_USED = "key-not-used"  # method
    AGENT_HAS_KEYS = "agent-has-keys"  # number
    ADDRESSES = "addresses"  # host, addresses
    ADDRESS_GIVEN = "address-given"  # host
    TCP_OPEN = "tcp-open"  # host, port
    SSH_IS = "ssh-is"  # version
    SSH_OLD = "ssh-old"  # version, needed
    SSH_WEAK = "ssh-weak"  # version, what
    HOST_KEY_PINNED = "host-key-pinned"  # fingerprint
    HOST_KEY_NEW = "host-key-new"  # fingerprint
    LOGGED_IN = "logged-in"  # user, method
    PERMITS_ONLY_THIS = "permits-only-this"
    PERMITS_ANY_ADDRESS = "permits-any-address"
    PERMITS_MORE = "permits-more"  # what
    LISTENS = "listens"  # port
    USER_UNKNOWN = "user-unknown"  # alias
    BANNER_IS = "banner-is"  # version
    CORE_IS = "core-is"  # program
    CLOCK_FREE = "clock-free"
    V2RAY_CLOCK_UNKNOWN = "v2ray-clock-unknown"
    ANSWERS_BY_V2RAY = "answers-by-v2ray"  # alias
    CLOCK_RIGHT = "clock-right"  # seconds
    CLOCK_WRONG = "clock-wrong"  # seconds
    CLOCK_UNKNOWN = "clock-unknown"
    ROUND_TRIP_IS = "round-trip-is"  # relay_ms, server_ms
    THROUGHPUT_IS = "throughput-is"  # down, up
    CONFIG_IN_STEP = "config-in-step"
    CONFIG_NOT_INSTALLED = "config-not-installed"
    CONFIG_STALE = "config-stale"
    EARLIER_FIRST = "earlier-first"  # check
    NOT_MEASURED = "not-measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The outcome of one check."""

    check: Check
    verdict: Verdict
    advice: Advice | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    figure: str = ""  # "12 ms", "93 MB/s": for the column beside the verdict, in any language
    fault: Fault | None = None  # BAD: what is wrong and the next step


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    relay_name: str
    alias: str  # "" = the relay alone
    checks: tuple[Examined, ...]

    @property
    def is_good(self) -> bool:
        return all(examined.verdict is not Verdict.BAD for examined in self.checks)


_OF_V2RAY = {Check.V2RAY_PROGRAM, Check.V2RAY_PORT, Check.V2RAY_CLOCK, Check.V2RAY_ANSWER}
_OF_SSH = {
    Check.KEY_FILE,
    Check.TCP,
    Check.SSH_VERSION,
    Check.HOST_KEY,
    Check.LOGIN,
    Check.PERMITTED,
    Check.REVERSE_LISTENER,
    Check.CLOCK,
    Check.ROUND_TRIP,
    Check.THROUGHPUT,
}
_OF_SERVER = _OF_V2RAY | {
    Check.REVERSE_LISTENER,
    Check.SERVER_BANNER,
    Check.SERVER_HOST_KEY,
    Check.SERVER_LOGIN,
    Check.SSH_CONFIG,
}


def checks_of(*, has_server: bool, routes: Routes = BY_SSH) -> tuple[Check, ...]:
    """What is looked at, in order: every way to a server, or a relay alone."""
    left_out = set() if has_server else set(_OF_SERVER)
    left_out |= set() if RouteKind.V2RAY in routes else _OF_V2RAY
    left_out |= set() if RouteKind.REVERSE in routes else _OF_SSH
    return tuple(check for check in Check if check not in left_out)


Examining = Callable[[Examined], None]  # told as each check begins (RUNNING) and ends; in the working thread
