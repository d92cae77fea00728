"""The user authentication protocol (RFC 4252, RFC 4256) of one login, on a paramiko transport.

paramiko's own ``auth_*`` calls ask for the service anew before each attempt (a round trip), call back in the
reader thread when the server has prompts and when an agent must sign (while a person thinks, the end of the
link goes unnoticed; an agent that declines ends the link), give up on prompts after 30 seconds, and do not
tell which methods the server would take after a refusal. Here the reader thread only parses; everything
else happens in the thread that logs in.

Names of paramiko that are private are used here; a test in tests/transport guards them.
"""
# ruff: noqa: SLF001 - see the last paragraph

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.auth_handler import AuthHandler
from paramiko.common import (
    cMSG_SERVICE_REQUEST,
    cMSG_USERAUTH_INFO_RESPONSE,
    cMSG_USERAUTH_REQUEST,
)
from paramiko.message import Message

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.questions import Prompt

_POLL_S = 0.1  # how soon a cancel is noticed, and the end of a transport that tells nobody
_SERVICE_TIMEOUT_S = 30.0
# Servers may take their time: PAM delays refusals, and some wait for a push message to be confirmed.
_ANSWER_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service was granted (internal), or the login is complete."""


@dataclass(frozen=True, slots=True)
class Refused:
    """This attempt failed. ``methods``: what the server would take instead."""

    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoreNeeded:
    """This attempt was right, and the server wants one of ``methods`` besides."""

    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompts:
    """Keyboard-interactive: the server asks; ``answer`` goes on."""

    title: str
    instructions: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class PasswordExpired:
    """The password was right, and the server wants it changed before anything else."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """The transport ended."""


Outcome = Accepted | Refused | MoreNeeded | Prompts | PasswordExpired


class UserAuth(AuthHandler):
    """One login. The methods block; call them from one thread, which is not the transport's.

    They raise LINK_LOST when the link ends or the server stays silent, LOGIN_REFUSED when it says goodbye
    in answer to an attempt (too many of them), CANCELLED.
    """

    def __init__(
        self, transport: paramiko.Transport, user: str, host: str, cancelled: threading.Event
    ) -> None:
        super().__init__(transport)
        self._transport = transport
        self._host = host
        self._user = user
        self._cancelled = cancelled
        self._news: queue.SimpleQueue[Outcome | _Gone] = queue.SimpleQueue()
        self._awaits_service = self._awaits_verdict = False
        self._far_end_left = False
        self.username = user
        self.methods: tuple[str, ...] = ()  # what the server named last
        self.over = _Over(transport, cancelled)

    # --- in the thread that logs in -----------------------------------------------------------------------

    def begin(self) -> None:
        """Ask for the service; the first thing to be done. The first attempt goes out behind it.

        Nothing in RFC 4252 wants the answer to be waited for, and a server reads one message after the other:
        a round trip less.
        """
        self._transport.auth_handler = self
        message = Message()
        message.add_byte(cMSG_SERVICE_REQUEST)
        message.add_string("ssh-userauth")
        self._awaits_service = True
        self._send(message)

    def _await_service(self) -> None:
        if self._awaits_service:
            self._wait(_SERVICE_TIMEOUT_S)
            self._awaits_service = False

    def try_none(self) -> Outcome:
        """No proof at all: nearly always refused, but the refusal names the methods."""
        return self._attempt("none", [])

    def try_key(self, key: paramiko.PKey) -> Outcome:
        """With a key, or with the certificate attached to it. May raise what the key's signing raises."""
        if "rsa" in key.get_name():  # behind the server's list of signature algorithms, which decides here
            self._await_service()
        try:
            key_type, bits = self._private._get_key_type_and_bits(key)
            algorithm = self._private._finalize_pubkey_algorithm(key_type)
        except paramiko.SSHException:  # the server takes no signature that an RSA key can make with SHA-2
            return Refused(self.methods)
        blob = self._private._get_session_blob(key, "ssh-connection", self._user, algorithm)
        signature = key.sign_ssh_data(blob, algorithm)
        return self._attempt("publickey", [True, algorithm, bits, signature])

    def try_password(self, password: str) -> Outcome:
        return self._attempt("password", [False, password.encode("utf-8", "surrogatepass")])

    def begin_interactive(self) -> Outcome:
        """Begin keyboard-interactive; the outcome is mostly ``Prompts``."""
        return self._attempt("keyboard-interactive", ["", ""])

    def answer(self, answers: Sequence[str]) -> Outcome:
        """Answer the prompts, one answer for each."""
        message = Message()
        message.add_byte(cMSG_USERAUTH_INFO_RESPONSE)
        message.add_int(len(answers))
        for text in answers:
            message.add_string(text.encode("utf-8", "surrogatepass"))
        return self._exchanged(message)

    def _attempt(self, method: str, fields: Sequence[Any]) -> Outcome:
        message = Message()
        message.add_byte(cMSG_USERAUTH_REQUEST)
        for text in (self._user, "ssh-connection", method):
            message.add_string(text)
        for field in fields:
            if isinstance(field, bool):
                message.add_boolean(field)
            else:
                message.add_string(field)
        self.auth_method = method
        return self._exchanged(message)

    def _exchanged(self, message: Message) -> Outcome:
        self._send(message)
        self._await_service()
        self._awaits_verdict = True
        outcome = self._wait(_ANSWER_TIMEOUT_S)
        self._awaits_verdict = False
        return outcome

    def _send(self, message: Message) -> None:
        if not self._transport.is_active():
            raise self.ended()
        try:
            with self._transport.lock:
                self._wire._send_message(message)
        except (OSError, EOFError, paramiko.SSHException) as e:
            raise self.ended() from e

    def _wait(self, timeout_s: float) -> Outcome:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                news = self._news.get(timeout=_POLL_S)
            except queue.Empty:
                if self.over.is_set():
                    raise self.ended() from None
                if time.monotonic() > deadline:
                    raise error(
                        FaultCode.LINK_LOST, host=self._host, reason="no answer to the login"
                    ) from None
                continue
            if isinstance(news, _Gone):
                raise self.ended()
            if isinstance(news, Refused | MoreNeeded):
                self.methods = news.methods
            return news

    def ended(self) -> RelayTrayError:
        """Why there will be no answer."""
        if self._cancelled.is_set():
            return error(FaultCode.CANCELLED, what=f"the login at {self._host}")
        cause = self._transport.get_exception()
        if cause is None and self._awaits_verdict and self._far_end_left:
            # It sent SSH_MSG_DISCONNECT instead of an answer: "too many authentication failures".
            methods = ", ".join(self.methods)
            return error(FaultCode.LOGIN_REFUSED, user=self._user, host=self._host, methods=methods)
        reason = str(cause or "") or "the connection was closed during the login"
        return error(FaultCode.LINK_LOST, host=self._host, reason=reason)

    @property
    def _private(self) -> Any:
        """For names of paramiko that its type stubs do not show."""
        return self

    @property
    def _wire(self) -> Any:
        """The same for the transport."""
        return self._transport

    # --- in the transport's reader thread -----------------------------------------------------------------

    def abort(self) -> None:
        """The far end has left; not called when this side closes the transport."""
        self._far_end_left = True
        self._news.put(_Gone())

    def _parse_service_accept(self, m: Message) -> None:  # noqa: ARG002 - there is one service only
        self._news.put(Accepted())

    def _parse_userauth_success(self, m: Message) -> None:
        super()._parse_userauth_success(m)  # type: ignore[misc]
        self._news.put(Accepted())

    def _parse_userauth_failure(self, m: Message) -> None:
        methods = tuple(filter(None, m.get_binary().decode("ascii", "replace").split(",")))
        partial = m.get_boolean()
        self._news.put(MoreNeeded(methods) if partial else Refused(methods))

    def _parse_userauth_info_request(self, m: Message) -> None:
        """Message 60, which means something else after a password: a request to change it (RFC 4252, 8)."""
        if self.auth_method == "password":
            self._news.put(PasswordExpired())
            return
        title, instructions = _text(m), _text(m)
        m.get_binary()  # language
        count = min(m.get_int(), 100)  # sshd itself stops at 100
        prompts = tuple(Prompt(_text(m), m.get_boolean()) for _ in range(count))
        self._news.put(Prompts(title, instructions, prompts))


class _Over:
    """Set when nobody needs an answer any more: cancelled, or the link is gone."""

    def __init__(self, transport: paramiko.Transport, cancelled: threading.Event) -> None:
        self._transport = transport
        self._cancelled = cancelled

    def is_set(self) -> bool:
        return self._cancelled.is_set() or not self._transport.is_active()


def _text(m: Message) -> str:
    """What a server wants shown, without the control characters that could fool a terminal."""
    text = m.get_binary().decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(char for char in text if char in "\n\t" or char.isprintable())
