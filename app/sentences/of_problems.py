"""The English sentences for problems of a profile, and for what an import of an ssh config leaves out."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.problems import ProblemCode
from app.core.ssh_config_import import SkipReason
from app.sentences.template import QT_TRANSLATE_NOOP

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
    ProblemCode.SSH_OPTION_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        '"{value}" is not a line of an ssh config. Write a keyword and its value, such as "LogLevel ERROR".',
    ),
    ProblemCode.SSH_OPTION_OURS: QT_TRANSLATE_NOOP(
        "ProblemText",
        "{keyword} is set by RelayTray and cannot be given here. Remove that line; the profile has a "
        "field for what can be changed.",
    ),
    ProblemCode.ID_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        '"{value}" does not name a permission on a relay: that has eight small letters or digits. Set the '
        "relay up again, or copy a new line for the server.",
    ),
    ProblemCode.CERTIFICATE_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        "This is no certificate in PEM form. Copy the relay's certificate, from its BEGIN line to its "
        "END line.",
    ),
    ProblemCode.WEBSOCKET_PATH: QT_TRANSLATE_NOOP(
        "ProblemText", '"{value}" is no path of a web server. Begin it with "/".'
    ),
    ProblemCode.KEY_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        "This is no public key of an Xray relay: that has 43 letters, digits, - and _. Copy it from "
        "the relay.",
    ),
    ProblemCode.ROUTE_NAME: QT_TRANSLATE_NOOP(
        "ProblemText",
        '"{value}" cannot name a server on a relay. Use small letters, digits and -, at most 40 of them.',
    ),
    ProblemCode.USER_ID_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText",
        "This is no user id: that is a UUID, 32 digits and letters from a to f in five groups with dashes "
        "between them. Copy it from the relay's v2ray.",
    ),
    ProblemCode.METHOD_BROKEN: QT_TRANSLATE_NOOP(
        "ProblemText",
        'The encryption method "{value}" has been broken for years: anybody on the way could read or change '
        "what is sent. Choose one of these: {choices}.",
    ),
    ProblemCode.PLUGIN_UNKNOWN: QT_TRANSLATE_NOOP(
        "ProblemText",
        'RelayTray starts no plugin named "{value}". Leave it empty, or choose one of these: {choices}.',
    ),
    ProblemCode.PLUGIN_OPTION: QT_TRANSLATE_NOOP(
        "ProblemText",
        'RelayTray does not hand the option "{value}" on to the plugin. It knows these: {choices}.',
    ),
    ProblemCode.SSHD_PORT_MISSING: QT_TRANSLATE_NOOP(
        "ProblemText", "Without port {value} nothing reaches the server's sshd by v2ray. Add it to the ports."
    ),
    ProblemCode.ROUTE_TWICE: QT_TRANSLATE_NOOP(
        "ProblemText", "A route is named twice. Name each route once, the best one first."
    ),
    ProblemCode.ROUTE_NOT_THERE: QT_TRANSLATE_NOOP(
        "ProblemText",
        "There is no v2ray route to this server. Set one up at its relay first, or choose SSH.",
    ),
    ProblemCode.RELAY_LOGIN_MISSING: QT_TRANSLATE_NOOP(
        "ProblemText",
        "Its relay has no SSH login, so the server is reached by v2ray only. Take the SSH route out, or fill "
        "in the relay's user.",
    ),
    ProblemCode.FINGERPRINT_SYNTAX: QT_TRANSLATE_NOOP(
        "ProblemText", "This is no SHA-256 fingerprint: 64 digits and letters from a to f, without colons."
    ),
    ProblemCode.ENCRYPTION_FORM: QT_TRANSLATE_NOOP(
        "ProblemText",
        '"{value}" is no form of encryption that Xray knows. Write native.0rtt, or copy it from the link.',
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
    SkipReason.LINE_LEFT_OUT: QT_TRANSLATE_NOOP(
        "ImportText",
        '{alias} comes without its line "{detail}", which RelayTray cannot take over. Set up by hand what '
        "you need of it.",
    ),
}
