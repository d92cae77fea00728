"""WinSCP's settings, INI, URL and command line: against golden files, and read back by WinSCP's own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import FileProtocol
from app.export import winscp
from app.export.proxied_site import ProxiedSite
from tests.export import winscp_reader
from tests.windows.sites import CASES, ED25519, RSA, site

GOLDEN = Path(__file__).parent / "golden"
EXE = r"C:\Program Files (x86)\WinSCP\WinSCP.exe"
PROFILE = site(folder="/home/alice", key_file=r"C:\Users\Alice\.ssh\gpu-1.ppk")

# What a person may type: no control characters (the form refuses them), no halves of surrogate pairs.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
HARD = st.text(st.sampled_from(list("ab \"%\\;@:/+=&'^.-*?[]~ü密\U0001f600")), max_size=12)
ANY = TEXT | HARD
SITES = st.builds(
    site,
    alias=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True),
    user=ANY.filter(bool),
    folder=ANY.map(lambda text: f"/{text}") | ANY,
    key_file=st.just("") | ANY.map(lambda text: f"C:\\{text}.ppk"),
    keys=st.sampled_from([(ED25519,), (RSA,), (ED25519, RSA)]),
    socks_user=ANY,
    socks_port=st.integers(1, 65535),
    file_protocol=st.sampled_from(FileProtocol),
    compression=st.booleans(),
    forward_agent=st.booleans(),
)


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="ascii")


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def expected(case: ProxiedSite) -> dict[str, str]:
    """What the profile says, in WinSCP's words; written out again, not taken from the writer."""
    server, relay = case.server, case.relay
    said = {
        "hostname": f"{server.alias}.relaytray.internal",
        "username": server.user,
        "fsprotocol": "0" if server.file_protocol == "scp" else "2",
        "publickeyfile": case.key_file,
        "sshhostkey": ";".join(f"{key.key_type} {key.bits} {key.digest}" for key in case.host_keys),
        "hostkey": "rsa,ed448,ed25519,ecdsa,dsa,WARN" if case.host_keys == (RSA,) else "",
        "proxymethod": "2",
        "proxyhost": "127.0.0.1",
        "proxyport": str(relay.socks_port),
        "proxyusername": relay.socks_user,
        "proxydns": "2",
        "proxylocalhost": "1",
        "pingtype": "1",
        "pingintervalsecs": "30",
        "timeout": "60",
        "compression": "1" if server.compression else "",
        "agentfwd": "1" if server.forward_agent else "",
    }
    if server.remote_folder.startswith("/"):
        said |= {"remotedirectory": server.remote_folder.rstrip("/") or "/", "updatedirectories": "0"}
    return {name: value for name, value in said.items() if value}


# --- golden -----------------------------------------------------------------------------------------------


def test_the_ini_file_is_the_golden_one() -> None:
    assert winscp.ini_file([PROFILE]) == crlf(golden("winscp.ini"))


def test_the_command_line_is_the_golden_one() -> None:
    assert winscp.command_line(EXE, PROFILE) == golden("winscp-command-line.txt").rstrip("\n")


def test_the_url_is_the_golden_one() -> None:
    url = golden("winscp-url.txt").rstrip("\n")
    assert winscp.session_url(PROFILE, handled=True) == url
    assert winscp.session_url(PROFILE) == url.removeprefix("winscp-")


@pytest.mark.parametrize(
    ("text", "munged"),
    [
        ("GPU/site 1", "GPU/site%201"),
        (r"C:\keys\id.ppk", "C:%5Ckeys%5Cid.ppk"),
        ("100%", "100%25"),
        (".x", "%2Ex"),
        ("Žluť GPU", "%EF%BB%BF%C5%BDlu%C5%A5%20GPU"),
        ("=;[]+&'/", "=;[]+&'/"),
    ],
)
def test_munging_is_as_the_facts_tell(text: str, munged: str) -> None:
    assert winscp.munge(text) == munged == winscp.munge_name(text)
    assert winscp.unmunge(munged) == text


def test_an_asterisk_is_escaped_in_names_only() -> None:
    assert (winscp.munge("a*b"), winscp.munge_name("a*b")) == ("a*b", "a%2Ab")
    assert winscp.munge("a%2Ab") == "a%252Ab"


