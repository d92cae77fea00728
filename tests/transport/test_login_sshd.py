"""Logging in at the real sshd: keys, certificates, agents, passwords and codes by PAM."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Authentication
from app.core.questions import SecretAnswer, SecretKind
from app.transport.asking import NobodyToAsk
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.login_peers import Person, Secrets, account, log_in_at, plan, real_agent

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")

KEY_TYPES = ("ed25519", "ecdsa", "rsa")
SECRET = "s3cret-Prüfung-密码"


@pytest.fixture(scope="module")
def module_keys(key_store: KeyStore) -> dict[str, Path]:
    made = {key_type: key_store.key("login", key_type) for key_type in KEY_TYPES}
    return made | {
        "locked": key_store.key("login-locked", passphrase=SECRET),
        "stranger": key_store.key("stranger"),
        "ca": key_store.key("login-ca"),
    }


@pytest.fixture(scope="module")
def sshd(
    tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore, module_keys: dict[str, Path]
) -> Iterator[Sshd]:
    """Takes keys of the person who runs the tests, and certificates of the authority."""
    folder = tmp_path_factory.mktemp("login-sshd")
    authorized = "\n".join(public_line(module_keys[name]) for name in (*KEY_TYPES, "locked"))
    ca = f"TrustedUserCAKeys {module_keys['ca']}.pub"
    with Sshd(
        folder, keys=key_store, authorized_keys=authorized, config_lines=[ca, "MaxAuthTries 6"]
    ) as started:
        yield started


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the agent nor the keys of whoever runs the tests."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def fault_at(sshd: Sshd, *arguments: object, **named: object) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        log_in_at(sshd.port, *arguments, **named)  # type: ignore[arg-type]
    return caught.value.fault


def copied(key: Path, folder: Path, name: str = "id") -> Path:
    """The key in a folder of its own, where a certificate may be put beside it."""
    folder.mkdir(exist_ok=True)
    for suffix in ("", ".pub"):
        shutil.copy(f"{key}{suffix}", folder / f"{name}{suffix}")
    return folder / name


def certify(ca: Path, key: Path, *options: str, user: str) -> Path:
    command = ["ssh-keygen", "-q", "-s", str(ca), "-I", "test", "-n", user, *options, f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return Path(f"{key}-cert.pub")


# --- key files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_key_file_in_one_attempt(sshd: Sshd, module_keys: dict[str, Path], key_type: str) -> None:
    before = len(sshd.log())
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(module_keys[key_type])))
    log = sshd.log()[before:]
    assert log.count("Accepted publickey") == 1
    assert "Failed" not in log


def test_a_stranger_is_refused_and_told_what_would_do(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    fault = fault_at(sshd, plan(user=sshd.user, identity=str(module_keys["stranger"])))
    assert fault == Fault.of(FaultCode.LOGIN_REFUSED, user=sshd.user, host="relay.test", methods="publickey")


def test_an_unknown_user_is_refused(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    fault = fault_at(sshd, plan(user="no-such-user", identity=str(module_keys["ed25519"])))
    assert fault.code is FaultCode.LOGIN_REFUSED


def test_the_first_refusal_may_be_the_last(
    tmp_path: Path, key_store: KeyStore, module_keys: dict[str, Path]
) -> None:
    with Sshd(tmp_path / "sshd", keys=key_store, config_lines=["MaxAuthTries 1"]) as strict:
        fault = fault_at(strict, plan(user=strict.user, identity=str(module_keys["ed25519"])))
    assert fault.code is FaultCode.LOGIN_REFUSED


def test_the_passphrase_is_asked_once_in_a_session(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    path = str(module_keys["locked"])
    person, secrets = Person(SecretAnswer(SECRET)), Secrets()
    for _ in range(2):
        log_in_at(sshd.port, plan(user=sshd.user, identity=path), person, secrets)
    (question,) = person.asked
    assert (question.kind, question.subject, question.can_remember) == (SecretKind.PASSPHRASE, path, True)  # type: ignore[union-attr]
    assert not secrets.keyring


def test_the_passphrase_is_stored_if_ticked(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    path, secrets = str(module_keys["locked"]), Secrets()
    log_in_at(
        sshd.port, plan(user=sshd.user, identity=path), Person(SecretAnswer(SECRET, remember=True)), secrets
    )
    assert [(name.kind, name.subject) for name in secrets.keyring] == [("passphrase", path)]
    log_in_at(sshd.port, plan(user=sshd.user, identity=path), None, secrets)


def test_without_a_keyring_it_is_kept_for_the_session(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    person, secrets = Person(SecretAnswer(SECRET, remember=True)), Secrets(usable=False)
    login = plan(user=sshd.user, identity=str(module_keys["locked"]))
    log_in_at(sshd.port, login, person, secrets)
    assert not person.asked[0].can_remember  # type: ignore[union-attr]
    log_in_at(sshd.port, login, None, secrets)


def test_a_wrong_passphrase_is_asked_again_with_the_reason(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    path = str(module_keys["locked"])
    person = Person(SecretAnswer("wrong", remember=True), SecretAnswer(SECRET))
    secrets = Secrets()
    log_in_at(sshd.port, plan(user=sshd.user, identity=path), person, secrets)
    assert person.reasons == ["needed", "wrong"]
    assert not secrets.keyring


def test_a_stored_passphrase_that_does_not_fit_stays_until_a_better_one_is_ticked(
    sshd: Sshd, module_keys: dict[str, Path]
) -> None:
    path = str(module_keys["locked"])
    login = plan(user=sshd.user, identity=path)
    secrets = Secrets({("passphrase", path): "old"})
    fault_at(sshd, login, Person(SecretAnswer("wrong", remember=True), None), secrets)
    log_in_at(sshd.port, login, person := Person(SecretAnswer(SECRET)), secrets)
    assert person.reasons == ["wrong"]
    assert list(secrets.keyring.values()) == ["old"]
    secrets.session.clear()
    log_in_at(sshd.port, login, Person(SecretAnswer(SECRET, remember=True)), secrets)
    assert list(secrets.keyring.values()) == [SECRET]


def test_three_wrong_passphrases_a_cancel_and_nobody(sshd: Sshd, module_keys: dict[str, Path]) -> None:
    login = plan(user=sshd.user, identity=str(module_keys["locked"]))
    wrong = SecretAnswer("wrong")
    assert fault_at(sshd, login, Person(wrong, wrong, wrong)).code is FaultCode.PASSPHRASE_WRONG
    assert fault_at(sshd, login, Person(None)).code is FaultCode.CANCELLED
    nobody = fault_at(sshd, login, Person(NobodyToAsk()))
    assert nobody.code is FaultCode.NOBODY_TO_ASK
    assert nobody.details["question"] == f"the passphrase of {module_keys['locked']}"


def test_no_secret_in_any_log(
    sshd: Sshd, module_keys: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    person = Person(SecretAnswer("wrong-" + SECRET), SecretAnswer(SECRET, remember=True))
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(module_keys["locked"])), person)
    assert SECRET not in caplog.text
    assert "Logged in" in caplog.text


def test_missing_keys(sshd: Sshd, tmp_path: Path, module_keys: dict[str, Path]) -> None:
    fault = fault_at(sshd, plan(user=sshd.user, identity=str(tmp_path / "missing")))
    assert fault.code is FaultCode.KEY_MISSING
    fault = fault_at(sshd, plan(user=sshd.user))
    assert fault == Fault.of(FaultCode.KEY_MISSING, path=tmp_path / ".ssh" / "id_ed25519")


def test_without_a_named_key_the_usual_ones_are_tried(
    sshd: Sshd, tmp_path: Path, module_keys: dict[str, Path]
) -> None:
    copied(module_keys["stranger"], tmp_path / ".ssh", "id_ed25519")
    copied(module_keys["rsa"], tmp_path / ".ssh", "id_rsa")
    log_in_at(sshd.port, plan(user=sshd.user, is_server=True))


# --- certificates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_certificate_beside_the_key(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, module_keys: dict[str, Path], key_type: str
) -> None:
    key = copied(key_store.key("only-certified", key_type), tmp_path / "k")
    certify(module_keys["ca"], key, user=sshd.user)
    before = len(sshd.log())
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(key)))
    log = sshd.log()[before:]
    assert "-CERT" in log
    assert "Failed" not in log


def test_a_certificate_elsewhere(
    sshd: Sshd, tmp_path: Path, key_store: KeyStore, module_keys: dict[str, Path]
) -> None:
    key = copied(key_store.key("only-certified"), tmp_path / "k")
    certificate = certify(module_keys["ca"], key, user=sshd.user).rename(tmp_path / "mine.pub")
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(key), certificate=str(certificate)))
    fault = fault_at(sshd, plan(user=sshd.user, identity=str(key), certificate=str(tmp_path / "gone")))
    assert fault.code is FaultCode.KEY_MISSING


@pytest.mark.parametrize("options", [("-V", "-2h:-1h"), ("-h",)], ids=["expired", "of-a-host"])
def test_a_useless_certificate_does_not_stand_in_the_keys_way(
    sshd: Sshd, tmp_path: Path, module_keys: dict[str, Path], options: tuple[str, ...]
) -> None:
    key = copied(module_keys["ed25519"], tmp_path / "k")
    certify(module_keys["ca"], key, *options, user=sshd.user)
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(key)))


# --- agents -----------------------------------------------------------------------------------------------


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with real_agent() as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        yield path


def ssh_add(*keys: Path) -> None:
    subprocess.run(["ssh-add", "-q", *map(str, keys)], check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_an_agents_key(sshd: Sshd, agent: str, module_keys: dict[str, Path], key_type: str) -> None:
    ssh_add(module_keys[key_type])
    log_in_at(sshd.port, plan(Authentication.AGENT, user=sshd.user))


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_an_agents_certificate(
    sshd: Sshd, agent: str, tmp_path: Path, key_store: KeyStore, module_keys: dict[str, Path], key_type: str
) -> None:
    key = copied(key_store.key("only-certified", key_type), tmp_path / "k")
    certify(module_keys["ca"], key, user=sshd.user)
    ssh_add(key)
    log_in_at(sshd.port, plan(Authentication.AGENT, user=sshd.user))


def test_an_agent_with_too_many_keys_needs_to_know_which(
    sshd: Sshd, agent: str, key_store: KeyStore, module_keys: dict[str, Path]
) -> None:
    ssh_add(*(key_store.key(f"many-{number}") for number in range(8)), module_keys["ed25519"])
    assert fault_at(sshd, plan(Authentication.AGENT, user=sshd.user)).code is FaultCode.LOGIN_REFUSED
    for identity in (module_keys["ed25519"], f"{module_keys['ed25519']}.pub"):
        log_in_at(sshd.port, plan(Authentication.AGENT, user=sshd.user, identity=str(identity)))


def test_no_agent_and_an_empty_one(sshd: Sshd, agent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    login = plan(Authentication.AGENT, user=sshd.user)
    assert fault_at(sshd, login).code is FaultCode.AGENT_EMPTY
    monkeypatch.delenv("SSH_AUTH_SOCK")
    assert fault_at(sshd, login).code is FaultCode.AGENT_UNAVAILABLE


def test_a_key_that_the_agent_holds_needs_no_passphrase(
    sshd: Sshd, agent: str, tmp_path: Path, module_keys: dict[str, Path]
) -> None:
    key = copied(module_keys["locked"], tmp_path / "k")
    opened = copied(key, tmp_path / "opened")
    command = ["ssh-keygen", "-q", "-p", "-P", SECRET, "-N", "", "-f", str(opened)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    ssh_add(opened)
    log_in_at(sshd.port, plan(user=sshd.user, identity=str(key)), Person())


def test_an_agent_that_declines_to_sign_does_not_end_the_login(
    sshd: Sshd, agent: str, tmp_path: Path, module_keys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first key wants a confirmation (ssh-add -c) that nobody gives; the second one is taken."""
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    subprocess.run(["ssh-add", "-q", "-c", module_keys["rsa"]], check=True, capture_output=True, timeout=30)
    ssh_add(module_keys["ed25519"])
    log_in_at(sshd.port, plan(Authentication.AGENT, user=sshd.user))


