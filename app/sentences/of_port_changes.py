"""The English sentences about a local port that moved: which programs follow, and which must be reopened."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.port_changes import PortChange, PortNewsCode, changed_ports, news_of
from app.core.profiles import Document
from app.sentences.template import QT_TRANSLATE_NOOP, fill

PORT_SENTENCES: Mapping[PortNewsCode, str] = {
    PortNewsCode.SOCKS_MOVED: QT_TRANSLATE_NOOP(
        "PortText", 'The SOCKS port of the relay "{relay}" is now {new}, no longer {old}.'
    ),
    PortNewsCode.SOCKS_FOLLOWERS: QT_TRANSLATE_NOOP(
        "PortText",
        "ssh, scp, rsync, git and the editors go by the name of the server: nothing needs to be done there.",
    ),
    PortNewsCode.SOCKS_SITES: QT_TRANSLATE_NOOP(
        "PortText",
        "WinSCP and PuTTY: open sessions anew from RelayTray, and write or export stored sites again.",
    ),
    PortNewsCode.SOCKS_PROXIES: QT_TRANSLATE_NOOP(
        "PortText",
        "Browsers and terminals that were given the proxy: reopen them with the new address, "
        "127.0.0.1:{new}.",
    ),
    PortNewsCode.SSH_MOVED: QT_TRANSLATE_NOOP(
        "PortText", "The plain ssh port of {alias} is now {new}, no longer {old}."
    ),
    PortNewsCode.SSH_SITES: QT_TRANSLATE_NOOP(
        "PortText",
        "FileZilla, Cyberduck and other programs that were given this port: import the site of {alias} "
        "again and remove the old one.",
    ),
    PortNewsCode.SSH_CLOSED: QT_TRANSLATE_NOOP(
        "PortText",
        "{alias} has no plain ssh port any more; it was {old}. FileZilla, Cyberduck and sftp:// links that "
        "use it stop working.",
    ),
    PortNewsCode.FORWARD_MOVED: QT_TRANSLATE_NOOP(
        "PortText",
        "The forward to {target} of {alias} is now at port {new}, no longer {old}: reopen the pages and "
        "programs that use it at 127.0.0.1:{new}.",
    ),
    PortNewsCode.FORWARD_CLOSED: QT_TRANSLATE_NOOP(
        "PortText",
        "The forward to {target} of {alias} at port {old} is gone. Pages and programs that use it stop "
        "working.",
    ),
    PortNewsCode.SHADOWSOCKS_MOVED: QT_TRANSLATE_NOOP(
        "PortText",
        "The local port of the Shadowsocks server {alias} is now {new}, no longer {old}. Programs that were "
        "given the old one need the new address, 127.0.0.1:{new}.",
    ),
    PortNewsCode.STILL_OPEN: QT_TRANSLATE_NOOP(
        "PortText",
        "Connections that are already open through port {old} go on until they are closed; new ones are "
        "refused there.",
    ),
    PortNewsCode.TAKEN_OVER: QT_TRANSLATE_NOOP(
        "PortText",
        "Port {old} now belongs to {other}: a program that still uses it ends up there. Connections that are "
        "already open go on until they are closed.",
    ),
}


def port_change_sentences(change: PortChange) -> list[str]:
    """What one change means, in English."""
    return [fill(PORT_SENTENCES[news.code], news.details) for news in news_of(change)]


def told_port_changes(old: Document, new: Document) -> list[str]:
    """What to tell who replaces ``old`` by ``new``: one paragraph for each port; [] when none moved."""
    return [" ".join(port_change_sentences(change)) for change in changed_ports(old, new)]
