"""Our Include line: put in and taken out of any bytes, and found by the real ssh in any folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.export.ssh_config_include import (
    BOM,
    OwnedFile,
    Place,
    is_made_by_us,
    place_of,
    with_include,
    without_include,
    without_mark,
)
from tests.export.test_ssh_config import FOLDERS

OWNED = OwnedFile("/home/ann/.local/share/RelayTray/ssh_config", "/home/ann")
LINE = b'Include "/home/ann/.local/share/RelayTray/ssh_config"\n'
WINDOWS = OwnedFile(
    r"C:\Users\Jane Doe\AppData\Roaming\RelayTray\ssh_config", r"C:\Users\Jane Doe", windows=True
)
WINDOWS_LINE = b'Include "~/AppData/Roaming/RelayTray/ssh_config"\n'

# Bytes as they come, and lines as they may stand in a config.
LINES = st.sampled_from(
    [
        b"Host a",
        b"  User b",
        b"Match all",
        b"# c",
        b"",
        b"Include x",
        b'Include "~/y" z',
        b"\t",
        b'"',
        b"\xff",
        b"\r",
    ]
)
CONFIGS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda mark, lines, end, last: mark + end.join(lines) + (end if last else b""),
        st.sampled_from([b"", BOM]),
        st.lists(LINES, max_size=6),
        st.sampled_from([b"\n", b"\r\n", b"\r"]),
        st.booleans(),
    ),
)


@given(CONFIGS, st.sampled_from([OWNED, WINDOWS]))
@settings(max_examples=500, deadline=None)
def test_what_was_put_in_can_be_taken_out(data: bytes, owned: OwnedFile) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data or (data[:3] == BOM and owned is OWNED):
        with pytest.raises(RelayTrayError):
            with_include(data, owned)
        return
    after = with_include(data, owned)
    assert place_of(after, owned) is Place.FIRST
    assert with_include(after, owned) == after, "twice is as good as once"
    assert without_include(after, owned) == data
    if not data.startswith(b"# This file"):
        assert is_made_by_us(after, owned) == (False, False)


TEXTS = st.lists(LINES, max_size=6).map(lambda lines: b"".join(line + b"\n" for line in lines))


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=200, deadline=None)
def test_what_the_person_wrote_meanwhile_stays(data: bytes, above: bytes, below: bytes) -> None:
    edited = above + with_include(data, OWNED) + below
    assert without_include(edited, OWNED) == above + data + below
    crlf = edited.replace(b"\n", b"\r\n")  # by an editor that thinks it knows better
    assert without_include(crlf, OWNED) == (above + data + below).replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("data", "after"),
    [
        (b"", LINE),
        (b"Host a\n", LINE + b"Host a\n"),
        (b"Host a", LINE + b"Host a"),
        (b"Host a\r\n  User b\r\n", LINE.replace(b"\n", b"\r\n") + b"Host a\r\n  User b\r\n"),
        (b"Host a\n  User b\r\n", LINE + b"Host a\n  User b\r\n"),
        (b"\r\n", LINE.replace(b"\n", b"\r\n") + b"\r\n"),
        (b"Host a\r", LINE + b"Host a\r"),
    ],
)
def test_the_first_line_has_the_line_end_of_the_file(data: bytes, after: bytes) -> None:
    assert with_include(data, OWNED) == after


@pytest.mark.parametrize(
    "data",
    [
        LINE,
        b"# a comment\n\n" + LINE + b"Host a\n",
        b"Include ~/.orbstack/ssh/config\n" + LINE,
        b"include = ~/.local/share/RelayTray/ssh_config\n",
        b"  INCLUDE ../.local/share/RelayTray/ssh_config\r\nHost a\n",
        b"Include other '/home/ann/.local//share/RelayTray/./ssh_config'\n",
        b'Include "/home/ann/.local/share/RelayTray/ssh_config" # ours',
    ],
)
def test_an_include_that_is_first_already_is_left_as_it_is(data: bytes) -> None:
    assert place_of(data, OWNED) is Place.FIRST
    assert with_include(data, OWNED) == data


@pytest.mark.parametrize(
    ("data", "place", "after"),
    [
        (b"User b\n" + LINE + b"Port 3\n", Place.LATE, LINE + b"User b\nPort 3\n"),
        (b"Host a\n" + LINE + b"  Port 3\n", Place.IN_BLOCK, LINE + b"Host a\n  Port 3\n"),
        (b"Match all\n  include ~/.local/share/RelayTray/ssh_config", Place.IN_BLOCK, LINE + b"Match all\n"),
        (b'Host="a"\n' + LINE, Place.IN_BLOCK, LINE + b'Host="a"\n'),
        (b'User "b\n' + LINE, Place.LATE, LINE + b'User "b\n'),
        (b"Host a\n" + LINE + b"Host b\n" + LINE, Place.IN_BLOCK, LINE + b"Host a\nHost b\n"),
    ],
)
def test_an_include_elsewhere_is_moved(data: bytes, place: Place, after: bytes) -> None:
    assert place_of(data, OWNED) is place
    assert with_include(data, OWNED) == after


@pytest.mark.parametrize(
    "line",
    [
        b"Include /home/ann/.local/share/Other/ssh_config\n",  # another data folder
        b"Include /home/bob/.local/share/RelayTray/ssh_config\n",
        b"# Include ~/.local/share/RelayTray/ssh_config\n",
        b"IncludeX ~/.local/share/RelayTray/ssh_config\n",
        b"Include ~/.local/share/RelayTray/*\n",
        b"Include\n",
        b'Include "/home/ann/.local/share/RelayTray/ssh_config\n',  # ssh stops there
    ],
)
def test_what_is_not_ours(line: bytes) -> None:
    assert place_of(line, OWNED) is Place.NOWHERE
    assert without_include(with_include(line, OWNED), OWNED) == line


def test_an_include_of_ours_and_others_stays_when_ours_goes() -> None:
    data = b"Include ~/.ssh/work ~/.local/share/RelayTray/ssh_config\n"
    assert place_of(data, OWNED) is Place.FIRST
    assert without_include(data, OWNED) == data


@pytest.mark.parametrize("folder", [False, True])
def test_a_file_that_was_not_there_says_who_made_it(folder: bool) -> None:
    data = with_include(None, OWNED, makes_folder=folder)
    assert data.endswith(b"\n" + LINE)
    assert is_made_by_us(data, OWNED) == (True, folder)
    assert is_made_by_us(data.replace(b"\n", b"\r\n"), OWNED) == (True, folder)
    written = data + b"Host a\n"
    assert is_made_by_us(written, OWNED) == (False, False)
    assert without_mark(without_include(written, OWNED)) == b"Host a\n"
    assert without_mark(b"# mine\nHost a\n") == b"# mine\nHost a\n"
    assert without_mark(b"") == b""


@pytest.mark.parametrize(
    "data", ["Host a\n".encode("utf-16"), "Host a\n".encode("utf-16-le"), b"a\0", b"\xfe\xff"]
)
@pytest.mark.parametrize("owned", [OWNED, WINDOWS])
def test_what_is_no_text_for_ssh_is_refused(data: bytes, owned: OwnedFile) -> None:
    with pytest.raises(RelayTrayError) as raised:
        with_include(data, owned)
    assert raised.value.fault.code is FaultCode.FILE_NOT_UNDERSTOOD


def test_a_byte_order_mark_stays_first_where_ssh_knows_it() -> None:
    with pytest.raises(RelayTrayError) as raised:
        with_include(BOM + b"Host a\n", OWNED)
    assert "byte order mark" in raised.value.fault.details["reason"]
    after = with_include(BOM + b"Host a\r\n", WINDOWS)
    assert after == BOM + WINDOWS_LINE.replace(b"\n", b"\r\n") + b"Host a\r\n"
    assert place_of(after, WINDOWS) is Place.FIRST
    assert without_include(after, WINDOWS) == BOM + b"Host a\r\n"


# --- Windows ----------------------------------------------------------------------------------------------


def test_under_the_home_folder_one_line_is_right_for_both_kinds_of_ssh() -> None:
    assert with_include(b"", WINDOWS) == WINDOWS_LINE
    other_case = OwnedFile(r"c:\users\jane doe\x\ssh_config", r"C:\Users\Jane Doe", windows=True)
    assert other_case.lines == ('Include "~/x/ssh_config"',)


def test_on_another_drive_git_s_ssh_needs_a_line_of_its_own() -> None:
    owned = OwnedFile(r"D:\my data\ssh_config", r"C:\Users\a", windows=True)
    after = with_include(b"Host a\r\n", owned)
    assert after == b'Include "D:/my data/ssh_config"\r\nInclude "/d/my data/ssh_config"\r\nHost a\r\n'
    assert with_include(after, owned) == after
    assert without_include(after, owned) == b"Host a\r\n"


def test_a_share_on_the_network() -> None:
    owned = OwnedFile(r"\\srv\home\a\ssh_config", r"C:\Users\a", windows=True)
    assert owned.lines == ('Include "//srv/home/a/ssh_config"',)
    assert place_of(b'Include "\\\\srv\\home\\a\\ssh_config"', owned) in (Place.FIRST, Place.NOWHERE)


@pytest.mark.parametrize(
    "line",
    [
        b'Include "C:\\Users\\Jane Doe\\AppData\\Roaming\\RelayTray\\ssh_config"\r\n',
        b'Include "c:/users/JANE DOE/appdata/roaming/relaytray/ssh_config"\r\n',
        b'Include "/c/Users/Jane Doe/AppData/Roaming/RelayTray/ssh_config"\r\n',
        b"Include ../AppData/Roaming/RelayTray/ssh_config\r\n",
        b"Include ~\\AppData\\Roaming\\RelayTray\\ssh_config\r\n",
    ],
)
def test_other_spellings_on_windows(line: bytes) -> None:
    assert place_of(line, WINDOWS) is Place.FIRST
    assert without_include(line, WINDOWS) == b""


# --- the real ssh -----------------------------------------------------------------------------------------

UNUSUAL = [
    *FOLDERS,
    "[set]",
    "q?",
    "star*",
    "${HOME}",
    "%d",
    "%%h",
    "{a,b}",
    "]",
    "\\[x\\]",
    "a\\",
    "caf\u00e9 [1]",
]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh")
@pytest.mark.parametrize("name", UNUSUAL)
def test_ssh_finds_our_file_in_every_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    target, config = folder / "ssh_config", tmp_path / "config"
    target.write_text("Host gpu\n  User found\n")
    target.chmod(0o600)
    owned = OwnedFile(str(target), str(tmp_path))
    config.write_bytes(with_include(b"Host *\n  User late\n", owned))
    assert place_of(config.read_bytes(), owned) is Place.FIRST
    done = subprocess.run(
        ["ssh", "-G", "-F", str(config), "gpu"], capture_output=True, text=True, timeout=30, check=True
    )
    assert "user found\n" in done.stdout
    assert without_include(config.read_bytes(), owned) == b"Host *\n  User late\n"


@pytest.mark.parametrize("path", ["/a\nb/ssh_config", "/a\ud800/ssh_config"])
def test_a_folder_that_no_config_can_name_is_refused(path: str) -> None:
    with pytest.raises(RelayTrayError) as raised:
        with_include(b"", OwnedFile(path, "/home/ann"))
    assert raised.value.fault.code is FaultCode.PROFILE_INVALID


def test_a_name_that_is_not_utf8() -> None:
    owned = OwnedFile("/a\udcff/ssh_config", "/home/ann")
    assert with_include(b"", owned) == b'Include "/a\xff/ssh_config"\n'
    assert without_include(b'Include "/a\xff/ssh_config"\n', owned) == b""
