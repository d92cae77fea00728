"""Host certificates of OpenSSH (PROTOCOL.certkeys): what they say, and whether it holds.

paramiko negotiates and proves possession of the certified key, but does not look at the authority's
signature, the names or the dates; that is done here.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)
from paramiko import Message

from app.transport.known_hosts import blob_type, names_match

CERTIFICATE_SUFFIX = "-cert-v01@openssh.com"

# CASignatureAlgorithms of ssh_config(5), without the hardware keys that cryptography cannot verify. RSA
# with SHA-1 ("ssh-rsa") is left out on purpose.
_AUTHORITY_SIGNATURES = {
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
}
# public key fields between the nonce and the serial number, by the plain key type
_KEY_FIELDS = {"ssh-ed25519": 1, "ssh-rsa": 2}
_ECDSA_KEY_FIELDS = 2


@dataclass(frozen=True, slots=True)
class HostCertificate:
    """A certificate that could be read; nothing about it is believed until ``problem`` is empty."""

    key_blob: bytes  # the plain host key inside
    authority_blob: bytes  # the key that signed
    blob: bytes
    _read: SSHCertificate

    @classmethod
    def parse(cls, blob: bytes) -> HostCertificate | None:
        """None when this is no certificate or one of a kind we cannot verify."""
        key_type = blob_type(blob)
        if not key_type.endswith(CERTIFICATE_SUFFIX):
            return None
        try:
            read = load_ssh_public_identity(f"{key_type} ".encode() + base64.b64encode(blob))
            if not isinstance(read, SSHCertificate):
                return None
            key = read.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
            authority = read.signature_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        except (ValueError, NotImplementedError, UnsupportedAlgorithm):
            return None
        return cls(_blob_of(key), _blob_of(authority), blob, read)

    def problem(self, host: str, now: float) -> str:
        """Why this certificate says nothing about ``host``; "" when it holds.

        ``now`` is in seconds since the epoch. The rules are those of ``sshkey_cert_check_host`` in OpenSSH
        10.5 (an empty list of names fits no host) and of ``check_host_cert`` in sshconnect.c.
        """
        read = self._read
        if read.type is not SSHCertificateType.HOST:
            return "it is not a host certificate"
        if not read.valid_after <= now < read.valid_before:
            return "it is expired or not valid yet"
        names = [name.decode("utf-8", "replace") for name in read.valid_principals]
        if not any(_fits(name, host) for name in names):
            return "it was made for other names"
        if read.critical_options:
            return "it has options that are not understood"
        if self._signature_type() not in _AUTHORITY_SIGNATURES:
            return "it is signed in a way that is not accepted"
        try:
            read.verify_cert_signature()
        except InvalidSignature:
            return "its signature is wrong"
        return ""

    def _signature_type(self) -> str:
        message = Message(self.blob)
        plain_type = message.get_text().removesuffix(CERTIFICATE_SUFFIX)
        for _ in range(1 + _KEY_FIELDS.get(plain_type, _ECDSA_KEY_FIELDS)):
            message.get_binary()  # nonce, key
        message.get_int64()  # serial number
        message.get_int()  # user or host
        message.get_binary()  # key id
        message.get_binary()  # names
        message.get_int64()  # valid after
        message.get_int64()  # valid before
        for _ in range(4):
            message.get_binary()  # critical options, extensions, reserved, authority's key
        return blob_type(message.get_binary())


def _fits(name: str, host: str) -> bool:
    """Names in certificates may have wildcards, but are no lists and know no negation."""
    return "," not in name and not name.startswith(("!", "|")) and names_match(name, host)


def _blob_of(public_line: bytes) -> bytes:
    return base64.b64decode(public_line.split()[1])
