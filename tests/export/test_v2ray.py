"""What the generated configurations do in the real v2ray and the real Xray, and what they refuse to do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
import json
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519

from app.core.v2ray_route import Carrier, Core, RoutedServer, Tls
from app.export.v2ray import v2ray4, xray
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from tests.export.v2ray_attacks import Attempt, fair, first_bytes, second_bridge, unfair
from tests.peers.byte_server import BLOCK, ByteServer, digest_of
from tests.peers.ports import Deadline, free_port
from tests.peers.v2ray_cores import RunningCore

WRITERS: dict[Core, Any] = {Core.V2RAY: v2ray4, Core.XRAY: xray}
AMOUNT = 3 * len(BLOCK)


def self_signed(folder: Path) -> Tls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.lab")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("relay.lab")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "relay.crt").write_bytes(pem)
    (folder / "relay.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Tls(
        server_name="relay.lab",
        certificate_pem=pem.decode(),
        certificate_sha256=hashlib.sha256(der).hexdigest(),
        certificate_file=str(folder / "relay.crt"),
        key_file=str(folder / "relay.key"),
    )


def x25519_pair() -> tuple[str, str]:
    key = x25519.X25519PrivateKey.generate()

    def text(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    return text(key.private_bytes_raw()), text(key.public_key().public_bytes_raw())


class Ends(NamedTuple):
    carrier: Carrier
    servers: tuple[RoutedServer, ...]
    far: ByteServer
    other: ByteServer  # listens on the server too, and nobody may go there
    socks: tuple[int, ...]  # of the PC, one for each server


def new_uuid() -> str:
    return str(uuid.uuid4())


def up_and_running(core: Core, folder: Path, stack: ExitStack, **choices: Any) -> Ends:
    far, other = stack.enter_context(ByteServer()), stack.enter_context(ByteServer())
    private, public = x25519_pair()
    hybrid = bool(choices.pop("hybrid", False))
    carrier = Carrier(
        core=core, host="127.0.0.1", tunnel_port=free_port(), user_port=free_port(),
        decryption_key=private, encryption_key=public, **choices,
    )  # fmt: skip
    servers = tuple(
        RoutedServer(
            name=name,
            tunnel_uuid=new_uuid(),
            watch_uuid="" if hybrid else new_uuid(),
            user_uuids=(new_uuid(), new_uuid()),
            sshd_port=far.port,
            hybrid_port=far.port if hybrid else 0,
        )
        for name in ("lab-gpu", "other-gpu")
    )
    writer = WRITERS[core]
    relay = writer.relay_config(carrier, servers)
    stack.enter_context(RunningCore(core, folder / "relay", relay, port=carrier.user_port))
    if not hybrid:
        for server in servers:
            config = writer.server_config(carrier, server, free_port())
            stack.enter_context(RunningCore(core, folder / server.name, config))
    socks = []
    for number, server in enumerate(servers):
        port = free_port()
        config = writer.client_config(carrier, server.user_uuids[number], port)
        stack.enter_context(RunningCore(core, folder / f"pc-{server.name}", config, port=port))
        socks.append(port)
    return Ends(carrier, servers, far, other, tuple(socks))


def asked(socks: int, host: str, port: int, amount: int, timeout_s: float = 5.0) -> bytes:
    """The first ``amount`` bytes of the far ByteServer through a SOCKS port; b"" when they did not come."""
    protocol = ClientProtocol(host, port)
    with socket.create_connection(("127.0.0.1", socks), timeout=timeout_s) as sock:
        try:
            shake_hands(sock, protocol, lambda: sock.recv(1))
            if protocol.refusal is not None:
                return b""
            sock.sendall(b"D" + str(amount).zfill(16).encode())
            answer = bytearray()
            while len(answer) < amount and (data := sock.recv(65536)):
                answer += data
        except OSError:
            return b""
    return bytes(answer)


def answers(asking: list[tuple[int, str, int]], timeout_s: float = 2.0) -> list[bytes]:
    """What comes from each (SOCKS port, host, port), all asked at once: a refusal is often mere silence."""
    with ThreadPoolExecutor(len(asking)) as pool:
        return list(pool.map(lambda one: asked(one[0], one[1], one[2], 16, timeout_s), asking))


def comes_up(ends: Ends, number: int = 0) -> None:
    deadline = Deadline(30, "the first answer through all ends")
    while asked(ends.socks[number], "localhost", 22, 16, 0.7) != BLOCK[:16]:
        deadline.wait()


FORMS: list[dict[str, Any]] = [
    {},
    {"tls": True},
    {"websocket_path": "/ws"},
    {"tls": True, "websocket_path": "/ws"},
    {"hybrid": True},
    {"hybrid": True, "tls": True},
]


@pytest.fixture(
    params=[
        pytest.param((core, form), id=f"{core}-{'-'.join(form) or 'plain'}")
        for core, form in itertools.product(Core, FORMS)
    ]
)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ends]:
    core, form = request.param
    choices = dict(form)
    if choices.pop("tls", False):
        choices["tls"] = self_signed(tmp_path)
    with ExitStack() as stack:
        yield up_and_running(core, tmp_path, stack, **choices)


def test_bytes_arrive_whole_and_nothing_else_is_reached(ends: Ends) -> None:
    comes_up(ends)
    comes_up(ends, 1)
    received = asked(ends.socks[0], "127.0.0.1", 22, AMOUNT)
    assert hashlib.sha256(received).hexdigest() == digest_of(AMOUNT)
    targets = [
        ("localhost", ends.other.port),  # another port of the server, or of the relay: it is this machine
        ("127.0.0.1", ends.carrier.user_port),
        ("127.0.0.2", 22),
        ("example.org", 22),
        ("localhost.example.org", 22),
    ]
    assert answers([(ends.socks[0], host, port) for host, port in targets]) == [b""] * len(targets)


@pytest.mark.parametrize("core", list(Core))
def test_each_secret_is_good_for_one_thing_only(core: Core, tmp_path: Path) -> None:
    with ExitStack() as stack:
        ends = up_and_running(core, tmp_path, stack)
        comes_up(ends)
        comes_up(ends, 1)
        carrier, (own, theirs) = ends.carrier, ends.servers
        allowed = fair(own, BLOCK[:8])
        refused = unfair(own, theirs, [ends.other.port, carrier.user_port, carrier.tunnel_port])
        refused.append(Attempt("an invented one", new_uuid(), False, "localhost"))
        question = b"D" + b"16".zfill(16)
        got = first_bytes(tmp_path / "thief", carrier, [*allowed, *refused], question)
        assert [str(one) for one in refused if got[one]] == []
        assert [str(one) for one, words in allowed.items() if not got[one].startswith(words)] == []
        if core is Core.V2RAY:  # what a bridge hears shows that another server's was refused above
            bridge = second_bridge(own)
            tries = (first_bytes(tmp_path / f"bridge-{n}", carrier, [bridge], question) for n in range(3))
            assert any(heard[bridge] for heard in tries)  # v2ray picks one of the bridges each time


@pytest.mark.parametrize("core", list(Core))
def test_a_relay_with_another_certificate_is_not_talked_to(core: Core, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    real, other = self_signed(tmp_path / "a"), self_signed(tmp_path / "b")
    with ExitStack() as stack:
        ends = up_and_running(core, tmp_path, stack, tls=real, hybrid=True)
        comes_up(ends)
        carrier = Carrier(
            core=core, host="127.0.0.1", tunnel_port=1, user_port=ends.carrier.user_port, tls=other,
            encryption_key=ends.carrier.encryption_key,
        )  # fmt: skip
        port = free_port()
        config = WRITERS[core].client_config(carrier, ends.servers[0].user_uuids[0], port)
        stack.enter_context(RunningCore(core, tmp_path / "deceived", config, port=port))
        assert asked(port, "localhost", 22, 16, 3) == b""


@pytest.mark.parametrize("core", list(Core))
def test_secrets_stay_where_they_belong(core: Core) -> None:
    private, public = x25519_pair()
    carrier = Carrier(
        core=core, host="relay.example.org", tunnel_port=1, user_port=2,
        decryption_key=private, encryption_key=public,
    )  # fmt: skip
    server = RoutedServer(name="gpu", tunnel_uuid=new_uuid(), user_uuids=(new_uuid(), new_uuid()))
    at_server = WRITERS[core].server_config(carrier, server)
    at_pc = WRITERS[core].client_config(carrier, server.user_uuids[0], 10080)
    assert private not in at_server + at_pc
    assert not [secret for secret in server.user_uuids if secret in at_server]
    assert server.tunnel_uuid not in at_pc
    assert server.user_uuids[1] not in at_pc
    assert private not in repr(carrier)
    assert server.tunnel_uuid not in repr(server)
    for text in (at_server, at_pc, WRITERS[core].relay_config(carrier, [server])):
        raw = json.loads(text)
        assert raw["outbounds"][0]["protocol"] == "blackhole", "what no rule names must go nowhere"
        listening = [inbound["listen"] for inbound in raw["inbounds"]]
        assert "0.0.0.0" not in listening or text not in (at_server, at_pc)
