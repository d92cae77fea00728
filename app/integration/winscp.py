"""WinSCP: started at a server, given a site of it, and its stored sites kept in step with the profiles.

Three ways, from the one that leaves nothing behind to the one that does: ``start``, ``ini_file`` (which the
person imports), ``store_site``. All block for a moment; call them off the GUI thread.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Server
from app.export import winscp as export
from app.export.proxied_site import FOLDER, ProxiedSite
from app.export.winscp import PROGRAM, Setting
from app.storage import persons_file
from app.storage.atomic_file import write_private
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.system.detached import start_detached
from app.system.registry import Root, Value, read_value, subkeys, write_user_values
from app.system.winscp import (
    WINSCP_KEY,
    SiteStore,
    WinScpProgram,
    find_winscp,
    handles_links,
    is_running,
    site_store,
)

BACKUP_SUFFIX = ".relaytray-backup"
_SESSIONS_KEY = rf"{WINSCP_KEY}\Sessions"


def site_of(paths: Paths, document: Document, server: Server) -> ProxiedSite:
    """See ``putty_sites.site_of``."""
    from app.integration import putty_sites  # it loads the SSH library

    return putty_sites.site_of(paths, document, server, PROGRAM)


# --- (a) started ------------------------------------------------------------------------------------------


def start(paths: Paths, document: Document, server: Server, chosen: str = "") -> str:
    """Open the server in a window of WinSCP; returns the command line, or the link, that was started.

    ``chosen`` is the path of a portable WinSCP. Raises NOT_ON_THIS_SYSTEM, PROGRAM_MISSING, PROGRAM_FAILED,
    and what ``putty_sites.site_of`` raises. Nothing is stored, and no secret is on the command line.
    """
    _need_windows("WinSCP")
    return start_site(site_of(paths, document, server), chosen)


def start_site(site: ProxiedSite, chosen: str = "") -> str:
    program = find_winscp(chosen)
    if program is not None:
        line = export.command_line(str(program.path), site)
        try:
            start_detached(str(program.path), line, name=PROGRAM)
        except RelayTrayError:
            # Windows may forbid to start the Store's program by its path.
            if not (program.is_from_store and handles_links()):
                raise
        else:
            return line
    if not handles_links():
        raise error(FaultCode.PROGRAM_MISSING, program=PROGRAM)
    return _open_link(export.session_url(site, handled=True))


def _open_link(url: str) -> str:
    if sys.platform == "win32":
        try:
            os.startfile(url)
        except OSError as e:
            raise error(FaultCode.PROGRAM_FAILED, program=PROGRAM, reason=e.strerror or e) from e
    return url


def remember(store: DocumentStore, program: Path) -> Document:
    """The WinSCP.exe, or its folder, that is used from now on. Raises PROGRAM_MISSING when it is none."""
    found = find_winscp(str(program), ask_store=False)
    folder = program if program.is_dir() else program.parent
    is_it = found is not None and found.path.is_relative_to(folder) and "winscp" in found.path.name.lower()
    if found is None or not is_it:
        raise error(FaultCode.PROGRAM_MISSING, program=str(program))
    path = str(found.path)

    def change(document: Document) -> Document:
        settings = dataclasses.replace(document.settings, winscp_program=path)
        return dataclasses.replace(document, settings=settings)

    return store.edit(change)


# --- (b) exported -----------------------------------------------------------------------------------------


def ini_file(paths: Paths, document: Document, servers: Iterable[Server]) -> bytes:
    """For WinSCP's Tools > Import Sites > INI file. Raises what ``putty_sites.site_of`` raises."""
    return export.ini_file([site_of(paths, document, server) for server in servers])


# --- (c) stored -------------------------------------------------------------------------------------------


def store_site(paths: Paths, document: Document, server: Server, chosen: str = "") -> str:
    """Put the server among the person's own sites; returns where that is.

    A site of that name that is there already gets our settings and keeps its others. Raises PROGRAM_RUNNING,
    NOT_ON_THIS_SYSTEM, PROGRAM_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, FILE_NOT_UNDERSTOOD, and what
    ``putty_sites.site_of`` raises; nothing is then changed.
    """
    store = _store(chosen)
    put_site(store, site_of(paths, document, server))
    return store.name


