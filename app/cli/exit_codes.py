"""Exit codes of the command line: one per kind of cause, the same for every command."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from app.core.faults import HOP_OF, Fault, FaultCode, Hop


class ExitCode(IntEnum):
    OK = 0
    INTERNAL = 1
    BAD_INPUT = 2
    RELAY = 3
    LOGIN = 4
    HOST_KEY = 5
    TUNNEL = 6
    LOCAL_PORT = 7
    SERVER = 8
    KEYRING = 9
    NOT_HEALTHY = 10
    CANCELLED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "all went well",
    ExitCode.INTERNAL: "something failed on this computer: a mistake of ours, a missing program, a full disk",
    ExitCode.BAD_INPUT: "bad input: the command line, a profile, or a file that was given",
    ExitCode.RELAY: "the relay cannot be reached",
    ExitCode.LOGIN: "the relay or the server refused the login, or a key or passphrase is missing",
    ExitCode.HOST_KEY: "the host key of the relay or the server is not the pinned one, or not yet trusted",
    ExitCode.TUNNEL: "the GPU server's tunnel to the relay is down",
    ExitCode.LOCAL_PORT: "a local port cannot be opened",
    ExitCode.SERVER: "the GPU server does not answer as an SSH server, or refused the connection",
    ExitCode.KEYRING: "the keyring of this computer cannot be used",
    ExitCode.NOT_HEALTHY: "doctor found something that is wrong",
    ExitCode.CANCELLED: "cancelled",
}

_OF_HOP: Mapping[Hop, ExitCode] = {
    Hop.INPUT: ExitCode.BAD_INPUT,
    Hop.LOCAL: ExitCode.INTERNAL,
    Hop.RELAY: ExitCode.RELAY,
    Hop.HOST_KEY: ExitCode.HOST_KEY,
    Hop.LOGIN: ExitCode.LOGIN,
    Hop.TUNNEL: ExitCode.TUNNEL,
    Hop.SERVER: ExitCode.SERVER,
    Hop.CANCELLED: ExitCode.CANCELLED,
}

_OF_CODE: Mapping[FaultCode, ExitCode] = {
    FaultCode.PORT_BUSY: ExitCode.LOCAL_PORT,
    FaultCode.PORT_RESERVED: ExitCode.LOCAL_PORT,
    FaultCode.PORT_FORBIDDEN: ExitCode.LOCAL_PORT,
    FaultCode.LISTEN_FAILED: ExitCode.LOCAL_PORT,
    FaultCode.KEYRING_MISSING: ExitCode.KEYRING,
    FaultCode.KEYRING_LOCKED: ExitCode.KEYRING,
    FaultCode.KEYRING_TIMEOUT: ExitCode.KEYRING,
    FaultCode.KEYRING_BROKEN: ExitCode.KEYRING,
}


def exit_code(fault: Fault) -> ExitCode:
    """The exit code for a command that ended with this fault."""
    return _OF_CODE.get(fault.code) or _OF_HOP[HOP_OF[fault.code]]


def epilog() -> str:
    """The table for ``relaytray --help``."""
    lines = [f"  {int(code):>3}  {meaning}" for code, meaning in MEANINGS.items()]
    return "exit codes:\n" + "\n".join(lines)
