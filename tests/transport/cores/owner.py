"""Run as a program: holds a link through a core, says its process, and waits to be killed."""

from __future__ import annotations

import sys
import threading

from app.core.v2ray_route import Carrier, Core
from app.transport.cores.connecting import CoreRoute, connect_core


def main(core: str, port: str, key: str) -> None:
    carrier = Carrier(
        core=Core(core), host="127.0.0.1", tunnel_port=0, user_port=int(port), encryption_key=key
    )
    user_id = sys.stdin.readline().strip()
    route = CoreRoute(alias="lab-gpu", relay="gate", carrier=carrier, user_id=user_id)
    link = connect_core(route, threading.Event(), lambda _link: None)
    print(link.core.pid, flush=True)
    threading.Event().wait(600)
