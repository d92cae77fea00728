"""Addresses and lines for a browser, and that what they promise is served by the exit (curl in its place)."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from app.core.browsers import Browser
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Exit, Forward, Relay, Server
from app.core.uses import Use
from app.export.browser import browser_texts, browser_words, firefox_settings, web_forwards
from app.export.shell_words import Shell
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver, run
from tests.tunnel.test_ports import web, with_server

__all__ = ["web"]  # a fixture

RELAY = Relay(id="r", name="home", host="h", user="u", socks_port=10555)
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="u", exit=Exit.SERVER)
CHROME = Browser("chrome", "Google Chrome", "/usr/bin/google-chrome")
FIREFOX = Browser("firefox", "Firefox", "/usr/bin/firefox")


def server_with(**changes: Any) -> Server:
    return dataclasses.replace(SERVER, **changes)


def texts(server: Server = SERVER, relay: Relay = RELAY, *browsers: Browser) -> dict[str, str]:
    found = browser_texts(server, relay, browsers=browsers, profiles="/data/browsers", shell=Shell.SH)
    assert {text.use for text in found} == {Use.BROWSER}
    assert all(text.label for text in found)
    assert len({text.key for text in found}) == len(found)
    return {text.key: text.text for text in found}


def test_through_the_exit() -> None:
    found = texts(SERVER, RELAY, CHROME, FIREFOX)
    assert found == {
        "browser-chrome-8888": (
            "/usr/bin/google-chrome --proxy-server=socks5://127.0.0.1:10555 '--proxy-bypass-list=<-loopback>'"
            " --user-data-dir=/data/browsers/chrome-10555 --no-first-run http://localhost:8888/"
        ),
        "browser-chrome-6006": found["browser-chrome-8888"].replace("8888", "6006"),
        "browser-firefox-8888": (
            "/usr/bin/firefox -no-remote -profile /data/browsers/firefox-10555 http://localhost:8888/"
        ),
        "browser-firefox-6006": found["browser-firefox-8888"].replace("8888", "6006"),
        "firefox-settings": firefox_settings(RELAY),
    }


def test_through_forwards_any_browser_does() -> None:
    forwards = (
        Forward(local_port=18888, remote_port=8888),
        Forward(local_port=9000, remote_port=9000),
        Forward(local_port=5555, remote_port=5432),  # a database
        Forward(local_port=8080, remote_port=8888, remote_host="node7"),
    )
    server = server_with(exit=Exit.RELAY, forwards=forwards)
    found = browser_texts(server, RELAY, browsers=[CHROME], profiles="/p", shell=Shell.SH)
    assert [(text.text, text.label) for text in found] == [
        ("http://127.0.0.1:18888/", "Jupyter"),
        ("http://127.0.0.1:9000/", "localhost:9000"),
        ("http://127.0.0.1:8080/", "node7:8888"),
    ]
    assert web_forwards(SERVER) == ()


@pytest.mark.parametrize(
    ("server", "relay"),
    [
        (server_with(exit=Exit.RELAY), RELAY),
        (server_with(exit=Exit.RELAY, forwards=(Forward(local_port=5555, remote_port=5432),)), RELAY),
        (SERVER, dataclasses.replace(RELAY, socks_user="me")),
    ],
    ids=["relay", "database", "password"],
)
def test_where_nothing_leads_to_a_page_it_is_said(server: Server, relay: Relay) -> None:
    with pytest.raises(RelayTrayError) as caught:
        browser_texts(server, relay, browsers=[CHROME], profiles="/p", shell=Shell.SH)
    assert caught.value.fault.code is FaultCode.EXIT_NOT_ALLOWED
    assert caught.value.fault.details == {"alias": "lab-gpu", "port": "8888"}


def test_windows_and_mac() -> None:
    edge = Browser("edge", "Microsoft Edge", "C:\\Program Files (x86)\\Microsoft\\Edge\\msedge.exe")
    words = browser_words(edge, RELAY, url="http://localhost:8888/", profiles="C:\\Users\\Jane Doe\\b")
    assert "--user-data-dir=C:\\Users\\Jane Doe\\b\\edge-10555" in words
    for shell, start in ((Shell.POWERSHELL, f"& '{edge.program}' "), (Shell.CMD, f'"{edge.program}" ')):
        found = browser_texts(SERVER, RELAY, browsers=[edge], profiles="C:\\b", shell=shell)
        assert found[0].text.startswith(start)
        assert re.search(r"""['"]--proxy-bypass-list=<-loopback>['"]""", found[0].text)
    program = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    words = browser_words(Browser("chrome", "Chrome", program), RELAY, url="u", profiles="/p")
    assert words[:5] == ["open", "-n", "-a", "/Applications/Google Chrome.app", "--args"]


def test_firefox_sends_localhost_and_names_through_the_proxy() -> None:
    found = dict(re.findall(r'user_pref\("([^"]+)", ([^)]*)\);\n', firefox_settings(RELAY)))
    assert found["network.proxy.type"] == "1"
    assert found["network.proxy.socks"] == '"127.0.0.1"'
    assert found["network.proxy.socks_port"] == "10555"
    for name in ("socks_remote_dns", "socks5_remote_dns", "allow_hijacking_localhost"):
        assert found[f"network.proxy.{name}"] == "true"


def test_the_exit_serves_what_the_lines_promise(lab: Lab, tmp_path: Path, web: int) -> None:
    """The server's localhost, and its name; with the relay as exit its name is refused."""
    document = with_server(lab.document(), exit=Exit.SERVER)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.wait_for_ports()
        proxy = ("--socks5-hostname", f"127.0.0.1:{driver.socks_port}")
        for host in ("localhost", "lab-gpu.relaytray.internal"):
            done = run("curl", "-sSm", "20", *proxy, f"http://{host}:{web}/")
            assert done.stdout == b"jupyter says hello", done.stderr
        driver.manager.replace_document(with_server(document, exit=Exit.RELAY))
        done = run("curl", "-sSm", "20", *proxy, f"http://lab-gpu.relaytray.internal:{web}/")
        assert done.returncode == 97, done  # the proxy refused
