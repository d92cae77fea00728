"""For the login tests: a person with prepared answers, a secret store, an agent, an account, odd servers."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL
from paramiko.server import InteractiveQuery

from app.core.events import Asked, Event, Withdrawn
from app.core.profiles import Authentication
from app.core.questions import CodesAnswer, CodesQuestion, Question, SecretAnswer, SecretQuestion
from app.secrets.names import SecretName
from app.transport.asking import Asker, NobodyToAsk, reply_nobody
from app.transport.login import LoginPlan, log_in


class QuietTransport(paramiko.Transport):
    """paramiko's, with its log lines at debug level as in the real link."""

    def _log(self, level: int, msg: Any, *args: Any) -> None:
        for line in msg if isinstance(msg, list) else [msg]:
            self.logger.debug("%s", str(line) % args if args else line)


Reply = SecretAnswer | CodesAnswer | NobodyToAsk | None


class Person:
    """Answers the questions in order, at once. "..." leaves a question open."""

    def __init__(self, *answers: Reply | str) -> None:
        self._answers = list(answers)
        self.asked: list[SecretQuestion | CodesQuestion] = []
        self.withdrawn: list[str] = []
        self.is_asked = threading.Event()
        self.asker = Asker(self._publish)

    def _publish(self, event: Event) -> None:
        if isinstance(event, Withdrawn):
            self.withdrawn.append(event.question_id)
        elif isinstance(event, Asked):
            self._answer(event.question)

    def _answer(self, question: Question) -> None:
        assert isinstance(question, SecretQuestion | CodesQuestion)
        self.asked.append(question)
        assert self._answers, f"not expected to be asked: {question}"
        answer = self._answers.pop(0)
        if isinstance(answer, NobodyToAsk):
            reply_nobody(question)
        elif not isinstance(answer, str):
            future: Future[Any] = question.answer
            future.set_result(answer)
        self.is_asked.set()

    @property
    def reasons(self) -> list[str]:
        return [question.reason.value for question in self.asked]


@dataclass
class _State:
    usable: bool = True


class Secrets:
    """As the real store, without an operating system below it."""

    def __init__(self, stored: dict[tuple[str, str], str] | None = None, *, usable: bool = True) -> None:
        self.keyring = {SecretName(*name): secret for name, secret in (stored or {}).items()}
        self.session: dict[SecretName, str] = {}
        self.usable = usable

    def get(self, name: SecretName) -> str | None:
        return self.session.get(name, self.keyring.get(name))

    def remember(self, name: SecretName, secret: str) -> bool:
        if self.usable:
            self.keyring[name] = secret
            self.session.pop(name, None)
        return self.usable

    def keep_for_session(self, name: SecretName, secret: str) -> None:
        self.session[name] = secret

    def forget(self, name: SecretName) -> bool:
        self.session.pop(name, None)
        self.keyring.pop(name, None)
        return self.usable

    def status(self) -> _State:
        return _State(self.usable)


def plan(
    authentication: Authentication = Authentication.KEY_FILE, *, user: str = "root", **changes: Any
) -> LoginPlan:
    fields: dict[str, Any] = {"profile_name": "lab", "is_server": False, "user": user, "host": "relay.test"}
    return LoginPlan(**(fields | {"authentication": authentication} | changes))


@contextlib.contextmanager
def connected(port: int) -> Iterator[QuietTransport]:
    """A transport after the key exchange."""
    transport = QuietTransport(socket.create_connection(("127.0.0.1", port), timeout=10))
    try:
        transport.start_client(timeout=20)
        yield transport
    finally:
        transport.close()
        transport.join(10)


def log_in_at(
    port: int,
    login_plan: LoginPlan,
    person: Person | None = None,
    secrets: Secrets | None = None,
    cancelled: threading.Event | None = None,
) -> None:
    """One whole login at an sshd; the connection is closed afterwards."""
    with connected(port) as transport:
        person = person or Person()
        log_in(transport, login_plan, person.asker, secrets or Secrets(), cancelled or threading.Event())
        assert transport.is_authenticated()


@contextlib.contextmanager
def real_agent() -> Iterator[str]:
    """The path of a real ssh-agent's socket; the agent is empty."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))  # socket paths must be short
    path = str(folder / "agent")
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield path
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(folder)


@contextlib.contextmanager
def account(password: str) -> Iterator[str]:
    """A throw-away account of this machine. Needs root."""
    name = f"rt{tempfile.mktemp(dir='')[-6:].lower().replace('_', 'x')}"
    subprocess.run(["useradd", "--no-create-home", "--shell", "/bin/sh", name], check=True, timeout=30)
    try:
        subprocess.run(["chpasswd"], input=f"{name}:{password}\n", text=True, check=True, timeout=30)
        yield name
    finally:
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True, timeout=30)


class OddServer(paramiko.ServerInterface):
    """A server whose every answer can be prepared. ``seen`` is what the client tried."""

    def __init__(self, allowed: str = "publickey,password,keyboard-interactive") -> None:
        self.allowed = allowed
        self.seen: list[str] = []
        self.rounds: list[tuple[str, str, list[tuple[str, bool]], list[str]]] = []
        self.results: dict[
            str, list[int | str]
        ] = {}  # by method; a str = the methods after a partial success
        self._round = 0
        self.transport: paramiko.Transport | None = None

    def get_allowed_auths(self, username: str) -> str:
        return self.allowed

    def _result(self, method: str) -> int:
        self.seen.append(method)
        results = self.results.get(method, [])
        result = results.pop(0) if results else AUTH_FAILED
        if isinstance(result, str):
            self.allowed = result
            return AUTH_PARTIALLY_SUCCESSFUL
        return result

    def check_auth_none(self, username: str) -> int:
        return self._result("none")

    def check_auth_password(self, username: str, password: str) -> int:
        return self._result(f"password:{password}")

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._result("publickey")

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        self._round = 0
        self.seen.append("interactive")
        return self._query() if self.rounds else AUTH_FAILED

    def _query(self) -> InteractiveQuery:
        title, instructions, prompts, _ = self.rounds[self._round]
        return InteractiveQuery(title, instructions, *prompts)

    def check_auth_interactive_response(self, responses: list[str]) -> Any:
        expected = self.rounds[self._round][3]
        self.seen.append("answers:" + ",".join(responses))
        if list(responses) != expected:
            return AUTH_FAILED
        self._round += 1
        if self._round < len(self.rounds):
            return self._query()
        results = self.results.get("interactive", [AUTH_SUCCESSFUL])
        result = results.pop(0) if results else AUTH_SUCCESSFUL
        if isinstance(result, str):
            self.allowed = result
            return AUTH_PARTIALLY_SUCCESSFUL
        return result


@contextlib.contextmanager
def serving(server: OddServer) -> Iterator[QuietTransport]:
    """A client transport, after the key exchange with this server."""
    near, far = socket.socketpair()
    theirs, ours = QuietTransport(far), QuietTransport(near)
    try:
        theirs.add_server_key(paramiko.ECDSAKey.generate())
        server.transport = theirs
        theirs.start_server(event=threading.Event(), server=server)
        ours.start_client(timeout=20)
        yield ours
    finally:
        for transport in (ours, theirs):
            transport.close()
            transport.join(10)
