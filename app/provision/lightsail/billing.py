"""What this app has made in an account and what it costs, in every region, also when no profile knows of it.

Things are known by their names and tags, so a record that got lost hides nothing. A stopped instance is
billed like one that runs; a static IP is free only while it is attached.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.core.cloud import CloudBill, CloudThing, ThingKind
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.provision.lightsail.account import Account, NotThereError, Raw
from app.provision.lightsail.market import regions
from app.provision.lightsail.record import PREFIX, TAG

MADE = (ThingKind.INSTANCE, ThingKind.STATIC_IP, ThingKind.KEY_PAIR)
Names = Mapping[str, str]  # of a thing in the account: what its relay is called


def bill(
    account_of: Callable[[str], Account],
    accounts: Sequence[str],
    names: Names,
    cancelled: threading.Event,
    on_region: Callable[[str], None] = lambda _region: None,
) -> CloudBill:
    """``accounts`` are profiles of the AWS configuration, "" = the usual chain; ``account_of`` opens one.

    Raises CANCELLED; and what the first account refuses, where there is no other. A region that cannot be
    asked is told in the bill: what is there may cost money all the same.
    """
    things: list[CloudThing] = []
    unread: list[tuple[str, Fault]] = []
    closed: list[str] = []
    seen: set[str] = set()
    for name in accounts:
        try:
            home = account_of(name)
            owner = home.owner()
            everywhere = () if owner in seen else regions(home)
        except RelayTrayError as e:
            if len(accounts) == 1 or e.fault.code is FaultCode.CANCELLED:
                raise
            if name or e.fault.code is not FaultCode.CLOUD_NO_CREDENTIALS:
                unread.append((name or "AWS", e.fault))
            continue
        seen.add(owner)
        for region in everywhere:
            if cancelled.is_set():
                raise error(FaultCode.CANCELLED, what="the list of what costs money")
            on_region(region.name)
            try:
                # As far as it gets: what was told until then is known.
                for thing in things_in(home.elsewhere(region.name), names):
                    things.append(thing)  # noqa: PERF402
            except RelayTrayError as e:
                if e.fault.code is FaultCode.CANCELLED:
                    raise
                if e.fault.code is FaultCode.CLOUD_REGION_OFF:
                    closed.append(region.name)
                else:
                    unread.append((region.name, e.fault))
            except NotThereError:
                reason = "it knows no such list"
                fault = Fault.of(FaultCode.CLOUD_REFUSED, action=region.name, reason=reason)
                unread.append((region.name, fault))
    return CloudBill(things=tuple(things), unread=tuple(unread), closed=tuple(dict.fromkeys(closed)))


def things_in(account: Account, names: Names) -> Iterator[CloudThing]:
    """Everything of ours in one region."""
    instances = [raw for raw in account.all_of("get_instances", "instances") if _is_ours(raw)]
    prices = _prices(account) if instances else {}
    for raw in instances:
        yield _thing(
            account,
            ThingKind.INSTANCE,
            raw,
            names,
            price=prices.get(str(raw.get("bundleId"))),
            detail=" ".join(
                filter(None, (str(raw.get("state", {}).get("name", "")), raw.get("publicIpAddress", "")))
            ),
        )
    for raw in account.all_of("get_static_ips", "staticIps"):
        if _is_ours(raw):
            price = 0.0 if raw.get("isAttached") else None
            yield _thing(
                account, ThingKind.STATIC_IP, raw, names, price=price, detail=str(raw.get("ipAddress", ""))
            )
    for raw in account.all_of("get_key_pairs", "keyPairs"):
        if _is_ours(raw):
            yield _thing(account, ThingKind.KEY_PAIR, raw, names, price=0.0)
    snapshots = (
        *account.all_of("get_instance_snapshots", "instanceSnapshots"),
        *account.all_of("get_disk_snapshots", "diskSnapshots"),
    )
    for raw in snapshots:
        if _is_ours(raw) or str(raw.get("fromInstanceName", "")).startswith(PREFIX):
            yield _thing(account, ThingKind.SNAPSHOT, raw, names, price=None, detail=_gigabytes(raw))
    for raw in account.all_of("get_disks", "disks"):
        if not raw.get("isSystemDisk") and (
            _is_ours(raw) or str(raw.get("attachedTo", "")).startswith(PREFIX)
        ):
            yield _thing(account, ThingKind.DISK, raw, names, price=None, detail=_gigabytes(raw))


def _thing(
    account: Account,
    kind: ThingKind,
    raw: Raw,
    names: Names,
    *,
    price: float | None,
    detail: str = "",
) -> CloudThing:
    name = str(raw["name"])
    owner = names.get(name) or names.get(str(raw.get("fromInstanceName") or raw.get("attachedTo") or ""), "")
    return CloudThing(kind=kind, name=name, region=account.region, price=price, detail=detail, relay=owner)


def _is_ours(raw: Raw) -> bool:
    tagged = any(tag.get("key") == TAG for tag in raw.get("tags", ()))
    return tagged or str(raw.get("name", "")).startswith(PREFIX)


def _prices(account: Account) -> dict[str, float]:
    bundles = account.all_of("get_bundles", "bundles", includeInactive=True)
    return {str(raw["bundleId"]): float(raw.get("price", 0)) for raw in bundles}


def _gigabytes(raw: Raw) -> str:
    return f"{raw['sizeInGb']} GB" if raw.get("sizeInGb") else ""
