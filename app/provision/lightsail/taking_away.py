"""Back to nothing: the instance, the static IP, the key pair, each looked for again afterwards.

What is not there (any more) is right. Only things of this record are touched, by their names; an instance of
that name that does not bear the record's tag is somebody else's and stays.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from app.core.cloud import CloudProgress, CloudReport, CloudStep, ThingKind
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.provisioning import StepState
from app.provision.lightsail.account import PATIENCE_S, Account, NotThereError, Raw
from app.provision.lightsail.making import is_ours
from app.provision.lightsail.record import MachineRecord, Records
from app.provision.lightsail.steps import Did, Run
from app.system.run_folder import reason_of
from app.transport.new_key import public_path

_SETTLED = ("running", "stopped", "terminated")


class TakingAway:
    def __init__(
        self,
        account: Account,
        record: MachineRecord,
        records: Records,
        progress: CloudProgress,
        cancelled: threading.Event,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._account, self._record, self._records = account, record, records
        self._run = Run(progress, cancelled, patience_s=patience_s)

    def run(self) -> tuple[CloudReport, ...]:
        """The record goes last, with the login key, once nothing is left in the account."""
        return self._run.through(
            (
                (CloudStep.INSTANCE, self._instance),
                (CloudStep.STATIC_IP, self._static_ip),
                (CloudStep.KEY_PAIR, self._key_pair),
                (CloudStep.LOGIN_KEY, self._login_key),
            )
        )

    def _instance(self) -> Did:
        name = self._record.name_of(ThingKind.INSTANCE)

        def find() -> Raw | None:
            return self._account.find("get_instance", "instance", instanceName=name)

        found = find()
        if found is not None and not is_ours(found, self._record):
            raise error(FaultCode.CLOUD_NAME_TAKEN, name=name, kind="instance")
        words = {"instanceName": name, "forceDeleteAddOns": True}

        def is_accepted() -> bool:
            """One that just starts or stops may not be deleted yet."""
            nonlocal found
            was_settled = found is None or found.get("state", {}).get("name") in _SETTLED
            try:
                self._account.change("instance", self._run.waiting, "delete_instance", **words)
            except NotThereError:
                return True
            except RelayTrayError as e:
                if was_settled or e.fault.code is not FaultCode.CLOUD_REFUSED:
                    raise
                found = find()
                return found is None
            return True

        if found is None:
            return StepState.RIGHT, name
        self._run.waiting.until(f"the end of {name}", is_accepted, self._account.poll_s)
        self._run.waiting.until(f"the end of {name}", lambda: find() is None, self._account.poll_s)
        return StepState.DONE, name

    def _static_ip(self) -> Did:
        name = self._record.name_of(ThingKind.STATIC_IP)

        def find() -> Raw | None:
            return self._account.find("get_static_ip", "staticIp", staticIpName=name)

        found = find()
        if found is not None and found.get("isAttached"):
            # The instance may take it along when it goes: then it is detached already.
            with contextlib.suppress(NotThereError):
                try:
                    self._account.change(
                        "static IP", self._run.waiting, "detach_static_ip", staticIpName=name
                    )
                except RelayTrayError as e:
                    now = find()
                    if e.fault.code is FaultCode.CANCELLED or (now is not None and now.get("isAttached")):
                        raise
        return self._gone("static IP", name, find, "release_static_ip", staticIpName=name)

    def _key_pair(self) -> Did:
        name = self._record.name_of(ThingKind.KEY_PAIR)

        def find() -> Raw | None:
            return self._account.find("get_key_pair", "keyPair", keyPairName=name)

        return self._gone("key pair", name, find, "delete_key_pair", keyPairName=name)

    def _must_be_gone(self) -> None:
        """Once more before it is forgotten: what was asked for a moment ago may have come only now."""
        for action, key, word, kind in (
            ("get_instance", "instance", "instanceName", ThingKind.INSTANCE),
            ("get_static_ip", "staticIp", "staticIpName", ThingKind.STATIC_IP),
            ("get_key_pair", "keyPair", "keyPairName", ThingKind.KEY_PAIR),
        ):
            name = self._record.name_of(kind)
            if self._account.find(action, key, **{word: name}) is not None:
                reason = f"{name} is there again"
                raise error(FaultCode.CLOUD_REFUSED, action=CloudStep.LOGIN_KEY, reason=reason)

    def _login_key(self) -> Did:
        self._must_be_gone()
        path = self._records.key_path(self._record)
        state = StepState.DONE if path.exists() else StepState.RIGHT
        for one in (path, public_path(path)):
            try:
                one.unlink(missing_ok=True)
            except OSError as e:
                raise error(FaultCode.FILE_UNWRITABLE, path=one, reason=reason_of(e)) from e
        self._records.erase(self._record)
        return state, str(path)

    def _gone(
        self, what: str, name: str, find: Callable[[], Raw | None], action: str, **words: object
    ) -> Did:
        if find() is None:
            return StepState.RIGHT, name
        with contextlib.suppress(NotThereError):  # somebody else was quicker
            self._account.change(what, self._run.waiting, action, **words)
        self._run.waiting.until(f"the end of {name}", lambda: find() is None, self._account.poll_s)
        return StepState.DONE, name
