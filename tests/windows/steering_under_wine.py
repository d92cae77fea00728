"""Run by the Windows Python: the steering with the registry, ended well and killed. argv: a result file, or
"own" and a data folder.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.events import DocumentChanged, ShadowsocksChanged
from app.core.profiles import Document, Settings
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, ShadowsocksState, Steering
from app.integration.steering import SteeringDesk
from app.storage.paths import Paths
from app.system.registry import write_user_values
from app.system.windows_proxy import KEY, WindowsProxy

RUNNING = ShadowsocksState(phase=ProxyPhase.RUNNING)


def document(steering: Steering, *domains: str) -> Document:
    server = ShadowsocksServer(
        id="x1", name="home", host="h", port=1, method="aes-256-gcm", local_port=11080, steering=steering
    )
    return Document(shadowsocks=(server,), settings=Settings(pac_proxied=domains))


def desk_on(folder: str, first: Document) -> tuple[SteeringDesk, queue.SimpleQueue]:
    told: queue.SimpleQueue = queue.SimpleQueue()
    desk = SteeringDesk(Paths.at(folder), first, told.put)
    desk.start()
    desk.hear(ShadowsocksChanged("x1", RUNNING))
    assert told.get(timeout=60).fault is None
    return desk, told


def own(folder: str) -> None:
    """One that is killed while it has the proxy: it says so, and waits."""
    desk_on(folder, document(Steering.PAC, "example.org"))
    print("ready", flush=True)
    time.sleep(600)


def until_is(wanted: dict[str, object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while dict(WindowsProxy().read()) != wanted:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def main(result: str) -> None:
    folder = tempfile.mkdtemp()
    theirs = [("ProxyServer", "old.proxy:8080"), ("ProxyEnable", 1)]
    write_user_values(KEY, theirs, remove=["AutoConfigURL", "ProxyOverride"])
    before = dict(WindowsProxy().read())
    seen: dict[str, object] = {}

    desk, told = desk_on(folder, document(Steering.PAC, "example.org"))
    seen["pac"] = now = dict(WindowsProxy().read())
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(now["AutoConfigURL"]) as answer:
        seen["type"] = answer.headers["Content-Type"]
        seen["has the list"] = '"example.org": 1' in answer.read().decode()
    desk.hear(DocumentChanged(document(Steering.GLOBAL)))
    told.get(timeout=60)
    seen["global"] = dict(WindowsProxy().read())
    desk.stop()
    seen["ended"] = dict(WindowsProxy().read()) == before

    desk, told = desk_on(folder, document(Steering.GLOBAL))
    other = {"ProxyServer": "127.0.0.1:7890", "ProxyEnable": 1}  # the same switch, another address
    write_user_values(KEY, list(other.items()))
    desk.stop()
    now = dict(WindowsProxy().read())
    seen["another program's"] = {name: now[name] for name in other} == other
    write_user_values(KEY, theirs, remove=["AutoConfigURL", "ProxyOverride"])

    words = [sys.executable, __file__, "own", folder]
    owner = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    owner.stdout.readline()
    seen["owner has set it"] = dict(WindowsProxy().read())["ProxyEnable"] == 0
    owner.kill()
    owner.wait()
    seen["killed"] = until_is(before)
    Path(result).write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "own":
        own(sys.argv[2])
    else:
        main(sys.argv[1])
