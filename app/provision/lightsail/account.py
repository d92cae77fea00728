"""One region of an AWS account: calls, pages, operations that take time, and what is refused as faults.

Credentials come from the standard chain of AWS (environment, ``~/.aws``, single sign-on, roles); RelayTray
never sees or keeps a secret key. boto3 is an optional package, imported when it is needed.
"""

from __future__ import annotations

import importlib.util
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.core.faults import Fault, FaultCode, RelayTrayError, error

Raw = Mapping[str, Any]

SERVICE = "lightsail"
HOME_REGION = "us-east-1"  # where the list of regions is asked for when the person has chosen none
POLL_S = 3.0
PATIENCE_S = 600.0
_CONNECT_S, _READ_S, _TRIES = 10, 20, 4
_PAGES = 100

_REFUSED_CREDENTIALS = {
    *("UnrecognizedClientException", "InvalidClientTokenId", "UnauthenticatedException", "ExpiredToken"),
    *("ExpiredTokenException", "IncompleteSignature", "MissingAuthenticationToken", "SignatureDoesNotMatch"),
    *("InvalidSignatureException", "RequestExpired", "AuthFailure", "InvalidAccessKeyId"),
}
# Also what a region says that is not enabled for the account, of credentials that are right.
_STRANGE_HERE = {"UnrecognizedClientException", "InvalidClientTokenId"}
_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized"}
_NOT_READY = {
    *("AccountSetupInProgressException", "OptInRequired", "SubscriptionRequiredException"),
    *("PendingVerification", "AccountProblem", "PaymentRequiredException"),
}
_THROTTLED = {
    *("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"),
    *("ThrottledException", "RequestThrottled", "SlowDown", "BandwidthLimitExceeded"),
}
_CLOCK_WORDS = ("signature expired", "not yet current", "request has expired")
_QUOTA_WORDS = (
    "quota",
    "limit exceeded",
    "exceeded the",
    "maximum number",
    "reached the limit",
    "reached your",
)


class NotThereError(Exception):
    """The service knows no thing of that name."""


def is_possible() -> bool:
    """Whether boto3 is installed."""
    return importlib.util.find_spec("boto3") is not None


def accounts() -> tuple[str, ...]:
    """The names of the profiles in the AWS configuration of this person. Raises CLOUD_PACKAGE_MISSING."""
    return tuple(sorted(_session("").available_profiles))


