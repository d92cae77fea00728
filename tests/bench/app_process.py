"""RelayTray in a process of its own: the link manager and nothing else, told what to do line by line.

``app_process DATA_FOLDER FINGERPRINT ...`` reads the profiles in the folder. Every line on its standard input
is a command, every answer one JSON object: ``up`` (bring the link up: ``seconds`` until it was), ``down``,
``id USER-ID`` and ``connect`` (for a v2ray route), ``shadowsocks PASSWORD`` (connects the one server of that
kind), ``budget`` (bytes of windows not handed out). It ends with its input.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from app.core.document import from_json
from app.core.shadowsocks import SECRET_KIND, ProxyPhase
from app.core.states import LinkPhase
from app.secrets import SecretName
from app.storage.paths import Paths
from tests.tunnel.driver import Driver


def main(folder: Path, trusted: list[str]) -> None:
    document = from_json(json.loads(Paths.at(folder).document.read_text(encoding="utf-8")))
    with Driver(folder, document, trusted) as driver:
        driver.wait_for_ports()
        print(json.dumps({"port": driver.socks_port}), flush=True)
        for line in sys.stdin:
            print(json.dumps(obey(driver, line.strip())), flush=True)


def obey(driver: Driver, command: str) -> dict[str, float]:
    if command == "up":
        start = time.perf_counter()
        driver.manager.connect_relay(driver.relay_id)
        driver.wait_for_link(LinkPhase.UP, timeout_s=60)
        return {"seconds": time.perf_counter() - start}
    if command == "down":
        driver.manager.disconnect_relay(driver.relay_id)
        driver.wait_for_link(LinkPhase.OFF, timeout_s=60)
        return {}
    if command == "connect":
        start = time.perf_counter()
        driver.connect()
        return {"seconds": time.perf_counter() - start}
    if command.startswith("id "):  # this computer's user id for the v2ray route of the one server
        alias = driver.document.servers[0].alias
        driver.secrets.keep_for_session(SecretName("v2ray", alias), command.removeprefix("id "))
        return {}
    if command.startswith("shadowsocks "):
        return connect_shadowsocks(driver, command.removeprefix("shadowsocks "))
    if command == "budget":
        return {"left": driver.manager._context.tools.budget.left}
    raise SystemExit(f"no such command: {command}")


def connect_shadowsocks(driver: Driver, password: str) -> dict[str, float]:
    start, (server,) = time.perf_counter(), driver.document.shadowsocks
    driver.secrets.keep_for_session(SecretName(SECRET_KIND, server.id), password)
    driver.manager.connect_shadowsocks(server.id)

    def is_up() -> bool:
        return driver.manager.snapshot().shadowsocks[server.id].phase is ProxyPhase.RUNNING

    driver.wait_for(is_up, "the Shadowsocks client", 60)
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
