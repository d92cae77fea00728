"""The cards of programs that are given a site or a session: WinSCP, PuTTY, FileZilla, Cyberduck. No Qt."""

from __future__ import annotations

from app.core.faults import Fault, FaultCode
from app.core.uses import Use, Uses
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.use_card import Banner, Deed, Part, Press, Snippet, UseCard, banner, banner_of, text

_SAVE_INI = QT_TRANSLATE_NOOP("Uses", "Save the INI file...")
_SAVE_REG = QT_TRANSLATE_NOOP("Uses", "Save the .reg file...")
_IMPORT_INI = text(
    QT_TRANSLATE_NOOP(
        "Uses",
        "Save the file, then choose in WinSCP: Tools > Import Sites > INI file (WinSCP 6.5 and newer). The "
        "site is added to those that are there.",
    )
)
_NEVER_RESTORE = text(
    QT_TRANSLATE_NOOP(
        "Uses", 'Never use "Import/Restore Configuration" for it: that replaces all the sites you have.'
    )
)
_DOUBLE_CLICK = text(
    QT_TRANSLATE_NOOP(
        "Uses",
        "Save the file and double-click it. Windows asks once, and {alias} is then among the saved "
        "sessions of PuTTY.",
    )
)


def winscp_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "WinSCP opens {alias} with the proxy, the key and the host key already set. Nothing is stored in "
            "WinSCP.",
        ),
        alias=uses.alias,
    )
    start = text(QT_TRANSLATE_NOOP("Uses", "Start WinSCP"))
    parts = [_start_part(uses, Use.WINSCP, start, Deed.START_WINSCP)]
    parts.append(_store_part(uses) if Use.WINSCP in uses.programs else _choose_part())
    title = Text.plain("WinSCP")
    parts += [*_ini_parts(uses), *_key_parts(uses)]
    return UseCard(
        Use.WINSCP,
        title,
        "panes",
        (words,),
        tuple(parts),
        _key_banner(uses, Use.WINSCP),
        _found(uses, Use.WINSCP),
    )


def _start_part(uses: Uses, use: Use, words: Text, deed: Deed) -> Part:
    can_start = use in uses.programs and use not in uses.faults
    return Part(buttons=(Press(words, deed, icon="open", is_main=True, enabled=can_start),))


def _store_part(uses: Uses) -> Part:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Writes {alias} into WinSCP's own list of sites, so that you can start it from there. WinSCP "
            "must not be running meanwhile.",
        ),
        alias=uses.alias,
    )
    button = Press(
        text(QT_TRANSLATE_NOOP("Uses", "Write into WinSCP's sites")),
        Deed.STORE_IN_WINSCP,
        icon="save",
        enabled=Use.WINSCP not in uses.faults,
    )
    heading = text(QT_TRANSLATE_NOOP("Uses", "Keep it in WinSCP"))
    return Part(heading=heading, words=(words,), buttons=(button,))


def _choose_part() -> Part:
    words = text(QT_TRANSLATE_NOOP("Uses", "WinSCP was not found. Do you have it as a portable program?"))
    choose = Press(text(QT_TRANSLATE_NOOP("Uses", "Choose WinSCP.exe...")), Deed.CHOOSE_WINSCP, icon="folder")
    return Part(words=(words,), buttons=(choose,))


def _ini_parts(uses: Uses) -> list[Part]:
    heading = text(QT_TRANSLATE_NOOP("Uses", "As a file to import"))
    return [
        Part(
            heading=heading,
            words=(_IMPORT_INI,),
            warning=_NEVER_RESTORE,
            buttons=(Press(text(_SAVE_INI), Deed.SAVE, one.key, icon="save"),),
        )
        for one in uses.files_of(Use.WINSCP)
    ]


def putty_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "PuTTY opens a terminal on {alias} with the proxy, the key and the host key already set.",
        ),
        alias=uses.alias,
    )
    start = text(QT_TRANSLATE_NOOP("Uses", "Start PuTTY"))
    parts = [_start_part(uses, Use.PUTTY, start, Deed.START_PUTTY)]
    if uses.platform == "win32":
        parts += _reg_parts(uses)
    parts += _key_parts(uses)
    title = Text.plain("PuTTY")
    return UseCard(
        Use.PUTTY,
        title,
        "terminal",
        (words,),
        tuple(parts),
        _key_banner(uses, Use.PUTTY),
        _found(uses, Use.PUTTY),
    )


