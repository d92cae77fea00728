"""Setting a relay up and taking the set-up away: the machine by ``relay_setup``, and the profile around it.

Everything blocks and may ask the person as a login does. A set-up that fails or is stopped leaves the daily
login of the profile as it was; run again, it goes on from there.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import threading
import time
from typing import Self

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import AdminLogin, Authentication, Document, Relay, Server, SetupMode
from app.core.provisioning import (
    Note,
    Plan,
    Progress,
    SetupOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
)
from app.core.shadowsocks_setup import profiles_of
from app.provision import enrolment, relay_setup
from app.provision.one_at_a_time import alone_with
from app.provision.profile_changes import (
    after_removal,
    after_set_up,
    daily_login,
    with_admin,
)
from app.provision.service_step import ServiceStep
from app.provision.shadowsocks_service import (
    ShadowsocksEnd,
    ShadowsocksStep,
    forget_passwords,
    with_their_end,
    without_profiles,
)
from app.provision.surroundings import Ground
from app.provision.this_computer import ComputerKey, ThisComputer
from app.provision.v2ray_ids import forget_ids
from app.provision.v2ray_profiles import without_carrier
from app.provision.v2ray_step import V2rayStep, took_v2ray
from app.transport.new_key import public_line
from app.transport.remote_shell import RemoteShell

log = logging.getLogger("relaytray.provision")


class RelayDesk:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._computer = ThisComputer(ground.paths)

    def plan(
        self,
        relay_id: str,
        options: SetupOptions,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> Plan:
        """What a set-up would change; nothing is changed, here or there."""
        relay = self._ground.relay(relay_id)
        _refuse_other_mode(relay, options)
        key = self._computer.key(_chosen_key(relay, options))
        line = key.line if key is not None else ""
        _refuse_open_key(options, login or relay.set_up_login, key)
        prepared = _as_set_up(relay, options, key)
        services = self._services(prepared, options)
        with self._shell(relay, login or relay.set_up_login, cancelled) as shell:
            plan = relay_setup.plan(shell, prepared, options, line, self._host_keys, services)
            may_look = plan.is_root or options.mode is SetupMode.ACCOUNT
            if relay.setup is SetupMode.NONE or key is None or not may_look:
                return plan
            return _with_notes(plan, _notes_of(self._routes_missing(shell, prepared)))

    def set_up(
        self,
        relay_id: str,
        options: SetupOptions,
        progress: Progress,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> tuple[StepReport, ...]:
        """Do it, and let the profile log in with this computer's key from then on.

        With a FAILED step among the reports the profile is as it was. Raises SETUP_STOPPED when it was called
        off in the middle, CANCELLED when nothing was done yet, and all that a login raises.
        """
        relay = self._ground.relay(relay_id)
        _refuse_other_mode(relay, options)
        admin = login or relay.set_up_login
        with alone_with(relay, self._ground.paths), _Told(relay, progress) as told:
            key = self._computer.made_key(_chosen_key(relay, options))
            _refuse_open_key(options, admin, key)
            prepared = _as_set_up(relay, options, key)
            services = self._services(prepared, options)
            with self._shell(relay, admin, cancelled) as shell:
                self._ground.edit(lambda document: with_admin(document, relay, admin))
                reports = relay_setup.apply(
                    shell,
                    prepared,
                    options,
                    key.line,
                    self._host_keys,
                    told.progress,
                    cancelled,
                    identity=str(key.path),
                    services=services,
                )
                if any(report.state is StepState.FAILED for report in reports):
                    return reports
                reports = self._permit_known_servers(shell, prepared, reports, told.progress)
            changed_at = int(time.time()) if told.has_changed else 0
            self._try_daily_login(relay, options.mode, admin, key, cancelled)

            def changed(document: Document) -> Document:
                document = after_set_up(document, relay, options, admin, str(key.path), key.pc_id, changed_at)
                return functools.reduce(lambda so_far, service: service.after(so_far), services, document)

            self._ground.edit(changed)
        log.info("The relay %s is set up (%s).", relay.name, options.mode)
        return reports

    def removal_plan(self, relay_id: str, cancelled: threading.Event) -> Plan:
        """What of the set-up is there: CHANGE = would be taken away, RIGHT = nothing of it is there."""
        relay = self._ground.relay(relay_id)
        with self._shell(relay, relay.set_up_login, cancelled) as shell:
            plan = relay_setup.removal_plan(shell, _as_it_may_be(relay), self._host_keys)
            plan = with_their_end(plan, self._ground.manager.document)
            may_look = plan.is_root or relay.setup is SetupMode.ACCOUNT
            if relay.setup is SetupMode.NONE or not (plan.changes and may_look):
                return plan
            return _with_notes(plan, self._others(shell, relay))

    def remove(self, relay_id: str, progress: Progress, cancelled: threading.Event) -> tuple[StepReport, ...]:
        """Take away what was set up; the profile gets the login that it had before. Raises as ``set_up``."""
        relay = self._ground.relay(relay_id)
        with alone_with(relay, self._ground.paths), _Told(relay, progress) as told:
            with self._shell(relay, relay.set_up_login, cancelled) as shell:
                reports = relay_setup.undo(
                    shell, _as_it_may_be(relay), self._host_keys, told.progress, cancelled
                )
            if any(report.state is StepState.FAILED for report in reports):
                return reports
            document = self._ground.manager.document
            proxies, servers = profiles_of(document, relay_id), document.servers_of(relay_id)
            has_v2ray_gone = took_v2ray(reports)

            def changed(document: Document) -> Document:
                document = without_profiles(after_removal(document, relay), relay_id)
                return without_carrier(document, relay_id) if has_v2ray_gone else document

            self._ground.edit(changed)
            if has_v2ray_gone:
                forget_ids(self._ground.tools.secrets, servers)
            forget_passwords(self._ground.tools.secrets, relay, proxies, reports)
        log.info("The set-up of the relay %s was taken away.", relay.name)
        return reports

    # --- inside -------------------------------------------------------------------------------------------

    def _services(self, relay: Relay, options: SetupOptions) -> tuple[ServiceStep, ...]:
        """The steps that bring a service, as far as they are wanted."""
        services: list[ServiceStep] = []
        document, secrets = self._ground.manager.document, self._ground.tools.secrets
        if options.v2ray is not None:
            services.append(V2rayStep(relay, options.v2ray, document.servers_of(relay.id), secrets))
        if options.shadowsocks is not None:
            services.append(ShadowsocksStep(relay, options.shadowsocks, document, secrets))
        elif options.without_shadowsocks:
            services.append(ShadowsocksEnd(relay, document, secrets))
        return tuple(services)

    @property
    def _host_keys(self) -> relay_setup.HostKeys:
        return self._ground.tools.host_keys

    def _shell(self, relay: Relay, login: AdminLogin, cancelled: threading.Event) -> RemoteShell:
        return RemoteShell.connect(relay, self._ground.tools, cancelled, login=login)

    def _routes_missing(self, shell: RemoteShell, relay: Relay) -> tuple[Server, ...]:
        """The daily login may open listed ports only: servers that are reached some other way have to be."""
        permitted = enrolment.permitted_routes(shell, relay)
        servers = self._ground.manager.document.servers_of(relay.id)
        return tuple(server for server in servers if server.route.port not in permitted)

    def _permit_known_servers(
        self, shell: RemoteShell, relay: Relay, reports: tuple[StepReport, ...], progress: Progress
    ) -> tuple[StepReport, ...]:
        """The reports, with what was added told in that of the permissions."""
        missing = self._routes_missing(shell, relay)
        for server in missing:
            enrolment.permit_route(shell, relay, server)
        if not missing:
            return reports
        told = StepReport(Step.PERMISSIONS, StepState.DONE, _notes_of(missing))
        progress(told)
        return tuple(told if one.step is Step.PERMISSIONS else one for one in reports)

    def _others(self, shell: RemoteShell, relay: Relay) -> tuple[Note, ...]:
        """Who else depends on this set-up."""
        mine = {server.route.port for server in self._ground.manager.document.servers_of(relay.id)}
        computers = enrolment.other_computers(shell, relay)
        servers = [one for one in enrolment.listed(shell, relay) if one.port not in mine]
        return (
            *(Note(StepNote.OTHER_COMPUTER, {"name": name}) for name in computers),
            *(Note(StepNote.OTHER_SERVER, {"alias": one.alias, "port": str(one.port)}) for one in servers),
        )

    def _try_daily_login(
        self,
        relay: Relay,
        mode: SetupMode,
        admin: AdminLogin,
        key: ComputerKey,
        cancelled: threading.Event,
    ) -> None:
        """Before the profile depends on it. Raises LOGIN_REFUSED and all that a login raises."""
        RemoteShell.connect(
            relay, self._ground.tools, cancelled, login=daily_login(mode, admin, str(key.path))
        ).close()


class _Told:
    """Passes progress on, and knows whether anything was changed when the rest was called off."""

    def __init__(self, relay: Relay, progress: Progress) -> None:
        self._relay = relay
        self._progress = progress
        self.has_changed = False

    def progress(self, report: StepReport) -> None:
        self.has_changed |= report.state in (StepState.DONE, StepState.FAILED)
        self._progress(report)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        was_called_off = isinstance(problem, RelayTrayError) and problem.fault.code is FaultCode.CANCELLED
        if was_called_off and self.has_changed:
            raise error(FaultCode.SETUP_STOPPED, name=self._relay.name) from problem


def _as_set_up(relay: Relay, options: SetupOptions, key: ComputerKey | None) -> Relay:
    """The relay as the scripts are to see it: what it will be when all went well."""
    return dataclasses.replace(relay, setup=options.mode, pc_id=key.pc_id if key is not None else "")


def _chosen_key(relay: Relay, options: SetupOptions) -> str:
    """A set-up that is repeated lets in the key that the profile logs in with, unless another was named."""
    if options.pc_key or relay.setup is SetupMode.NONE:
        return options.pc_key
    return relay.identity if relay.authentication is Authentication.KEY_FILE else ""


def _with_notes(plan: Plan, notes: tuple[Note, ...]) -> Plan:
    """A plan in which the permissions are changed for these reasons too."""

    def with_them(step: StepReport) -> StepReport:
        if step.step is not Step.PERMISSIONS or step.state not in (StepState.RIGHT, StepState.CHANGE):
            return step
        before = step.notes if step.state is StepState.CHANGE else ()
        return StepReport(step.step, StepState.CHANGE, (*before, *notes))

    return dataclasses.replace(plan, steps=tuple(map(with_them, plan.steps))) if notes else plan


def _notes_of(missing: tuple[Server, ...]) -> tuple[Note, ...]:
    return tuple(
        Note(StepNote.ROUTE_NOT_PERMITTED, {"alias": server.alias, "port": str(server.route.port)})
        for server in missing
    )


def _as_it_may_be(relay: Relay) -> Relay:
    """A set-up that was never finished is not in the profile: it began as root, unless it is known better."""
    if relay.setup is not SetupMode.NONE:
        return relay
    return dataclasses.replace(relay, setup=SetupMode.SYSTEM)


def _refuse_other_mode(relay: Relay, options: SetupOptions) -> None:
    """Two kinds of set-up beside each other would not be told apart when they are taken away."""
    if relay.setup not in (SetupMode.NONE, options.mode):
        problem = "its relay is set up in another way already; take that away first."
        raise error(FaultCode.PROFILE_INVALID, problem=problem)


def _refuse_open_key(options: SetupOptions, admin: AdminLogin, key: ComputerKey | None) -> None:
    """Within an account, a key that opens it already would stay without limits: its own line comes first."""
    if key is None or options.mode is not SetupMode.ACCOUNT or not admin.identity:
        return
    try:
        opens = public_line(admin.identity).split()[:2]
    except RelayTrayError:
        return  # the login says what is the matter with that file
    if key.line.split()[:2] == opens:
        problem = f"{key.path} opens that account already, so it would not be limited; choose another key."
        raise error(FaultCode.PROFILE_INVALID, problem=problem)
