"""The steps of a relay's set-up that bring a service: what they have in common.

Taking a service away needs nothing of this: the relay's record tells what is there, and ``left_STEP`` and
``undo_STEP`` of its script do it (``resources/scripts/relay/setup-v2ray.sh``, ``setup-shadowsocks.sh``).
"""

from __future__ import annotations

from typing import Protocol

from app.core.profiles import Document
from app.core.provisioning import Progress, Step, StepReport
from app.provision.setup_script import SetupScript

SERVICES = (Step.SHADOWSOCKS, Step.V2RAY)  # in the order in which they are taken away


class ServiceStep(Protocol):
    """One service for one set-up: made by ``RelayDesk`` where the options ask for it."""

    @property
    def step(self) -> Step: ...

    def check(self, script: SetupScript) -> StepReport:
        """RIGHT, CHANGE or IMPOSSIBLE, and why; nothing is changed. Raises what ``RemoteShell.run`` does."""
        ...

    def apply(self, script: SetupScript, progress: Progress) -> StepReport:
        """Do it and check it; RIGHT where there was nothing to do.

        ``progress`` may be told more RUNNING reports. Raises what ``RemoteShell.run`` does.
        """
        ...

    def after(self, document: Document) -> Document:
        """Once the whole set-up went well: the profiles with what this service brings them. Pure."""
        ...
