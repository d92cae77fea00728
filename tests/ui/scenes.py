"""Documents and states that several tests and the screenshots use."""

from __future__ import annotations

from app.core.faults import Fault, FaultCode
from app.core.port_changes import PortChange, PortPurpose
from app.core.profiles import Document, Exit, Forward, Relay, ReverseRoute, Server
from app.core.questions import (
    CodesQuestion,
    HostKeyQuestion,
    Prompt,
    SecretKind,
    SecretQuestion,
    SecretReason,
)

RANDOMART = """+--[ED25519 256]--+
|      .o=o.      |
|       +.B .     |
|      . * O      |
|     . + X +     |
|      . S = .    |
|     . + B +     |
|    . = * = .    |
|   E o O + o     |
|      =.o o      |
+----[SHA256]-----+"""
FINGERPRINT = "SHA256:p0AahXmHdbmdWOzbyVwO4MsW0ALSdGiAEMpUj1nNKMo"
OTHER_FINGERPRINT = "SHA256:0jD3nTj6GXm2X7cVqeYMsZq0HyFz7kD8bqQ5l7rVbRs"


def document() -> Document:
    """Two relays, three servers: one with forwards and a plain ssh port."""
    tokyo = Relay(
        id="r1", name="tokyo-relay", host="203.0.113.7", user="ubuntu", identity="~/.ssh/relay_ed25519"
    )
    office = Relay(id="r2", name="office", host="gate.example.org", port=2222, user="me", socks_port=10081)
    servers = (
        Server(
            id="s1",
            alias="lab-gpu",
            relay_id="r1",
            user="chen",
            remote_folder="/home/chen/project",
            recent_folders=("/home/chen/project", "/data/imagenet"),
            local_ssh_port=10122,
            forwards=(Forward(local_port=8888, remote_port=8888), Forward(local_port=6006, remote_port=6006)),
        ),
        Server(id="s2", alias="a100-box", relay_id="r1", user="chen", route=ReverseRoute(port=22223)),
        Server(id="s3", alias="office-gpu", relay_id="r2", user="root", exit=Exit.SERVER),
    )
    return Document(relays=(tokyo, office), servers=servers)


TUNNEL_DOWN = Fault.of(FaultCode.TUNNEL_DOWN, alias="a100-box", port=22223, relay="tokyo-relay")
TIMED_OUT = Fault.of(FaultCode.CONNECT_TIMED_OUT, host="gate.example.org", port=2222)
LOGIN_REFUSED = Fault.of(FaultCode.LOGIN_REFUSED, user="me", host="gate.example.org", methods="publickey")
PORT_BUSY = Fault.of(
    FaultCode.PORT_BUSY, address="127.0.0.1:10080", holder="nginx (pid 12)", suggestion=10082
)
PORTS_MOVED = (PortChange(PortPurpose.SOCKS, "r1", "", "tokyo-relay", 10080, 10082),)
KEY_CHANGED = Fault.of(
    FaultCode.HOST_KEY_CHANGED,
    host="[gate.example.org]:2222",
    key_type="ssh-ed25519",
    fingerprint=FINGERPRINT,
    pinned=OTHER_FINGERPRINT,
    where="/home/chen/.local/share/RelayTray/known_hosts:3",
)


def host_key_question() -> HostKeyQuestion:
    return HostKeyQuestion(
        id="q1",
        profile="tokyo-relay",
        is_server=False,
        host="203.0.113.7",
        key_type="ssh-ed25519",
        fingerprint=FINGERPRINT,
        randomart=RANDOMART,
    )


def passphrase_question(
    *, can_remember: bool = True, reason: SecretReason = SecretReason.NEEDED
) -> SecretQuestion:
    return SecretQuestion(
        id="q2",
        profile="tokyo-relay",
        kind=SecretKind.PASSPHRASE,
        subject="/home/chen/.ssh/relay_ed25519",
        reason=reason,
        can_remember=can_remember,
    )


def codes_question() -> CodesQuestion:
    return CodesQuestion(
        id="q3",
        profile="office",
        title="Two-step login",
        instructions="Open the app on your phone and type the six digits.",
        prompts=(Prompt("Password: ", echo=False), Prompt("Verification code: ", echo=True)),
    )
