"""What a check-up of this computer found, as data: the sentences are in ``app.sentences.of_findings``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.faults import Fault, FaultCode


class Severity(StrEnum):
    BREAKS = "breaks"  # it will not work like this
    HINDERS = "hinders"  # it may not work, or asks again and again
    HINT = "hint"


class FindingCode(StrEnum):
    """What is not a fault by itself, but is in the way of an editor. ``program`` is the editor."""

    SSH_OLD = "ssh-old"  # path, version
    CONFIG_NOT_INSTALLED = "config-not-installed"  # file
    ALIAS_NOT_READ = "alias-not-read"  # alias, file
    SSH_PATH_MISSING = "ssh-path-missing"  # program, path
    SSH_PATH_RELATIVE = "ssh-path-relative"  # program, path
    SSH_PATH_NOT_OPENSSH = "ssh-path-not-openssh"  # program, path
    SSH_PATH_REFUSES = "ssh-path-refuses"  # path, reason
    CONFIG_FILE_MISSING = "config-file-missing"  # program, path
    CONFIG_FILE_RELATIVE = "config-file-relative"  # program, path
    CONFIG_FILE_OTHER = "config-file-other"  # program, path, config
    TIMEOUT_SHORT = "timeout-short"  # program, seconds, proposed
    PLATFORM_MISSING = "platform-missing"  # program, alias
    PLATFORM_OTHER = "platform-other"  # program, alias, platform
    LOCAL_SERVER_OFF = "local-server-off"  # program
    EXTENSION_MISSING = "extension-missing"  # program, extension
    HOST_KEYS_UNCHECKED = "host-keys-unchecked"  # program


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A value to put into a settings file; ``path`` are the names from the outside in."""

    path: tuple[str, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    code: FindingCode | FaultCode
    details: Mapping[str, str] = field(default_factory=dict)
    setting: str = ""  # the name of the setting it is about
    file: str = ""  # the settings file it is about
    change: SettingChange | None = None  # what would put it right, with consent

    @classmethod
    def of_fault(cls, severity: Severity, fault: Fault, *, file: str = "") -> Finding:
        return cls(severity, fault.code, fault.details, file=file)


def is_in_the_way(findings: tuple[Finding, ...]) -> bool:
    """Whether something breaks."""
    return any(finding.severity is Severity.BREAKS for finding in findings)