class Account:
    """Thread-safe as botocore's clients are."""

    def __init__(
        self,
        region: str = "",
        account: str = "",
        *,
        poll_s: float = POLL_S,
        cancelled: threading.Event | None = None,
        session: Any = None,
    ) -> None:
        """``account``: a profile of the AWS configuration, "" = the usual chain.

        Once ``cancelled`` is set nothing more is sent, not even again. ``session``: of another region of the
        same account, to spare reading it all once more. Raises CLOUD_PACKAGE_MISSING,
        CLOUD_NO_CREDENTIALS, CLOUD_CREDENTIALS_REFUSED.
        """
        self._session = session = session or _session(account)
        self.region = region or _usual_region(session)
        self.account = account
        self.poll_s = poll_s
        self._cancelled = cancelled
        from botocore.config import Config

        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            user_agent_extra="RelayTray",
        )
        self._client = self._guarded(
            "", lambda: session.client(SERVICE, region_name=self.region, config=config)
        )
        if self._guarded("", session.get_credentials) is None:
            raise error(FaultCode.CLOUD_NO_CREDENTIALS)
        self._client.meta.events.register(f"before-send.{SERVICE}", self._stop_if_cancelled)

    def elsewhere(self, region: str) -> Account:
        """The same account in another region."""
        return Account(
            region, self.account, poll_s=self.poll_s, cancelled=self._cancelled, session=self._session
        )

    def owner(self) -> str:
        """The number of the AWS account that the credentials belong to. Nobody needs a permission for it."""
        return str(self._guarded("", self._identity)["Account"])

    def call(self, action: str, **parameters: object) -> Raw:
        """``action`` as in boto3: "get_instance". Raises NotThereError, and RelayTrayError for all else."""
        method = getattr(self._client, action)
        answer: Raw = self._guarded(action, lambda: method(**parameters))
        return answer

    def all_of(self, action: str, key: str, **parameters: object) -> Iterator[Raw]:
        """Every item below ``key``, page by page."""
        token: dict[str, str] = {}
        for _ in range(_PAGES):
            answer = self.call(action, **parameters, **token)
            yield from answer.get(key, ())
            if not answer.get("nextPageToken"):
                return
            token = {"pageToken": answer["nextPageToken"]}
        raise error(FaultCode.CLOUD_REFUSED, action=action, reason=f"more than {_PAGES} pages")

    def find(self, action: str, key: str, **parameters: object) -> Raw | None:
        """One thing by its name; None when there is none."""
        try:
            found: Raw | None = self.call(action, **parameters).get(key)
        except NotThereError:
            return None
        return found

    def change(self, what: str, waiting: Waiting, action: str, **parameters: object) -> None:
        """A call that begins one or more operations, until all of them have ended.

        Raises CLOUD_STEP_FAILED with the service's own words, CLOUD_TOO_SLOW, CANCELLED, NotThereError.
        """
        answer = self.call(action, **parameters)
        begun = [answer["operation"]] if "operation" in answer else list(answer.get("operations", ()))
        for operation in begun:
            self._until_ended(what, operation, waiting)

    def _until_ended(self, what: str, operation: Raw, waiting: Waiting) -> None:
        def has_ended() -> bool:
            nonlocal operation
            if _has_ended(operation):
                return True
            operation = self.call("get_operation", operationId=operation["id"])["operation"]
            return _has_ended(operation)

        waiting.until(what, has_ended, self.poll_s)
        if operation.get("status") == "Failed" or operation.get("errorCode"):
            told = (operation.get("errorDetails"), operation.get("errorCode"), "it does not say why")
            reason = next(words for words in told if words)
            raise RelayTrayError(_refused(what, self.region, "OperationFailureException", str(reason)))

    def _guarded(self, action: str, work: Callable[[], Any]) -> Any:
        """What the service and its library refuse, as faults."""
        from botocore import exceptions

        try:
            return work()
        except exceptions.ClientError as e:
            told = e.response.get("Error", {})
            code, message = str(told.get("Code", "")), str(told.get("Message", "")) or str(e)
            if code in {"NotFoundException", "DoesNotExist"}:
                raise NotThereError from e
            if action and code in _STRANGE_HERE and self._is_known_elsewhere():
                raise error(FaultCode.CLOUD_REGION_OFF, region=self.region) from e
            raise RelayTrayError(_refused(action, self.region, code, message)) from e
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as e:
            raise error(FaultCode.CLOUD_NO_CREDENTIALS) from e
        except _credential_errors() as e:
            raise error(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=_short(str(e))) from e
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as e:
            reason = type(e).__name__.removesuffix("Error")
            raise error(FaultCode.CLOUD_UNREACHABLE, region=self.region, reason=reason) from e
        except exceptions.BotoCoreError as e:
            if not action:  # nothing was asked for yet: a configuration that cannot be used
                raise error(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=_short(str(e))) from e
            raise error(FaultCode.CLOUD_REFUSED, action=action, reason=_short(str(e))) from e

    def _identity(self) -> Any:
        from botocore.config import Config

        config = Config(
            connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries={"total_max_attempts": min(2, _TRIES)}
        )
        # Every account has that region, also where another one is off.
        return self._session.client("sts", region_name=HOME_REGION, config=config).get_caller_identity()

    def _is_known_elsewhere(self) -> bool:
        from botocore import exceptions

        try:
            return bool(self._identity())
        except (exceptions.ClientError, exceptions.BotoCoreError, exceptions.HTTPClientError):
            return False

    def _stop_if_cancelled(self, **_of_the_event: object) -> None:
        if self._cancelled is not None and self._cancelled.is_set():
            raise error(FaultCode.CANCELLED, what=SERVICE)


