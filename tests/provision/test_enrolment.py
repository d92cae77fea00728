"""Issuing a line, hearing of the server, and taking it all back, over a real SSH link to a relay."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import EnrolmentState, SetupMode
from app.provision import enrolment
from app.provision.bootstrap_line import LONGEST
from tests.peers.keys import KeyStore
from tests.peers.ports import Deadline, is_listening
from tests.provision.enrol_lab import EnrolLab

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a chroot is made by root only"
)


@pytest.fixture
def lab(tmp_path: Path, key_store: KeyStore) -> Iterator[EnrolLab]:
    with EnrolLab(tmp_path, key_store, programs=("rm", "sleep", "mkdir", "rmdir")) as made:
        yield made


def test_from_the_line_to_the_end(lab: EnrolLab) -> None:
    issued = lab.issue()
    assert issued.enrolment.state is EnrolmentState.WAITING
    assert issued.enrolment.expires_at == issued.line.expires_at
    assert issued.route_port == lab.port
    assert len(issued.line.text) <= LONGEST
    assert issued.line.text not in repr(issued)
    assert lab.report() is None
    with lab.shell() as shell:
        (listed,) = enrolment.listed(shell, lab.relay.profile())
    assert (listed.port, listed.alias, listed.is_listening, listed.has_reported) == (
        lab.port,
        "gpu1",
        False,
        False,
    )

    assert "the tunnel is up" in lab.paste()
    report = lab.report()
    assert report is not None
    assert report.is_listening
    with lab.shell() as shell:
        (listed,) = enrolment.listed(shell, lab.relay.profile())
    assert (listed.is_listening, listed.has_reported) == (True, True)

    # the permission goes, and with it the tunnel that is up: it cannot come back
    assert lab.drop()
    assert not is_listening(lab.port)
    deadline = Deadline(20, "the server to be told no")
    while not lab.text(".log").rstrip().endswith("Next attempt in 300 s."):
        deadline.wait()
    assert "Permission denied" in lab.text(".log")
    assert not lab.drop()
    with pytest.raises(RelayTrayError) as caught:
        lab.report()
    assert caught.value.fault.code is FaultCode.ENROLMENT_MISSING
    assert "relaytray-server" not in lab.relay.authorized_keys.read_text()


def test_port_that_is_taken(lab: EnrolLab) -> None:
    with closing(socket.create_server(("127.0.0.1", lab.port))):
        with pytest.raises(RelayTrayError) as caught:
            lab.issue()
        fault = caught.value.fault
        assert fault.code is FaultCode.RELAY_PORT_TAKEN
        assert (fault.details["port"], fault.details["host"]) == (str(lab.port), "127.0.0.1")
        assert fault.details["holder"]
        taken = lab.port
        assert lab.issue(any_port=True).route_port != taken


def test_line_that_nobody_pasted_expires(lab: EnrolLab) -> None:
    lab.issue()
    assert lab.server.enrolment
    token = lab.relay.base / "etc/tokens" / lab.server.enrolment.id
    token.write_text(token.read_text().replace("expires=1", "expires=0"))
    with pytest.raises(RelayTrayError) as caught:
        lab.report()
    assert caught.value.fault.code is FaultCode.ENROLMENT_EXPIRED


def test_server_that_has_no_line(lab: EnrolLab) -> None:
    assert not lab.drop()
    assert enrolment.removal_line(lab.server) == ""
    with pytest.raises(RelayTrayError) as caught:
        lab.report()
    assert caught.value.fault.code is FaultCode.ENROLMENT_MISSING


def test_relay_that_was_not_set_up(lab: EnrolLab) -> None:
    plain = dataclasses.replace(lab.relay.profile(), setup=SetupMode.NONE)
    with lab.shell() as shell, pytest.raises(RelayTrayError) as caught:
        enrolment.listed(shell, plain)
    assert caught.value.fault.code is FaultCode.RELAY_NOT_SET_UP
    (lab.relay.base / "etc/host").unlink()  # begun, but not finished
    with pytest.raises(RelayTrayError) as caught:
        lab.issue()
    assert caught.value.fault.code is FaultCode.RELAY_NOT_SET_UP


def test_odd_alias_is_a_fault_that_says_so(lab: EnrolLab) -> None:
    lab.server = dataclasses.replace(lab.server, alias="gpu 1")
    with pytest.raises(RelayTrayError) as caught:
        lab.issue()
    fault = caught.value.fault
    assert fault.code is FaultCode.REMOTE_SCRIPT_FAILED
    assert fault.details["reason"] == "not-understood what=alias"


def test_host_that_may_not_stand_in_a_line(lab: EnrolLab) -> None:
    host = lab.relay.base / "etc/host"
    host.write_text(host.read_text().replace("127.0.0.1", "$(id)"))
    with pytest.raises(RelayTrayError) as caught:
        lab.issue()
    assert caught.value.fault.code is FaultCode.REMOTE_SCRIPT_FAILED


def test_persons_key_goes_without_its_options_and_comment(lab: EnrolLab) -> None:
    lab.person_key = f"no-pty {lab.person_key}"
    issued = lab.issue()
    token = (lab.relay.base / "etc/tokens" / issued.enrolment.id).read_text()
    assert f"person_key={lab.person_key.removeprefix('no-pty ')}\n" in token


def test_ids_are_what_file_names_may_hold() -> None:
    ids = {enrolment.new_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(
        len(name) == 8 and name.isascii() and name.isalnum() and name.islower() | name.isdigit()
        for name in ids
    )
