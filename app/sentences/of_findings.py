"""The English sentences for what a check-up found."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.core.findings import Finding, FindingCode
from app.sentences.of_faults import SENTENCES
from app.sentences.template import QT_TRANSLATE_NOOP, fill

FINDING_SENTENCES: Mapping[FindingCode, str] = {
    FindingCode.SSH_OLD: QT_TRANSLATE_NOOP(
        "FindingText",
        "The ssh program {path} is version {version}, and RelayTray is made for 8.1 and newer. Update "
        "OpenSSH.",
    ),
    FindingCode.CONFIG_NOT_INSTALLED: QT_TRANSLATE_NOOP(
        "FindingText",
        "Your ssh config, {file}, does not have the servers of RelayTray yet, so no program that uses ssh "
        "knows them. Run relaytray ssh-config --install.",
    ),
    FindingCode.ALIAS_NOT_READ: QT_TRANSLATE_NOOP(
        "FindingText",
        "ssh does not take {alias} from RelayTray: other lines in {file} come first. Run "
        "relaytray ssh-config --install, which moves its line to the top, and look for another Host block "
        "with that name.",
    ),
    FindingCode.SSH_PATH_MISSING: QT_TRANSLATE_NOOP(
        "FindingText",
        "The settings of {program} name an ssh program that is not there or cannot be run: {path}. Remove "
        "remote.SSH.path or correct it.",
    ),
    FindingCode.SSH_PATH_RELATIVE: QT_TRANSLATE_NOOP(
        "FindingText",
        "The settings of {program} name an ssh program without its folder: {path}. Write the whole path in "
        "remote.SSH.path, or remove it.",
    ),
    FindingCode.SSH_PATH_NOT_OPENSSH: QT_TRANSLATE_NOOP(
        "FindingText",
        "The program that the settings of {program} name in remote.SSH.path is not OpenSSH: {path}. "
        "Remove the setting, or name an OpenSSH program; PuTTY's do not work.",
    ),
    FindingCode.SSH_PATH_REFUSES: QT_TRANSLATE_NOOP(
        "FindingText",
        "The ssh program {path} does not accept your ssh config: {reason}. Correct that line; until then no "
        "host can be reached with it.",
    ),
    FindingCode.CONFIG_FILE_MISSING: QT_TRANSLATE_NOOP(
        "FindingText",
        "The settings of {program} name an ssh config that does not exist: {path}. Remove "
        "remote.SSH.configFile or correct it.",
    ),
    FindingCode.CONFIG_FILE_RELATIVE: QT_TRANSLATE_NOOP(
        "FindingText",
        "The settings of {program} name an ssh config without its folder: {path}. Write the whole path in "
        "remote.SSH.configFile, or remove it.",
    ),
    FindingCode.CONFIG_FILE_OTHER: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} gives ssh the file {path} instead of {config}, and the servers of RelayTray are not in "
        "it. Remove remote.SSH.configFile from its settings, or write this on the first line of that file: "
        'Include "{config}".',
    ),
    FindingCode.TIMEOUT_SHORT: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} gives up on a connection after {seconds} seconds, which is short where the link has to "
        "come up first and you are asked for something. Set remote.SSH.connectTimeout to {proposed}.",
    ),
    FindingCode.PLATFORM_MISSING: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} does not know yet that {alias} runs Linux: it asks, or on Windows takes it for a Windows "
        "machine. Set it in remote.SSH.remotePlatform.",
    ),
    FindingCode.PLATFORM_OTHER: QT_TRANSLATE_NOOP(
        "FindingText",
        'The settings of {program} say that {alias} runs "{platform}". If it runs Linux, correct that in '
        "remote.SSH.remotePlatform.",
    ),
    FindingCode.LOCAL_SERVER_OFF: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} makes a new ssh connection for each window, because remote.SSH.useLocalServer is off, so "
        "a passphrase is asked for more often. Turn it on if that is a nuisance.",
    ),
    FindingCode.EXTENSION_MISSING: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} has no extension for servers reached by ssh yet. Install {extension} in it.",
    ),
    FindingCode.HOST_KEYS_UNCHECKED: QT_TRANSLATE_NOOP(
        "FindingText",
        "{program} does not use the ssh of this computer and does not check host keys, so it would not "
        "notice another machine in the server's place. Use another editor where that matters.",
    ),
}


def finding_sentence(finding: Finding) -> str:
    """What was found and what to do about it, in English."""
    if isinstance(finding.code, FaultCode):
        return fill(SENTENCES[finding.code], finding.details)
    return fill(FINDING_SENTENCES[finding.code], finding.details)
