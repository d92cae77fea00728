"""What curl, nc, connect-proxy, proxychains4 and plink really send, against the server protocol.

Each reaches an echo or web server on loopback through a small threaded proxy (``direct_proxy``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.socks.server_protocol import ConnectRequest, Credentials, Dialect
from tests.socks.direct_proxy import BANNER, PAGE, Proxy, echo_server, proxy, serving, web_server

NAME = "lab-gpu.test"  # nothing resolves it but the proxy
NAMES = {NAME: "127.0.0.1"}
USER, PASSWORD = "alice", "s3cret:%\u00e9"
GREETING = b"SSH-2.0-hello\r\n" + bytes(range(256))


@pytest.fixture
def door(_nothing_unexpected: None) -> Iterator[Proxy]:
    with proxy(None, NAMES) as opened:
        yield opened


@pytest.fixture
def locked_door(_nothing_unexpected: None) -> Iterator[Proxy]:
    with proxy(Credentials.of(USER, PASSWORD), NAMES) as opened:
        yield opened


@pytest.fixture
def echo(_nothing_unexpected: None) -> Iterator[int]:
    with serving(echo_server()) as port:
        yield port


@pytest.fixture
def web(_nothing_unexpected: None) -> Iterator[int]:
    with serving(web_server()) as port:
        yield port


def run(
    *command: str, send: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(command, input=send, capture_output=True, timeout=30, env=clean | (env or {}))


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run("curl", "--silent", "--show-error", "--max-time", "20", *arguments)


# --- curl -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "host", "asked", "dialect"),
    [
        ("--socks5-hostname", NAME, NAME, Dialect.SOCKS5),
        ("--socks5-hostname", "127.0.0.1", "127.0.0.1", Dialect.SOCKS5),
        ("--socks5", "127.0.0.1", "127.0.0.1", Dialect.SOCKS5),
        ("--socks5", "localhost", "127.0.0.1", Dialect.SOCKS5),  # resolved by curl
        ("--socks4", "127.0.0.1", "127.0.0.1", Dialect.SOCKS4),
        ("--socks4a", NAME, NAME, Dialect.SOCKS4),
        ("--socks4a", "127.0.0.1", "127.0.0.1", Dialect.SOCKS4),
    ],
)
def test_curl_socks(door: Proxy, web: int, switch: str, host: str, asked: str, dialect: Dialect) -> None:
    done = curl("-4", switch, door.address, f"http://{host}:{web}/")
    assert (done.stdout, done.stderr) == (PAGE, b"")
    assert door.requests == [ConnectRequest(asked, web, dialect)]


@pytest.mark.parametrize("version", ["--proxy1.0", "--proxy"])
def test_curl_http_connect(door: Proxy, web: int, version: str) -> None:
    done = curl(version, f"http://{door.address}", "--proxytunnel", f"http://{NAME}:{web}/")
    assert (done.stdout, done.stderr) == (PAGE, b"")
    assert door.requests == [ConnectRequest(NAME, web, Dialect.HTTP)]


@pytest.mark.parametrize("switch", ["--socks5-hostname", "--socks5", "--proxytunnel"])
def test_curl_to_ipv6(door: Proxy, switch: str) -> None:
    try:
        server = web_server("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    how = (
        ("--proxytunnel", "--proxy", f"http://{door.address}")
        if switch == "--proxytunnel"
        else (switch, door.address)
    )
    with serving(server) as port:
        done = curl(*how, f"http://[::1]:{port}/")
    assert (done.stdout, done.stderr) == (PAGE, b"")
    assert [(request.host, request.port) for request in door.requests] == [("::1", port)]


@pytest.mark.parametrize("how", ["socks5h", "http", "http, asked first"])
def test_curl_with_a_password(locked_door: Proxy, web: int, how: str) -> None:
    scheme, _comma, asked_first = how.partition(",")
    extra = ["--proxytunnel"] if scheme == "http" else []
    extra += ["--proxy-anyauth"] if asked_first else []
    login = f"{USER}:{PASSWORD}"
    done = curl(
        "--proxy", f"{scheme}://{locked_door.address}", "--proxy-user", login, *extra, f"http://{NAME}:{web}/"
    )
    assert (done.stdout, done.stderr) == (PAGE, b"")
    assert [request.host for request in locked_door.requests] == [NAME]
    assert len(locked_door.refusals) == (1 if asked_first else 0)


@pytest.mark.parametrize("login", ["alice:wrong", "bob:s3cret", ""])
@pytest.mark.parametrize("scheme", ["socks5h", "http", "socks4a"])
def test_curl_with_a_wrong_password(locked_door: Proxy, web: int, scheme: str, login: str) -> None:
    extra = ["--proxytunnel"] if scheme == "http" else []
    extra += ["--proxy-user", login] if login else []
    done = curl("--proxy", f"{scheme}://{locked_door.address}", *extra, f"http://{NAME}:{web}/")
    assert done.returncode in (56, 97)  # CURLE_RECV_ERROR after 407, CURLE_PROXY
    assert done.stdout == b""
    assert locked_door.requests == []
    if scheme == "http":
        assert b"407" in done.stderr


def test_curl_through_a_plain_http_proxy_is_told_what_to_set(door: Proxy, web: int) -> None:
    done = curl("--proxy", f"http://{door.address}", "--include", f"http://{NAME}:{web}/")
    assert done.returncode == 0
    assert done.stdout.startswith(b"HTTP/1.1 405 ")
    assert b"socks5h://" in done.stdout


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (["--proxy", "socks5h://{}"], b"(5)"),
        (["--proxy", "socks4a://{}"], b"request rejected or failed"),
        (["--proxytunnel", "--proxy", "http://{}"], b"response 502"),
    ],
)
def test_curl_tells_a_refusal(door: Proxy, free_port: int, how: list[str], words: bytes) -> None:
    done = curl(*(word.format(door.address) for word in how), f"http://{NAME}:{free_port}/")
    assert done.returncode in (56, 97)
    assert words in done.stderr


# --- netcats ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "host", "dialect"),
    [
        ("5", "127.0.0.1", Dialect.SOCKS5),
        ("5", NAME, Dialect.SOCKS5),
        ("4", "127.0.0.1", Dialect.SOCKS4),
        ("connect", "127.0.0.1", Dialect.HTTP),
        ("connect", NAME, Dialect.HTTP),
    ],
)
def test_nc(door: Proxy, echo: int, protocol: str, host: str, dialect: Dialect) -> None:
    _need_openbsd_nc()
    done = run("nc", "-N", "-X", protocol, "-x", door.address, host, str(echo), send=GREETING)
    assert (done.stdout, done.stderr) == (GREETING, b"")
    assert door.requests == [ConnectRequest(host, echo, dialect)]


@pytest.mark.parametrize(
    ("protocol", "words"),
    [("5", b"Connection refused"), ("4", b"Request rejected or failed"), ("connect", b"502 Bad Gateway")],
)
def test_nc_tells_a_refusal(door: Proxy, free_port: int, protocol: str, words: bytes) -> None:
    _need_openbsd_nc()
    done = run("nc", "-N", "-X", protocol, "-x", door.address, "127.0.0.1", str(free_port))
    assert done.returncode == 1
    assert words.lower() in done.stderr.lower()


def _need_openbsd_nc() -> None:
    if b"-X proto" not in run("nc", "-h").stderr:
        pytest.skip("this nc is not OpenBSD's")


# --- connect-proxy (Git for Windows ships it as connect.exe) -----------------------------------------------


@pytest.mark.parametrize(
    ("switches", "host", "dialect"),
    [
        (["-S"], NAME, Dialect.SOCKS5),
        (["-S"], "127.0.0.1", Dialect.SOCKS5),
        (["-4", "-S"], "127.0.0.1", Dialect.SOCKS4),
        (["-H"], NAME, Dialect.HTTP),
    ],
)
def test_connect_proxy(door: Proxy, echo: int, switches: list[str], host: str, dialect: Dialect) -> None:
    done = run("connect-proxy", *switches, door.address, host, str(echo), send=GREETING)
    assert (done.stdout, done.stderr) == (GREETING, b"")
    assert door.requests == [ConnectRequest(host, echo, dialect)]


def test_connect_proxy_with_a_password(locked_door: Proxy, echo: int) -> None:
    server = f"{USER}@{locked_door.address}"
    done = run(
        "connect-proxy", "-S", server, NAME, str(echo), send=GREETING, env={"SOCKS5_PASSWORD": PASSWORD}
    )
    assert (done.stdout, done.stderr) == (GREETING, b"")


def test_connect_proxy_tells_a_refusal(door: Proxy, free_port: int) -> None:
    done = run("connect-proxy", "-S", door.address, NAME, str(free_port))
    assert done.returncode != 0
    assert b"connection refused" in done.stderr


# --- proxychains4 and plink -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "asked"),
    [("socks5", NAME), ("http", NAME), ("socks4", "127.0.0.1")],
    ids=["socks5", "http", "socks4"],
)
def test_proxychains(door: Proxy, web: int, tmp_path: Path, kind: str, asked: str) -> None:
    """It hooks the C library: SOCKS4 has no names there, since it never speaks 4a."""
    done = run(
        "proxychains4", "-q", "-f", _chain(tmp_path, kind, door), "curl", "-sS", f"http://{asked}:{web}/"
    )
    assert (done.stdout, done.stderr) == (PAGE, b"")
    assert [(request.host, request.port) for request in door.requests] == [(asked, web)]


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_proxychains_with_a_password(web: int, tmp_path: Path, kind: str) -> None:
    with proxy(Credentials.of("alice", "s3cret"), NAMES) as door:
        chain = _chain(tmp_path, kind, door, "alice s3cret")
        done = run("proxychains4", "-q", "-f", chain, "curl", "-sS", f"http://{NAME}:{web}/")
    assert (done.stdout, done.stderr) == (PAGE, b"")


def _chain(folder: Path, kind: str, door: Proxy, login: str = "") -> str:
    path = folder / "proxychains.conf"
    # without localnet lines, so that loopback goes through the proxy too
    path.write_text(f"strict_chain\nproxy_dns\n[ProxyList]\n{kind} 127.0.0.1 {door.port} {login}\n")
    return str(path)


@pytest.mark.parametrize(("method", "dialect"), [(1, Dialect.SOCKS4), (2, Dialect.SOCKS5), (3, Dialect.HTTP)])
def test_plink(door: Proxy, tmp_path: Path, method: int, dialect: Dialect) -> None:
    """PuTTY's proxy code, which WinSCP has too. ProxyDNS 2 leaves the name to the proxy.

    The far end speaks first, as an sshd does: over HTTP, PuTTY 0.78 sends nothing of its own after any 200
    until more bytes come (seen with six spellings of the reply), so that a web server could wait for ever.
    """
    sessions = tmp_path / ".putty" / "sessions"
    sessions.mkdir(parents=True)
    with serving(echo_server(speaks_first=True)) as port:
        lines = {
            "Protocol": "raw",
            "HostName": NAME,
            "PortNumber": port,
            "ProxyMethod": method,
            "ProxyDNS": 2,
        }
        lines |= {"ProxyHost": "127.0.0.1", "ProxyPort": door.port, "ProxyLocalhost": 1}
        (sessions / "lab").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        done = run("plink", "-batch", "-load", "lab", send=GREETING, env={"HOME": str(tmp_path)})
    assert done.stdout == BANNER + GREETING
    assert door.requests == [ConnectRequest(NAME, port, dialect)]
