"""Runs in a Windows Python: ``under_wine.py FOLDER STAND_IN``. What it sees it writes into FOLDER/seen.json,
which ``test_winscp_under_wine`` judges. STAND_IN is the program of ``winscp_echo.c``. Each function
below is one section of the result.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import winreg
from pathlib import Path
from typing import Any

from app.core.profiles import Document
from app.integration import winscp
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.system import registry
from app.system import winscp as found
from tests.windows.sections import fault_of, said_by, see
from tests.windows.sites import CASES, site

FOLDER, STAND_IN = Path(sys.argv[1]), Path(sys.argv[2])
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\winscp3_is1"
OVERRIDE = r"Software\Martin Prikryl\WinSCP 2 Override"
SCHEME = r"Software\Classes\winscp-SFTP"
HANDLER = SCHEME + r"\shell\open\command"
SESSIONS = found.WINSCP_KEY + r"\Sessions"


def install(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(STAND_IN, folder / "WinSCP.exe"))


def delete_key(key: str, root: int = winreg.HKEY_CURRENT_USER) -> None:
    is_user = root == winreg.HKEY_CURRENT_USER
    for name in registry.subkeys(registry.Root.USER if is_user else registry.Root.MACHINE, key):
        delete_key(f"{key}\\{name}", root)
    try:
        winreg.DeleteKey(root, key)
    except FileNotFoundError:
        pass


def set_text(key: str, name: str, value: str, root: int = winreg.HKEY_CURRENT_USER, view: int = 0) -> None:
    with winreg.CreateKeyEx(root, key, 0, winreg.KEY_WRITE | view) as opened:
        winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)


def dumped(key: str) -> dict[str, list[Any]]:
    """Value name -> type and value."""
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
        count = winreg.QueryInfoKey(opened)[1]
        values = [winreg.EnumValue(opened, i) for i in range(count)]
    return {name: [kind, value] for name, value, kind in values}


def program_at(chosen: str = "") -> str:
    program = found.find_winscp(chosen)
    return str(program.path) if program else ""


# --- sections ---------------------------------------------------------------------------------------------


def nothing_installed() -> Any:
    return {
        "found": program_at(),
        "putty": str(found.find_putty()),
        "start": fault_of(lambda: winscp.start_site(site())),
        "wrong choice": program_at(str(FOLDER / "nowhere" / "WinSCP.exe")),
        "running": found.is_running(),
        "refreshed": winscp.refresh_stored(None, Document(servers=(site().server,))),
    }


def launched() -> Any:
    program = install(FOLDER / "Jörg's Programme (x86) 程序")
    return [[winscp.start_site(case, str(program)), said_by(program)] for case in CASES]


def not_a_program() -> Any:
    program = FOLDER / "broken" / "WinSCP.exe"
    program.parent.mkdir()
    program.write_text("no program at all")
    return fault_of(lambda: winscp.start_site(site(), str(program)))


def finding() -> Any:
    seen: dict[str, list[str]] = {}

    def look(name: str, expected: Path) -> None:
        seen[name] = [program_at(), str(expected)]

    portable = install(FOLDER / "portable")
    seen["portable folder"] = [program_at(str(portable.parent)), str(portable)]
    by_user = install(FOLDER / "per user")
    set_text(UNINSTALL, "InstallLocation", str(by_user.parent) + "\\")
    look("uninstall key of the user", by_user)
    delete_key(UNINSTALL)
    icon = install(FOLDER / "icon")
    set_text(UNINSTALL, "DisplayIcon", f"{icon},0")
    look("icon", icon)
    delete_key(UNINSTALL)
    machine = install(FOLDER / "machine")
    view = winreg.KEY_WOW64_32KEY
    set_text(UNINSTALL, "Inno Setup: App Path", str(machine.parent), winreg.HKEY_LOCAL_MACHINE, view)
    look("uninstall key of the machine, 32 bits", machine)
    winreg.DeleteKeyEx(winreg.HKEY_LOCAL_MACHINE, UNINSTALL, view, 0)
    for name in ("ProgramFiles(x86)", "ProgramFiles"):
        usual = install(Path(os.environ[name], "WinSCP"))
        look(name, usual)
        putty = usual.parent / "PuTTY" / "putty.exe"
        putty.parent.mkdir()
        shutil.copy(STAND_IN, putty)
        seen[f"PuTTY of {name}"] = [str(found.find_putty()), str(putty)]
        shutil.rmtree(usual.parent)
    local = install(Path(os.environ["LOCALAPPDATA"], "Programs", "WinSCP"))
    look("LOCALAPPDATA", local)
    shutil.rmtree(local.parent)
    on_path = install(FOLDER / "on path")
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{before};{on_path.parent}"
    look("PATH", on_path)
    os.environ["PATH"] = before
    handler = install(FOLDER / "handler")
    set_text(HANDLER, "", f'"{handler}" /Unsafe "%1"')
    look("handler", handler)
    set_text(HANDLER, "", r'"C:\Other\client.exe" "%1"')
    seen["handler of another program"] = [program_at(), ""]
    delete_key(HANDLER)
    return seen


def of_the_store() -> Any:
    """Windows tells where it is, and may refuse to start it by that path: then the link does it."""
    answer = FOLDER / "WindowsApps" / "MartinPikryl.WinSCP_6" / "WinSCP.exe"
    answer.parent.mkdir(parents=True)
    answer.write_text("no program: Windows would refuse it")
    fake = FOLDER / "root" / "System32" / "WindowsPowerShell" / "v1.0" / "powershell.exe"
    fake.parent.mkdir(parents=True)
    shutil.copy(STAND_IN, fake)
    before = os.environ["SYSTEMROOT"]
    os.environ["STAND_IN_SAYS"] = f"{answer.parent}\r\n"  # which every program of ours then says
    try:
        os.environ["SYSTEMROOT"] = str(FOLDER / "root")
        seen = {"found": [program_at(), str(answer)]}
        asked = fake.with_name("powershell.exe.said").read_text()
        seen["asked"] = ["MartinPikryl.WinSCP_tvv458r3h9r5m" in asked, "-NoProfile" in asked]
        seen["not asked"] = found.find_winscp(ask_store=False) is None
        program = found.find_winscp()
        seen["from the Store"] = program is not None and program.is_from_store
    finally:
        os.environ["SYSTEMROOT"] = before
    seen["without a link"] = fault_of(lambda: winscp.start_site(site(), str(answer)))
    seen["no such link"] = fault_of(lambda: winscp._open_link("winscp-sftp://host/"))
    linked_to = install(FOLDER / "by link of the Store")
    machine = winreg.HKEY_LOCAL_MACHINE
    set_text(HANDLER, "", f'"{linked_to}" /Unsafe "%1"', machine)
    set_text(SCHEME, "URL Protocol", "", machine)
    try:
        seen["by link"] = [winscp.start_site(site(), str(answer)), said_by(linked_to)]
    finally:
        delete_key(SCHEME, machine)
    return seen


def linked() -> Any:
    """A link, when there is no program to be found by its path: the shell starts what is registered."""
    program = install(FOLDER / "by link")
    machine = winreg.HKEY_LOCAL_MACHINE  # Wine's shell does not look among the classes of the user
    set_text(HANDLER, "", f'"{program}" /Unsafe "%1"', machine)
    set_text(SCHEME, "URL Protocol", "", machine)
    try:
        url = winscp._open_link(winscp.export.session_url(CASES[1], handled=True))
        return [url, said_by(program), found.handles_links()]
    finally:
        delete_key(SCHEME, machine)


def stored_in_registry() -> Any:
    program = found.WinScpProgram(FOLDER / "registry" / "WinSCP.exe")
    set_text(found.WINSCP_KEY, "made by", "the installer")
    store = found.site_store(program)
    case = CASES[1]
    key = SESSIONS + r"\RelayTray/lab.gpu_2"
    set_text(SESSIONS + r"\other%20site", "HostName", "untouched")
    set_text(key, "HostName", "old")
    set_text(key, "HostKey", "rsa")  # ours, and no longer wanted
    set_text(key, "Color", "person's own")
    winscp.put_site(store, case)
    seen = {
        "store": store.name,
        "refused": fault_of(lambda: winscp.put_site(store, site("a" * 300))),
        "values": dumped(key),
        "other": dumped(SESSIONS + r"\other%20site"),
        "names": sorted(winscp._stored_names(store)),
        "up to date": winscp._is_up_to_date(store, case),
        "not up to date": winscp._is_up_to_date(store, site("lab.gpu_2", socks_port=4)),
    }
    delete_key(found.WINSCP_KEY)
    return seen


def stores() -> Any:
    """Which of its stores WinSCP would use."""
    program = install(FOLDER / "stores")
    known = found.WinScpProgram(program)
    in_profile = Path(os.environ["APPDATA"], "WinSCP.ini")
    seen = {"new": [found.site_store(known).name, str(program.with_suffix(".ini"))]}
    set_text(found.WINSCP_KEY, "", "")
    registry_name = rf"HKEY_CURRENT_USER\{SESSIONS}"
    seen["registry"] = [found.site_store(known).name, registry_name]
    in_profile.write_text("")
    seen["profile"] = [found.site_store(known).name, str(in_profile)]
    program.with_suffix(".ini").write_text("")
    seen["beside"] = [found.site_store(known).name, str(program.with_suffix(".ini"))]
    chosen = FOLDER / "stores" / "Jörg own.ini"
    chosen.write_text("")
    set_text(OVERRIDE, "IniFile", "%EF%BB%BF" + str(chosen).replace("\\", "%5C").replace(" ", "%20").replace(
        "ö", "%C3%B6"))  # fmt: skip
    seen["chosen"] = [found.site_store(known).name, str(chosen)]
    chosen.unlink()
    seen["chosen, not there yet, registry is"] = [found.site_store(known).name, registry_name]
    delete_key(found.WINSCP_KEY)
    seen["chosen, not there yet"] = [found.site_store(known).name, str(chosen)]
    delete_key(OVERRIDE)
    in_profile.unlink()
    program.with_suffix(".ini").unlink()
    store_build = found.WinScpProgram(Path(r"C:\Program Files\WindowsApps\x\WinSCP.exe"), is_from_store=True)
    seen["Store"] = [found.site_store(store_build).name, registry_name]
    return seen


def stored_in_ini() -> Any:
    ini = FOLDER / "ini" / "WinSCP.ini"
    before = b"[Configuration\\Interface]\r\nRandomSeed=1\r\n\r\n[Sessions\\mine]\r\nHostName=h\r\n"
    winscp.put_site(found.SiteStore(ini), site())
    fresh = ini.read_bytes().decode()
    ini.write_bytes(before)
    winscp.put_site(found.SiteStore(ini), site())
    return {
        "fresh": fresh,
        "before": before.decode(),
        "after": ini.read_bytes().decode(),
        "files": sorted(path.name for path in ini.parent.iterdir()),
        "backup": ini.with_name("WinSCP.ini.relaytray-backup").read_bytes().decode(),
        "up to date": winscp._is_up_to_date(found.SiteStore(ini), site()),
    }


def through_profiles() -> Any:
    """From a document, as the program does it. Keys and pins are gathered by code that Linux tests."""
    program = install(FOLDER / "profiles")
    ini = program.with_suffix(".ini")
    ini.write_text("")
    case, other = site(), site("other")
    document = Document(relays=(case.relay,), servers=(case.server, other.server))
    winscp.site_of = lambda _paths, document, server: dataclasses.replace(
        case, relay=document.relays[0], server=server
    )
    chosen = str(program.parent)
    seen = {"started": [winscp.start(None, document, case.server, chosen), said_by(program)]}
    seen["nothing is stored"] = [winscp.refresh_stored(None, document, chosen), ini.read_text()]
    seen["stored in"] = [winscp.store_site(None, document, case.server, chosen), str(ini)]
    stored = ini.read_bytes()
    moved = dataclasses.replace(document, relays=(dataclasses.replace(case.relay, socks_port=10099),))
    running = subprocess.Popen([program], env={**os.environ, "STAND_IN_STAYS": "1"})
    try:
        said_by(program)
        seen["up to date"] = winscp.refresh_stored(None, document, chosen)
        seen["running"] = winscp.refresh_stored(None, moved, chosen)
        seen["untouched"] = ini.read_bytes() == stored
    finally:
        program.with_name(program.name + ".go").touch()
        running.wait(90)
    seen["moved"] = [winscp.refresh_stored(None, moved, chosen), ini.read_text()]
    set_text(SESSIONS + r"\RelayTray/other", "HostName", "old")
    seen["no program"] = winscp.refresh_stored(None, moved)
    seen["in registry"] = dumped(SESSIONS + r"\RelayTray/other")["ProxyPort"]
    delete_key(found.WINSCP_KEY)
    return seen


def rights() -> Any:
    """What Wine keeps of access lists is enough for this; the real thing is Windows' to show."""
    from app.system.file_rights import create_private, why_not_private

    private, shared = FOLDER / "private key", FOLDER / "shared"
    os.close(create_private(private))
    shared.touch()
    return [why_not_private(private), why_not_private(shared)]


