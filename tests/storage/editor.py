"""Adds relays through ``DocumentStore.edit``, in a process of its own: ``... FOLDER NAME COUNT``."""

import dataclasses
import sys

from app.core.profiles import Document, Relay
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths


def main() -> None:
    store = DocumentStore(Paths.at(sys.argv[1]))
    for number in range(int(sys.argv[3])):
        relay = Relay(id=f"{sys.argv[2]}{number}", name=f"{sys.argv[2]}{number}", host="h")

        def add(document: Document, relay: Relay = relay) -> Document:
            return dataclasses.replace(document, relays=(*document.relays, relay))

        store.edit(add)


if __name__ == "__main__":
    main()
