"""The stories of recovery begin with the package's first test: nearly all of their time is waiting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.other_ends.recovery import Recoveries
from tests.peers import machines
from tests.peers.keys import KeyStore


@pytest.fixture(scope="package", autouse=True)
def recoveries(request: pytest.FixtureRequest, key_store: KeyStore) -> Iterator[Recoveries | None]:
    """None where none of their tests is to be run, or machines cannot be made."""
    wanted = any(item.name.startswith("test_servers_come_back") for item in request.session.items)
    if not wanted or machines.why_not_here():
        yield None
        return
    running = Recoveries(key_store)
    yield running
    running.close()
