"""How each editor is told to open a folder of a server: words for its command line, and a link.

VS Code and its kin take a folder as a URI, ``vscode-remote://ssh-remote+ALIAS/abs/path``; in a link the same
stands behind their own scheme, and a question comes up before it is opened. Zed takes ``ssh://ALIAS/abs/path``.
JetBrains Gateway fills in a form from its link.

Electron ends at once when words follow one that looks like a URL (that is its guard against links that bring
options along), so a URI never is a word of its own here, or is the last one.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from app.core.editors import Family, Product
from app.core.faults import FaultCode, error
from app.core.profiles import Server

_PLAIN_ALIAS = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_HOME = re.compile(r"(~|\.)?/*\Z")
_OF_OTHERS = re.compile(r"~[^/]")  # the home folder of another user
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LOOKS_LIKE_A_LINE = re.compile(r":\d+\Z")
_WORKSPACE = ".code-workspace"
_SAFE = "/~"  # beside letters, digits and "-._", which are never encoded


def command_words(product: Product, server: Server, folder: str) -> list[str]:
    """What follows the program on its command line. "" is the host itself, without a folder.

    Raises FOLDER_NOT_ABSOLUTE, PROFILE_INVALID.
    """
    path = _folder(product, folder)
    if product.family is Family.ZED:
        return [_zed_uri("ssh://", server, path)]
    if product.family is Family.GATEWAY:
        return [link(product, server, folder)]
    if not path:
        return ["--new-window", f"--remote=ssh-remote+{authority(server.alias)}"]
    kind = "file" if path.endswith(_WORKSPACE) else "folder"
    uri = f"vscode-remote://ssh-remote+{authority(server.alias)}{quote(path, safe=_SAFE)}"
    return ["--new-window", f"--{kind}-uri={uri}"]


def link(product: Product, server: Server, folder: str) -> str:
    """The link that opens the folder, for a browser or the system to hand on.

    Raises FOLDER_NOT_ABSOLUTE, PROFILE_INVALID.
    """
    path = _folder(product, folder)
    if product.family is Family.ZED:
        return _zed_uri("zed://ssh/", server, path)
    if product.family is Family.GATEWAY:
        return _gateway_link(product, server, path)
    if _LOOKS_LIKE_A_LINE.search(path):
        path += "/"  # or it would be taken for a line of a file
    encoded = quote(path or "/", safe=_SAFE)
    return f"{product.scheme}://vscode-remote/ssh-remote+{authority(server.alias)}{encoded}?windowId=_blank"


def authority(alias: str) -> str:
    """The alias as VS Code's Remote-SSH writes it behind ``ssh-remote+``.

    URIs are compared without regard to case, and "+" and "@" mean something there: what is not plain is
    written as the hex digits of a JSON object.
    """
    if _PLAIN_ALIAS.match(alias):
        return alias
    return json.dumps({"hostName": alias}, separators=(",", ":"), ensure_ascii=False).encode().hex()


def _folder(product: Product, folder: str) -> str:
    """An absolute path, for Zed also one below "~"; "" for the home folder, where every editor begins."""
    folder = folder.strip()
    if _UNPRINTABLE.search(folder):
        raise error(FaultCode.PROFILE_INVALID, problem=f"{folder!r} is no folder that a link can name.")
    if folder.startswith("/"):
        return _tidy(folder)
    if _HOME.match(folder):
        return ""
    if product.family is Family.ZED and not _OF_OTHERS.match(folder):
        return "/~" + _tidy(folder.removeprefix("~"))
    raise error(FaultCode.FOLDER_NOT_ABSOLUTE, program=product.name, folder=folder)


def _tidy(folder: str) -> str:
    """One slash at a time: behind two of them a URI would name a host."""
    return "/" + "/".join(part for part in folder.split("/") if part not in ("", "."))


def _zed_uri(start: str, server: Server, path: str) -> str:
    return f"{start}{quote(server.alias, safe='')}{quote(path or '/~', safe=_SAFE)}"


def _gateway_link(product: Product, server: Server, path: str) -> str:
    """The alias as host: Gateway asks ``ssh -G`` about it. The form it fills in is still to be confirmed."""
    fields = {"host": server.alias, "port": "22", "user": server.user, "projectPath": path}
    given = [f"{name}={quote(value, safe='')}" for name, value in fields.items() if value]
    return f"{product.scheme}://connect#" + "&".join([*given, "type=ssh", "deploy=true"])
