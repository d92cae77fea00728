"""The web browsers that are on this computer, for ``app.export.browser``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath

from app.core.browsers import Browser

_NAMES: Mapping[str, str] = {
    "chrome": "Google Chrome",
    "edge": "Microsoft Edge",
    "chromium": "Chromium",
    "firefox": "Firefox",
}
_ON_PATH: Mapping[str, tuple[str, ...]] = {
    "chrome": ("google-chrome", "google-chrome-stable"),
    "edge": ("microsoft-edge", "microsoft-edge-stable"),
    "chromium": ("chromium", "chromium-browser"),
    "firefox": ("firefox", "firefox-esr"),
}
_WINDOWS: Mapping[str, str] = {
    "chrome": r"Google\Chrome\Application\chrome.exe",
    "edge": r"Microsoft\Edge\Application\msedge.exe",
    "chromium": r"Chromium\Application\chrome.exe",
    "firefox": r"Mozilla Firefox\firefox.exe",
}
_MAC: Mapping[str, str] = {
    "chrome": "Google Chrome.app/Contents/MacOS/Google Chrome",
    "edge": "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "chromium": "Chromium.app/Contents/MacOS/Chromium",
    "firefox": "Firefox.app/Contents/MacOS/firefox",
}


def find_browsers(
    platform: str = sys.platform, environment: Mapping[str, str] | None = None
) -> tuple[Browser, ...]:
    """Those that are installed, one entry for each kind. Looks at files; starts nothing."""
    settings = os.environ if environment is None else environment
    found = []
    for key, name in _NAMES.items():
        program = next((place for place in _places(key, platform, settings) if Path(place).is_file()), None)
        if program is not None:
            found.append(Browser(key, name, program))
    return tuple(found)


def _places(key: str, platform: str, environment: Mapping[str, str]) -> Iterator[str]:
    if platform == "win32":
        # The installers use these three; ProgramW6432 is the 64-bit one as a 32-bit program sees it.
        for variable in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
            if environment.get(variable):
                yield _joined(environment[variable], _WINDOWS[key])
        return
    if platform == "darwin":
        home = environment.get("HOME", "")
        for folder in ("/Applications", f"{home}/Applications"):
            yield f"{folder}/{_MAC[key]}"
        return
    for program in _ON_PATH[key]:
        where = shutil.which(program, path=environment.get("PATH"))
        if where:
            yield str(Path(where).absolute())


def _joined(folder: str, rest: str) -> str:
    """With the separator that the folder has: tests of the Windows places run elsewhere too."""
    if os.name == "nt" or "\\" in folder:
        return str(PureWindowsPath(folder, rest))
    return str(Path(folder, *rest.split("\\")))