class Waiting:
    """Waits for what the service does in its own time. ``tick`` hears of it once in a while."""

    def __init__(
        self,
        cancelled: threading.Event,
        tick: Callable[[], None] = lambda: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._cancelled, self._tick, self._patience_s = cancelled, tick, patience_s

    def check(self, what: str) -> None:
        """Raises CANCELLED."""
        if self._cancelled.is_set():
            raise error(FaultCode.CANCELLED, what=what)

    def until(self, what: str, holds: Callable[[], bool], every_s: float) -> None:
        """Raises CLOUD_TOO_SLOW, CANCELLED, and what ``holds`` raises."""
        end = time.monotonic() + self._patience_s
        while not holds():
            if time.monotonic() > end:
                raise error(FaultCode.CLOUD_TOO_SLOW, what=what, minutes=round(self._patience_s / 60))
            if self._cancelled.wait(every_s):
                raise error(FaultCode.CANCELLED, what=what)
            self._tick()


def _has_ended(operation: Raw) -> bool:
    return bool(operation.get("isTerminal")) or operation.get("status") in (
        "Succeeded",
        "Completed",
        "Failed",
    )


def _session(account: str) -> Any:
    if not is_possible():
        raise error(FaultCode.CLOUD_PACKAGE_MISSING)
    import boto3
    from botocore import exceptions

    # At its debug level it writes down whole answers, and one of them holds a private key.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)  # what it warns of is told as a fault
    try:
        session = boto3.session.Session(profile_name=account or None)
    except exceptions.ProfileNotFound as e:
        raise error(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=_short(str(e))) from e
    except exceptions.BotoCoreError as e:  # a configuration that cannot be read
        raise error(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=_short(str(e))) from e
    # It would ask on a terminal, which a window does not have: on Windows it would wait for ever.
    providers = session._session.get_component("credential_provider")  # noqa: SLF001 - boto3 hands it to nobody
    providers.get_provider("assume-role")._prompter = _no_code  # noqa: SLF001 - only its constructor takes one
    return session


def _no_code(_prompt: str) -> str:
    reason = (
        "this AWS profile asks for a one-time code (mfa_serial), which RelayTray does not take. Log in by "
        '"aws sso login", or make a profile of "aws configure export-credentials"'
    )
    raise error(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=reason)


def _usual_region(session: Any) -> str:
    """That of the configuration, if Lightsail is there."""
    usual = str(session.region_name or "")
    return usual if usual in session.get_available_regions(SERVICE) else HOME_REGION


def _credential_errors() -> tuple[type[Exception], ...]:
    """Some of them are not in every version of the library."""
    from botocore import exceptions

    names = ("CredentialRetrievalError", "TokenRetrievalError", "SSOError", "ConfigParseError")
    more = ("ProfileNotFound", "LoginError", "NoAuthTokenError", "RefreshWithMFAUnsupportedError")
    return tuple(getattr(exceptions, name) for name in (*names, *more) if hasattr(exceptions, name))


def _refused(action: str, region: str, code: str, message: str) -> Fault:
    """The order matters: the same code means several things here."""
    words = message.lower()
    if code in _THROTTLED:
        return Fault.of(FaultCode.CLOUD_THROTTLED, action=action)
    if any(hint in words for hint in _CLOCK_WORDS):
        return Fault.of(FaultCode.CLOUD_CLOCK_WRONG, reason=_short(message))
    if code in _REFUSED_CREDENTIALS:
        return Fault.of(FaultCode.CLOUD_CREDENTIALS_REFUSED, reason=_short(message))
    if code in _DENIED:
        return Fault.of(FaultCode.CLOUD_DENIED, action=_policy_action(action))
    if code in _NOT_READY:
        return Fault.of(FaultCode.CLOUD_ACCOUNT_NOT_READY, reason=_short(message))
    if code in {"RegionSetupInProgressException", "RegionDisabledException"}:
        return Fault.of(FaultCode.CLOUD_REGION_OFF, region=region)
    if "names are already in use" in words or "name already" in words:
        return Fault.of(FaultCode.CLOUD_NAME_TAKEN, name="", kind="")
    if any(hint in words for hint in _QUOTA_WORDS):
        return Fault.of(FaultCode.CLOUD_QUOTA, action=action, reason=_short(message))
    return Fault.of(FaultCode.CLOUD_REFUSED, action=action, reason=_short(message or code))


def _policy_action(action: str) -> str:
    """As a policy names it: "lightsail:GetInstance"."""
    return f"{SERVICE}:" + "".join(word.capitalize() for word in action.split("_"))


def _short(message: str) -> str:
    return " ".join(message.split()).rstrip(".")[:300]
