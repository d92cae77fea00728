"""What a share link of Shadowsocks, VMess or VLESS says, what is odd about it, why it cannot be read.

Passwords and UUIDs are secrets: they are left out of ``repr`` and belong into the keyring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowsocksAccess:
    """A Shadowsocks server as a client needs it (SIP002, SIP008, Outline's access key)."""

    host: str
    port: int
    method: str  # as in the method's name: "aes-256-gcm"
    password: str = field(repr=False)
    plugin: str = ""  # SIP003: the program's name, "obfs-local"
    plugin_options: str = ""  # "obfs=http;obfs-host=example.org", still escaped with backslashes
    prefix: str = ""  # Outline: bytes before the first packet, each as one character U+0000 to U+00FF
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VmessAccess:
    """A VMess server; the fields of v2rayN's link."""

    host: str
    port: int
    uuid: str = field(repr=False)
    alter_id: int = 0
    security: str = "auto"
    network: str = "tcp"
    header_type: str = "none"
    host_header: str = ""
    path: str = ""
    tls: bool = False
    server_name: str = ""  # whose certificate is expected; "" = ``host``
    alpn: str = ""
    fingerprint: str = ""  # of the TLS client hello to imitate
    pinned_certificate: str = ""  # SHA256 of the certificate, hex
    is_insecure: bool = False  # certificates are not checked
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VlessAccess:
    """A VLESS server; ``encryption`` "none" is safe only inside TLS."""

    host: str
    port: int
    uuid: str = field(repr=False)
    encryption: str = "none"
    flow: str = ""
    network: str = "tcp"
    header_type: str = "none"
    security: str = ""  # "", "tls", "reality"
    server_name: str = ""
    pinned_certificate: str = ""
    path: str = ""
    host_header: str = ""
    is_insecure: bool = False
    name: str = ""


Access = ShadowsocksAccess | VmessAccess | VlessAccess


@dataclass(frozen=True, slots=True)
class OnlineAccess:
    """Outline's ``ssconf://``: the access itself is to be fetched from this https address."""

    address: str = field(repr=False)  # whoever knows it has the access
    name: str = ""


class LinkProblemCode(StrEnum):
    """Why a link cannot be read; the sentences have these details. No detail is ever a secret."""

    EMPTY = "empty"
    TOO_LONG = "too-long"  # limit
    NOT_A_LINK = "not-a-link"
    SCHEME_UNKNOWN = "scheme-unknown"  # scheme
    ENCODING_DAMAGED = "encoding-damaged"  # kind
    NOT_TEXT = "not-text"  # kind
    HOST_MISSING = "host-missing"  # kind
    HOST_DAMAGED = "host-damaged"  # kind
    PORT_MISSING = "port-missing"  # kind
    PORT_RANGE = "port-range"  # kind, value
    CREDENTIALS_MISSING = "credentials-missing"
    PASSWORD_MISSING = "password-missing"
    METHOD_UNKNOWN = "method-unknown"  # method
    METHOD_BROKEN = "method-broken"  # method
    KEY_LENGTH = "key-length"  # method, expected
    PREFIX_DAMAGED = "prefix-damaged"
    UUID_MISSING = "uuid-missing"  # kind
    UUID_DAMAGED = "uuid-damaged"  # kind
    JSON_DAMAGED = "json-damaged"  # kind
    VERSION_UNKNOWN = "version-unknown"  # kind, version
    FIELD_DAMAGED = "field-damaged"  # kind, field
    NO_SERVERS = "no-servers"
    ADDRESS_NOT_HTTPS = "address-not-https"
    CODE_NOT_A_LINK = "code-not-a-link"


@dataclass(frozen=True, slots=True)
class LinkProblem:
    code: LinkProblemCode
    details: Mapping[str, str] = field(default_factory=dict)
    number: int = 0  # of the link among several, from 1; 0 = the only one


class LinkUnreadable(Exception):  # noqa: N818 - it is told as a problem of what was pasted
    """Raised while reading one link."""

    def __init__(self, code: LinkProblemCode, **details: object) -> None:
        super().__init__(str(code))
        self.problem = LinkProblem(code, {name: str(value) for name, value in details.items()})


class Oddity(StrEnum):
    """What a person should know before they use an access that can be read; with these details."""

    METHOD_SLOW = "method-slow"  # method, better
    PLUGIN_NEEDED = "plugin-needed"  # plugin
    NOT_FOR_OUTLINE_METHOD = "not-for-outline-method"  # method
    NOT_FOR_OUTLINE_PLUGIN = "not-for-outline-plugin"  # plugin
    PREFIX_IGNORED = "prefix-ignored"
    ALTER_ID = "alter-id"  # value
    ENCRYPTED_ALL_THE_SAME = "encrypted-all-the-same"
    LOCAL_ADDRESS = "local-address"  # host
    PASSWORD_SHORT = "password-short"


@dataclass(frozen=True, slots=True)
class Odd:
    code: Oddity
    details: Mapping[str, str] = field(default_factory=dict)


class RefusalCode(StrEnum):
    """Why an access that can be read does not become a profile; with these details."""

    ONLINE = "online"
    PLUGIN = "plugin"  # plugin
    PLUGIN_OPTION = "plugin-option"  # plugin, option
    NETWORK = "network"  # network
    SECURITY = "security"  # security
    FLOW = "flow"  # flow
    UNENCRYPTED = "unencrypted"
    ENCRYPTION = "encryption"
    CERTIFICATE_UNCHECKED = "certificate-unchecked"
    FIELD = "field"  # field


@dataclass(frozen=True, slots=True)
class Refusal:
    code: RefusalCode
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadLinks:
    """Everything that was found in what the person pasted, in its order."""

    accesses: tuple[Access | OnlineAccess, ...] = ()
    problems: tuple[LinkProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One access as the person is asked about it. ``known_as``: the profile that it is already; "" = none.

    With a ``refusal`` it cannot be taken.
    """

    access: Access | OnlineAccess
    odd: tuple[Odd, ...] = ()
    known_as: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    offers: tuple[Offer, ...] = ()
    problems: tuple[LinkProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The profiles that were made of offers: ids."""

    shadowsocks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    is_for_session: bool = False  # the keyring failed: passwords are gone when the program ends
