"""One examination: the checks in the order of the chain, what each needs, and how each is told.

It uses a connection of its own, asks the person no more than a login does, changes nothing on any machine,
and leaves nothing open behind. The one thing that stays is a host key that the person confirms, as at every
first connection.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from app.core.diagnosis import BY_SSH, Advice, Check, Diagnosis, Examined, Examining, Verdict, checks_of
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Relay, Server
from app.core.route_rules import ways_to
from app.core.routes import RouteKind
from app.provision.doctor import local_checks
from app.provision.doctor.relay_checks import RelayChecks
from app.provision.doctor.server_checks import ServerChecks
from app.provision.doctor.v2ray_checks import MakeRoute, V2rayChecks
from app.provision.doctor.wires import Wires
from app.transport.link import Tools

log = logging.getLogger("relaytray.doctor")

# What has to be good, or at least to work, before a check can say anything.
_NEEDS: Mapping[Check, tuple[Check, ...]] = {
    Check.TCP: (Check.DNS,),
    Check.SSH_VERSION: (Check.TCP,),
    Check.HOST_KEY: (Check.SSH_VERSION,),
    Check.LOGIN: (Check.HOST_KEY, Check.KEY_FILE),
    Check.PERMITTED: (Check.LOGIN,),
    Check.REVERSE_LISTENER: (Check.LOGIN,),
    Check.V2RAY_ANSWER: (Check.V2RAY_PROGRAM, Check.V2RAY_PORT, Check.V2RAY_CLOCK),
    Check.SERVER_BANNER: (Check.REVERSE_LISTENER,),
    Check.SERVER_HOST_KEY: (Check.SERVER_BANNER,),
    Check.SERVER_LOGIN: (Check.SERVER_HOST_KEY,),
    Check.CLOCK: (Check.LOGIN,),
    Check.ROUND_TRIP: (Check.LOGIN,),
    Check.THROUGHPUT: (Check.LOGIN,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the doctor has to be told about this computer."""

    our_ports: Callable[[], Collection[int]]  # on which a running RelayTray listens
    ssh_config: Callable[[Server], Examined]  # whether the ssh config says what the profile says
    core_route: MakeRoute | None = None  # a server's way by v2ray; None = such ways are not looked at


def examine(
    relay: Relay,
    server: Server | None,
    tools: Tools,
    surroundings: Surroundings,
    examining: Examining,
    cancelled: threading.Event,
) -> Diagnosis:
    """Every check, told as it begins and ends. Blocks; raises CANCELLED, and nothing else.

    Without a server the relay alone is looked at.
    """
    with Wires(cancelled) as wires:
        return _Examination(relay, server, tools, surroundings, examining, cancelled, wires).run()


class _Examination:
    def __init__(
        self,
        relay: Relay,
        server: Server | None,
        tools: Tools,
        surroundings: Surroundings,
        examining: Examining,
        cancelled: threading.Event,
        wires: Wires,
    ) -> None:
        self._relay, self._server = relay, server
        self._examining, self._cancelled = examining, cancelled
        self._found: dict[Check, Examined] = {}
        of_relay = RelayChecks(relay, tools, wires, cancelled)
        self._looks: dict[Check, Callable[[], Examined]] = {
            Check.LOCAL_PORT: lambda: local_checks.local_port(relay, server, surroundings.our_ports()),
            Check.KEY_FILE: lambda: local_checks.key_file(relay, tools.secrets),
            **of_relay.looks(),
        }
        self._routes = ways_to(relay, server) if surroundings.core_route is not None else BY_SSH
        other_way = None
        self._needs = dict(_NEEDS)
        if server is not None and surroundings.core_route is not None:
            of_v2ray = V2rayChecks(server, surroundings.core_route, wires, cancelled)
            self._looks |= of_v2ray.looks()
            if RouteKind.REVERSE not in self._routes:
                other_way = of_v2ray.channel
                self._needs[Check.SERVER_BANNER] = (Check.V2RAY_ANSWER,)
        if server is not None:
            of_server = ServerChecks(relay, server, tools, wires, cancelled, other_way)
            self._looks |= of_server.looks()
            self._looks[Check.SSH_CONFIG] = lambda: surroundings.ssh_config(server)

    def run(self) -> Diagnosis:
        for check in checks_of(has_server=self._server is not None, routes=self._routes):
            self._refuse_if_cancelled()
            self._examining(Examined(check=check, verdict=Verdict.RUNNING))
            self._found[check] = found = self._outcome(check)
            self._refuse_if_cancelled()
            self._examining(found)
        alias = "" if self._server is None else self._server.alias
        return Diagnosis(relay_name=self._relay.name, alias=alias, checks=tuple(self._found.values()))

    def _outcome(self, check: Check) -> Examined:
        cause = self._in_the_way(check)
        if cause is not None:
            details = {"check": cause.value}
            return Examined(
                check=check, verdict=Verdict.SKIPPED, advice=Advice.EARLIER_FIRST, details=details
            )
        try:
            return self._looks[check]()
        except RelayTrayError as e:
            return Examined(check=check, verdict=Verdict.BAD, fault=e.fault)
        except Exception:
            if not self._cancelled.is_set():  # else something was closed under it
                log.exception("The check %s met an error.", check)
            fault = Fault.of(FaultCode.INTERNAL, reason=f"an error in the check {check}, see the log")
            return Examined(check=check, verdict=Verdict.BAD, fault=fault)

    def _in_the_way(self, check: Check) -> Check | None:
        """The first check that has to be put right before this one can say anything."""
        for needed in self._needs.get(check, ()):
            found = self._found[needed]
            if found.verdict is Verdict.BAD:
                return needed
            if found.advice is Advice.EARLIER_FIRST:
                return Check(found.details["check"])
        return None

    def _refuse_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise error(FaultCode.CANCELLED, what="the doctor")
