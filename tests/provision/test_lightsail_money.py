"""What could cost money and nobody would notice, and what a removal must not touch."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.cloud import CloudReport, CloudStep, OpenPort, ThingKind
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Relay, Server
from app.core.provisioning import StepState
from app.core.shadowsocks import ShadowsocksServer
from app.provision.lightsail import account as account_module
from app.provision.lightsail import making
from app.provision.lightsail.account import HOME_REGION, Account
from app.sentences import sentence
from tests.peers.lightsail import REGIONS, LoopbackLightsail, RefusedError, empty_account
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


@pytest.fixture(autouse=True)
def _look_alike(machine: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "RemoteShell", LookAlike(machine))


def stop_at(lab: Lab, step: CloudStep) -> None:
    """Begun, and called off when that step begins."""

    def stop(report: CloudReport) -> None:
        if report.step is step:
            lab.cancelled.set()

    lab.desk.create(WANTED, stop, lab.cancelled)
    lab.cancelled.clear()


def edit(lab: Lab, **changes: object) -> None:
    lab.profiles.document = lab.store.edit(lambda d: dataclasses.replace(d, **changes))  # type: ignore[arg-type]


def renamed(lab: Lab, **changes: object) -> Relay:
    (relay,) = lab.store.load().relays
    relay = dataclasses.replace(relay, **changes)  # type: ignore[arg-type]
    edit(lab, relays=(relay,))
    return relay


# --- whose account ------------------------------------------------------------------------------------------


def test_a_removal_with_the_credentials_of_another_account_forgets_nothing(
    lab: Lab, service: LoopbackLightsail
) -> None:
    """There, nothing of it is found: it would look as if all of it were gone."""
    lab.create()
    mine, service.regions = service.regions, empty_account()
    service.owner = "999988887777"
    with pytest.raises(RelayTrayError) as caught:
        lab.destroy()
    fault = caught.value.fault
    assert fault.code is FaultCode.CLOUD_OTHER_ACCOUNT
    assert (fault.details["there"], fault.details["here"]) == ("111122223333", "999988887777")
    assert len(lab.records()) == 1
    assert lab.store.load().relays
    service.regions, service.owner = mine, "111122223333"
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_what_was_begun_does_not_go_on_in_another_account(lab: Lab, service: LoopbackLightsail) -> None:
    stop_at(lab, CloudStep.RUNNING)
    service.owner = "999988887777"
    with pytest.raises(RelayTrayError) as caught:
        lab.create()
    assert caught.value.fault.code is FaultCode.CLOUD_OTHER_ACCOUNT


def test_a_profile_of_aws_that_is_called_otherwise_now(
    lab: Lab, service: LoopbackLightsail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    words = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret-of-the-tests\n"
    file.write_text(f"[old]\n{words}")
    lab.create(dataclasses.replace(WANTED, account="old"))
    file.write_text(f"[new]\n{words}")
    with pytest.raises(RelayTrayError):
        lab.destroy()
    outcome = lab.desk.destroy(WANTED.name, lab.heard.append, lab.cancelled, "new")
    assert fault_code(outcome) is None
    lab.must_be_gone(service)


def test_the_bill_asks_every_account_that_a_record_tells_of(
    lab: Lab, service: LoopbackLightsail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window does not ask which: the usual one may have no credentials at all."""
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret-of-the-tests\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    lab.create(dataclasses.replace(WANTED, account="work"))
    bill = lab.desk.billing(lab.cancelled)
    assert (bill.total, bill.unread) == (5.0, ())  # two names of one account: nothing is told twice
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    bill = lab.desk.billing(lab.cancelled)
    assert (bill.total, bill.unread) == (5.0, ())


# --- which machine ------------------------------------------------------------------------------------------


