"""Whatever happens to a tunnel, the server comes back by itself. The times are printed, not judged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.other_ends.recovery import STORIES, Recoveries
from tests.peers import machines
from tests.peers.keys import KeyStore

# The stories' machines live from the first test to the last.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
    pytest.mark.timeout(420),
]


@pytest.fixture(scope="module")
def recoveries(key_store: KeyStore) -> Iterator[Recoveries]:
    running = Recoveries(key_store)
    yield running
    running.close()


@pytest.mark.parametrize("story", STORIES)
def test_servers_come_back(story: str, recoveries: Recoveries, capsys: pytest.CaptureFixture[str]) -> None:
    told = recoveries.of(story)
    assert len(told) == len(STORIES[story].forms) * len(STORIES[story].troubles)
    with capsys.disabled():
        print()
        for recovery in told:
            print(recovery)
