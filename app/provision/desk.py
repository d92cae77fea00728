"""Setting up the other ends, as window and command line ask for it: one object for the whole program.

Every method blocks (other machines, logins that may ask the person), raises RelayTrayError, ends soon after
``cancelled`` is set, and may be called from any thread but the GUI's. What changes in the profiles is stored,
and the running program hears of it. The parts: ``relay_desk`` and ``server_desk``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.core.faults import Fault
from app.core.profiles import AdminLogin, Document, Enrolment
from app.core.provisioning import BootstrapLine, LineOptions, Plan, Progress, SetupOptions, StepReport
from app.provision.relay_desk import RelayDesk
from app.provision.server_desk import ServerDesk
from app.provision.surroundings import Ground, Manager
from app.provision.v2ray_desk import V2rayDesk
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths


class SetUpDesk:
    """``changed`` hears of the profiles that were stored; by default the manager takes them over."""

    def __init__(
        self,
        paths: Paths,
        store: DocumentStore,
        manager: Manager,
        changed: Callable[[Document], object] | None = None,
    ) -> None:
        ground = Ground(paths, store, manager, changed or manager.replace_document)
        self._relays = RelayDesk(ground)
        self._servers = ServerDesk(ground)
        self._routes = V2rayDesk(ground)

    # --- relays -------------------------------------------------------------------------------------------

    def plan(
        self,
        relay_id: str,
        options: SetupOptions,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> Plan:
        """``login`` None: the one of last time, or the profile's own."""
        return self._relays.plan(relay_id, options, cancelled, login)

    def set_up(
        self,
        relay_id: str,
        options: SetupOptions,
        progress: Progress,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> tuple[StepReport, ...]:
        return self._relays.set_up(relay_id, options, progress, cancelled, login)

    def removal_plan(self, relay_id: str, cancelled: threading.Event) -> Plan:
        return self._relays.removal_plan(relay_id, cancelled)

    def remove(self, relay_id: str, progress: Progress, cancelled: threading.Event) -> tuple[StepReport, ...]:
        return self._relays.remove(relay_id, progress, cancelled)

    # --- servers ------------------------------------------------------------------------------------------

    def bootstrap_line(
        self, server_id: str, options: LineOptions, cancelled: threading.Event
    ) -> BootstrapLine:
        return self._servers.bootstrap_line(server_id, options, cancelled)

    def waiting(self) -> tuple[str, ...]:
        return self._servers.waiting()

    def watch(
        self,
        server_id: str,
        on_state: Callable[[Enrolment], None],
        cancelled: threading.Event,
        quiet: bool = False,
    ) -> None:
        return self._servers.watch(server_id, on_state, cancelled, is_quiet=quiet)

    def removal_line(self, server_id: str) -> str:
        return self._servers.removal_line(server_id)

    def remove_server(
        self, server_id: str, cancelled: threading.Event, also_there: bool
    ) -> tuple[Fault, ...]:
        return self._servers.remove_server(server_id, cancelled, also_there)

    # --- servers by their relay's v2ray -------------------------------------------------------------------

    def permit_v2ray(self, server_id: str, ports: tuple[int, ...], cancelled: threading.Event) -> None:
        self._routes.permit_v2ray(server_id, ports, cancelled)

    def drop_v2ray(self, server_id: str, cancelled: threading.Event) -> None:
        self._routes.drop_v2ray(server_id, cancelled)
