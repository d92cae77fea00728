"""``relay setup|remove`` and ``server line|wait|remove``: the real program, on machines of their own."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.profiles import AdminLogin, Authentication, Document, Enrolment, Relay, Server, SetupMode
from tests.cli.program import Program
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import changes, why_not_here
from tests.peers.network import Network
from tests.peers.ports import Deadline, free_port
from tests.peers.web_terminal import WebTerminal

PLACES = ("/etc", "/home", "/usr/local", "/var/lib", "/root")


class Wanted(Program):
    """With the profiles of a relay that is not set up, and of a server that never had a line."""

    def __init__(self, folder: Path, host: str, user: str, key: Path, **changes: Any) -> None:
        super().__init__(folder)
        fields: dict[str, Any] = {"id": "r1", "name": "lab", "host": host, "user": user, "identity": str(key)}
        relay = Relay(**(fields | changes))
        self.store(
            Document(relays=(relay,), servers=(Server(id="s1", alias="gpu", relay_id="r1", user="x"),))
        )

    def knows(self, network: Network) -> Wanted:
        lines = [f"{network.address} {key}\n" for key in network.relay.host_keys() if "ed25519" in key]
        self.paths.known_hosts.write_text("".join(lines))
        return self

    def edit_server(self, **changes: Any) -> None:
        document = self.load()
        server = dataclasses.replace(document.servers[0], **changes)
        self.store(dataclasses.replace(document, servers=(server,)))

    def values(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """What it prints with --json, line by line."""
        return [json.loads(line) for line in self.run("--json", *arguments, code=code).stdout.splitlines()]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("setup-network")) as made:
        key = public_line(key_store.key("login"))
        made.relay.authorize("root", key)
        made.relay.add_user("bob", sudo="password", password="open sesame")
        made.relay.add_user("carol", key=key)
        made.relay.write("/etc/sudoers.d/carol", "Defaults:carol !authenticate\n", 0o440)
        made.relay.start_sshd()
        server = made.add_server("gpu")
        server.add_user("dev")
        server.start_sshd()
        yield made


@pytest.fixture
def offline(tmp_path: Path, key_store: KeyStore) -> Wanted:
    """The relay is not there at all."""
    return Wanted(tmp_path, "192.0.2.1", "me", key_store.key("login"))


# --- the whole of it --------------------------------------------------------------------------------------


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_from_a_bare_relay_to_ssh_on_the_server_and_back(
    network: Network, tmp_path: Path, key_store: KeyStore
) -> None:
    program = Wanted(tmp_path, network.address, "root", key_store.key("login")).knows(network)
    program.edit_server(user="dev", identity=str(key_store.key("person")))
    before, relay, gpu = program.load(), network.relay, network.servers[0]
    files = {machine: machine.snapshot(*PLACES) for machine in (relay, gpu)}

    (plan,) = program.values("relay", "setup", "lab", "--no-bbr", "--plan")
    assert (plan["root"], plan["mode"], plan["changes"]) == (True, "system", True)
    assert program.load() == before
    told = program.values("relay", "setup", "lab", "--no-bbr", "--yes")
    assert [value["event"] for value in (told[0], told[-1])] == ["plan", "done"]
    steps = [(value["step"], value["state"]) for value in told[1:-1]]
    assert steps[:3] == [("accounts", "running"), ("accounts", "done"), ("programs", "running")]
    assert program.load().relays[0].setup is SetupMode.SYSTEM
    again = program.run("relay", "setup", "lab", "--no-bbr", "--yes").stdout
    assert "is set up already" in again

    refused = program.error("server", "line", "gpu", "--bridge", code=2)
    assert refused["code"] == "v2ray-not-set-up"
    made = program.run("server", "line", "gpu", "--hours", "2")
    assert len(made.stdout.splitlines()) == 1
    assert "Paste this line into the web terminal of gpu" in made.stderr
    with WebTerminal(gpu, "dev") as terminal:
        terminal.answer_to(made.stdout.strip(), "To take it all away")
    states = [value["state"] for value in program.values("server", "wait", "gpu")]
    assert states == ["reported", "online"]
    config = tmp_path / "ssh_config"
    config.write_text(program.run("ssh-config", "gpu").stdout)
    words = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "gpu", "whoami"]
    done = subprocess.run(words, env=program.env, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "dev\n", done.stderr

    assert program.json("server", "remove", "gpu") == {"removed": "gpu", "left": [], "line": ""}
    deadline = Deadline(20, "everything to be gone from the server")
    while changes(files[gpu], gpu.snapshot(*PLACES)) or gpu.command_lines("relaytray"):
        deadline.wait()

    assert program.error("relay", "remove", "lab", code=4)["code"] == "nobody-to-ask"
    told = program.values("relay", "remove", "lab", "--yes")
    assert told[0]["changes"] is True
    assert (told[-2]["event"], told[-1]) == ("done", {"removed": "lab"})
    assert changes(files[relay], relay.snapshot(*PLACES)) == []
    assert program.load().relays == ()


# --- a person at a terminal -------------------------------------------------------------------------------


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
@pytest.mark.parametrize("answer", ["n", "Ctrl-C"])
def test_passwords_are_typed_and_no_means_no(
    network: Network, tmp_path: Path, key_store: KeyStore, answer: str
) -> None:
    program = Wanted(tmp_path, network.address, "carol", key_store.key("login")).knows(network)
    before, files = program.load(), network.relay.snapshot(*PLACES)
    arguments = ("relay", "setup", "lab", "--admin", "bob", "--password")
    with program.start_on_terminal(*arguments) as running:
        running.expect(f"Password of bob@{network.address}: ")
        running.type("open sesame\n")
        running.expect("Set lab up like this? [y/N] ")
        running.type("\x03" if answer == "Ctrl-C" else f"{answer}\n")
        assert running.wait() == 130
        assert "Cancelled: the changes of lab. Nothing was changed" in running.errors()
        assert "open sesame" not in running.screen + running.errors()
    assert program.load() == before
    lecture = "/var/lib/sudo"  # where sudo notes that it has told bob to be careful
    assert [
        one
        for one in changes(files, network.relay.snapshot(*PLACES))
        if lecture not in one and ".sudo_as" not in one
    ] == []


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_ctrl_c_stops_between_two_steps_and_the_rest_can_be_taken_away(
    network: Network, tmp_path: Path, key_store: KeyStore
) -> None:
    program = Wanted(tmp_path, network.address, "carol", key_store.key("login")).knows(network)
    before = program.load()
    with program.start("relay", "setup", "lab", "--account", "--yes") as running:
        running.event("step", step="programs", state="running")
        running.interrupt()
        assert running.wait() == 130
        assert json.loads(running.errors().splitlines()[-1])["error"]["code"] in (
            "setup-stopped",
            "cancelled",
        )
    assert program.load() == before
    assert program.values("relay", "setup", "lab", "--account", "--yes")[-1]["event"] == "done"
    assert program.load().relays[0].setup is SetupMode.ACCOUNT
    program.run("relay", "remove", "lab", "--other-end", "--yes")
    assert program.load() == before


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_whoever_is_not_root_is_told_the_other_way(
    network: Network, tmp_path: Path, key_store: KeyStore
) -> None:
    program = Wanted(tmp_path, network.address, "carol", key_store.key("login")).knows(network)
    (plan,) = program.values("relay", "setup", "lab", "--plan")
    assert plan["root"] is False
    error = program.error("relay", "setup", "lab", "--yes", code=4)
    assert error["code"] == "sudo-refused"
    assert "--account" in error["sentence"]


@pytest.mark.leaks_allowed
@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_a_relay_that_is_new_is_trusted_by_its_fingerprint(
    network: Network, tmp_path: Path, key_store: KeyStore
) -> None:
    program = Wanted(tmp_path, network.address, "root", key_store.key("login"))
    error = program.error("relay", "setup", "lab", "--plan", code=4)
    assert error["code"] == "nobody-to-ask"
    (key,) = (line for line in network.relay.host_keys() if "ed25519" in line)
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    trusted = f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
    (plan,) = program.values("relay", "setup", "lab", "--plan", "--trust", trusted)
    assert plan["root"] is True


# --- without a relay --------------------------------------------------------------------------------------


def test_what_has_no_set_up_is_told_so(offline: Wanted) -> None:
    assert offline.error("server", "line", "gpu", code=2)["code"] == "relay-not-set-up"
    assert offline.error("server", "wait", "gpu", code=6)["code"] == "enrolment-missing"
    assert offline.error("server", "remove", "gpu", "--print-line", code=6)["code"] == "enrolment-missing"
    assert offline.error("relay", "setup", "nobody", code=2)["code"] == "no-such-relay"


def test_whoever_has_no_key_yet_is_told_how_to_get_one(tmp_path: Path, key_store: KeyStore) -> None:
    program = Wanted(tmp_path, "192.0.2.1", "me", key_store.key("login"), setup=SetupMode.SYSTEM)
    told = program.run("server", "line", "gpu", code=4).stderr
    assert "relaytray key new --server gpu;" in told
    assert "--no-key" in told


@pytest.mark.parametrize(
    "option", [("--hours", "0"), ("--hours", "721"), ("--sshd-port", "0"), ("--sshd-port", "65536")]
)
def test_numbers_have_limits(offline: Wanted, option: tuple[str, str]) -> None:
    error = offline.error("server", "line", "gpu", *option, code=2)
    assert option[0] in error["sentence"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("relay", "setup", "lab", "--identity", "k", "--password"),
        ("relay", "remove", "lab", "--other-end", "--keep-set-up"),
        ("server", "remove", "gpu", "--print-line", "--keep-set-up"),
        ("relay", "setup"),
    ],
)
def test_what_contradicts_itself_is_refused(offline: Wanted, arguments: tuple[str, ...]) -> None:
    assert offline.error(*arguments, code=2)["code"] == "usage"


def test_a_relay_that_is_in_use_is_not_touched(offline: Wanted) -> None:
    assert offline.error("relay", "remove", "lab", "--yes", code=2)["code"] == "relay-in-use"


@pytest.mark.parametrize("setup", [SetupMode.SYSTEM, SetupMode.NONE])  # NONE: begun, and never finished
def test_a_relay_that_cannot_be_reached_can_still_be_forgotten(
    tmp_path: Path, key_store: KeyStore, setup: SetupMode
) -> None:
    admin = AdminLogin(user="root", identity=str(key_store.key("login")))
    program = Wanted(
        tmp_path, "127.0.0.1", "me", key_store.key("login"), port=free_port(), setup=setup, admin=admin
    )
    program.store(Document(relays=program.load().relays))
    told = program.run("relay", "remove", "lab", "--yes", code=3).stderr
    assert "relaytray relay remove lab --keep-set-up" in told
    assert program.load().relays
    program.run("relay", "remove", "lab", "--keep-set-up")
    assert program.load() == Document()


def test_profiles_alone_are_removed_without_a_word_to_any_machine(
    tmp_path: Path, key_store: KeyStore
) -> None:
    admin = AdminLogin(user="root", authentication=Authentication.AGENT)
    program = Wanted(
        tmp_path, "192.0.2.1", "relaytray-pc", key_store.key("login"), setup=SetupMode.SYSTEM, admin=admin
    )
    document = program.load()
    enrolled = Server(id="s1", alias="gpu", relay_id="r1", user="x", enrolment=Enrolment(id="a1b2c3d4"))
    program.store(Document(relays=document.relays, servers=(enrolled,)))
    line = program.json("server", "remove", "gpu", "--print-line")
    assert line == {"alias": "gpu", "line": "sh ~/.ssh/relaytray-a1b2c3d4.sh remove"}
    assert program.json("server", "remove", "gpu", "--keep-set-up") == {"removed": "gpu"}
    assert program.json("relay", "remove", "lab", "--keep-set-up") == {"removed": "lab"}
    assert program.load() == Document()
