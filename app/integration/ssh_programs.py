"""Asks the ssh programs of this computer what they make of an ssh config, with ``ssh -G``.

-G reads the config, tells what holds for one host and ends: it connects nowhere, and runs no other program
but those of "Match exec" lines, which only the person's own config may have.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.system.programs import find_programs, no_window_flags

TIMEOUT_S = 5.0
BAD_RIGHTS = "Bad owner or permissions"  # Win32-OpenSSH says more about it on the lines before
_PLACE = re.compile(r"^.*? line \d+: ")
_NOISE = ("terminating,", "debug", "Pseudo-terminal")


@dataclass(frozen=True, slots=True)
class Reading:
    """How one ssh read a config: ``values`` by lower-case keyword, or the words in which it refused."""

    values: Mapping[str, str]
    refusal: str = ""
    is_final: bool = True  # the same question would get the same answer


_REMEMBERED: dict[tuple[str, float, str, str], Reading] = {}
_MAX_REMEMBERED = 256


def ssh_programs() -> tuple[str, ...]:
    """Every ssh that is found; on Windows that of the system and that of Git, which differ."""
    return tuple(find_programs("ssh"))


def read_with(program: str, config: Path, alias: str) -> Reading:
    """What ``program`` makes of the file for the host ``alias``. One that hangs counts as refusing it."""
    try:
        done = subprocess.run(
            [program, "-G", "-T", "-F", str(config), alias],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            creationflags=no_window_flags(),
        )
    except subprocess.TimeoutExpired:
        return Reading({}, f"{program} did not answer in time", is_final=False)
    except OSError as e:
        return Reading({}, f"{program} cannot be started: {e.strerror or type(e).__name__}", is_final=False)
    if done.returncode != 0:
        return Reading({}, _words(_text(done.stderr), config) or f"exit code {done.returncode}")
    values: dict[str, str] = {}
    for line in _text(done.stdout).splitlines():
        keyword, _, value = line.partition(" ")
        values.setdefault(keyword.lower(), value)
    return Reading(values)


def readings(text: str, alias: str) -> list[Reading]:
    """What each ssh of this computer makes of the text; remembered while the program stays the same."""
    found = []
    for program in ssh_programs():
        question = (program, _stamp(program), text, alias)
        reading = _REMEMBERED.get(question)
        if reading is None:
            reading = _read_text_with(program, text, alias)
            if len(_REMEMBERED) >= _MAX_REMEMBERED:
                _REMEMBERED.clear()
            if reading.is_final:
                _REMEMBERED[question] = reading
        found.append(reading)
    return found


def _read_text_with(program: str, text: str, alias: str) -> Reading:
    """Through a file that only this person can read."""
    with tempfile.TemporaryDirectory(prefix="relaytray-", ignore_cleanup_errors=True) as folder:
        config = Path(folder, "config")
        config.touch(mode=0o600)
        config.write_bytes(text.encode("utf-8", "surrogateescape"))
        return read_with(program, config, alias)


def _stamp(program: str) -> float:
    try:
        return Path(program).stat().st_mtime
    except OSError:
        return 0.0


def _words(errors: str, config: Path) -> str:
    """The first thing ssh complains about, without the place in a file that the person never sees."""
    lines = [line.strip() for line in errors.splitlines()]
    told = [_PLACE.sub("", line) for line in lines if line and not any(word in line for word in _NOISE)]
    told.sort(key=lambda line: BAD_RIGHTS not in line)
    return told[0].replace(str(config), "the config").rstrip(".") if told else ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
