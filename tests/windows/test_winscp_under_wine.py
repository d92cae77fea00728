"""WinSCP found, started, given sites by the Windows Python under Wine; a stand-in tells what it was given.

Everything runs once, in one go (``under_wine``), because a Wine that starts takes a second; each test here
judges one part of what was seen. Without Wine they are skipped, and so fail where ``--no-skips`` is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.profiles import FileProtocol
from app.export.proxied_site import ProxiedSite
from app.export.winscp import settings
from tests.export import winscp_reader
from tests.windows.sites import CASES, ED25519, RSA, site
from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent
REG_SZ, REG_DWORD = 1, 4


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    yield from wine.sections(HERE / "under_wine.py", stand_in=True)


def judge(case: ProxiedSite, session: winscp_reader.Session) -> None:
    """The session is the one that the profile describes."""
    server = case.server
    assert (session.host, session.port, session.user) == (server.full_name, 22, server.user)
    assert session.password == ""
    assert session.file == "", "no path may be read as a file to download"
    assert session.folder == case.folder
    assert session.protocol == (0 if server.file_protocol is FileProtocol.SCP else 2)
    assert session.key_file == case.key_file
    raw = session.raw
    assert (raw["proxymethod"], raw["proxyhost"]) == ("2", "127.0.0.1")
    assert (raw["proxyport"], raw["proxydns"]) == (str(case.relay.socks_port), "2")
    assert raw["proxylocalhost"] == "1"
    assert raw.get("proxyusername", "") == case.relay.socks_user
    assert raw.get("compression", "0") == str(int(server.compression))
    assert raw.get("agentfwd", "0") == str(int(server.forward_agent))
    for key in case.host_keys:
        assert winscp_reader.fingerprint_matches(session.host_key, key.key_type, key.digest)
    other = RSA if case.host_keys == (ED25519,) else None
    assert other is None or not winscp_reader.fingerprint_matches(
        session.host_key, other.key_type, other.digest
    )


@pytest.mark.parametrize("number", range(len(CASES)))
def test_winscp_is_given_the_session_of_the_profile(seen: dict[str, Any], number: int) -> None:
    line, raw = seen["launched"][number]
    assert raw == line, "what was sent is what arrived"
    words = winscp_reader.words_of(raw)
    assert words[0].endswith(r"Jörg's Programme (x86) 程序\WinSCP.exe")
    session = winscp_reader.session_of(raw)
    judge(CASES[number], session)
    assert session.new_instance, "a running WinSCP would get the line cut off"
    assert session.overrides_cache, "an old key in WinSCP's cache must not win"


def test_without_winscp_everything_says_so(seen: dict[str, Any]) -> None:
    told = seen["nothing_installed"]
    assert told["found"] == told["wrong choice"] == ""
    assert told["putty"] == "None"
    assert told["start"] == "program-missing(program=WinSCP)"
    assert told["running"] is False
    assert told["refreshed"] == []


def test_a_file_that_is_no_program_is_a_fault_and_no_crash(seen: dict[str, Any]) -> None:
    assert seen["not_a_program"].startswith("program-failed(program=WinSCP, reason=")


def test_winscp_is_found_wherever_it_may_be(seen: dict[str, Any]) -> None:
    wrong = {name: pair for name, pair in seen["finding"].items() if pair[0].lower() != pair[1].lower()}
    assert wrong == {}
    assert len(seen["finding"]) == 12


def test_a_portable_winscp_is_remembered_once_it_is_one(seen: dict[str, Any]) -> None:
    told = seen["remembered"]
    assert told["none"].startswith("program-missing")
    assert told["of another name"].startswith("program-missing")
    assert told["before"] == ""
    assert (told["folder"], told["file"]) == ("True True", "True True")


def test_the_winscp_of_the_store_is_started_by_its_link_if_need_be(seen: dict[str, Any]) -> None:
    told = seen["of_the_store"]
    assert told["found"][0] == told["found"][1]
    assert told["asked"] == [True, True]
    assert told["not asked"]
    assert told["from the Store"]
    assert told["without a link"].startswith("program-failed(program=WinSCP, reason=")
    assert told["no such link"].startswith("program-failed(program=WinSCP, reason=")
    url, raw = told["by link"]
    assert url.startswith("winscp-sftp://")
    assert winscp_reader.words_of(raw)[1:] == ["/Unsafe", url]


def test_a_link_says_the_same_as_the_command_line(seen: dict[str, Any]) -> None:
    url, raw, handles = seen["linked"]
    assert handles
    words = winscp_reader.words_of(raw)
    assert words[1:] == ["/Unsafe", url]
    session = winscp_reader.session_of(raw)
    judge(CASES[1], session)


def test_a_site_in_the_registry_is_munged_and_numbers_are_dwords(seen: dict[str, Any]) -> None:
    told = seen["stored_in_registry"]
    assert told["store"] == r"HKEY_CURRENT_USER\Software\Martin Prikryl\WinSCP 2\Sessions"
    assert told["refused"].startswith("file-unwritable(path=HKEY_CURRENT_USER")
    values = told["values"]
    assert values.pop("Color") == [REG_SZ, "person's own"]
    read = {
        name: winscp_reader.unmunge(value) if kind == REG_SZ else value
        for name, (kind, value) in values.items()
    }
    assert read == dict(settings(CASES[1])), "HostKey of before is gone"
    assert values["ProxyPort"] == [REG_DWORD, 10080]
    assert values["HostName"][0] == REG_SZ
    assert told["other"] == {"HostName": [REG_SZ, "untouched"]}
    assert told["names"] == ["other site", "relaytray/lab.gpu_2"]
    assert (told["up to date"], told["not up to date"]) == (True, False)


def test_the_store_is_the_one_that_winscp_itself_would_use(seen: dict[str, Any]) -> None:
    wrong = {name: pair for name, pair in seen["stores"].items() if pair[0].lower() != pair[1].lower()}
    assert wrong == {}


def test_a_site_in_an_ini_leaves_every_other_byte(seen: dict[str, Any]) -> None:
    told = seen["stored_in_ini"]
    assert told["after"].startswith(told["before"])
    assert told["backup"] == told["before"]
    sites = winscp_reader.ini_sites(told["after"].encode())
    assert sites["mine"] == {"hostname": "h"}
    assert sites["RelayTray/gpu-1"]["hostname"] == "gpu-1.relaytray.internal"
    assert winscp_reader.ini_sites(told["fresh"].encode()).keys() == {"RelayTray/gpu-1"}
    assert told["files"] == ["WinSCP.ini", "WinSCP.ini.relaytray-backup"]
    assert told["up to date"]


def test_stored_sites_follow_the_profiles(seen: dict[str, Any]) -> None:
    told = seen["through_profiles"]
    assert told["started"][0] == told["started"][1]
    assert told["nothing is stored"] == [[], ""], "a server that was not stored is not stored now"
    assert told["stored in"][0].lower() == told["stored in"][1].lower()
    assert told["up to date"] == [], "a running WinSCP is no trouble where nothing changes"
    assert told["running"] == ["RelayTray/gpu-1"]
    assert told["untouched"]
    failed, text = told["moved"]
    assert failed == []
    sites = winscp_reader.ini_sites(text.replace("\n", "\r\n").encode())
    assert sites.keys() == {"RelayTray/gpu-1"}
    assert sites["RelayTray/gpu-1"]["proxyport"] == "10099"
    assert told["no program"] == []
    assert told["in registry"] == [REG_DWORD, 10099]


def test_nothing_is_stored_while_winscp_runs(seen: dict[str, Any]) -> None:
    running, fault, is_there, after = seen["refused_while_it_runs"]
    assert running
    assert fault == "program-running(program=WinSCP)"
    assert not is_there
    assert not after


def test_the_reader_would_notice_a_backslash_that_was_doubled() -> None:
    """Python's own quoting is wrong for WinSCP; so is what the reader must not accept."""
    line = r'x "sftp://u@h/" "/privatekey=C:\odd\\"'
    assert winscp_reader.session_of(line).key_file == "C:\\odd\\\\"
    assert site(key_file="C:\\odd\\").key_file != winscp_reader.session_of(line).key_file


def test_a_file_made_private_is_private_from_its_first_moment(seen: dict[str, Any]) -> None:
    private, shared = seen["rights"]
    assert private is None
    assert shared
