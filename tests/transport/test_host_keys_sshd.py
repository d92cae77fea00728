"""Host keys and host certificates as the real sshd shows them to paramiko."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from app.transport.host_keys import HostKeys, VerdictKind, host_key_name, picture
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.login_peers import QuietTransport

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")
TYPES = ("ed25519", "ecdsa", "rsa")


def shown_key(sshd: Sshd, offer: tuple[str, ...]) -> tuple[str, object]:
    """The algorithm that was agreed on, and the key."""
    import socket

    transport = QuietTransport(socket.create_connection(("127.0.0.1", sshd.port), timeout=10))
    try:
        transport.get_security_options().key_types = offer
        transport.start_client(timeout=20)
        return str(transport.host_key_type), transport.get_remote_server_key()
    finally:
        transport.close()
        transport.join(10)


@pytest.mark.parametrize("key_type", TYPES)
def test_the_pinned_type_is_the_one_that_is_shown(tmp_path: Path, key_store: KeyStore, key_type: str) -> None:
    with Sshd(tmp_path / "sshd", keys=key_store, name="many", host_key_types=TYPES) as sshd:
        name = host_key_name("127.0.0.1", sshd.port)
        known = tmp_path / "known_hosts"
        known.write_text(f"{name} {public_line(sshd.host_keys[key_type])}\n")
        store = HostKeys(known)
        _, key = shown_key(sshd, store.offer_for(name))
        assert store.check(name, key).kind is VerdictKind.MATCH  # type: ignore[arg-type]
        assert picture(key).fingerprint == sshd.fingerprint(key_type)  # type: ignore[arg-type]


@pytest.mark.parametrize("key_type", TYPES)
def test_a_host_certificate_of_a_real_sshd(tmp_path: Path, key_store: KeyStore, key_type: str) -> None:
    ca = key_store.key("host-ca")
    key = tmp_path / "host"
    for suffix in ("", ".pub"):
        shutil.copy(f"{key_store.key('certified-host', key_type)}{suffix}", f"{key}{suffix}")
    command = ["ssh-keygen", "-q", "-s", str(ca), "-I", "h", "-h", "-n", "127.0.0.1", f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    sshd = Sshd(
        tmp_path / "sshd",
        keys=key_store,
        name="certified",
        host_key_types=(key_type,),
        config_lines=[f"HostCertificate {key}-cert.pub"],
    )
    sshd.host_keys = {key_type: key}
    with sshd:
        name = host_key_name("127.0.0.1", sshd.port)
        own, user = tmp_path / "known_hosts", tmp_path / "user_known_hosts"
        user.write_text(f"@cert-authority 127.0.0.1 {public_line(ca)}\n")
        store = HostKeys(own, [user])
        algorithm, shown = shown_key(sshd, store.offer_for(name))
        assert algorithm.endswith("-cert-v01@openssh.com")
        verdict = store.check(name, shown)  # type: ignore[arg-type]
        assert (verdict.kind, verdict.by_authority) == (VerdictKind.MATCH, True)
        assert verdict.fingerprint == sshd.fingerprint()
        # and without the authority the plain key is shown, and can be pinned
        alone = HostKeys(own)
        algorithm, shown = shown_key(sshd, alone.offer_for(name))
        assert "cert" not in algorithm
        assert alone.check(name, shown).kind is VerdictKind.UNKNOWN  # type: ignore[arg-type]
        alone.pin(name, shown)  # type: ignore[arg-type]
        assert alone.check(name, shown).kind is VerdictKind.MATCH  # type: ignore[arg-type]
