"""Bringing a server online: its permission at the relay, the line that uses it, what the server told.

The relay's side is ``resources/scripts/relay``; everything here asks it over a ``RemoteShell``, blocks, and
raises RelayTrayError. The private half of the one-time key exists in the line only.
"""

from __future__ import annotations

import os
import secrets
import string
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core.faults import FaultCode, error
from app.core.profiles import Enrolment, Relay, Server, SetupMode
from app.core.provisioning import BootstrapLine, LineOptions, ServerReport
from app.export.openssh_key import write_openssh_key
from app.provision.bootstrap_line import MARK, LineParts, line_text
from app.resource_files import resource
from app.transport.remote_shell import RemoteShell

ENROL_USER = "relaytray-enrol"  # of a relay that was set up by root
_ID_LENGTH = 8
_REFUSED = 3  # the status with which the script says no
_TIMEOUT_S = 60.0
_LONGEST_ALIAS = 64  # of the script's
_END = "relaytray_end_of_payload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A line, and what the server's profile is to keep of it."""

    line: BootstrapLine
    enrolment: Enrolment
    route_port: int
    relay_host: str  # by which the server is to dial the relay


@dataclass(frozen=True, slots=True, kw_only=True)
class AllottedServer:
    """A port of the relay that belongs to a server, as the relay has it."""

    port: int
    alias: str
    is_listening: bool
    has_reported: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """The name=value lines of the script, in their order."""

    lines: tuple[tuple[str, str], ...]
    is_refusal: bool

    @classmethod
    def parsed(cls, text: str, status: int) -> _Answer:
        pairs = (line.partition("=") for line in text.split("\n") if "=" in line)  # as the scripts see lines
        return cls(tuple((name, value) for name, _, value in pairs), status == _REFUSED)

    def get(self, name: str) -> str:
        return next((value for known, value in self.lines if known == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self.lines if known == name)

    def number(self, name: str) -> int:
        value = self.get(name)
        return int(value) if value.isascii() and value.isdigit() else 0


def new_id() -> str:
    """Names a permission on the relay, and the files on the server."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_ID_LENGTH))


def issue(
    shell: RemoteShell,
    relay: Relay,
    server: Server,
    options: LineOptions,
    *,
    person_key: str = "",
    any_port: bool = False,
) -> Issued:
    """A new line for this server; an older one that was not used is void from now on.

    ``person_key``: the public key that the line shall put into the server's authorized_keys.
    ``any_port``: when the profile's port is another server's or program's, take the first free one.
    Raises RELAY_PORT_TAKEN, RELAY_NOT_SET_UP, REMOTE_SCRIPT_FAILED.
    """
    enrolment_id, key = new_id(), Ed25519PrivateKey.generate()
    answer = _ask(
        shell,
        relay,
        "issue",
        id=enrolment_id,
        port=str(server.route.port),
        any="yes" if any_port else "no",
        known=" ".join(_ids(server)),
        alias=server.alias,
        pc=relay.pc_id,
        hours=str(options.hours),
        key=key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        person_key=_without_comment(person_key) if options.allow_my_key else "",
        user_sshd="1" if options.user_sshd else "0",
        sshd_port=str(options.sshd_port),
    )
    if answer.is_refusal:
        raise _refusal(answer, relay, server)
    text = _text(answer, relay, enrolment_id, key)
    expires_at = answer.number("expires")
    return Issued(
        line=BootstrapLine(server_id=server.id, text=text, expires_at=expires_at),
        enrolment=Enrolment(id=enrolment_id, expires_at=expires_at),
        route_port=answer.number("port"),
        relay_host=answer.get("host"),
    )


def _ids(server: Server) -> tuple[str, ...]:
    """Of the lines of this profile: a port that one of them has got is its own."""
    return (server.enrolment.id, *server.enrolment.older) if server.enrolment is not None else ()


def report(shell: RemoteShell, relay: Relay, server: Server) -> ServerReport | None:
    """What the server told when its line was pasted; None as long as nobody did.

    Raises ENROLMENT_EXPIRED when nobody will any more, ENROLMENT_MISSING when the relay knows no such line.
    """
    return _report(shell, relay, server, "report")


def wait(
    shell: RemoteShell, relay: Relay, server: Server, seen: ServerReport | None, seconds: int
) -> ServerReport | None:
    """``report`` once it is another than ``seen``, or after ``seconds``: the relay does the waiting."""
    known = "waiting" if seen is None else "listening" if seen.is_listening else "reported"
    return _report(shell, relay, server, "wait", patience_s=seconds, seen=known, seconds=str(seconds))


def _report(
    shell: RemoteShell, relay: Relay, server: Server, operation: str, *, patience_s: int = 0, **values: str
) -> ServerReport | None:
    if server.enrolment is None:
        raise error(FaultCode.ENROLMENT_MISSING, alias=server.alias, host=relay.host)
    answer = _ask(shell, relay, operation, patience_s=patience_s, id=server.enrolment.id, **values)
    if answer.is_refusal:
        raise _refusal(answer, relay, server)
    if answer.get("state") != "reported":
        return None
    return ServerReport(
        user=answer.get("user"),
        home=answer.get("home"),
        host_keys=answer.all("host_key"),
        sshd=answer.get("sshd"),
        sshd_port=answer.number("sshd_port"),
        keeper=answer.get("keeper"),
        missing=answer.get("missing"),
        is_listening=answer.get("listening") == "yes",
    )


def keep_bridge(shell: RemoteShell, relay: Relay, server: Server, text: str) -> None:
    """Let the server fetch this, too (see ``app.provision.bridge``). It is secret: it goes by the script.

    ``text`` ends with a line end. Raises ENROLMENT_MISSING, REMOTE_SCRIPT_FAILED.
    """
    assert server.enrolment is not None, "only a server with a line has a bridge"
    answer = _ask(shell, relay, "bridge", payload=text, id=server.enrolment.id)
    if answer.is_refusal:
        raise _refusal(answer, relay, server)


def drop(shell: RemoteShell, relay: Relay, server: Server) -> bool:
    """Take the server's permission away and end its tunnel. False: the relay had none of it (any more)."""
    if server.enrolment is None:
        return False
    answer = _ask(shell, relay, "drop", port=str(server.route.port), id=server.enrolment.id)
    if answer.is_refusal:
        raise _refusal(answer, relay, server)
    return answer.get("dropped") == "yes"


def permit_route(shell: RemoteShell, relay: Relay, server: Server) -> None:
    """This computer may reach the server's port from now on, however the server came to listen there."""
    port, alias = str(server.route.port), server.alias[:_LONGEST_ALIAS]
    answer = _ask(shell, relay, "permit-route", port=port, alias=alias, pc=relay.pc_id)
    if answer.is_refusal:
        raise _refusal(answer, relay, server)


def listed(shell: RemoteShell, relay: Relay) -> tuple[AllottedServer, ...]:
    """Which ports of the relay belong to servers."""
    answer = _ask(shell, relay, "list")
    found = (value.split(" ") for value in answer.all("server"))
    return tuple(
        AllottedServer(
            port=int(port), alias=alias, is_listening=listening == "yes", has_reported=reported == "yes"
        )
        for port, alias, listening, reported in found
    )


def permitted_routes(shell: RemoteShell, relay: Relay) -> frozenset[int]:
    """The ports of servers that this computer may reach at the relay."""
    answer = _ask(shell, relay, "list", pc=relay.pc_id)
    if answer.is_refusal:
        return frozenset()  # not set up yet, or not wholly
    return frozenset(int(port) for port in answer.all("permitted") if port.isdecimal())


def other_computers(shell: RemoteShell, relay: Relay) -> tuple[str, ...]:
    """The names of those that the relay lets in beside this one."""
    answer = _ask(shell, relay, "list", pc=relay.pc_id)
    found = () if answer.is_refusal else answer.all("pc")
    return tuple(value.partition(" ")[2] or value for value in found)


def removal_line(server: Server) -> str:
    """What takes everything away on the server itself; "" for one that was not brought online by a line."""
    return f"sh ~/.ssh/{MARK}{server.enrolment.id}.sh remove" if server.enrolment else ""


def _ask(
    shell: RemoteShell,
    relay: Relay,
    operation: str,
    *,
    patience_s: int = 0,
    payload: str = "",
    **values: str,
) -> _Answer:
    """``payload``: what the operation gets besides ``values``, which others on the relay may read."""
    if relay.setup is SetupMode.NONE:
        raise error(FaultCode.RELAY_NOT_SET_UP, name=relay.name)
    script = resource("scripts/relay/permissions.sh").read_text(encoding="ascii")
    if payload:
        script = f"payload() {{\ncat <<'{_END}'\n{payload}{_END}\n}}\n{script}"
    words = [str(relay.setup), operation, *(f"{name}={value}" for name, value in values.items())]
    as_root = relay.setup is SetupMode.SYSTEM
    what, timeout_s = f"permissions: {operation}", _TIMEOUT_S + patience_s
    output = shell.run(script, words, as_root=as_root, timeout_s=timeout_s, what=what)
    answer = _Answer.parsed(output.out, output.status)
    if output.status not in (0, _REFUSED):
        reason = output.err.strip().splitlines()[-1:] or [f"status {output.status}"]
        raise error(
            FaultCode.REMOTE_SCRIPT_FAILED,
            what=f"permissions: {operation}",
            host=relay.host,
            reason=reason[0],
        )
    return answer


def _refusal(answer: _Answer, relay: Relay, server: Server) -> Exception:
    match answer.get("error"):
        case "port-taken":
            return error(
                FaultCode.RELAY_PORT_TAKEN,
                port=answer.get("port"),
                host=relay.host,
                holder=answer.get("holder"),
            )
        case "not-set-up":
            return error(FaultCode.RELAY_NOT_SET_UP, name=relay.name)
        case "expired":
            return error(FaultCode.ENROLMENT_EXPIRED, alias=server.alias)
        case "missing":
            return error(FaultCode.ENROLMENT_MISSING, alias=server.alias, host=relay.host)
        case "unwritable":
            reason = f"{answer.get('path')} cannot be written"
        case other:
            reason = " ".join([other, *(f"{name}={value}" for name, value in answer.lines[1:])])
    return error(FaultCode.REMOTE_SCRIPT_FAILED, what="permissions", host=relay.host, reason=reason)


def _text(answer: _Answer, relay: Relay, enrolment_id: str, key: Ed25519PrivateKey) -> str:
    key_file = write_openssh_key(key, comment=b"", passphrase=b"", salt=b"", check=os.urandom(4))
    parts = LineParts(
        id=enrolment_id,
        enrolment_key="".join(key_file.decode().splitlines()[1:-1]),
        enrol_user=ENROL_USER if relay.setup is SetupMode.SYSTEM else _account(relay),
        host=answer.get("host"),
        port=answer.number("host_port"),
        host_keys=answer.all("host_key"),
    )
    try:
        return line_text(parts)
    except ValueError as e:
        raise error(
            FaultCode.REMOTE_SCRIPT_FAILED, what="bootstrap line", host=relay.host, reason=e
        ) from None


def _account(relay: Relay) -> str:
    return relay.admin.user if relay.admin else relay.user


def _without_comment(public_key: str) -> str:
    """``authorized_keys`` options and comments stay here."""
    words = public_key.split()
    start = next((at for at, word in enumerate(words) if word.startswith("AAAA")), 0)
    return " ".join(words[max(0, start - 1) : start + 1])
