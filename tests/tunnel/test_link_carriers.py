"""Carriers as links give them: certificates of an authority, fingerprints, VLESS with TLS alone, a relay
without any SSH login. Real v2ray, Xray and sshd."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.access import VlessAccess, VmessAccess
from app.core.faults import FaultCode
from app.core.profiles import Authentication, Document, Relay
from app.core.routes import V2rayCarrier
from app.core.states import LinkPhase, ServerPhase
from app.core.v2ray_route import Core, Tls
from app.core.validation import problems_of
from app.export.access_links.reading import link_of
from app.integration.access_desk import AccessDesk
from app.integration.profile_store import open_store
from app.secrets import SecretName, SecretStore
from app.storage.paths import Paths
from app.transport.cores import certificates, core_link
from tests.export.test_v2ray import self_signed
from tests.peers.lab import Lab
from tests.peers.ports import free_port
from tests.peers.v2ray_ends import V2rayEnds
from tests.tunnel.driver import Driver, run

NAME = "relay.lab"


def vouched_for(folder: Path) -> Tls:
    """A certificate for the relay that an authority has signed; its own one is in ``authority.pem``."""
    now = dt.datetime.now(dt.UTC)

    def make(name: str, key: Any, signer: Any, issuer: str, *, is_authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=10))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(signer, hashes.SHA256())

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = make("authority of the tests", root_key, root_key, "authority of the tests", is_authority=True)
    leaf = make(NAME, key, root_key, "authority of the tests", is_authority=False)
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(root.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "leaf.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return Tls(
        server_name=NAME,
        certificate_pem=leaf.public_bytes(pem).decode(),
        certificate_sha256=hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest(),
        certificate_file=str(folder / "leaf.pem"),
        key_file=str(folder / "leaf.key"),
    )


def ends_of(lab: Lab, core: Core, **choices: Any) -> V2rayEnds:
    """Xray as today's links have it: VLESS without an encryption of its own, inside TLS."""
    ends = V2rayEnds(lab, core, **choices)
    ends.carrier = dataclasses.replace(ends.carrier, decryption_key="", encryption_key="")
    return ends


def document_of(ends: V2rayEnds, **carrier: Any) -> Document:
    document = ends.document()
    relays = [
        dataclasses.replace(relay, carrier=dataclasses.replace(relay.carrier, **carrier))
        for relay in document.relays
        if relay.carrier is not None
    ]
    return dataclasses.replace(document, relays=tuple(relays))


def driver_of(ends: V2rayEnds, folder: Path, document: Document) -> Driver:
    assert problems_of(document) == []
    driver = Driver(folder / "data", document, ends.lab.fingerprints)
    driver.secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), ends.user_id)
    return driver


def logs_in(driver: Driver, lab: Lab) -> None:
    answer = run("ssh", *driver.ssh_options(lab.server_key), f"{lab.user}@lab-gpu", "echo", "ok")
    assert (answer.returncode, answer.stdout) == (0, b"ok\n"), answer.stderr


def test_a_certificate_that_the_systems_roots_vouch_for(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ends_of(lab, Core.V2RAY, tls=vouched_for(tmp_path), websocket_path="/ws") as ends:
        document = document_of(ends, certificate_pem="", websocket_host="cdn.example.org")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        with driver_of(ends, tmp_path / "vouched", document) as driver:
            driver.connect()
            logs_in(driver, lab)


@pytest.mark.parametrize("core", [*Core])
def test_a_certificate_that_no_root_vouches_for_is_refused(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, core: Core
) -> None:
    """Xray never looks at the system's roots: it has Mozilla's in itself, so that is all that can be seen."""
    monkeypatch.setattr(core_link, "SILENT_S", 1.0)
    with ends_of(lab, core, tls=vouched_for(tmp_path)) as ends:
        document = document_of(ends, certificate_pem="")
        if core is Core.V2RAY:  # the authority is right, and the name is not
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
            document = document_of(ends, certificate_pem="", server_name="other.lab")
        with driver_of(ends, tmp_path, document) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.TROUBLE)


def test_a_fingerprint_is_compared_before_v2ray_is_told_the_certificate(lab: Lab, tmp_path: Path) -> None:
    """Also of one that an authority has signed, which v2ray then takes for the root that it is not."""
    tls = vouched_for(tmp_path)
    with ends_of(lab, Core.V2RAY, tls=tls) as ends:
        known = document_of(ends, certificate_pem="", certificate_sha256=tls.certificate_sha256)
        with driver_of(ends, tmp_path / "right", known) as driver:
            driver.connect()
            logs_in(driver, lab)
        wrong = document_of(ends, certificate_pem="", certificate_sha256="ab" * 32)
        with driver_of(ends, tmp_path / "wrong", wrong) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.CERTIFICATE_CHANGED)


def test_xray_compares_the_fingerprint_itself(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_link, "SILENT_S", 1.0)
    with ends_of(lab, Core.XRAY, tls=self_signed(tmp_path)) as ends:
        document = document_of(ends, certificate_pem="", certificate_sha256="ab" * 32)
        with driver_of(ends, tmp_path, document) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.TROUBLE)


