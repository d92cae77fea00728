"""The cards of what goes by ssh's own configuration, and of lines and addresses to copy. No Qt."""

from __future__ import annotations

from app.core.faults import Fault, FaultCode
from app.core.uses import Copyable, Use, Uses
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.use_card import (
    Banner,
    Deed,
    Part,
    Press,
    Snippet,
    UseCard,
    banner,
    banner_of,
    install_button,
    look_again,
    text,
)

INSTALLED = text(QT_TRANSLATE_NOOP("Uses", "installed"))
_NOTHING = Text.plain("")
_LABELS = {
    "scp-up": text(QT_TRANSLATE_NOOP("Uses", "scp: copy a file to the server")),
    "scp-up-folder": text(QT_TRANSLATE_NOOP("Uses", "scp: copy a folder to the server")),
    "scp-down": text(QT_TRANSLATE_NOOP("Uses", "scp: fetch a file from the server")),
    "rsync-up": text(QT_TRANSLATE_NOOP("Uses", "rsync: bring the server in step with this folder")),
    "rsync-down": text(QT_TRANSLATE_NOOP("Uses", "rsync: bring this folder in step with the server")),
    "sftp": text(QT_TRANSLATE_NOOP("Uses", "sftp: look around and copy by hand")),
    "firefox-settings": text(QT_TRANSLATE_NOOP("Uses", "Firefox: settings for a profile (user.js)")),
}


def ssh_card(uses: Uses) -> UseCard:
    state = uses.ssh_config
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "ssh, scp, rsync, git and VS Code reach {alias} by its name. The connection opens by itself when "
            "one of them asks for it.",
        ),
        alias=uses.alias,
    )
    fault = state.fault or uses.faults.get(Use.SSH_CONFIG)
    return UseCard(
        use=Use.SSH_CONFIG,
        title=text(QT_TRANSLATE_NOOP("Uses", "ssh, scp, git")),
        icon="terminal",
        words=(words,),
        parts=(*_install_parts(uses), *_terminal_parts(uses), _block_part(uses)),
        banner=banner(fault, uses.server_id) if fault else None,
        state=INSTALLED if state.is_installed else text(QT_TRANSLATE_NOOP("Uses", "not installed")),
    )


def _install_parts(uses: Uses) -> tuple[Part, ...]:
    state = uses.ssh_config
    if state.is_installed:
        words = (
            text(
                QT_TRANSLATE_NOOP(
                    "Uses",
                    "{config} includes RelayTray's own file, {owned}, which follows every change of your "
                    "profiles.",
                ),
                config=state.user_config,
                owned=state.owned_file,
            ),
            text(
                QT_TRANSLATE_NOOP(
                    "Uses", "Removing takes that line away and leaves the rest of your file as it is."
                )
            ),
        )
        remove = text(QT_TRANSLATE_NOOP("Uses", "Remove from the ssh config"))
        button = Press(remove, Deed.REMOVE_SSH_CONFIG, icon="remove")
        heading = text(QT_TRANSLATE_NOOP("Uses", "Installed for all your GPU servers"))
        return (Part(heading=heading, words=words, buttons=(button,)),)
    explained = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "This adds one line at the top of {config}, which includes a file of RelayTray's own. The "
            "rest of your file stays as it is, a copy of it is kept the first time, and you can undo it "
            "here.",
        ),
        config=state.user_config,
    )
    heading = text(QT_TRANSLATE_NOOP("Uses", "Install it once, for all your GPU servers"))
    return (Part(heading=heading, words=(explained,), buttons=(install_button(),)),)


def _terminal_parts(uses: Uses) -> tuple[Part, ...]:
    if not uses.ssh_config.is_installed:
        return ()
    heading = text(QT_TRANSLATE_NOOP("Uses", "In a terminal"))
    return (Part(heading=heading, snippets=(Snippet(_NOTHING, f"ssh {uses.alias}"),)),)


def _block_part(uses: Uses) -> Part:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Paste this block into an ssh config yourself, on this computer. It does not follow later "
            "changes of the profile: copy it again then.",
        )
    )
    return Part(
        heading=text(QT_TRANSLATE_NOOP("Uses", "Instead: copy the block by hand")),
        words=(words,),
        snippets=(Snippet(_NOTHING, uses.ssh_block),),
        is_folded=True,
    )


