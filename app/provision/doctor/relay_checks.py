"""The doctor on the way to the relay, and what the relay lets this login do."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence

from paramiko.ssh_exception import ChannelException

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.profiles import Relay
from app.provision.doctor import figures
from app.provision.doctor.wire import CONNECT_FAILED, Wire, open_wire
from app.provision.doctor.wires import Wires
from app.transport.far_machines import relay_login, relay_machine
from app.transport.host_keys import VerdictKind, key_bits
from app.transport.link import Tools, check_host_key
from app.transport.login import LoginPlan, log_in
from app.transport.tcp import CONNECT_TIMEOUT_S, Address, connect_to, is_literal, resolve

# permitlisten, without which a tunnel's key could take any port of the relay, came with 7.8.
NEEDED_OPENSSH = (7, 8)
MIN_RSA_BITS = 2048
CLOCK_TOLERANCE_S = 5  # codes and certificates bear more; "date" tells whole seconds
_DISCARD_PORT = 9  # where nothing listens, or nothing that minds: only the relay's permission is looked at
_SHOWN = "relaytray-was-here"
_OPENSSH = re.compile(r"OpenSSH(?:_for_Windows)?_(\d+)\.(\d+)")


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


class RelayChecks:
    """Each look returns what it found, or raises the fault that it is."""

    def __init__(self, relay: Relay, tools: Tools, wires: Wires, cancelled: threading.Event) -> None:
        self._relay, self._tools, self._wires, self._cancelled = relay, tools, wires, cancelled
        self._machine = relay_machine(relay)
        self._addresses: list[Address] = []
        self._sock: socket.socket | None = None
        self._wire: Wire | None = None

    def looks(self) -> dict[Check, Callable[[], Examined]]:
        return {
            Check.DNS: self._dns,
            Check.TCP: self._tcp,
            Check.SSH_VERSION: self._ssh_version,
            Check.HOST_KEY: lambda: host_key(Check.HOST_KEY, self._open_wire(), self._tools, self._cancelled),
            Check.LOGIN: self._login,
            Check.PERMITTED: self._permitted,
            Check.CLOCK: lambda: clock(self._wires.with_commands),
            Check.ROUND_TRIP: self._round_trip,
            Check.THROUGHPUT: lambda: throughput(self._wires.with_commands, self._cancelled),
        }

    def _dns(self) -> Examined:
        relay, start = self._relay, time.monotonic()
        self._addresses = resolve(relay.host, relay.port, self._cancelled, start + CONNECT_TIMEOUT_S)
        took = time.monotonic() - start
        if is_literal(relay.host):
            details = {"host": relay.host}
            return Examined(
                check=Check.DNS, verdict=Verdict.GOOD, advice=Advice.ADDRESS_GIVEN, details=details
            )
        told = ", ".join(dict.fromkeys(str(where[0]) for _family, where in self._addresses))
        return Examined(
            check=Check.DNS,
            verdict=Verdict.GOOD,
            advice=Advice.ADDRESSES,
            details={"host": relay.host, "addresses": told},
            figure=ms(took),
        )

    def _tcp(self) -> Examined:
        relay, start = self._relay, time.monotonic()
        end = start + CONNECT_TIMEOUT_S
        self._sock = connect_to(relay.host, relay.port, self._addresses, self._cancelled, end)
        self._wires.keep(self._sock)
        return Examined(
            check=Check.TCP,
            verdict=Verdict.GOOD,
            advice=Advice.TCP_OPEN,
            details={"host": relay.host, "port": str(relay.port)},
            figure=ms(time.monotonic() - start),
        )

    def _ssh_version(self) -> Examined:
        start = time.monotonic()
        wire = open_wire(self._sock, self._machine, self._tools, self._cancelled, self._wires.opened)
        self._wire = wire
        return ssh_version(wire, ms(time.monotonic() - start))

    def _login(self) -> Examined:
        relay, wire = self._relay, self._open_wire()
        found = login(Check.LOGIN, wire, relay_login(relay, relay.own_login), self._tools, self._cancelled)
        self._wires.relay = wire
        return found

    def _permitted(self) -> Examined:
        """Harmless: a command that prints a word, a listener for a moment, a port where nobody is."""
        wire = self._open_wire()
        told = wire.output_of(f"echo {_SHOWN}") or ""
        self._wires.relay_runs_commands = _SHOWN in told
        beyond_ports = (["shell"] if self._wires.relay_runs_commands else []) + (
            ["ssh -R"] if wire.may_listen() else []
        )
        any_address = _may_connect(wire)
        if beyond_ports:
            what = ", ".join(beyond_ports + (["ssh -L"] if any_address else []))
            return _permitted(Verdict.WARNING, Advice.PERMITS_MORE, what=what)
        if any_address:
            return _permitted(Verdict.GOOD, Advice.PERMITS_ANY_ADDRESS)
        return _permitted(Verdict.GOOD, Advice.PERMITS_ONLY_THIS)

    def _round_trip(self) -> Examined:
        relay_ms = f"{figures.round_trip_ms(self._open_wire()):.1f}"
        server = self._wires.server
        server_ms = f"{figures.round_trip_ms(server):.1f}" if server is not None else ""
        return Examined(
            check=Check.ROUND_TRIP,
            verdict=Verdict.GOOD,
            advice=Advice.ROUND_TRIP_IS,
            details={"relay_ms": relay_ms, "server_ms": server_ms},
            figure=f"{server_ms or relay_ms} ms",
        )

    def _open_wire(self) -> Wire:
        assert self._wire is not None, "the check before this one made it"
        return self._wire


def ssh_version(wire: Wire, figure: str) -> Examined:
    """Old or weak is told; the keys and ciphers that nobody should use any more we do not offer at all."""
    version = wire.remote_version
    verdict, advice, more = Verdict.GOOD, Advice.SSH_IS, {}
    found = _OPENSSH.search(version)
    key = wire.get_remote_server_key()
    bits = key_bits(key.asbytes())
    if found is not None and (int(found[1]), int(found[2])) < NEEDED_OPENSSH:
        verdict, advice = Verdict.WARNING, Advice.SSH_OLD
        more = {"needed": ".".join(map(str, NEEDED_OPENSSH))}
    elif key.get_name() == "ssh-rsa" and bits < MIN_RSA_BITS:
        verdict, advice = Verdict.WARNING, Advice.SSH_WEAK
        more = {"what": f"RSA {bits}"}
    return Examined(
        check=Check.SSH_VERSION,
        verdict=verdict,
        advice=advice,
        details={"version": version, **more},
        figure=figure,
    )


def host_key(check: Check, wire: Wire, tools: Tools, cancelled: threading.Event) -> Examined:
    """As a connection judges it: a new one is shown to the person, and pinned when they confirm it."""
    key = wire.get_remote_server_key()
    judged = tools.host_keys.check(wire.machine.host_key_name, key)
    details = {"fingerprint": judged.fingerprint}
    if judged.kind is VerdictKind.MATCH:
        return Examined(check=check, verdict=Verdict.GOOD, advice=Advice.HOST_KEY_PINNED, details=details)
    check_host_key(wire, wire.machine, tools, cancelled)
    return Examined(check=check, verdict=Verdict.WARNING, advice=Advice.HOST_KEY_NEW, details=details)


def login(check: Check, wire: Wire, plan: LoginPlan, tools: Tools, cancelled: threading.Event) -> Examined:
    log_in(wire, plan, tools.asker, tools.secrets, cancelled)
    method = getattr(wire.auth_handler, "auth_method", "")  # the last that was tried: it let us in
    return Examined(
        check=check,
        verdict=Verdict.GOOD,
        advice=Advice.LOGGED_IN,
        details={"user": plan.user, "method": method},
    )


def clock(wires: Sequence[Wire]) -> Examined:
    """That of the farthest machine that tells it."""
    for wire in wires:
        skew = figures.clock_skew_s(wire)
        if skew is None:
            continue
        is_right = abs(skew) <= CLOCK_TOLERANCE_S
        seconds = f"{round(skew):+d}" if round(skew) else "0"
        return Examined(
            check=Check.CLOCK,
            verdict=Verdict.GOOD if is_right else Verdict.WARNING,
            advice=Advice.CLOCK_RIGHT if is_right else Advice.CLOCK_WRONG,
            details={"seconds": seconds},
            figure=f"{seconds} s",
        )
    return Examined(check=Check.CLOCK, verdict=Verdict.SKIPPED, advice=Advice.CLOCK_UNKNOWN)


def throughput(wires: Sequence[Wire], cancelled: threading.Event) -> Examined:
    found = figures.throughput(wires[0], cancelled) if wires else None
    if found is None:
        return Examined(check=Check.THROUGHPUT, verdict=Verdict.SKIPPED, advice=Advice.NOT_MEASURED)
    down, up = (f"{rate / 1e6:.{1 if rate < 1e7 else 0}f}" for rate in (found.down, found.up))
    return Examined(
        check=Check.THROUGHPUT,
        verdict=Verdict.GOOD,
        advice=Advice.THROUGHPUT_IS,
        details={"down": f"{down} MB/s", "up": f"{up} MB/s"},
        figure=f"{down} / {up} MB/s",
    )


def _may_connect(wire: Wire) -> bool:
    """Whether the relay would connect to any address; it says so before it tries."""
    try:
        wire.connect_through("127.0.0.1", _DISCARD_PORT).close()
    except ChannelException as e:
        return e.code == CONNECT_FAILED
    return True


def _permitted(verdict: Verdict, advice: Advice, **details: str) -> Examined:
    return Examined(check=Check.PERMITTED, verdict=verdict, advice=advice, details=details)
