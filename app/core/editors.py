"""The editors that can open a folder of a server, and the folders that were opened in them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from app.core.profiles import Document, Server

MAX_RECENT = 8


class Family(StrEnum):
    """Editors of one family are opened in the same way."""

    VSCODE = "vscode"
    GATEWAY = "gateway"
    ZED = "zed"


@dataclass(frozen=True, slots=True)
class Product:
    """An editor, wherever it may be installed."""

    key: str
    name: str  # as its maker writes it
    family: Family
    scheme: str  # of the links that it opens
    command: str  # the name of its command line program
    settings_folder: str = ""  # where its settings are, below the folder for settings of all programs
    extensions_folder: str = ""  # in the home folder
    remote_extension: str = ""  # what connects to servers by ssh; "" = it is built in
    connect_timeout_s: int = 15  # how long it gives ssh, where the settings say nothing
    has_own_ssh: bool = False  # it does not start the ssh of this computer


PRODUCTS = (
    Product(
        "vscode", "VS Code", Family.VSCODE, "vscode", "code",
        "Code", ".vscode", "ms-vscode-remote.remote-ssh",
    ),
    Product(
        "vscode-insiders", "VS Code Insiders", Family.VSCODE, "vscode-insiders", "code-insiders",
        "Code - Insiders", ".vscode-insiders", "ms-vscode-remote.remote-ssh",
    ),
    Product(
        "vscodium", "VSCodium", Family.VSCODE, "vscodium", "codium",
        "VSCodium", ".vscode-oss", "jeanp413.open-remote-ssh", 60, has_own_ssh=True,
    ),
    Product(
        "cursor", "Cursor", Family.VSCODE, "cursor", "cursor",
        "Cursor", ".cursor", "anysphere.remote-ssh",
    ),
    Product("windsurf", "Windsurf", Family.VSCODE, "windsurf", "windsurf", "Windsurf", ".windsurf"),
    Product("gateway", "JetBrains Gateway", Family.GATEWAY, "jetbrains-gateway", "gateway"),
    Product("zed", "Zed", Family.ZED, "zed", "zed"),
)  # fmt: skip


def product(key: str) -> Product:
    """Raises KeyError for a key that no editor has."""
    return next((one for one in PRODUCTS if one.key == key), None) or _unknown(key)


def _unknown(key: str) -> Product:
    raise KeyError(key)


def remembered(server: Server, folder: str) -> Server:
    """The server with this folder as the one that was opened last. "" (just the host) is not remembered."""
    if not folder:
        return server
    others = (one for one in server.recent_folders if one != folder)
    return dataclasses.replace(server, recent_folders=(folder, *others)[:MAX_RECENT])


def with_remembered(document: Document, server_id: str, folder: str) -> Document:
    """The same in a document, where the server is still there."""
    servers = tuple(remembered(one, folder) if one.id == server_id else one for one in document.servers)
    return dataclasses.replace(document, servers=servers)


def offered_folders(server: Server) -> tuple[str, ...]:
    """What to offer: newest first; the folder of the profile before all while it was never opened."""
    own = server.remote_folder
    if own and own not in server.recent_folders:
        return (own, *server.recent_folders)
    return server.recent_folders