def editor_card(uses: Uses) -> UseCard:
    title = text(QT_TRANSLATE_NOOP("Uses", "VS Code and other editors"))
    if not uses.editors:
        return UseCard(
            Use.EDITOR,
            title,
            "code",
            (_no_editor(),),
            (Part(buttons=(look_again(),)),),
            banner_of(uses, Use.EDITOR),
            _not_found(),
        )
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Choose a folder on {alias} and the editor to open it in. The editor connects through "
            "RelayTray by itself.",
        ),
        alias=uses.alias,
    )
    buttons = tuple(
        Press(
            text(QT_TRANSLATE_NOOP("Uses", "Open in {editor}"), editor=editor.name),
            Deed.OPEN_FOLDER,
            editor.key,
            icon="open",
            is_main=number == 0,
        )
        for number, editor in enumerate(uses.editors)
    )
    part = Part(folders=uses.recent_folders, buttons=buttons, remarks=_remarks(uses))
    found = text(QT_TRANSLATE_NOOP("Uses", "found: {count}"), count=str(len(uses.editors)))
    return UseCard(Use.EDITOR, title, "code", (words,), (part,), _editor_banner(uses), found)


def _remarks(uses: Uses) -> tuple[Fault, ...]:
    """What may not work as expected, each once, and not what the banner says already."""
    told = [uses.faults.get(Use.EDITOR)]
    for editor in uses.editors:
        if editor.remark not in told:
            told.append(editor.remark)
    return tuple(remark for remark in told[1:] if remark is not None)


def _editor_banner(uses: Uses) -> Banner | None:
    """The editors ask ssh for the server's name, so its config comes first."""
    if Use.EDITOR in uses.faults or _is_known(uses):
        return banner_of(uses, Use.EDITOR)
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses", "Editors ask ssh for {alias}, and ssh does not know it yet. Install the ssh config first."
        ),
        alias=uses.alias,
    )
    return Banner(words, cures=(install_button(),))


def _is_known(uses: Uses) -> bool:
    """Whether ssh knows the server, be it by our file or by a block that was pasted by hand."""
    fault = uses.faults.get(Use.TRANSFER)
    return uses.ssh_config.is_installed or (
        fault is None or fault.code is not FaultCode.SSH_CONFIG_NOT_INSTALLED
    )


def _no_editor() -> Text:
    return text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "No editor that opens folders of a server was found on this computer. RelayTray knows VS "
            "Code, VS Code Insiders, VSCodium, Cursor, Windsurf, JetBrains Gateway and Zed: install one "
            "of them and look again.",
        )
    )


def _not_found() -> Text:
    return text(QT_TRANSLATE_NOOP("Uses", "not found"))


def transfer_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Copy a line into a terminal and put the name of your own file or folder in its place. Server "
            "and folder are already in it.",
        )
    )
    title = text(QT_TRANSLATE_NOOP("Uses", "scp and rsync lines"))
    return _lines_card(uses, Use.TRANSFER, title, "transfer", words)


def browser_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Start Jupyter or TensorBoard on {alias}, then open the address in a browser here. Programs that "
            "run there need no public port.",
        ),
        alias=uses.alias,
    )
    title = text(QT_TRANSLATE_NOOP("Uses", "Jupyter and TensorBoard"))
    return _lines_card(uses, Use.BROWSER, title, "globe", words)


def environment_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Run these lines in a terminal, and programs that are started there go through the SOCKS port. "
            "Other windows are left as they are.",
        )
    )
    title = text(QT_TRANSLATE_NOOP("Uses", "Proxy for the command line"))
    return _lines_card(uses, Use.ENVIRONMENT, title, "variables", words)


def link_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "For file managers and other programs that open sftp:// links. RelayTray must be running "
            "while you use it.",
        )
    )
    texts = uses.texts_of(Use.LINK)
    open_words = text(QT_TRANSLATE_NOOP("Uses", "Open the link"))
    buttons = tuple(Press(open_words, Deed.OPEN_LINK, one.text, icon="open", is_main=True) for one in texts)
    parts = tuple(Part(snippets=(Snippet(_NOTHING, one.text),)) for one in texts)
    parts = (*parts, Part(buttons=buttons)) if buttons else parts
    title = text(QT_TRANSLATE_NOOP("Uses", "sftp:// link"))
    return UseCard(Use.LINK, title, "link", (words,), parts, banner_of(uses, Use.LINK))


def _lines_card(uses: Uses, use: Use, title: Text, icon: str, words: Text) -> UseCard:
    snippets = tuple(_snippet(one) for one in uses.texts_of(use))
    parts = (Part(snippets=snippets),) if snippets else ()
    return UseCard(use, title, icon, (words,), parts, banner_of(uses, use))


def _snippet(one: Copyable) -> Snippet:
    is_page = one.text.startswith("http://")
    return Snippet(_LABELS.get(one.key, Text.plain(one.label)), one.text, is_page)
