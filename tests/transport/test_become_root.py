"""Root by sudo on a machine of its own: with and without a password, and every way in which it is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.questions import SecretAnswer, SecretQuestion
from app.transport.asking import NobodyToAsk
from app.transport.remote_shell import RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import why_not_here
from tests.peers.network import Network
from tests.transport.login_peers import Person, Secrets
from tests.transport.shell_peers import relay_at, tools_for

pytestmark = pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())

PASSWORD = "gr\u00fcn 'und' $(id) \u7ea2"
DENIED = SecretAnswer("wrong")
GIVEN = SecretAnswer(PASSWORD)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    key = public_line(key_store.key("login"))
    with Network(tmp_path_factory.mktemp("sudo-network")) as made:
        made.relay.add_user("alice", password=PASSWORD, key=key, sudo="password")
        made.relay.add_user("bob", key=key, sudo="nopasswd")
        made.relay.add_user("carol", password=PASSWORD, key=key, shell="/bin/dash")
        made.relay.authorize("root", key)
        made.relay.start_sshd()
        yield made


class Login:
    def __init__(self, network: Network, key: Path, folder: Path) -> None:
        self._network, self._key, self._folder = network, key, folder

    def shell(self, user: str, person: Person | None = None, secrets: Secrets | None = None) -> RemoteShell:
        pins = "\n".join(f"{self._network.address} {key}" for key in self._network.relay.host_keys())
        tools = tools_for(self._folder, pins, person, secrets)
        relay = relay_at(self._network.address, 22, user, self._key)
        return RemoteShell.connect(relay, tools, threading.Event())


@pytest.fixture
def login(network: Network, key_store: KeyStore, tmp_path: Path) -> Login:
    return Login(network, key_store.key("login"), tmp_path)


WHO = 'echo "$(id -u) $*"; echo oh >&2; exit 4'


def test_root_needs_no_sudo(login: Login) -> None:
    with login.shell("root") as shell:
        done = shell.run(WHO, ["a b"], as_root=True)
        assert (done.out, done.err, done.status) == ("0 a b\n", "oh\n", 4)
        assert shell.can_be_root()


def test_sudo_without_a_password(login: Login) -> None:
    with login.shell("bob") as shell:
        done = shell.run(WHO, ["it's", "$HOME"], as_root=True)
        assert (done.out, done.err, done.status) == ("0 it's $HOME\n", "oh\n", 4)
        assert shell.run("id -un").out == "bob\n"


def test_the_person_is_asked_once(login: Login) -> None:
    person, secrets = Person(GIVEN), Secrets()
    with login.shell("alice", person, secrets) as shell:
        for _ in range(2):
            done = shell.run(WHO, as_root=True)
            assert (done.out, done.err, done.status) == ("0 \n", "oh\n", 4)
    (question,) = person.asked
    assert isinstance(question, SecretQuestion)
    assert question.subject.startswith("sudo: alice@198.")
    assert PASSWORD in secrets.session.values()
    assert secrets.keyring == {}


def test_a_password_that_is_remembered(login: Login) -> None:
    secrets = Secrets()
    with login.shell("alice", Person(SecretAnswer(PASSWORD, remember=True)), secrets) as shell:
        assert shell.can_be_root()
    assert list(secrets.keyring.values()) == [PASSWORD]
    with login.shell("alice", Person(), secrets) as shell:
        assert shell.can_be_root()


def test_the_password_of_the_login_is_tried_first(login: Login, network: Network) -> None:
    secrets = Secrets({("password", f"alice@{network.address}"): PASSWORD})
    with login.shell("alice", Person(), secrets) as shell:
        assert shell.can_be_root()


def test_a_wrong_password_is_asked_again(login: Login) -> None:
    person = Person(DENIED, GIVEN)
    with login.shell("alice", person) as shell:
        assert shell.run("id -u", as_root=True).out == "0\n"
    assert person.reasons == ["needed", "wrong"]


def test_three_wrong_passwords(login: Login) -> None:
    with login.shell("alice", Person(DENIED, DENIED, DENIED)) as shell:
        with pytest.raises(RelayTrayError) as caught:
            shell.run("id -u", as_root=True)
        assert caught.value.fault.code is FaultCode.SUDO_REFUSED
        assert "3 incorrect password attempts" in caught.value.fault.details["reason"]
        assert PASSWORD not in str(caught.value)


def test_whoever_may_not(login: Login) -> None:
    with login.shell("carol", Person(GIVEN)) as shell:
        with pytest.raises(RelayTrayError) as caught:
            shell.run("id -u", as_root=True)
        assert caught.value.fault.code is FaultCode.SUDO_REFUSED
        assert "not in the sudoers file" in caught.value.fault.details["reason"]
        assert shell.run("id -un").out == "carol\n"


def test_can_be_root_says_no(login: Login) -> None:
    with login.shell("carol", Person(GIVEN)) as shell:
        assert not shell.can_be_root()


@pytest.mark.parametrize(
    ("answer", "code"), [(None, FaultCode.CANCELLED), (NobodyToAsk(), FaultCode.NOBODY_TO_ASK)]
)
def test_no_answer(login: Login, answer: NobodyToAsk | None, code: FaultCode) -> None:
    with login.shell("alice", Person(answer)) as shell, pytest.raises(RelayTrayError) as caught:
        shell.can_be_root()
    assert caught.value.fault.code is code


def test_the_password_stands_in_no_command_line(login: Login, network: Network) -> None:
    with login.shell("alice", Person(GIVEN)) as shell:
        told = shell.run("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' ' '", as_root=True).out
    assert "sudo -S" in told
    assert PASSWORD not in told


def test_neither_sudo_nor_doas(login: Login, network: Network) -> None:
    network.relay.must_run("mv", "/usr/bin/sudo", "/usr/bin/sudo.away")
    try:
        with login.shell("bob") as shell, pytest.raises(RelayTrayError) as caught:
            shell.run("id -u", as_root=True)
    finally:
        network.relay.must_run("mv", "/usr/bin/sudo.away", "/usr/bin/sudo")
    assert caught.value.fault.details["reason"] == "neither sudo nor doas is installed"
