"""The one way to get at the stored profiles: with everything that has to follow when they change."""

from __future__ import annotations

from collections.abc import Callable

from app.core.faults import Fault
from app.core.profiles import Document
from app.integration.ssh_config_install import SshConfigInstall
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths

Tell = Callable[[Fault], None]


def open_store(paths: Paths, tell: Tell | None = None) -> DocumentStore:
    """A store whose every write is followed by that of the installed ssh config.

    Nothing but tests makes a DocumentStore in another way, so that no front end can leave a stale one behind.
    What could not follow is among the ``reports``; a program that runs on hears each such fault once through
    ``tell`` instead, in the thread that wrote.
    """
    install = SshConfigInstall(paths)
    return DocumentStore(paths, after_write=install.sync if tell is None else _Telling(install, tell))


def catch_up(paths: Paths) -> DocumentStore:
    """At the start of the program: it, or ssh, may be another or elsewhere since the file was written.

    Blocks for a moment. What is to be told is in the ``reports`` of the store. Raises as its ``load``.
    """
    install = SshConfigInstall(paths)
    store = DocumentStore(paths, after_write=lambda document: install.sync(document, fresh=True))
    store.refresh()
    return store


class _Telling:
    def __init__(self, install: SshConfigInstall, tell: Tell) -> None:
        self._install = install
        self._tell = tell
        self._told: tuple[Fault, ...] = ()

    def __call__(self, document: Document) -> tuple[Fault, ...]:
        faults = self._install.sync(document)
        for fault in faults:
            if fault not in self._told:
                self._tell(fault)
        self._told = faults
        return ()
