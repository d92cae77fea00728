"""The English texts of the doctor: the names of its checks and verdicts, and what each check found."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.sentences.of_faults import SENTENCES
from app.sentences.template import QT_TRANSLATE_NOOP, fill

# For a column: without a full stop.
CHECK_NAMES: Mapping[Check, str] = {
    Check.LOCAL_PORT: QT_TRANSLATE_NOOP("DoctorName", "Local port"),
    Check.KEY_FILE: QT_TRANSLATE_NOOP("DoctorName", "Key for the relay"),
    Check.DNS: QT_TRANSLATE_NOOP("DoctorName", "Address of the relay"),
    Check.TCP: QT_TRANSLATE_NOOP("DoctorName", "Connection to the relay"),
    Check.SSH_VERSION: QT_TRANSLATE_NOOP("DoctorName", "SSH version of the relay"),
    Check.HOST_KEY: QT_TRANSLATE_NOOP("DoctorName", "Host key of the relay"),
    Check.LOGIN: QT_TRANSLATE_NOOP("DoctorName", "Login at the relay"),
    Check.PERMITTED: QT_TRANSLATE_NOOP("DoctorName", "What the relay permits"),
    Check.REVERSE_LISTENER: QT_TRANSLATE_NOOP("DoctorName", "Tunnel of the server"),
    Check.V2RAY_PROGRAM: QT_TRANSLATE_NOOP("DoctorName", "v2ray on this computer"),
    Check.V2RAY_PORT: QT_TRANSLATE_NOOP("DoctorName", "v2ray of the relay"),
    Check.V2RAY_CLOCK: QT_TRANSLATE_NOOP("DoctorName", "Clock, for v2ray"),
    Check.V2RAY_ANSWER: QT_TRANSLATE_NOOP("DoctorName", "Answer by v2ray"),
    Check.SERVER_BANNER: QT_TRANSLATE_NOOP("DoctorName", "SSH of the server"),
    Check.SERVER_HOST_KEY: QT_TRANSLATE_NOOP("DoctorName", "Host key of the server"),
    Check.SERVER_LOGIN: QT_TRANSLATE_NOOP("DoctorName", "Login at the server"),
    Check.CLOCK: QT_TRANSLATE_NOOP("DoctorName", "Clock"),
    Check.ROUND_TRIP: QT_TRANSLATE_NOOP("DoctorName", "Round trip"),
    Check.THROUGHPUT: QT_TRANSLATE_NOOP("DoctorName", "Throughput"),
    Check.SSH_CONFIG: QT_TRANSLATE_NOOP("DoctorName", "ssh config"),
}

VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.GOOD: QT_TRANSLATE_NOOP("DoctorName", "Good"),
    Verdict.WARNING: QT_TRANSLATE_NOOP("DoctorName", "Could be better"),
    Verdict.BAD: QT_TRANSLATE_NOOP("DoctorName", "Wrong"),
    Verdict.SKIPPED: QT_TRANSLATE_NOOP("DoctorName", "Not looked at"),
    Verdict.RUNNING: QT_TRANSLATE_NOOP("DoctorName", "Being looked at..."),
}

ADVICE_SENTENCES: Mapping[Advice, str] = {
    Advice.PORT_OURS: QT_TRANSLATE_NOOP("DoctorText", "RelayTray listens at {address}."),
    Advice.PORT_FREE: QT_TRANSLATE_NOOP("DoctorText", "RelayTray is not running, and could have {address}."),
    Advice.KEY_GOOD: QT_TRANSLATE_NOOP(
        "DoctorText", "{path} is a whole {key_type} key, and nobody else may open it."
    ),
    Advice.KEY_EXPOSED: QT_TRANSLATE_NOOP(
        "DoctorText",
        "ssh will refuse the key {path}: {reason}. Put its rights right with relaytray key fix.",
    ),
    Advice.PASSPHRASE_ASKED: QT_TRANSLATE_NOOP(
        "DoctorText",
        "{path} is a whole {key_type} key. Its passphrase is not stored, so you are asked for it.",
    ),
    Advice.PASSPHRASE_STALE: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The stored passphrase does not open {path} any more. Forget it in the settings, and store the "
        "right one when you are asked.",
    ),
    Advice.KEY_NOT_USED: QT_TRANSLATE_NOOP("DoctorText", "No key is used: the login is by {method}."),
    Advice.AGENT_HAS_KEYS: QT_TRANSLATE_NOOP("DoctorText", "Keys that the ssh agent offers: {number}."),
    Advice.ADDRESSES: QT_TRANSLATE_NOOP("DoctorText", "{host} is at {addresses}."),
    Advice.ADDRESS_GIVEN: QT_TRANSLATE_NOOP("DoctorText", "The profile gives the address itself: {host}."),
    Advice.TCP_OPEN: QT_TRANSLATE_NOOP("DoctorText", "{host} takes connections at port {port}."),
    Advice.SSH_IS: QT_TRANSLATE_NOOP("DoctorText", "The relay runs {version}."),
    Advice.SSH_OLD: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The relay runs {version}, and a server's key can only be kept to its own port from {needed} on. "
        "Update the SSH server there.",
    ),
    Advice.SSH_WEAK: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The relay runs {version}, and its host key is too short to be safe ({what}). Make a new one there, "
        "best of the kind ed25519.",
    ),
    Advice.HOST_KEY_PINNED: QT_TRANSLATE_NOOP("DoctorText", "It is the pinned one: {fingerprint}."),
    Advice.HOST_KEY_NEW: QT_TRANSLATE_NOOP(
        "DoctorText",
        "It was seen for the first time, and is pinned from now on: {fingerprint}. Compare it with the one "
        "that its owner gives you, if you have not.",
    ),
    Advice.LOGGED_IN: QT_TRANSLATE_NOOP("DoctorText", "Logged in as {user} ({method})."),
    Advice.PERMITS_ONLY_THIS: QT_TRANSLATE_NOOP(
        "DoctorText", "This login may reach your servers, and nothing else."
    ),
    Advice.PERMITS_ANY_ADDRESS: QT_TRANSLATE_NOOP(
        "DoctorText",
        "This login may reach any address from the relay, as an exit at the relay needs, and nothing else.",
    ),
    Advice.PERMITS_MORE: QT_TRANSLATE_NOOP(
        "DoctorText",
        "This login may do more at the relay than reach your servers: {what}. Let RelayTray set the relay "
        "up, which makes a login that may not.",
    ),
    Advice.LISTENS: QT_TRANSLATE_NOOP("DoctorText", "The tunnel holds port {port} of the relay."),
    Advice.USER_UNKNOWN: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The profile of {alias} names no user, so no login was tried. Fill it in to have that looked at too.",
    ),
    Advice.BANNER_IS: QT_TRANSLATE_NOOP("DoctorText", "The server runs {version}."),
    Advice.CORE_IS: QT_TRANSLATE_NOOP("DoctorText", "{program} runs the way by v2ray."),
    Advice.CLOCK_FREE: QT_TRANSLATE_NOOP("DoctorText", "Xray (VLESS) does not mind what the clocks say."),
    Advice.V2RAY_CLOCK_UNKNOWN: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The relay does not tell its time here. If nothing comes back by v2ray, compare its clock with this "
        "computer's: v2ray (VMess) bears two minutes.",
    ),
    Advice.ANSWERS_BY_V2RAY: QT_TRANSLATE_NOOP("DoctorText", "The sshd of {alias} answers by v2ray."),
    Advice.CLOCK_RIGHT: QT_TRANSLATE_NOOP(
        "DoctorText", "The clock there and the one of this computer agree ({seconds} s apart)."
    ),
    Advice.CLOCK_WRONG: QT_TRANSLATE_NOOP(
        "DoctorText",
        "The clock there differs from the one of this computer by {seconds} s, so codes and certificates may "
        "be refused. Let both machines take the time from the network.",
    ),
    Advice.CLOCK_UNKNOWN: QT_TRANSLATE_NOOP(
        "DoctorText", "No login that was tried may run date, so the clock there is not known."
    ),
    Advice.ROUND_TRIP_IS: QT_TRANSLATE_NOOP(
        "DoctorText", "The relay answers within {relay_ms} ms[, the server within {server_ms} ms]."
    ),
    Advice.THROUGHPUT_IS: QT_TRANSLATE_NOOP(
        "DoctorText", "{down} came from there and {up} went there, in a few seconds."
    ),
    Advice.NOT_MEASURED: QT_TRANSLATE_NOOP(
        "DoctorText", "No login that was tried may run the commands that this is measured with."
    ),
    Advice.CONFIG_IN_STEP: QT_TRANSLATE_NOOP("DoctorText", "Your ssh config says what the profile says."),
    Advice.CONFIG_NOT_INSTALLED: QT_TRANSLATE_NOOP(
        "DoctorText",
        "Your ssh config does not have the servers of RelayTray. Install it with relaytray ssh-config "
        "--install, so that ssh and VS Code know them.",
    ),
    Advice.CONFIG_STALE: QT_TRANSLATE_NOOP(
        "DoctorText",
        "Your ssh config does not say what the profile says. Start RelayTray, or run relaytray ssh-config "
        "--install, to have it written anew.",
    ),
    Advice.EARLIER_FIRST: QT_TRANSLATE_NOOP("DoctorText", 'First "{check}" has to be put right.'),
}


def check_name(check: Check) -> str:
    return CHECK_NAMES[check]


def verdict_name(verdict: Verdict) -> str:
    return VERDICT_NAMES[verdict]


def examined_sentence(examined: Examined) -> str:
    """What the check found and what to do about it, in English; "" while it runs."""
    if examined.fault is not None:
        return fill(SENTENCES[examined.fault.code], examined.fault.details)
    if examined.advice is None:
        return ""
    details = dict(examined.details)
    if examined.advice is Advice.EARLIER_FIRST:
        details["check"] = CHECK_NAMES[Check(details["check"])]
    return fill(ADVICE_SENTENCES[examined.advice], details)
