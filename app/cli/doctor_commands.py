"""``doctor``: what on this computer would keep other programs from working; put right on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.context import Context, the_server
from app.cli.doctor_parser import VSCODE
from app.cli.examine_command import doctor
from app.cli.exit_codes import ExitCode, exit_code
from app.cli.terminal import Terminal, open_terminal
from app.core.editors import PRODUCTS
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.findings import Finding, SettingChange, is_in_the_way
from app.integration import editors
from app.integration.ssh_config_install import SshConfigInstall
from app.integration.vscode_doctor import VscodeDoctor
from app.integration.vscode_settings import SettingsFile, settings_files
from app.sentences.of_findings import finding_sentence

_SIGNS = {"breaks": "x", "hinders": "!", "hint": "-"}


@dataclass(frozen=True)
class _Report:
    general: tuple[Finding, ...]
    of_files: tuple[tuple[SettingsFile, tuple[Finding, ...]], ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.general, *(finding for _, found in self.of_files for finding in found))


def doctor_or_vscode(context: Context) -> int:
    """Which of the two the words ask for; options of the one mean nothing to the other."""
    arguments = context.arguments
    is_vscode = arguments.names[:1] == [VSCODE]
    foreign = (arguments.mask, arguments.report) if is_vscode else (arguments.fix, arguments.yes)
    if any(foreign) or (arguments.settings is not None and not is_vscode):
        told = "doctor vscode takes no --mask and no --report"
        return context.out.bad_input(
            told if is_vscode else "--fix, --yes and --settings belong to: doctor vscode"
        )
    return vscode(context) if is_vscode else doctor(context)


def vscode(context: Context) -> int:
    arguments = context.arguments
    doctor, files = _doctor(context), _files(context)
    report = _look(doctor, files)
    _tell(context, report)
    changed: list[str] = []
    faults: list[Fault] = []
    if arguments.fix or arguments.yes:
        changed, faults = _put_right(context, report)
        if changed:
            report = _look(doctor, files)
            for path in changed:
                context.out.text(f"Changed {path}.")
    elif any(finding.change is not None for finding in report.findings):
        context.out.text(
            "relaytray doctor vscode --fix sets what can be set; it shows every change and asks."
        )
    context.out.value({**_value(report), "changed": changed})
    for fault in faults:
        context.out.fault(fault)
    if faults:
        return exit_code(faults[0])
    return ExitCode.NOT_HEALTHY if is_in_the_way(report.findings) else ExitCode.OK


def _doctor(context: Context) -> VscodeDoctor:
    document = context.load()
    aliases = context.arguments.names[1:]
    servers = [the_server(document, alias) for alias in aliases] if aliases else document.servers
    state = SshConfigInstall(context.paths, config=context.arguments.config).state()
    return VscodeDoctor(servers, state)


def _files(context: Context) -> Sequence[SettingsFile]:
    chosen = context.arguments.settings
    if chosen is not None:
        return [SettingsFile(PRODUCTS[0], chosen.absolute())]
    return settings_files(editors.find())


def _look(doctor: VscodeDoctor, files: Sequence[SettingsFile]) -> _Report:
    return _Report(doctor.general(), tuple((file, doctor.check(file)) for file in files))


# --- telling ----------------------------------------------------------------------------------------------


def _tell(context: Context, report: _Report) -> None:
    _tell_part(context, "ssh", report.general)
    for file, found in report.of_files:
        _tell_part(context, f"{file.product.name} ({file.path})", found)
    if not report.of_files:
        context.out.text("No VS Code, VSCodium, Cursor or Windsurf was found.")


def _tell_part(context: Context, title: str, found: Sequence[Finding]) -> None:
    context.out.text(f"{title}: {'nothing to complain about' if not found else ''}".rstrip())
    for finding in found:
        context.out.text(f"  {_SIGNS[finding.severity]} {finding_sentence(finding)}")


def _value(report: _Report) -> dict[str, Any]:
    return {
        "healthy": not is_in_the_way(report.findings),
        "findings": [_finding_value(finding) for finding in report.findings],
        "files": [{"editor": file.product.key, "path": str(file.path)} for file, _ in report.of_files],
    }


def _finding_value(finding: Finding) -> dict[str, Any]:
    change = finding.change
    return {
        "severity": str(finding.severity),
        "code": str(finding.code),
        "setting": finding.setting,
        "file": finding.file,
        "sentence": finding_sentence(finding),
        "details": dict(finding.details),
        "change": None if change is None else {"path": list(change.path), "value": change.value},
    }


# --- putting right ----------------------------------------------------------------------------------------


def _put_right(context: Context, report: _Report) -> tuple[list[str], list[Fault]]:
    """The files that were changed, and why others were not. Raises NOBODY_TO_ASK, CANCELLED."""
    changed, faults = [], []
    for file, found in report.of_files:
        changes = [finding.change for finding in found if finding.change is not None]
        try:
            agreed = [change for part in _by_setting(changes) for change in _agreed(context, file, part)]
            if agreed:
                file.apply(agreed)
                changed.append(str(file.path))
        except RelayTrayError as e:
            if e.fault.code in (FaultCode.NOBODY_TO_ASK, FaultCode.CANCELLED):
                raise
            faults.append(e.fault)
    return changed, faults


def _by_setting(changes: Sequence[SettingChange]) -> list[list[SettingChange]]:
    """One question for each setting, however many servers it concerns."""
    names = dict.fromkeys(change.path[0] for change in changes)
    return [[change for change in changes if change.path[0] == name] for name in names]


def _agreed(
    context: Context, file: SettingsFile, changes: Sequence[SettingChange]
) -> Sequence[SettingChange]:
    """The changes, where the person wants them."""
    if context.arguments.yes:
        return changes
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question="Change the settings (or give --yes)?")
    with terminal:
        terminal.say(file.preview(changes))
        return changes if _is_yes(terminal) else ()


def _is_yes(terminal: Terminal) -> bool:
    answer = terminal.ask("Make this change? [y/N] ", echo=True)
    if answer is None:
        raise error(FaultCode.CANCELLED, what="the changes of settings")
    return answer.strip().lower() in ("y", "yes")
