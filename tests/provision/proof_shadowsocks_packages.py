"""Shadowsocks on a relay that has to install it, behind a firewall: the system's own apt, ufw and firewalld.

Longer than CI has time for: ``python -m pytest tests/provision/proof_shadowsocks_packages.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.provisioning import Camouflage, ShadowsocksOptions, Step, StepNote, StepState
from tests.peers import packages
from tests.peers.keys import KeyStore
from tests.peers.machines import changes, why_not_here
from tests.provision.shadowsocks_lab import SITE, TALKER_PORT, ShadowsocksLab

ALL = (*packages.SHADOWSOCKS, *packages.UFW, *packages.FIREWALLD)
WHY_NOT = why_not_here() or packages.why_not_here(ALL)
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]

PLAIN = ShadowsocksOptions()
# those of the system that runs the tests stay: it may have them for something else
OURS = ("shadowsocks-libev", "simple-obfs", "libbloom1", "libcork16", "libcorkipset1", "libev4")


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[ShadowsocksLab]:
    with ShadowsocksLab(tmp_path_factory.mktemp("packages"), key_store) as made:
        packages.offer(made.machine, ALL, made.folder / "packages")
        packages.take(made.machine, (*OURS, "shadowsocks-v2ray-plugin"))  # which needs them
        made.start_talkers({})
        yield made


def test_installed_let_in_and_taken_away(lab: ShadowsocksLab) -> None:
    machine = lab.machine
    install(lab, "ufw")
    machine.must_run("ufw", "allow", "22/tcp")
    machine.must_run("ufw", "allow", "8389/udp")  # the person's own rule
    machine.must_run("ufw", "--force", "enable")
    files, there = lab.setup.files(), packages.installed(machine)
    with lab.script() as script:
        script.run("apply", Step.ACCOUNTS)
    options = ShadowsocksOptions(camouflage=Camouflage.OBFS_TLS)
    plan = lab.check(options)
    told = [dict(note.details) for note in plan.notes]
    assert {"package": "shadowsocks-libev"} in told
    assert {"package": "simple-obfs"} in told
    closed = [note.details for note in plan.notes if note.code is StepNote.PORT_CLOSED]
    assert [one["port"] for one in closed] == ["8388/tcp", "8389/tcp"]

    assert lab.apply(options).state is StepState.DONE
    assert set(packages.installed(machine)) - set(there) == set(OURS)
    # the package's own service neither runs nor will: whatever its settings are, nobody chose them
    states = [
        machine.run("systemctl", verb, "shadowsocks-libev").stdout for verb in ("is-active", "is-enabled")
    ]
    assert states == ["inactive\n", "disabled\n"]
    for for_phones in (False, True):
        with lab.client(for_phones=for_phones) as client:
            assert client.heard(SITE, TALKER_PORT, 20), "through the firewall"
    rules = machine.must_run("ufw", "show", "added")
    assert "ufw allow 8388/tcp comment 'RelayTray shadowsocks'" in rules

    changed = ShadowsocksOptions(port=8401, camouflage=Camouflage.OBFS_TLS)
    assert lab.apply(changed).state is StepState.DONE
    rules = machine.must_run("ufw", "show", "added")
    assert "8401/tcp" in rules
    assert "8388/tcp" not in rules

    # somebody has begun to use the package, too: it stays, with what it needs, and what nobody uses goes
    machine.must_run("systemctl", "enable", "--quiet", "--now", "shadowsocks-libev")
    assert lab.undo() is StepState.DONE
    assert set(packages.installed(machine)) - set(there) == set(OURS) - {"simple-obfs"}
    assert machine.run("systemctl", "is-active", "shadowsocks-libev").stdout == "active\n"
    machine.must_run("sh", "-c", f"DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge {' '.join(OURS)} >&2")

    assert lab.apply(changed).state is StepState.DONE
    machine.must_run("ufw", "allow", "8389/tcp", "comment", "mine")
    assert lab.undo() is StepState.DONE
    with lab.script() as script:
        script.run("undo", Step.ACCOUNTS)
    rules = machine.must_run("ufw", "show", "added")
    assert "840" not in rules
    assert "ufw allow 8389/tcp comment 'mine'" in rules, "the person has made it theirs"
    assert "ufw allow 8389/udp" in rules, "it is not ours to take away"
    assert packages.installed(machine) == there
    left = changes(files, lab.setup.files())
    assert [line for line in left if not line.startswith("altered /etc/ufw/user")] == []


def test_firewalld(lab: ShadowsocksLab) -> None:
    """Both at once and for good: what it does now, and what it does after its next start."""
    machine = lab.machine
    install(lab, "firewalld")
    machine.must_run("systemctl", "start", "dbus", "firewalld")
    machine.must_run("firewall-cmd", "--add-port=8389/udp")  # the person's own, until the next start
    with lab.script() as script:
        script.run("apply", Step.ACCOUNTS)
    plan = lab.check(PLAIN)
    assert [note.details["port"] for note in plan.notes if note.code is StepNote.PORT_CLOSED] == [
        "8388/tcp",
        "8389/tcp",
        "8389/udp",
    ]
    assert lab.apply(PLAIN).state is StepState.DONE
    assert ports(lab) == ports(lab, "--permanent") == {"8388/tcp", "8389/tcp", "8389/udp"}
    with lab.client() as client:
        assert client.heard(SITE, TALKER_PORT, 20), "through the firewall"
    changed = ShadowsocksOptions(port=8401)
    assert lab.apply(changed).state is StepState.DONE
    machine.must_run("systemctl", "restart", "firewalld")
    assert ports(lab) == ports(lab, "--permanent") == {"8401/tcp", "8389/tcp", "8389/udp"}
    assert lab.check(changed).state is StepState.RIGHT
    assert lab.undo() is StepState.DONE
    assert ports(lab, "--permanent") == set()
    assert ports(lab) == {"8389/udp"}, "it is not ours to take away"


def install(lab: ShadowsocksLab, name: str) -> None:
    script = f"DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install {name} >&2"
    lab.machine.must_run("sh", "-c", script)


def ports(lab: ShadowsocksLab, *options: str) -> set[str]:
    return set(lab.machine.must_run("firewall-cmd", *options, "--list-ports").split())
