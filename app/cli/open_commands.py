"""``open``: a folder of a server in VS Code and its kin, JetBrains Gateway or Zed."""

from __future__ import annotations

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode
from app.core.editors import PRODUCTS, offered_folders, product, with_remembered
from app.core.profiles import Server
from app.export.editor_links import link
from app.integration import editors
from app.integration.ssh_config_install import SshConfigInstall
from app.sentences import sentence


def open_folder(context: Context) -> int:
    arguments = context.arguments
    if arguments.list:
        return _list(context)
    if arguments.alias is None:
        return context.out.bad_input("open needs the ALIAS of a server, or --list")
    server = the_server(context.load(), arguments.alias)
    folder = _folder(server, arguments.folder)
    if arguments.link:
        return _link(context, server, folder)
    editor = editors.chosen(editors.find(), arguments.editor)
    state = SshConfigInstall(context.paths, config=arguments.config).state()
    editors.open_folder(editor, server, folder, is_installed=editors.is_known(server, state))
    if folder:
        context.edit(lambda document: with_remembered(document, server.id, folder))
    told = f"Opened {folder or server.alias} in {editor.name}."
    context.out.both(told, {"editor": editor.key, "alias": server.alias, "folder": folder})
    return ExitCode.OK


def _folder(server: Server, named: str | None) -> str:
    if named is not None:
        return named.strip()
    return next(iter(offered_folders(server)), "")


def _link(context: Context, server: Server, folder: str) -> int:
    kind = product(context.arguments.editor or PRODUCTS[0].key)
    text = link(kind, server, folder)
    context.out.both(text, {"editor": kind.key, "link": text})
    return ExitCode.OK


def _list(context: Context) -> int:
    found = editors.find()
    for editor in found:
        context.out.text(f"{editor.key:<16} {editor.name:<18} {editor.program}")
        if editor.remark is not None:
            context.out.text(f"  {sentence(editor.remark)}")
    if not found:
        context.out.text("No editor that RelayTray knows was found.")
    context.out.value(
        [{"key": editor.key, "name": editor.name, "program": editor.program} for editor in found]
    )
    return ExitCode.OK
