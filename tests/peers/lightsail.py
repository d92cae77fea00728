"""Amazon Lightsail on loopback, with state: JSON 1.1 as botocore speaks it, operations that take time.

It answers for STS as well, which tells whose credentials they are.
Not the real service: what it does is what the model of the API and its documentation say. Every request and
every answer is checked against botocore's own model, so a shape that the service does not have fails here.
Point a program at it with ``AWS_ENDPOINT_URL_LIGHTSAIL`` and ``..._STS`` (``environment`` has all of it).
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import botocore.session
from botocore.validate import ParamValidator

Raw = dict[str, Any]
_NOW = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
REGIONS = {"eu-central-1": "Frankfurt", "ap-northeast-1": "Tokyo", "us-east-1": "Virginia"}


class RefusedError(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


NOT_FOUND = "NotFoundException"
INVALID = "InvalidInputException"


@dataclass
class Trouble:
    """What the service does wrong, and when. Calls are counted from 1, over all regions."""

    refuse: dict[int, RefusedError] = field(default_factory=dict)
    lose_answer: set[int] = field(default_factory=set)  # it is done, and nobody hears of it
    drop: set[int] = field(default_factory=set)  # it is not even done
    fail_operation: set[str] = field(default_factory=set)  # "CreateInstance": its operation ends as Failed
    off: dict[str, RefusedError] = field(default_factory=dict)  # regions that refuse everything
    refuse_action: dict[str, RefusedError] = field(default_factory=dict)
    never_runs: bool = False
    unavailable: set[str] = field(default_factory=set)  # regions none of whose zones is available
    after: Callable[[str], None] = lambda _action: None  # it is done, and nobody has heard of it yet


class _Region:
    def __init__(self, name: str) -> None:
        self.name = name
        self.instances: dict[str, Raw] = {}
        self.addresses: dict[str, Raw] = {}
        self.key_pairs: dict[str, Raw] = {}
        self.snapshots: dict[str, Raw] = {}
        self.disks: dict[str, Raw] = {}
        self.disk_snapshots: dict[str, Raw] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.instances or self.addresses or self.key_pairs)


@functools.cache
def _model() -> Any:
    """Reading it takes longer than most tests do with it."""
    return botocore.session.get_session().get_service_model("lightsail")


def own_address() -> str:
    """Of loopback, for a machine whose sshd listens on port 22: no other process of the tests has it."""
    number = os.getpid() % 65536
    return f"127.88.{number >> 8}.{number & 255}"


def empty_account() -> dict[str, _Region]:
    return {name: _Region(name) for name in REGIONS}


class LoopbackLightsail:
    """``with LoopbackLightsail(...) as service``: ``service.environment`` leads a program to it."""

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        user: str = "admin",
        host_keys: tuple[str, ...] = (),
        polls: int = 1,
        on_key: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """``polls``: how often an operation is asked for until it has ended. ``on_key``: of a new machine."""
        self._address, self._user, self._host_keys, self._polls = address, user, host_keys, polls
        self._on_key = on_key
        self.trouble = Trouble()
        self.owner = "111122223333"
        self.regions = empty_account()
        self.calls: list[str] = []
        self.changes: Counter[str] = Counter()
        self._operations: dict[str, Raw] = {}
        self._lock = threading.RLock()
        self._model = _model()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="lightsail", daemon=True
        )

    @property
    def environment(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "AWS_ENDPOINT_URL_LIGHTSAIL": address,
            "AWS_ENDPOINT_URL_STS": address,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-tests",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2",
        }

    @property
    def is_empty(self) -> bool:
        return all(region.is_empty for region in self.regions.values())

    def begin_again(self) -> None:
        """Another round of calls: they are counted from 1, and nothing goes wrong."""
        with self._lock:
            self.calls.clear()
            self.trouble = Trouble()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- HTTP ---------------------------------------------------------------------------------------------

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if "X-Amz-Target" not in self.headers:
                    self.tell(*service.answer_of_sts(), "text/xml", {})
                    return
                action = self.headers["X-Amz-Target"].removeprefix("Lightsail_20161128.")
                region = self.headers["Authorization"].split("/")[2]
                status, answer = service.answer(region, action, json.loads(body))
                data = json.dumps(answer, default=_timestamp).encode()
                more = {"x-amzn-ErrorType": answer["__type"]} if "__type" in answer else {}
                self.tell(status, data, "application/x-amz-json-1.1", more)

            def tell(self, status: int, data: bytes, kind: str, more: dict[str, str]) -> None:
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: object) -> None: ...

        return Handler

    def answer(self, region: str, action: str, words: Raw) -> tuple[int, Raw]:
        """HTTP status (0 = none at all) and body."""
        with self._lock:
            self.calls.append(action)
            number = len(self.calls)
            try:
                if number in self.trouble.drop:
                    return 0, {}
                for refusal in (
                    self.trouble.refuse.get(number),
                    self.trouble.off.get(region),
                    self.trouble.refuse_action.get(action),
                ):
                    if refusal is not None:
                        raise refusal
                operation = self._model.operation_model(action)
                _must_fit(words, operation.input_shape, action)
                told = getattr(self, f"_{_snake(action)}")(self.regions[region], words)
                _must_fit(told, operation.output_shape, action)
            except RefusedError as e:
                status, told = e.status, {"__type": e.code, "message": e.message}
            else:
                status = 200
                self.trouble.after(action)
            return (0, {}) if number in self.trouble.lose_answer else (status, told)

    def answer_of_sts(self) -> tuple[int, bytes]:
        """GetCallerIdentity, in the XML that STS speaks."""
        with self._lock:
            self.calls.append("GetCallerIdentity")
            number = len(self.calls)
            refusal = self.trouble.refuse.get(number) or self.trouble.refuse_action.get("GetCallerIdentity")
            if number in self.trouble.drop or number in self.trouble.lose_answer:
                return 0, b""
            if refusal is not None:
                code, words = refusal.code, refusal.message
                error = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
                return refusal.status, f"<ErrorResponse>{error}</ErrorResponse>".encode()
            told = f"<GetCallerIdentityResult><Account>{self.owner}</Account></GetCallerIdentityResult>"
            return 200, f"<GetCallerIdentityResponse>{told}</GetCallerIdentityResponse>".encode()

    # --- what can be had ----------------------------------------------------------------------------------

    def _get_regions(self, _region: _Region, _words: Raw) -> Raw:
        def zone(name: str) -> list[Raw]:
            state = "unavailable" if name in self.trouble.unavailable else "available"
            zones = [{"zoneName": f"{name}{letter}", "state": state} for letter in "ab"]
            return [{"zoneName": f"{name}z", "state": "unavailable"}, *zones]

        return {
            "regions": [
                {"name": name, "displayName": title, "continentCode": "EU", "availabilityZones": zone(name)}
                for name, title in REGIONS.items()
            ]
        }

    def _get_blueprints(self, _region: _Region, words: Raw) -> Raw:
        def image(id_: str, name: str, **more: Any) -> Raw:
            common = {"type": "os", "platform": "LINUX_UNIX", "isActive": True, "minPower": 0}
            return {
                "blueprintId": id_,
                "name": name,
                "group": id_.split("_", maxsplit=1)[0],
                **common,
                **more,
            }

        if "pageToken" not in words:
            first = [
                image("windows_server_2022", "Windows Server 2022", platform="WINDOWS", minPower=500),
                image("ubuntu_22_04", "Ubuntu", version="22.04 LTS"),
                image("debian_11", "Debian", version="11.4", isActive=False),
                image("wordpress", "WordPress", type="app"),
            ]
            return {"blueprints": first, "nextPageToken": "page-2"}
        second = [
            image("debian_12", "Debian", version="12.8"),
            image("ubuntu_24_04", "Ubuntu", version="24.04 LTS"),
            image("centos_stream_9", "CentOS Stream", version="9", minPower=1000),
        ]
        return {"blueprints": second}

    def _get_bundles(self, _region: _Region, words: Raw) -> Raw:
        def size(id_: str, price: float, memory: float, power: int, **more: Any) -> Raw:
            return {
                "bundleId": id_,
                "name": id_.split("_", maxsplit=1)[0].title(),
                "price": price,
                "isActive": True,
                "cpuCount": 2,
                "diskSizeInGb": 20,
                "ramSizeInGb": memory,
                "transferPerMonthInGb": 1024,
                "supportedPlatforms": ["LINUX_UNIX"],
                "power": power,
                "publicIpv4AddressCount": 1,
                **more,
            }

        sizes = [
            size("small_3_0", 12.0, 2.0, 1000),
            size("nano_3_0", 5.0, 0.5, 300),
            size("nano_ipv6_3_0", 3.5, 0.5, 300, publicIpv4AddressCount=0),
            size("nano_win_3_0", 8.0, 0.5, 300, supportedPlatforms=["WINDOWS"]),
        ]
        if words.get("includeInactive"):
            sizes.append(size("nano_2_0", 3.5, 0.5, 300, isActive=False))
        return {"bundles": sizes}

    # --- names --------------------------------------------------------------------------------------------

    def _must_be_free(self, region: _Region, name: str) -> None:
        if name in {*region.instances, *region.addresses, *region.key_pairs}:
            raise RefusedError(INVALID, f"Some names are already in use: {name}")

    def _one(self, things: dict[str, Raw], name: str, kind: str) -> Raw:
        if name not in things:
            raise RefusedError(NOT_FOUND, f"The {kind} does not exist: {name}")
        return things[name]

    # --- operations ---------------------------------------------------------------------------------------

    def _operation(self, name: str, kind: str, type_: str, done: Callable[[], None]) -> Raw:
        """``done`` happens when it has been asked for often enough."""
        self.changes[type_] += 1
        id_ = f"operation-{len(self._operations) + 1}"
        operation = {
            "id": id_,
            "resourceName": name,
            "resourceType": kind,
            "createdAt": _NOW,
            "status": "Started",
            "isTerminal": False,
        }
        if type_ in self._model.shape_for("OperationType").enum:  # it has none for key pairs
            operation["operationType"] = type_
        self._operations[id_] = {"raw": operation, "left": self._polls, "done": done, "type": type_}
        if self._polls == 0:
            self._go_on(id_)
        return dict(operation)

    def _go_on(self, id_: str) -> None:
        known = self._operations[id_]
        operation = known["raw"]
        if operation["isTerminal"]:
            return
        known["left"] -= 1
        if known["left"] > 0:
            return
        operation["isTerminal"] = True
        if known["type"] in self.trouble.fail_operation:
            operation |= {"status": "Failed", "errorCode": "500", "errorDetails": "There is no capacity left"}
            return
        operation["status"] = "Succeeded"
        known["done"]()

    def _get_operation(self, _region: _Region, words: Raw) -> Raw:
        if words["operationId"] not in self._operations:
            raise RefusedError(NOT_FOUND, "no such operation")
        self._go_on(words["operationId"])
        return {"operation": dict(self._operations[words["operationId"]]["raw"])}

    # --- key pairs ----------------------------------------------------------------------------------------

    def _import_key_pair(self, region: _Region, words: Raw) -> Raw:
        name, line = words["keyPairName"], words["publicKeyBase64"]
        self._must_be_free(region, name)
        if not line.startswith(
            ("ssh-ed25519 AAAA", "ssh-rsa AAAA")
        ):  # it wants the line, whatever its name says
            raise RefusedError(INVALID, "The format of this public key is not valid.")
        region.key_pairs[name] = {"name": name, "line": line}
        return {"operation": self._operation(name, "KeyPair", "ImportKeyPair", _nothing)}

    def _get_key_pair(self, region: _Region, words: Raw) -> Raw:
        found = self._one(region.key_pairs, words["keyPairName"], "KeyPair")
        return {"keyPair": {"name": found["name"], "createdAt": _NOW, "resourceType": "KeyPair"}}

    def _get_key_pairs(self, region: _Region, _words: Raw) -> Raw:
        return {"keyPairs": [{"name": name, "resourceType": "KeyPair"} for name in region.key_pairs]}

    def _delete_key_pair(self, region: _Region, words: Raw) -> Raw:
        name = words["keyPairName"]
        self._one(region.key_pairs, name, "KeyPair")
        del region.key_pairs[name]
        return {"operation": self._operation(name, "KeyPair", "DeleteKeyPair", _nothing)}

    # --- instances ----------------------------------------------------------------------------------------

    def _create_instances(self, region: _Region, words: Raw) -> Raw:
        (name,) = words["instanceNames"]
        self._must_be_free(region, name)
        line = self._one(region.key_pairs, words["keyPairName"], "KeyPair")["line"]
        instance = {
            "name": name,
            "tags": words.get("tags", []),
            "bundleId": words["bundleId"],
            "blueprintId": words["blueprintId"],
            "createdAt": _NOW,
            "resourceType": "Instance",
            "location": {"regionName": region.name, "availabilityZone": words["availabilityZone"]},
            "publicIpAddress": "198.51.100.9",
            "state": {"code": 0, "name": "pending"},
            "polls": 2,
            "ports": [(22, 22, "tcp"), (80, 80, "tcp")],  # what the provider opens by itself
            "sources": {},  # of a port that not everybody may reach
        }
        region.instances[name] = instance
        self._on_key(line)
        return {"operations": [self._operation(name, "Instance", "CreateInstance", _nothing)]}

    def _instance(self, region: _Region, words: Raw) -> Raw:
        return self._one(region.instances, words["instanceName"], "Instance")

    def _get_instance(self, region: _Region, words: Raw) -> Raw:
        self._get_instance_state(region, words)
        return {"instance": _without(self._instance(region, words), "polls", "ports", "sources")}

    def _get_instances(self, region: _Region, _words: Raw) -> Raw:
        return {
            "instances": [_without(one, "polls", "ports", "sources") for one in region.instances.values()]
        }

    def _get_instance_state(self, region: _Region, words: Raw) -> Raw:
        instance = self._instance(region, words)
        instance["polls"] -= 1
        if instance["polls"] <= 0 and instance["state"]["name"] == "pending" and not self.trouble.never_runs:
            instance["state"] = {"code": 16, "name": "running"}
        return {"state": instance["state"]}

    def _delete_instance(self, region: _Region, words: Raw) -> Raw:
        name = words["instanceName"]
        if self._instance(region, words)["state"]["name"] == "pending":
            raise RefusedError(INVALID, "The instance is in a state that does not allow this: pending.")

        def done() -> None:
            region.instances.pop(name, None)
            for address in region.addresses.values():
                if address["attachedTo"] == name:
                    address |= {"attachedTo": "", "isAttached": False}

        return {"operations": [self._operation(name, "Instance", "DeleteInstance", done)]}

    def _get_instance_access_details(self, region: _Region, words: Raw) -> Raw:
        instance = self._instance(region, words)
        is_up = instance["state"]["name"] == "running"
        keys = [
            {"algorithm": line.split()[0], "publicKey": line, "witnessedAt": _NOW}
            for line in (self._host_keys if is_up else ())
        ]
        secret = "-----BEGIN PRIVATE KEY-----\nnever-to-be-seen\n"
        details = {"username": self._user, "hostKeys": keys, "privateKey": secret, "protocol": "ssh"}
        return {"accessDetails": {"instanceName": instance["name"], **details}}

    def _get_instance_port_states(self, region: _Region, words: Raw) -> Raw:
        instance = self._instance(region, words)
        everywhere = {"cidrs": ["0.0.0.0/0"], "ipv6Cidrs": ["::/0"], "cidrListAliases": []}
        return {
            "portStates": [
                {"fromPort": port[0], "toPort": port[1], "protocol": port[2], "state": "open"}
                | instance["sources"].get(port, everywhere)
                for port in instance["ports"]
            ]
        }

    def _put_instance_public_ports(self, region: _Region, words: Raw) -> Raw:
        instance = self._instance(region, words)

        def done() -> None:
            instance["sources"].clear()
            instance["ports"] = [(p["fromPort"], p["toPort"], p["protocol"]) for p in words["portInfos"]]

        return {"operation": self._operation(instance["name"], "Instance", "PutInstancePublicPorts", done)}

    # --- static IPs ---------------------------------------------------------------------------------------

    def _allocate_static_ip(self, region: _Region, words: Raw) -> Raw:
        name = words["staticIpName"]
        self._must_be_free(region, name)
        region.addresses[name] = {
            "name": name,
            "ipAddress": self._address,
            "attachedTo": "",
            "isAttached": False,
            "createdAt": _NOW,
            "resourceType": "StaticIp",
        }
        return {"operations": [self._operation(name, "StaticIp", "AllocateStaticIp", _nothing)]}

    def _address_of(self, region: _Region, words: Raw) -> Raw:
        return self._one(region.addresses, words["staticIpName"], "StaticIp")

    def _get_static_ip(self, region: _Region, words: Raw) -> Raw:
        return {"staticIp": dict(self._address_of(region, words))}

    def _get_static_ips(self, region: _Region, _words: Raw) -> Raw:
        return {"staticIps": [dict(one) for one in region.addresses.values()]}

    def _attach_static_ip(self, region: _Region, words: Raw) -> Raw:
        address, instance = self._address_of(region, words), self._instance(region, words)
        if instance["state"]["name"] != "running":
            raise RefusedError("OperationFailureException", "The instance is not running.")

        def done() -> None:
            address.update(attachedTo=instance["name"], isAttached=True)

        return {"operations": [self._operation(address["name"], "StaticIp", "AttachStaticIp", done)]}

    def _detach_static_ip(self, region: _Region, words: Raw) -> Raw:
        address = self._address_of(region, words)
        if not address["isAttached"]:
            raise RefusedError(INVALID, "The static IP is not attached.")

        def done() -> None:
            address.update(attachedTo="", isAttached=False)

        return {"operations": [self._operation(address["name"], "StaticIp", "DetachStaticIp", done)]}

    def _release_static_ip(self, region: _Region, words: Raw) -> Raw:
        address = self._address_of(region, words)
        if address["isAttached"]:
            raise RefusedError(INVALID, "The static IP is attached to an instance.")

        def done() -> None:
            region.addresses.pop(address["name"], None)

        return {"operations": [self._operation(address["name"], "StaticIp", "ReleaseStaticIp", done)]}

    # --- what else costs money ----------------------------------------------------------------------------

    def _get_instance_snapshots(self, region: _Region, _words: Raw) -> Raw:
        return {"instanceSnapshots": list(region.snapshots.values())}

    def _get_disks(self, region: _Region, _words: Raw) -> Raw:
        return {"disks": list(region.disks.values())}

    def _get_disk_snapshots(self, region: _Region, _words: Raw) -> Raw:
        return {"diskSnapshots": list(region.disk_snapshots.values())}


def _nothing() -> None: ...


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _without(raw: Raw, *names: str) -> Raw:
    return {name: value for name, value in raw.items() if name not in names}


def _must_fit(words: Raw, shape: Any, action: str) -> None:
    known = set(shape.members)
    report = ParamValidator().validate(words, shape)
    if report.has_errors() or set(words) - known:
        raise AssertionError(f"{action}: {report.generate_report()} {sorted(set(words) - known)}")


def _timestamp(value: object) -> float:
    assert isinstance(value, dt.datetime)
    return value.timestamp()
