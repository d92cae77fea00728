"""Proving who we are to a relay or a server.

``log_in`` decides what to try, in which order, and what to make of the answers. The messages are in
``userauth``, the keys in ``login_keys``, passphrases and passwords in ``login_secrets``.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
from collections.abc import Iterable

import paramiko

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Authentication
from app.core.questions import SecretKind, SecretReason
from app.transport.agent import SigningDeclined
from app.transport.asking import Asker
from app.transport.login_keys import LoginKeys
from app.transport.login_secrets import MAX_TRIES, LoginPlan, LoginSecrets, SecretSource, Typed
from app.transport.userauth import Accepted, MoreNeeded, Outcome, PasswordExpired, Prompts, Refused, UserAuth

__all__ = ["LoginPlan", "SecretSource", "log_in"]

_log = logging.getLogger("relaytray.transport")
_MAX_FACTORS = 8  # more than any server wants; a server that never ends is refused

# "Password: ", "(alice@relay) Password: ", "alice's password:", and no "One-time password (OATH) for ..."
_PASSWORD_PROMPT = re.compile(
    r"(\([^)]*\)\s*)?(\S+'s\s+)?(password|\u5bc6\u7801|\u5bc6\u78bc|\u53e3\u4ee4)"
    r"(\s+for\s+\S+)?\s*[:\uff1a]?",
    re.IGNORECASE,
)


def log_in(
    transport: paramiko.Transport,
    plan: LoginPlan,
    ask: Asker,
    secrets: SecretSource,
    cancelled: threading.Event,
) -> None:
    """Log in on a started transport whose host key has been checked. Blocks; not in the GUI thread.

    Raises LOGIN_REFUSED, CANCELLED, NOBODY_TO_ASK, LINK_LOST, and what ``keys`` and ``agent`` raise when
    the profile names a key or the agent. The transport is left open: whoever made it closes it.
    """
    _Login(transport, plan, ask, secrets, cancelled).run()


class _Login:
    def __init__(
        self,
        transport: paramiko.Transport,
        plan: LoginPlan,
        ask: Asker,
        secrets: SecretSource,
        cancelled: threading.Event,
    ) -> None:
        self._plan = plan
        self._auth = UserAuth(transport, plan.user, plan.host, cancelled)
        self._secrets = LoginSecrets(plan, ask, secrets, self._auth)
        self._keys = LoginKeys(plan, self._secrets)
        self._shown: set[bytes] = set()  # public keys that the server has taken or refused

    def run(self) -> None:
        outcome = self._first_factor()
        for _ in range(_MAX_FACTORS):
            if not isinstance(outcome, MoreNeeded):
                break
            outcome = self._next_factor(outcome.methods)
        if not isinstance(outcome, Accepted):
            raise self._refused(outcome)
        _log.info("Logged in at %s as %s.", self._plan.host, self._plan.user)

    def _first_factor(self) -> Outcome:
        if self._plan.authentication in (Authentication.KEY_FILE, Authentication.AGENT):
            keys = iter(self._keys)
            first = next(keys)  # found and unlocked before the server's patience is used up
            self._auth.begin()
            return self._publickey(itertools.chain([first], keys))
        self._auth.begin()
        return self._typed_first()

    def _next_factor(self, methods: tuple[str, ...]) -> Outcome:
        if "keyboard-interactive" in methods:
            return self._interactive()
        if "password" in methods:
            return self._password()
        if "publickey" in methods:
            return self._publickey(self._keys)
        return Refused(methods)

    def _typed_first(self) -> Outcome:
        """Password and keyboard-interactive stand in for each other: servers with PAM offer either."""
        attempts = {"password": self._password, "keyboard-interactive": self._interactive}
        first = self._plan.authentication.value
        (second,) = set(attempts) - {first}
        outcome = attempts[first]()
        if isinstance(outcome, Refused) and first not in outcome.methods:
            if second in outcome.methods:
                return attempts[second]()
            if "publickey" in outcome.methods and self._plan.identity:
                return self._publickey(self._keys)  # a server that wants the key first
        return outcome

    def _refused(self, outcome: Outcome) -> RelayTrayError:
        methods = ", ".join(self._auth.methods)
        if isinstance(outcome, PasswordExpired):
            methods = "a new password, the present one has expired"
        return error(FaultCode.LOGIN_REFUSED, user=self._plan.user, host=self._plan.host, methods=methods)

    # --- the three ways ---------------------------------------------------------------------------------

    def _publickey(self, keys: Iterable[paramiko.PKey]) -> Outcome:
        """Each key once, until the server takes one or takes no keys at all."""
        outcome: Outcome = Refused(self._auth.methods)
        for key in keys:
            shown = _shown_blob(key)
            if shown in self._shown:
                continue
            try:
                outcome = self._auth.try_key(key)
            except SigningDeclined as e:
                _log.info("The agent did not sign for %s: %s.", self._plan.host, e)
                continue
            if isinstance(outcome, Refused) and "publickey" not in outcome.methods:
                break  # it was not looked at: its turn may come
            self._shown.add(shown)
            if not isinstance(outcome, Refused):
                break
        code_first = isinstance(outcome, Refused) and "publickey" not in outcome.methods
        if code_first and "keyboard-interactive" in self._auth.methods:
            return self._interactive()
        return outcome

    def _password(self) -> Outcome:
        """The stored password, then up to three from the person; kept once the server has taken it."""
        name, reason = self._secrets.password_name, SecretReason.NEEDED
        stored = self._secrets.stored(name)
        if stored is not None:
            outcome = self._auth.try_password(stored)
            reason = SecretReason.WRONG
        elif not self._auth.methods:
            outcome = self._auth.try_none()  # nobody shall be asked for what the server does not take
        else:
            outcome = Refused(self._auth.methods)
        for _ in range(MAX_TRIES):
            if not _may_try_again(outcome, "password"):
                break
            typed = self._secrets.ask_secret(SecretKind.PASSWORD, name.subject, reason)
            outcome = self._auth.try_password(typed.secret)
            if isinstance(outcome, Accepted | MoreNeeded):
                self._secrets.keep(name, typed)
            reason = SecretReason.WRONG
        return outcome

    def _interactive(self) -> Outcome:
        """Rounds of prompts, begun anew after a refusal."""
        name, reason = self._secrets.password_name, SecretReason.NEEDED
        stored = self._secrets.stored(name)
        tries = MAX_TRIES if stored is None else MAX_TRIES + 1
        outcome: Outcome = Refused(self._auth.methods)
        for _ in range(tries):
            typed: Typed | None = None
            outcome = self._auth.begin_interactive()
            asked = isinstance(outcome, Prompts)
            while isinstance(outcome, Prompts):
                if not _asks_for_password(outcome):
                    outcome = self._auth.answer(self._secrets.ask_codes(outcome, reason))
                elif stored is not None:
                    outcome, stored = self._auth.answer([stored]), None
                else:
                    typed = self._secrets.ask_secret(SecretKind.PASSWORD, name.subject, reason)
                    outcome = self._auth.answer([typed.secret])
            if typed is not None and isinstance(outcome, Accepted | MoreNeeded):
                self._secrets.keep(name, typed)
            if not asked or not _may_try_again(outcome, "keyboard-interactive"):
                break
            reason = SecretReason.WRONG
        return outcome


def _may_try_again(outcome: Outcome, method: str) -> bool:
    return isinstance(outcome, Refused) and method in outcome.methods


def _shown_blob(key: paramiko.PKey) -> bytes:
    """What the server gets to see of a key: the certificate, if there is one."""
    certificate = getattr(key, "public_blob", None)
    return bytes(certificate.key_blob) if certificate else key.asbytes()


def _asks_for_password(asked: Prompts) -> bool:
    """Whether the one hidden prompt is for the account's password, and for nothing that changes."""
    if len(asked.prompts) != 1 or asked.prompts[0].echo:
        return False
    return _PASSWORD_PROMPT.fullmatch(asked.prompts[0].text.strip()) is not None
