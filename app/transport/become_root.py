"""Becoming root on a machine where the login is not root's: sudo (or doas), with the person's password.

sudo asks with a prompt that nobody else can know, and only an answer to that prompt is ever sent: a password
cannot end up as the input of the script when sudo does not want one.
"""

from __future__ import annotations

import secrets as random
import shlex
import threading
import time
import uuid
from collections.abc import Sequence

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.questions import SecretKind, SecretQuestion, SecretReason
from app.secrets.names import SecretName
from app.transport.asking import Asker
from app.transport.login_secrets import MAX_TRIES, LoginPlan, SecretSource, Typed
from app.transport.remote_process import RemoteProcess

_PATIENCE_S = 60.0  # sudo may look names up before it asks, and PAM delays refusals

# $1 the prompt, $2 the sign that we are root, then the command
_DOOR = """\
LC_ALL=C; export LC_ALL; prompt=$1 sign=$2; shift 2
if command -v sudo >/dev/null 2>&1; then
    exec sudo -S -p "$prompt" sh -c 'printf "%s\\n" "$0"; exec "$@"' "$sign" "$@"
elif command -v doas >/dev/null 2>&1; then
    exec doas -n sh -c 'printf "%s\\n" "$0"; exec "$@"' "$sign" "$@"
fi
echo "neither sudo nor doas is installed" >&2; exit 127"""


class Root:
    """What one link knows about becoming root there."""

    def __init__(
        self, plan: LoginPlan, asker: Asker, secrets: SecretSource, cancelled: threading.Event
    ) -> None:
        self._plan = plan
        self._asker = asker
        self._secrets = secrets
        self._cancelled = cancelled
        mark = random.token_hex(8)
        self._prompt, self._sign = f"sudo-{mark}", f"root-{mark}"

    def command(self, words: Sequence[str]) -> str:
        return "exec " + shlex.join(["sh", "-c", _DOOR, "sh", self._prompt, self._sign, *words])

    def open_the_door(self, process: RemoteProcess) -> None:
        """Answer sudo until the command runs; its own output begins behind our sign.

        Raises SUDO_REFUSED, CANCELLED, NOBODY_TO_ASK, LINK_LOST.
        """
        prompts = 0
        typed: Typed | None = None
        candidates = self._known()
        end = time.monotonic() + _PATIENCE_S
        while True:
            if f"{self._sign}\n" in process.out:
                process.out = process.out.partition(f"{self._sign}\n")[2]
                process.err = ""
                break
            if process.err.count(self._prompt) > prompts:
                prompts += 1
                if prompts > MAX_TRIES + len(candidates):
                    raise self._refused("the password was wrong")
                typed = candidates.pop(0) if candidates else self._ask(again=typed is not None)
                process.send(typed.secret.encode() + b"\n")
                end = time.monotonic() + _PATIENCE_S
            elif not process.turn(end):
                raise self._refused(_why(process.err, self._prompt))
        if typed is not None:
            self._keep(typed)

    @property
    def _subject(self) -> str:
        return f"sudo: {self._plan.user}@{self._plan.host}"

    def _known(self) -> list[Typed]:
        """What may fit without asking: what sudo took before, and what the login takes."""
        subjects = (self._subject, f"{self._plan.user}@{self._plan.host}")
        found = [self._secrets.get(SecretName("password", subject)) for subject in subjects]
        return [Typed(secret, remember=False) for secret in dict.fromkeys(found) if secret]

    def _ask(self, *, again: bool) -> Typed:
        question = SecretQuestion(
            id=uuid.uuid4().hex,
            profile=self._plan.profile_name,
            kind=SecretKind.PASSWORD,
            subject=self._subject,
            reason=SecretReason.WRONG if again else SecretReason.NEEDED,
            can_remember=self._secrets.status().usable,
        )
        answer = self._asker.ask(question, self._cancelled)
        if answer is None:
            raise error(FaultCode.CANCELLED, what=f"becoming root on {self._plan.host}")
        return Typed(answer.secret, answer.remember)

    def _keep(self, typed: Typed) -> None:
        name = SecretName("password", self._subject)
        if not typed.remember or not self._secrets.remember(name, typed.secret):
            self._secrets.keep_for_session(name, typed.secret)

    def _refused(self, reason: str) -> RelayTrayError:
        return error(FaultCode.SUDO_REFUSED, user=self._plan.user, host=self._plan.host, reason=reason)


def _why(told: str, prompt: str) -> str:
    """sudo's last words, without the prompts among them."""
    lines = [line.strip() for line in told.replace(prompt, "\n").splitlines() if line.strip()]
    return lines[-1] if lines else "sudo said nothing"
