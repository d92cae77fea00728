"""Runs in a Windows Python: ``keys_under_wine.py FOLDER``. What it sees it writes into FOLDER/seen.json,
which ``test_keys_under_wine`` judges.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.storage.atomic_file import write_new_private
from app.system import agent_service, file_rights, windows_rights
from tests.windows.sections import see

FOLDER = Path(sys.argv[1])
SYSTEM32 = Path(os.environ["SYSTEMROOT"], "system32")


def grant_everybody(path: Path, *, folder: bool = False) -> None:
    flags = "OICI" if folder else ""
    windows_rights._set_rights(path, f"D:(A;{flags};FA;;;{windows_rights.user_sid()})(A;{flags};FR;;;WD)")


def rights() -> dict[str, Any]:
    path = FOLDER / "id"
    path.write_text("key")
    grant_everybody(path)
    before = file_rights.why_not_private(path)
    file_rights.make_private(path)
    return {
        "own": file_rights.is_own(path),
        "before": before,
        "after": file_rights.why_not_private(path),
        "sddl": windows_rights.owner_and_rights(path),
        "sid": windows_rights.user_sid(),
        "readable": path.read_text(),
    }


def folder() -> dict[str, Any]:
    """That it hands its rights on, Wine does not show: there every new file is everybody's."""
    path = FOLDER / ".ssh"
    path.mkdir()
    grant_everybody(path, folder=True)
    before = file_rights.why_not_private(path)
    file_rights.make_folder_private(path)
    return {
        "before": before,
        "after": file_rights.why_not_private(path),
        "sddl": windows_rights.owner_and_rights(path),
        "sid": windows_rights.user_sid(),
    }


def new_key() -> dict[str, Any]:
    """In a folder whose files everybody may read."""
    place = FOLDER / "open"
    place.mkdir()
    grant_everybody(place, folder=True)
    path = place / "id"
    write_new_private(path, b"key", file_rights.create_private)
    refused = ""
    try:
        write_new_private(path, b"other", file_rights.create_private)
    except FileExistsError as e:
        refused = type(e).__name__
    (place / "inherits").write_text("x")
    return {
        "exposed": file_rights.why_not_private(path),
        "beside": file_rights.why_not_private(place / "inherits"),
        "content": path.read_text(),
        "refused": refused,
        "names": sorted(one.name for one in place.iterdir()),
    }


def service() -> dict[str, Any]:
    """A service of the same kind as the agent's: missing, switched off, and started on demand."""
    seen: dict[str, Any] = {"missing": agent_service.start_agent_service("relaytray-missing")}
    program = str(SYSTEM32 / "winedevice.exe")
    for name, start in (("relaytray-off", "disabled"), ("relaytray-on", "demand")):
        words = ["sc.exe", "create", name, "binPath=", program, "start=", start]
        made = subprocess.run(words, capture_output=True, check=False, timeout=30, stdin=subprocess.DEVNULL)
        seen[f"made {name}"] = made.returncode
    try:
        seen["off"] = agent_service.start_agent_service("relaytray-off")
    except agent_service.ServiceDisabled:
        seen["off"] = "disabled"
    # One of Wine's own that is there and can be started as often as one likes.
    seen["on"] = agent_service.start_agent_service("PlugPlay")
    seen["again"] = agent_service.start_agent_service("PlugPlay")
    return seen


see(FOLDER, (rights, folder, new_key, service))
