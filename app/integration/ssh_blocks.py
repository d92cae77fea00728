"""The ssh config block of each server on this computer, and whether the ssh programs here accept it."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Server
from app.export.ssh_config import needs_proof, option_lines, ssh_config_block
from app.integration.ssh_programs import Reading, readings
from app.storage.paths import Paths, default_paths
from app.system.programs import relaytray_command

_COMPARED = ("proxycommand", "userknownhostsfile", "identityfile", "user")
_ESCAPED = re.compile(r"""\\([\\'"])""")


class Block(NamedTuple):
    """What is written for a server ("" = nothing), and why that is not what its profile says."""

    text: str
    fault: Fault | None = None


def ssh_config_text(paths: Paths, document: Document, server: Server) -> str:
    """The block for ``server`` on this computer. Raises NO_SUCH_RELAY, PROFILE_INVALID."""
    relay = document.relay(server.relay_id)
    if relay is None:
        raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
    return ssh_config_block(
        server,
        relay,
        proxy_command=proxy_words(paths, server.alias),
        known_hosts=str(paths.known_hosts),
        home=str(Path.home()),
        windows=os.name == "nt",
    )


def proxy_words(paths: Paths, alias: str) -> list[str]:
    """The words that start ``relaytray proxy ALIAS`` for these paths, from any program.

    An editor that was started from the desktop may not have the XDG_DATA_HOME that this process has.
    """
    is_usual = paths == default_paths() and "XDG_DATA_HOME" not in os.environ
    where = [] if is_usual else ["--data-dir", str(paths.root)]
    return [*relaytray_command(), *where, "proxy", alias]


def ssh_option_fault(server: Server) -> Fault | None:
    """What ssh says against the server's extra lines: SSH_OPTION_REFUSED in its own words, or None.

    Every ssh of this computer is asked; where there is none, nobody can tell. Blocks.
    """
    try:
        lines = option_lines(server)
    except RelayTrayError as e:
        return e.fault
    if not lines:
        return None
    return _refused(server, readings("\n".join([f"Host {server.alias}", *lines, ""]), server.alias))


def block_of(paths: Paths, document: Document, server: Server, accepted: str = "") -> Block:
    """What is safe to write for the server: all of it, or without its extra lines, or nothing at all.

    ``accepted`` is text that was written before: a block in it is not put before ssh again.
    """
    fault = None
    try:
        text = ssh_config_text(paths, document, server)
        if text in accepted or not server.ssh_options:
            return _proven(server, text, accepted)
        fault = ssh_option_fault(server)
    except RelayTrayError as e:
        fault = _naming(server, e.fault)
    if fault is None:
        return _proven(server, text, accepted)
    if not server.ssh_options:
        return Block("", fault)
    without = dataclasses.replace(server, ssh_options=())
    return Block(block_of(paths, document, without, accepted).text, fault)


def _proven(server: Server, text: str, accepted: str) -> Block:
    """The block, unless an ssh here would read its paths in another way than they are meant."""
    if not needs_proof(text) or text in accepted:
        return Block(text)
    for reading in readings(text, server.alias):
        if reading.refusal or not _is_as_meant(text, reading):
            problem = f"the ssh of this computer cannot read a file or user name of {server.alias}"
            told = f"{problem}: {reading.refusal}." if reading.refusal else f"{problem}."
            return Block("", Fault.of(FaultCode.PROFILE_INVALID, problem=told))
    return Block(text)


def _naming(server: Server, fault: Fault) -> Fault:
    """It is told among those of all servers, where nothing else says whose profile it is about."""
    if fault.code is not FaultCode.PROFILE_INVALID:
        return fault
    return Fault.of(fault.code, problem=f"{server.alias}: {fault.details['problem']}")


def _refused(server: Server, found: list[Reading]) -> Fault | None:
    refusals = [reading.refusal for reading in found if reading.refusal]
    if not refusals:
        return None
    return Fault.of(FaultCode.SSH_OPTION_REFUSED, alias=server.alias, reason=refusals[0])


def _is_as_meant(text: str, reading: Reading) -> bool:
    for keyword, meant in _meant(text).items():
        # Some versions show a path before, and some after they expand it.
        if reading.values.get(keyword) not in (meant, meant.replace("%%", "%")):
            return False
    return True


def _meant(text: str) -> Mapping[str, str]:
    """What the lines of a block of ours are to give, by the grammar of OpenSSH 8.7 and newer."""
    meant: dict[str, str] = {}
    for line in text.splitlines():
        keyword, _, value = line.strip().partition(" ")
        keyword = keyword.lower()
        if keyword not in _COMPARED or keyword in meant:
            continue
        if keyword != "proxycommand" and value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        meant[keyword] = value
    return meant
