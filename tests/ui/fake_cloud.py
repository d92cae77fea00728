"""A scripted cloud account for the windows: answers at once, or when it is told to go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from app.core.cloud import (
    CloudBill,
    CloudImage,
    CloudMarket,
    CloudOutcome,
    CloudProgress,
    CloudRegion,
    CloudReport,
    CloudSize,
    CloudStep,
    CloudThing,
    NewMachine,
    ThingKind,
)
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.provisioning import StepState

REGIONS = (
    CloudRegion(name="eu-central-1", title="Frankfurt", zones=("eu-central-1a",)),
    CloudRegion(name="ap-northeast-1", title="Tokyo", zones=("ap-northeast-1a",)),
)
IMAGES = (
    CloudImage(id="debian_12", title="Debian 12.8"),
    CloudImage(id="ubuntu_24_04", title="Ubuntu 24.04 LTS"),
    CloudImage(id="large_1", title="CentOS Stream 9", least_power=1000),
)
SIZES = (
    CloudSize(
        id="nano_3_0", title="Nano", price=5.0, memory_gb=0.5, cpus=2, disk_gb=20, transfer_gb=1024, power=300
    ),
    CloudSize(
        id="small_3_0",
        title="Small",
        price=12.0,
        memory_gb=2,
        cpus=2,
        disk_gb=60,
        transfer_gb=3072,
        power=1000,
    ),
)
BILL = CloudBill(
    things=(
        CloudThing(kind=ThingKind.KEY_PAIR, name="relaytray-tokyo-a1b2c3d4-key", region="ap-northeast-1"),
        CloudThing(
            kind=ThingKind.INSTANCE,
            name="relaytray-tokyo-a1b2c3d4",
            region="ap-northeast-1",
            price=5.0,
            detail="running 203.0.113.20",
            relay="tokyo",
        ),
        CloudThing(
            kind=ThingKind.STATIC_IP,
            name="relaytray-old-z9y8x7w6-ip",
            region="eu-central-1",
            price=None,
            detail="203.0.113.77",
        ),
    ),
    unread=(("us-east-1", Fault.of(FaultCode.CLOUD_DENIED, action="lightsail:GetInstances")),),
    closed=("ap-southeast-3", "eu-south-2"),
)
_HOST_KEY = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg"


@dataclass(frozen=True)
class Begun:
    name: str
    region: str = "ap-northeast-1"
    price: float = 5.0
    account: str = ""


class FakeCloud:
    """``fails_at``: the step that is refused; ``gate``: closed until the test opens it."""

    def __init__(self) -> None:
        self.begun_machines: tuple[Begun, ...] = ()
        self.fails_at: CloudStep | None = None
        self.refusal: Fault | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.created: list[NewMachine] = []
        self.cancelled: list[threading.Event] = []  # of those who ask for regions
        self.destroyed: list[str] = []
        self.left: tuple[CloudThing, ...] = ()
        self.bill = BILL

    @property
    def is_possible(self) -> bool:
        return True

    def accounts(self) -> tuple[str, ...]:
        return ("default", "work")

    def regions(self, account: str = "", cancelled: threading.Event | None = None) -> tuple[CloudRegion, ...]:
        if cancelled is not None:
            self.cancelled.append(cancelled)
        if self.refusal is not None:
            raise RelayTrayError(self.refusal)
        return REGIONS

    def market(self, region: str, account: str = "", cancelled: threading.Event | None = None) -> CloudMarket:
        return CloudMarket(region=region, images=IMAGES, sizes=SIZES)

    def begun(self) -> tuple[Begun, ...]:
        return self.begun_machines

    def create(self, wanted: NewMachine, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome:
        self.created.append(wanted)
        details = {
            CloudStep.KEY_PAIR: "relaytray-tokyo-a1b2c3d4-key",
            CloudStep.INSTANCE: "relaytray-tokyo-a1b2c3d4",
            CloudStep.STATIC_IP: "203.0.113.20",
            CloudStep.FIREWALL: "22/tcp",
            CloudStep.HOST_KEYS: _HOST_KEY,
        }
        reports = self._through(tuple(CloudStep), details, progress, cancelled)
        return CloudOutcome(reports=reports, relay_id="r1")

    def destroy(self, name: str, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome:
        self.destroyed.append(name)
        steps = (CloudStep.INSTANCE, CloudStep.STATIC_IP, CloudStep.KEY_PAIR, CloudStep.LOGIN_KEY)
        return CloudOutcome(reports=self._through(steps, {}, progress, cancelled), left=self.left)

    def billing(
        self,
        cancelled: threading.Event,
        on_region: Callable[[str], None] = lambda _region: None,
        account: str = "",
    ) -> CloudBill:
        if self.refusal is not None:
            raise RelayTrayError(self.refusal)
        return self.bill

    def _through(
        self,
        steps: tuple[CloudStep, ...],
        details: dict[CloudStep, str],
        progress: CloudProgress,
        cancelled: threading.Event,
    ) -> tuple[CloudReport, ...]:
        reports: list[CloudReport] = []
        for number, step in enumerate(steps):
            progress(CloudReport(step=step, state=StepState.RUNNING, elapsed_s=7.0 * number))
            while not self.gate.wait(0.01):
                if cancelled.is_set():
                    break
            fault = None
            if cancelled.is_set():
                fault = error(FaultCode.CANCELLED, what=str(step)).fault
            elif step is self.fails_at:
                fault = Fault.of(FaultCode.CLOUD_QUOTA, action=step, reason="You have reached your limit")
            state = StepState.DONE if fault is None else StepState.FAILED
            reports.append(
                CloudReport(
                    step=step, state=state, elapsed_s=7.0 * number, detail=details.get(step, ""), fault=fault
                )
            )
            progress(reports[-1])
            if fault is not None:
                break
        return tuple(reports)
