"""``relay setup`` and ``relay remove``: the machine itself, with a plan before anything is changed."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence

from app.cli.context import Context, the_relay
from app.cli.exit_codes import ExitCode
from app.cli.profile_commands import absolute, refuse_while_in_use, remove_relay_profile
from app.cli.service_options import brings_services, shadowsocks_options, v2ray_options
from app.cli.setup_session import agrees, refused, tell_plan, tell_step, with_desk
from app.cli.wiring import SetUp
from app.core.faults import Fault, FaultCode, Hop, RelayTrayError
from app.core.profiles import AdminLogin, Relay, SetupMode
from app.core.provisioning import Plan, SetupOptions, StepReport, StepState


def set_up(context: Context) -> int:
    document = context.load()
    relay = the_relay(document, context.arguments.name)
    return with_desk(context, document, lambda desk, cancelled: _set_up(context, desk, relay, cancelled))


def _set_up(context: Context, desk: SetUp, relay: Relay, cancelled: threading.Event) -> int:
    options, login = _options(context, relay), _login(context.arguments, relay)
    plan = desk.plan(relay.id, options, cancelled, login)
    tell_plan(context, plan)
    if context.arguments.plan:
        return ExitCode.OK
    if plan.options.mode is SetupMode.SYSTEM and not plan.is_root:
        return _not_root(context, relay, login)
    if _is_done(plan, relay, login):
        return _ended(context, relay, f"{relay.name} is set up already. There is nothing to do.")
    only_here = brings_services(plan.options) and not plan.changes  # profiles and keyring may lack something
    if not only_here and not agrees(context, f"Set {relay.name} up like this?", cancelled):
        return refused(context, relay.name)
    reports = desk.set_up(relay.id, options, lambda report: tell_step(context, report), cancelled, login)
    fault = _failure(reports)
    if fault is not None:
        return context.out.fault(fault)
    return _ended(
        context,
        relay,
        f"{relay.name} is set up. Bring a server online with: relaytray server line ALIAS",
    )


def _not_root(context: Context, relay: Relay, login: AdminLogin | None) -> int:
    user = (login or relay.admin or relay).user
    reason = "it is not root, and sudo does not let it be (--account sets up without root)"
    return context.out.fault(Fault.of(FaultCode.SUDO_REFUSED, user=user, host=relay.host, reason=reason))


def _is_done(plan: Plan, relay: Relay, login: AdminLogin | None) -> bool:
    """The machine is as it should be, and so is the profile."""
    is_known = relay.setup is plan.options.mode and relay.setup_exit is plan.options.exit_at_relay
    return (
        not plan.changes and is_known and login in (None, relay.admin) and not brings_services(plan.options)
    )


def _options(context: Context, relay: Relay) -> SetupOptions:
    arguments = context.arguments
    mode = SetupMode.ACCOUNT if arguments.account else SetupMode.SYSTEM
    if not arguments.account and relay.setup is not SetupMode.NONE:
        mode = relay.setup
    return SetupOptions(
        mode=mode,
        with_bbr=not arguments.no_bbr,
        exit_at_relay=relay.setup_exit if arguments.exit is None else arguments.exit,
        pc_key=absolute(arguments.key) or "",
        v2ray=v2ray_options(arguments, relay),
        shadowsocks=shadowsocks_options(arguments, relay, context.load()),
        without_shadowsocks=arguments.shadowsocks is False,
    )


def _login(arguments: argparse.Namespace, relay: Relay) -> AdminLogin | None:
    """What was said about it; the rest is as last time, or as in the profile. None: nothing was said."""
    if arguments.admin is None and arguments.identity is None and arguments.authentication is None:
        return None
    known = relay.admin or relay
    user = arguments.admin or known.user
    if arguments.authentication is not None:
        return AdminLogin(user=user, authentication=arguments.authentication)
    if arguments.identity is not None:
        return AdminLogin(user=user, identity=absolute(arguments.identity) or "")
    return AdminLogin(
        user=user,
        authentication=known.authentication,
        identity=known.identity,
        certificate=known.certificate,
    )


# --- taking away ------------------------------------------------------------------------------------------


def remove(context: Context) -> int:
    arguments = context.arguments
    document = context.load()
    relay = the_relay(document, arguments.name)
    is_ours = relay.setup is not SetupMode.NONE or relay.admin is not None  # that one was only begun
    if not arguments.other_end:
        refuse_while_in_use(relay, document)
    if arguments.other_end or arguments.plan or (is_ours and not arguments.keep_set_up):
        try:
            code = with_desk(
                context, document, lambda desk, cancelled: _take_away(context, desk, relay, cancelled)
            )
        except RelayTrayError as e:
            if e.fault.hop in (Hop.RELAY, Hop.HOST_KEY, Hop.LOGIN) and not arguments.other_end:
                context.out.aside(
                    f"{relay.name} is still among your relays. To remove it and leave the machine as it is: "
                    f"relaytray relay remove {relay.name} --keep-set-up"
                )
            raise
        if code != ExitCode.OK or arguments.other_end or arguments.plan:
            return code
    return remove_relay_profile(context)


def _take_away(context: Context, desk: SetUp, relay: Relay, cancelled: threading.Event) -> int:
    plan = desk.removal_plan(relay.id, cancelled)
    tell_plan(context, plan, is_removal=True)
    if context.arguments.plan:
        return ExitCode.OK
    if plan.changes and not agrees(context, f"Take this away from {relay.name}?", cancelled):
        return refused(context, relay.name)
    reports = desk.remove(relay.id, lambda report: tell_step(context, report, is_removal=True), cancelled)
    fault = _failure(reports)
    if fault is not None:
        return context.out.fault(fault)
    return _ended(context, relay, f"What RelayTray had set up on {relay.name} was taken away.")


# --- both -------------------------------------------------------------------------------------------------


def _failure(reports: Sequence[StepReport]) -> Fault | None:
    for report in reports:
        if report.state is StepState.FAILED:
            reason = "the step did not say why"
            return report.fault or Fault.of(FaultCode.INTERNAL, reason=reason)
    return None


def _ended(context: Context, relay: Relay, words: str) -> int:
    context.out.both(words, {"event": "done", "relay": relay.name})
    return ExitCode.OK
