"""Which ways to use a server are shown on which computer, and what each lets a person do. Without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.faults import Fault, FaultCode
from app.core.uses import Copyable, Use, Uses
from app.ui.actions import Action, Command
from app.ui.use_card import Deed, Press, UseCard
from app.ui.uses_model import cards
from tests.ui.fake_uses import PPK_NEEDED, VSCODE, uses

PLATFORMS = ("win32", "darwin", "linux")


def card(seen: Uses, use: Use) -> UseCard:
    return next(one for one in cards(seen) if one.use is use)


def presses(one: UseCard) -> Iterator[Press]:
    if one.banner is not None:
        yield from one.banner.cures
    for part in one.parts:
        yield from part.buttons


def press(one: UseCard, deed: Deed) -> Press:
    return next(button for button in presses(one) if button.deed is deed)


def deeds(one: UseCard) -> list[Deed]:
    return [button.deed for button in presses(one)]


def words(one: UseCard) -> str:
    """Every sentence of the card, in English and unfilled."""
    found = [*one.words]
    for part in one.parts:
        found += [*part.words, *(text for text in (part.heading, part.warning) if text is not None)]
    return "\n".join(text.source for text in found)


@pytest.mark.parametrize(
    ("platform", "shown"),
    [
        ("win32", ["winscp", "putty", "filezilla", "cyberduck"]),
        ("darwin", ["cyberduck", "filezilla"]),
        ("linux", ["filezilla"]),
    ],
)
def test_each_computer_is_offered_its_own_programs(platform: str, shown: list[str]) -> None:
    found = [one.use.value for one in cards(uses(platform))]
    assert found[:2] == ["ssh-config", "editor"]
    assert found[2 : 2 + len(shown)] == shown
    last = ["transfer", "browser", "link", "environment"]
    assert found[2 + len(shown) :] == last + ([] if platform == "win32" else ["winscp"])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_way_is_shown_twice(platform: str) -> None:
    found = [one.use for one in cards(uses(platform))]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("platform", ["darwin", "linux"])
def test_elsewhere_winscp_is_a_file_to_take_along_and_cannot_be_started(platform: str) -> None:
    shown = card(uses(platform), Use.WINSCP)
    assert shown.title.source == "For a Windows computer"
    assert deeds(shown) == [Deed.SAVE, Deed.SAVE]


def test_a_putty_that_is_there_is_offered_on_linux_too() -> None:
    seen = replace(uses("linux"), programs={Use.PUTTY: "/usr/bin/putty"})
    assert press(card(seen, Use.PUTTY), Deed.START_PUTTY).enabled
    assert Use.PUTTY not in [one.use for one in cards(uses("linux"))]


# --- ssh config and editors


def test_the_ssh_config_is_installed_or_removed_and_the_block_is_the_other_way() -> None:
    fresh, done = card(uses(is_installed=False), Use.SSH_CONFIG), card(uses(), Use.SSH_CONFIG)
    (where, _) = done.parts[0].words
    assert "includes" in where.source
    assert "first line" not in where.source, "the person may have put it further down"
    assert deeds(fresh) == [Deed.INSTALL_SSH_CONFIG]
    assert deeds(done) == [Deed.REMOVE_SSH_CONFIG]
    assert [one.state.source for one in (fresh, done) if one.state] == ["not installed", "installed"]
    for one in (fresh, done):
        assert one.parts[-1].is_folded
        assert one.parts[-1].snippets[0].text == uses().ssh_block
    assert next(snippet.text for part in done.parts for snippet in part.snippets) == "ssh lab-gpu"


def test_what_keeps_the_ssh_config_from_being_read_is_told() -> None:
    fault = Fault.of(FaultCode.SSH_CONFIG_UNSAFE, path="/c", reason="group-writable")
    seen = replace(uses(), ssh_config=replace(uses().ssh_config, fault=fault))
    shown = card(seen, Use.SSH_CONFIG).banner
    assert shown is not None
    assert shown.what == fault
    assert shown.is_bad


def test_each_editor_that_was_found_has_a_button_and_the_folders_are_offered() -> None:
    shown = card(uses(), Use.EDITOR)
    assert [button.subject for button in presses(shown)] == ["vscode", "cursor", "vscodium"]
    assert [button.is_main for button in presses(shown)] == [True, False, False]
    assert shown.parts[0].folders == ("/home/chen/project", "/data/imagenet")
    assert shown.banner is None


def test_without_an_editor_the_card_says_which_ones_would_do() -> None:
    shown = card(replace(uses(), editors=()), Use.EDITOR)
    assert "JetBrains Gateway" in words(shown)
    assert deeds(shown) == [Deed.LOOK_AGAIN]


def test_editors_need_the_ssh_config_first_unless_ssh_knows_the_server_anyway() -> None:
    shown = card(uses(is_installed=False), Use.EDITOR)
    assert Deed.INSTALL_SSH_CONFIG in deeds(shown)
    pasted = replace(uses(is_installed=False), faults={})
    assert card(pasted, Use.EDITOR).banner is None


def test_a_remark_about_an_editor_is_told_once() -> None:
    remark = Fault.of(FaultCode.HOST_KEY_NOT_PINNED, alias="lab-gpu")
    editors = (replace(VSCODE, remark=remark), replace(VSCODE, key="cursor", remark=remark))
    assert card(replace(uses(), editors=editors), Use.EDITOR).parts[0].remarks == (remark,)


# --- WinSCP, PuTTY


def test_winscp_is_started_stored_or_given_a_file_and_never_led_to_restore() -> None:
    shown = card(uses("win32"), Use.WINSCP)
    assert deeds(shown) == [Deed.START_WINSCP, Deed.STORE_IN_WINSCP, Deed.SAVE]
    assert "Tools > Import Sites > INI file (WinSCP 6.5 and newer)" in words(shown)
    warnings = [part.warning.source for part in shown.parts if part.warning]
    assert warnings == [
        'Never use "Import/Restore Configuration" for it: that replaces all the sites you have.'
    ]
    assert all(button.enabled for button in presses(shown))


def test_a_winscp_that_is_not_there_leaves_the_file() -> None:
    missing = Fault.of(FaultCode.PROGRAM_MISSING, program="WinSCP")
    seen = replace(uses("win32"), programs={}, faults={Use.WINSCP: missing})
    shown = card(seen, Use.WINSCP)
    assert not press(shown, Deed.START_WINSCP).enabled
    assert Deed.STORE_IN_WINSCP not in deeds(shown)
    assert press(shown, Deed.CHOOSE_WINSCP).enabled
    assert press(shown, Deed.SAVE).enabled
    assert shown.banner is not None
    assert not shown.banner.is_bad  # a program that one does without is no failure


@pytest.mark.parametrize("use", [Use.WINSCP, Use.PUTTY])
def test_a_key_that_putty_cannot_read_is_to_be_converted(use: Use) -> None:
    asked = card(uses("win32", has_ppk=False), use)
    assert Deed.CONVERT_KEY in deeds(asked)
    assert Deed.CONVERT_KEY not in deeds(card(uses("win32"), use))
    without_key = replace(uses("win32"), key=replace(uses().key, identity="", ppk="", ppk_is_there=False))
    assert Deed.CONVERT_KEY not in deeds(card(without_key, use))


def test_a_key_that_cannot_be_converted_is_told_with_the_way_to_its_field() -> None:
    fault = Fault.of(FaultCode.KEY_MISSING, path="/gone")
    seen = uses("win32", has_ppk=False)
    shown = card(replace(seen, key=replace(seen.key, fault=fault)), Use.WINSCP)
    assert shown.banner is not None
    assert shown.banner.what == fault
    assert press(shown, Deed.COMMAND).action == Action(Command.EDIT_SERVER_FIELD, "s1/identity")


def test_while_a_fault_is_in_the_way_winscp_is_neither_started_nor_written_to() -> None:
    shown = card(replace(uses("win32", has_ppk=False), faults={Use.WINSCP: PPK_NEEDED}), Use.WINSCP)
    assert not press(shown, Deed.START_WINSCP).enabled
    assert not press(shown, Deed.STORE_IN_WINSCP).enabled


# --- what goes through the plain port


@pytest.mark.parametrize("use", [Use.FILEZILLA, Use.CYBERDUCK, Use.LINK])
def test_without_a_plain_port_one_click_sets_one(use: Use) -> None:
    shown = card(uses("win32", has_port=False), use)
    actions = [button.action for button in presses(shown)]
    assert actions == [
        Action(Command.GIVE_SSH_PORT, "s1"),
        Action(Command.EDIT_SERVER_FIELD, "s1/local_ssh_port"),
    ]
    assert shown.banner is not None
    assert not shown.banner.is_bad


def test_cyberduck_opens_the_bookmark_that_was_saved() -> None:
    assert deeds(card(uses("darwin"), Use.CYBERDUCK)) == [Deed.SAVE_AND_OPEN, Deed.SAVE]


def test_the_link_is_opened_as_it_is_shown() -> None:
    shown = card(uses(), Use.LINK)
    assert press(shown, Deed.OPEN_LINK).subject == shown.parts[0].snippets[0].text


# --- lines


def test_lines_have_a_label_in_words_or_the_name_of_their_program() -> None:
    labels = {snippet.text: snippet.label.source for snippet in card(uses(), Use.TRANSFER).parts[0].snippets}
    assert labels["scp file lab-gpu:/home/chen/project/"] == "scp: copy a file to the server"
    unknown = replace(uses(), texts=(Copyable(Use.TRANSFER, "new", "lftp lab-gpu", "lftp"),))
    assert card(unknown, Use.TRANSFER).parts[0].snippets[0].label.source == "lftp"


def test_ways_with_nothing_to_say_are_left_out() -> None:
    found = [one.use for one in cards(replace(uses(), texts=(), faults={}))]
    assert not {Use.TRANSFER, Use.BROWSER, Use.LINK, Use.ENVIRONMENT} & set(found)


def test_pages_that_nothing_leads_to_are_a_forward_away() -> None:
    fault = Fault.of(FaultCode.EXIT_NOT_ALLOWED, alias="lab-gpu", port=8888)
    seen = replace(uses(), texts=(), faults={Use.BROWSER: fault})
    assert press(card(seen, Use.BROWSER), Deed.COMMAND).action == Action(
        Command.EDIT_SERVER_FIELD, "s1/forwards"
    )


def test_a_server_whose_host_key_is_not_known_is_to_be_connected_once() -> None:
    fault = Fault.of(FaultCode.HOST_KEY_NOT_PINNED, alias="lab-gpu")
    shown = card(replace(uses("win32"), faults={Use.PUTTY: fault}), Use.PUTTY)
    assert press(shown, Deed.COMMAND).action == Action(Command.CONNECT, "s1")
