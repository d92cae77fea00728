"""Logging in at servers that ask several things, change their mind, fall silent or leave."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
import pytest
from paramiko.auth_handler import AuthHandler
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, cMSG_USERAUTH_INFO_REQUEST
from paramiko.message import Message

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Authentication
from app.core.questions import CodesAnswer, CodesQuestion, Prompt, SecretAnswer, SecretQuestion
from app.transport import userauth
from app.transport.login import LoginPlan, log_in
from tests.peers.keys import KeyStore
from tests.transport.login_peers import OddServer, Person, QuietTransport, Secrets, plan, serving

CODES = Authentication.KEYBOARD_INTERACTIVE
PASSWORD_NAME = ("password", "root@relay.test")


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def server() -> OddServer:
    return OddServer()


def log_in_to(
    server: OddServer, login: LoginPlan, person: Person | None = None, secrets: Secrets | None = None
) -> None:
    with serving(server) as transport:
        log_in(transport, login, (person or Person()).asker, secrets or Secrets(), threading.Event())
        assert transport.is_authenticated()


def fault_at(
    server: OddServer, login: LoginPlan, person: Person | None = None, secrets: Secrets | None = None
) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        log_in_to(server, login, person, secrets)
    return caught.value.fault


TWO_ROUNDS = [
    ("Lab login", "Two things", [("Password: ", False), ("Token: ", True)], ["pw", "t0ken"]),
    ("", "", [("One-time code: ", False)], ["123456"]),
]


def test_several_prompts_and_then_another_round(server: OddServer) -> None:
    server.rounds = TWO_ROUNDS
    person = Person(CodesAnswer(("pw", "t0ken")), CodesAnswer(("123456",)))
    log_in_to(server, plan(CODES), person)
    first, second = person.asked
    assert isinstance(first, CodesQuestion)
    assert (first.profile, first.title, first.instructions) == ("lab", "Lab login", "Two things")
    assert first.prompts == (Prompt("Password: ", echo=False), Prompt("Token: ", echo=True))
    assert isinstance(second, CodesQuestion)
    assert second.prompts == (Prompt("One-time code: ", echo=False),)
    assert server.seen == ["interactive", "answers:pw,t0ken", "answers:123456"]


def test_wrong_codes_begin_anew_with_the_reason(server: OddServer) -> None:
    server.rounds = TWO_ROUNDS
    wrong = CodesAnswer(("pw", "nonsense"))
    person = Person(wrong, CodesAnswer(("pw", "t0ken")), CodesAnswer(("123456",)))
    log_in_to(server, plan(CODES), person)
    assert person.reasons == ["needed", "wrong", "wrong"]
    person = Person(wrong, wrong, wrong)
    assert fault_at(OddServerWith(TWO_ROUNDS), plan(CODES), person).code is FaultCode.LOGIN_REFUSED


def OddServerWith(rounds: list[tuple[str, str, list[tuple[str, bool]], list[str]]]) -> OddServer:
    server = OddServer()
    server.rounds = rounds
    return server


def test_a_round_without_prompts_asks_nobody(server: OddServer) -> None:
    server.rounds = [("", "Touch your key", [], []), ("", "", [("Code: ", False)], ["1"]), ("", "", [], [])]
    person = Person(CodesAnswer(("1",)))
    log_in_to(server, plan(CODES), person)
    assert len(person.asked) == 1


def test_as_many_answers_as_prompts_are_sent_whatever_the_front_end_gives(server: OddServer) -> None:
    server.rounds = [("", "", [("A: ", True), ("B: ", True)], ["1", ""]), ("", "", [("C: ", True)], ["2"])]
    log_in_to(server, plan(CODES), Person(CodesAnswer(("1",)), CodesAnswer(("2", "3"))))


@pytest.mark.parametrize(
    ("prompt", "stored_is_used"),
    [
        ("Password: ", True),
        ("password:", True),
        ("(alice@relay) Password: ", True),
        ("alice's password: ", True),
        ("Password for alice@relay:", True),
        ("密码\uff1a", True),
        ("One-time password (OATH) for `alice': ", False),
        ("Verification code: ", False),
        ("Password & verification code: ", False),
        ("New password: ", False),
        ("Password (again): ", False),
        ("", False),
    ],
)
def test_the_stored_password_answers_password_prompts_only(
    server: OddServer, prompt: str, *, stored_is_used: bool
) -> None:
    answer = "stored" if stored_is_used else "typed"
    server.rounds = [("", "", [(prompt, False)], [answer])]
    person = Person() if stored_is_used else Person(CodesAnswer(("typed",)))
    log_in_to(server, plan(CODES), person, Secrets({PASSWORD_NAME: "stored"}))


def test_the_stored_password_is_never_sent_to_a_prompt_that_is_shown(server: OddServer) -> None:
    server.rounds = [("", "", [("Password: ", True)], ["typed"])]
    log_in_to(server, plan(CODES), Person(CodesAnswer(("typed",))), Secrets({PASSWORD_NAME: "stored"}))


def test_a_password_and_then_a_code(server: OddServer) -> None:
    server.rounds = [("", "", [("Password: ", False)], ["pw"]), ("", "", [("Code: ", False)], ["42"])]
    person, secrets = Person(SecretAnswer("pw", remember=True), CodesAnswer(("42",))), Secrets()
    log_in_to(server, plan(CODES), person, secrets)
    assert list(secrets.keyring.values()) == ["pw"]
    person = Person(CodesAnswer(("wrong",)), SecretAnswer("pw"), CodesAnswer(("42",)))
    log_in_to(server, plan(CODES), person, secrets)


def test_control_characters_of_the_server_are_not_shown(server: OddServer) -> None:
    server.rounds = [("\x1b]0;title\x07", "a\r\nb\x1b[2J", [("Co\x08de\u202e: ", False)], ["1"])]
    person = Person(CodesAnswer(("1",)))
    log_in_to(server, plan(CODES), person)
    (question,) = person.asked
    assert isinstance(question, CodesQuestion)
    assert question.title == "]0;title"
    assert question.instructions == "a\nb[2J"
    assert question.prompts[0].text == "Code: "


# --- several factors --------------------------------------------------------------------------------------


def test_a_key_then_a_password_then_codes(server: OddServer, key_store: KeyStore) -> None:
    server.results = {"publickey": ["password"], "password:pw": ["keyboard-interactive"]}
    server.rounds = [("", "", [("Code: ", False)], ["42"])]
    person = Person(SecretAnswer("pw"), CodesAnswer(("42",)))
    log_in_to(server, plan(identity=str(key_store.key("login"))), person)
    assert server.seen == ["publickey", "password:pw", "interactive", "answers:42"]


def test_a_second_key_cannot_be_had_from_one_file(server: OddServer, key_store: KeyStore) -> None:
    server.results = {"publickey": ["publickey"]}
    fault = fault_at(server, plan(identity=str(key_store.key("login"))))
    assert fault.code is FaultCode.LOGIN_REFUSED
    assert server.seen == ["publickey"]


def test_a_factor_that_is_not_known_is_named(server: OddServer, key_store: KeyStore) -> None:
    server.results = {"publickey": ["gssapi-with-mic,hostbased"]}
    fault = fault_at(server, plan(identity=str(key_store.key("login"))))
    assert fault.details["methods"] == "gssapi-with-mic, hostbased"


def test_a_server_that_never_has_enough_is_refused(server: OddServer) -> None:
    server.rounds = [("", "", [], [])]
    server.results = {"interactive": ["keyboard-interactive"] * 100}
    assert fault_at(server, plan(CODES)).code is FaultCode.LOGIN_REFUSED


def test_a_server_that_wants_no_proof_gets_none(server: OddServer) -> None:
    server.results = {"none": [AUTH_SUCCESSFUL]}
    log_in_to(server, plan(Authentication.PASSWORD))
    assert server.seen == ["none"]


def test_a_stored_password_needs_one_attempt(server: OddServer) -> None:
    server.results = {"password:pw": [AUTH_SUCCESSFUL]}
    log_in_to(server, plan(Authentication.PASSWORD), Person(), Secrets({PASSWORD_NAME: "pw"}))
    assert server.seen == ["password:pw"]


def test_an_expired_password_is_told_as_such(server: OddServer) -> None:
    def change_it(username: str, password: str) -> int:
        message = Message()
        message.add_byte(cMSG_USERAUTH_INFO_REQUEST)  # 60: SSH_MSG_USERAUTH_PASSWD_CHANGEREQ here
        message.add_string("Your password has expired")
        message.add_string("")
        server.transport._send_message(message)  # type: ignore[union-attr]
        return AUTH_FAILED

    server.check_auth_password = change_it  # type: ignore[method-assign]
    fault = fault_at(server, plan(Authentication.PASSWORD), None, Secrets({PASSWORD_NAME: "pw"}))
    assert fault.code is FaultCode.LOGIN_REFUSED
    assert "expired" in fault.details["methods"]


# --- the end of it all ------------------------------------------------------------------------------------

Interruption = Callable[[QuietTransport, OddServer, Person, threading.Event], None]


def _server_leaves(transport: QuietTransport, server: OddServer, person: Person, _: threading.Event) -> None:
    assert server.transport is not None
    server.transport.close()


def _link_dies(transport: QuietTransport, server: OddServer, person: Person, _: threading.Event) -> None:
    transport.close()


def _caller_cancels(_t: QuietTransport, _s: OddServer, _p: Person, cancelled: threading.Event) -> None:
    cancelled.set()


def _program_ends(_t: QuietTransport, _s: OddServer, person: Person, _: threading.Event) -> None:
    person.asker.withdraw_all()


@pytest.mark.parametrize("way", [Authentication.PASSWORD, CODES])
@pytest.mark.parametrize(
    ("interrupt", "code"),
    [
        (_server_leaves, FaultCode.LINK_LOST),
        (_link_dies, FaultCode.LINK_LOST),
        (_caller_cancels, FaultCode.CANCELLED),
        (_program_ends, FaultCode.CANCELLED),
    ],
)
def test_a_question_goes_away_with_its_reason(
    server: OddServer, way: Authentication, interrupt: Interruption, code: FaultCode
) -> None:
    server.rounds = [("", "", [("Code: ", False)], ["1"])]
    person, cancelled = Person("..."), threading.Event()
    with serving(server) as transport, ThreadPoolExecutor() as pool:
        login = pool.submit(log_in, transport, plan(way), person.asker, Secrets(), cancelled)
        assert person.is_asked.wait(10)
        interrupt(transport, server, person, cancelled)
        with pytest.raises(RelayTrayError) as caught:
            login.result(10)
    assert caught.value.fault.code is code
    assert person.withdrawn == [person.asked[0].id]


@pytest.mark.parametrize(
    ("way", "answer"), [(Authentication.PASSWORD, None), (CODES, None)], ids=["password", "codes"]
)
def test_the_person_cancels(server: OddServer, way: Authentication, answer: None) -> None:
    server.rounds = [("", "", [("Code: ", False)], ["1"])]
    fault = fault_at(server, plan(way), Person(answer))
    assert fault == Fault.of(FaultCode.CANCELLED, what="the login at relay.test")


@pytest.mark.parametrize("cancel", [False, True])
def test_a_server_that_falls_silent(
    server: OddServer, monkeypatch: pytest.MonkeyPatch, *, cancel: bool
) -> None:
    monkeypatch.setattr(userauth, "_ANSWER_TIMEOUT_S", 60 if cancel else 0.3)
    reached, release = threading.Event(), threading.Event()

    def hang(username: str, password: str) -> int:
        reached.set()
        release.wait(20)
        return AUTH_FAILED

    server.check_auth_password = hang  # type: ignore[method-assign]
    cancelled = threading.Event()
    secrets = Secrets({PASSWORD_NAME: "pw"})
    with serving(server) as transport, ThreadPoolExecutor() as pool:
        login = pool.submit(
            log_in, transport, plan(Authentication.PASSWORD), Person().asker, secrets, cancelled
        )
        assert reached.wait(10)
        if cancel:
            cancelled.set()
        with pytest.raises(RelayTrayError) as caught:
            login.result(10)
        release.set()
    assert caught.value.fault.code is (FaultCode.CANCELLED if cancel else FaultCode.LINK_LOST)


def test_a_transport_that_is_gone_already(server: OddServer) -> None:
    with serving(server) as transport:
        transport.close()
        with pytest.raises(RelayTrayError) as caught:
            log_in(transport, plan(CODES), Person().asker, Secrets(), threading.Event())
    assert caught.value.fault.code is FaultCode.LINK_LOST


def test_no_secret_in_any_log_or_fault(server: OddServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    server.rounds = [
        ("", "", [("Password: ", False)], ["s3cret"]),
        ("", "", [("Code: ", False), ("Pin: ", False)], ["s3cret-1", "s3cret-2"]),
    ]
    codes = CodesAnswer(("s3cret-x", "s3cret-y"))
    person = Person(
        SecretAnswer("s3cret"), codes, SecretAnswer("s3cret"), codes, SecretAnswer("s3cret"), codes
    )
    with pytest.raises(RelayTrayError) as caught:
        log_in_to(server, plan(CODES), person)
    assert "s3cret" not in caplog.text + str(caught.value) + repr(caught.value) + repr(person.asked)
    assert all(isinstance(question, SecretQuestion | CodesQuestion) for question in person.asked)


def test_the_private_names_of_paramiko_that_are_used_are_there() -> None:
    """Each of them was read in paramiko 5.1; another version must be read again."""
    for name in (
        "_get_key_type_and_bits",
        "_finalize_pubkey_algorithm",
        "_get_session_blob",
        "_parse_service_accept",
        "_parse_userauth_success",
        "_parse_userauth_failure",
        "_parse_userauth_info_request",
        "_client_handler_table",
        "abort",
    ):
        assert hasattr(AuthHandler, name), name
    assert hasattr(paramiko.Transport, "_send_message")


def test_our_names_do_not_hide_those_of_paramiko(server: OddServer) -> None:
    with serving(server) as transport:
        theirs = set(vars(AuthHandler(transport))) | set(dir(AuthHandler))
        mine = userauth.UserAuth(transport, "root", "relay.test", threading.Event())
        own = set(vars(userauth.UserAuth)) | set(vars(mine)) - set(vars(AuthHandler(transport)))
    overridden = {"abort", "_parse_service_accept", "_parse_userauth_success", "_parse_userauth_failure"}
    overridden |= {"_parse_userauth_info_request", "__init__", "__module__", "__doc__"}
    assert own & theirs <= overridden
