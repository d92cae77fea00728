"""Questions to the person. They travel inside an ``Asked`` event with a Future that the front end fills.

Answering: ``question.answer.set_result(value)``; ``None`` means the person cancelled. A question that is
no longer wanted is withdrawn (``Withdrawn`` event) and its Future cancelled: the prompt must go away.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class HostKeyAnswer:
    """The person compared the fingerprint and trusts it: it is pinned."""

    trust: bool


@dataclass(frozen=True, slots=True)
class SecretAnswer:
    secret: str
    remember: bool = False  # put it into the OS keyring; False = for this session only

    def __repr__(self) -> str:
        return "SecretAnswer(***)"


@dataclass(frozen=True, slots=True)
class CodesAnswer:
    answers: tuple[str, ...]

    def __repr__(self) -> str:
        return "CodesAnswer(***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKeyQuestion:
    """First sight of a machine: is this fingerprint the right one?"""

    id: str
    profile: str  # name of the relay or alias of the server
    is_server: bool
    host: str  # as it will be pinned, e.g. "[relay.example.org]:2222"
    key_type: str  # "ssh-ed25519"
    fingerprint: str  # "SHA256:..."
    randomart: str  # OpenSSH's picture, several lines
    answer: Future[HostKeyAnswer | None] = field(default_factory=Future, compare=False, repr=False)


class SecretKind(StrEnum):
    PASSPHRASE = "passphrase"  # of a key file
    PASSWORD = "password"  # of an account


class SecretReason(StrEnum):
    NEEDED = "needed"
    WRONG = "wrong"  # the last one did not fit: ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretQuestion:
    id: str
    profile: str
    kind: SecretKind
    subject: str  # key path, or user@host
    reason: SecretReason = SecretReason.NEEDED
    can_remember: bool = True  # a usable keyring exists
    answer: Future[SecretAnswer | None] = field(default_factory=Future, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    echo: bool  # False = hide what is typed


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesQuestion:
    """Keyboard-interactive: the relay asks one or several things at once (one-time codes, ...)."""

    id: str
    profile: str
    title: str
    instructions: str
    prompts: tuple[Prompt, ...]
    reason: SecretReason = SecretReason.NEEDED
    answer: Future[CodesAnswer | None] = field(default_factory=Future, compare=False, repr=False)


Question = HostKeyQuestion | SecretQuestion | CodesQuestion
