"""The English sentences for faults, for problems of a profile, and for what an import leaves out.

One table for the log, the command line and the window. The window looks each text up in the person's
language (``QCoreApplication.translate(context, SENTENCES[code])``) and then calls :func:`fill`; so the
texts are marked for ``pyside6-lupdate``, which reads ``QT_TRANSLATE_NOOP("context", "text")``, and Qt is
not imported here.

Each sentence names the thing, the cause and the next step. ``{name}`` is a detail of the fault. What
stands in square brackets is left out when one of the details in it is empty or missing: ``[ Did you mean
{near}?]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.faults import Fault, FaultCode
from app.core.ssh_config_import import Skipped, SkipReason
from app.core.validation import Problem, ProblemCode

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 - the name that pyside6-lupdate looks for
    """Marks ``text`` for translation and returns it as it is."""
    return text


def fill(template: str, details: Mapping[str, str]) -> str:
    """The template with its details in place. Never raises: a missing detail reads "?".

    Control characters in details become a space: some come from other machines and end in a terminal.
    """

    def detail(match: re.Match[str]) -> str:
        value = details.get(match[1])
        return "?" if value is None else _UNPRINTABLE.sub(" ", str(value)).strip()

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(details.get(name) for name in _PLACEHOLDER.findall(match[1])) else ""

    return _PLACEHOLDER.sub(detail, _OPTIONAL.sub(optional, template))


def sentence(fault: Fault) -> str:
    """What went wrong and what to do about it, in English."""
    return fill(SENTENCES[fault.code], fault.details)


def problem_sentence(problem: Problem) -> str:
    """What is wrong with one field of a profile, in English."""
    return fill(PROBLEM_SENTENCES[problem.code], problem.details)


def skip_sentence(skipped: Skipped) -> str:
    """Why a host of an ssh config was not imported, in English."""
    return fill(SKIP_SENTENCES[skipped.reason], {"alias": skipped.alias, "detail": skipped.detail})


SENTENCES: Mapping[FaultCode, str] = {
    # input
    FaultCode.PROFILE_INVALID: QT_TRANSLATE_NOOP(
        "ErrorText", "This profile cannot be saved yet: {problem} Correct that field and save again."
    ),
    FaultCode.NO_SUCH_RELAY: QT_TRANSLATE_NOOP(
        "ErrorText",
        'There is no relay named "{name}".[ Did you mean "{near}"?] Choose one of the saved relays or '
        "add it.",
    ),
    FaultCode.NO_SUCH_SERVER: QT_TRANSLATE_NOOP(
        "ErrorText",
        'There is no server named "{name}".[ Did you mean "{near}"?] Choose one of the saved servers or '
        "add it.",
    ),
    FaultCode.NAME_TAKEN: QT_TRANSLATE_NOOP(
        "ErrorText", 'The name "{name}" is already used by another profile. Choose a different name.'
    ),
    FaultCode.RELAY_IN_USE: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{name}" cannot be removed because these servers are reached through it: {servers}. '
        "Remove them first or give them another relay.",
    ),
    FaultCode.FILE_UNREADABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} cannot be read: {reason}. Check that it exists and that you may read it.",
    ),
    FaultCode.FILE_UNWRITABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} cannot be written: {reason}. Check that its folder exists, that you may write "
        "there and that the disk is not full.",
    ),
    FaultCode.FILE_DAMAGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} cannot be understood: {reason}.[ It was set aside as {kept}; nothing in it is "
        "lost.] Correct it in a text editor and import it, or use another copy.",
    ),
    FaultCode.FILE_TOO_NEW: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} was written by a newer RelayTray (file version {version}), which this one "
        "cannot read.[ It was set aside as {kept}; nothing in it is lost.] Update RelayTray, then import "
        "that file.",
    ),
    FaultCode.FILE_RESTORED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The profiles in {path} were restored from the last backup, {backup}. Look through them: the "
        "newest change may be missing.",
    ),
    # local
    FaultCode.PORT_BUSY: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The local port {address} is already used by another program[: {holder}]. Close that program, or "
        "choose another port in the profile[, for example {suggestion}].",
    ),
    FaultCode.PORT_RESERVED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The local port {address} is reserved by Windows (often for Hyper-V or WSL), though no program "
        "uses it. Choose another port in the profile[, for example {suggestion}].",
    ),
    FaultCode.PORT_FORBIDDEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The system does not let you open the local port {address}; ports below 1024 are for "
        "administrators. Choose a higher port in the profile[, for example {suggestion}].",
    ),
    FaultCode.LISTEN_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The local port {address} cannot be opened: {reason}. Choose another port in the profile, or try "
        "again.",
    ),
    FaultCode.APP_NOT_RUNNING: QT_TRANSLATE_NOOP(
        "ErrorText", "RelayTray is not running for this data folder. Start it and try again."
    ),
    FaultCode.KEYRING_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This computer offers no keyring to store passphrases in. RelayTray keeps them until it quits; "
        "to store them, start a keyring service such as GNOME Keyring or KWallet.",
    ),
    FaultCode.KEYRING_LOCKED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The system's keyring is locked, so stored passphrases cannot be used. Unlock it and try again; "
        "until then RelayTray asks, and keeps what you type until it quits.",
    ),
    FaultCode.KEYRING_TIMEOUT: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The system's keyring did not answer in time. Look for a window that asks for the keyring's "
        "password, or restart the keyring service; until then RelayTray asks, and keeps what you type "
        "until it quits.",
    ),
    FaultCode.KEYRING_BROKEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The system's keyring failed: {reason}. Restart the keyring service or log in again; until then "
        "RelayTray asks, and keeps what you type until it quits.",
    ),
    FaultCode.PROGRAM_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The program {program} was not found on this computer. Install it, or add its folder to PATH, "
        "and try again.",
    ),
    # relay
    FaultCode.DNS_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'No address was found for "{host}". Check how the name is spelled and that this computer is online.',
    ),
    FaultCode.CONNECTION_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} is reachable but refused the connection to port {port}: nothing listens there. Check the "
        "port, and that the SSH service runs on the relay.",
    ),
    FaultCode.CONNECT_TIMED_OUT: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} did not answer on port {port} in time. Check that the relay is switched on and that its "
        "firewall and your network let this port through.",
    ),
    FaultCode.NETWORK_UNREACHABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "There is no way through the network to {host}: {reason}. Check that this computer is online, "
        "and any VPN.",
    ),
    FaultCode.NOT_SSH: QT_TRANSLATE_NOOP(
        "ErrorText",
        "What answers at {host}, port {port}, is not an SSH server. Check the address and port of the "
        "relay; on a public network, you may have to sign in with the browser first.",
    ),
    FaultCode.NEGOTIATION_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} and RelayTray found no common way to encrypt the connection: {reason}. Update the SSH "
        "server there, or allow modern algorithms in its configuration.",
    ),
    FaultCode.LINK_LOST: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The connection to {host} was lost: {reason}. Check the network; RelayTray connects again when "
        "it can, or choose Connect.",
    ),
    # host keys
    FaultCode.HOST_KEY_UNKNOWN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} is seen for the first time and nobody confirmed its key ({key_type}, {fingerprint}). "
        "Compare the fingerprint with the one its owner gives you, then connect again and confirm it.",
    ),
    FaultCode.HOST_KEY_CHANGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} showed a different key than before, so RelayTray stopped: another machine may be "
        "answering in its place. Now: {key_type} {fingerprint}. Trusted: {pinned}[, in {where}]. Ask its "
        "owner; only when the machine was set up anew, forget the old key and connect again.",
    ),
    FaultCode.HOST_KEY_REVOKED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} showed a key ({key_type}, {fingerprint}) that is marked as revoked[ in {where}], so "
        "RelayTray stopped. Ask its owner for a new key before you connect.",
    ),
    # login
    FaultCode.LOGIN_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The login as "{user}" at {host} was refused[; it accepts: {methods}]. Check the user name, and '
        "that the public half of your key is in ~/.ssh/authorized_keys there.",
    ),
    FaultCode.KEY_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText", "The key file {path} does not exist. Choose the right private key in the profile."
    ),
    FaultCode.KEY_UNREADABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The key file {path} cannot be read: {reason}. Check that it is a whole private key and that you "
        "may read it.",
    ),
    FaultCode.KEY_UNSUPPORTED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The key file {path} cannot be used: {reason}. Convert it to OpenSSH format or choose another key.",
    ),
    FaultCode.PASSPHRASE_WRONG: QT_TRANSLATE_NOOP(
        "ErrorText", "The passphrase does not open the key file {path}. Try again with the right one."
    ),
    FaultCode.AGENT_UNAVAILABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "No SSH agent (the program that holds unlocked keys) is running. Start one, or choose a key file "
        "in the profile.",
    ),
    FaultCode.AGENT_EMPTY: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The SSH agent (the program that holds unlocked keys) holds no key. Add one with ssh-add, or "
        "choose a key file in the profile.",
    ),
    FaultCode.NOBODY_TO_ASK: QT_TRANSLATE_NOOP(
        "ErrorText",
        'An answer was needed and there was no one to ask: "{question}" Run this in a terminal or start '
        "the RelayTray window.",
    ),
    # tunnel
    FaultCode.TUNNEL_DOWN: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{relay}" is up, but nothing listens on its port {port}: the tunnel from {alias} is '
        "down. Start the tunnel again on {alias}, for example from its web terminal.",
    ),
    FaultCode.FORWARD_FORBIDDEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} does not allow connections to {target}. Allow it there (AllowTcpForwarding in "
        "sshd_config, permitopen in authorized_keys), or use another account.",
    ),
    FaultCode.CHANNELS_EXHAUSTED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} opens no more connections for now: it reached its limit. Close some programs that use it "
        "and try again.",
    ),
    # server
    FaultCode.SERVER_SILENT: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The tunnel to {alias} opens, but its SSH service says nothing. Check that the server is not "
        "overloaded, and start the tunnel on it again.",
    ),
    FaultCode.SERVER_NOT_SSH: QT_TRANSLATE_NOOP(
        "ErrorText",
        "What answers at the end of the tunnel to {alias} is not an SSH server. Check the port in its "
        "profile and in the tunnel that runs on it.",
    ),
    FaultCode.TARGET_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} could not reach {target}: it was refused or did not answer. Check that the program you "
        "want to reach runs there and listens on that port.",
    ),
    FaultCode.EXIT_NOT_ALLOWED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Port {port} of {alias} is not open to programs on this computer; its profile opens only SSH, "
        "port 22. Add a forward for this port or set the exit of the profile to the server.",
    ),
    # cancelled
    FaultCode.CANCELLED: QT_TRANSLATE_NOOP(
        "ErrorText", "Cancelled: {what}. Nothing was changed; try again whenever you like."
    ),
    # bug
    FaultCode.INTERNAL: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Something went wrong inside RelayTray: {reason}. Try again; if it happens again, save the log "
        "and report it.",
    ),
}

PROBLEM_SENTENCES: Mapping[ProblemCode, str] = {
    ProblemCode.EMPTY: QT_TRANSLATE_NOOP("ProblemText", "This is needed. Please fill it in."),
    ProblemCode.TOO_LONG: QT_TRANSLATE_NOOP("ProblemText", "Too long. Use at most {limit} characters."),
    ProblemCode.HAS_SPACES: QT_TRANSLATE_NOOP("ProblemText", "No spaces are allowed here. Remove them."),
    ProblemCode.LEADING_DASH: QT_TRANSLATE_NOOP(
        "ProblemText", "This must not begin with a dash: ssh would take it for an option. Remove the dash."
    ),
    ProblemCode.CONTROL_CHARACTER: QT_TRANSLATE_NOOP(
        "ProblemText", "There is a line break, tab or other invisible character in it. Type it anew."
    ),
    ProblemCode.HOST_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        '"{value}" is not a host. Write only a name or an address, such as relay.example.org; the port '
        "and the user have fields of their own.",
    ),
    ProblemCode.USER_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText", '"{value}" has characters that ssh does not accept in a user name. Check its spelling.'
    ),
    ProblemCode.PORT_RANGE: QT_TRANSLATE_NOOP(
        "ProblemText", "{value} is not a port. Choose a number from 1 to 65535."
    ),
    ProblemCode.NUMBER_RANGE: QT_TRANSLATE_NOOP(
        "ProblemText", "{value} does not fit. Choose a number from {low} to {high}."
    ),
    ProblemCode.NAME_TAKEN: QT_TRANSLATE_NOOP(
        "ProblemText", 'The name "{name}" is already used. Choose a different one.'
    ),
    ProblemCode.ALIAS_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        "Use small letters a-z, digits, dots, dashes and underscores, beginning with a letter or digit: "
        '"{example}".',
    ),
    ProblemCode.ALIAS_RESERVED: QT_TRANSLATE_NOOP(
        "ProblemText", '"{value}" already means something else to programs. Choose a name such as "lab-gpu".'
    ),
    ProblemCode.KEY_NOT_NAMED: QT_TRANSLATE_NOOP(
        "ProblemText", "Choose the private key file, or another way to log in."
    ),
    ProblemCode.PORT_CLASH: QT_TRANSLATE_NOOP(
        "ProblemText", "Port {port} is already used by {other}. Choose a different port."
    ),
    ProblemCode.EXIT_TAKEN: QT_TRANSLATE_NOOP(
        "ProblemText",
        'The traffic of this relay already leaves at "{other}", and only one server can be its exit. '
        "Change that server first, or choose the relay as the exit.",
    ),
    ProblemCode.RELAY_UNKNOWN: QT_TRANSLATE_NOOP(
        "ProblemText", "Choose the relay that leads to this server."
    ),
    ProblemCode.SOCKS_USER_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText", "Programs cannot send this name. Choose a shorter one without a colon."
    ),
    ProblemCode.CHOICE_UNKNOWN: QT_TRANSLATE_NOOP(
        "ProblemText", '"{value}" is not one of the choices. Choose one of: {choices}.'
    ),
}

SKIP_SENTENCES: Mapping[SkipReason, str] = {
    SkipReason.MATCH_BLOCK: QT_TRANSLATE_NOOP(
        "ImportText",
        '"{alias}" was left out: conditions (Match) cannot be imported. Check the hosts it applies to.',
    ),
    SkipReason.PROXY_COMMAND: QT_TRANSLATE_NOOP(
        "ImportText",
        "{alias} was left out: it is reached through a command of its own ({detail}). Add it by hand if "
        "a relay leads to it.",
    ),
    SkipReason.SEVERAL_JUMPS: QT_TRANSLATE_NOOP(
        "ImportText",
        "{alias} was left out: it is reached through several machines in a row ({detail}), and RelayTray "
        "goes through one. Add it by hand if one relay leads to it.",
    ),
    SkipReason.BAD_VALUE: QT_TRANSLATE_NOOP(
        "ImportText",
        "{alias} was left out: ssh does not accept this line either: {detail}. Correct it and retry.",
    ),
    SkipReason.INCLUDE_LOOP: QT_TRANSLATE_NOOP(
        "ImportText", "The file {alias} was read only once: it includes itself. Correct its Include lines."
    ),
    SkipReason.INCLUDE_TOO_DEEP: QT_TRANSLATE_NOOP(
        "ImportText",
        "The file {alias} was left out: too many files include each other. Correct the Include lines.",
    ),
    SkipReason.BAD_LINE: QT_TRANSLATE_NOOP(
        "ImportText", 'The line "{detail}" was left out: ssh does not accept it either. Correct it and retry.'
    ),
    SkipReason.FILE_UNREADABLE: QT_TRANSLATE_NOOP(
        "ImportText", "The included file {alias} was left out: {detail}. Check that you may read it."
    ),
}
