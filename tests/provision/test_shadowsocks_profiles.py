"""What a relay's Shadowsocks brings to the profiles and the keyring, and what is refused beforehand.

The relay's side is in ``test_shadowsocks_service``; here its answers are given.
"""

from __future__ import annotations

import base64
import dataclasses
from typing import Any, cast

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.field_rules import MAX_NAME
from app.core.profiles import Document, Relay
from app.core.provisioning import (
    Camouflage,
    Plan,
    SetupOptions,
    ShadowsocksOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
)
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_methods import KEY_BYTES, METHODS
from app.core.shadowsocks_setup import known_options
from app.core.validation import problems_of_shadowsocks
from app.provision.setup_script import SetupScript, Told
from app.provision.shadowsocks_service import (
    ShadowsocksStep,
    forget_passwords,
    with_their_end,
    without_profiles,
)
from app.secrets import SecretName
from tests.transport.login_peers import Secrets

RELAY = Relay(id="r1", name="office", host="relay.example.org", user="root", socks_port=11080)
MAIN, PHONES = SecretName("shadowsocks", "r1-shadowsocks"), SecretName("shadowsocks", "r1-phones")


class Answers:
    """A script whose relay takes whatever it gets."""

    def __init__(self, state: str = "change", applied: str = "done") -> None:
        self.states = {"check": state, "apply": applied}
        self.payloads: dict[str, dict[str, str]] = {}
        self.keyring_when_sent: dict[SecretName, str] = {}
        self.keyring: Secrets | None = None

    def run(self, action: str, _step: Step, payload: dict[str, str] | None = None, **_words: object) -> Told:
        if payload is not None:
            lines = payload["shadowsocks"].splitlines()
            self.payloads[action] = dict(cast("tuple[str, str]", tuple(line.split("=", 1))) for line in lines)
        if action == "apply" and self.keyring is not None:
            self.keyring_when_sent = dict(self.keyring.keyring)
        if action != "reveal":
            return Told(self.states[action])
        sent = self.payloads.get("apply", {})
        pairs = [("password", f"main {sent['password']}")] if sent else []
        if sent.get("phones") == "yes":
            pairs.append(("password", f"phones {sent['phones_password']}"))
        return Told("right", values=tuple(pairs))

    def report(self, step: Step, told: Told) -> StepReport:
        return StepReport(step, StepState(told.state))


def set_up(
    options: ShadowsocksOptions,
    document: Document,
    secrets: Secrets,
    answers: Answers | None = None,
    relay: Relay = RELAY,
) -> tuple[Document, Answers]:
    answers = answers or Answers()
    answers.keyring = secrets
    step = ShadowsocksStep(relay, options, document, secrets)
    step.apply(cast("SetupScript", answers), lambda _report: None)
    return step.after(document), answers


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("camouflage", Camouflage)
def test_profiles_tell_what_was_set_up(method: str, camouflage: Camouflage) -> None:
    options = ShadowsocksOptions(
        method=method, port=9000, camouflage=camouflage, camouflage_host="cdn.example.org", phone_port=9001
    )
    secrets = Secrets()
    document, answers = set_up(options, Document(relays=(RELAY,)), secrets)
    main, phones = document.shadowsocks
    assert (main.host, main.port, main.method) == ("relay.example.org", 9000, method)
    assert (phones.port, phones.method, phones.plugin) == (9001, "chacha20-ietf-poly1305", "")
    assert (main.name, phones.name) == ("office", "office-phones")
    assert (main.relay_id, main.for_phones, phones.relay_id, phones.for_phones) == ("r1", False, "r1", True)
    assert (main.local_port, phones.local_port) == (11081, 11082), "the relay has 11080"
    assert known_options(document.shadowsocks) == (
        options if camouflage else dataclasses.replace(options, camouflage_host="www.bing.com")
    )
    assert [problems_of_shadowsocks(one, document) for one in document.shadowsocks] == [[], []]
    # in the keyring before the relay learns of them, and of the length that the method takes
    assert answers.keyring_when_sent == secrets.keyring
    assert set(secrets.keyring) == {MAIN, PHONES}
    assert len(base64.b64decode(secrets.keyring[MAIN], validate=True)) == KEY_BYTES.get(method, 24)
    assert len(base64.b64decode(secrets.keyring[PHONES], validate=True)) == 24
    assert answers.payloads["check"]["password"] == answers.payloads["check"]["phones_password"] == ""
    assert answers.payloads["apply"]["password"] == secrets.keyring[MAIN]


