"""Rights of a file on Windows as text (SDDL): what a private file gets, and who else may open one.

Sources: Microsoft's reference of the security descriptor definition language; what Win32-OpenSSH demands of
a private key (``check_secure_file_permission``).
"""

from __future__ import annotations

import re

_SYSTEM, _ADMINISTRATORS, _OWNER_RIGHTS, _BUILT_IN_ADMINISTRATOR = "SY", "BA", "OW", "LA"
_ALIASES = {
    "S-1-5-18": _SYSTEM,
    "S-1-5-32-544": _ADMINISTRATORS,
    "S-1-3-4": _OWNER_RIGHTS,
}
# For people; groups are called as Windows calls them in English.
_NAMES = {"WD": "Everyone", "BU": "Users", "AU": "Authenticated Users", "BG": "Guests", "IU": "Interactive"}
# kind;flags;rights;object;inherited object;trustee and then, in parentheses of its own, a condition
_ACE = re.compile(r"\(([A-Z]+);([A-Z]*);[^;()]*;[^;()]*;[^;()]*;([^;()]+)")
_ALLOWING = ("A", "OA", "XA")  # with an object or a condition too: whom it may allow is what counts


def private_sddl(sid: str) -> str:
    """Nothing inherited; everything for this user and for the system, nothing for anybody else."""
    return f"D:P(A;;FA;;;{sid})(A;;FA;;;SY)"


def private_folder_sddl(sid: str) -> str:
    """The same for what is in it; and the administrators, as Windows gives a person's own folders."""
    return f"D:P(A;OICI;FA;;;{sid})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"


def is_of_other(sddl: str, sid: str) -> bool:
    """Whether it belongs to somebody else than the user, the system and administrators."""
    owner = _owner_in(sddl)
    return bool(owner) and not _is_own(owner, sid)


def others_in_sddl(sddl: str, sid: str) -> str | None:
    """Who besides the user, the system and administrators owns the file or may open it; None = nobody."""
    rights = sddl.partition("D:")[2].partition("S:(")[0]
    if is_of_other(sddl, sid):
        return "it belongs to another user"
    if "D:" not in sddl or "NO_ACCESS_CONTROL" in rights:
        return "everybody may open it"
    for kind, flags, trustee in _ACE.findall(rights):
        if kind in _ALLOWING and "IO" not in flags and not _is_own(trustee, sid):
            return f"other users may open it ({_NAMES.get(trustee, trustee)})"
    return None


def _owner_in(sddl: str) -> str:
    match = re.match(r"O:(S-[0-9-]+|[A-Z]{2})", sddl)
    return match[1] if match else ""


def _is_own(trustee: str, sid: str) -> bool:
    trustee = _ALIASES.get(trustee, trustee)
    if trustee == _BUILT_IN_ADMINISTRATOR:
        return sid.endswith("-500")
    return trustee in (sid, _ALIASES.get(sid), _SYSTEM, _ADMINISTRATORS, _OWNER_RIGHTS)
