"""``server line|wait|remove``: a server comes online by one pasted line, and leaves without a trace."""

from __future__ import annotations

import threading
import time

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode, exit_code
from app.cli.output import fault_value
from app.cli.profile_commands import remove_server_profile
from app.cli.setup_session import with_desk
from app.cli.wiring import SetUp
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Enrolment, EnrolmentState, Server
from app.core.provisioning import LineOptions

_STATES = {
    EnrolmentState.WAITING: "waiting for its line to be pasted",
    EnrolmentState.REPORTED: "the line was pasted; waiting for its tunnel",
    EnrolmentState.ONLINE: "online",
}
_KEEPERS = {
    "systemd": "its systemd",
    "cron": "its cron",
    "loop": "a loop, until the machine is started anew: paste the line again then",
}


def line(context: Context) -> int:
    """The line alone goes to standard output; what it does is told beside it."""
    document = context.load()
    server = the_server(document, context.arguments.alias)
    options = _options(context)

    def work(desk: SetUp, cancelled: threading.Event) -> int:
        try:
            made = desk.bootstrap_line(server.id, options, cancelled)
        except RelayTrayError as e:
            if e.fault.code is FaultCode.KEY_MISSING and not server.identity:
                context.out.aside(
                    f"You have no key yet that {server.alias} could let in. Make one with: relaytray key new "
                    f"--server {server.alias}; or leave it out of the line with --no-key"
                )
            raise
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(made.expires_at))
        for told in _explained(server, options, until):
            context.out.aside(told)
        context.out.value(
            {"event": "line", "alias": server.alias, "line": made.text, "expires_at": made.expires_at}
        )
        context.out.text(made.text)
        return _wait(context, desk, server, cancelled) if context.arguments.wait else ExitCode.OK

    return with_desk(context, document, work)


def _options(context: Context) -> LineOptions:
    arguments = context.arguments
    for name, value, most in (
        ("--hours", arguments.hours, 24 * 30),
        ("--sshd-port", arguments.sshd_port, 65535),
    ):
        if not 1 <= value <= most:
            raise error(FaultCode.PROFILE_INVALID, problem=f"{name} is a number from 1 to {most}.")
    return LineOptions(
        allow_my_key=not arguments.no_key,
        user_sshd=arguments.user_sshd,
        sshd_port=arguments.sshd_port,
        hours=arguments.hours,
        bridge=arguments.bridge,
    )


def _explained(server: Server, options: LineOptions, until: str) -> list[str]:
    does = [
        "makes a key there, which never leaves that machine, and tells the relay its public half",
        "keeps a tunnel to the relay open, also after a restart where the machine allows that",
    ]
    if options.allow_my_key:
        does.append("lets your public key in there (authorized_keys)")
    if options.user_sshd:
        does.append("starts an sshd for your account alone where none runs")
    if options.bridge:
        does.append("fetches the v2ray or Xray of the relay and keeps its bridge open, beside ssh")
    return [
        f"Paste this line into the web terminal of {server.alias}, as the user you work as. There it",
        *(f"  - {one}" for one in does),
        f"It is good until {until}, once, and can do nothing else. Pasting it twice does no harm.",
        f"Then: relaytray server wait {server.alias}",
        "",
    ]


def wait(context: Context) -> int:
    document = context.load()
    server = the_server(document, context.arguments.alias)
    if server.enrolment is None:
        relay = document.relay(server.relay_id)
        raise error(FaultCode.ENROLMENT_MISSING, alias=server.alias, host=relay.host if relay else "?")
    return with_desk(context, document, lambda desk, cancelled: _wait(context, desk, server, cancelled))


def _wait(context: Context, desk: SetUp, server: Server, cancelled: threading.Event) -> int:
    def tell(enrolment: Enrolment) -> None:
        told = f"{server.alias}: {_STATES[enrolment.state]}"
        if enrolment.state is EnrolmentState.ONLINE and enrolment.keeper in _KEEPERS:
            told += f"; the tunnel is kept open by {_KEEPERS[enrolment.keeper]}"
        value = {
            "event": "enrolment",
            "alias": server.alias,
            "state": str(enrolment.state),
            "keeper": enrolment.keeper,
            "sshd": enrolment.sshd,
        }
        context.out.value(value)
        context.out.aside(told)

    if server.enrolment is None or server.enrolment.state is not EnrolmentState.ONLINE:
        context.out.aside(f"{server.alias}: {_STATES[EnrolmentState.WAITING]} (Ctrl-C ends the waiting)")
        desk.watch(server.id, tell, cancelled)
    else:
        tell(server.enrolment)
    return ExitCode.OK


def remove(context: Context) -> int:
    document = context.load()
    server = the_server(document, context.arguments.alias)
    if context.arguments.print_line:
        return with_desk(context, document, lambda desk, _cancelled: _print_line(context, desk, server))
    if server.enrolment is None or context.arguments.keep_set_up:
        return remove_server_profile(context)
    return with_desk(context, document, lambda desk, cancelled: _take_away(context, desk, server, cancelled))


def _print_line(context: Context, desk: SetUp, server: Server) -> int:
    found = desk.removal_line(server.id)
    if not found:
        raise error(FaultCode.ENROLMENT_MISSING, alias=server.alias, host="")
    context.out.both(found, {"alias": server.alias, "line": found})
    return ExitCode.OK


def _take_away(context: Context, desk: SetUp, server: Server, cancelled: threading.Event) -> int:
    found = desk.removal_line(server.id)
    try:
        faults = desk.remove_server(server.id, cancelled, also_there=True)
    except RelayTrayError as e:
        if e.fault.code is FaultCode.CANCELLED:
            context.out.aside(f"{server.alias} is still among your servers.")
        raise
    context.out.both(
        f"Removed {server.alias}.",
        {
            "removed": server.alias,
            "left": [fault_value(fault) for fault in faults],
            "line": found if faults else "",
        },
    )
    for fault in faults:
        context.out.warning(fault)
    if not faults:
        return ExitCode.OK
    context.out.aside("Not everything could be taken away. On the server itself, this line does it:")
    context.out.aside(f"  {found}")
    return exit_code(faults[0])
