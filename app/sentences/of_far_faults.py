"""The English sentences of faults of the other ends: routes by v2ray, and what is set up there."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.sentences.template import QT_TRANSLATE_NOOP

FAR_SENTENCES: Mapping[FaultCode, str] = {
    # v2ray
    FaultCode.CORE_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "No {core} program was found on this computer. Install it (the Python package xray-core has Xray), "
        "or choose its file in the settings.",
    ),
    FaultCode.CORE_TOO_OLD: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} is version {version}, and {needed} or newer is needed. Install a newer one, or choose "
        "another file in the settings.",
    ),
    FaultCode.CORE_REFUSED_CONFIG: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} does not take the configuration of this route: {reason}. Check the v2ray fields of the "
        "relay.",
    ),
    FaultCode.CORE_DIED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} has ended: {reason}. RelayTray starts it again; the log has what it said.",
    ),
    FaultCode.CLOCK_SKEWED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This computer's clock and that of {host} differ by {seconds} seconds, and v2ray (VMess) bears "
        "120 at most. Set the clock that is wrong, best by network time.",
    ),
    FaultCode.CORE_FILE_UNUSABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{path} cannot be brought to the relay: {reason}. Choose v2ray or Xray for Linux: the program "
        "itself, its release as .zip, or the package xray-core as .whl.",
    ),
    FaultCode.V2RAY_NOT_SET_UP: QT_TRANSLATE_NOOP(
        "ErrorText",
        "RelayTray has set up no v2ray or Xray on the relay {name}. Set the relay up again and choose it "
        "there.",
    ),
    FaultCode.ROUTE_NEEDS_BRIDGE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{alias} is reached at its sshd alone, because the relay hands on to the tunnel of ssh. Other ports "
        "({ports}) need a bridge on the server: make its line again with one, or reach them through ssh.",
    ),
    FaultCode.ROUTE_ID_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The user id for the v2ray route to {alias} is not in the keyring. Add the route again at its "
        "relay, or paste its link.",
    ),
    FaultCode.ROUTE_SILENT: QT_TRANSLATE_NOOP(
        "ErrorText",
        'Nothing comes back from {alias} through the v2ray of the relay "{relay}". It does that when the '
        "user id is wrong, or when a clock is off by more than two minutes: check both.",
    ),
    FaultCode.ROUTE_CLOSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The v2ray of the relay "{relay}" ends the connection to {alias} at once. Check that the '
        "server's own end is running, and that the relay knows this computer's user id.",
    ),
    FaultCode.ROUTE_FALLBACK: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{alias} is now reached by {route}, because {better} does not work. RelayTray keeps trying {better} "
        "and goes back to it.",
    ),
    FaultCode.ROUTE_RETURNED: QT_TRANSLATE_NOOP(
        "ErrorText", "{alias} is reached by {route} again: it works. New connections take it."
    ),
    # the other ends
    FaultCode.RELAY_NOT_SET_UP: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{name}" was not set up by RelayTray yet, so it cannot take servers by a pasted line. '
        "Set the relay up first.",
    ),
    FaultCode.SETUP_RUNNING: QT_TRANSLATE_NOOP(
        "ErrorText",
        'RelayTray is already changing the relay "{name}", in another window or command. Wait until that '
        "has ended, then try again.",
    ),
    FaultCode.RELAY_CHANGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The profile of the relay "{name}" got another address, or was removed, while that machine was being '
        "changed, so the profile was left as it is. Set the relay up again.",
    ),
    FaultCode.SETUP_STEP_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The step "{step}" failed on {host}: {reason}. What was done before it is right and stays; '
        "mend the cause and run the set-up again, it goes on from there.",
    ),
    FaultCode.SUDO_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{user} may not act as root on {host}: {reason}. Give a login that may use sudo, or set the relay "
        "up within this account only.",
    ),
    FaultCode.REMOTE_SCRIPT_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} could not do this: {what} ({reason}). Run the doctor for this relay, then try again.",
    ),
    FaultCode.SSHD_SETTINGS_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The new settings of sshd on {host} did not hold: {reason}. The old ones were put back and work as "
        "before; nobody is locked out.",
    ),
    FaultCode.RELAY_PORT_TAKEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Port {port} of {host} is already used[ by {holder}]. Choose another port for the server.",
    ),
    FaultCode.ENROLMENT_EXPIRED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The line for {alias} is too old: it was not pasted in time. Copy a new one and paste that.",
    ),
    FaultCode.ENROLMENT_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The relay {host} knows nothing of {alias} any more. Copy a new line for it and paste that in its "
        "web terminal.",
    ),
    FaultCode.NO_SSHD_THERE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{alias} has no sshd that could be reached: {reason}. Ask whoever runs the server to install or "
        "start one, or copy a new line that starts one for you alone.",
    ),
}