# --- read back --------------------------------------------------------------------------------------------


@given(case=SITES)
def test_the_ini_file_gives_the_profile_back(case: ProxiedSite) -> None:
    data = winscp.ini_file([case])
    assert winscp_reader.ini_sites(data) == {f"RelayTray/{case.server.alias}": expected(case)}
    assert data.isascii()


@given(case=SITES)
def test_the_command_line_gives_the_profile_back(case: ProxiedSite) -> None:
    line = winscp.command_line(EXE, case)
    assert winscp_reader.words_of(line)[0] == EXE
    session = winscp_reader.session_of(line)
    assert as_settings(session) == as_adhoc(expected(case))
    assert (session.file, session.password) == ("", "")
    assert session.name == case.server.alias
    assert session.new_instance
    assert session.overrides_cache


@given(case=SITES)
def test_the_url_gives_the_profile_back(case: ProxiedSite) -> None:
    session = winscp_reader.session_of_url(winscp.session_url(case, handled=True))
    keys, session.host_key = session.host_key, ";".join(key.for_winscp for key in case.host_keys)
    assert as_settings(session) == as_adhoc(expected(case))
    assert (session.file, session.password) == ("", "")
    for key in case.host_keys:
        assert winscp_reader.fingerprint_matches(keys, key.key_type, key.digest)


def as_settings(session: winscp_reader.Session) -> dict[str, str]:
    assert session.port == 22
    folder = session.folder.rstrip("/") or session.folder
    said = {
        "hostname": session.host,
        "username": session.user,
        "fsprotocol": str(session.protocol),
        "publickeyfile": session.key_file,
        "sshhostkey": session.host_key,
        "remotedirectory": folder,
        **session.raw,
    }
    return {name: value for name, value in said.items() if value}


def as_adhoc(settings: dict[str, str]) -> dict[str, str]:
    """A session that is stored nowhere has no folder to keep from being replaced."""
    return {name: value for name, value in settings.items() if name != "updatedirectories"}


def test_the_root_folder_is_told_beside_the_url_whose_slash_means_nothing() -> None:
    session = winscp_reader.session_of(winscp.command_line(EXE, site(folder="/")))
    assert session.folder == "/"
    assert winscp_reader.session_of(winscp.command_line(EXE, site())).folder == ""


@pytest.mark.parametrize("folder", ["~", "~/data", "data", "./x"])
def test_a_folder_that_starts_at_home_is_left_out_and_winscp_opens_the_home_folder(folder: str) -> None:
    case = site(folder=folder)
    assert "RemoteDirectory" not in dict(winscp.settings(case))
    assert winscp_reader.session_of(winscp.command_line(EXE, case)).folder == ""


def test_only_what_is_not_the_default_is_written() -> None:
    for case in CASES:
        for name, value in winscp.settings(case):
            assert winscp_reader.FACTORY.get(name.lower()) != str(value), name


def test_every_setting_is_among_those_that_are_ours_to_change() -> None:
    written = {name for case in CASES for name, _ in winscp.settings(case)}
    assert written | {"PortNumber"} == set(winscp.OUR_KEYS)


def test_no_password_is_ever_there() -> None:
    case = site(socks_user="me", key_file="C:\\k.ppk")
    texts = [winscp.ini_file([case]).decode(), winscp.command_line(EXE, case), winscp.session_url(case)]
    assert not [text for text in texts if "assw" in text.lower() or "passphrase" in text.lower()]


def test_a_host_key_that_is_not_pinned_is_a_fault() -> None:
    assert fault(lambda: winscp.settings(site(keys=()))) is FaultCode.HOST_KEY_NOT_PINNED


def test_what_is_no_text_is_refused() -> None:
    assert fault(lambda: winscp.ini_file([site(folder="/bad\udce9")])) is FaultCode.PROFILE_INVALID
    assert fault(lambda: winscp.session_url(site(user="\ud800"))) is FaultCode.PROFILE_INVALID


