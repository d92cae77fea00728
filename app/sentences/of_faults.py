"""The English sentence of each fault."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.sentences.of_access_faults import ACCESS_SENTENCES
from app.sentences.of_cloud import CLOUD_SENTENCES
from app.sentences.of_far_faults import FAR_SENTENCES
from app.sentences.of_shadowsocks_faults import SHADOWSOCKS_SENTENCES
from app.sentences.of_steering import STEERING_SENTENCES
from app.sentences.template import QT_TRANSLATE_NOOP

SENTENCES: Mapping[FaultCode, str] = {
    # input
    FaultCode.PROFILE_INVALID: QT_TRANSLATE_NOOP(
        "ErrorText", "The profile cannot be used for this: {problem} Change that and try again."
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
    FaultCode.FILE_EXISTS: QT_TRANSLATE_NOOP(
        "ErrorText",
        "There is already a file {path}, and RelayTray does not overwrite it. Choose another name, or move "
        "that file away first.",
    ),
    FaultCode.FILE_NOT_UNDERSTOOD: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} cannot be understood, so it was left as it is: {reason}. Correct it in a text "
        "editor and try again.",
    ),
    FaultCode.INPUT_NOT_TEXT: QT_TRANSLATE_NOOP(
        "ErrorText", "What was given as {what} is no text in UTF-8. Write it in UTF-8 and try again."
    ),
    FaultCode.SSH_CONFIG_UNSAFE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "ssh refuses to read {path}: {reason}. Make it writable for yourself only (on Linux and macOS: chmod "
        "600), and try again; nothing was changed.",
    ),
    FaultCode.SSH_OPTION_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "ssh does not accept the extra ssh options of {alias}: {reason}. They stay out of the ssh "
        "config, since one bad line stops ssh for every host; correct that line.",
    ),
    FaultCode.PPK_NEEDED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} reads only PuTTY keys (.ppk), and {path} is not one. Convert it, which leaves the key "
        "itself as it is, and try again.",
    ),
    FaultCode.PLAIN_PORT_NEEDED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} cannot use a proxy for one site alone, so {alias} needs a plain ssh port on this "
        "computer. Set one in its profile and try again.",
    ),
    FaultCode.FOLDER_NOT_ABSOLUTE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} opens only whole paths, such as /home/ann/project, and {folder} is not one. Write the "
        "whole path of the folder on the server (pwd shows it there) and try again.",
    ),
    FaultCode.SSH_CONFIG_NOT_INSTALLED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} asks ssh for {alias}, and your ssh config does not have it yet. Install the ssh config "
        "of RelayTray (relaytray ssh-config --install) and try again.",
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
    FaultCode.PROGRAM_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The program {program} could not do what was asked: {reason}. Try it by hand, or install it anew.",
    ),
    FaultCode.PROGRAM_RUNNING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} is running and would overwrite the change when it ends. Close it and try again; "
        "nothing was changed.",
    ),
    FaultCode.NOT_ON_THIS_SYSTEM: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{what} is only there on {system}. Export it to a file and take that to such a computer.",
    ),
    FaultCode.NO_DISPLAY: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The tray icon needs a desktop, and none is found here: neither DISPLAY nor WAYLAND_DISPLAY is set. "
        "Start RelayTray in a desktop session, or do without windows: relaytray connect ALIAS.",
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
    FaultCode.HOST_KEY_NOT_PINNED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The host key of {alias} is not known yet, so it cannot be handed to other programs. Connect to "
        "{alias} once, compare the fingerprint, and try again.",
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
    FaultCode.KEY_STAYS_OPEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The rights of {path} could not be changed so that only you may open it: {reason}. Copy the key into "
        "a folder of your own on a disk of this computer, and use that copy.",
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
    FaultCode.AGENT_DISABLED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The SSH agent of Windows is switched off (error 1058). Open PowerShell as administrator and type "
        "Set-Service ssh-agent -StartupType Automatic, then Start-Service ssh-agent, and try again.",
    ),
    FaultCode.AGENT_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The SSH agent did not take the key {path}[: {reason}]. If it is locked, unlock it with ssh-add -X "
        "and try again; the key also works from its file, without an agent.",
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
    FaultCode.EXIT_NOT_PERMITTED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{relay}" was set up for your GPU servers only, so it does not let this computer out to '
        "{target}. Set it up again with the internet allowed (relaytray relay setup NAME --exit), or choose "
        "a server as the exit.",
    ),
    FaultCode.ROUTE_NOT_PERMITTED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{relay}" does not let this computer reach its port {port}, where {alias} is expected. '
        "Bring {alias} online with a line, or set the relay up again, which opens the ports of all your "
        "servers to you.",
    ),
    **FAR_SENTENCES,
    **STEERING_SENTENCES,
    **CLOUD_SENTENCES,
    **SHADOWSOCKS_SENTENCES,
    **ACCESS_SENTENCES,
    # cancelled
    FaultCode.CANCELLED: QT_TRANSLATE_NOOP(
        "ErrorText", "Cancelled: {what}. Nothing was changed; try again whenever you like."
    ),
    FaultCode.SETUP_STOPPED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'Stopped on request while the relay "{name}" was being changed. The steps that were done stay and do '
        "no harm; run it again to go on.",
    ),
    # bug
    FaultCode.INTERNAL: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Something went wrong inside RelayTray: {reason}. Try again; if it happens again, save the log "
        "and report it.",
    ),
}