def put_site(store: SiteStore, site: ProxiedSite) -> None:
    """A running WinSCP has its sites in memory and would write them over ours. Raises PROGRAM_RUNNING."""
    if is_running():
        raise error(FaultCode.PROGRAM_RUNNING, program=PROGRAM)
    if store.ini is not None:
        _put_into_ini(store.ini, site)
    else:
        _put_into_registry(site)


def refresh_stored(paths: Paths, document: Document, chosen: str = "") -> tuple[str, ...]:
    """Bring our own stored sites to what the profiles say; returns those that could not be. Never raises.

    Our own are those in the folder "RelayTray" that have the alias of a server. Sites of servers that are
    gone stay where they are: they hold nothing secret, and the person may have put things of theirs there.
    """
    program = find_winscp(chosen, ask_store=False)  # it happens at every change
    store = site_store(program) if program else SiteStore()  # the Store's WinSCP has no other
    failed = []
    for server in document.servers:
        name = f"{FOLDER}/{server.alias}"
        try:
            if name.lower() in _stored_names(store):
                site = site_of(paths, document, server)
                if not _is_up_to_date(store, site):
                    put_site(store, site)
        except RelayTrayError:
            failed.append(name)
    return tuple(failed)


def _store(chosen: str) -> SiteStore:
    _need_windows("WinSCP")
    program: WinScpProgram | None = find_winscp(chosen)
    if program is None:
        raise error(FaultCode.PROGRAM_MISSING, program=PROGRAM)
    return site_store(program)


def _stored_names(store: SiteStore) -> set[str]:
    if store.ini is None:
        return {export.unmunge(key).lower() for key in subkeys(Root.USER, _SESSIONS_KEY)}
    data = persons_file.read(store.ini)
    try:
        return {name.lower() for name in export.site_names(data or b"")}
    except ValueError as e:
        raise error(FaultCode.FILE_NOT_UNDERSTOOD, path=store.ini, reason=e) from e


def _is_up_to_date(store: SiteStore, site: ProxiedSite) -> bool:
    if store.ini is not None:
        data = persons_file.read(store.ini) or b""
        return export.with_site(data, site) == data
    wanted = dict(_registry_values(site))
    key = _registry_key(site)
    return all(read_value(Root.USER, key, name) == wanted.get(name) for name in export.OUR_KEYS)


def _put_into_ini(ini: Path, site: ProxiedSite) -> None:
    def changed(before: bytes | None) -> bytes:
        try:
            after = export.with_site(before or b"", site)
        except ValueError as e:
            raise error(FaultCode.FILE_NOT_UNDERSTOOD, path=ini, reason=e) from e
        if before is not None and after != before:
            _keep_backup(ini, before)
        return after

    try:
        ini.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=ini, reason=e.strerror or e) from e
    persons_file.rewrite(ini, changed)


def _keep_backup(ini: Path, data: bytes) -> None:
    """The file as it was before we first touched it. It may hold passwords: only this user may read it."""
    backup = ini.with_name(ini.name + BACKUP_SUFFIX)
    if backup.exists():
        return
    try:
        write_private(backup, data)
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=backup, reason=e.strerror or e) from e


def _put_into_registry(site: ProxiedSite) -> None:
    try:
        write_user_values(_registry_key(site), _registry_values(site), remove=export.OUR_KEYS)
    except OSError as e:
        raise error(
            FaultCode.FILE_UNWRITABLE,
            path=rf"HKEY_CURRENT_USER\{_registry_key(site)}",
            reason=e.strerror or e,
        ) from e


def _registry_key(site: ProxiedSite) -> str:
    return rf"{_SESSIONS_KEY}\{export.munge_name(site.name)}"


def _registry_values(site: ProxiedSite) -> list[tuple[str, Value]]:
    settings: list[Setting] = export.settings(site)
    return [(name, value if isinstance(value, int) else export.munge(value)) for name, value in settings]


def _need_windows(what: str) -> None:
    if sys.platform != "win32":
        raise error(FaultCode.NOT_ON_THIS_SYSTEM, what=what, system="Windows")
