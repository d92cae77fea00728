"""The English sentences for the set-up of a relay: its steps, how each stands, and why."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.provisioning import Note, Step, StepNote, StepState
from app.sentences.template import QT_TRANSLATE_NOOP, fill

STEP_SENTENCES: Mapping[Step, str] = {
    Step.ACCOUNTS: QT_TRANSLATE_NOOP(
        "SetupText", "Accounts without a shell: one for the servers' tunnels, one for computers."
    ),
    Step.PROGRAMS: QT_TRANSLATE_NOOP("SetupText", "The small programs that hand out permissions."),
    Step.PERMISSIONS: QT_TRANSLATE_NOOP(
        "SetupText", "This computer's key, which may reach your GPU servers and nothing else."
    ),
    Step.SSHD: QT_TRANSLATE_NOOP("SetupText", "Settings of sshd for these accounts only."),
    Step.BBR: QT_TRANSLATE_NOOP("SetupText", "BBR, which keeps long distances fast."),
    Step.V2RAY: QT_TRANSLATE_NOOP("SetupText", "v2ray or Xray, a second way to your GPU servers."),
    Step.SHADOWSOCKS: QT_TRANSLATE_NOOP("SetupText", "A Shadowsocks server, for you and your phones."),
    Step.HOST_KEYS: QT_TRANSLATE_NOOP("SetupText", "The relay's host keys, remembered on this computer."),
}

STEP_STATE_SENTENCES: Mapping[StepState, str] = {
    StepState.RIGHT: QT_TRANSLATE_NOOP("SetupText", "Right already."),
    StepState.CHANGE: QT_TRANSLATE_NOOP("SetupText", "To be changed."),
    StepState.IMPOSSIBLE: QT_TRANSLATE_NOOP("SetupText", "Not possible here."),
    StepState.RUNNING: QT_TRANSLATE_NOOP("SetupText", "Being done..."),
    StepState.DONE: QT_TRANSLATE_NOOP("SetupText", "Done and checked."),
    StepState.FAILED: QT_TRANSLATE_NOOP("SetupText", "Failed."),
}

REMOVAL_STATE_SENTENCES: Mapping[StepState, str] = {
    StepState.RIGHT: QT_TRANSLATE_NOOP("SetupText", "Nothing there."),
    StepState.CHANGE: QT_TRANSLATE_NOOP("SetupText", "To be taken away."),
    StepState.IMPOSSIBLE: QT_TRANSLATE_NOOP("SetupText", "Not possible here."),
    StepState.RUNNING: QT_TRANSLATE_NOOP("SetupText", "Being taken away..."),
    StepState.DONE: QT_TRANSLATE_NOOP("SetupText", "Taken away."),
    StepState.FAILED: QT_TRANSLATE_NOOP("SetupText", "Failed."),
}

STEP_NOTE_SENTENCES: Mapping[StepNote, str] = {
    StepNote.ACCOUNT_MISSING: QT_TRANSLATE_NOOP("SetupText", "There is no account {account} yet."),
    StepNote.ACCOUNT_DIFFERS: QT_TRANSLATE_NOOP(
        "SetupText", "The account {account} is not as it must be: {what}."
    ),
    StepNote.FILE_MISSING: QT_TRANSLATE_NOOP("SetupText", "There is no {path} yet."),
    StepNote.FILE_DIFFERS: QT_TRANSLATE_NOOP("SetupText", "{path} is not as it must be."),
    StepNote.KEY_NOT_PERMITTED: QT_TRANSLATE_NOOP(
        "SetupText", "The key of this computer is not let in yet[: {fingerprint}]."
    ),
    StepNote.EXIT_PORTS: QT_TRANSLATE_NOOP(
        "SetupText",
        "Without root this computer reaches the internet from the relay at the usual ports only (web, mail, "
        "SSH, Git and the like). Let out to all ports, its key could also open the account's Unix sockets, "
        "which are as good as a shell.",
    ),
    StepNote.ROUTE_NOT_PERMITTED: QT_TRANSLATE_NOOP(
        "SetupText", "This computer may not reach {alias} there yet, at port {port}."
    ),
    StepNote.OTHER_COMPUTER: QT_TRANSLATE_NOOP(
        "SetupText", "Another computer would lose its way through here too: {name}."
    ),
    StepNote.OTHER_SERVER: QT_TRANSLATE_NOOP(
        "SetupText", "A GPU server that is not in your list would go offline too: {alias}, at port {port}."
    ),
    StepNote.SSHD_SETTING: QT_TRANSLATE_NOOP("SetupText", "{path} gets this setting: {setting}."),
    StepNote.SSHD_RELOAD: QT_TRANSLATE_NOOP(
        "SetupText",
        "sshd reads its settings again; connections that are open stay open. The new settings are checked "
        "first, and put back if a new login fails.",
    ),
    StepNote.SSHD_TOO_OLD: QT_TRANSLATE_NOOP(
        "SetupText", "This sshd is version {version}, and {needed} or newer is needed."
    ),
    StepNote.BBR_OFF: QT_TRANSLATE_NOOP("SetupText", "The machine uses {current} instead of BBR."),
    StepNote.BBR_ON_UNTIL_REBOOT: QT_TRANSLATE_NOOP(
        "SetupText", "BBR is on, but would be off after the next restart."
    ),
    StepNote.BBR_OVERRIDDEN: QT_TRANSLATE_NOOP("SetupText", "Another file sets something else: {path}."),
    StepNote.BBR_KERNEL_TOO_OLD: QT_TRANSLATE_NOOP(
        "SetupText", "The kernel is version {version}; BBR came with 4.9."
    ),
    StepNote.BBR_NOT_IN_KERNEL: QT_TRANSLATE_NOOP("SetupText", "This kernel was built without BBR."),
    StepNote.BBR_CONTAINER: QT_TRANSLATE_NOOP(
        "SetupText", "This machine is a container: the kernel's settings belong to its host."
    ),
    StepNote.V2RAY_PROGRAM_FOUND: QT_TRANSLATE_NOOP(
        "SetupText", "{program} is used, which is on the relay already: {path}."
    ),
    StepNote.V2RAY_PROGRAM_BROUGHT: QT_TRANSLATE_NOOP(
        "SetupText", "{program} is brought there from this computer, {megabytes} MB."
    ),
    StepNote.V2RAY_PROGRAM_ARRIVING: QT_TRANSLATE_NOOP(
        "SetupText", "{program} is being brought there: {percent} %."
    ),
    StepNote.PACKAGE_INSTALLED: QT_TRANSLATE_NOOP(
        "SetupText", "The package {package} of the relay's own system is installed."
    ),
    StepNote.V2RAY_PROGRAM_MISSING: QT_TRANSLATE_NOOP(
        "SetupText",
        "There is no {program} on the relay, and nothing here that could be brought there. Download its "
        "release for Linux ({machine}) and choose that file.",
    ),
    StepNote.V2RAY_PROGRAM_TOO_OLD: QT_TRANSLATE_NOOP(
        "SetupText", "{path} is version {version}, and {needed} or newer is needed."
    ),
    StepNote.V2RAY_PROGRAM_UNFIT: QT_TRANSLATE_NOOP(
        "SetupText", "{program} does not fit the relay: {reason}."
    ),
    StepNote.V2RAY_UNJUDGED: QT_TRANSLATE_NOOP(
        "SetupText",
        "This Xray runs inside Python and cannot judge its settings beforehand; they are taken back if it "
        "does not start with them.",
    ),
    StepNote.V2RAY_SETTING: QT_TRANSLATE_NOOP("SetupText", "It gets this setting: {setting}."),
    StepNote.V2RAY_SERVER: QT_TRANSLATE_NOOP("SetupText", "{alias} can be reached by it from this computer."),
    StepNote.V2RAY_OTHERS: QT_TRANSLATE_NOOP(
        "SetupText",
        "Computers and GPU servers that use it with the old settings lose that way until they get the new "
        "ones: {servers}.",
    ),
    StepNote.V2RAY_RECORD_DAMAGED: QT_TRANSLATE_NOOP(
        "SetupText",
        "The record of v2ray on the relay cannot be understood: {path} ({reason}). A newer RelayTray may "
        "have written it. Else take the set-up away and make it again.",
    ),
    StepNote.SERVICE_NOT_RUNNING: QT_TRANSLATE_NOOP(
        "SetupText", "The service {service} does not run, or would not after a restart of the machine."
    ),
    StepNote.NEEDS_SYSTEMD: QT_TRANSLATE_NOOP(
        "SetupText", "This machine is not run by systemd, and a service of RelayTray needs that."
    ),
    StepNote.PORT_TAKEN: QT_TRANSLATE_NOOP(
        "SetupText", "Another program has the port {port} on this machine. Choose another one."
    ),
    StepNote.PORT_CLOSED: QT_TRANSLATE_NOOP("SetupText", "The port {port} is opened in {firewall}."),
    StepNote.FIREWALL_BY_HAND: QT_TRANSLATE_NOOP(
        "SetupText",
        "This machine has a firewall that was written by hand ({firewall}), which RelayTray does not change. "
        "It must let in: {ports}.",
    ),
    StepNote.PROVIDER_FIREWALL: QT_TRANSLATE_NOOP(
        "SetupText",
        "No firewall is at work on this machine. If its provider has one, it must let in: {ports}.",
    ),
    StepNote.SHADOWSOCKS_SERVER: QT_TRANSLATE_NOOP(
        "SetupText", "A Shadowsocks server answers at port {port}: {method}[, with {camouflage}]."
    ),
    StepNote.SHADOWSOCKS_PHONES: QT_TRANSLATE_NOOP(
        "SetupText", "Phones get a port of their own, {port}: {method}, without camouflage."
    ),
    StepNote.SHADOWSOCKS_SERVICE_GOES: QT_TRANSLATE_NOOP("SetupText", "The service {service} is taken away."),
    StepNote.SHADOWSOCKS_PROGRAM_MISSING: QT_TRANSLATE_NOOP(
        "SetupText",
        "The program {program} is not on this machine, and RelayTray does not know how to install packages "
        "here. Install it, and set the relay up again.",
    ),
    StepNote.SHADOWSOCKS_METHOD_UNKNOWN: QT_TRANSLATE_NOOP(
        "SetupText",
        "The method {method} needs shadowsocks-rust 1.15 or newer (ssserver) on this machine. Install it "
        "there, or choose another method.",
    ),
    StepNote.SHADOWSOCKS_NO_CAMOUFLAGE: QT_TRANSLATE_NOOP(
        "SetupText",
        "With {program} RelayTray sets no camouflage up: its users could not be kept off this machine's own "
        "services then. Install shadowsocks-libev and choose one of its methods, or do without camouflage.",
    ),
    StepNote.SHADOWSOCKS_UNFENCED: QT_TRANSLATE_NOOP(
        "SetupText",
        "The kernel of this machine does not filter the packets of single services, so the users of "
        "{program} could not be kept off its own services and private networks. Install shadowsocks-libev "
        "instead.",
    ),
    StepNote.SHADOWSOCKS_WITHOUT_UDP: QT_TRANSLATE_NOOP(
        "SetupText",
        "Phones get TCP only: the kernel of this machine does not filter the packets of single services, so "
        "users could not be kept off its own services by UDP.",
    ),
    StepNote.SHADOWSOCKS_PASSWORD_NOT_KEPT: QT_TRANSLATE_NOOP(
        "SetupText",
        "The keyring of this computer does not take the password, so RelayTray knows it only until it ends. "
        "Set the relay up again later to get it back from there.",
    ),
    StepNote.SHADOWSOCKS_PROFILE_GOES: QT_TRANSLATE_NOOP(
        "SetupText", "Your Shadowsocks server {name} is removed with its password: it would lead nowhere."
    ),
    StepNote.HOST_KEY_NOT_PINNED: QT_TRANSLATE_NOOP(
        "SetupText", "The {key_type} key of the relay is not remembered yet."
    ),
    StepNote.NEEDS_ROOT: QT_TRANSLATE_NOOP("SetupText", "This needs root."),
    StepNote.IS_RIGHT: QT_TRANSLATE_NOOP("SetupText", "Nothing needs to be done."),
}


def step_sentence(step: Step) -> str:
    """What the step is about, in English."""
    return STEP_SENTENCES[step]


def step_state_sentence(state: StepState, *, is_removal: bool = False) -> str:
    """How the step stands, in English."""
    return (REMOVAL_STATE_SENTENCES if is_removal else STEP_STATE_SENTENCES)[state]


def note_sentence(note: Note) -> str:
    """Why the step is as it is, in English."""
    return fill(STEP_NOTE_SENTENCES[note.code], note.details)
