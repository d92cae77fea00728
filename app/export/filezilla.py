"""A FileZilla site of one server, as a file for its File > Import.

The site leads to the server's plain local ssh port: FileZilla has one proxy for all sites, and never sends
loopback targets through it, so ``BypassProxy`` is there for people who have set one. The form is that of
FileZilla's own sitemanager.xml (its xml_file.cpp; tried with FileZilla 3.63). No password ever stands in it.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.core.uses import KeyState
from app.export.proxy_environment import LOOPBACK

FOLDER = "RelayTray"  # of the Site Manager, so that our sites stand together
_SFTP = 1
_INTERACTIVE, _KEY_FILE = 3, 5  # Logontype: an agent's key, or what the server asks for; a key file
_UNIX = 1  # the kind of path
# What no XML 1.0 document can hold (its section 2.2), and line ends, which would end a name.
_NOT_IN_XML = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def key_file_for(key: KeyState) -> str:
    """The file of this key that FileZilla can open; "" when the profile names none.

    It asks for the passphrase of a PPK, but fails without a question at an OpenSSH key that has one (seen
    with 3.63). Raises PPK_NEEDED then.
    """
    if not key.identity or not key.is_encrypted:
        return key.identity
    if not key.ppk_is_there:
        raise error(FaultCode.PPK_NEEDED, path=key.identity, program="FileZilla")
    return key.ppk


def filezilla_sites(server: Server, *, key_file: str = "", windows: bool = False) -> bytes:
    """The file, UTF-8. ``key_file`` as ``key_file_for`` gives it; "" = agent, or whatever is asked.

    Raises PLAIN_PORT_NEEDED when the server has no plain port, PROFILE_INVALID for what no XML can hold.
    """
    if not server.local_ssh_port:
        raise error(FaultCode.PLAIN_PORT_NEEDED, alias=server.alias, program="FileZilla")
    fields = {
        "Host": LOOPBACK,
        "Port": str(server.local_ssh_port),
        "Protocol": str(_SFTP),
        "Type": "0",
        "User": server.user,
        "Keyfile": key_file,
        "Logontype": str(_KEY_FILE if key_file else _INTERACTIVE),
        "EncodingType": "Auto",
        "BypassProxy": "1",
        "Name": server.alias,
        "RemoteDir": safe_path(server.remote_folder, windows=windows),
    }
    lines = [f"\t\t\t\t<{name}>{_text(value)}</{name}>" for name, value in fields.items() if value]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<FileZilla3>",
            "\t<Servers>",
            f'\t\t<Folder expanded="1">{FOLDER}',
            "\t\t\t<Server>",
            *lines,
            "\t\t\t</Server>",
            "\t\t</Folder>",
            "\t</Servers>",
            "</FileZilla3>",
            "",
        ]
    ).encode("utf-8")


def safe_path(folder: str, *, windows: bool = False) -> str:
    """``/home/alice`` as FileZilla writes it: ``1 0 4 home 5 alice``; "" for what is not absolute.

    Lengths are in its wchar_t (serverpath.cpp): code points, but UTF-16 units on Windows. A folder that
    starts at the home folder cannot be said: FileZilla then opens the home folder.
    """
    if not folder.startswith("/"):
        return ""
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    lengths = [
        len(part.encode("utf-16-le", "surrogatepass")) // 2 if windows else len(part) for part in parts
    ]
    return " ".join([f"{_UNIX} 0", *(f"{n} {part}" for n, part in zip(lengths, parts, strict=True))])


def _text(value: str) -> str:
    if _NOT_IN_XML.search(value):
        raise error(FaultCode.PROFILE_INVALID, problem=f"FileZilla cannot read a name such as {value!r}.")
    return escape(value)
