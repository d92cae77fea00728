"""What the working threads publish. Frozen values, safe to hand to any thread.

``publish(event)`` may be called from any thread and must return at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.cloud import CloudReport
from app.core.diagnosis import Examined
from app.core.faults import Fault
from app.core.port_changes import PortChange
from app.core.profiles import Document
from app.core.provisioning import StepReport
from app.core.questions import Question
from app.core.shadowsocks import ShadowsocksState, Steering
from app.core.states import LinkState, ListenerState, ServerState, TrafficState


@dataclass(frozen=True, slots=True)
class LinkChanged:
    relay_id: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class ServerChanged:
    server_id: str
    state: ServerState


@dataclass(frozen=True, slots=True)
class ShadowsocksChanged:
    shadowsocks_id: str
    state: ShadowsocksState


@dataclass(frozen=True, slots=True)
class SteeringChanged:
    """What this system's proxy is set to by us: PORT = nothing; ``fault``: why it is not as wanted."""

    steering: Steering
    shadowsocks_id: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class ListenersChanged:
    """The whole list, as it is now."""

    listeners: tuple[ListenerState, ...]


@dataclass(frozen=True, slots=True)
class TrafficChanged:
    """At most once a second for each relay, and only while something changes."""

    relay_id: str
    traffic: TrafficState


@dataclass(frozen=True, slots=True)
class DocumentChanged:
    document: Document


@dataclass(frozen=True, slots=True)
class PortsMoved:
    """Local ports that programs may have been told are others now; after the DocumentChanged that did it."""

    changes: tuple[PortChange, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question


@dataclass(frozen=True, slots=True)
class Withdrawn:
    question_id: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth telling that is no state: a keyring that is locked, a port that was given up."""

    fault: Fault
    relay_id: str = ""
    server_id: str = ""


@dataclass(frozen=True, slots=True)
class SetupTold:
    """A step of a relay's set-up or removal has begun or ended."""

    relay_id: str
    report: StepReport


@dataclass(frozen=True, slots=True)
class EnrolmentTold:
    """Waiting for a server's bootstrap line has begun (no fault), or has ended with that fault.

    How far the server has come is in its profile (``Server.enrolment``).
    """

    server_id: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class CloudTold:
    """A step of making a relay in a cloud account, or of taking it away, begins, goes on or has ended."""

    name: str  # of the relay
    report: CloudReport
    is_removal: bool = False


@dataclass(frozen=True, slots=True)
class ExaminedTold:
    """The doctor begins or ends one check; ``subject`` is the id of the server, or of the relay alone."""

    subject: str
    examined: Examined


@dataclass(frozen=True, slots=True)
class RaiseRequested:
    """A second start of the program asks the first to show its window."""


@dataclass(frozen=True, slots=True)
class QuitRequested:
    """``relaytray`` on the command line asks the running program to end."""


Event = (
    LinkChanged
    | ServerChanged
    | ShadowsocksChanged
    | SteeringChanged
    | ListenersChanged
    | TrafficChanged
    | DocumentChanged
    | PortsMoved
    | Asked
    | Withdrawn
    | Notice
    | SetupTold
    | EnrolmentTold
    | CloudTold
    | ExaminedTold
    | RaiseRequested
    | QuitRequested
)
Publish = Callable[[Event], None]