# --- passwords and codes, by PAM --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alice() -> Iterator[str]:
    """An account with the password SECRET."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("needs root on Linux, to make an account")
    with account(SECRET) as name:
        yield name


@pytest.fixture(scope="module")
def readable_folder() -> Iterator[Path]:
    """sshd reads authorized_keys as the account that logs in."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def pam_sshd(
    tmp_path: Path, key_store: KeyStore, readable_folder: Path, module_keys: dict[str, Path]
) -> Iterator[Sshd]:
    authorized = readable_folder / "keys"
    authorized.write_text(public_line(module_keys["ed25519"]) + "\n")
    lines = ["UsePAM yes", "PasswordAuthentication yes", f"AuthorizedKeysFile {authorized}"]
    server = Sshd(tmp_path / "sshd", keys=key_store, config_lines=lines)
    yield server
    server.stop()


PASSWORD_ONLY: list[str] = []
CODES_ONLY = ["PasswordAuthentication no", "KbdInteractiveAuthentication yes"]


@pytest.mark.parametrize("config", [PASSWORD_ONLY, CODES_ONLY], ids=["password", "keyboard-interactive"])
@pytest.mark.parametrize("way", [Authentication.PASSWORD, Authentication.KEYBOARD_INTERACTIVE])
def test_a_password_is_asked_once_whichever_way_the_server_wants_it(
    pam_sshd: Sshd, alice: str, config: list[str], way: Authentication
) -> None:
    pam_sshd.config_lines = config + pam_sshd.config_lines
    pam_sshd.start()
    login = plan(way, user=alice)
    person, secrets = Person(SecretAnswer(SECRET, remember=True)), Secrets()
    log_in_at(pam_sshd.port, login, person, secrets)
    (question,) = person.asked
    assert (question.kind, question.subject) == (SecretKind.PASSWORD, f"{alice}@relay.test")  # type: ignore[union-attr]
    assert [(name.kind, name.subject) for name in secrets.keyring] == [("password", f"{alice}@relay.test")]
    log_in_at(pam_sshd.port, login, Person(), secrets)


