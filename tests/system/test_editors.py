"""Editors are found in the folders that each system has them in; here those folders are made up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.core.editors import PRODUCTS
from app.core.faults import FaultCode
from app.system.editors import Computer, find_editors, program_of_command_line

Install = Callable[[str], Path]
KEYS = [product.key for product in PRODUCTS]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Makes a program at a path below the made-up root."""

    def make(path: str) -> Path:
        program = tmp_path / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        return program

    return make


def found(computer: Computer) -> dict[str, str]:
    return {editor.key: editor.program for editor in find_editors(computer)}


def windows(root: Path, registered: Mapping[str, str] | None = None, path: str = "") -> Computer:
    environment = {
        "LOCALAPPDATA": str(root / "Local"),
        "ProgramFiles": str(root / "Program Files"),
        "ProgramFiles(x86)": str(root / "Program Files (x86)"),
        "PATH": path,
    }
    links = registered or {}
    return Computer("win32", root / "home", environment, root, lambda scheme: links.get(scheme, ""))


def macos(root: Path) -> Computer:
    return Computer("darwin", root / "home", {"PATH": str(root / "usr/local/bin")}, root)


def linux(root: Path, **environment: str) -> Computer:
    return Computer("linux", root / "home", {"PATH": str(root / "usr/bin"), **environment}, root)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("vscode", "Local/Programs/Microsoft VS Code/Code.exe"),
        ("vscode", "Program Files/Microsoft VS Code/Code.exe"),
        ("vscode", "Program Files (x86)/Microsoft VS Code/Code.exe"),
        ("vscode-insiders", "Local/Programs/Microsoft VS Code Insiders/Code - Insiders.exe"),
        ("vscodium", "Program Files/VSCodium/VSCodium.exe"),
        ("cursor", "Local/Programs/cursor/Cursor.exe"),
        ("windsurf", "Local/Programs/Windsurf/Windsurf.exe"),
        ("gateway", "Program Files/JetBrains/JetBrains Gateway 2025.3/bin/gateway64.exe"),
        ("gateway", "Local/Programs/Gateway/bin/gateway64.exe"),
        ("gateway", "Local/JetBrains/Toolbox/apps/gateway/bin/gateway64.exe"),
        ("gateway", "Local/JetBrains/Toolbox/apps/JetBrainsGateway/ch-0/243.1/bin/gateway64.exe"),
        ("zed", "Local/Programs/Zed/bin/zed.exe"),
    ],
)
def test_on_windows_the_program_itself_is_found(
    tmp_path: Path, install: Install, key: str, path: str
) -> None:
    assert found(windows(tmp_path)) == {}
    install(path)
    assert found(windows(tmp_path)) == {key: str(tmp_path / path)}


def test_on_windows_links_and_path_lead_to_programs_elsewhere(tmp_path: Path, install: Install) -> None:
    portable = install("D/code/Code.exe")
    line = f'"{portable}" "--open-url" "--" "%1"'
    assert program_of_command_line(line) == str(portable)
    assert program_of_command_line(r"C:\a\b.exe %1") == r"C:\a\b.exe"
    assert found(windows(tmp_path, {"vscode": program_of_command_line(line)})) == {"vscode": str(portable)}
    assert found(windows(tmp_path, {"vscode": str(tmp_path / "gone.exe")})) == {}
    codium = install("E/VSCodium/VSCodium.exe")
    install("E/VSCodium/bin/codium.cmd")
    path = f"{tmp_path / 'nowhere'};{codium.parent / 'bin'};"
    assert found(windows(tmp_path, path=path)) == {"vscodium": str(codium)}, "not the .cmd beside it"


def test_on_windows_the_one_of_this_user_and_the_newest_come_first(tmp_path: Path, install: Install) -> None:
    install("Program Files/Microsoft VS Code/Code.exe")
    own = install("Local/Programs/Microsoft VS Code/Code.exe")
    install("Program Files/JetBrains/JetBrains Gateway 2024.3/bin/gateway64.exe")
    newest = install("Program Files/JetBrains/JetBrains Gateway 2025.1/bin/gateway64.exe")
    assert found(windows(tmp_path)) == {"vscode": str(own), "gateway": str(newest)}


