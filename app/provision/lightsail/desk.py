"""Relays made in Amazon Lightsail, as window and command line ask for it.

Every method blocks: off the GUI thread. All of them raise RelayTrayError, end soon after ``cancelled`` is
set, and leave a record from which the next ``create`` goes on and ``destroy`` cleans.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from app.core.cloud import (
    CloudBill,
    CloudMarket,
    CloudOutcome,
    CloudPrice,
    CloudProgress,
    CloudRegion,
    CloudThing,
    NewMachine,
)
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.field_rules import name_problem
from app.core.profiles import Document
from app.core.shadowsocks import SECRET_KIND
from app.provision.lightsail import account as accounts_of_aws
from app.provision.lightsail.account import PATIENCE_S, POLL_S, Account
from app.provision.lightsail.billing import bill, things_in
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

    def regions(self, account: str = "") -> tuple[CloudRegion, ...]:
        return regions(self._account("", account))

    def market(self, region: str, account: str = "") -> CloudMarket:
        return market(self._account(region, account))

    def priced(self, wanted: NewMachine) -> CloudPrice:
        """What ``create`` would make, and for how much. Raises CLOUD_CHOICE_GONE, NAME_TAKEN."""
        self._must_be_free(wanted.name)
        account = self._account(wanted.region, wanted.account)
        image, size = chosen(market(account), wanted.image, wanted.size)
        return CloudPrice(region=account.region, image=image, size=size)

    def begun(self) -> tuple[MachineRecord, ...]:
        """What was begun and not finished: no profile goes with it."""
        document = self._ground.manager.document
        return tuple(one for one in self._records.all() if document.relay(one.relay_id) is None)

    def made(self, relay_id: str) -> MachineRecord | None:
        """The record of a profile's machine; None where RelayTray did not make it."""
        relay = self._ground.manager.document.relay(relay_id)
        return None if relay is None else self._records.of(relay.name, relay.id)

    def create(self, wanted: NewMachine, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome:
        """A machine and its profile; or go on with the one of that name that was begun.

        Raises NAME_TAKEN, PROFILE_INVALID, CLOUD_CHOICE_GONE, and what the account refuses before anything is
        made. What a step refuses is in its report.
        """
        with self._records.alone_with(wanted.name):
            record = self._records.of(wanted.name)
            account = self._account(
                record.region if record else wanted.region, record.account if record else wanted.account
            )
            if record is None:
                self._must_be_free(wanted.name)
                record = self._records.save(_new_record(account, wanted))
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

    def destroy(self, name: str, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome:
        """The machine of a profile, or one that was only begun, and the profile where no server needs it.

        Raises CLOUD_NOTHING_MADE. ``left`` of the outcome: what of ours is still there in that region.
        """
        relay = self._ground.manager.document.relay_named(name)
        with self._records.alone_with(name):
            record = self._records.of(name, relay.id if relay else "")
            if record is None:
                raise error(FaultCode.CLOUD_NOTHING_MADE, name=name)
            account = self._account(record.region, record.account)
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
        """Everything of ours in the account, in every region."""
        return bill(lambda region: self._account(region, account), self._records.all(), cancelled, on_region)

    # --- inside -------------------------------------------------------------------------------------------

    def _account(self, region: str, account: str) -> Account:
        return Account(region, account, poll_s=self._poll_s)

    def _must_be_free(self, name: str) -> None:
        if name_problem(name) is not None:
            raise error(FaultCode.PROFILE_INVALID, problem=f"a relay cannot be called {name!r}")
        if self._ground.manager.document.relay_named(name) is not None:
            raise error(FaultCode.NAME_TAKEN, name=name)

    def _left(self, account: Account) -> tuple[CloudThing, ...]:
        try:
            found = tuple(things_in(account, self._records.all()))
        except RelayTrayError:  # it was said above, or `billing` says it
            return ()
        return tuple(thing for thing in found if thing.price != 0)

    def _forget_profile(self, record: MachineRecord) -> None:
        """A profile that servers belong to stays: where they went is the person's business.

        The Shadowsocks servers that ran there are gone in any case, and so are their passwords.
        """
        gone = self._ground.manager.document.proxies_of(record.relay_id)

        def without(document: Document) -> Document:
            proxies = tuple(one for one in document.shadowsocks if one.relay_id != record.relay_id)
            relays = tuple(one for one in document.relays if one.id != record.relay_id)
            if document.servers_of(record.relay_id):
                relays = document.relays
            return dataclasses.replace(document, relays=relays, shadowsocks=proxies)

        if record.relay_id:
            self._ground.edit(without)
        for proxy in gone:
            self._ground.tools.secrets.forget(SecretName(SECRET_KIND, proxy.id))


def _new_record(account: Account, wanted: NewMachine) -> MachineRecord:
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
        ports=wanted.ports,
    )