def test_a_port_without_tls_is_told(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "TIMEOUT_S", 0.5)  # v2ray says nothing to what is not its own
    with V2rayEnds(lab, Core.V2RAY) as ends:
        document = document_of(ends, server_name=NAME, certificate_sha256="ab" * 32)
        with driver_of(ends, tmp_path, document) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.TLS_FAILED)


def test_another_form_of_xrays_encryption(lab: Lab, tmp_path: Path) -> None:
    """The relay's half follows: it is written for ``native`` alone."""
    form, look = "random.1rtt", "random"

    class Ends(V2rayEnds):
        def start_relay(self) -> None:
            from tests.peers import v2ray_ends

            real = v2ray_ends.WRITERS[Core.XRAY]

            class Writer:
                @staticmethod
                def relay_config(*values: Any) -> str:
                    return str(real.relay_config(*values)).replace("plus.native.", f"plus.{look}.")

            v2ray_ends.WRITERS[Core.XRAY] = Writer
            try:
                super().start_relay()
            finally:
                v2ray_ends.WRITERS[Core.XRAY] = real

    with (
        Ends(lab, Core.XRAY) as ends,
        driver_of(ends, tmp_path, document_of(ends, encryption_form=form)) as driver,
    ):
        driver.connect()
        logs_in(driver, lab)


def test_a_relay_without_an_ssh_login(lab: Lab, tmp_path: Path) -> None:
    """It is what a link makes. Whatever would log in there is told, and nothing breaks."""
    with V2rayEnds(lab, Core.V2RAY) as ends:
        document = ends.document()
        relay = dataclasses.replace(
            document.relays[0], user="", identity="", authentication=Authentication.AGENT,
            connect_at_launch=True, port=free_port(),
        )  # fmt: skip
        with driver_of(ends, tmp_path, dataclasses.replace(document, relays=(relay,))) as driver:
            driver.wait_for_server(ServerPhase.CONNECTED)  # at launch its servers are meant
            logs_in(driver, lab)
            assert driver.manager.snapshot().links[relay.id].phase is LinkPhase.OFF
            driver.manager.disconnect_relay(relay.id)
            driver.wait_for_server(ServerPhase.OFF)
            driver.manager.connect_relay(relay.id)
            driver.wait_for_server(ServerPhase.CONNECTED)


def test_who_would_log_in_there_is_told(tmp_path: Path) -> None:
    """Nothing listens at that relay, and nothing has to: the login itself is what is missing."""
    carrier = V2rayCarrier(core=Core.V2RAY, user_port=1)
    relay = Relay(id="r", name="by link", host="127.0.0.1", port=1, carrier=carrier, socks_port=free_port())
    with Driver(tmp_path, Document(relays=(relay,))) as driver:
        driver.wait_for_ports()
        driver.manager.connect_relay("r")
        driver.wait_for_link(LinkPhase.FAILED, FaultCode.LOGIN_NAME_MISSING)
        done = run("curl", "-sS", "--socks5-hostname", f"127.0.0.1:{relay.socks_port}", "http://example.org/")
        assert done.returncode != 0
        assert b"SOCKS" in done.stderr.upper()


def link_for(ends: V2rayEnds) -> str:
    """What somebody who runs these ends would hand out."""
    carrier = ends.carrier
    assert carrier.tls is not None
    common: dict[str, Any] = {
        "host": carrier.host,
        "port": carrier.user_port,
        "uuid": ends.user_id,
        "server_name": carrier.tls.server_name,
        "pinned_certificate": carrier.tls.certificate_sha256,
        "name": "lab-gpu",
    }
    if ends.core is Core.V2RAY:
        return link_of(VmessAccess(**common, tls=True, network="ws", path=carrier.websocket_path))
    encryption = f"mlkem768x25519plus.native.0rtt.{carrier.encryption_key}"
    flow = "xtls-rprx-vision"
    return link_of(VlessAccess(**common, security="tls", encryption=encryption, flow=flow))


@pytest.mark.parametrize("core", [*Core])
def test_from_a_link_to_a_shell(lab: Lab, tmp_path: Path, core: Core) -> None:
    path = "/ws" if core is Core.V2RAY else ""
    with V2rayEnds(lab, core, tls=self_signed(tmp_path), websocket_path=path) as ends:
        secrets, store = SecretStore(on_fault=lambda _fault: None), open_store(Paths.at(tmp_path / "stored"))
        desk = AccessDesk(store, secrets, None)
        offered = desk.read_text(link_for(ends))
        taken = desk.take(offered.offers)
        secrets.close()
        document = store.edit(lambda now: with_user(now, lab.user))
        assert problems_of(document) == []
        driver = Driver(tmp_path / "data", document, lab.fingerprints)
        driver.secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), ends.user_id)
        with driver:
            assert taken.servers == (driver.server_id,)
            driver.connect()
            logs_in(driver, lab)


def with_user(document: Document, user: str) -> Document:
    """The one thing that no link says."""
    servers = tuple(dataclasses.replace(server, user=user) for server in document.servers)
    return dataclasses.replace(document, servers=servers)
