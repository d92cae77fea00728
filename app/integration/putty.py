"""PuTTY: started at a server with nothing stored, and a session of it as a file.

PuTTY's command line cannot name a SOCKS proxy. It gets ``relaytray proxy`` as its way to the server, as ssh
does, so that the link comes up by itself; a session from the .reg file goes through the SOCKS port.
"""

from __future__ import annotations

import os
import sys

from app.core.faults import FaultCode, error
from app.core.profiles import Document, Server
from app.export import putty as export
from app.export.proxied_site import ProxiedSite
from app.export.putty import PROGRAM
from app.integration.putty_sites import site_of
from app.integration.ssh_blocks import proxy_words
from app.storage.paths import Paths
from app.system.detached import start_detached
from app.system.programs import find_program
from app.system.winscp import find_putty


def start_putty(paths: Paths, document: Document, server: Server, chosen: str = "") -> list[str]:
    """Open a terminal on the server in PuTTY; returns the words that were started.

    Raises PROGRAM_MISSING, PROGRAM_FAILED, and what ``putty_sites.site_of`` raises.
    """
    site = site_of(paths, document, server, PROGRAM)
    found = find_putty(chosen) if sys.platform == "win32" else find_program("putty")
    if found is None:
        raise error(FaultCode.PROGRAM_MISSING, program=PROGRAM)
    words = command_words(paths, site, str(found))
    start_detached(str(found), words[1:], name=PROGRAM)
    return words


def command_words(paths: Paths, site: ProxiedSite, program: str, *, batch: bool = False) -> list[str]:
    """The words for putty, plink or psftp on this computer."""
    way = proxy_words(paths, site.server.alias)
    return export.command_words(site, program, way, windows=os.name == "nt", batch=batch)


def putty_reg(paths: Paths, document: Document, server: Server) -> bytes:
    """A session for a double click on Windows. Raises what ``putty_sites.site_of`` raises."""
    return export.reg_file(site_of(paths, document, server, PROGRAM))
