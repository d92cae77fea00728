"""The lines are run by the shells themselves, where they are installed."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from app.core.profiles import Relay
from app.export.proxy_environment import Shell, proxy_environment, socks_address, socks_url

RELAY = Relay(id="r", name="home", host="h", user="u", socks_port=10555)
WITH_USER = Relay(id="r", name="home", host="h", user="u", socks_port=10555, socks_user="an n'@é:%")
NAMES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


def test_address_and_url() -> None:
    assert socks_address(RELAY) == "127.0.0.1:10555"
    assert socks_url(RELAY) == "socks5h://127.0.0.1:10555"
    assert socks_url(WITH_USER) == "socks5h://an%20n%27%40%C3%A9%3A%25@127.0.0.1:10555"


@pytest.mark.parametrize("relay", [RELAY, WITH_USER])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_unix_shell_takes_the_lines(shell: str, relay: Relay) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    names = [*NAMES, *(name.lower() for name in NAMES)]
    script = proxy_environment(relay, Shell.SH) + "".join(f'echo "${name}"\n' for name in names)
    done = subprocess.run(
        [shell, "-eu"], input=script, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines() == [socks_url(relay)] * len(names)


def test_the_lines_for_windows() -> None:
    assert proxy_environment(RELAY, "powershell") == (
        "$env:ALL_PROXY = 'socks5h://127.0.0.1:10555'\n"
        "$env:HTTPS_PROXY = 'socks5h://127.0.0.1:10555'\n"
        "$env:HTTP_PROXY = 'socks5h://127.0.0.1:10555'\n"
    )
    assert proxy_environment(RELAY, Shell.CMD) == (
        'set "ALL_PROXY=socks5h://127.0.0.1:10555"\n'
        'set "HTTPS_PROXY=socks5h://127.0.0.1:10555"\n'
        'set "HTTP_PROXY=socks5h://127.0.0.1:10555"\n'
    )


def test_an_unknown_shell_is_refused() -> None:
    with pytest.raises(ValueError, match="fish"):
        proxy_environment(RELAY, "fish")
