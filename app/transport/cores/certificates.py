"""A relay's certificate of which only the fingerprint is known, for a core that wants the certificate itself.

Xray is told the fingerprint. v2ray 4 has no entry for one: the certificate is fetched, compared, and given to
it as the only one to trust; so it is checked once more by v2ray, on the connection that counts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import ssl
import threading

from app.core.faults import FaultCode, error
from app.core.v2ray_route import Carrier, Core
from app.transport.tcp import connect_tcp

TIMEOUT_S = 10.0


def with_certificate(carrier: Carrier, cancelled: threading.Event) -> Carrier:
    """The carrier with its certificate, where that is needed. Blocks, at most about ten seconds.

    Raises CERTIFICATE_CHANGED, CORE_REFUSED_CONFIG, TLS_FAILED, and what ``connect_tcp`` raises.
    """
    tls = carrier.tls
    if tls is None or carrier.core is Core.XRAY:
        return carrier
    if tls.certificate_pem:
        _must_be_one(tls.certificate_pem)
        return carrier
    if not tls.certificate_sha256:
        return carrier
    der = _shown(carrier.host, carrier.user_port, tls.server_name, cancelled)
    if not hmac.compare_digest(hashlib.sha256(der).hexdigest(), tls.certificate_sha256):
        raise error(FaultCode.CERTIFICATE_CHANGED, host=carrier.host, port=carrier.user_port)
    pem = ssl.DER_cert_to_PEM_cert(der)
    return dataclasses.replace(carrier, tls=dataclasses.replace(tls, certificate_pem=pem))


def _must_be_one(pem: str) -> None:
    """v2ray 4 would trust whom the system trusts, instead of a certificate that it cannot read."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as e:
        reason = "the relay's certificate in the profile is not one"
        raise error(FaultCode.CORE_REFUSED_CONFIG, program="v2ray", reason=reason) from e


def _shown(host: str, port: int, server_name: str, cancelled: threading.Event) -> bytes:
    """The certificate that is shown there, in DER; nothing is said about who shows it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # its fingerprint is compared instead
    with connect_tcp(host, port, cancelled) as sock:
        sock.settimeout(TIMEOUT_S)
        try:
            with context.wrap_socket(sock, server_hostname=server_name) as shown:
                der = shown.getpeercert(binary_form=True)
        except (OSError, ValueError) as e:
            reason = getattr(e, "reason", None) or getattr(e, "strerror", None) or type(e).__name__
            raise error(FaultCode.TLS_FAILED, host=host, port=port, reason=reason) from e
    if der is None:
        raise error(FaultCode.TLS_FAILED, host=host, port=port, reason="it showed no certificate")
    return der