def test_without_the_usual_variables_nothing_is_found(tmp_path: Path) -> None:
    computer = Computer("win32", tmp_path, {"LOCALAPPDATA": "relative", "PATH": ""}, tmp_path, lambda _: "")
    assert find_editors(computer) == ()


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("vscode", "Applications/Visual Studio Code.app/Contents/Resources/app/bin/code"),
        ("vscode", "home/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code"),
        ("vscode", "usr/local/bin/code"),
        ("vscode-insiders", "Applications/Visual Studio Code - Insiders.app/Contents/Resources/app/bin/code"),
        ("vscodium", "Applications/VSCodium.app/Contents/Resources/app/bin/codium"),
        ("cursor", "Applications/Cursor.app/Contents/Resources/app/bin/cursor"),
        ("windsurf", "Applications/Windsurf.app/Contents/Resources/app/bin/windsurf"),
        ("gateway", "home/Applications/JetBrains Toolbox/JetBrains Gateway.app/Contents/MacOS/gateway"),
        ("zed", "Applications/Zed.app/Contents/MacOS/cli"),
    ],
)
def test_on_macos_the_command_in_the_bundle_is_found(
    tmp_path: Path, install: Install, key: str, path: str
) -> None:
    assert found(macos(tmp_path)) == {}
    install(path)
    assert found(macos(tmp_path)) == {key: str(tmp_path / path)}


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("vscode", "usr/bin/code"),
        ("vscode", "usr/share/code/bin/code"),
        ("vscode", "snap/bin/code"),
        ("vscode-insiders", "usr/bin/code-insiders"),
        ("vscodium", "usr/bin/codium"),
        ("cursor", "opt/Cursor/bin/cursor"),
        ("cursor", "home/Applications/Cursor-1.2.3-x86_64.AppImage"),
        ("windsurf", "usr/share/windsurf/bin/windsurf"),
        ("gateway", "home/.local/share/JetBrains/Toolbox/scripts/gateway"),
        ("gateway", "home/.local/share/JetBrains/Toolbox/apps/gateway-2/bin/gateway.sh"),
        ("zed", "usr/bin/zeditor"),
        ("zed", "home/.local/bin/zed"),
        ("zed", "var/lib/flatpak/exports/bin/dev.zed.Zed"),
    ],
)
def test_on_linux_commands_are_found_where_packages_put_them(
    tmp_path: Path, install: Install, key: str, path: str
) -> None:
    assert found(linux(tmp_path)) == {}
    install(path)
    assert found(linux(tmp_path)) == {key: str(tmp_path / path)}
    assert find_editors(linux(tmp_path))[0].remark is None


def test_all_of_them_at_once_come_in_the_order_of_the_menu(tmp_path: Path, install: Install) -> None:
    for name in ("zed", "windsurf", "cursor", "codium", "code-insiders", "code", "gateway"):
        install(f"usr/bin/{name}")
    start = time.perf_counter()
    editors = find_editors(linux(tmp_path))
    assert time.perf_counter() - start < 0.5  # some milliseconds, on a computer that has nothing else to do
    assert [editor.key for editor in editors] == KEYS
    assert [editor.name for editor in editors] == [product.name for product in PRODUCTS]


def test_a_flatpak_comes_last_and_with_a_remark(tmp_path: Path, install: Install) -> None:
    install("home/.local/share/flatpak/exports/bin/com.visualstudio.code")
    (editor,) = find_editors(linux(tmp_path))
    assert editor.remark is not None
    assert editor.remark.code is FaultCode.PROGRAM_FAILED
    assert "Flatpak" in editor.remark.details["reason"]
    other = tmp_path / "data"
    install("data/flatpak/exports/bin/com.vscodium.codium")
    assert set(found(linux(tmp_path, XDG_DATA_HOME=str(other)))) == {"vscodium"}
    plain = install("usr/share/code/bin/code")
    assert found(linux(tmp_path)) == {"vscode": str(plain)}


def test_the_command_of_a_remote_terminal_is_not_taken(tmp_path: Path, install: Install) -> None:
    remote = install("home/.vscode-server/bin/abc/bin/remote-cli/code").parent
    local = install("usr/bin/code")
    path = f"{remote}:.:{local.parent}"
    assert found(linux(tmp_path, PATH=path)) == {"vscode": str(local)}
    assert found(linux(tmp_path, PATH=str(remote))) == {}


def test_what_cannot_be_run_is_not_found(tmp_path: Path, install: Install) -> None:
    install("usr/share/code/bin/code").chmod(0o644)
    (tmp_path / "snap/bin/code").mkdir(parents=True)
    assert found(linux(tmp_path)) == {}


def test_this_computer_can_be_asked() -> None:
    assert {editor.key for editor in find_editors()} <= set(KEYS)