@pytest.mark.parametrize("config", [PASSWORD_ONLY, CODES_ONLY], ids=["password", "keyboard-interactive"])
def test_a_stored_password_that_no_longer_fits_is_asked_again(
    pam_sshd: Sshd, alice: str, config: list[str]
) -> None:
    pam_sshd.config_lines = config + pam_sshd.config_lines
    pam_sshd.start()
    secrets = Secrets({("password", f"{alice}@relay.test"): "old"})
    person = Person(SecretAnswer(SECRET))
    log_in_at(pam_sshd.port, plan(Authentication.PASSWORD, user=alice), person, secrets)
    assert person.reasons == ["wrong"]
    assert list(secrets.keyring.values()) == ["old"]
    assert list(secrets.session.values()) == [SECRET]


def test_three_wrong_passwords_are_enough(pam_sshd: Sshd, alice: str) -> None:
    pam_sshd.start()
    wrong = SecretAnswer("wrong", remember=True)
    person, secrets = Person(wrong, wrong, wrong), Secrets()
    fault = fault_at(pam_sshd, plan(Authentication.PASSWORD, user=alice), person, secrets)
    assert fault.code is FaultCode.LOGIN_REFUSED
    assert "password" in fault.details["methods"]
    assert person.reasons == ["needed", "wrong", "wrong"]
    assert not secrets.keyring
    assert not secrets.session


