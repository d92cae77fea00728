"""A Shadowsocks server on the relay: passwords made and kept here, profiles for what runs there.

What is done on the relay, and what keeps its users off the relay itself, is in
``resources/scripts/relay/setup-shadowsocks.sh``. A password is in the keyring before the relay learns of it.
A relay that has one already keeps it, whichever computer or phone got it from whom: it is read back over the
same link and replaces what the keyring had. So a second computer joins by setting the relay up again, and a
profile that was lost is made anew as it was. Removing the set-up is how passwords are changed.

The main port is for computers, and TCP only: a plugin cannot carry UDP, and what a system's proxy or a PAC
file sends is TCP. Phones get TCP and UDP: Outline and Shadowsocks for Android send a whole device's traffic.
"""

from __future__ import annotations

import base64
import dataclasses
import logging
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from app.core.faults import FaultCode, error
from app.core.field_rules import MAX_NAME, is_port
from app.core.profiles import Document, Relay
from app.core.provisioning import (
    Camouflage,
    Note,
    Plan,
    Progress,
    ShadowsocksOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
)
from app.core.shadowsocks import DEFAULT_LOCAL_PORT, SECRET_KIND, ShadowsocksServer
from app.core.shadowsocks_methods import KEY_BYTES, METHODS
from app.core.shadowsocks_setup import CLIENT_PLUGINS, profiles_of
from app.core.validation import local_ports, unique_name
from app.log_setup import register_secret
from app.provision.setup_script import PACKAGES_TIMEOUT_S, SetupScript
from app.secrets import SecretName

log = logging.getLogger("relaytray.provision")

PHONES_METHOD = "chacha20-ietf-poly1305"  # the best one that Outline knows
_PASSWORD_BYTES = 24
_LAST_PORT = 65535

_SERVER_PLUGINS: Mapping[Camouflage, tuple[str, str]] = {  # and its options
    Camouflage.NONE: ("", ""),
    Camouflage.OBFS_HTTP: ("obfs-server", "obfs=http"),
    Camouflage.OBFS_TLS: ("obfs-server", "obfs=tls"),
    Camouflage.V2RAY_PLUGIN: ("v2ray-plugin", "server"),
}


class Secrets(Protocol):
    """``app.secrets.SecretStore``, as far as it is used here."""

    def get(self, name: SecretName) -> str | None: ...
    def remember(self, name: SecretName, secret: str) -> bool: ...
    def forget(self, name: SecretName) -> bool: ...


