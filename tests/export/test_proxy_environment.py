"""The lines are run by the shells themselves, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.profiles import Exit, Relay
from app.export.proxy_environment import Shell, http_url, proxy_environment, socks_address, socks_url
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver
from tests.tunnel.test_ports import web, with_server

__all__ = ["web"]  # a fixture

RELAY = Relay(id="r", name="home", host="h", user="u", socks_port=10555)
WITH_USER = Relay(id="r", name="home", host="h", user="u", socks_port=10555, socks_user="an n'@é:%")
NAMES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


def test_address_and_url() -> None:
    assert socks_address(RELAY) == "127.0.0.1:10555"
    assert socks_url(RELAY) == "socks5h://127.0.0.1:10555"
    assert http_url(RELAY) == "http://127.0.0.1:10555"
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
    values = [socks_url(relay), http_url(relay), socks_url(relay), "localhost,127.0.0.1,::1"]
    assert done.stdout.splitlines() == values * 2


def test_the_lines_for_windows() -> None:
    assert proxy_environment(RELAY, "powershell") == (
        "$env:ALL_PROXY = 'socks5h://127.0.0.1:10555'\n"
        "$env:HTTPS_PROXY = 'http://127.0.0.1:10555'\n"
        "$env:HTTP_PROXY = 'socks5h://127.0.0.1:10555'\n"
        "$env:NO_PROXY = 'localhost,127.0.0.1,::1'\n"
    )
    assert proxy_environment(RELAY, Shell.CMD) == (
        'set "ALL_PROXY=socks5h://127.0.0.1:10555"\n'
        'set "HTTPS_PROXY=http://127.0.0.1:10555"\n'
        'set "HTTP_PROXY=socks5h://127.0.0.1:10555"\n'
        'set "NO_PROXY=localhost,127.0.0.1,::1"\n'
    )


def test_a_percent_sign_begins_no_variable_at_the_prompt_of_cmd() -> None:
    """A caret counts outside of quotes only; what is left of the name is no variable."""
    first = proxy_environment(WITH_USER, Shell.CMD).splitlines()[0]
    assert first == "set ALL_PROXY=socks5h://an^%20n^%27^%40^%C3^%A9^%3A^%25@127.0.0.1:10555"
    assert first.replace("^", "") == f"set ALL_PROXY={socks_url(WITH_USER)}"


def test_where_the_server_is_the_exit_localhost_is_the_server() -> None:
    for shell, line in (
        (Shell.SH, "export NO_PROXY='' no_proxy=''"),
        (Shell.POWERSHELL, "$env:NO_PROXY = ''"),
        (Shell.CMD, 'set "NO_PROXY="'),
    ):
        assert line in proxy_environment(RELAY, shell, localhost_is_server=True).splitlines()


def in_a_shell(relay: Relay, command: str, *, localhost_is_server: bool) -> subprocess.CompletedProcess[str]:
    script = proxy_environment(relay, Shell.SH, localhost_is_server=localhost_is_server) + command
    return subprocess.run(["sh", "-e"], input=script, capture_output=True, text=True, timeout=60)


def test_programs_follow_the_lines(lab: Lab, tmp_path: Path, web: int) -> None:
    """curl by SOCKS for http; pip, which has no SOCKS package here, tunnels https by CONNECT."""
    document = with_server(lab.document(), exit=Exit.SERVER)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.wait_for_ports()
        relay = document.relays[0]
        for host in ("localhost", "lab-gpu"):
            done = in_a_shell(relay, f"curl -sS http://{host}:{web}/", localhost_is_server=True)
            assert done.stdout == "jupyter says hello", done.stderr
        nowhere = in_a_shell(relay, "curl -sS http://localhost:1/", localhost_is_server=False)
        assert "Failed to connect" in nowhere.stderr  # this computer's own port 1, not the proxy's answer
        pip = f"{sys.executable} -m pip -v --isolated --disable-pip-version-check download --retries 0"
        pip = f"PIP_CONFIG_FILE={os.devnull} {pip}"  # this machine's own indexes are none of its business
        # No https is spoken at that port: that the server's page answers shows the tunnel.
        done = in_a_shell(relay, f"{pip} -i https://lab-gpu:{web}/ no-such-package", localhost_is_server=True)
        assert "SOCKS" not in done.stdout + done.stderr
        assert "SSL" in done.stdout, done


def test_an_unknown_shell_is_refused() -> None:
    with pytest.raises(ValueError, match="fish"):
        proxy_environment(RELAY, "fish")
