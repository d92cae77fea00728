"""What setting up the other ends changes in the profiles. Pure: each takes the newest document.

Between reading a profile and changing it another machine was talked to, for seconds or minutes. Meanwhile
the person may have edited or removed the profile: what they did always wins.
"""

from __future__ import annotations

import dataclasses

from app.core.faults import FaultCode, error
from app.core.profiles import (
    AdminLogin,
    Document,
    Enrolment,
    EnrolmentState,
    Relay,
    Server,
    SetupMode,
)
from app.core.provisioning import ServerReport, SetupOptions
from app.core.validation import problems_of_server

PC_USER = "relaytray-pc"  # the account of computers on a relay that was set up as root

_MOST_OLDER = 8  # lines of one server that are remembered for its removal


def daily_login(mode: SetupMode, admin: AdminLogin, identity: str) -> AdminLogin:
    """How this computer logs in at a relay that was set up."""
    return AdminLogin(user=PC_USER if mode is SetupMode.SYSTEM else admin.user, identity=identity)


def with_login(relay: Relay, login: AdminLogin) -> Relay:
    return dataclasses.replace(
        relay,
        user=login.user,
        authentication=login.authentication,
        identity=login.identity,
        certificate=login.certificate,
    )


# --- relays -----------------------------------------------------------------------------------------------


def with_admin(document: Document, relay: Relay, admin: AdminLogin) -> Document:
    """Before anything is changed on the relay: with this login a half-done set-up can be taken away again."""
    found = _same_machine(document, relay)
    if found.admin is None and admin == found.own_login:
        return document
    return _with_relay(document, dataclasses.replace(found, admin=admin))


def after_set_up(
    document: Document,
    relay: Relay,
    options: SetupOptions,
    admin: AdminLogin,
    identity: str,
    pc_id: str,
    changed_at: int = 0,
) -> Document:
    """From now on this computer logs in with its own key. Raises RELAY_CHANGED.

    ``changed_at``: when something was changed on the relay; 0 = all was right already.
    """
    found = _same_machine(document, relay)
    is_again = found.setup is not SetupMode.NONE
    before = found.login_before if is_again and found.login_before is not None else found.own_login
    changed = dataclasses.replace(
        found,
        setup=options.mode,
        setup_exit=options.exit_at_relay,
        setup_at=changed_at or found.setup_at,
        admin=admin,
        login_before=before,
        pc_id=pc_id,
    )
    return _with_relay(document, with_login(changed, daily_login(options.mode, admin, identity)))


def after_removal(document: Document, relay: Relay) -> Document:
    """The profile as it was before the set-up. Raises RELAY_CHANGED."""
    found = _same_machine(document, relay)
    before = found.login_before or found.admin
    if found.setup is not SetupMode.NONE and before is not None:
        found = with_login(found, before)
    plain = dataclasses.replace(
        found,
        setup=SetupMode.NONE,
        setup_exit=False,
        setup_at=0,
        admin=None,
        login_before=None,
        pc_id="",
    )
    return _with_relay(document, plain)


def _same_machine(document: Document, relay: Relay) -> Relay:
    found = document.relay(relay.id)
    if found is None or (found.host, found.port) != (relay.host, relay.port):
        raise error(FaultCode.RELAY_CHANGED, name=relay.name)
    return found


def _with_relay(document: Document, relay: Relay) -> Document:
    relays = tuple(relay if one.id == relay.id else one for one in document.relays)
    return dataclasses.replace(document, relays=relays)


# --- servers ----------------------------------------------------------------------------------------------


def with_line(document: Document, server: Server, enrolment: Enrolment, port: int) -> Document:
    """A line was made for this server. Raises NO_SUCH_SERVER when it was removed or moved meanwhile."""
    found = document.server(server.id)
    if found is None or found.relay_id != server.relay_id:
        raise error(FaultCode.NO_SUCH_SERVER, name=server.alias, near="")
    enrolment = dataclasses.replace(enrolment, relay_id=found.relay_id)
    if found.enrolment is not None:
        older = (found.enrolment.id, *found.enrolment.older)[:_MOST_OLDER]
        enrolment = dataclasses.replace(enrolment, older=older)
    route = dataclasses.replace(found.route, port=port, host="127.0.0.1")
    return _with_server(document, dataclasses.replace(found, enrolment=enrolment, route=route))


def with_report(document: Document, server: Server, report: ServerReport) -> Document:
    """The server has told about itself. What the person has filled in stays; what no profile may say, too."""
    found = _still_waiting(document, server)
    if found is None or found.enrolment is None:
        return document
    enrolment = dataclasses.replace(
        found.enrolment, state=EnrolmentState.REPORTED, keeper=report.keeper, sshd=report.sshd
    )
    changed = dataclasses.replace(found, enrolment=enrolment)
    with_user = dataclasses.replace(changed, user=found.user or report.user)
    if not _has_problem(with_user, "user", document):
        changed = with_user
    with_home = dataclasses.replace(changed, home=report.home or found.home)
    if not _has_problem(with_home, "home", document):
        changed = with_home
    return _with_server(document, changed)


def _has_problem(server: Server, field: str, document: Document) -> bool:
    return any(problem.field == field for problem in problems_of_server(server, document))


def when_online(document: Document, server: Server) -> Document:
    found = _still_waiting(document, server)
    if found is None or found.enrolment is None:
        return document
    enrolment = dataclasses.replace(found.enrolment, state=EnrolmentState.ONLINE)
    return _with_server(document, dataclasses.replace(found, enrolment=enrolment))


def without_server(document: Document, server_id: str) -> Document:
    servers = tuple(server for server in document.servers if server.id != server_id)
    return dataclasses.replace(document, servers=servers)


def _still_waiting(document: Document, server: Server) -> Server | None:
    """The server, unless it was removed or got a newer line meanwhile."""
    found = document.server(server.id)
    if found is None or found.enrolment is None or server.enrolment is None:
        return None
    return found if found.enrolment.id == server.enrolment.id else None


def _with_server(document: Document, server: Server) -> Document:
    servers = tuple(server if one.id == server.id else one for one in document.servers)
    return dataclasses.replace(document, servers=servers)