class ShadowsocksStep:
    """The step for one set-up of one relay. Made anew for each; methods block."""

    step = Step.SHADOWSOCKS

    def __init__(self, relay: Relay, options: ShadowsocksOptions, document: Document, keyring: Any) -> None:
        """``keyring``: see ``Secrets``. Raises PROFILE_INVALID for options that no server could have."""
        _refuse_wrong(options)
        self._relay = relay
        self._options = options
        self._keyring: Secrets = keyring
        self._ids = {for_phones: _id(document, relay, for_phones) for for_phones in (False, True)}
        self._is_there = False
        self._is_kept = True

    def check(self, script: SetupScript) -> StepReport:
        """What would be changed. No password is made or sent: whatever is there keeps its own."""
        told = script.run("check", self.step, payload=self._payload("", ""))
        return script.report(self.step, told)

    def apply(self, script: SetupScript, progress: Progress) -> StepReport:  # noqa: ARG002 - one run does it all
        report = self.check(script)
        if report.state is StepState.CHANGE:
            passwords = [self._password(for_phones) for for_phones in (False, True)]
            payload = self._payload(*passwords)
            report = script.report(
                self.step, script.run("apply", self.step, payload=payload, timeout_s=PACKAGES_TIMEOUT_S)
            )
        if report.state in (StepState.RIGHT, StepState.DONE):
            is_kept = self._keep_what_is_there(script)
            self._is_there = True
            if not is_kept:
                note = Note(StepNote.SHADOWSOCKS_PASSWORD_NOT_KEPT)
                return dataclasses.replace(report, notes=(*report.notes, note))
        return report

    def after(self, document: Document) -> Document:
        if not self._is_there:
            return document
        document = _with_server(document, self._profile(document, for_phones=False))
        if self._options.for_phones:
            return _with_server(document, self._profile(document, for_phones=True))
        return _without(document, self._ids[True])

    # --- passwords ----------------------------------------------------------------------------------------

    def _password(self, for_phones: bool) -> str:
        """Of last time, where it fits the method; else a new one, which is remembered at once."""
        if for_phones and not self._options.for_phones:
            return ""
        key_bytes = 0 if for_phones else KEY_BYTES.get(self._options.method, 0)
        name = SecretName(SECRET_KIND, self._ids[for_phones])
        known = self._keyring.get(name)
        if known and (not key_bytes or len(known) == len(_made(key_bytes))):
            return known
        password = _made(key_bytes or _PASSWORD_BYTES)
        self._remember(name, password)
        return password

    def _remember(self, name: SecretName, password: str) -> None:
        self._is_kept = self._keyring.remember(name, password) and self._is_kept

    def _keep_what_is_there(self, script: SetupScript) -> bool:
        """Whether the keyring has them, and not only this run of the program."""
        told = script.run("reveal", self.step)
        for line in told.all("password"):
            instance, _, password = line.partition(" ")
            register_secret(password)
            name = SecretName(SECRET_KIND, self._ids[instance == "phones"])
            if self._keyring.get(name) != password:
                self._remember(name, password)
        if not self._options.for_phones:
            self._keyring.forget(SecretName(SECRET_KIND, self._ids[True]))
        return self._is_kept

    def _payload(self, password: str, phones_password: str) -> dict[str, str]:
        options = self._options
        plugin, plugin_options = _SERVER_PLUGINS[options.camouflage]
        wishes = {
            "method": options.method,
            "port": str(options.port),
            "plugin": plugin,
            "plugin_options": plugin_options,
            "password": password,
            "phones": "yes" if options.for_phones else "no",
            "phones_port": str(options.phone_port),
            "phones_password": phones_password,
        }
        return {"shadowsocks": "".join(f"{name}={value}\n" for name, value in wishes.items())}

    # --- profiles -----------------------------------------------------------------------------------------

    def _profile(self, document: Document, *, for_phones: bool) -> ShadowsocksServer:
        options, id_ = self._options, self._ids[for_phones]
        plugin, start = CLIENT_PLUGINS[Camouflage.NONE if for_phones else options.camouflage]
        found = document.shadowsocks_server(id_)
        if found is None:
            name = self._relay.name[: MAX_NAME - 20] + ("-phones" if for_phones else "")
            taken = {one.name.lower() for one in document.shadowsocks}
            found = ShadowsocksServer(
                id=id_,
                name=unique_name(name, taken, "-"),
                host="",
                port=0,
                method="",
                local_port=_free_port(document),
            )
        return dataclasses.replace(
            found,
            host=self._relay.host,
            port=options.phone_port if for_phones else options.port,
            method=PHONES_METHOD if for_phones else options.method,
            plugin=plugin,
            plugin_options=f"{start}{options.camouflage_host}" if plugin else "",
            prefix="",
            relay_id=self._relay.id,
            for_phones=for_phones,
        )


class ShadowsocksEnd:
    """The step that takes the service away and leaves the rest of the relay's set-up as it is."""

    step = Step.SHADOWSOCKS

    def __init__(self, relay: Relay, document: Document, keyring: Any) -> None:
        """``keyring``: see ``Secrets``."""
        self._relay = relay
        self._gone = profiles_of(document, relay.id)
        self._keyring: Secrets = keyring

    def check(self, script: SetupScript) -> StepReport:
        report = script.report(self.step, script.run("left", self.step))
        if report.state is not StepState.CHANGE:
            return report
        return dataclasses.replace(report, notes=_goes(self._gone))

    def apply(self, script: SetupScript, progress: Progress) -> StepReport:  # noqa: ARG002 - one run does it all
        told = script.run("undo", self.step, timeout_s=PACKAGES_TIMEOUT_S)
        report = script.report(self.step, told)
        if report.state is StepState.DONE:
            report = dataclasses.replace(report, notes=_goes(self._gone))
        if report.state is not StepState.FAILED:
            forget_passwords(self._keyring, self._relay, self._gone, (report,))
        return report

    def after(self, document: Document) -> Document:
        return without_profiles(document, self._relay.id)


