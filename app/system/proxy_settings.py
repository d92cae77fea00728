"""The proxy that this system tells its programs to use: read as a whole, set, and put back as it was.

A backend keeps no record; ``app.integration.system_proxy`` does, so that a crash can be mended.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from app.core.faults import FaultCode, error
from app.system.detached import environment_for_others
from app.system.programs import find_program, no_window_flags

Setting: TypeAlias = str | int | None
Snapshot: TypeAlias = Mapping[str, Setting]  # None: there is no such value; names are the backend's own

# What never goes through a proxy, whatever the rest says.
LOCAL_HOSTS = ("localhost", "127.0.0.0/8", "::1")
PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fe80::/10",
    "fc00::/7",
)
_TIMEOUT_S = 10.0


class ProxyMode(StrEnum):
    PAC = "pac"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedProxy:
    """What the system is to be told."""

    mode: ProxyMode
    port: int  # on 127.0.0.1; it speaks SOCKS5 and HTTP
    pac_url: str = ""  # PAC: where the file is, http://127.0.0.1:...


class ProxyBackend(Protocol):
    """All methods may start programs: not in the GUI thread. They raise PROGRAM_MISSING, PROGRAM_FAILED."""

    def read(self) -> Snapshot:
        """Every setting that ``wanted`` may touch, as it is."""

    def wanted(self, proxy: WantedProxy, now: Snapshot) -> Snapshot:
        """``now`` with the wanted proxy in it; changes nothing."""

    def write(self, settings: Snapshot) -> None:
        """Make the settings these, and tell the programs that run."""

    def is_same(self, one: Setting, other: Setting) -> bool:
        """Whether ``write`` would change nothing that counts by making the one the other."""

    def needs(self, name: str, ours: Snapshot) -> tuple[str, ...]:
        """What must still be as in ``ours`` for the setting ``name`` to be put back.

        Other programs use the same switches: one that has put its own address beside a switch has it on for
        itself.
        """


def run_words(words: Sequence[str]) -> str:
    """What a settings program says. Raises PROGRAM_MISSING, PROGRAM_FAILED with its own words."""
    program = find_program(words[0])
    if program is None:
        raise error(FaultCode.PROGRAM_MISSING, program=words[0])
    try:
        done = subprocess.run(
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            creationflags=no_window_flags(),
            env=environment_for_others(),
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise error(FaultCode.PROGRAM_FAILED, program=words[0], reason=type(e).__name__) from e
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        told = (done.stderr.decode("utf-8", "replace") or said).strip().splitlines()
        reason = told[-1][:300].rstrip(".") if told else f"exit code {done.returncode}"
        raise error(FaultCode.PROGRAM_FAILED, program=words[0], reason=reason)
    return said
