"""PuTTY's sessions and command lines as text. That plink reads them: ``tests/integration/test_putty``."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.export import putty
from tests.windows.sites import ED25519, RSA, site

GOLDEN = Path(__file__).parent / "golden"
PROFILE = site(folder="/home/alice", key_file=r"C:\Users\Alice\.ssh\gpu-1.ppk")
WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), min_size=1, max_size=4)


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="ascii")


def test_the_reg_file_is_the_golden_one() -> None:
    text = golden("putty.reg").replace("\n", "\r\n")
    assert putty.reg_file(PROFILE) == b"\xff\xfe" + text.encode("utf-16-le")


def test_the_unix_session_is_the_golden_one() -> None:
    assert putty.unix_session(PROFILE) == ("RelayTray%2Fgpu-1", golden("putty-session").encode())


def test_the_reg_file_escapes_quotes_and_backslashes_and_nothing_else() -> None:
    case = site(user='jörg "x"', key_file="C:\\密 100%\\", socks_user="me")
    text = putty.reg_file(case).decode("utf-16")
    values = dict(re.findall(r'^"(\w+)"="(.*)"\r$', text, re.MULTILINE))
    read = {name: re.sub(r"\\(.)", r"\1", value) for name, value in values.items()}
    assert read["UserName"] == 'jörg "x"'
    assert read["PublicKeyFile"] == "C:\\密 100%\\"
    assert read["ProxyUsername"] == "me"


def test_what_the_profile_asks_for_is_switched_on() -> None:
    case = site(compression=True, forward_agent=True, forward_x11=True)
    on = {"Compression": 1, "AgentFwd": 1, "X11Forward": 1}
    assert on.items() <= dict(putty.settings(case)).items()
    words = putty.command_words(case, "plink", ["p"], windows=False)
    assert {"-C", "-A", "-X"} <= set(words)
    words = putty.command_words(case, "psftp", ["p"], windows=False)
    assert "-C" in words
    assert not {"-A", "-X", "-ssh"} & set(words), "psftp knows none of these"


def test_several_pinned_keys_are_all_told_and_one_we_know_is_asked_for() -> None:
    settings = dict(putty.settings(site(keys=(ED25519, RSA))))
    assert settings["SSHManualHostKeys"] == f"{ED25519.for_putty}=,{RSA.for_putty}="
    assert "HostKey" not in settings
    assert dict(putty.settings(site(keys=(RSA,))))["HostKey"] == "rsa,ed448,ed25519,ecdsa,dsa,WARN"


def test_a_host_key_that_is_not_pinned_is_a_fault() -> None:
    for deed in (putty.settings, lambda case: putty.command_words(case, "plink", ["p"], windows=True)):
        with pytest.raises(RelayTrayError) as caught:
            deed(site(keys=()))
        assert caught.value.fault.code is FaultCode.HOST_KEY_NOT_PINNED


def test_a_name_that_is_not_ascii_is_refused() -> None:
    odd = dataclasses.replace(PROFILE, server=dataclasses.replace(PROFILE.server, alias="größe"))
    with pytest.raises(RelayTrayError, match="PuTTY cannot keep"):
        putty.session_key(odd)


def test_what_is_special_in_a_registry_name_is_escaped() -> None:
    odd = dataclasses.replace(PROFILE, server=dataclasses.replace(PROFILE.server, alias="a b%?*\\c.d"))
    assert putty.session_key(odd) == "RelayTray/a%20b%25%3F%2A%5Cc.d"


def test_the_words_for_windows() -> None:
    way = [r"C:\Program Files\RelayTray\relaytray.exe", "--data-dir", "C:\\100%\\", "proxy", "gpu-1"]
    words = putty.command_words(PROFILE, r"C:\PuTTY\PSFTP.EXE", way, windows=True, batch=True)
    assert words == [
        *(r"C:\PuTTY\PSFTP.EXE", "-batch", "-P", "22", "-l", "alice"),
        *("-i", r"C:\Users\Alice\.ssh\gpu-1.ppk"),
        *("-hostkey", "SHA256:giZmD1ehNmuINGYyzpjN3wGeG6txjk4n2eWw+lIoZ10"),
        "-proxycmd",
        r'"C:\\Program Files\\RelayTray\\relaytray.exe" --data-dir C:\\100%%\\ proxy gpu-1',
        "gpu-1.relaytray.internal",
    ]


@given(words=WORDS)
def test_the_way_is_what_a_windows_program_or_a_shell_takes_apart_again(words: list[str]) -> None:
    windows = as_putty_reads(putty.proxy_text(words, windows=True))
    assert windows == subprocess.list2cmdline(words)
    assert shlex.split(as_putty_reads(putty.proxy_text(words, windows=False))) == words


def as_putty_reads(text: str) -> str:
    r"""``format_telnet_command`` of PuTTY: ``\\`` and ``%%`` are one; all else is special."""
    out, i = "", 0
    while i < len(text):
        if text[i] in "\\%":
            assert text[i + 1] == text[i], f"special to PuTTY: {text[i : i + 2]!r}"
            i += 1
        out += text[i]
        i += 1
    return out