def test_a_line_that_winscp_would_cut_off_is_refused() -> None:
    assert winscp.command_line(EXE, site(folder="/" + "a" * 9000))
    assert (
        fault(lambda: winscp.command_line(EXE, site(folder="/" + "a" * 10240))) is FaultCode.PROFILE_INVALID
    )
    wide = "/" + "\U0001f600" * 800  # 12 characters each, once encoded
    assert len(winscp.command_line(EXE, site(folder=wide))) < winscp.MAX_COMMAND_LINE
    wide = "C:\\" + "\U0001f600" * 5000  # two of Windows' characters each, as they are
    assert fault(lambda: winscp.command_line(EXE, site(key_file=wide))) is FaultCode.PROFILE_INVALID


def fault(deed: Any) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        deed()
    return caught.value.fault.code


# --- a person's own INI -----------------------------------------------------------------------------------

PERSONS = (
    b"; a comment\r\n[Configuration\\Interface]\r\nRandomSeedFile=%25APPDATA%25%5Cwinscp.rnd\r\n\r\n"
    b"[Sessions\\alice@example]\r\nHostName=example\r\nPassword=A35C435B9556\r\n\r\n"
)


@pytest.mark.parametrize("ending", [b"", b"[Last]\r\nx=1\r\n", b"[Last]\r\nx=1"])
def test_a_site_is_added_and_every_other_byte_stays(ending: bytes) -> None:
    before = PERSONS + ending
    after = winscp.with_site(before, PROFILE)
    assert after.startswith(before)
    added = after[len(before) :].removeprefix(b"\r\n").removeprefix(b"\r\n")
    assert added == crlf(golden("winscp.ini"))
    assert winscp.with_site(after, PROFILE) == after, "twice is as good as once"


def test_a_file_that_is_not_there_gets_the_site_alone() -> None:
    assert winscp.with_site(b"", PROFILE) == crlf(golden("winscp.ini"))


def test_our_earlier_site_is_brought_up_to_date_and_keeps_what_is_the_persons() -> None:
    own = b"Color=255\r\nLocalDirectory=C:%5Cwork\r\n"
    old = b"[sessions\\relaytray/GPU-1]\r\nHostName=old\r\nproxyport=1\r\nHostKey=rsa\r\n" + own + b"\r\n"
    rest = b"[Sessions\\z]\r\nHostName=z\r\n"
    after = winscp.with_site(PERSONS + old + rest, PROFILE)
    assert after.startswith(PERSONS + b"[sessions\\relaytray/GPU-1]\r\n")
    assert after.endswith(own + b"\r\n" + rest)
    sites = winscp_reader.ini_sites(after)
    assert sites["relaytray/GPU-1"] == {**expected(PROFILE), "color": "255", "localdirectory": r"C:\work"}
    assert after.lower().count(b"gpu-1]") == 1


def test_line_ends_and_byte_order_mark_of_the_file_stay() -> None:
    before = b"\xef\xbb\xbf[Sessions\\RelayTray/gpu-1]\nHostName=old\n"
    after = winscp.with_site(before, PROFILE)
    assert after == b"\xef\xbb\xbf" + golden("winscp.ini").rstrip("\n").encode() + b"\n"


def test_a_site_whose_last_line_has_no_end_is_brought_up_to_date() -> None:
    after = winscp.with_site(b"[Sessions\\RelayTray/gpu-1]\r\nColor=1", PROFILE)
    assert winscp_reader.ini_sites(after)["RelayTray/gpu-1"] == {**expected(PROFILE), "color": "1"}
    assert winscp_reader.ini_sites(winscp.with_site(b"[Sessions\\RelayTray/gpu-1]", PROFILE))


def test_the_names_of_all_sites_are_told() -> None:
    data = PERSONS + b"[Sessions\\%EF%BB%BF%C5%BD]\r\nx=1\r\n[SshHostKeys]\r\n"
    assert winscp.site_names(data) == ["alice@example", "Ž"]


@pytest.mark.parametrize("data", [b"\xff\xfe[\0S\0", b"[Sessions\\a]\0"])
def test_a_file_in_utf_16_is_left_alone(data: bytes) -> None:
    with pytest.raises(ValueError, match="UTF-16"):
        winscp.with_site(data, PROFILE)
    with pytest.raises(ValueError, match="UTF-16"):
        winscp.site_names(data)
