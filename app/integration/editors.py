"""Opens a folder of a server in an editor of this computer."""

from __future__ import annotations

import sys
from pathlib import Path

from app.core.editors import Family, product
from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.core.uses import Editor, SshConfigState
from app.export.editor_links import command_words
from app.integration.ssh_programs import ssh_programs
from app.integration.vscode_doctor import is_read
from app.system.detached import start_detached
from app.system.editors import find_editors


def find() -> tuple[Editor, ...]:
    """The editors of this computer, in the order of the menu. A few milliseconds."""
    return find_editors()


def chosen(editors: tuple[Editor, ...], key: str = "") -> Editor:
    """That with the key, or the first one where none is named. Raises PROGRAM_MISSING."""
    found = next((editor for editor in editors if key in ("", editor.key)), None)
    if found is None:
        name = product(key).name if key else "VS Code, or another editor that RelayTray knows,"
        raise error(FaultCode.PROGRAM_MISSING, program=name)
    return found


def is_known(server: Server, state: SshConfigState) -> bool:
    """Whether ssh finds the server under its alias: through our Include, or a block that was pasted."""
    if state.is_installed:
        return True
    config = Path(state.user_config)
    return config.is_file() and any(is_read(ssh, config, server) for ssh in ssh_programs())


def open_folder(editor: Editor, server: Server, folder: str, *, is_installed: bool = True) -> None:
    """Start the editor with this folder; "" is the server without a folder. Blocks for a second or two.

    ``is_installed``: whether ssh knows the alias (``is_known``); else no editor can connect to it.
    Raises SSH_CONFIG_NOT_INSTALLED, FOLDER_NOT_ABSOLUTE, PROFILE_INVALID, PROGRAM_MISSING, PROGRAM_FAILED.
    """
    if not is_installed:
        raise error(FaultCode.SSH_CONFIG_NOT_INSTALLED, program=editor.name, alias=server.alias)
    kind = product(editor.key)
    program, words = editor.program, command_words(kind, server, folder)
    if kind.family is Family.GATEWAY and sys.platform == "darwin":
        # A bundle takes a link from the system only, whether it runs already or not.
        bundle = program.partition(".app/")[0] + ".app"
        program, words = "/usr/bin/open", ["-a", bundle, *words]
    start_detached(program, words, name=editor.name)