def test_the_old_name_of_a_relay_leads_nowhere(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    renamed(lab, name="Osaka")
    with pytest.raises(RelayTrayError) as caught:
        lab.destroy(WANTED.name)
    assert caught.value.fault.code is FaultCode.CLOUD_NOTHING_MADE
    assert {thing.relay for thing in lab.desk.billing(lab.cancelled).things} == {"Osaka"}
    assert fault_code(lab.destroy("Osaka")) is None
    lab.must_be_gone(service)


def test_a_second_machine_by_the_old_name_of_the_first_one(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    first = renamed(lab, name="Osaka")
    assert fault_code(lab.create()) is None
    assert len(service.regions[WANTED.region].instances) == 2
    second = lab.store.load().relay_named(WANTED.name)
    assert second is not None
    assert fault_code(lab.destroy()) is None
    assert lab.store.load().relays == (first,)
    (left,) = service.regions[WANTED.region].instances.values()
    assert left["tags"][0]["value"] == first.machine


def test_one_whose_profile_is_gone_is_known_by_its_id_beside_another_of_its_name(
    lab: Lab, service: LoopbackLightsail
) -> None:
    lab.create()
    first = lab.store.load().relays[0]
    edit(lab, relays=(dataclasses.replace(first, name="Osaka"),))
    lab.create()
    edit(lab, relays=tuple(one for one in lab.store.load().relays if one.id != first.id))
    (begun,) = lab.desk.begun()
    assert begun.name == first.machine
    assert fault_code(lab.destroy(begun.name)) is None
    (left,) = service.regions[WANTED.region].instances.values()
    assert left["tags"][0]["value"] != first.machine
    assert [relay.name for relay in lab.store.load().relays] == [WANTED.name]


def test_a_name_that_a_relay_got_meanwhile(lab: Lab, service: LoopbackLightsail) -> None:
    """Told before more is made, and what was begun can be taken away all the same."""
    stop_at(lab, CloudStep.INSTANCE)
    by_hand = Relay(id="r", name=WANTED.name, host="198.51.100.1", user="me")
    edit(lab, relays=(by_hand,))
    (begun,) = lab.desk.begun()
    for name in (WANTED.name, begun.name):
        with pytest.raises(RelayTrayError) as caught:
            lab.create(dataclasses.replace(WANTED, name=name))
        assert caught.value.fault.code is FaultCode.NAME_TAKEN
    assert service.regions[WANTED.region].instances == {}
    assert fault_code(lab.destroy(begun.name)) is None
    assert service.is_empty
    assert lab.store.load().relays == (by_hand,)


def test_a_relay_that_was_led_to_another_machine_stays(lab: Lab, service: LoopbackLightsail) -> None:
    relay = renamed_after_creation(lab)
    proxy = ShadowsocksServer(
        id="p", name="there", relay_id=relay.id, host="198.51.100.7", port=8388, method="aes-256-gcm"
    )
    edit(lab, shadowsocks=(proxy,))
    assert fault_code(lab.destroy()) is None
    assert service.is_empty
    assert lab.store.load().relays == (dataclasses.replace(relay, machine=""),)
    assert lab.store.load().shadowsocks == (proxy,)


def renamed_after_creation(lab: Lab) -> Relay:
    lab.create()
    return renamed(lab, host="198.51.100.7")


def test_a_relay_that_stays_offers_no_second_removal(lab: Lab) -> None:
    relay_id = lab.create().relay_id
    edit(lab, servers=(Server(id="s", alias="lab", relay_id=relay_id),))
    lab.destroy()
    assert [relay.machine for relay in lab.store.load().relays] == [""]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("region", {"region": "eu-central-1"}),
        ("zone", {"zone": "ap-northeast-1b"}),
        ("size", {"size": "small_3_0"}),
        ("image", {"image": "ubuntu_24_04"}),
        ("ports", {"ports": (OpenPort(port=22), OpenPort(port=8388))}),
    ],
)
def test_other_choices_than_those_it_was_begun_with(
    lab: Lab, service: LoopbackLightsail, kind: str, changes: dict[str, object]
) -> None:
    """It would cost another price than the one that was just agreed to."""
    stop_at(lab, CloudStep.KEY_PAIR)
    with pytest.raises(RelayTrayError) as caught:
        lab.create(dataclasses.replace(WANTED, **changes))  # type: ignore[arg-type]
    assert caught.value.fault.code is FaultCode.CLOUD_BEGUN_OTHERWISE
    assert caught.value.fault.details["kind"] == kind
    assert service.is_empty


