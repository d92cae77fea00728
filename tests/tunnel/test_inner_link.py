"""Why there is no link to the server inside the relay's, in the words of the hop that is to blame."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Relay, ReverseRoute, Server
from app.core.routes import RouteKind
from app.socks.streams import StreamOpener
from app.tunnel import router
from app.tunnel.clock import Clock
from app.tunnel.inner_link import InnerLink
from app.tunnel.router import Answer, Cancel
from app.tunnel.threads import Threads
from tests.transport.scripted_server import OPEN, OPEN_FAILURE, Scripted

RELAY = Relay(id="r", name="gate", host="192.0.2.1", port=22, user="u")
SERVER = Server(id="s", alias="gpu", relay_id="r", route=ReverseRoute(port=2222), user="u")


class Ground:
    """The relay's link is there; what the server's keeper is told is noted."""

    def __init__(self, opener: StreamOpener) -> None:
        self.opener = opener
        self.told: list[FaultCode] = []
        self.context: Any = SimpleNamespace(
            document=Document(relays=(RELAY,), servers=(SERVER,)), stopping=threading.Event()
        )

    def dial_sshd(self, server_id: str, answer: Answer) -> Cancel:
        assert server_id == SERVER.id
        links: Any = self
        return router.dial_sshd(self.context, links, SERVER, answer)

    def server_asked_for(self, server_id: str) -> None: ...

    def way_of(self, _server_id: str) -> RouteKind:
        return RouteKind.REVERSE

    def way_link(self, _server_id: str, _kind: RouteKind, answer: Any) -> Cancel:
        answer(self.opener)
        return lambda: None

    def server_refused(self, _server_id: str, fault: Fault) -> None:
        self.told.append(fault.code)


def asked(
    far: Scripted, ground: Ground, answers: queue.SimpleQueue[StreamOpener | Fault]
) -> tuple[InnerLink, int]:
    """Somebody wants the link, and its stream is asked for; our number of that channel."""
    inner = InnerLink(SERVER, ground.context, ground, Threads(), Clock(), lambda _fault: None)
    inner.request(answers.put)
    return inner, int.from_bytes(far.wait_for(OPEN)[-1][16:20], "big")


@pytest.mark.parametrize("cause", ["the relay's link goes", "nothing listens at the relay"])
def test_the_hop_that_is_to_blame_is_named(cause: str) -> None:
    answers: queue.SimpleQueue[StreamOpener | Fault] = queue.SimpleQueue()
    with Scripted() as far:
        ground = Ground(far.link)
        _, channel = asked(far, ground, answers)
        if cause == "the relay's link goes":
            far.server.close()
        else:
            far.say(OPEN_FAILURE, channel, 2, rest=bytes(8))
        found = answers.get(timeout=10)
        assert isinstance(found, Fault)
        if cause == "the relay's link goes":
            assert found.code is FaultCode.LINK_LOST
            assert ground.told == []
        else:
            assert found.code is FaultCode.TUNNEL_DOWN
            assert ground.told == [FaultCode.TUNNEL_DOWN]


def test_a_link_that_is_gone_already_is_told_as_lost() -> None:
    answers: queue.SimpleQueue[StreamOpener | Fault] = queue.SimpleQueue()
    with Scripted() as far:
        ground = Ground(far.link)
        far.link.cut()
        assert far.lost.wait(10)
        inner = InnerLink(SERVER, ground.context, ground, Threads(), Clock(), lambda _fault: None)
        inner.request(answers.put)
        found = answers.get(timeout=10)
        assert isinstance(found, Fault)
        assert (found.code, found.hop.name) == (FaultCode.LINK_LOST, "RELAY")


@pytest.mark.parametrize("when", ["it is called off", "the program ends"])
def test_nobody_waits_for_a_relay_that_does_not_answer(when: str) -> None:
    answers: queue.SimpleQueue[StreamOpener | Fault] = queue.SimpleQueue()
    with Scripted() as far:
        ground = Ground(far.link)
        inner, channel = asked(far, ground, answers)
        if when == "it is called off":
            inner.call_off()
        else:
            ground.context.stopping.set()
        found = answers.get(timeout=10)
        assert isinstance(found, Fault)
        assert found.code is FaultCode.CANCELLED
        far.say(91, channel, 7, 1 << 20, 32768)  # too late: it is closed at once
        far.wait_for(97)
