"""What can be wrong with a field of a profile, as data. The sentences are in ``app.sentences``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """One entry per problem; the comment names the details its sentence uses."""

    EMPTY = "empty"
    TOO_LONG = "too-long"  # limit
    HAS_SPACES = "has-spaces"
    LEADING_DASH = "leading-dash"
    CONTROL_CHARACTER = "control-character"
    HOST_SYNTAX = "host-syntax"  # value
    USER_SYNTAX = "user-syntax"  # value
    PORT_RANGE = "port-range"  # value
    NUMBER_RANGE = "number-range"  # value, low, high
    NAME_TAKEN = "name-taken"  # name
    ALIAS_SYNTAX = "alias-syntax"  # example
    ALIAS_RESERVED = "alias-reserved"  # value
    KEY_NOT_NAMED = "key-not-named"
    PORT_CLASH = "port-clash"  # port, other
    EXIT_TAKEN = "exit-taken"  # other
    RELAY_UNKNOWN = "relay-unknown"
    SOCKS_USER_SYNTAX = "socks-user-syntax"
    CHOICE_UNKNOWN = "choice-unknown"  # value, choices
    SSH_OPTION_SYNTAX = "ssh-option-syntax"  # value
    SSH_OPTION_OURS = "ssh-option-ours"  # keyword
    ID_SYNTAX = "id-syntax"  # value
    CERTIFICATE_SYNTAX = "certificate-syntax"
    WEBSOCKET_PATH = "websocket-path"  # value
    KEY_SYNTAX = "key-syntax"
    ROUTE_NAME = "route-name"  # value
    USER_ID_SYNTAX = "user-id-syntax"
    ROUTE_TWICE = "route-twice"
    SSHD_PORT_MISSING = "sshd-port-missing"  # value
    ROUTE_NOT_THERE = "route-not-there"
    RELAY_LOGIN_MISSING = "relay-login-missing"
    FINGERPRINT_SYNTAX = "fingerprint-syntax"
    ENCRYPTION_FORM = "encryption-form"  # value
    METHOD_BROKEN = "method-broken"  # value, choices
    PLUGIN_UNKNOWN = "plugin-unknown"  # value, choices
    PLUGIN_OPTION = "plugin-option"  # value, choices


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one field; ``profile_id`` is "" for the settings."""

    field: str
    code: ProblemCode
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)
    profile_id: str = ""
