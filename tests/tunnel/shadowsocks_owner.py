"""Run as a program: connects a Shadowsocks server with a plugin, says so, and waits to be killed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from app.core.profiles import Document
from app.core.shadowsocks import SECRET_KIND, ProxyPhase, ShadowsocksServer
from app.secrets import SecretName
from tests.tunnel.driver import Driver


def main(folder: str, port: str, local_port: str) -> None:
    profile = ShadowsocksServer(
        id="ss",
        name="tokyo",
        host="127.0.0.1",
        port=int(port),
        method="aes-256-gcm",
        plugin="v2ray-plugin",
        local_port=int(local_port),
        connect_at_launch=True,
    )
    driver = Driver(Path(folder), Document(shadowsocks=(profile,)))
    driver.secrets.keep_for_session(SecretName(SECRET_KIND, "ss"), sys.stdin.readline().strip())
    with driver:
        snapshot = driver.manager.snapshot
        driver.wait_for(lambda: snapshot().shadowsocks["ss"].phase is ProxyPhase.RUNNING, "the client")
        print("running", flush=True)
        threading.Event().wait(600)
