"""The doctor's look at the ssh config, with the real ssh."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from app.core.diagnosis import Advice, Examined, Verdict
from app.core.faults import FaultCode
from app.core.profiles import Authentication, Document, Relay, Server
from app.integration.ssh_config_check import ssh_config_check
from app.integration.ssh_config_install import SshConfigInstall
from app.storage.paths import Paths

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs an ssh program")
RELAY = Relay(id="r", name="home", host="h", user="u", authentication=Authentication.AGENT)
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="u")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.paths = Paths.at(folder / "data")
        self.paths.root.mkdir(mode=0o700)
        self.config = folder / "ssh" / "config"

    def install(self, document: Document = DOCUMENT) -> None:
        SshConfigInstall(self.paths, config=self.config).install(document)

    def look(self, document: Document = DOCUMENT) -> Examined:
        return ssh_config_check(self.paths, document, document.servers[0], self.config)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def verdict(examined: Examined) -> tuple[Verdict, Advice | None]:
    return examined.verdict, examined.advice


def test_in_step_or_not_there(desk: Desk) -> None:
    assert verdict(desk.look()) == (Verdict.WARNING, Advice.CONFIG_NOT_INSTALLED)
    assert not desk.config.exists(), "looking changes nothing"
    desk.install()
    assert verdict(desk.look()) == (Verdict.GOOD, Advice.CONFIG_IN_STEP)


def test_behind_the_profile(desk: Desk) -> None:
    desk.install()
    moved = dataclasses.replace(DOCUMENT, servers=(dataclasses.replace(SERVER, user="other"),))
    assert verdict(desk.look(moved)) == (Verdict.WARNING, Advice.CONFIG_STALE)
    renamed = dataclasses.replace(DOCUMENT, servers=(dataclasses.replace(SERVER, alias="gpu2"),))
    assert verdict(desk.look(renamed)) == (Verdict.WARNING, Advice.CONFIG_STALE)


def test_a_line_of_the_persons_own_that_comes_first(desk: Desk) -> None:
    desk.install()
    ours = desk.config.read_text()
    desk.config.write_text(f"HostName elsewhere\n{ours}")
    assert verdict(desk.look()) == (Verdict.WARNING, Advice.CONFIG_STALE)


def test_what_ssh_does_not_read(desk: Desk) -> None:
    desk.install()
    desk.config.write_text(desk.config.read_text() + "\nNonsense yes\n")
    found = desk.look()
    assert found.verdict is Verdict.BAD
    assert found.fault is not None
    assert found.fault.code is FaultCode.FILE_NOT_UNDERSTOOD


def test_an_option_that_ssh_refuses(desk: Desk) -> None:
    refused = dataclasses.replace(SERVER, ssh_options=("Nonsense yes",))
    document = dataclasses.replace(DOCUMENT, servers=(refused,))
    desk.install(document)
    found = desk.look(document)
    assert found.fault is not None
    assert found.fault.code is FaultCode.SSH_OPTION_REFUSED


@pytest.mark.skipif(os.name != "posix", reason="modes are rights only there")
def test_a_file_that_others_may_change(desk: Desk) -> None:
    desk.install()
    desk.config.chmod(0o666)
    found = desk.look()
    assert found.fault is not None
    assert found.fault.code is FaultCode.SSH_CONFIG_UNSAFE
