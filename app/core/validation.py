"""What is wrong with a profile, as a list of problems that a form shows beside its fields.

Nothing here raises: a half-filled form is a normal thing. ``field`` is the name of the dataclass field,
with an index where there are several: ``host``, ``route.port``, ``forwards[1].local_port``,
``settings.log_level``. The sentences are in ``app.sentences``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from app.core.field_rules import (
    CONTROL,
    MAX_NAME,
    alias_problem,
    host_problem,
    is_port,
    is_reserved,
    name_problem,
    path_problem,
    socks_user_problem,
    user_problem,
)
from app.core.problems import Problem, ProblemCode
from app.core.profiles import (
    NAME_SUFFIX,
    AdminLogin,
    Authentication,
    Document,
    Exit,
    Relay,
    Server,
    SetupMode,
)
from app.core.route_rules import carrier_problems, route_problems
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_rules import shadowsocks_problems

MAX_KEEPALIVE_S = 3600
MAX_IDLE_CLOSE_MIN = 7 * 24 * 60
LOG_LEVELS = ("debug", "info", "warning", "error")
LANGUAGES = ("", "en", "zh_CN")

_ID_OF_PERMISSION = re.compile(r"[a-z0-9]{8}")  # part of file names on the relay and on servers
_NOT_IN_ALIAS = re.compile(r"[^a-z0-9._-]+")


# readconf.c of OpenSSH: a keyword, then blanks or one "=", then its value.
_SSH_OPTION = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(\S.*)")
# They would begin another block, or lead ssh to another machine, or past the pinned host key; the rest of
# them have fields of their own in the profile.
SSH_KEYWORDS_OURS = frozenset(
    {
        *("host", "match", "include", "hostname", "port", "user"),
        *("proxycommand", "proxyjump", "proxyusefdpass"),
        *("hostkeyalias", "userknownhostsfile", "globalknownhostsfile", "knownhostscommand"),
        *("stricthostkeychecking", "checkhostip", "verifyhostkeydns", "updatehostkeys"),
        "nohostauthenticationforlocalhost",
        *("identityfile", "identityfile2", "identitiesonly", "certificatefile"),
        *("forwardx11", "forwardx11trusted", "forwardagent", "compression"),
        *("canonicalizehostname", "canonicaldomains", "canonicalizefallbacklocal"),
        *("canonicalizemaxdots", "canonicalizepermittedcnames"),
    }
)
# They start a program of this computer, or load one: in a profile that somebody else wrote, an attack.
SSH_KEYWORDS_THAT_RUN = frozenset(
    {
        *("localcommand", "permitlocalcommand", "xauthlocation", "securitykeyprovider"),
        *("pkcs11provider", "smartcarddevice"),  # two names of one thing, for readconf.c
    }
)


def problems_of_relay(relay: Relay, document: Document) -> list[Problem]:
    """``document`` may hold an older version of this relay (same id): it is not compared with that."""
    return list(_of_relay(relay, document))


def problems_of_server(server: Server, document: Document) -> list[Problem]:
    """``document`` may hold an older version of this server (same id): it is not compared with that."""
    return list(_of_server(server, document))


def problems_of_shadowsocks(server: ShadowsocksServer, document: Document) -> list[Problem]:
    """``document`` may hold an older version of this one (same id): it is not compared with that."""
    found = [Problem(*wrong, server.id) for wrong in shadowsocks_problems(server)]
    others = [one for one in document.shadowsocks if one.id != server.id]
    if any(one.name.lower() == server.name.lower() for one in others):
        found.append(Problem("name", ProblemCode.NAME_TAKEN, {"name": server.name}, server.id))
    return found + list(_port_problems([("local_port", server.local_port, "")], server.id, document))


def problems_of(document: Document) -> list[Problem]:
    """All problems of all profiles, and of the settings."""
    found = [problem for relay in document.relays for problem in _of_relay(relay, document)]
    found += [problem for server in document.servers for problem in _of_server(server, document)]
    for proxy in document.shadowsocks:
        found += problems_of_shadowsocks(proxy, document)
    return found + list(_of_settings(document))


def suggested_alias(name: str, taken: AbstractSet[str] = frozenset()) -> str:
    """The nearest text to ``name`` that an alias may be and that is not in ``taken`` (lower case)."""
    base = _NOT_IN_ALIAS.sub("-", name.lower()).strip("-._")[:MAX_NAME]
    if not base or is_reserved(base):
        base = ("server-" + base.removesuffix(NAME_SUFFIX).strip("-._")).rstrip("-")
    return unique_name(base, taken, "-")


def unique_name(name: str, taken: AbstractSet[str], separator: str = " ") -> str:
    """``name``, or the first of name 2, name 3, ... whose lower-case form is not in ``taken``."""
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name}{separator}{number}"
    return candidate


def local_ports(document: Document) -> list[tuple[int, str, str]]:
    """(port, profile id, what for) of every local port; "what for" reads in any language."""
    ports = [(relay.socks_port, relay.id, f"{relay.name} (SOCKS)") for relay in document.relays]
    for server in document.servers:
        ports += [(port, server.id, use) for _, port, use in _ports_of_server(server)]
    ports += [(one.local_port, one.id, f"{one.name} (Shadowsocks)") for one in document.shadowsocks]
    return ports


# --- relays and servers -----------------------------------------------------------------------------------


def _of_relay(relay: Relay, document: Document) -> Iterator[Problem]:
    def problem(place: str, code: ProblemCode, **details: object) -> Problem:
        return Problem(place, code, _texts(details), relay.id)

    checks: list[tuple[str, ProblemCode | None]] = [
        ("name", name_problem(relay.name)),
        ("host", host_problem(relay.host)),
        ("user", None if relay.has_no_login else user_problem(relay.user)),
        ("identity", path_problem(relay.identity)),
        ("certificate", path_problem(relay.certificate)),
        ("socks_user", socks_user_problem(relay.socks_user)),
    ]
    for name, code in checks:
        if code is not None:
            yield problem(name, code, value=getattr(relay, name), limit=MAX_NAME)
    if any(r.name.lower() == relay.name.lower() for r in document.relays if r.id != relay.id):
        yield problem("name", ProblemCode.NAME_TAKEN, name=relay.name)
    wants_key = relay.authentication is Authentication.KEY_FILE and not relay.has_no_login
    if wants_key and not relay.identity.strip():
        yield problem("identity", ProblemCode.KEY_NOT_NAMED)
    if not is_port(relay.port):
        yield problem("port", ProblemCode.PORT_RANGE, value=relay.port)
    if relay.pc_id and not _ID_OF_PERMISSION.fullmatch(relay.pc_id):
        yield problem("pc_id", ProblemCode.ID_SYNTAX, value=relay.pc_id)
    for place, login in (("admin", relay.admin), ("login_before", relay.login_before)):
        if login is not None:
            yield from _login_problems(place, login, relay.id)
    if relay.carrier is not None:
        for place, code, value in carrier_problems(relay.carrier):
            yield problem(f"carrier.{place}", code, value=value)
    yield from _number_problems(relay, problem_id=relay.id)
    yield from _port_problems([("socks_port", relay.socks_port, "")], relay.id, document)


def _login_problems(place: str, login: AdminLogin, relay_id: str) -> Iterator[Problem]:
    checks = [
        ("user", user_problem(login.user)),
        ("identity", path_problem(login.identity)),
        ("certificate", path_problem(login.certificate)),
    ]
    for name, code in checks:
        if code is not None:
            yield Problem(f"{place}.{name}", code, {"value": getattr(login, name)}, relay_id)
    if login.authentication is Authentication.KEY_FILE and not login.identity.strip():
        yield Problem(f"{place}.identity", ProblemCode.KEY_NOT_NAMED, {}, relay_id)


def _number_problems(relay: Relay, problem_id: str) -> Iterator[Problem]:
    for name, value, high in (
        ("keepalive_s", relay.keepalive_s, MAX_KEEPALIVE_S),
        ("idle_close_min", relay.idle_close_min, MAX_IDLE_CLOSE_MIN),
    ):
        if not 0 <= value <= high:
            details = _texts({"value": value, "low": 0, "high": high})
            yield Problem(name, ProblemCode.NUMBER_RANGE, details, problem_id)


def _of_server(server: Server, document: Document) -> Iterator[Problem]:
    def problem(place: str, code: ProblemCode, **details: object) -> Problem:
        return Problem(place, code, _texts(details), server.id)

    checks: list[tuple[str, str, ProblemCode | None]] = [
        ("alias", server.alias, alias_problem(server.alias)),
        ("route.host", server.route.host, host_problem(server.route.host)),
        ("user", server.user, _server_user_problem(server, document)),
        ("identity", server.identity, path_problem(server.identity)),
        ("remote_folder", server.remote_folder, path_problem(server.remote_folder)),
        ("home", server.home, path_problem(server.home)),
    ]
    checks += [
        (f"forwards[{i}].remote_host", forward.remote_host, host_problem(forward.remote_host))
        for i, forward in enumerate(server.forwards)
    ]
    for name, value, code in checks:
        if code is not None:
            yield problem(name, code, value=value, limit=MAX_NAME, example=suggested_alias(value))
    for place, code, value in route_problems(server, document.relay(server.relay_id)):
        yield problem(place, code, value=value)
    yield from _ssh_option_problems(server)
    yield from _enrolment_problems(server)
    if any(s.alias.lower() == server.alias.lower() for s in document.servers if s.id != server.id):
        yield problem("alias", ProblemCode.NAME_TAKEN, name=server.alias)
    if document.relay(server.relay_id) is None:
        yield problem("relay_id", ProblemCode.RELAY_UNKNOWN)
    remote = [("route.port", server.route.port)]
    remote += [
        (f"forwards[{i}].remote_port", forward.remote_port) for i, forward in enumerate(server.forwards)
    ]
    for name, port in remote:
        if not is_port(port):
            yield problem(name, ProblemCode.PORT_RANGE, value=port)
    if server.exit is Exit.SERVER:
        others = [
            s for s in document.servers_of(server.relay_id) if s.id != server.id and s.exit is Exit.SERVER
        ]
        if others:
            yield problem("exit", ProblemCode.EXIT_TAKEN, other=others[0].alias)
    yield from _port_problems(_ports_of_server(server), server.id, document)


def _enrolment_problems(server: Server) -> Iterator[Problem]:
    if server.enrolment is None:
        return
    for name, ids in (("id", [server.enrolment.id]), ("older", server.enrolment.older)):
        for wrong in (one for one in ids if not _ID_OF_PERMISSION.fullmatch(one)):
            yield Problem(f"enrolment.{name}", ProblemCode.ID_SYNTAX, {"value": wrong}, server.id)


def _ssh_option_problems(server: Server) -> Iterator[Problem]:
    for i, line in enumerate(server.ssh_options):
        code, keyword = ssh_option_problem(line)
        if code is not None:
            details = {"value": line, "keyword": keyword}
            yield Problem(f"ssh_options[{i}]", code, details, server.id)


def _of_settings(document: Document) -> Iterator[Problem]:
    settings = document.settings
    for name, value, choices in (
        ("settings.log_level", settings.log_level, LOG_LEVELS),
        ("settings.language", settings.language, LANGUAGES),
    ):
        if value not in choices:
            known = ", ".join(choice for choice in choices if choice)
            yield Problem(name, ProblemCode.CHOICE_UNKNOWN, {"value": value, "choices": known})


def ssh_option_problem(line: str) -> tuple[ProblemCode | None, str]:
    """What is wrong with one more line for the ssh config, and the keyword of the line.

    Whether ssh knows the keyword and takes its value is for ssh itself to say (``ssh -G``). A line that is
    empty or a comment is all right, and has no keyword.
    """
    if CONTROL.search(line.replace("\t", " ")):
        return ProblemCode.CONTROL_CHARACTER, ""
    stripped = line.strip()
    if not stripped or stripped.startswith("#"):
        return None, ""
    parts = _SSH_OPTION.fullmatch(stripped)
    if parts is None:
        return ProblemCode.SSH_OPTION_SYNTAX, ""
    keyword = parts[1]
    return (ProblemCode.SSH_OPTION_OURS if keyword.lower() in SSH_KEYWORDS_OURS else None), keyword


# --- local ports ------------------------------------------------------------------------------------------


def _ports_of_server(server: Server) -> list[tuple[str, int, str]]:
    """(field, port, what for) of each local port that this server wants."""
    ports = (
        [("local_ssh_port", server.local_ssh_port, f"{server.alias} (ssh)")] if server.local_ssh_port else []
    )
    ports += [
        (f"forwards[{i}].local_port", forward.local_port, f"{server.alias} ({forward})")
        for i, forward in enumerate(server.forwards)
    ]
    return ports


def _port_problems(
    wanted: list[tuple[str, int, str]], profile_id: str, document: Document
) -> Iterator[Problem]:
    taken = {port: use for port, owner, use in reversed(local_ports(document)) if owner != profile_id}
    for name, port, use in wanted:
        if not is_port(port):
            yield Problem(name, ProblemCode.PORT_RANGE, {"value": str(port)}, profile_id)
        elif port in taken:
            details = {"port": str(port), "other": taken[port]}
            yield Problem(name, ProblemCode.PORT_CLASH, details, profile_id)
        else:
            taken[port] = use


def _server_user_problem(server: Server, document: Document) -> ProblemCode | None:
    """It may be left out behind a relay that was set up: the server tells it when its line is pasted."""
    relay = document.relay(server.relay_id)
    is_told_later = relay is not None and relay.setup is not SetupMode.NONE
    return None if not server.user and is_told_later else user_problem(server.user)


def _texts(details: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in details.items()}
