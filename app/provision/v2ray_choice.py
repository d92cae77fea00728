"""Which program a relay's v2ray or Xray will be, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.provisioning import Note, StepNote
from app.core.v2ray_route import Core
from app.provision.v2ray_program import CoreFile, installed_package
from app.provision.v2ray_relay import Seen

NAMES = {Core.V2RAY: "v2ray", Core.XRAY: "Xray"}
_SAID = {Core.V2RAY: "V2Ray", Core.XRAY: "Xray"}
_NEEDED = {Core.V2RAY: (4, 34, 0), Core.XRAY: (26, 5, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where the program comes from: a file of ours or a package of the system's; None = it is there."""

    source: CoreFile | str | None = None
    use: str = ""
    notes: tuple[Note, ...] = ()
    problem: Note | None = None


def choose_program(core: Core, file: CoreFile | None, seen: Seen) -> Choice:
    """A chosen file, what we have put there, one of the system's, our own package, the system's package."""
    name = NAMES[core]
    if file is not None:
        if reason := file.why_unfit(core, seen.machine, seen.python):
            told = {"program": file.title, "reason": reason}
            return Choice(problem=Note(StepNote.V2RAY_PROGRAM_UNFIT, told))
        if file.sha256 in (seen.core_sha, seen.module_sha):
            return Choice()
        return _brought(file)
    too_old: Note | None = None
    if seen.core_version or seen.core_sha:
        if _is_new_enough(core, seen.core_version):
            return Choice(use=seen.core_link)
        too_old = _too_old(core, f"cores/{core}-{seen.machine}", seen.core_version)
    if core is Core.XRAY and seen.module_sha and seen.module_version == seen.python:
        return Choice()
    if seen.found:
        if _is_new_enough(core, seen.found_version):
            told = {"program": f"{name} {_number(seen.found_version)}", "path": seen.found}
            return Choice(use=seen.found, notes=(Note(StepNote.V2RAY_PROGRAM_FOUND, told),))
        too_old = _too_old(core, seen.found, seen.found_version)
    if core is Core.XRAY:
        package = installed_package()
        if package is not None and not package.why_unfit(core, seen.machine, seen.python):
            return _brought(package)
    elif seen.package and not seen.found:
        note = Note(StepNote.PACKAGE_INSTALLED, {"package": seen.package})
        return Choice(source=seen.package, use=f"/usr/bin/{seen.package}", notes=(note,))
    missing = Note(StepNote.V2RAY_PROGRAM_MISSING, {"program": name, "machine": seen.machine})
    return Choice(problem=too_old or missing)


def _is_new_enough(core: Core, said: str) -> bool:
    numbers = tuple(int(part) for part in _number(said).split(".") if part.isdigit())
    return said.startswith(_SAID[core]) and numbers >= _NEEDED[core]


def _number(said: str) -> str:
    return said.rpartition(" ")[2]


def _too_old(core: Core, path: str, said: str) -> Note:
    needed = ".".join(map(str, _NEEDED[core]))
    details = {"path": path, "version": _number(said) or "?", "needed": needed}
    return Note(StepNote.V2RAY_PROGRAM_TOO_OLD, details)


def _brought(file: CoreFile) -> Choice:
    notes = [Note(StepNote.V2RAY_PROGRAM_BROUGHT, {"program": file.title, "megabytes": file.megabytes})]
    if file.python:
        notes.append(Note(StepNote.V2RAY_UNJUDGED))
    return Choice(source=file, notes=tuple(notes))
