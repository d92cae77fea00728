"""The keys of a relay's v2ray or Xray, made here: X25519 for VLESS, a certificate for TLS, ids."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import uuid
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.log_setup import register_secret

_YEARS = 10
_CLOCKS_DIFFER = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    pem: str
    key_pem: str = field(repr=False)
    sha256: str  # of its DER form, in hex


def new_id() -> str:
    """A user of v2ray's or Xray's: whoever knows it is let in."""
    made = str(uuid.uuid4())
    register_secret(made)
    return made


def new_key_pair() -> tuple[str, str]:
    """Private and public, base64url without padding, as Xray writes them (``xray x25519``)."""
    key = X25519PrivateKey.generate()
    raw = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    private, public = (base64.urlsafe_b64encode(one).decode().rstrip("=") for one in raw)
    register_secret(private)
    return private, public


def new_certificate(name: str) -> Certificate:
    """Self-signed, for a name or an address; clients know it beforehand, so nobody else has to sign it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        pem=made.public_bytes(Encoding.PEM).decode(),
        key_pem=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        sha256=made.fingerprint(hashes.SHA256()).hex(),
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
