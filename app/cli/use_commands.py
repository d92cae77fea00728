"""``use``: the "Use it from..." window without a window."""

from __future__ import annotations

from typing import Any

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode
from app.cli.output import fault_value
from app.cli.use_parser import FILE_KEYS
from app.core.uses import Use, Uses
from app.integration.profile_store import open_store
from app.integration.ssh_config_install import SshConfigInstall
from app.integration.uses import UseDesk
from app.sentences import sentence
from app.storage.paths import expanded


def use(context: Context) -> int:
    document = context.load()
    server = the_server(document, context.arguments.alias)
    install = SshConfigInstall(context.paths, config=context.arguments.config)
    desk = UseDesk(
        context.paths, open_store(context.paths), lambda: document, lambda _document: None, install
    )
    if context.arguments.save is not None:
        return _save(context, desk, server.id)
    uses = desk.of(server.id)
    context.out.value(_value(uses))
    for one in Use:
        _tell(context, uses, one)
    return ExitCode.OK


def _save(context: Context, desk: UseDesk, server_id: str) -> int:
    key, name = context.arguments.save
    if key not in FILE_KEYS:
        return context.out.bad_input(f"{key!r} is no file that can be saved; choose {', '.join(FILE_KEYS)}")
    path = expanded(name).absolute()
    desk.save(server_id, key, path)
    context.out.both(f"Saved {path}.", {"saved": str(path), "file": key})
    return ExitCode.OK


def _tell(context: Context, uses: Uses, one: Use) -> None:
    """One way: its heading, what is there, and why something is not."""
    out = context.out
    out.text(f"[{one}]")
    if one is Use.SSH_CONFIG:
        state = uses.ssh_config
        told = "includes" if state.is_installed else "does not include"
        out.text(f"{state.user_config} {told} {state.owned_file}")
        if state.fault is not None:
            out.text(sentence(state.fault))
    for editor in uses.editors if one is Use.EDITOR else ():
        out.text(f"{editor.name}: relaytray open {uses.alias} --editor {editor.key}")
    if one in uses.programs:
        out.text(uses.programs[one])
    for text in uses.texts_of(one):
        out.text(f"{text.label}: {text.text}" if text.label and "\n" not in text.text else text.text.rstrip())
    for file in uses.files_of(one):
        out.text(f"{file.name}: relaytray use {uses.alias} --save {file.key} FILE")
    if one in uses.faults:
        out.text(sentence(uses.faults[one]))
    out.text("")


def _value(uses: Uses) -> dict[str, Any]:
    return {
        "alias": uses.alias,
        "ssh_config": {
            "is_installed": uses.ssh_config.is_installed,
            "user_config": uses.ssh_config.user_config,
            "owned_file": uses.ssh_config.owned_file,
            "fault": fault_value(uses.ssh_config.fault) if uses.ssh_config.fault else None,
            "block": uses.ssh_block,
        },
        "editors": [{"key": one.key, "name": one.name, "program": one.program} for one in uses.editors],
        "recent_folders": list(uses.recent_folders),
        "texts": [
            {"use": str(one.use), "key": one.key, "label": one.label, "text": one.text} for one in uses.texts
        ],
        "files": [{"use": str(one.use), "key": one.key, "name": one.name} for one in uses.files],
        "key": {
            "identity": uses.key.identity,
            "is_encrypted": uses.key.is_encrypted,
            "ppk": uses.key.ppk,
            "ppk_is_there": uses.key.ppk_is_there,
            "fault": fault_value(uses.key.fault) if uses.key.fault else None,
        },
        "programs": {str(one): path for one, path in uses.programs.items()},
        "faults": {str(one): fault_value(fault) for one, fault in uses.faults.items()},
    }
