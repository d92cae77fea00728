"""Talks to whoever comes, on TCP and UDP, and answers names as it is told: what attacks aim at.

Started as a script inside a machine or a network, with the standard library only; prints "ready" and runs
until it is killed. ``talk PORT``: on every address, IPv4 and IPv6, it says "talker" and where it was reached.
``names ADDRESS``: a name server; its table, NAME=ADDRESS,... a line, comes on standard input. A name with
several addresses gets the next one at each question, to be forgotten at once.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
import threading

_A, _AAAA = 1, 28


def main(what: str, where: str) -> None:
    if what == "talk":
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            _talk(family, address, int(where))
    else:
        _answer_names(where, sys.stdin.read())
    print("ready", flush=True)
    threading.Event().wait()


def _talk(family: socket.AddressFamily, address: str, port: int) -> None:
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp = socket.socket(family, socket.SOCK_DGRAM)
    for sock in (tcp, udp):
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
    tcp.listen(64)
    threading.Thread(target=_accept, args=(tcp,), daemon=True).start()
    threading.Thread(target=_reply, args=(udp,), daemon=True).start()


def _accept(listener: socket.socket) -> None:
    while True:
        client, _ = listener.accept()
        with client:
            client.sendall(b"talker " + client.getsockname()[0].encode() + b"\n")


def _reply(sock: socket.socket) -> None:
    while True:
        data, peer = sock.recvfrom(2048)
        sock.sendto(b"talker " + data, peer)


def _answer_names(address: str, table: str) -> None:
    pairs = (line.partition("=") for line in table.split())
    names = {name: [ipaddress.ip_address(one) for one in value.split(",")] for name, _, value in pairs}
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))
    threading.Thread(target=_answer, args=(sock, names), daemon=True).start()


def _answer(
    sock: socket.socket, names: dict[str, list[ipaddress.IPv4Address | ipaddress.IPv6Address]]
) -> None:
    while True:
        question, peer = sock.recvfrom(2048)
        name, kind, end = _asked(question)
        version = {_A: 4, _AAAA: 6}.get(kind)
        fitting = [one for one in names.get(name, []) if one.version == version]
        answers = b""
        if fitting:
            answers = (
                b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(fitting[0].packed)) + fitting[0].packed
            )
            if len(fitting) > 1:
                names[name].append(names[name].pop(names[name].index(fitting[0])))
        status = 0x8180 if name in names else 0x8183
        header = question[:2] + struct.pack("!HHHHH", status, 1, bool(fitting), 0, 0)
        sock.sendto(header + question[12:end] + answers, peer)


def _asked(question: bytes) -> tuple[str, int, int]:
    labels, place = [], 12
    while question[place]:
        labels.append(question[place + 1 : place + 1 + question[place]].decode("ascii", "replace"))
        place += 1 + question[place]
    (kind,) = struct.unpack("!H", question[place + 1 : place + 3])
    return ".".join(labels).lower(), kind, place + 5


if __name__ == "__main__":
    main(*sys.argv[1:])
