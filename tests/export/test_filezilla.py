"""The site file: read back by its form, then imported by the real FileZilla, which lists the folder."""

from __future__ import annotations

import base64
import dataclasses
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.core.uses import KeyState
from app.export.filezilla import filezilla_sites, key_file_for, safe_path
from tests.peers import desktop, processes
from tests.peers.desktop import Desktop
from tests.peers.lab import SERVER_ALIAS, Lab
from tests.peers.ports import free_port
from tests.tunnel.driver import Driver

SERVER = Server(
    id="s",
    alias="lab-gpu",
    relay_id="r",
    user="ann",
    identity="~/.ssh/id",
    remote_folder="/home/\u5f20\u4e09 & <co>/",
    local_ssh_port=15022,
)
AWKWARD = "results of \u5f20\u4e09 & <co> 'x' \"y\""


def fields(data: bytes) -> dict[str, str]:
    root = ET.fromstring(data)
    assert root.tag == "FileZilla3"
    folder = root.find("Servers/Folder")
    assert folder is not None
    assert (folder.text or "").strip() == "RelayTray"
    (site,) = folder.findall("Server")
    return {child.tag: child.text or "" for child in site}


def folder_of(text: str) -> str:
    """The folder that a "safe path" says, read as FileZilla does (serverpath.cpp, DoSetSafePath)."""
    kind, prefix, rest = (text + " ").split(" ", 2)
    assert (kind, prefix) == ("1", "0")
    parts = []
    while rest:
        length, rest = rest.split(" ", 1)
        parts.append(rest[: int(length)])
        rest = rest[int(length) + 1 :]
    return "/" + "/".join(parts)


def test_every_field_is_what_the_form_asks_for() -> None:
    data = filezilla_sites(SERVER, key_file="C:\\Users\\Jane Doe\\id & <key>", windows=True)
    found = fields(data)
    assert found == {
        "Host": "127.0.0.1",
        "Port": "15022",
        "Protocol": "1",  # SFTP
        "Type": "0",
        "User": "ann",
        "Keyfile": "C:\\Users\\Jane Doe\\id & <key>",
        "Logontype": "5",  # key file
        "EncodingType": "Auto",
        "BypassProxy": "1",
        "Name": "lab-gpu",
        "RemoteDir": "1 0 4 home 9 \u5f20\u4e09 & <co>",
    }
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def test_without_a_key_file_the_agent_or_the_person_answers() -> None:
    found = fields(filezilla_sites(dataclasses.replace(SERVER, remote_folder="")))
    assert found["Logontype"] == "3"  # interactive
    assert "Keyfile" not in found
    assert "RemoteDir" not in found


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("/", "1 0"),
        ("/home/alice", "1 0 4 home 5 alice"),
        ("//data/./sets//", "1 0 4 data 4 sets"),
        ("/a b/1 2", "1 0 3 a b 3 1 2"),
        ("/\U0001f680", "1 0 1 \U0001f680"),
    ],
)
def test_safe_paths(folder: str, text: str) -> None:
    assert safe_path(folder) == text
    wanted = "/" + "/".join(part for part in folder.split("/") if part not in ("", "."))
    assert folder_of(text) == wanted


def test_lengths_are_utf16_units_on_windows() -> None:
    assert safe_path("/\U0001f680/\u5f20", windows=True) == "1 0 2 \U0001f680 1 \u5f20"


@pytest.mark.parametrize("folder", ["", "data", "~", "~/data"])
def test_a_folder_that_starts_at_home_is_left_to_the_server(folder: str) -> None:
    assert safe_path(folder) == ""


def test_without_a_plain_port_there_is_no_site() -> None:
    with pytest.raises(RelayTrayError) as caught:
        filezilla_sites(dataclasses.replace(SERVER, local_ssh_port=0))
    assert caught.value.fault.code is FaultCode.PLAIN_PORT_NEEDED
    assert caught.value.fault.details == {"alias": "lab-gpu", "program": "FileZilla"}


@pytest.mark.parametrize("character", ["\0", "\x01", "\n", "\x7f", "\udcff", "\uffff"])
def test_what_no_xml_can_hold_is_refused(character: str) -> None:
    for server in (
        dataclasses.replace(SERVER, user=f"a{character}"),
        dataclasses.replace(SERVER, remote_folder=f"/a{character}"),
    ):
        with pytest.raises(RelayTrayError) as caught:
            filezilla_sites(server)
        assert caught.value.fault.code is FaultCode.PROFILE_INVALID
    with pytest.raises(RelayTrayError):
        filezilla_sites(SERVER, key_file=f"/keys/{character}")