def _reg_parts(uses: Uses) -> list[Part]:
    words = Text(_DOUBLE_CLICK.context, _DOUBLE_CLICK.source, {"alias": uses.alias})
    heading = text(QT_TRANSLATE_NOOP("Uses", "As a saved session"))
    return [
        Part(
            heading=heading,
            words=(words,),
            buttons=(Press(text(_SAVE_REG), Deed.SAVE, one.key, icon="save"),),
        )
        for one in uses.files_of(Use.PUTTY)
    ]


def windows_card(uses: Uses) -> UseCard | None:
    """Elsewhere than on Windows: files to take to a Windows computer, where RelayTray must run as well."""
    parts = (*_ini_parts(uses), *_reg_parts(uses)) if uses.platform != "win32" else ()
    if not parts:
        return None
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "These files are for WinSCP and PuTTY on a Windows computer. They work there while RelayTray "
            "runs on it with the same ports, and with your key at the same place.",
        )
    )
    title = text(QT_TRANSLATE_NOOP("Uses", "For a Windows computer"))
    return UseCard(Use.WINSCP, title, "computer", (words,), parts)


def filezilla_card(uses: Uses) -> UseCard:
    words = (
        text(
            QT_TRANSLATE_NOOP(
                "Uses",
                "Save the site file, then choose in FileZilla: File > Import, and take the entries of the "
                "Site Manager. Other sites stay as they are.",
            )
        ),
        text(
            QT_TRANSLATE_NOOP(
                "Uses",
                "FileZilla goes through the plain ssh port of {alias}, so RelayTray must be running while "
                "you use it.",
            ),
            alias=uses.alias,
        ),
    )
    save = text(QT_TRANSLATE_NOOP("Uses", "Save the site file..."))
    parts = tuple(
        Part(buttons=(Press(save, Deed.SAVE, one.key, icon="save", is_main=True),))
        for one in uses.files_of(Use.FILEZILLA)
    )
    title = Text.plain("FileZilla")
    return UseCard(
        Use.FILEZILLA,
        title,
        "panes",
        words,
        parts,
        banner_of(uses, Use.FILEZILLA),
        _port_state(uses, Use.FILEZILLA),
    )


def cyberduck_card(uses: Uses) -> UseCard:
    words = text(
        QT_TRANSLATE_NOOP(
            "Uses",
            "Save the bookmark and open it with Cyberduck or Mountain Duck. It goes through the plain ssh "
            "port of {alias}, so RelayTray must be running while you use it.",
        ),
        alias=uses.alias,
    )
    both = text(QT_TRANSLATE_NOOP("Uses", "Save and open..."))
    only = text(QT_TRANSLATE_NOOP("Uses", "Save the bookmark..."))
    parts = tuple(
        Part(
            buttons=(
                Press(both, Deed.SAVE_AND_OPEN, one.key, icon="open", is_main=True),
                Press(only, Deed.SAVE, one.key, icon="save"),
            )
        )
        for one in uses.files_of(Use.CYBERDUCK)
    )
    title = Text.plain("Cyberduck")
    return UseCard(
        Use.CYBERDUCK,
        title,
        "folder",
        (words,),
        parts,
        banner_of(uses, Use.CYBERDUCK),
        _port_state(uses, Use.CYBERDUCK),
    )


def _key_banner(uses: Uses, use: Use) -> Banner | None:
    """What is in the way; a key that PuTTY's kin cannot read is, even where they could start without it."""
    key, fault = uses.key, uses.faults.get(use)
    if fault is None:
        fault = key.fault
    if fault is None and key.identity and not key.ppk_is_there:
        fault = Fault.of(FaultCode.PPK_NEEDED, program=_NAMES[use], path=key.identity)
    return banner(fault, uses.server_id) if fault is not None else None


def _key_parts(uses: Uses) -> tuple[Part, ...]:
    if not uses.key.ppk_is_there:
        return ()
    words = text(
        QT_TRANSLATE_NOOP("Uses", "It was converted from your OpenSSH key, which is as it was. It is here:")
    )
    heading = text(QT_TRANSLATE_NOOP("Uses", "Its key"))
    return (Part(heading=heading, words=(words,), snippets=(Snippet(Text.plain(""), uses.key.ppk),)),)


_NAMES = {Use.WINSCP: "WinSCP", Use.PUTTY: "PuTTY"}


def _found(uses: Uses, use: Use) -> Text | None:
    if use in uses.programs:
        return None
    return text(QT_TRANSLATE_NOOP("Uses", "not found"))


def _port_state(uses: Uses, use: Use) -> Text | None:
    if use in uses.faults and not uses.files_of(use):
        return text(QT_TRANSLATE_NOOP("Uses", "needs one more step"))
    return None
