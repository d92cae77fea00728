"""The one way to get at the stored profiles: with everything that has to follow when they change."""

from __future__ import annotations

from app.integration.ssh_config_install import SshConfigInstall
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths


def open_store(paths: Paths) -> DocumentStore:
    """A store whose every write is followed by that of the installed ssh config.

    Nothing but tests makes a DocumentStore in another way, so that no front end can leave a stale one behind.
    """
    return DocumentStore(paths, after_write=SshConfigInstall(paths).sync)


def catch_up(paths: Paths) -> DocumentStore:
    """At the start of the program: it, or ssh, may be another or elsewhere since the file was written.

    Blocks for a moment. What is to be told is in the ``reports`` of the store.
    """
    store = DocumentStore(
        paths, after_write=lambda document: SshConfigInstall(paths).sync(document, fresh=True)
    )
    store.refresh()
    return store
