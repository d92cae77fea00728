"""Ready lines, run by the real scp, sftp and rsync through the real ssh config block."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.core.uses import Use
from app.export.links import remote_folder, sftp_link, transfer_lines
from app.export.shell_words import Shell
from app.export.ssh_config import ssh_config_block
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver

SERVER = Server(
    id="s", alias="lab-gpu", relay_id="r", user="ann", remote_folder="/data/sets", local_ssh_port=15022
)


def server_with(**changes: Any) -> Server:
    return dataclasses.replace(SERVER, **changes)


def lines(server: Server, shell: Shell = Shell.SH, config: str = "") -> dict[str, str]:
    texts = transfer_lines(server, shell=shell, config=config)
    assert {text.use for text in texts} == {Use.TRANSFER}
    return {text.key: text.text for text in texts}


# --- as text ----------------------------------------------------------------------------------------------


def test_the_lines_of_an_installed_config() -> None:
    assert lines(SERVER) == {
        "scp-up": "scp file lab-gpu:/data/sets/",
        "scp-up-folder": "scp -r folder lab-gpu:/data/sets/",
        "scp-down": "scp lab-gpu:/data/sets/file .",
        "sftp": "sftp lab-gpu:/data/sets/",
        "rsync-up": "rsync -av --progress ./ lab-gpu:/data/sets/",
        "rsync-down": "rsync -av --progress lab-gpu:/data/sets/ ./",
    }


def test_without_a_folder_the_home_folder_is_not_swamped() -> None:
    assert lines(server_with(remote_folder="")) == {
        "scp-up": "scp file lab-gpu:",
        "scp-up-folder": "scp -r folder lab-gpu:",
        "scp-down": "scp lab-gpu:file .",
        "sftp": "sftp lab-gpu:",
        "rsync-up": "rsync -av --progress ./folder lab-gpu:",
        "rsync-down": "rsync -av --progress lab-gpu:folder/ ./",
    }


def test_windows_has_no_rsync_and_quotes_its_own_way() -> None:
    server = server_with(remote_folder="/data/my sets/50%")
    config = "C:\\Users\\Jane Doe\\ssh_config"
    assert lines(server, Shell.POWERSHELL, config) == {
        "scp-up": f"scp -F '{config}' -s file 'lab-gpu:/data/my sets/50%/'",
        "scp-up-folder": f"scp -F '{config}' -s -r folder 'lab-gpu:/data/my sets/50%/'",
        "scp-down": f"scp -F '{config}' -s 'lab-gpu:/data/my sets/50%/file' .",
        "sftp": f"sftp -F '{config}' 'lab-gpu:/data/my sets/50%/'",
    }
    assert lines(server, Shell.CMD)["scp-up"] == 'scp -s file "lab-gpu:/data/my sets/50"^%"/"'


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("", ""),
        ("~", ""),
        ("~/", ""),
        ("./", ""),
        ("~/sets//", "sets/"),
        ("sets", "sets/"),
        ("-x", "./-x/"),
        ("/", "/"),
        ("/a//", "/a/"),
        ("~bob/x", "~bob/x/"),
    ],
)
def test_folders(folder: str, told: str) -> None:
    assert remote_folder(server_with(remote_folder=folder)) == told


@pytest.mark.parametrize("shell", [Shell.POWERSHELL, Shell.CMD])
def test_a_folder_that_cannot_be_typed_is_refused(shell: Shell) -> None:
    with pytest.raises(RelayTrayError) as caught:
        lines(server_with(remote_folder='/a"b'), shell)
    assert caught.value.fault.code is FaultCode.PROFILE_INVALID


@pytest.mark.parametrize(
    ("user", "folder", "path"),
    [
        ("ann", "/data/my sets", "/data/my sets/"),
        ("a@b:c/d", "/\u5f20\u4e09?#%20", "/\u5f20\u4e09?#%20/"),
        ("ann", "/", "/"),
        ("", "~/x", ""),
        ("ann", "", ""),
    ],
)
def test_the_link_is_read_back_as_it_was_meant(user: str, folder: str, path: str) -> None:
    link = sftp_link(server_with(user=user, remote_folder=folder))
    assert link.isascii()
    parts = urlsplit(link)
    assert (parts.scheme, parts.hostname, parts.port) == ("sftp", "127.0.0.1", 15022)
    assert unquote(parts.username or "") == user
    assert (unquote(parts.path), parts.query, parts.fragment) == (path, "", "")


def test_without_a_plain_port_there_is_no_link() -> None:
    with pytest.raises(RelayTrayError) as caught:
        sftp_link(server_with(local_ssh_port=0))
    assert caught.value.fault.code is FaultCode.PLAIN_PORT_NEEDED


# --- by the programs --------------------------------------------------------------------------------------

FOLDERS = [
    "plain.folder-1",
    "it's  star*?[x]{y,z} \u5f20\u4e09 $HOME `id` ;&| #50% ~!",
    'two "quotes" and a back\\slash',
]


class Ground:
    """A manager with its lab, and an ssh config that leads through its SOCKS port."""

    def __init__(self, folder: Path, lab: Lab, driver: Driver) -> None:
        self.folder, self.driver = folder, driver
        relay, self.server = driver.document.relays[0], driver.document.servers[0]
        nc = shutil.which("nc") or "nc"
        words = [nc, "-X", "5", "-x", f"127.0.0.1:{relay.socks_port}", self.server.full_name, "22"]
        self.config = folder / "o'brien & co" / "ssh config"
        self.config.parent.mkdir()
        block = ssh_config_block(self.server, relay, proxy_command=words, known_hosts=str(driver.known_hosts))
        self.config.write_text(block, encoding="utf-8")

    def run(self, key: str, place: Path, cwd: Path, stdin: str = "", more: str = "") -> str:
        server = dataclasses.replace(self.server, remote_folder=str(place))
        line = lines(server, config=str(self.config))[key]
        if more:
            program, rest = line.split(" ", 1)
            line = f"{program} {more} {rest}"
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def ground(lab: Lab, tmp_path: Path) -> Iterator[Ground]:
    if any(shutil.which(name) is None for name in ("scp", "sftp", "rsync", "nc")):
        pytest.skip("needs scp, sftp, rsync and nc")
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.connect()
        yield Ground(tmp_path, lab, driver)


def test_every_line_finds_every_folder(ground: Ground) -> None:
    for number, name in enumerate(FOLDERS):
        place, here = ground.folder / "far" / name, ground.folder / f"here-{number}"
        place.mkdir(parents=True)
        (here / "folder").mkdir(parents=True)
        (here / "file").write_text(name)
        (here / "folder" / "inner").write_text(name)
        ground.run("scp-up", place, here)
        assert (place / "file").read_text() == name
        ground.run("scp-up-folder", place, here)
        assert (place / "folder" / "inner").read_text() == name
        (here / "file").unlink()
        ground.run("scp-down", place, here)
        assert (here / "file").read_text() == name
        at_home = '"' in name or "\\" in name  # sftp cannot be told such a folder
        assert at_home is (str(place) not in ground.run("sftp", place, here, "pwd\n"))
        (here / "new").write_text("rsync")
        ground.run("rsync-up", place, here)
        assert (place / "new").read_text() == "rsync"
        (place / "newer").write_text("rsync")
        ground.run("rsync-down", place, here)
        assert (here / "newer").read_text() == "rsync"
    assert sorted(path.name for path in (ground.folder / "far").iterdir()) == sorted(FOLDERS)


@pytest.mark.parametrize(("name", "decoy"), [("a[1]", "a1"), ("b*", "bc"), ("c?\\d*", "cx\\dz")])
def test_what_is_fetched_is_the_folder_and_no_other_that_its_name_would_match(
    ground: Ground, name: str, decoy: str
) -> None:
    here = ground.folder / "here"
    here.mkdir()
    for folder in (name, decoy):
        (ground.folder / "far" / folder).mkdir(parents=True)
        (ground.folder / "far" / folder / "file").write_text(folder)
    for key in ("rsync-down", "scp-down"):
        ground.run(key, ground.folder / "far" / name, here)
        assert (here / "file").read_text() == name
        (here / "file").unlink()


def test_a_plain_folder_is_the_same_to_an_scp_that_asks_a_shell(ground: Ground) -> None:
    """-O: the protocol of scp before 9.0, where a shell at the far end reads the folder."""
    place, here = ground.folder / "far" / "a_b+c=d:e,f@g~-.h", ground.folder / "here"
    place.mkdir(parents=True)
    here.mkdir()
    (here / "file").write_text("old")
    ground.run("scp-up", place, here, more="-O")
    (here / "file").unlink()
    ground.run("scp-down", place, here, more="-O")
    assert (here / "file").read_text() == (place / "file").read_text() == "old"
