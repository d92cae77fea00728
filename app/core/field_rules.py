"""What each single field of a profile may hold; None where it is right."""

from __future__ import annotations

import ipaddress
import re

from app.core.problems import ProblemCode
from app.core.profiles import NAME_SUFFIX

MAX_NAME = 100  # characters of a name or alias; a DNS label is shorter, a window title is not wider
MAX_SOCKS_USER = 255  # bytes, RFC 1929 section 2

_ALIAS = re.compile(r"[a-z0-9][a-z0-9._-]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_NOT_IN_HOST = re.compile(r"[\[\]/@\\\"'`;&<>|(){}$*?!#,]")
# What OpenSSH's ssh.c (valid_ruser, 9.6 and later) refuses, because a ProxyCommand could run it.
_NOT_IN_USER = re.compile(r"['`\";&<>|(){}]|\s-|\\$")


def is_port(port: int) -> bool:
    return 1 <= port <= 65535


def name_problem(name: str) -> ProblemCode | None:
    """Of a relay: what a window title takes."""
    if not name.strip():
        return ProblemCode.EMPTY
    if len(name) > MAX_NAME:
        return ProblemCode.TOO_LONG
    return ProblemCode.CONTROL_CHARACTER if CONTROL.search(name) else None


def path_problem(path: str) -> ProblemCode | None:
    # A line break in a path would begin a new line of the ssh config that is made from it.
    return ProblemCode.CONTROL_CHARACTER if CONTROL.search(path) else None


def host_problem(host: str) -> ProblemCode | None:
    if not host:
        return ProblemCode.EMPTY
    if CONTROL.search(host):
        return ProblemCode.CONTROL_CHARACTER
    if any(character.isspace() for character in host):
        return ProblemCode.HAS_SPACES
    if host.startswith("-"):  # ssh and its kin would take it for an option
        return ProblemCode.LEADING_DASH
    if _NOT_IN_HOST.search(host) or (":" in host and not _is_address(host)):
        return ProblemCode.HOST_SYNTAX
    return None


def user_problem(user: str) -> ProblemCode | None:
    if not user.strip():
        return ProblemCode.EMPTY
    if CONTROL.search(user):
        return ProblemCode.CONTROL_CHARACTER
    if user.startswith("-"):
        return ProblemCode.LEADING_DASH
    return ProblemCode.USER_SYNTAX if _NOT_IN_USER.search(user) else None


def socks_user_problem(user: str) -> ProblemCode | None:
    if CONTROL.search(user):
        return ProblemCode.CONTROL_CHARACTER
    # RFC 7617 section 2: a user-id with a colon cannot be told apart from the password.
    too_long = len(user.encode("utf-8", "surrogatepass")) > MAX_SOCKS_USER
    return ProblemCode.SOCKS_USER_SYNTAX if ":" in user or too_long else None


def alias_problem(alias: str) -> ProblemCode | None:
    if not alias:
        return ProblemCode.EMPTY
    if len(alias) > MAX_NAME:
        return ProblemCode.TOO_LONG
    if is_reserved(alias):
        return ProblemCode.ALIAS_RESERVED
    return None if _ALIAS.fullmatch(alias) else ProblemCode.ALIAS_SYNTAX


def is_reserved(alias: str) -> bool:
    """Names that already mean something to the SOCKS port: this computer, an address, the suffix itself."""
    lowered = alias.lower().rstrip(".")
    return lowered == "localhost" or (lowered + ".").endswith(NAME_SUFFIX + ".") or _is_number_like(lowered)


def _is_number_like(name: str) -> bool:
    """An address, or what inet_aton (and so many programs) takes for one: "127.1", "2130706433"."""
    return _is_address(name) or re.fullmatch(r"[0-9]+(\.[0-9]+){0,3}", name) is not None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
