"""The desk around real machines: profiles on disk, tools with a person, and what the desk made of them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from app.core.faults import Fault, RelayTrayError
from app.core.profiles import AdminLogin, Document, Relay, Server
from app.provision.surroundings import Ground
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.transport.link import Tools
from tests.peers.ports import Deadline
from tests.transport.login_peers import Person, Secrets
from tests.transport.shell_peers import tools_for


class Profiles:
    """What of the link manager the desk uses: it follows what is stored."""

    def __init__(self, document: Document, tools: Tools) -> None:
        self.document = document
        self.tools = tools

    def replace_document(self, document: Document) -> None:
        self.document = document


class DeskLab:
    def __init__(
        self,
        folder: Path,
        relay: Relay,
        *servers: Server,
        known: str = "",
        person: Person | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        self.paths = Paths.at(folder)
        self.paths.root.mkdir(exist_ok=True)
        self.store = DocumentStore(self.paths)
        document = Document(relays=(relay,), servers=servers)
        self.store.save(document)
        self.tools = tools_for(folder, known, person, secrets)
        self.profiles = Profiles(document, self.tools)
        self.ground = Ground(self.paths, self.store, self.profiles, self.profiles.replace_document)
        self.cancelled = threading.Event()

    @property
    def relay(self) -> Relay:
        return self.store.load().relays[0]

    @property
    def server(self) -> Server:
        return self.store.load().servers[0]

    def edit_relay(self, **changes: Any) -> None:
        """As the person does it in another window."""
        self._edit(lambda d: dataclasses.replace(d, relays=(dataclasses.replace(d.relays[0], **changes),)))

    def edit_server(self, **changes: Any) -> None:
        self._edit(lambda d: dataclasses.replace(d, servers=(dataclasses.replace(d.servers[0], **changes),)))

    def add_server(self, server: Server) -> None:
        self._edit(lambda d: dataclasses.replace(d, servers=(*d.servers, server)))

    def remove_servers(self) -> None:
        self._edit(lambda document: dataclasses.replace(document, servers=()))

    def _edit(self, change: Callable[[Document], Document]) -> None:
        self.profiles.replace_document(self.store.edit(change))


class InBackground:
    """Something that waits, in a thread; ``ended`` gives its fault, None when it returned."""

    def __init__(self, work: Callable[[], object], cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._fault: Fault | None = None
        self._problem: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, name="test-work")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except RelayTrayError as e:
            self._fault = e.fault
        except BaseException as e:
            self._problem = e

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cancelled.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "it did not end when it was called off"

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def ended(self, timeout_s: float = 30) -> Fault | None:
        deadline = Deadline(timeout_s, "the end of what was begun")
        while not self.is_over:
            deadline.wait()
        if self._problem is not None:
            raise self._problem
        return self._fault


def by_daily_key(relay: Relay, daily_key: Path) -> Relay:
    """As it is after a set-up: the profile logs in with a key that may do little."""
    admin = AdminLogin(user=relay.user, identity=relay.identity)
    return dataclasses.replace(relay, admin=admin, identity=str(daily_key))


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = 20) -> None:
    deadline = Deadline(timeout_s, what)
    while not is_so():
        deadline.wait()
