"""Runs in a Windows Python: ``editors_under_wine.py FOLDER STAND_IN``. What it sees it writes into
FOLDER/seen.json, which ``test_editors_under_wine`` judges. STAND_IN is the program of ``winscp_echo.c``.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import winreg
from pathlib import Path
from typing import Any

from app.core.editors import product
from app.core.findings import SettingChange
from app.core.profiles import Server
from app.core.uses import Editor
from app.integration import editors
from app.integration.vscode_settings import settings_files
from app.system.editors import find_editors
from tests.windows.sections import fault_of, said_by, see

FOLDER, STAND_IN = Path(sys.argv[1]), Path(sys.argv[2])
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
OPENED = ["/data/my project", "/a&b/100%/%PATH%/\u6570\u636e", "", "/w.code-workspace"]


def install(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(STAND_IN, path))


def found() -> dict[str, str]:
    return {editor.key: editor.program for editor in find_editors()}


def finding() -> Any:
    start = time.perf_counter()
    seen: dict[str, Any] = {"nothing": found(), "seconds": time.perf_counter() - start}
    portable = install(FOLDER / "VS Code 程序" / "Code.exe")
    key = r"Software\Classes\vscode\shell\open\command"
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
        winreg.SetValueEx(opened, "", 0, winreg.REG_SZ, f'"{portable}" "--open-url" "--" "%1"')
    seen["registered"] = [found(), {"vscode": str(portable)}]
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)
    codium = install(FOLDER / "on path" / "VSCodium.exe")
    install(codium.parent / "bin" / "codium.cmd")
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{before};{codium.parent / 'bin'}"
    seen["path"] = [found(), {"vscodium": str(codium)}]
    os.environ["PATH"] = before
    return seen


def opening() -> Any:
    program = install(Path(os.environ["LOCALAPPDATA"], "Programs", "Microsoft VS Code", "Code.exe"))
    (editor,) = editors.find()
    told = []
    for folder in OPENED:
        editors.open_folder(editor, SERVER, folder)
        told.append([folder, said_by(program)])
    return {"program": str(program), "told": told}


def failing() -> Any:
    broken = FOLDER / "broken.exe"
    broken.write_text("no program at all")
    gone = Editor("vscode", "VS Code", str(FOLDER / "gone.exe"))
    return [
        fault_of(lambda: editors.open_folder(Editor("vscode", "VS Code", str(broken)), SERVER, "/x")),
        fault_of(lambda: editors.open_folder(gone, SERVER, "/x")),
    ]


def settings() -> Any:
    (file,) = settings_files(find_editors())
    assert file.product == product("vscode")
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(b'// mine\r\n{\r\n\t"a": 1\r\n}\r\n')
    file.apply([SettingChange(("b",), True)])
    seen = {
        "place": [str(file.path), str(Path(os.environ["APPDATA"], "Code", "User", "settings.json"))],
        "after": file.path.read_bytes().decode(),
        "files": sorted(one.name for one in file.path.parent.iterdir()),
    }
    file.path.chmod(0o400)
    seen["read-only"] = fault_of(lambda: file.apply([SettingChange(("c",), True)]))
    seen["left"] = file.path.read_bytes().decode()
    file.path.chmod(0o600)
    return seen


if __name__ == "__main__":
    see(FOLDER, (finding, opening, settings, failing))
    for variable, name in (("LOCALAPPDATA", "Programs"), ("APPDATA", "Code")):
        shutil.rmtree(Path(os.environ[variable], name), ignore_errors=True)
