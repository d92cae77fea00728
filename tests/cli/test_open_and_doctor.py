"""``open`` and ``doctor vscode`` as real processes: a stand-in for the editor, a real ssh, real settings."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from app.core.profiles import Authentication, Document, Relay, Server
from app.integration.ssh_config_install import SshConfigInstall
from app.system.editors import Computer, find_editors
from tests.cli.program import Program

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="scripts are programs only there"),
    pytest.mark.skipif(shutil.which("ssh") is None, reason="needs an ssh program"),
]
STAND_IN = """\
import json, os, sys
with open(os.path.join(os.path.dirname(sys.argv[0]), "told"), "w") as file:
    json.dump({{"argv": sys.argv[1:], "env": dict(os.environ)}}, file)
print("It went wrong.", file=sys.stderr)
sys.exit({code})
"""
SETTINGS = '// mine\n{\n  "editor.fontSize": 14, // big\n}\n'


class Desk:
    """The program, one server, an editor on PATH, and an ssh config of its own."""

    def __init__(self, folder: Path) -> None:
        self.program = Program(folder)
        self.config = folder / "ssh" / "config"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.program.env["PATH"] = f"{self.bin}:{os.environ['PATH']}"
        relay = Relay(id="r", name="home", host="h", user="u", authentication=Authentication.AGENT)
        server = Server(id="s", alias="lab-gpu", relay_id="r", user="u", remote_folder="/data/profile")
        self.program.store(Document(relays=(relay,), servers=(server,)))

    def install(self) -> None:
        SshConfigInstall(self.program.paths, config=self.config).install(self.program.load())

    def add_editor(self, command: str, code: int = 0) -> None:
        editor = self.bin / command
        editor.write_text(f"#!{sys.executable}\n{STAND_IN.format(code=code)}")
        editor.chmod(0o755)

    def told(self) -> dict[str, object]:
        told: dict[str, object] = json.loads((self.bin / "told").read_text())
        return told

    @property
    def settings(self) -> Path:
        return self.program.home / ".config/Code/User/settings.json"

    @property
    def doctor(self) -> list[str]:
        return ["doctor", "vscode", "--config", str(self.config)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    if find_editors(Computer(home=tmp_path, environment={})):
        pytest.skip("an editor is installed here for everybody, and would be found before the stand-in")
    return Desk(tmp_path)


def test_a_folder_is_opened_and_remembered(desk: Desk) -> None:
    program, where = desk.program, ("--config", str(desk.config))
    assert "No editor" in program.run("open", "--list").stdout
    assert program.error("open", "lab-gpu", *where, code=1)["code"] == "program-missing"
    desk.add_editor("code")
    desk.add_editor("zed")
    (code, zed) = program.json("open", "--list")
    assert (code["key"], code["program"], zed["key"]) == ("vscode", str(desk.bin / "code"), "zed")
    assert "VS Code" in program.run("open", "--list").stdout
    assert program.error("open", "lab-gpu", *where, code=2)["code"] == "ssh-config-not-installed"
    assert not (desk.bin / "told").exists()
    desk.install()
    assert "Opened /data/profile in VS Code." in program.run("open", "lab-gpu", *where).stdout
    uri = "vscode-remote://ssh-remote+lab-gpu"
    assert desk.told()["argv"] == ["--new-window", f"--folder-uri={uri}/data/profile"]
    opened = program.json("open", "lab-gpu", "/data/my project", "--editor", "zed", *where)
    assert opened == {"editor": "zed", "alias": "lab-gpu", "folder": "/data/my project"}
    assert desk.told()["argv"] == ["ssh://lab-gpu/data/my%20project"]
    assert program.load().servers[0].recent_folders == ("/data/my project", "/data/profile")
    program.run("open", "lab-gpu", *where)
    assert desk.told()["argv"] == ["--new-window", f"--folder-uri={uri}/data/my%20project"]
    program.run("open", "lab-gpu", *where, "")
    assert desk.told()["argv"] == ["--new-window", "--remote=ssh-remote+lab-gpu"]
    assert program.load().servers[0].recent_folders == ("/data/my project", "/data/profile")


def test_what_cannot_be_opened_is_told_and_not_remembered(desk: Desk) -> None:
    program, where = desk.program, ("--config", str(desk.config))
    desk.install()
    desk.add_editor("code", code=3)
    error = program.error("open", "lab-gpu", "/data", *where, code=1)
    assert (error["code"], error["details"]["reason"]) == ("program-failed", "It went wrong")
    assert program.error("open", "lab-gpu", "~/x", *where, code=2)["code"] == "folder-not-absolute"
    assert program.error("open", "lab-gp", "/x", code=2)["code"] == "no-such-server"
    assert "ALIAS" in program.error("open", code=2)["sentence"]
    assert program.error("open", "lab-gpu", "--editor", "notepad", code=2)["code"] == "usage"
    assert program.load().servers[0].recent_folders == ()


def test_the_link_alone(desk: Desk) -> None:
    told = desk.program.run("open", "lab-gpu", "/data/a b", "--link").stdout
    assert told == "vscode://vscode-remote/ssh-remote+lab-gpu/data/a%20b?windowId=_blank\n"
    value = desk.program.json("open", "lab-gpu", "--link", "/x", "--editor", "cursor")
    assert value["link"].startswith("cursor://vscode-remote/")


def test_the_doctor_finds_and_puts_right_what_it_may(desk: Desk) -> None:
    program = desk.program
    desk.add_editor("code")
    told = program.json(*desk.doctor, code=10)
    assert not told["healthy"]
    assert [finding["code"] for finding in told["findings"]] == [
        "config-not-installed",
        "timeout-short",
        "platform-missing",
    ]
    assert told["files"] == [{"editor": "vscode", "path": str(desk.settings)}]
    desk.install()
    told = program.json(*desk.doctor, code=0)
    assert told["healthy"]
    assert told["findings"][1]["change"] == {
        "path": ["remote.SSH.remotePlatform", "lab-gpu"],
        "value": "linux",
    }
    assert not desk.settings.exists(), "looking changes nothing"
    assert "doctor vscode --fix" in program.run(*desk.doctor).stdout

    desk.settings.parent.mkdir(parents=True)
    desk.settings.write_text(SETTINGS)
    assert program.error(*desk.doctor, "--fix", code=4)["code"] == "nobody-to-ask"
    assert desk.settings.read_text() == SETTINGS
    fixed = program.json(*desk.doctor, "--fix", "--yes")
    assert fixed["changed"] == [str(desk.settings)]
    assert fixed["findings"] == []
    lines = SETTINGS.splitlines()
    assert desk.settings.read_text().splitlines() == [
        *lines[:3],
        '  "remote.SSH.connectTimeout": 60,',
        '  "remote.SSH.remotePlatform": {',
        '    "lab-gpu": "linux"',
        "  },",
        lines[3],
    ]
    healthy = program.run(*desk.doctor, "lab-gpu").stdout
    assert "nothing to complain about" in healthy
    assert "--fix" not in healthy
    assert program.error(*desk.doctor, "lab-gp", code=2)["code"] == "no-such-server"


def test_the_person_is_asked_about_each_change(desk: Desk) -> None:
    desk.install()
    desk.settings.parent.mkdir(parents=True)
    desk.settings.write_text(SETTINGS)
    with desk.program.start_on_terminal(*desk.doctor, "--fix") as running:
        assert "connectTimeout" in running.expect("Make this change? [y/N]")
        running.type("n\n")
        shown = running.expect("Make this change? [y/N]")
        assert '+    "lab-gpu": "linux"' in shown
        assert "connectTimeout" not in shown
        running.type("y\n")
        assert running.wait() == 0
    text = desk.settings.read_text()
    assert "connectTimeout" not in text
    assert '"lab-gpu": "linux"' in text
    before = text
    with desk.program.start_on_terminal(*desk.doctor, "--fix") as running:
        running.expect("Make this change? [y/N]")
        running.type("\x04")
        assert running.wait() == 130
    assert desk.settings.read_text() == before


def test_settings_that_break_it_are_named_and_damaged_ones_left_alone(desk: Desk, tmp_path: Path) -> None:
    desk.install()
    file = tmp_path / "some.json"
    file.write_text(f'{{"remote.SSH.path": "/no/ssh", "remote.SSH.configFile": "{tmp_path / "none"}"}}')
    here = [*desk.doctor, "--settings", str(file)]
    told = desk.program.run(*here, code=10).stdout
    assert (
        "x The settings of VS Code name an ssh program that is not there or cannot be run: /no/ssh." in told
    )
    assert "x The settings of VS Code name an ssh config that does not exist" in told
    assert "! VS Code gives up on a connection after 15 seconds" in told
    file.write_text("{ damaged")
    told = desk.program.run(*here, "--yes", code=10).stdout
    assert "line 1, column 3" in told
    assert file.read_text() == "{ damaged"


def test_a_file_that_cannot_be_changed_does_not_keep_others_from_it(desk: Desk) -> None:
    desk.install()
    desk.settings.parent.mkdir(parents=True)
    desk.settings.write_text("{}")
    desk.settings.chmod(0o444)
    cursor = desk.program.home / ".config/Cursor/User/settings.json"
    cursor.parent.mkdir(parents=True)
    cursor.write_text("{}")
    done = desk.program.run(*desk.doctor, "--yes", code=1)
    assert "read-only" in done.stderr
    assert f"Changed {cursor}." in done.stdout
    assert desk.settings.read_text() == "{}"
    assert '"lab-gpu": "linux"' in cursor.read_text()