def test_again_and_changed() -> None:
    """What the person has changed in the profile stays, and so does its id; the rest follows the relay."""
    secrets = Secrets()
    document, _ = set_up(ShadowsocksOptions(), Document(relays=(RELAY,)), secrets)
    main, phones = document.shadowsocks
    mine = dataclasses.replace(main, id="mine", name="Work", local_port=7000, connect_at_launch=True)
    secrets.keyring[SecretName("shadowsocks", "mine")] = secrets.keyring.pop(MAIN)
    before = dict(secrets.keyring)
    changed = ShadowsocksOptions(method="xchacha20-ietf-poly1305", camouflage=Camouflage.OBFS_TLS)
    document = Document(shadowsocks=(mine, phones))
    document, _ = set_up(changed, document, secrets)
    assert document.shadowsocks[0] == dataclasses.replace(
        mine, method=changed.method, plugin="obfs-local", plugin_options="obfs=tls;obfs-host=www.bing.com"
    )
    assert document.shadowsocks[1] == phones
    assert secrets.keyring == before
    # another kind of key is needed then
    document, _ = set_up(ShadowsocksOptions(method="2022-blake3-aes-256-gcm"), document, secrets)
    assert secrets.keyring[SecretName("shadowsocks", "mine")] != before[SecretName("shadowsocks", "mine")]
    assert secrets.keyring[PHONES] == before[PHONES]
    document, _ = set_up(ShadowsocksOptions(for_phones=False), document, secrets)
    assert [one.id for one in document.shadowsocks] == ["mine"]
    assert PHONES not in secrets.keyring


@pytest.mark.parametrize(
    ("state", "applied"), [("impossible", ""), ("change", "failed"), ("change", "impossible")]
)
def test_nothing_becomes_of_what_did_not_go_well(state: str, applied: str) -> None:
    secrets, document = Secrets(), Document(relays=(RELAY,))
    after, _ = set_up(ShadowsocksOptions(), document, secrets, Answers(state, applied))
    assert after == document
    assert set(secrets.keyring) == (set() if state == "impossible" else {MAIN, PHONES})


def test_a_keyring_that_takes_nothing_is_told() -> None:
    secrets = Secrets(usable=False)
    answers = Answers()
    step = ShadowsocksStep(RELAY, ShadowsocksOptions(), Document(relays=(RELAY,)), secrets)
    report = step.apply(cast("SetupScript", answers), lambda _report: None)
    assert [note.code for note in report.notes] == [StepNote.SHADOWSOCKS_PASSWORD_NOT_KEPT]
    assert len(step.after(Document(relays=(RELAY,))).shadowsocks) == 2, "it runs all the same"


def test_a_link_from_elsewhere_has_that_name_and_port_already() -> None:
    other = ShadowsocksServer(
        id="x", name="Office", host="h", port=1, method="aes-256-gcm", local_port=11081, for_phones=True
    )
    document = Document(relays=(RELAY,), shadowsocks=(other,))
    after, _ = set_up(ShadowsocksOptions(), document, Secrets())
    assert [(one.name, one.local_port) for one in after.shadowsocks] == [
        ("Office", 11081),
        ("office-2", 11082),
        ("office-phones", 11083),
    ]
    assert without_profiles(after, "r1") == document


def test_a_name_that_is_as_long_as_names_may_be() -> None:
    relay = dataclasses.replace(RELAY, name="n" * MAX_NAME)
    document = Document(relays=(relay,))
    after, _ = set_up(ShadowsocksOptions(), document, Secrets(), relay=relay)
    assert [problems_of_shadowsocks(one, after) for one in after.shadowsocks] == [[], []]


def test_a_removal_names_what_goes_and_forgets_it() -> None:
    secrets = Secrets()
    document, _ = set_up(ShadowsocksOptions(), Document(relays=(RELAY,)), secrets)
    steps = tuple(StepReport(step, StepState.CHANGE) for step in (Step.SHADOWSOCKS, Step.BBR))
    plan = Plan(relay_id="r1", host="h", system="", is_root=True, options=SetupOptions(), steps=steps)
    shown, other = with_their_end(plan, document).steps
    assert [(note.code, note.details) for note in shown.notes] == [
        (StepNote.SHADOWSOCKS_PROFILE_GOES, {"name": "office"}),
        (StepNote.SHADOWSOCKS_PROFILE_GOES, {"name": "office-phones"}),
    ]
    assert other.notes == ()
    forget_passwords(secrets, RELAY, document.shadowsocks, ())
    assert secrets.keyring == {}


def test_a_set_up_that_broke_off_is_forgotten_too_and_nobody_else_asks_the_keyring() -> None:
    secrets = Secrets({("shadowsocks", "r1-phones"): "p"})
    nothing = StepReport(Step.SHADOWSOCKS, StepState.RIGHT)
    forget_passwords(cast("Any", None), RELAY, (), (nothing, StepReport(Step.BBR, StepState.DONE)))
    forget_passwords(secrets, RELAY, (), (StepReport(Step.SHADOWSOCKS, StepState.DONE),))
    assert secrets.keyring == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "rc4-md5"},
        {"method": "aes-256-gcm\nport=22"},
        {"port": 0},
        {"port": 70000},
        {"phone_port": 8388},
        {"phone_port": 0},
        {"camouflage_host": "a.org;obfs=http"},
        {"camouflage_host": ""},
    ],
)
def test_what_no_server_could_have_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RelayTrayError) as caught:
        ShadowsocksStep(RELAY, ShadowsocksOptions(**changes), Document(), Secrets())
    assert caught.value.fault.code is FaultCode.PROFILE_INVALID


def test_no_password_is_in_what_is_printed() -> None:
    assert "secret" not in repr(Told("right", values=(("password", "main secret"),)))
