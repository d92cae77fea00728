"""A relay set up on a machine of its own: planned, done, repeated, broken off after each step, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import SetupMode
from app.core.provisioning import Step, StepState
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import why_not_here
from tests.peers.network import Network
from tests.provision.setup_lab import SetupLab, difference, states

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

ALL_DONE = dict.fromkeys(Step, StepState.DONE)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("setup-network")) as made:
        key = public_line(key_store.key("login"))
        made.relay.authorize("root", key)
        made.relay.add_user("bob", key=key, sudo="nopasswd")
        made.relay.add_user("carol", key=key)
        made.relay.start_sshd()
        yield made


@pytest.fixture
def lab(network: Network, key_store: KeyStore, tmp_path: Path) -> SetupLab:
    return SetupLab(network, key_store, tmp_path)


def test_from_nothing_to_nothing(lab: SetupLab) -> None:
    before = lab.files()
    plan = lab.plan()
    print(plan)
    assert states(plan.steps) == dict.fromkeys(Step, StepState.CHANGE)
    assert difference(before, lab.files()) == []
    reports = lab.apply()
    print(reports)
    assert states(reports) == ALL_DONE
    done = lab.files()
    reports = lab.apply()
    assert states(reports) == dict.fromkeys(Step, StepState.RIGHT)
    assert difference(done, lab.files()) == []
    assert states(lab.plan().steps) == dict.fromkeys(Step, StepState.RIGHT)
    lab.undo()
    assert difference(before, lab.files()) == []
