"""Which packetizer the links get: the fast one, or paramiko's own where the fast one does not fit it."""

from __future__ import annotations

import functools
import logging
import socket

from app.transport import paramiko_privates
from app.transport.fed_packetizer import FedPacketizer
from app.transport.packetizer import FastPacketizer
from app.transport.plain_packetizer import PlainPacketizer
from app.transport.stream_socket import StreamSocket

log = logging.getLogger("relaytray.transport")

PacketLayer = FastPacketizer | PlainPacketizer


@functools.cache
def packetizer_class() -> type[PacketLayer]:
    """Judged once, and logged once when it is the slow one."""
    problem = paramiko_privates.packetizer_problem()
    if not problem:
        return FastPacketizer
    log.warning("This paramiko is not the one RelayTray was made for (%s): links are slower.", problem)
    return PlainPacketizer


def packetizer_class_for(sock: socket.socket | StreamSocket) -> type[PacketLayer]:
    """Of a link that is inside another one, too."""
    is_fed = isinstance(sock, StreamSocket) and packetizer_class() is FastPacketizer
    return FedPacketizer if is_fed else packetizer_class()


def drives() -> bool:
    """Whether a link's reader can turn the loop of its clients while it waits."""
    return packetizer_class() is FastPacketizer
