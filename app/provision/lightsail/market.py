"""What an account can have: regions, Linux images, sizes with their monthly prices.

All of it is read at run time; nothing here is a list of ours.
"""

from __future__ import annotations

from app.core.cloud import CloudImage, CloudMarket, CloudRegion, CloudSize
from app.core.faults import FaultCode, error
from app.provision.lightsail.account import Account

_BEST_IMAGES = ("debian", "ubuntu")  # what a relay's set-up was run on, best first
_ENOUGH_MEMORY_GB = 0.5


def regions(account: Account) -> tuple[CloudRegion, ...]:
    """All of them, by their titles; in some no zone is available now."""
    found = [
        CloudRegion(
            name=str(raw["name"]),
            title=str(raw.get("displayName") or raw["name"]),
            zones=tuple(
                str(zone["zoneName"])
                for zone in raw.get("availabilityZones", ())
                if zone.get("state", "available") == "available"
            ),
        )
        for raw in account.call("get_regions", includeAvailabilityZones=True).get("regions", ())
    ]
    return tuple(sorted(found, key=lambda region: region.title))


def market(account: Account) -> CloudMarket:
    """Images and sizes of the account's region, what suits a relay best first."""
    images = [
        CloudImage(
            id=str(raw["blueprintId"]),
            title=" ".join(str(raw.get(part, "")) for part in ("name", "version")).strip(),
            least_power=int(raw.get("minPower", 0)),
        )
        for raw in account.all_of("get_blueprints", "blueprints")
        if raw.get("isActive") and raw.get("type") == "os" and raw.get("platform") == "LINUX_UNIX"
    ]
    sizes = [
        CloudSize(
            id=str(raw["bundleId"]),
            title=str(raw.get("name") or raw["bundleId"]),
            price=float(raw.get("price", 0)),
            memory_gb=float(raw.get("ramSizeInGb", 0)),
            cpus=int(raw.get("cpuCount", 0)),
            disk_gb=int(raw.get("diskSizeInGb", 0)),
            transfer_gb=int(raw.get("transferPerMonthInGb", 0)),
            power=int(raw.get("power", 0)),
        )
        for raw in account.all_of("get_bundles", "bundles")
        if raw.get("isActive")
        and "LINUX_UNIX" in raw.get("supportedPlatforms", ())
        and raw.get("publicIpv4AddressCount", 1) > 0  # an address of version 6 alone reaches too few people
        and not raw.get("supportedAppCategories")
    ]
    return CloudMarket(
        region=account.region,
        images=tuple(sorted(images, key=_suits)),
        sizes=tuple(sorted(sizes, key=lambda size: (size.memory_gb < _ENOUGH_MEMORY_GB, size.price))),
    )


def chosen(found: CloudMarket, image_id: str, size_id: str) -> tuple[CloudImage, CloudSize]:
    """By id, "" = the best. Raises CLOUD_CHOICE_GONE."""
    image = next((one for one in found.images if image_id in ("", one.id)), None)
    if image is None:
        raise _gone("image", image_id, found, [one.id for one in found.images])
    fitting = [size for size in found.sizes if size.power >= image.least_power]
    size = next((one for one in fitting if size_id in ("", one.id)), None)
    if size is None:
        raise _gone("size", size_id, found, [one.id for one in fitting])
    return image, size


def _gone(kind: str, value: str, found: CloudMarket, ids: list[str]) -> Exception:
    choices = ", ".join(ids[:12]) or "-"
    return error(FaultCode.CLOUD_CHOICE_GONE, kind=kind, value=value, region=found.region, choices=choices)


def _suits(image: CloudImage) -> tuple[int, tuple[float, ...], str]:
    """Debian, Ubuntu, then the others; the newest of each first."""
    name = image.id.lower()
    rank = next((at for at, best in enumerate(_BEST_IMAGES) if name.startswith(best)), len(_BEST_IMAGES))
    numbers = tuple(-float(part) for part in name.replace("-", "_").split("_") if part.isdecimal())
    return rank, numbers, name
