"""What is measured: each experiment gives some figures, and each figure may have something to reach."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.bench.programs import Way
    from tests.bench.stages import Stage

US, GCM, DEFAULT = "relaytray", "ssh-gcm", "ssh-default"
TITLES = {
    US: "RelayTray",
    GCM: "`ssh -D` aes128-gcm",
    DEFAULT: "`ssh -D` default",
    "asyncssh": "asyncssh",
    "paramiko": "plain paramiko",
    "ssh": "`ssh`",
    "ssh-jump": "`ssh -J`",
    "connect-proxy": "connect-proxy and `ssh -D`",
    "relaytray-exit": "RelayTray, exit at the server",
    "relaytray-exit-direct": "RelayTray, exit at a server without a tunnel",
    "relaytray-route": "RelayTray, exit at the relay, over the same route",
}
ALL = (US, GCM, DEFAULT, "asyncssh", "paramiko")


@dataclass(frozen=True)
class Figure:
    """``ratio``: what our median divided by the peer's is to be; ``limit``: the most our median may be."""

    key: str  # in what the experiment returns
    text: str
    unit: str
    more_is_better: bool = True
    peer: str = GCM
    ratio: float | None = None
    limit: float | None = None
    ours: str = US
    digits: int = 0
    name: str = ""  # where one key makes more than one figure

    @property
    def id(self) -> str:
        return self.name or self.key

    def measured_ratio(self, medians: Mapping[str, float]) -> float | None:
        if self.peer not in medians or self.ours not in medians or not medians[self.peer]:
            return None
        return medians[self.ours] / medians[self.peer]

    def is_met(self, medians: Mapping[str, float]) -> bool | None:
        """None where there is nothing to reach."""
        if self.limit is not None:
            return medians[self.ours] <= self.limit
        ratio = self.measured_ratio(medians)
        if self.ratio is None or ratio is None:
            return None
        return ratio >= self.ratio if self.more_is_better else ratio <= self.ratio

    @property
    def target(self) -> str:
        if self.limit is not None:
            return f"<= {self.limit:g} {self.unit}"
        if self.ratio is None:
            return ""
        return f"{'>=' if self.more_is_better else '<='} {self.ratio:.2g}".replace("=2", "= 2")


@dataclass(frozen=True)
class Experiment:
    """``measure`` is called for one way after the other, and that again each round."""

    name: str
    stage: str  # which of ``stages`` it needs
    measure: Callable[[Stage, Way], dict[str, float]]
    figures: tuple[Figure, ...]
    ways: tuple[str, ...] = ALL
    most_rounds: int = 100


def summary(figure: Figure, found: Mapping[str, Sequence[dict[str, float]]]) -> dict[str, Any]:
    """One figure of one experiment, as it is kept in the JSON file."""
    values = {way: [run[figure.key] for run in runs if figure.key in run] for way, runs in found.items()}
    values = {way: taken for way, taken in values.items() if taken}
    medians = {way: statistics.median(taken) for way, taken in values.items()}
    return {
        "text": figure.text,
        "unit": figure.unit,
        "digits": figure.digits,
        "values": values,
        "medians": medians,
        "ours": figure.ours,
        "peer": figure.peer if figure.peer in medians else "",
        "ratio": figure.measured_ratio(medians),
        "target": figure.target,
        "met": figure.is_met(medians) if figure.ours in medians else None,
        "behind": behind(figure, medians),
    }


def behind(figure: Figure, medians: Mapping[str, float]) -> list[str]:
    """Peers that do better than we do."""
    if figure.ours not in medians or figure.limit is not None:
        return []
    ours = medians[figure.ours]
    others = {way: value for way, value in medians.items() if not way.startswith(US)}
    return [way for way, v in others.items() if (v > ours if figure.more_is_better else v < ours)]