def test_a_key_with_a_passphrase_must_be_a_ppk() -> None:
    plain = KeyState(identity="/k/id", ppk="/k/id.ppk", ppk_is_there=True)
    assert key_file_for(KeyState()) == ""
    assert key_file_for(plain) == "/k/id"
    assert key_file_for(dataclasses.replace(plain, is_encrypted=True)) == "/k/id.ppk"
    with pytest.raises(RelayTrayError) as caught:
        key_file_for(dataclasses.replace(plain, is_encrypted=True, ppk_is_there=False))
    assert caught.value.fault.code is FaultCode.PPK_NEEDED
    assert caught.value.fault.details == {"path": "/k/id", "program": "FileZilla"}


# --- the real one -----------------------------------------------------------------------------------------


def putty_host_key(public_line: str) -> str:
    """``ssh-ed25519 AAAA...`` as PuTTY and its kin keep it: x and y of the point (RFC 8032, 5.1.3)."""
    blob = base64.b64decode(public_line.split()[1])
    (length,) = struct.unpack(">I", blob[:4])
    encoded = int.from_bytes(blob[4 + length + 4 :], "little")
    prime = 2**255 - 19
    y, sign = encoded & ((1 << 255) - 1), encoded >> 255
    d = -121665 * pow(121666, -1, prime) % prime
    square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if (x * x - square) % prime:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    return f"0x{prime - x if x & 1 != sign else x:x},0x{y:x}"


def at_home(desk: Desktop, lab: Lab, port: int) -> Path:
    """FileZilla's settings without its greeting, and the server's key where PuTTY's kin look for it."""
    home = Path(desk.environment["HOME"])
    settings, log = home / ".config" / "filezilla", desk.folder / "log.txt"
    settings.mkdir(parents=True)
    values = {"Update Check": "0", "Greeting version": "99.0.0", "Logging file": str(log)}
    lines = "".join(f'<Setting name="{name}">{escape(value)}</Setting>' for name, value in values.items())
    (settings / "filezilla.xml").write_text(f"<FileZilla3><Settings>{lines}</Settings></FileZilla3>")
    (home / ".putty").mkdir(mode=0o700)
    key = lab.server.host_key_line.split(" ", 1)[1]
    (home / ".putty" / "sshhostkeys").write_text(f"ssh-ed25519@{port}:127.0.0.1 {putty_host_key(key)}\n")
    return log


def active_window(desk: Desktop) -> str:
    command = ["xdotool", "getactivewindow", "getwindowname"]
    done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, timeout=20)
    return done.stdout.strip()


def import_sites(desk: Desktop, file: Path) -> Path:
    """File > Import, as a person does it; returns the store of the Site Manager, which then has the site."""
    program = desk.start(["filezilla"])
    desk.until("FileZilla", lambda: active_window(desk) == "FileZilla", 60)
    desk.press("alt+f", "i")
    desk.until("the file dialog", lambda: active_window(desk).startswith("Select file"))
    desk.press("ctrl+l")
    desk.type(str(file))

    store = Path(desk.environment["HOME"]) / ".config" / "filezilla" / "sitemanager.xml"

    def is_done() -> bool:
        """The dialog of files takes the first Return for its completion; then one asks what to import.

        That it went well is said in one more, which a Return may reach before its title is seen.
        """
        if active_window(desk) not in ("FileZilla", "Import successful"):
            desk.press("Return")
        return store.exists() and b"</Server>" in store.read_bytes()

    desk.until("the import", is_done, 60)
    processes.end_tree(program)
    return store


needs_filezilla = pytest.mark.skipif(
    bool(desktop.missing_programs()) or shutil.which("filezilla") is None,
    reason="needs filezilla and an X server",
)


@needs_filezilla
def test_filezilla_imports_the_site_and_lists_the_folder(lab: Lab, tmp_path: Path) -> None:
    place = tmp_path / AWKWARD
    place.mkdir()
    document = lab.document()
    server = dataclasses.replace(document.servers[0], local_ssh_port=free_port(), remote_folder=str(place))
    document = dataclasses.replace(document, servers=(server,))
    file = tmp_path / "site.xml"
    file.write_bytes(filezilla_sites(server, key_file=str(lab.server_key)))
    with (
        Driver(tmp_path / "data", document, lab.fingerprints) as driver,
        Desktop(tmp_path / "desk", tray=False) as desk,
    ):
        driver.wait_for_ports()
        log = at_home(desk, lab, server.local_ssh_port)
        store = import_sites(desk, file)
        assert fields(store.read_bytes()).items() >= fields(file.read_bytes()).items()
        # Its name for a stored site; nothing is asked, and it opens the folder of the profile.
        desk.start(["filezilla", "--site", f"0/RelayTray/{SERVER_ALIAS}"])
        done = f'Directory listing of "{place}" successful'
        desk.until("the listing", lambda: log.exists() and done in log.read_text("utf-8"))
        desk.shot(tmp_path / "filezilla.png")
    assert "subsystem 'sftp'" in lab.server.log()
