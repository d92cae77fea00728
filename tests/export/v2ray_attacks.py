"""What a thief of a bridge's, a watch's or a computer's id at a relay's v2ray or Xray would ask for there."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.v2ray_route import Carrier, RoutedServer
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from tests.peers.ports import free_port
from tests.peers.v2ray_cores import RunningCore
from tests.peers.v2ray_ends import WRITERS

_PATIENCE_S = 3.0  # a refusal is often mere silence


@dataclass(frozen=True)
class Attempt:
    """An id, used as a computer's at one of the relay's ports, and where it wants to go."""

    whose: str
    user_id: str
    at_tunnel_port: bool
    host: str
    port: int = 22

    def __str__(self) -> str:
        where = "the bridges' port" if self.at_tunnel_port else "the computers' port"
        return f"{self.whose} at {where} to {self.host}:{self.port}"


def fair(own: RoutedServer, first: bytes) -> dict[Attempt, bytes]:
    """What must get through, and what then comes: else the others would prove nothing.

    ``first``: of the server's port 22.
    """
    return {
        Attempt("the computer's", own.user_uuids[0], False, "localhost"): first,
        Attempt("the watch's", own.watch_uuid, True, f"watch.{own.name}.reverse.internal", 1): b"HTTP/1.1",
    }


def second_bridge(own: RoutedServer) -> Attempt:
    """With v2ray it gets in, and then some of the connections of people: host keys protect these."""
    return Attempt("the bridge's", own.tunnel_uuid, True, f"{own.name}.reverse.internal")


def unfair(own: RoutedServer, other: RoutedServer, listening: Sequence[int]) -> list[Attempt]:
    """Everything else, with each of the three ids of ``own``. ``listening``: of the relay's loopback."""
    ssh = ("localhost", 22)
    loopback = [(host, port) for port in listening for host in ("127.0.0.1", "localhost")]
    loopback += [("127.0.0.2", 22), ("example.org", 22)]
    mine, watch = f"{own.name}.reverse.internal", f"watch.{own.name}.reverse.internal"
    theirs = [(f"{prefix}{other.name}.reverse.internal", 1) for prefix in ("", "watch.")]
    others = [*loopback, *theirs]
    at_computers_port = [
        ("the computer's", own.user_uuids[0], [*others, (mine, 22), (watch, 1)]),
        ("the bridge's", own.tunnel_uuid, [ssh, *others, (mine, 22)]),
        ("the watch's", own.watch_uuid, [ssh, *others, (watch, 1)]),
    ]
    at_bridges_port = [
        ("the computer's", own.user_uuids[0], [ssh, *others, (mine, 22), (watch, 1)]),
        ("the bridge's", own.tunnel_uuid, [ssh, *others, (watch, 1)]),
        ("the watch's", own.watch_uuid, [ssh, *others, (mine, 22)]),
    ]
    return [
        Attempt(whose, user_id, at_tunnel_port, host, port)
        for at_tunnel_port, rows in ((False, at_computers_port), (True, at_bridges_port))
        for whose, user_id, places in rows
        for host, port in places
    ]


def first_bytes(
    folder: Path, carrier: Carrier, attempts: list[Attempt], question: bytes
) -> dict[Attempt, bytes]:
    """What comes back for each of them, all at once; b"" when nothing does."""
    with _thief(folder, carrier, attempts) as ports, ThreadPoolExecutor(len(attempts)) as pool:
        ways = [(ports[one.user_id, one.at_tunnel_port], one) for one in attempts]
        return dict(zip(attempts, pool.map(lambda way: _asked(way[0], way[1], question), ways), strict=True))


def _asked(port: int, attempt: Attempt, question: bytes) -> bytes:
    protocol = ClientProtocol(attempt.host, attempt.port)
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as sock:
        try:
            shake_hands(sock, protocol, lambda: sock.recv(1))
            if protocol.refusal is not None:
                return b""
            sock.sendall(question)
            return sock.recv(8)
        except OSError:
            return b""


@contextmanager
def _thief(folder: Path, carrier: Carrier, attempts: list[Attempt]) -> Iterator[dict[tuple[str, bool], int]]:
    """One core of the thief's own, with a SOCKS port for each id at each of the relay's ports."""
    writer = WRITERS[carrier.core]
    swapped = replace(carrier, user_port=carrier.tunnel_port)
    ports = {way: free_port() for way in {(one.user_id, one.at_tunnel_port) for one in attempts}}
    whole = json.loads(writer.client_config(carrier, attempts[0].user_id, 1))
    whole |= {"inbounds": [], "outbounds": whole["outbounds"][:1]}
    whole["routing"]["rules"] = []
    for number, ((user_id, at_tunnel_port), port) in enumerate(ports.items()):
        raw = json.loads(writer.client_config(swapped if at_tunnel_port else carrier, user_id, port))
        whole["inbounds"].append(raw["inbounds"][0] | {"tag": f"in-{number}"})
        whole["outbounds"].append(raw["outbounds"][1] | {"tag": f"out-{number}"})
        rule = {"type": "field", "inboundTag": [f"in-{number}"], "outboundTag": f"out-{number}"}
        whole["routing"]["rules"].append(rule)
    with RunningCore(carrier.core, folder, json.dumps(whole), port=next(iter(ports.values()))):
        yield ports
