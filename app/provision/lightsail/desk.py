"""Relays made in Amazon Lightsail, as window and command line ask for it.

Every method blocks: off the GUI thread. All of them raise RelayTrayError, end soon after ``cancelled`` is
set, and leave a record from which the next ``create`` goes on and ``destroy`` cleans.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from app.core.cloud import (
    USUAL_PORTS,
    CloudBill,
    CloudMarket,
    CloudOutcome,
    CloudPrice,
    CloudProgress,
    CloudRegion,
    CloudThing,
    NewMachine,
    OpenPort,
)
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.field_rules import name_problem
from app.core.profiles import Document
from app.core.shadowsocks import SECRET_KIND
from app.provision.lightsail import account as accounts_of_aws
from app.provision.lightsail.account import PATIENCE_S, POLL_S, Account, NotThereError
from app.provision.lightsail.billing import MADE, bill, things_in
from app.provision.lightsail.making import Making
from app.provision.lightsail.market import chosen, market, regions
from app.provision.lightsail.record import MachineRecord, Records, new_record_id
from app.provision.lightsail.taking_away import TakingAway
from app.provision.surroundings import Ground
from app.secrets.names import SecretName


class LightsailDesk:
    def __init__(self, ground: Ground, *, poll_s: float = POLL_S, patience_s: float = PATIENCE_S) -> None:
        self._ground = ground
        self._records = Records(ground.paths)
        self._poll_s, self._patience_s = poll_s, patience_s

    @property
    def is_possible(self) -> bool:
        """Whether boto3 is here. Does not block."""
        return accounts_of_aws.is_possible()

    def accounts(self) -> tuple[str, ...]:
        """The profiles of this person's AWS configuration."""
        return accounts_of_aws.accounts()

    def regions(self, account: str = "", cancelled: threading.Event | None = None) -> tuple[CloudRegion, ...]:
        """Where a machine can be made now."""
        return tuple(region for region in regions(self._account("", account, cancelled)) if region.zones)

    def market(self, region: str, account: str = "", cancelled: threading.Event | None = None) -> CloudMarket:
        return market(self._account(region, account, cancelled))

    def priced(self, wanted: NewMachine) -> CloudPrice:
        """What ``create`` would make, and for how much. Raises CLOUD_CHOICE_GONE, NAME_TAKEN."""
        self._must_be_free(wanted.name)
        account = self._account(wanted.region, wanted.account)
        image, size = chosen(market(account), wanted.image, wanted.size)
        return CloudPrice(region=account.region, image=image, size=size)

    def begun(self) -> tuple[MachineRecord, ...]:
        """What was begun and not finished: no profile goes with it.

        Each is called what ``create`` and ``destroy`` know it by: by its id where its name is not its alone.
        """
        document = self._ground.manager.document
        found = [one for one in self._records.all()[0] if document.relay(one.relay_id) is None]
        names = [one.name for one in found] + [relay.name for relay in document.relays]
        return tuple(
            one if names.count(one.name) == 1 else dataclasses.replace(one, name=one.id) for one in found
        )

    def create(self, wanted: NewMachine, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome:
        """A machine and its profile; or go on with the one of that name that was begun.

        Raises NAME_TAKEN, PROFILE_INVALID, CLOUD_CHOICE_GONE, CLOUD_BEGUN_OTHERWISE, CLOUD_OTHER_ACCOUNT, and
        what the account refuses before anything is made. What a step refuses is in its report.
        """
        with self._records.alone_with(wanted.name):
            record = self._record_of(wanted.name)
            self._must_be_free(record.name if record else wanted.name)
            if record is None:
                account = self._account(wanted.region, wanted.account, cancelled)
                record = self._records.save(_new_record(account, wanted))
            else:
                _must_agree(record, wanted)
                account = self._account_of(record, wanted.account, cancelled)
            making = Making(
                account,
                record,
                self._records,
                self._ground,
                progress,
                cancelled,
                patience_s=self._patience_s,
            )
            reports = making.run()
        return CloudOutcome(reports=reports, relay_id=making.record.relay_id)

    def destroy(
        self, name: str, progress: CloudProgress, cancelled: threading.Event, account_name: str = ""
    ) -> CloudOutcome:
        """The machine of a profile, or one that was only begun, and the profile where no server needs it.

        ``account_name``: a profile of the AWS configuration, where the one that it was made with is called
        otherwise now. Raises CLOUD_NOTHING_MADE, CLOUD_OTHER_ACCOUNT. ``left`` of the outcome: what of ours
        is still there in that region.
        """
        with self._records.alone_with(name):
            record = self._record_of(name)
            if record is None:
                raise error(FaultCode.CLOUD_NOTHING_MADE, name=name)
            account = self._account_of(record, account_name, cancelled)
            taking = TakingAway(
                account, record, self._records, progress, cancelled, patience_s=self._patience_s
            )
            outcome = CloudOutcome(reports=taking.run())
            if outcome.fault is None:
                self._forget_profile(record)
            if outcome.fault is None or outcome.fault.code is not FaultCode.CANCELLED:
                outcome = dataclasses.replace(outcome, left=self._left(account))
        return outcome

    def billing(
        self,
        cancelled: threading.Event,
        on_region: Callable[[str], None] = lambda _region: None,
        account: str = "",
    ) -> CloudBill:
        """Everything of ours, in every region; without ``account`` in each account that a record tells of."""
        records = self._records.all()[0]
        accounts = (account,) if account else ("", *sorted({one.account for one in records} - {""}))
        return bill(
            lambda name: self._account("", name, cancelled),
            accounts,
            self._names(),
            cancelled,
            on_region,
        )

    # --- inside -------------------------------------------------------------------------------------------

    def _account(self, region: str, account: str, cancelled: threading.Event | None = None) -> Account:
        return Account(region, account, poll_s=self._poll_s, cancelled=cancelled)

    def _account_of(self, record: MachineRecord, account_name: str, cancelled: threading.Event) -> Account:
        """Where its machine is. In another account nothing of it is found, as if it were gone.

        Raises CLOUD_OTHER_ACCOUNT.
        """
        account = self._account(record.region, account_name or record.account, cancelled)
        owner = account.owner()
        if record.owner not in ("", owner):
            raise error(FaultCode.CLOUD_OTHER_ACCOUNT, name=record.name, there=record.owner, here=owner)
        return account

    def _record_of(self, name: str) -> MachineRecord | None:
        """Of the profile that is called that now; else one without a profile, by the name chosen or its id.

        Raises FILE_DAMAGED, FILE_UNREADABLE where a record that cannot be read may be the one.
        """
        document = self._ground.manager.document
        relay = document.relay_named(name)
        records, damaged = self._records.all()
        begun = [one for one in records if document.relay(one.relay_id) is None]
        found = next((one for one in records if relay is not None and one.relay_id == relay.id), None)
        for one in begun:
            found = found or (one if one.id == name else None)
        for one in begun:
            found = found or (one if one.name == name else None)
        if found is None and damaged:
            raise damaged[0]
        return found

    def _names(self) -> dict[str, str]:
        """Of the things in the account: what the relay is called now that they belong to."""
        document = self._ground.manager.document
        shown = {one.id: one.name for one in self.begun()}
        names: dict[str, str] = {}
        for record in self._records.all()[0]:
            relay = document.relay(record.relay_id)
            owner = relay.name if relay is not None else shown.get(record.id, "")
            names |= {record.name_of(kind): owner for kind in MADE}
        return names

    def _must_be_free(self, name: str) -> None:
        if name_problem(name) is not None:
            raise error(FaultCode.PROFILE_INVALID, problem=f"a relay cannot be called {name!r}")
        if self._ground.manager.document.relay_named(name) is not None:
            raise error(FaultCode.NAME_TAKEN, name=name)

    def _left(self, account: Account) -> tuple[CloudThing, ...]:
        try:
            found = tuple(things_in(account, self._names()))
        except (RelayTrayError, NotThereError):  # it was said above, or `billing` says it
            return ()
        return tuple(thing for thing in found if thing.price != 0)

    def _forget_profile(self, record: MachineRecord) -> None:
        """A profile that servers belong to stays: where they went is the person's business. So does one that
        was led to another machine since.

        The Shadowsocks servers that ran there are gone in any case, and so are their passwords.
        """
        id_, here = record.relay_id, (record.host, "")
        gone = [one.id for one in self._ground.manager.document.proxies_of(id_) if one.host in here]

        def without(document: Document) -> Document:
            relay = document.relay(id_)
            stays = relay is not None and (bool(document.servers_of(id_)) or relay.host != record.host)
            relays = tuple(
                dataclasses.replace(one, machine="") if one.id == id_ else one
                for one in document.relays
                if stays or one.id != id_
            )
            proxies = tuple(
                dataclasses.replace(one, relay_id="") if one.relay_id == id_ and not stays else one
                for one in document.shadowsocks
                if one.id not in gone
            )
            return dataclasses.replace(document, relays=relays, shadowsocks=proxies)

        if record.relay_id:
            self._ground.edit(without)
        for proxy_id in gone:
            self._ground.tools.secrets.forget(SecretName(SECRET_KIND, proxy_id))


def _must_agree(record: MachineRecord, wanted: NewMachine) -> None:
    """What was begun goes on as it was begun: it has its price. Raises CLOUD_BEGUN_OTHERWISE."""
    chosen_before = {
        "region": (record.region, wanted.region),
        "zone": (record.zone, wanted.zone),
        "image": (record.image, wanted.image),
        "size": (record.size, wanted.size),
        "ports": (_told(record.ports), _told(wanted.ports)),
    }
    for kind, (begun, now) in chosen_before.items():
        if now and now != begun and (kind != "ports" or set(wanted.ports) != set(USUAL_PORTS)):
            raise error(FaultCode.CLOUD_BEGUN_OTHERWISE, name=record.name, kind=kind, value=now, begun=begun)


def _told(ports: tuple[OpenPort, ...]) -> str:
    return ", ".join(sorted(f"{one.port}/{one.protocol}" for one in ports))


def _new_record(account: Account, wanted: NewMachine) -> MachineRecord:
    owner = account.owner()
    found = next((one for one in regions(account) if one.name == account.region), None)
    zones = () if found is None else found.zones
    zone = wanted.zone or next(iter(zones), "")
    if zone not in zones:
        choices = ", ".join(zones) or "-"
        raise error(
            FaultCode.CLOUD_CHOICE_GONE,
            kind="zone",
            value=zone or account.region,
            region=account.region,
            choices=choices,
        )
    image, size = chosen(market(account), wanted.image, wanted.size)
    return MachineRecord(
        id=new_record_id(),
        name=wanted.name,
        region=account.region,
        zone=zone,
        image=image.id,
        size=size.id,
        price=size.price,
        account=wanted.account,
        owner=owner,
        ports=wanted.ports,
    )
