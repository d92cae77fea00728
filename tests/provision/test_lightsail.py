"""A relay from nothing and back to nothing: a loopback Lightsail, a real sshd on the new machine."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.cloud import CloudReport, CloudStep, OpenPort, ThingKind
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.core.provisioning import StepState
from app.core.shadowsocks import SECRET_KIND, ShadowsocksServer
from app.provision.lightsail import making
from app.secrets.names import SecretName
from tests.peers.keys import KeyStore, public_line
from tests.peers.lightsail import LoopbackLightsail, RefusedError
from tests.peers.sshd import Sshd
from tests.provision.lightsail_lab import (
    ADDRESS,
    WANTED,
    Lab,
    LookAlike,
    fault_code,
    needs_root,
    started_machine,
    started_service,
)

NAME = "relaytray-tokyo-1-"
BEFORE_THE_RECORD = 5  # calls: whose account, regions, two pages of images, sizes

pytestmark = needs_root


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    yield from started_machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def service(machine: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackLightsail]:
    yield from started_service(machine, monkeypatch)


@pytest.fixture
def lab(tmp_path: Path, service: LoopbackLightsail) -> Lab:
    return Lab(tmp_path)


# --- there and back -----------------------------------------------------------------------------------------


def test_from_nothing_to_a_relay_and_back(lab: Lab, service: LoopbackLightsail, machine: Sshd) -> None:
    outcome = lab.create()
    assert fault_code(outcome) is None
    assert [report.step for report in outcome.reports] == list(CloudStep)
    lab.must_be_made(service)
    relay = lab.store.load().relay(outcome.relay_id)
    assert relay is not None
    assert (relay.user, Path(relay.identity).name) == (machine.user, f"relaytray-{lab.records()[0][:-5]}")
    pinned = lab.profiles.tools.host_keys.pinned(ADDRESS)
    assert [key.fingerprint for key in pinned] == [machine.fingerprint()]
    (instance,) = service.regions[WANTED.region].instances.values()
    assert instance["name"].startswith(NAME)
    assert (instance["blueprintId"], instance["bundleId"]) == ("debian_12", "nano_3_0")
    assert instance["location"]["availabilityZone"] == "ap-northeast-1a"
    if os.name == "posix":
        for path in (Path(relay.identity), *(lab.paths.root / "cloud").glob("*.json")):
            assert path.stat().st_mode & 0o777 == 0o600
    outcome = lab.destroy()
    assert fault_code(outcome) is None
    assert [report.state for report in outcome.reports] == [StepState.DONE] * 4
    assert outcome.left == ()
    lab.must_be_gone(service)


def test_the_private_keys_stay_where_they_are(
    lab: Lab, service: LoopbackLightsail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lab.create()
    private = Path(lab.store.load().relays[0].identity).read_text(encoding="ascii").splitlines()[1]
    (key_pair,) = service.regions[WANTED.region].key_pairs.values()
    assert "PRIVATE" not in key_pair["line"]
    assert private not in key_pair["line"]
    assert private not in caplog.text
    assert "never-to-be-seen" not in caplog.text  # the one that the service offers
    assert "secret-of-the-tests" not in caplog.text
    stored = "".join(path.read_text() for path in lab.paths.root.rglob("*.json"))
    assert "never-to-be-seen" not in stored
    assert "secret-of-the-tests" not in stored


def test_a_second_run_finds_everything_right(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    with pytest.raises(RelayTrayError) as caught:
        lab.create()
    assert caught.value.fault.code is FaultCode.NAME_TAKEN  # it is a profile now, and not begun any more
    lab.must_be_made(service)


def test_a_relay_that_servers_belong_to_keeps_its_profile(lab: Lab, service: LoopbackLightsail) -> None:
    relay_id = lab.create().relay_id
    server = Server(id="s", alias="lab", relay_id=relay_id)
    lab.profiles.document = lab.store.edit(lambda d: dataclasses.replace(d, servers=(server,)))
    assert fault_code(lab.destroy()) is None
    assert service.is_empty
    assert [relay.name for relay in lab.store.load().relays] == [WANTED.name]


def test_the_shadowsocks_servers_of_a_machine_go_with_it(lab: Lab, service: LoopbackLightsail) -> None:
    relay_id = lab.create().relay_id
    words = {"host": ADDRESS, "port": 8388, "method": "aes-256-gcm"}
    mine = ShadowsocksServer(id="p1", name="tokyo", relay_id=relay_id, **words)  # type: ignore[arg-type]
    other = ShadowsocksServer(id="p2", name="a link", **words)  # type: ignore[arg-type]
    lab.profiles.document = lab.store.edit(lambda d: dataclasses.replace(d, shadowsocks=(mine, other)))
    name = SecretName(SECRET_KIND, "p1")
    lab.profiles.tools.secrets.remember(name, "geheim")
    assert fault_code(lab.destroy()) is None
    assert lab.store.load().shadowsocks == (other,)
    assert lab.profiles.tools.secrets.get(name) is None


def test_a_machine_whose_profile_is_gone_is_not_lost(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    lab.profiles.document = lab.store.edit(lambda d: dataclasses.replace(d, relays=()))
    assert [record.name for record in lab.desk.begun()] == [WANTED.name]
    assert fault_code(lab.create()) is None  # takes it into the list again
    lab.must_be_made(service)
    lab.profiles.document = lab.store.edit(lambda d: dataclasses.replace(d, relays=()))
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_other_choices(lab: Lab, service: LoopbackLightsail) -> None:
    ports = (OpenPort(port=22), OpenPort(port=8388), OpenPort(port=8388, protocol="udp"))
    wanted = dataclasses.replace(
        WANTED, zone="ap-northeast-1b", image="ubuntu_24_04", size="small_3_0", ports=ports
    )
    assert fault_code(lab.create(wanted)) is None
    (instance,) = service.regions[WANTED.region].instances.values()
    assert instance["location"]["availabilityZone"] == "ap-northeast-1b"
    assert (instance["blueprintId"], instance["bundleId"]) == ("ubuntu_24_04", "small_3_0")
    assert sorted(instance["ports"]) == [(22, 22, "tcp"), (8388, 8388, "tcp"), (8388, 8388, "udp")]


@pytest.mark.parametrize(
    ("field", "value"),
    [("image", "windows_server_2022"), ("size", "nano_ipv6_3_0"), ("zone", "ap-northeast-1z")],
)
def test_what_is_not_offered_is_named_with_what_is(
    lab: Lab, service: LoopbackLightsail, field: str, value: str
) -> None:
    with pytest.raises(RelayTrayError) as caught:
        lab.create(dataclasses.replace(WANTED, **{field: value}))  # type: ignore[arg-type]
    fault = caught.value.fault
    assert (fault.code, fault.details["value"]) == (FaultCode.CLOUD_CHOICE_GONE, value)
    assert fault.details["choices"] != "-"
    assert lab.records() == []
    assert service.is_empty


def test_an_image_that_needs_a_larger_size_gets_it(lab: Lab) -> None:
    priced = lab.desk.priced(dataclasses.replace(WANTED, image="centos_stream_9"))
    assert (priced.size.id, priced.size.price) == ("small_3_0", 12.0)


# --- what breaks in the middle ------------------------------------------------------------------------------


def spoil(service: LoopbackLightsail, how: str, number: int) -> None:
    if how == "refuse":
        service.trouble.refuse[number] = RefusedError("ServiceException", "An error occurred.", 500)
    else:
        service.trouble.lose_answer.add(number)


def numbers(service: LoopbackLightsail, how: str) -> list[int]:
    """Of the calls of the run that was just made: all of them, or those that changed something."""
    calls = enumerate(list(service.calls), start=1)
    return [number for number, action in calls if how == "refuse" or not action.startswith("Get")]


@pytest.fixture
def look_alike(machine: Sshd, monkeypatch: pytest.MonkeyPatch) -> LookAlike:
    login = LookAlike(machine)
    monkeypatch.setattr(making, "RemoteShell", login)
    return login


@pytest.mark.parametrize("how", ["refuse", "lose_answer"])
def test_each_call_may_fail_and_the_next_run_goes_on_or_cleans(
    tmp_path: Path, service: LoopbackLightsail, look_alike: LookAlike, how: str
) -> None:
    """Every call of a whole run, one after the other: it ends with a fault. From there either way is open."""
    lab = Lab(tmp_path)
    to_nothing = lab.kept(service)
    lab.create()
    spoiled = numbers(service, how)
    assert len(spoiled) >= 5
    for number in spoiled:
        to_nothing()
        service.begin_again()
        spoil(service, how, number)
        fault = lab.fault_of_creation()
        assert fault in (FaultCode.CLOUD_REFUSED, FaultCode.CLOUD_UNREACHABLE)
        assert (lab.records() == []) == (len(service.calls) <= BEFORE_THE_RECORD)
        service.begin_again()
        to_the_fault = lab.kept(service)
        if lab.records():
            assert fault_code(lab.destroy()) is None
        lab.must_be_gone(service)
        to_the_fault()
        assert fault_code(lab.create()) is None
        lab.must_be_made(service)
    assert look_alike.logins > len(spoiled)


@pytest.mark.usefixtures("look_alike")
@pytest.mark.parametrize("how", ["refuse", "lose_answer"])
def test_each_call_of_a_removal_may_fail_and_the_next_one_cleans(
    tmp_path: Path, service: LoopbackLightsail, how: str
) -> None:
    lab = Lab(tmp_path)
    lab.create()
    to_the_machine = lab.kept(service)
    service.begin_again()
    lab.destroy()
    spoiled = numbers(service, how)
    assert len(spoiled) >= 3
    for number in spoiled:
        to_the_machine()
        lab.must_be_made(service)
        service.begin_again()
        spoil(service, how, number)
        if lab.is_removal_refused():
            assert lab.records() != []
            service.begin_again()
            assert fault_code(lab.destroy()) is None
        lab.must_be_gone(service)


@pytest.mark.parametrize("step", list(CloudStep)[1:-1])
def test_it_is_called_off_at_any_step(lab: Lab, service: LoopbackLightsail, step: CloudStep) -> None:
    def stop(report: CloudReport) -> None:
        if report.step is step:
            lab.cancelled.set()

    outcome = lab.desk.create(WANTED, stop, lab.cancelled)
    assert fault_code(outcome) is FaultCode.CANCELLED
    assert outcome.reports[-1].step is step
    assert [record.name for record in lab.desk.begun()] == [WANTED.name]
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_a_machine_that_never_runs(tmp_path: Path, service: LoopbackLightsail) -> None:
    service.trouble.never_runs = True
    lab = Lab(tmp_path, patience_s=0.3)
    outcome = lab.create()
    assert (fault_code(outcome), outcome.reports[-1].step) == (FaultCode.CLOUD_TOO_SLOW, CloudStep.RUNNING)
    running = [report for report in lab.heard if report.step is CloudStep.RUNNING]
    assert len(running) > 3  # it was told that it goes on
    assert fault_code(lab.destroy()) is FaultCode.CLOUD_TOO_SLOW  # a machine that starts is not to be deleted
    assert [record.name for record in lab.desk.begun()] == [WANTED.name]
    service.trouble.never_runs = False
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_an_operation_that_fails_says_why(lab: Lab, service: LoopbackLightsail) -> None:
    service.trouble.fail_operation.add("CreateInstance")
    outcome = lab.create()
    assert outcome.fault is not None
    assert "no capacity" in outcome.fault.details["reason"]


def test_a_machine_with_another_host_key_is_not_logged_in_to(
    lab: Lab, service: LoopbackLightsail, tmp_path: Path
) -> None:
    other = public_line(KeyStore(tmp_path / "other").key("other", "ed25519"))
    service._host_keys = (" ".join(other.split()[:2]),)
    outcome = lab.create()
    assert (fault_code(outcome), outcome.reports[-1].step) == (FaultCode.HOST_KEY_CHANGED, CloudStep.LOGIN)
    assert lab.store.load().relays == ()


def test_host_keys_that_are_not_told_are_not_guessed(tmp_path: Path, service: LoopbackLightsail) -> None:
    service._host_keys = ()
    lab = Lab(tmp_path, patience_s=0.3)
    outcome = lab.create()
    assert outcome.reports[-1].step is CloudStep.HOST_KEYS
    assert fault_code(outcome) is FaultCode.CLOUD_TOO_SLOW


# --- what the account refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "refusal", "code"),
    [
        ("CreateInstances", RefusedError("AccessDeniedException", "not authorized"), FaultCode.CLOUD_DENIED),
        (
            "CreateInstances",
            RefusedError("ServiceException", "You've reached the maximum number of instances"),
            FaultCode.CLOUD_QUOTA,
        ),
        ("AllocateStaticIp", RefusedError("ThrottlingException", "Rate exceeded"), FaultCode.CLOUD_THROTTLED),
        (
            "ImportKeyPair",
            RefusedError("AccountSetupInProgressException", "your account is being set up"),
            FaultCode.CLOUD_ACCOUNT_NOT_READY,
        ),
        (
            "GetInstanceState",
            RefusedError("UnrecognizedClientException", "The security token is invalid."),
            FaultCode.CLOUD_CREDENTIALS_REFUSED,
        ),
        (
            "GetStaticIp",
            RefusedError("InvalidSignatureException", "Signature expired: 20261127 is now earlier than"),
            FaultCode.CLOUD_CLOCK_WRONG,
        ),
        (
            "PutInstancePublicPorts",
            RefusedError("RegionSetupInProgressException", "being set up"),
            FaultCode.CLOUD_REGION_OFF,
        ),
    ],
)
def test_what_is_refused_is_told_and_leaves_a_record(
    lab: Lab, service: LoopbackLightsail, action: str, refusal: RefusedError, code: FaultCode
) -> None:
    service.trouble.refuse_action[action] = refusal
    if refusal.code == "UnrecognizedClientException":  # by that region alone, it would be one that is off
        service.trouble.after = lambda done: (
            service.trouble.refuse_action.update(GetCallerIdentity=refusal)
            if done == "CreateInstances"
            else None
        )
    outcome = lab.create()
    assert fault_code(outcome) is code
    if code is FaultCode.CLOUD_DENIED:
        assert outcome.fault is not None
        assert outcome.fault.details["action"] == "lightsail:CreateInstances"
    service.begin_again()
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_no_credentials(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(RelayTrayError) as caught:
        lab.create()
    assert caught.value.fault.code is FaultCode.CLOUD_NO_CREDENTIALS


def test_a_profile_of_aws_that_is_not_there(lab: Lab) -> None:
    with pytest.raises(RelayTrayError) as caught:
        lab.create(dataclasses.replace(WANTED, account="nobody"))
    assert caught.value.fault.code is FaultCode.CLOUD_CREDENTIALS_REFUSED
    assert "nobody" in caught.value.fault.details["reason"]


def test_a_name_that_is_taken_is_explained(lab: Lab, service: LoopbackLightsail) -> None:
    """One namespace across all kinds: the service says no more than that some name is in use."""
    real = service._allocate_static_ip

    def taken(region: object, words: dict[str, str]) -> object:
        service.regions[WANTED.region].key_pairs.setdefault(words["staticIpName"], {"name": "x", "line": "y"})
        return real(region, words)  # type: ignore[arg-type]

    service._allocate_static_ip = taken  # type: ignore[method-assign, assignment]
    outcome = lab.create()
    assert outcome.fault is not None
    assert (outcome.fault.code, outcome.fault.details["kind"]) == (FaultCode.CLOUD_NAME_TAKEN, "keyPair")


def test_an_instance_of_that_name_that_is_somebody_elses_stays(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    (instance,) = service.regions[WANTED.region].instances.values()
    instance["tags"] = []
    outcome = lab.destroy()
    assert fault_code(outcome) is FaultCode.CLOUD_NAME_TAKEN
    assert not service.is_empty


def test_nothing_of_ours_is_taken_away(lab: Lab) -> None:
    with pytest.raises(RelayTrayError) as caught:
        lab.destroy("by-hand")
    assert caught.value.fault.code is FaultCode.CLOUD_NOTHING_MADE


# --- the bill -----------------------------------------------------------------------------------------------


def test_the_bill_lists_what_is_ours_in_every_region(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    frankfurt = service.regions["eu-central-1"]
    frankfurt.addresses["relaytray-gone-abcdefgh-ip"] = {
        "name": "relaytray-gone-abcdefgh-ip",
        "ipAddress": "198.51.100.1",
        "isAttached": False,
    }
    frankfurt.instances["my-website"] = {"name": "my-website", "bundleId": "nano_3_0"}
    frankfurt.snapshots["old"] = {
        "name": "old",
        "fromInstanceName": "relaytray-gone-abcdefgh",
        "sizeInGb": 20,
    }
    bill = lab.desk.billing(lab.cancelled)
    told = {(thing.kind, thing.region, thing.price, thing.relay) for thing in bill.things}
    assert told == {
        (ThingKind.INSTANCE, WANTED.region, 5.0, WANTED.name),
        (ThingKind.STATIC_IP, WANTED.region, 0.0, WANTED.name),
        (ThingKind.KEY_PAIR, WANTED.region, 0.0, WANTED.name),
        (ThingKind.STATIC_IP, "eu-central-1", None, ""),
        (ThingKind.SNAPSHOT, "eu-central-1", None, ""),
    }
    assert bill.total == 5.0
    assert bill.unread == ()


def test_the_bill_knows_things_without_any_record(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    for record in (lab.paths.root / "cloud").glob("*.json"):
        record.unlink()
    bill = lab.desk.billing(lab.cancelled)
    assert (bill.total, {thing.relay for thing in bill.things}) == (5.0, {""})


def test_a_region_that_cannot_be_asked_is_told(
    lab: Lab, service: LoopbackLightsail, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.trouble.off["us-east-1"] = RefusedError("AccessDeniedException", "explicit deny")
    service.trouble.off["eu-central-1"] = RefusedError("RegionSetupInProgressException", "not enabled")
    monkeypatch.setenv("AWS_DEFAULT_REGION", WANTED.region)
    bill = lab.desk.billing(lab.cancelled)
    assert [(region, fault.code) for region, fault in bill.unread] == [("us-east-1", FaultCode.CLOUD_DENIED)]


def test_a_removal_tells_what_is_left_there(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    region = service.regions[WANTED.region]
    (name,) = region.instances
    region.snapshots["mine"] = {"name": "mine", "fromInstanceName": name, "sizeInGb": 20}
    outcome = lab.destroy()
    assert fault_code(outcome) is None
    assert [(thing.kind, thing.name, thing.detail) for thing in outcome.left] == [
        (ThingKind.SNAPSHOT, "mine", "20 GB")
    ]


def test_a_damaged_record_is_told_and_kept(lab: Lab) -> None:
    folder = lab.paths.root / "cloud"
    folder.mkdir()
    (folder / "abcdefgh.json").write_text('{"format": "relaytray-machine", "version": 1}')
    with pytest.raises(RelayTrayError) as caught:
        lab.create()
    assert caught.value.fault.code is FaultCode.FILE_DAMAGED
    assert lab.records() == ["abcdefgh.json"]


def test_two_runs_at_once(lab: Lab, service: LoopbackLightsail) -> None:
    caught: list[FaultCode] = []

    def again(report: CloudReport) -> None:
        if report.step is CloudStep.INSTANCE and not caught:
            with pytest.raises(RelayTrayError) as refused:
                lab.desk.create(WANTED, lambda _report: None, threading.Event())
            caught.append(refused.value.fault.code)

    lab.desk.create(WANTED, again, lab.cancelled)
    assert caught == [FaultCode.SETUP_RUNNING]
