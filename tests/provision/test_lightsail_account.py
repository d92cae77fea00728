"""Calls to Lightsail under botocore's Stubber, which checks each request and answer against the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from app.core.faults import FaultCode, RelayTrayError
from app.provision.lightsail import account as account_module
from app.provision.lightsail.account import Account, NotThereError, Waiting
from app.provision.lightsail.market import market, regions
from app.sentences import sentence
from tests.peers.ports import free_port


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-tests",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(account_module, "_TRIES", 1)
    return Account("eu-central-1", poll_s=0.01)


@pytest.fixture
def stubber(account: Account) -> Iterator[Stubber]:
    with Stubber(account._client) as stubbed:
        yield stubbed
        stubbed.assert_no_pending_responses()


def operation(status: str, **more: Any) -> dict[str, Any]:
    is_over = status in ("Succeeded", "Failed")
    return {"id": "op-1", "status": status, "isTerminal": is_over, "resourceName": "x", **more}


@pytest.mark.parametrize(
    ("code", "message", "fault"),
    [
        ("AccessDeniedException", "User is not authorized to perform", FaultCode.CLOUD_DENIED),
        ("UnauthenticatedException", "Please sign in", FaultCode.CLOUD_CREDENTIALS_REFUSED),
        ("ExpiredTokenException", "The security token has expired", FaultCode.CLOUD_CREDENTIALS_REFUSED),
        ("SignatureDoesNotMatch", "Signature not yet current: 2027", FaultCode.CLOUD_CLOCK_WRONG),
        ("AccountSetupInProgressException", "being set up", FaultCode.CLOUD_ACCOUNT_NOT_READY),
        ("OptInRequired", "You are not subscribed to this service", FaultCode.CLOUD_ACCOUNT_NOT_READY),
        ("RegionSetupInProgressException", "being set up", FaultCode.CLOUD_REGION_OFF),
        ("ThrottlingException", "Rate exceeded", FaultCode.CLOUD_THROTTLED),
        ("TooManyRequestsException", "Too many", FaultCode.CLOUD_THROTTLED),
        ("InvalidInputException", "Some names are already in use: x", FaultCode.CLOUD_NAME_TAKEN),
        ("ServiceException", "You have reached the maximum number of static IPs", FaultCode.CLOUD_QUOTA),
        ("InvalidInputException", "The bundle is not supported", FaultCode.CLOUD_REFUSED),
        ("OperationFailureException", "", FaultCode.CLOUD_REFUSED),
    ],
)
def test_each_refusal_has_a_sentence(
    account: Account, stubber: Stubber, code: str, message: str, fault: FaultCode
) -> None:
    stubber.add_client_error("allocate_static_ip", code, message)
    with pytest.raises(RelayTrayError) as caught:
        account.call("allocate_static_ip", staticIpName="x")
    assert caught.value.fault.code is fault
    told = sentence(caught.value.fault)
    assert "{" not in told
    if fault in (FaultCode.CLOUD_REFUSED, FaultCode.CLOUD_QUOTA) and message:
        assert message in told


def test_what_is_not_there(account: Account, stubber: Stubber) -> None:
    stubber.add_client_error("get_static_ip", "NotFoundException", "does not exist")
    assert account.find("get_static_ip", "staticIp", staticIpName="x") is None
    stubber.add_client_error("release_static_ip", "NotFoundException", "does not exist")
    with pytest.raises(NotThereError):
        account.call("release_static_ip", staticIpName="x")


def test_an_operation_is_waited_for(account: Account, stubber: Stubber) -> None:
    words = {"staticIpName": "x"}
    stubber.add_response("release_static_ip", {"operations": [operation("Started")]}, words)
    stubber.add_response("get_operation", {"operation": operation("Started")}, {"operationId": "op-1"})
    stubber.add_response("get_operation", {"operation": operation("Succeeded")}, {"operationId": "op-1"})
    ticks: list[int] = []
    waiting = Waiting(threading.Event(), lambda: ticks.append(1))
    account.change("static IP", waiting, "release_static_ip", **words)
    assert len(ticks) == 1


def test_an_operation_that_fails(account: Account, stubber: Stubber) -> None:
    failed = operation("Failed", errorCode="503", errorDetails="No capacity")
    stubber.add_response("delete_key_pair", {"operation": failed}, {"keyPairName": "x"})
    with pytest.raises(RelayTrayError) as caught:
        account.change("key pair", Waiting(threading.Event()), "delete_key_pair", keyPairName="x")
    assert "No capacity" in sentence(caught.value.fault)


def test_an_operation_that_takes_too_long(account: Account, stubber: Stubber) -> None:
    stubber.add_response("delete_key_pair", {"operation": operation("Started")}, {"keyPairName": "x"})
    stubber.add_response("get_operation", {"operation": operation("Started")}, {"operationId": "op-1"})
    waiting = Waiting(threading.Event(), patience_s=-1.0)
    with pytest.raises(RelayTrayError) as caught:
        account.change("key pair", waiting, "delete_key_pair", keyPairName="x")
    assert caught.value.fault.code is FaultCode.CLOUD_TOO_SLOW


def test_a_region_may_have_no_zone_now(account: Account, stubber: Stubber) -> None:
    zones = [{"zoneName": "a-1", "state": "unavailable"}]
    listed = [
        {"name": "eu-west-1", "displayName": "Ireland", "availabilityZones": [{"zoneName": "b-1"}]},
        {"name": "eu-west-2", "displayName": "London", "availabilityZones": zones},
    ]
    stubber.add_response("get_regions", {"regions": listed}, {"includeAvailabilityZones": True})
    assert [(one.name, one.zones) for one in regions(account)] == [("eu-west-1", ("b-1",)), ("eu-west-2", ())]


def test_pages_are_read_to_their_end(account: Account, stubber: Stubber) -> None:
    image = {"blueprintId": "debian_12", "name": "Debian", "version": "12.8", "type": "os"} | {
        "platform": "LINUX_UNIX",
        "isActive": True,
    }
    newer = image | {"blueprintId": "debian_13", "version": "13.1"}
    size = {"bundleId": "nano", "price": 5.0, "isActive": True, "supportedPlatforms": ["LINUX_UNIX"]}
    stubber.add_response("get_blueprints", {"blueprints": [image], "nextPageToken": "2"}, {})
    stubber.add_response("get_blueprints", {"blueprints": [newer]}, {"pageToken": "2"})
    stubber.add_response("get_bundles", {"bundles": [size]}, {})
    found = market(account)
    assert [one.id for one in found.images] == ["debian_13", "debian_12"]
    assert [one.id for one in found.sizes] == ["nano"]


def test_a_network_that_is_down(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RelayTrayError) as caught:
        regions(Account("eu-central-1"))
    assert caught.value.fault.code is FaultCode.CLOUD_UNREACHABLE
    assert caught.value.fault.details["region"] == "eu-central-1"


_SSO = """\
sso_start_url = https://x.example/start
sso_region = us-east-1
sso_role_name = r
sso_account_id = 111122223333
"""
_ROLE = "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = nobody"


@pytest.mark.parametrize(("lines", "reason"), [(_SSO, "SSO Token"), (_ROLE, "nobody")])
def test_a_login_that_is_over_says_how_to_renew_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, reason: str
) -> None:
    file = tmp_path / "config"
    file.write_text(f"[profile work]\n{lines}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(RelayTrayError) as caught:
        regions(Account("eu-central-1", "work"))
    assert caught.value.fault.code is FaultCode.CLOUD_CREDENTIALS_REFUSED
    told = sentence(caught.value.fault)
    assert reason in told
    assert "aws sso login" in told


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_module, "is_possible", lambda: False)
    with pytest.raises(RelayTrayError) as caught:
        Account("eu-central-1")
    assert 'its extra "lightsail"' in sentence(caught.value.fault)