# --- what comes late, or twice ------------------------------------------------------------------------------


def test_an_answer_that_got_lost_and_was_asked_for_again(
    lab: Lab, service: LoopbackLightsail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library does that by itself: the second call finds the name taken, by what the first has made."""
    monkeypatch.setattr(account_module, "_TRIES", 2)
    lost: set[str] = set()

    def lose(done: str) -> None:
        if not done.startswith("Get") and done not in lost:
            lost.add(done)
            service.trouble.lose_answer.add(len(service.calls))

    service.trouble.after = lose
    assert fault_code(lab.create()) is None
    assert {"ImportKeyPair", "CreateInstances", "AllocateStaticIp", "AttachStaticIp"} <= lost
    lab.must_be_made(service)
    assert fault_code(lab.destroy()) is None
    assert {"DeleteInstance", "ReleaseStaticIp", "DeleteKeyPair"} <= lost
    lab.must_be_gone(service)


def test_a_machine_that_comes_while_it_is_taken_away_is_not_forgotten(
    lab: Lab, service: LoopbackLightsail
) -> None:
    """The call that made it was on its way when the removal looked for it."""
    stop_at(lab, CloudStep.INSTANCE)
    (path,) = (lab.paths.root / "cloud").glob("*.json")
    name = f"relaytray-tokyo-1-{path.stem}"

    def come(done: str) -> None:
        if done == "DeleteKeyPair":
            service.regions[WANTED.region].instances[name] = {
                "name": name,
                "tags": [{"key": "relaytray", "value": path.stem}],
                "state": {"code": 16, "name": "running"},
                "bundleId": "nano_3_0",
                "polls": 0,
            }

    service.trouble.after = come
    outcome = lab.destroy()
    assert fault_code(outcome) is FaultCode.CLOUD_REFUSED
    assert lab.records() == [path.name]
    service.begin_again()
    assert fault_code(lab.destroy()) is None
    lab.must_be_gone(service)


def test_a_removal_that_was_interrupted_and_then_gone_on_from_by_a_creation(
    lab: Lab, service: LoopbackLightsail
) -> None:
    stop_at(lab, CloudStep.PROFILE)

    def stop(report: CloudReport) -> None:
        if report.step is CloudStep.KEY_PAIR:
            lab.cancelled.set()

    assert fault_code(lab.desk.destroy(WANTED.name, stop, lab.cancelled)) is FaultCode.CANCELLED
    service.changes.clear()
    assert fault_code(lab.create()) is None
    lab.must_be_made(service)


def test_a_key_that_was_lost_before_the_machine_was_made(lab: Lab, service: LoopbackLightsail) -> None:
    """The key pair in the account would let nobody in."""
    stop_at(lab, CloudStep.INSTANCE)
    for path in lab.paths.own_key.parent.glob("relaytray-*"):
        path.unlink()
    assert fault_code(lab.create()) is None
    lab.must_be_made(service)


@pytest.mark.parametrize(
    ("port", "source"),
    [
        ((22, 22, "tcp"), {"cidrs": ["203.0.113.0/24"], "ipv6Cidrs": []}),
        (
            (22, 22, "tcp"),
            {"cidrs": ["0.0.0.0/0"], "cidrListAliases": ["lightsail-connect"]},
        ),
        ((22, 80, "tcp"), {"cidrs": ["0.0.0.0/0"], "ipv6Cidrs": ["::/0"]}),
        ((8, -1, "icmp"), {"cidrs": ["0.0.0.0/0"]}),
    ],
)
def test_a_firewall_that_is_nearly_right_is_set_right(
    lab: Lab, service: LoopbackLightsail, port: tuple[int, int, str], source: dict[str, list[str]]
) -> None:
    stop_at(lab, CloudStep.HOST_KEYS)
    (instance,) = service.regions[WANTED.region].instances.values()
    instance["ports"] = [port]
    instance["sources"] = {port: source}
    before = service.changes["PutInstancePublicPorts"]
    stop_at(lab, CloudStep.HOST_KEYS)
    assert service.changes["PutInstancePublicPorts"] == before + 1
    assert (instance["ports"], instance["sources"]) == ([(22, 22, "tcp")], {})
    stop_at(lab, CloudStep.HOST_KEYS)
    assert service.changes["PutInstancePublicPorts"] == before + 1  # right as it is


# --- the bill -----------------------------------------------------------------------------------------------


def test_a_region_that_is_off_is_told_as_such(
    lab: Lab, service: LoopbackLightsail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says of credentials that are right: the token is invalid."""
    service.trouble.off["eu-central-1"] = RefusedError(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )
    monkeypatch.setenv("AWS_DEFAULT_REGION", WANTED.region)
    lab.create()
    bill = lab.desk.billing(lab.cancelled)
    assert (bill.total, bill.unread, bill.closed) == (5.0, (), ("eu-central-1",))
    with pytest.raises(RelayTrayError) as caught:
        lab.desk.market("eu-central-1")
    assert caught.value.fault.code is FaultCode.CLOUD_REGION_OFF


def test_a_region_without_an_available_zone_is_in_the_bill(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    service.trouble.unavailable.add(WANTED.region)
    assert lab.desk.billing(lab.cancelled).total == 5.0
    assert WANTED.region not in {region.name for region in lab.desk.regions()}


def test_snapshots_of_the_disk_of_a_machine_are_in_the_bill(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    (name,) = service.regions[WANTED.region].instances
    service.regions[WANTED.region].disk_snapshots["d"] = {"name": "d", "fromInstanceName": name}
    outcome = lab.destroy()
    assert [(thing.kind, thing.name) for thing in outcome.left] == [(ThingKind.SNAPSHOT, "d")]


def test_a_damaged_record_keeps_nobody_from_the_others(lab: Lab, service: LoopbackLightsail) -> None:
    lab.create()
    damaged = lab.paths.root / "cloud" / "abcdefgh.json"
    damaged.write_text("{")
    assert lab.desk.billing(lab.cancelled).total == 5.0
    assert lab.desk.begun() == ()
    with pytest.raises(RelayTrayError) as caught:
        lab.destroy("another")  # it may be that one
    assert caught.value.fault.code is FaultCode.FILE_DAMAGED
    assert fault_code(lab.destroy()) is None
    assert service.is_empty
    assert lab.records() == [damaged.name]


# --- credentials, regions, calling off ----------------------------------------------------------------------


def test_a_usual_region_without_lightsail(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "me-south-1")
    assert Account().region == HOME_REGION
    assert {region.name for region in lab.desk.regions()} == set(REGIONS)


def test_nobody_is_asked_for_a_one_time_code(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window has no terminal to ask on."""
    file = tmp_path / "config"
    file.write_text(
        "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile base]\n"
        "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret-of-the-tests\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    with pytest.raises(RelayTrayError) as caught:
        lab.desk.regions("role")
    assert caught.value.fault.code is FaultCode.CLOUD_CREDENTIALS_REFUSED
    assert "mfa_serial" in sentence(caught.value.fault)


def test_what_was_called_off_is_not_sent_again(
    service: LoopbackLightsail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tries, each with its time to wait for an answer, are minutes on a network that is down."""
    monkeypatch.setattr(account_module, "_TRIES", 5)
    cancelled = threading.Event()
    service.trouble.drop |= set(range(1, 6))
    account = Account(cancelled=cancelled)
    real = service.answer

    def answer(*words: object) -> object:
        cancelled.set()
        return real(*words)  # type: ignore[arg-type]

    service.answer = answer  # type: ignore[method-assign, assignment]
    with pytest.raises(RelayTrayError) as caught:
        account.call("get_regions")
    assert caught.value.fault.code is FaultCode.CANCELLED
    assert len(service.calls) == 1


def test_a_step_that_was_there_says_so(lab: Lab) -> None:
    stop_at(lab, CloudStep.HOST_KEYS)
    outcome = lab.create()
    states = {report.step: report.state for report in outcome.reports}
    assert states[CloudStep.STATIC_IP] is states[CloudStep.INSTANCE] is StepState.RIGHT
    assert lab.store.load().relays[0].host == ADDRESS
