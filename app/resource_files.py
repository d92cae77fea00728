"""Where the files in ``resources/`` are: in a checkout, and in the bundle that PyInstaller makes.

``resources/`` lies beside ``app/``, so it is found from this file's own place; PyInstaller keeps the same
layout. The command line and the set-up of relays need these files too: no Qt resource system here.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent / "resources"


def resource(name: str) -> Path:
    """Path of ``resources/<name>``. Raises ValueError (odd name), FileNotFoundError."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != name or "\\" in name:
        raise ValueError(f"not a normalised relative name: {name!r}")
    path = ROOT / pure
    if not path.exists():
        raise FileNotFoundError(f"the program lacks its file resources/{name}")
    return path


def icon(name: str) -> Path:
    """The picture ``resources/icons/<name>.svg``."""
    return resource(f"icons/{name}.svg")


def translation(language: str) -> Path | None:
    """The compiled texts of a language such as ``zh_CN``; None where the program has none (English)."""
    try:
        return resource(f"translations/relaytray_{language}.qm")
    except FileNotFoundError:
        return None