# --- when the set-up is taken away ----------------------------------------------------------------------


def without_profiles(document: Document, relay_id: str) -> Document:
    """The profiles when nothing runs on that relay any more. Pure."""
    kept = tuple(one for one in document.shadowsocks if one.relay_id != relay_id)
    return dataclasses.replace(document, shadowsocks=kept)


def forget_passwords(
    keyring: Any, relay: Relay, gone: tuple[ShadowsocksServer, ...], reports: tuple[StepReport, ...]
) -> None:
    """Also those of a set-up that was never finished. ``keyring``: see ``Secrets``."""
    ids = {one.id for one in gone}
    if ids or any(one.step is Step.SHADOWSOCKS and one.state is StepState.DONE for one in reports):
        ids |= {_usual_id(relay, False), _usual_id(relay, True)}
    for id_ in sorted(ids):
        keyring.forget(SecretName(SECRET_KIND, id_))


def with_their_end(plan: Plan, document: Document) -> Plan:
    """A removal's plan that names the profiles which go with the service."""
    goes = _goes(profiles_of(document, plan.relay_id))
    steps = tuple(
        dataclasses.replace(one, notes=(*one.notes, *goes)) if one.step is Step.SHADOWSOCKS else one
        for one in plan.steps
    )
    return dataclasses.replace(plan, steps=steps)


# --- inside ---------------------------------------------------------------------------------------------


def _goes(gone: tuple[ShadowsocksServer, ...]) -> tuple[Note, ...]:
    return tuple(Note(StepNote.SHADOWSOCKS_PROFILE_GOES, {"name": one.name}) for one in gone)


def _usual_id(relay: Relay, for_phones: bool) -> str:
    """The same for every set-up of a relay: one that broke off finds its password again."""
    return f"{relay.id}-{'phones' if for_phones else 'shadowsocks'}"


def _id(document: Document, relay: Relay, for_phones: bool) -> str:
    found = (one.id for one in profiles_of(document, relay.id) if one.for_phones is for_phones)
    return next(found, _usual_id(relay, for_phones))


def _made(key_bytes: int) -> str:
    return base64.b64encode(secrets.token_bytes(key_bytes)).decode("ascii")


def _free_port(document: Document) -> int:
    taken = {port for port, _, _ in local_ports(document)} | {one.local_port for one in document.shadowsocks}
    return next(port for port in range(DEFAULT_LOCAL_PORT, _LAST_PORT) if port not in taken)


def _with_server(document: Document, server: ShadowsocksServer) -> Document:
    if document.shadowsocks_server(server.id) is None:
        return dataclasses.replace(document, shadowsocks=(*document.shadowsocks, server))
    changed = tuple(server if one.id == server.id else one for one in document.shadowsocks)
    return dataclasses.replace(document, shadowsocks=changed)


def _without(document: Document, id_: str) -> Document:
    kept = tuple(one for one in document.shadowsocks if one.id != id_)
    return dataclasses.replace(document, shadowsocks=kept)


def _refuse_wrong(options: ShadowsocksOptions) -> None:
    problem = ""
    if options.method not in METHODS:
        problem = f"Shadowsocks has no method {options.method!r}; it has {', '.join(METHODS)}."
    elif not (is_port(options.port) and (not options.for_phones or is_port(options.phone_port))):
        problem = "a port of Shadowsocks has to be a number from 1 to 65535."
    elif options.for_phones and options.port == options.phone_port:
        problem = "phones need a port of their own for Shadowsocks."
    elif not _is_host(options.camouflage_host):
        problem = f"{options.camouflage_host!r} is no name of a web server to look like."
    if problem:
        raise error(FaultCode.PROFILE_INVALID, problem=problem)


def _is_host(name: str) -> bool:
    """Nothing that would end an option of the plugin, or begin another one."""
    return bool(name) and all(c.isascii() and (c.isalnum() or c in ".-") for c in name)
