"""Ready lines that copy files with scp, sftp and rsync, and the ``sftp://`` link of a server's plain port.

The lines go by the server's name in the ssh config, ours or the person's that includes it.

scp up to 8.6 hands the folder to a shell at the far end, later ones do not: no spelling of a space or a quote
suits both. Folders of plain characters are the same to all; for others the line says ``-s`` (SFTP), which
came with 8.7 and so cannot be misread by those who would. rsync has ``-s`` for the same reason, since 3.0.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.core.uses import Copyable, Use
from app.export.proxy_environment import LOOPBACK
from app.export.shell_words import Shell, typed_line

_SAME_TO_ALL = re.compile(
    r"[A-Za-z0-9_+=:,.@/~-]*"
)  # no shell and no glob gives these a meaning inside a path
_PATTERN = re.compile(r"[*?\[]")
_GLOB, _ESCAPED = re.compile(r"([\\*?\[\]])"), r"\\\1"
_NOT_IN_SFTP = re.compile(r'[\\"]')  # it puts the folder into a command of its own, in double quotes
FILE, FOLDER = "file", "folder"  # stand for what the person copies


def sftp_link(server: Server, *, program: str = "sftp://") -> str:
    """``sftp://ann@127.0.0.1:15022/home/ann/``. Raises PLAIN_PORT_NEEDED (``program`` is for its sentence).

    A folder that starts at the home folder has no place in such a link: it then opens what the server says.
    """
    if not server.local_ssh_port:
        raise error(FaultCode.PLAIN_PORT_NEEDED, alias=server.alias, program=program)
    user = quote(server.user, safe="", errors="surrogateescape") + "@" if server.user else ""
    path = server.remote_folder.rstrip("/") + "/" if server.remote_folder.startswith("/") else ""
    path = quote(path, safe="/", errors="surrogateescape")
    return f"sftp://{user}{LOOPBACK}:{server.local_ssh_port}{path}"


def transfer_lines(server: Server, *, shell: Shell, config: str = "") -> tuple[Copyable, ...]:
    """Lines to and from the profile's folder; ``config`` is our own file, where ``ssh`` does not include it.

    rsync only for Unix shells: Windows has none, and those that people bring have an ssh of their own.
    Raises PROFILE_INVALID when the folder cannot be typed in ``shell``.
    """
    config_words = ["-F", config] if config else []
    folder = remote_folder(server)
    plain = bool(_SAME_TO_ALL.fullmatch(folder))
    scp = ["scp", *config_words, *([] if plain else ["-s"])]
    place = f"{server.alias}:{folder}"
    # What is fetched may be a pattern, what is sent to may not.
    source = f"{server.alias}:{_GLOB.sub(_ESCAPED, folder)}{FILE}"
    lines = {
        "scp-up": [*scp, FILE, place],
        "scp-up-folder": [*scp, "-r", FOLDER, place],
        "scp-down": [*scp, source, "."],
        "sftp": ["sftp", *config_words, place if not _NOT_IN_SFTP.search(folder) else f"{server.alias}:"],
    }
    if shell is Shell.SH:
        rsync = ["rsync", "-av", "--progress", *([] if plain else ["-s"])]
        rsync += ["-e", f"ssh -F {_in_rsync_command(config)}"] if config else []
        # Everything of the present folder, but into a folder that was chosen for it, not all over the home.
        lines["rsync-up"] = [*rsync, "./" if folder else f"./{FOLDER}", place]
        # rsync expands patterns by itself, and takes a backslash for an escape only where there is a pattern.
        fetched = _GLOB.sub(_ESCAPED, folder) if _PATTERN.search(folder) else folder
        lines["rsync-down"] = [*rsync, f"{server.alias}:{fetched or FOLDER + '/'}", "./"]
    return tuple(
        Copyable(Use.TRANSFER, key, typed_line(words, shell), words[0]) for key, words in lines.items()
    )


def remote_folder(server: Server) -> str:
    """The profile's folder as scp and rsync name it: with "/" at its end; "" is the home folder."""
    folder = server.remote_folder
    if folder in ("", "~", "~/", ".", "./"):
        return ""
    if folder.startswith("~/"):
        folder = folder[2:].lstrip("/")
    if folder.startswith("-"):
        folder = "./" + folder
    return folder.rstrip("/") + "/"


def _in_rsync_command(path: str) -> str:
    """rsync splits the command of -e itself: quotes hold words together, and two of them are one."""
    return path if re.fullmatch(r"[A-Za-z0-9@_+=:,./-]+", path) else "'" + path.replace("'", "''") + "'"
