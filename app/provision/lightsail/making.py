"""From nothing to a relay that lets this computer in. Each step first looks whether it is done already.

So a run that was stopped, killed or refused anywhere goes on from there, and an answer that got lost on its
way back makes nothing twice: every thing has a name that is ours alone.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import threading

from app.core.cloud import SSH_PORT, CloudProgress, CloudReport, CloudStep, OpenPort, ThingKind
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.private_keys import KeyKind
from app.core.profiles import Document, Relay
from app.core.provisioning import StepState
from app.provision.lightsail.account import PATIENCE_S, Account, Raw
from app.provision.lightsail.record import TAG, MachineRecord, Records
from app.provision.lightsail.steps import Did, Run
from app.provision.surroundings import Ground
from app.storage.profiles_file import new_id
from app.transport.host_keys import PLAIN_ALGORITHMS, HostKeyBlob, fingerprint, host_key_name
from app.transport.known_hosts import blob_type
from app.transport.new_key import make_key, public_line
from app.transport.remote_shell import RemoteShell

_EVERYWHERE_4, _EVERYWHERE_6 = "0.0.0.0/0", "::/0"
_EVERYWHERE = frozenset((_EVERYWHERE_4, _EVERYWHERE_6))
_USABLE = {"ssh-rsa", *PLAIN_ALGORITHMS}
# A machine that has just started: its sshd may not listen yet, or know the key yet.
_NOT_YET = {
    *(FaultCode.CONNECTION_REFUSED, FaultCode.CONNECT_TIMED_OUT, FaultCode.NETWORK_UNREACHABLE),
    *(FaultCode.LINK_LOST, FaultCode.NOT_SSH, FaultCode.LOGIN_REFUSED),
}
_LOGIN_EVERY_S = 5.0


class Making:
    def __init__(
        self,
        account: Account,
        record: MachineRecord,
        records: Records,
        ground: Ground,
        progress: CloudProgress,
        cancelled: threading.Event,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._account, self._records, self._ground = account, records, ground
        self.record = record
        self._cancelled = cancelled
        self._has_new_key = False
        self._run = Run(progress, cancelled, patience_s=patience_s)

    def run(self) -> tuple[CloudReport, ...]:
        """Through all steps. The record is on disk before the first thing is asked for."""
        return self._run.through(
            (
                (CloudStep.LOGIN_KEY, self._login_key),
                (CloudStep.KEY_PAIR, self._key_pair),
                (CloudStep.INSTANCE, self._instance),
                (CloudStep.RUNNING, self._running),
                (CloudStep.STATIC_IP, self._static_ip),
                (CloudStep.FIREWALL, self._firewall),
                (CloudStep.HOST_KEYS, self._host_keys),
                (CloudStep.LOGIN, self._login),
                (CloudStep.PROFILE, self._profile),
            )
        )

    # --- steps --------------------------------------------------------------------------------------------

    def _login_key(self) -> Did:
        path = self._records.key_path(self.record)
        if path.exists():
            return StepState.RIGHT, str(path)
        make_key(path, KeyKind.ED25519, comment=self.record.name_of(ThingKind.KEY_PAIR))
        self._has_new_key = True
        return StepState.DONE, str(path)

    def _key_pair(self) -> Did:
        name = self.record.name_of(ThingKind.KEY_PAIR)
        if self._account.find("get_key_pair", "keyPair", keyPairName=name) is not None:
            if not self._has_new_key:
                return StepState.RIGHT, name
            # That of a key which is not on this computer any more: it would let nobody in.
            self._account.change("key pair", self._run.waiting, "delete_key_pair", keyPairName=name)
        self._plan(ThingKind.KEY_PAIR)
        # The model calls it base64, and the service wants the line of authorized_keys as it is.
        line = " ".join(public_line(self._records.key_path(self.record)).split()[:2])
        self._make(ThingKind.KEY_PAIR, "key pair", "import_key_pair", keyPairName=name, publicKeyBase64=line)
        return StepState.DONE, name

    def _instance(self) -> Did:
        record, name = self.record, self.record.name_of(ThingKind.INSTANCE)
        found = self._account.find("get_instance", "instance", instanceName=name)
        if found is not None:
            self._must_be_ours(found, name)
            return StepState.RIGHT, name
        self._plan(ThingKind.INSTANCE)
        self._make(
            ThingKind.INSTANCE,
            "instance",
            "create_instances",
            instanceNames=[name],
            availabilityZone=record.zone,
            blueprintId=record.image,
            bundleId=record.size,
            keyPairName=record.name_of(ThingKind.KEY_PAIR),
            tags=[{"key": TAG, "value": record.id}],
            ipAddressType="dualstack",
        )
        return StepState.DONE, name

    def _running(self) -> Did:
        name = self.record.name_of(ThingKind.INSTANCE)
        was_running = True

        def runs() -> bool:
            nonlocal was_running
            state = self._account.call("get_instance_state", instanceName=name)["state"]["name"]
            if state in ("stopped", "stopping", "shutting-down", "terminated"):
                raise error(FaultCode.CLOUD_REFUSED, action="instance", reason=f"{name} is {state}")
            was_running = was_running and state == "running"
            return bool(state == "running")

        self._run.waiting.until(f"the start of {name}", runs, self._account.poll_s)
        return (StepState.RIGHT if was_running else StepState.DONE), name

    def _static_ip(self) -> Did:
        name, instance = self.record.name_of(ThingKind.STATIC_IP), self.record.name_of(ThingKind.INSTANCE)
        found = self._find_static_ip(name)
        state = StepState.RIGHT
        if found is None:
            self._plan(ThingKind.STATIC_IP)
            self._make(ThingKind.STATIC_IP, "static IP", "allocate_static_ip", staticIpName=name)
            found, state = self._find_static_ip(name), StepState.DONE
        if found is None or found.get("attachedTo") != instance:
            words = {"staticIpName": name, "instanceName": instance}
            try:
                self._account.change("static IP", self._run.waiting, "attach_static_ip", **words)
            except RelayTrayError as e:  # an answer got lost, and it was asked for again
                now = self._find_static_ip(name) if e.fault.code is FaultCode.CLOUD_REFUSED else None
                if now is None or now.get("attachedTo") != instance:
                    raise
            state = StepState.DONE

        def is_attached() -> bool:
            nonlocal found
            found = self._find_static_ip(name)
            return found is not None and found.get("attachedTo") == instance and bool(found.get("ipAddress"))

        self._run.waiting.until("the address", is_attached, self._account.poll_s)
        assert found is not None
        self._keep(host=str(found["ipAddress"]))
        return state, self.record.host

    def _firewall(self) -> Did:
        """All ports at once: what the provider opens by itself is closed by that."""
        wanted = {(one.port, one.port, one.protocol) for one in self.record.ports}
        everywhere = {(*one, _EVERYWHERE) for one in wanted}
        if self._open_ports() == everywhere:
            return StepState.RIGHT, _told_ports(self.record.ports)
        infos = [
            {
                "fromPort": one.port,
                "toPort": one.port,
                "protocol": one.protocol,
                "cidrs": [_EVERYWHERE_4],
                "ipv6Cidrs": [_EVERYWHERE_6],
            }
            for one in self.record.ports
        ]
        name = self.record.name_of(ThingKind.INSTANCE)
        self._account.change(
            "firewall", self._run.waiting, "put_instance_public_ports", portInfos=infos, instanceName=name
        )

        def is_right() -> bool:
            """From where is left to the service: a machine without IPv6 may tell no network of it."""
            return {told[:3] for told in self._open_ports()} == wanted

        self._run.waiting.until("the firewall", is_right, self._account.poll_s)
        return StepState.DONE, _told_ports(self.record.ports)

    def _open_ports(self) -> set[tuple[int, int, str, frozenset[str]]]:
        """First and last port, protocol, and from where; of ICMP the ports are its type and code, or -1."""
        name = self.record.name_of(ThingKind.INSTANCE)
        states = self._account.call("get_instance_port_states", instanceName=name).get("portStates", ())
        return {
            (
                int(one.get("fromPort", 0)),
                int(one.get("toPort", 65535)),
                str(one.get("protocol", "all")),
                frozenset(
                    (*one.get("cidrs", ()), *one.get("ipv6Cidrs", ()), *one.get("cidrListAliases", ()))
                ),
            )
            for one in states
            if one.get("state", "open") == "open"
        }

    def _host_keys(self) -> Did:
        """Told by the provider over its own connection: nothing is trusted at first sight."""
        name = self.record.name_of(ThingKind.INSTANCE)
        blobs: list[bytes] = []

        def are_told() -> bool:
            details = self._account.call("get_instance_access_details", instanceName=name, protocol="ssh")
            access: Raw = details.get("accessDetails", {})
            self._keep(user=str(access.get("username") or self.record.user))
            blobs[:] = _host_key_blobs(access)
            return bool(blobs) and bool(self.record.user)

        self._run.waiting.until("the machine's host keys", are_told, self._account.poll_s)
        host_keys = self._ground.tools.host_keys
        pinned_name = host_key_name(self.record.host, SSH_PORT)
        told = {fingerprint(blob) for blob in blobs}
        known = {key.fingerprint for key in host_keys.pinned(pinned_name)}
        if known == told:
            return StepState.RIGHT, ", ".join(sorted(told))
        if known - told:  # of a machine that had this address before
            host_keys.unpin(pinned_name)
        for blob in blobs:
            host_keys.pin(pinned_name, HostKeyBlob(blob))
        return StepState.DONE, ", ".join(sorted(told))

    def _login(self) -> Did:
        relay = self._relay(self.record.relay_id or "new")
        last: list[Fault] = []

        def is_let_in() -> bool:
            try:
                with RemoteShell.connect(relay, self._ground.tools, self._cancelled) as shell:
                    shell.run("exit 0", what="look whether it answers")
            except RelayTrayError as e:
                if e.fault.code not in _NOT_YET:
                    raise
                last[:] = [e.fault]
                return False
            return True

        every_s = min(_LOGIN_EVERY_S, self._account.poll_s)
        try:
            self._run.waiting.until("the login", is_let_in, every_s)
        except RelayTrayError as e:
            if e.fault.code is FaultCode.CLOUD_TOO_SLOW and last:
                raise RelayTrayError(last[0]) from e  # says more
            raise
        return StepState.DONE, f"{self.record.user}@{self.record.host}"

    def _profile(self) -> Did:
        known = self._ground.manager.document.relay(self.record.relay_id)
        if known is not None:
            return StepState.RIGHT, known.name
        relay = self._relay(self.record.relay_id or new_id())
        self._keep(relay_id=relay.id)  # before the profile is there: it shall never be without its record

        def with_relay(document: Document) -> Document:
            if document.relay(relay.id) is not None:
                return document
            if document.relay_named(relay.name) is not None:
                raise error(FaultCode.NAME_TAKEN, name=relay.name)
            return dataclasses.replace(document, relays=(*document.relays, self._with_port(relay, document)))

        self._ground.edit(with_relay)
        return StepState.DONE, relay.name

    # --- inside -------------------------------------------------------------------------------------------

    def _relay(self, relay_id: str) -> Relay:
        return Relay(
            id=relay_id,
            name=self.record.name,
            host=self.record.host,
            user=self.record.user,
            identity=str(self._records.key_path(self.record)),
            machine=self.record.id,
        )

    def _with_port(self, relay: Relay, document: Document) -> Relay:
        """A SOCKS port that no other relay has."""
        taken = {other.socks_port for other in document.relays}
        port = next(port for port in range(relay.socks_port, 65536) if port not in taken)
        return dataclasses.replace(relay, socks_port=port)

    def _plan(self, kind: ThingKind) -> None:
        if kind not in self.record.planned:
            self._keep(planned=(*self.record.planned, kind))

    def _keep(self, **changes: object) -> None:
        changed = dataclasses.replace(self.record, **changes)  # type: ignore[arg-type]
        if changed != self.record:
            self.record = self._records.save(changed)

    def _make(self, kind: ThingKind, what: str, action: str, **words: object) -> None:
        """A name that is taken is looked for: the service does not say by what.

        It may be what was asked for: the answer got lost, and the library has asked once more.
        """
        try:
            self._account.change(what, self._run.waiting, action, **words)
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.CLOUD_NAME_TAKEN:
                raise
            name = self.record.name_of(kind)
            holder = self._holder_of(name, kind)
            if not holder:
                return
            raise error(FaultCode.CLOUD_NAME_TAKEN, name=name, kind=holder) from e

    def _holder_of(self, name: str, kind: ThingKind) -> str:
        """What has that name; "" = just what should have it."""
        looks = (
            (ThingKind.INSTANCE, "get_instance", "instance", "instanceName"),
            (ThingKind.STATIC_IP, "get_static_ip", "staticIp", "staticIpName"),
            (ThingKind.KEY_PAIR, "get_key_pair", "keyPair", "keyPairName"),
        )
        for looked_for, action, key, word in looks:
            found = self._account.find(action, key, **{word: name})
            if found is not None:
                is_it = looked_for is kind and (kind is not ThingKind.INSTANCE or is_ours(found, self.record))
                return "" if is_it else key
        return "something else"

    def _find_static_ip(self, name: str) -> Raw | None:
        return self._account.find("get_static_ip", "staticIp", staticIpName=name)

    def _must_be_ours(self, found: Raw, name: str) -> None:
        if not is_ours(found, self.record):
            raise error(FaultCode.CLOUD_NAME_TAKEN, name=name, kind="instance")


def is_ours(found: Raw, record: MachineRecord) -> bool:
    return any(tag.get("key") == TAG and tag.get("value") == record.id for tag in found.get("tags", ()))


def _host_key_blobs(access: Raw) -> list[bytes]:
    """Those that can be compared, and that are what their fingerprint says."""
    blobs = []
    for told in access.get("hostKeys", ()):
        text = next((word for word in str(told.get("publicKey", "")).split() if word.startswith("AAAA")), "")
        try:
            blob = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        said = str(told.get("fingerprintSHA256", "")).removeprefix("SHA256:").rstrip("=")
        computed = fingerprint(blob).removeprefix("SHA256:").rstrip("=") if blob else ""
        if blob and blob_type(blob) in _USABLE and said in ("", computed):
            blobs.append(blob)
    return blobs


def _told_ports(ports: tuple[OpenPort, ...]) -> str:
    return ", ".join(f"{one.port}/{one.protocol}" for one in ports)
