"""The relay's host keys: read over the link that has proved itself, pinned here, and told to the servers."""

from __future__ import annotations

import base64
import binascii

from app.core.faults import Fault, FaultCode
from app.core.profiles import Relay
from app.core.provisioning import Note, Step, StepNote, StepReport, StepState
from app.provision.setup_script import SetupScript, Told
from app.transport.host_keys import PLAIN_ALGORITHMS, HostKeyBlob, HostKeys, fingerprint, host_key_name

_TYPES = {"ssh-rsa", *(name for name in PLAIN_ALGORITHMS if not name.startswith("rsa-"))}


def host_keys_told(script: SetupScript, facts: Told) -> tuple[str, ...]:
    """Lines "TYPE BLOB". Of keys that the link itself does not bear out, none but the link's own is taken."""
    own = script.shell.host_key
    link_line = f"{own.get_name()} {own.get_base64()}"
    told = tuple(line for line in facts.all("host_key") if _blob(line) is not None)
    return tuple(dict.fromkeys(told)) if link_line in told else (link_line,)


def check_host_keys(script: SetupScript, facts: Told, host_keys: HostKeys) -> StepReport:
    name = host_key_name(script.relay.host, script.relay.port)
    pinned = {key.fingerprint for key in host_keys.pinned(name)}
    lines = host_keys_told(script, facts)
    notes = [
        Note(StepNote.HOST_KEY_NOT_PINNED, {"key_type": line.split()[0]})
        for line in lines
        if fingerprint(_known_blob(line)) not in pinned
    ]
    if facts.all("told_servers") != _for_servers(script.relay, lines):
        notes.append(Note(StepNote.FILE_DIFFERS, {"path": _host_path(script)}))
    state = StepState.CHANGE if notes else StepState.RIGHT
    return StepReport(Step.HOST_KEYS, state, tuple(notes) or (Note(StepNote.IS_RIGHT),))


def apply_host_keys(script: SetupScript, facts: Told, host_keys: HostKeys) -> StepReport:
    """Raises FILE_UNWRITABLE and what a script raises."""
    before = check_host_keys(script, facts, host_keys)
    if before.state is StepState.RIGHT:
        return before
    name = host_key_name(script.relay.host, script.relay.port)
    lines = host_keys_told(script, facts)
    for line in lines:
        host_keys.pin(name, HostKeyBlob(_known_blob(line)))
    words = [f"host={script.relay.host}", f"port={script.relay.port}", *(f"key={line}" for line in lines)]
    done = script.permissions("host", *words)
    after = check_host_keys(script, script.run("facts", "none"), host_keys)
    if done.status != 0 or after.state is not StepState.RIGHT:
        fault = Fault.of(
            FaultCode.SETUP_STEP_FAILED, step=Step.HOST_KEYS, host=script.shell.host, reason=done.last_words
        )
        return StepReport(Step.HOST_KEYS, StepState.FAILED, after.notes, fault)
    return StepReport(Step.HOST_KEYS, StepState.DONE, before.notes)


def _for_servers(relay: Relay, lines: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{relay.host} {relay.port}", *(f"relay {line}" for line in lines))


def _host_path(script: SetupScript) -> str:
    return "/etc/relaytray/host" if script.as_root else "~/.relaytray/etc/host"


def _blob(line: str) -> bytes | None:
    """Of a key that can be compared with what a link shows."""
    key_type, _, text = line.partition(" ")
    try:
        return base64.b64decode(text, validate=True) if key_type in _TYPES else None
    except binascii.Error:
        return None


def _known_blob(line: str) -> bytes:
    return base64.b64decode(line.split()[1])
