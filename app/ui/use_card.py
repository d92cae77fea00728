"""What the "Use it from..." window shows of one way to use a server, as data; ``use_page`` draws it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.faults import Fault, FaultCode
from app.core.uses import Use, Uses
from app.ui.actions import Action, Command
from app.ui.texts import QT_TRANSLATE_NOOP, Text


class Deed(StrEnum):
    """``subject`` of a ``Press`` is empty or what is said beside each."""

    COPY = "copy"  # the text
    SAVE = "save"  # key of the file
    SAVE_AND_OPEN = "save-and-open"  # key of the file
    OPEN_LINK = "open-link"  # the link
    INSTALL_SSH_CONFIG = "install-ssh-config"
    REMOVE_SSH_CONFIG = "remove-ssh-config"
    OPEN_FOLDER = "open-folder"  # key of the editor; the folder is what the field holds
    START_WINSCP = "start-winscp"
    STORE_IN_WINSCP = "store-in-winscp"
    CHOOSE_WINSCP = "choose-winscp"
    START_PUTTY = "start-putty"
    CONVERT_KEY = "convert-key"
    LOOK_AGAIN = "look-again"
    COMMAND = "command"  # what ``action`` says, done by the rest of the program


@dataclass(frozen=True)
class Press:
    """A button and what it does."""

    text: Text
    deed: Deed
    subject: str = ""
    icon: str = ""
    is_main: bool = False
    enabled: bool = True
    action: Action | None = None  # of Deed.COMMAND


@dataclass(frozen=True)
class Banner:
    """Something that is in the way, with what may cure it."""

    what: Text | Fault
    is_bad: bool = False  # red; else it is only a step that is still to be done
    cures: tuple[Press, ...] = ()


@dataclass(frozen=True)
class Snippet:
    """A text to copy, and what it is for. An empty label leaves only the text."""

    label: Text
    text: str
    is_link: bool = False  # can be opened as well


@dataclass(frozen=True)
class Part:
    """One section of a card. ``heading`` of a folded part is the button that unfolds it."""

    heading: Text | None = None
    words: tuple[Text, ...] = ()
    warning: Text | None = None
    snippets: tuple[Snippet, ...] = ()
    folders: tuple[str, ...] | None = None  # not None: a field for the folder, which offers these
    buttons: tuple[Press, ...] = ()
    remarks: tuple[Fault, ...] = ()
    is_folded: bool = False


@dataclass(frozen=True)
class UseCard:
    """``state`` is the short word beside the title in the list."""

    use: Use
    title: Text
    icon: str
    words: tuple[Text, ...]
    parts: tuple[Part, ...]
    banner: Banner | None = None
    state: Text | None = None


def text(source: str, **details: str | Text) -> Text:
    return Text("Uses", source, details)


# Not failures: steps that are still to be done, or programs that this computer does without.
_TO_DO = {
    FaultCode.PPK_NEEDED,
    FaultCode.PLAIN_PORT_NEEDED,
    FaultCode.PROGRAM_MISSING,
    FaultCode.HOST_KEY_NOT_PINNED,
    FaultCode.SSH_CONFIG_NOT_INSTALLED,
    FaultCode.NOT_ON_THIS_SYSTEM,
    FaultCode.EXIT_NOT_ALLOWED,
}
_OF_PROFILE = {
    FaultCode.PROFILE_INVALID,
    FaultCode.FOLDER_NOT_ABSOLUTE,
    FaultCode.SSH_OPTION_REFUSED,
    FaultCode.KEY_MISSING,
    FaultCode.KEY_UNREADABLE,
    FaultCode.KEY_UNSUPPORTED,
    FaultCode.EXIT_NOT_ALLOWED,
}


def banner_of(uses: Uses, use: Use) -> Banner | None:
    fault = uses.faults.get(use)
    return None if fault is None else banner(fault, uses.server_id)


def banner(fault: Fault, server_id: str) -> Banner:
    """The fault with the buttons that may cure it."""
    return Banner(fault, fault.code not in _TO_DO, cures_of(fault, server_id))


def cures_of(fault: Fault, server_id: str) -> tuple[Press, ...]:
    if fault.code is FaultCode.PPK_NEEDED:
        return (convert_button(),)
    if fault.code is FaultCode.PLAIN_PORT_NEEDED:
        free = text(QT_TRANSLATE_NOOP("Uses", "Set a free port"))
        give = Press(free, Deed.COMMAND, action=Action(Command.GIVE_SSH_PORT, server_id), is_main=True)
        return (give, edit_button(server_id, "local_ssh_port"))
    if fault.code is FaultCode.HOST_KEY_NOT_PINNED:
        connect = text(QT_TRANSLATE_NOOP("Uses", "Connect"))
        return (Press(connect, Deed.COMMAND, action=Action(Command.CONNECT, server_id), is_main=True),)
    if fault.code is FaultCode.SSH_CONFIG_NOT_INSTALLED:
        return (install_button(),)
    if fault.code is FaultCode.PROGRAM_MISSING:
        return (look_again(),)
    if fault.code in _OF_PROFILE:
        return (edit_button(server_id, _FIELDS.get(fault.code, "")),)
    return ()


_FIELDS = {
    FaultCode.FOLDER_NOT_ABSOLUTE: "remote_folder",
    FaultCode.SSH_OPTION_REFUSED: "ssh_options",
    FaultCode.KEY_MISSING: "identity",
    FaultCode.KEY_UNREADABLE: "identity",
    FaultCode.KEY_UNSUPPORTED: "identity",
    FaultCode.EXIT_NOT_ALLOWED: "forwards",
}


def edit_button(server_id: str, field: str = "") -> Press:
    words = text(QT_TRANSLATE_NOOP("Uses", "Edit the server..."))
    action = Action(Command.EDIT_SERVER_FIELD, f"{server_id}/{field}")
    return Press(words, Deed.COMMAND, icon="edit", action=action)


def convert_button() -> Press:
    words = text(QT_TRANSLATE_NOOP("Uses", "Convert the key..."))
    return Press(words, Deed.CONVERT_KEY, icon="key", is_main=True)


def install_button() -> Press:
    words = text(QT_TRANSLATE_NOOP("Uses", "Install the ssh config"))
    return Press(words, Deed.INSTALL_SSH_CONFIG, icon="check", is_main=True)


def look_again() -> Press:
    return Press(text(QT_TRANSLATE_NOOP("Uses", "Look again")), Deed.LOOK_AGAIN)