def refused_while_it_runs() -> Any:
    program = install(FOLDER / "running")
    ini = program.with_suffix(".ini")
    running = subprocess.Popen([program], env={**os.environ, "STAND_IN_STAYS": "1"})
    try:
        said_by(program)
        told = [
            found.is_running(),
            fault_of(lambda: winscp.put_site(found.SiteStore(ini), site())),
            ini.exists(),
        ]
    finally:
        program.with_name(program.name + ".go").touch()
        running.wait(90)
    return [*told, found.is_running()]


def remembered() -> Any:
    """A portable one that the person points at, by its folder and by its file; what is none is refused."""
    portable = install(FOLDER / "stick")
    store = DocumentStore(Paths.at(FOLDER / "data"))
    told = {
        "none": fault_of(lambda: winscp.remember(store, FOLDER / "nowhere" / "WinSCP.exe")),
        "of another name": fault_of(lambda: winscp.remember(store, STAND_IN)),
        "before": store.load().settings.winscp_program,
    }
    for way, path in (("folder", portable.parent), ("file", portable)):
        winscp.remember(store, path)
        chosen = store.load().settings.winscp_program
        told[way] = f"{chosen == str(portable)} {program_at(chosen) == str(portable)}"
    return told


SECTIONS = (
    nothing_installed,
    launched,
    not_a_program,
    finding,
    remembered,
    of_the_store,
    linked,
    stored_in_registry,
    stores,
    stored_in_ini,
    through_profiles,
    rights,
    refused_while_it_runs,
)


if __name__ == "__main__":
    see(FOLDER, SECTIONS)
