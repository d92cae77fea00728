"""What the scripts have in common that run in a Windows Python under Wine: sections, each of which sees one
thing, and a stand-in (``winscp_echo.c``) for the programs that they start."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.core.faults import RelayTrayError

RESULT = "seen.json"


def see(folder: Path, sections: Iterable[Callable[[], Any]]) -> None:
    """Writes into RESULT what each section returned. An exception becomes its text, so that nothing is lost;
    ``WinePython.sections`` shows it."""
    seen: dict[str, Any] = {}
    for section in sections:
        started = time.monotonic()
        try:
            seen[section.__name__] = section()
        except Exception:
            seen[section.__name__] = traceback.format_exc()
        print(f"{section.__name__}: {time.monotonic() - started:.1f} s", flush=True)
    (folder / RESULT).write_text(json.dumps(seen), encoding="utf-8")


def said_by(program: Path) -> str:
    """What the stand-in was given; it may still be starting, or have the file open that it is renaming."""
    said = program.with_name(program.name + ".said")
    end = time.monotonic() + 50  # other tests may have the processor
    while True:
        try:
            text = said.read_bytes().decode("utf-8")
            said.unlink()
        except (FileNotFoundError, PermissionError) as e:
            if time.monotonic() > end:
                raise TimeoutError(f"{program} was not started: {e}") from e
            time.sleep(0.01)
        else:
            return text


def fault_of(deed: Callable[[], object]) -> str:
    try:
        return f"no fault but {deed()!r}"
    except RelayTrayError as e:
        return str(e)
