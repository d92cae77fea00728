"""The doctor as windows and the command line call it: by ids of profiles, with the report to be shared."""

from __future__ import annotations

import getpass
import platform
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.diagnosis import Diagnosis, Examining
from app.core.faults import FaultCode, error
from app.core.profiles import Document
from app.export.doctor_report import doctor_report
from app.export.mask import Mask
from app.provision.doctor.examination import Surroundings, examine
from app.system.versions import versions
from app.transport.link import Tools


class DoctorDesk:
    """Thread-safe. Every method blocks; ``document`` gives the newest profiles."""

    def __init__(self, document: Callable[[], Document], tools: Tools, surroundings: Surroundings) -> None:
        self._document, self._tools, self._surroundings = document, tools, surroundings

    def examine(
        self, relay_id: str, server_id: str, examining: Examining, cancelled: threading.Event
    ) -> Diagnosis:
        """Server id "" looks at the relay alone. Raises NO_SUCH_RELAY, NO_SUCH_SERVER, CANCELLED."""
        document = self._document()
        server = document.server(server_id) if server_id else None
        if server_id and server is None:
            raise error(FaultCode.NO_SUCH_SERVER, name=server_id, near="")
        relay = document.relay(relay_id if server is None else server.relay_id)
        if relay is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=relay_id, near="")
        return examine(relay, server, self._tools, self._surroundings, examining, cancelled)

    def report(self, diagnoses: Sequence[Diagnosis], *, masked: bool) -> str:
        """Markdown without secrets; ``masked``: without names too."""
        if masked:
            mask = self.mask()
            diagnoses = [mask.diagnosis(diagnosis) for diagnosis in diagnoses]
        return doctor_report(diagnoses, versions())

    def mask(self) -> Mask:
        """For the profiles as they are now, and for this computer."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a container that does not know its own user
            user = ""
        return Mask(self._document(), home=str(Path.home()), user=user, computer=platform.node())
