"""A relay made in a cloud account, as values: what can be had, what is made, what it costs, what is left.

``app.provision.lightsail`` fills them; window and command line show them, with ``app.sentences.of_cloud``.
Prices are in US dollars a month, as the provider tells them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.faults import Fault
from app.core.provisioning import StepState

SSH_PORT = 22


class CloudStep(StrEnum):
    """The steps from nothing to a relay, in their order; taking away goes through some of them backwards."""

    LOGIN_KEY = "login-key"  # made on this computer; the private half stays here
    KEY_PAIR = "key-pair"  # its public half in the account
    INSTANCE = "instance"
    RUNNING = "running"
    STATIC_IP = "static-ip"  # allocated, and attached to the instance
    FIREWALL = "firewall"
    HOST_KEYS = "host-keys"  # as the provider tells them, pinned here
    LOGIN = "login"  # its sshd has one of those host keys and lets this computer in
    PROFILE = "profile"


REMOVAL_STEPS = (CloudStep.INSTANCE, CloudStep.STATIC_IP, CloudStep.KEY_PAIR, CloudStep.LOGIN_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudReport:
    """A step begins (RUNNING), goes on (RUNNING again, with the time), or has ended."""

    step: CloudStep
    state: StepState
    elapsed_s: float = 0.0  # since this run began
    detail: str = ""  # a name or an address
    fault: Fault | None = None  # FAILED


CloudProgress = Callable[[CloudReport], None]  # called in the working thread; must return at once


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRegion:
    name: str  # "ap-northeast-1"
    title: str  # "Tokyo"
    zones: tuple[str, ...]  # those that are available, "ap-northeast-1a"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudImage:
    """A Linux without an application on it."""

    id: str
    title: str  # "Debian 12.8"
    least_power: int = 0  # sizes below it are too small


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSize:
    id: str
    title: str
    price: float
    memory_gb: float
    cpus: int
    disk_gb: int
    transfer_gb: int  # a month, in the price
    power: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudMarket:
    """What a region offers; the best guess for a relay is the first of each."""

    region: str
    images: tuple[CloudImage, ...]
    sizes: tuple[CloudSize, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudPrice:
    """What the person is asked to agree to."""

    region: str
    image: CloudImage
    size: CloudSize


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPort:
    """Of the machine, from everywhere."""

    port: int
    protocol: str = "tcp"


USUAL_PORTS = (OpenPort(port=SSH_PORT),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMachine:
    """What the person chose."""

    name: str  # of the relay's profile
    region: str
    zone: str = ""  # "" = the region's first
    image: str = ""  # "" = the first of the market
    size: str = ""
    account: str = ""  # a profile of the AWS configuration; "" = the usual chain
    ports: tuple[OpenPort, ...] = USUAL_PORTS


class ThingKind(StrEnum):
    INSTANCE = "instance"
    STATIC_IP = "static-ip"
    KEY_PAIR = "key-pair"
    SNAPSHOT = "snapshot"  # of an instance or a disk
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudThing:
    """Something of ours in the account. ``price`` None: it costs something, and how much is not told.

    ``relay``: what ``destroy`` calls the machine that goes with it; "" = this computer has no record of it.
    """

    kind: ThingKind
    name: str
    region: str
    price: float | None = 0.0
    detail: str = ""  # an address, a size, "stopped"
    relay: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBill:
    """Everything that RelayTray made in the account and that is there now."""

    things: tuple[CloudThing, ...] = ()
    unread: tuple[tuple[str, Fault], ...] = ()  # regions that could not be asked, and why
    closed: tuple[str, ...] = ()  # regions that are not enabled for the account, and were not asked

    @property
    def total(self) -> float:
        """A month, as far as it is known."""
        return sum(thing.price or 0.0 for thing in self.things)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudOutcome:
    """How a run ended. ``left``: what could still cost money after a removal."""

    reports: tuple[CloudReport, ...]
    relay_id: str = ""  # of the profile that was made
    left: tuple[CloudThing, ...] = ()

    @property
    def fault(self) -> Fault | None:
        return next((report.fault for report in self.reports if report.fault is not None), None)