@pytest.mark.parametrize("second", ["password", "keyboard-interactive"])
def test_a_key_and_then_a_password(
    pam_sshd: Sshd, alice: str, module_keys: dict[str, Path], second: str
) -> None:
    pam_sshd.config_lines += ["KbdInteractiveAuthentication yes", f"AuthenticationMethods publickey,{second}"]
    pam_sshd.start()
    person = Person(SecretAnswer(SECRET))
    log_in_at(pam_sshd.port, plan(user=alice, identity=str(module_keys["ed25519"])), person)
    assert len(person.asked) == 1


def test_a_password_and_then_a_key(pam_sshd: Sshd, alice: str, module_keys: dict[str, Path]) -> None:
    pam_sshd.config_lines += ["KbdInteractiveAuthentication yes"]
    pam_sshd.config_lines += ["AuthenticationMethods keyboard-interactive,publickey"]
    pam_sshd.start()
    for way in (Authentication.KEY_FILE, Authentication.PASSWORD):
        login = plan(way, user=alice, identity=str(module_keys["ed25519"]))
        log_in_at(pam_sshd.port, login, Person(SecretAnswer(SECRET)))


def test_a_server_without_passwords_asks_nobody(sshd: Sshd) -> None:
    for way in (Authentication.PASSWORD, Authentication.KEYBOARD_INTERACTIVE):
        fault = fault_at(sshd, plan(way, user=sshd.user))
        assert fault.code is FaultCode.LOGIN_REFUSED
        assert fault.details["methods"] == "publickey"
