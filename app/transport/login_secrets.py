"""Where a login's passphrases, passwords and codes come from, and which of them are kept."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Authentication
from app.core.questions import CodesQuestion, SecretKind, SecretQuestion, SecretReason
from app.secrets.names import SecretName
from app.transport.asking import Asker
from app.transport.userauth import Prompts, UserAuth

MAX_TRIES = 3  # times a person is asked for the same thing, as ssh does


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPlan:
    """What a profile says about logging in."""

    profile_name: str
    is_server: bool
    user: str
    host: str  # as it is told in faults and questions, and part of the stored password's name
    authentication: Authentication
    identity: str = ""  # "" = the agent's keys, then ssh's default key files
    certificate: str = ""  # "" = <identity>-cert.pub if it exists


class KeyringState(Protocol):
    @property
    def usable(self) -> bool: ...


class SecretSource(Protocol):
    """What of the secret store is needed here."""

    def get(self, name: SecretName) -> str | None: ...

    def remember(self, name: SecretName, secret: str) -> bool: ...

    def keep_for_session(self, name: SecretName, secret: str) -> None: ...

    def forget(self, name: SecretName) -> bool: ...

    def status(self) -> KeyringState: ...


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person typed, to be kept once it turned out right."""

    secret: str
    remember: bool

    def __repr__(self) -> str:
        return "Typed(***)"


class LoginSecrets:
    """Asks the person on behalf of one login, and keeps what worked."""

    def __init__(self, plan: LoginPlan, ask: Asker, secrets: SecretSource, auth: UserAuth) -> None:
        self._plan = plan
        self._ask = ask
        self._secrets = secrets
        self._auth = auth

    @property
    def password_name(self) -> SecretName:
        return SecretName("password", f"{self._plan.user}@{self._plan.host}")

    def stored(self, name: SecretName) -> str | None:
        return self._secrets.get(name)

    def ask_secret(self, kind: SecretKind, subject: str, reason: SecretReason) -> Typed:
        """Raises CANCELLED, NOBODY_TO_ASK, LINK_LOST."""
        question = SecretQuestion(
            id=uuid.uuid4().hex,
            profile=self._plan.profile_name,
            kind=kind,
            subject=subject,
            reason=reason,
            can_remember=self._secrets.status().usable,
        )
        answer = self._ask.ask(question, self._auth.over)
        if answer is None:
            raise self._called_off()
        return Typed(answer.secret, answer.remember)

    def ask_codes(self, asked: Prompts, reason: SecretReason) -> tuple[str, ...]:
        """One answer for each prompt. Raises CANCELLED, NOBODY_TO_ASK, LINK_LOST."""
        if not asked.prompts:
            return ()  # a server that only tells something; it wants an empty answer (RFC 4256, 3.4)
        question = CodesQuestion(
            id=uuid.uuid4().hex,
            profile=self._plan.profile_name,
            title=asked.title,
            instructions=asked.instructions,
            prompts=asked.prompts,
            reason=reason,
        )
        answer = self._ask.ask(question, self._auth.over)
        if answer is None:
            raise self._called_off()
        given = answer.answers + ("",) * len(asked.prompts)
        return given[: len(asked.prompts)]  # sshd ends the connection when the number differs

    def _called_off(self) -> RelayTrayError:
        """No answer: the link ended under the question, or the person does not want to."""
        if self._auth.over.is_set():
            return self._auth.ended()
        return error(FaultCode.CANCELLED, what=f"the login at {self._plan.host}")

    def keep(self, name: SecretName, typed: Typed) -> None:
        """What worked is not asked again in this session, and stored only if the person ticked it."""
        if not typed.remember or not self._secrets.remember(name, typed.secret):
            self._secrets.keep_for_session(name, typed.secret)
