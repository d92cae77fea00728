"""What every part of the tunnel needs, made once by the manager."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.events import Publish
from app.core.profiles import Document
from app.socks.loop import LoopGroup
from app.transport.link import Tools


@dataclass(slots=True)
class Context:
    """Shared by the manager's parts. ``document`` is replaced as a whole; read it once per decision."""

    document: Document
    publish: Publish
    tools: Tools
    front: LoopGroup  # listeners and handshakes
    stopping: threading.Event = field(default_factory=threading.Event)
    own_ports: set[int] = field(default_factory=set)  # from which our own probes come
    order: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)  # of wishes
    link_loops: Callable[[str], LoopGroup | None] = lambda _relay_id: None  # of a relay whose link is up
    proxies: frozenset[str] = frozenset()  # ids of the Shadowsocks servers that are wanted
    socks_password: Callable[[str], str | None] = lambda _relay_id: None
