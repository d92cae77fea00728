"""Command lines and links, read by the rules that the editors go by.

``opened_by_words`` and ``opened_by_link`` follow VS Code's own code (URI.parse, the handling of --folder-uri,
--file-uri and --remote, and getWindowOpenableFromProtocolUrl), written anew from the facts.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.editors import PRODUCTS, Family, Product, product
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.export.editor_links import authority, command_words, link

VSCODE_KIN = [one for one in PRODUCTS if one.family is Family.VSCODE]
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
Opened = tuple[str, str, str]  # kind, authority, path

_URI = re.compile(r"^(([^:/?#]+?):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?", re.DOTALL)
FOLDERS = [
    "/home/ann", "/", "/data/my project", "/a#b/c?d/e%20f/100%", "/\u6570\u636e/\u9879\u76ee",
    "/a+b@c&d=e;f,g", "/it's \"quoted\"/$HOME/`x`/(y)", "/x/:12", "/x/log:12", "/x/a:1:2",
    "/back\\slash", "/c:/x", "/a//b",
    "/home/ann/.code-workspace.d", "/\U0001f600", "/trailing/",
]  # fmt: skip


def parsed_uri(text: str) -> tuple[str, str, str, str, str]:
    """Scheme, authority, path, query and fragment as VS Code's URI.parse gives them, decoded."""
    match = _URI.match(text)
    assert match
    scheme, host, path, query, fragment = (match[number] or "" for number in (2, 4, 5, 7, 9))
    assert re.fullmatch(r"\w[\w\d+.-]*", scheme)
    return scheme, unquote(host, errors="strict"), unquote(path, errors="strict"), unquote(query), fragment


def tidy(path: str) -> str:
    """What becomes of a path: normalised, without a slash at the end."""
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def opened_by_words(words: list[str]) -> Opened:
    """What VS Code opens, and that Electron lets these words pass."""
    for word in words[:-1]:
        # Electron's guard: nothing may follow a word that begins like a URL.
        assert not re.match(r"[A-Za-z][^\s:]+:", word)
    assert "--new-window" in words
    given_options = dict(word[2:].split("=", 1) for word in words if "=" in word)
    if "remote" in given_options:
        return "window", given_options["remote"], ""
    ((option, uri),) = given_options.items()
    scheme, host, path, query, fragment = parsed_uri(uri)
    assert (scheme, query, fragment) == ("vscode-remote", "", "")
    kind = "workspace" if option == "file-uri" and path.endswith(".code-workspace") else option.split("-")[0]
    return kind, host, path if kind == "workspace" else tidy(path)


def opened_by_link(url: str, kind: Product) -> Opened:
    scheme, host, path, query, fragment = parsed_uri(url)
    assert (scheme, host, fragment) == (kind.scheme, "vscode-remote", "")
    assert parse_qs(query) == {"windowId": ["_blank"]}
    second = path.find("/", 1)
    remote, folder = (path[1:second], path[second:]) if second >= 0 else (path[1:], "/")
    if folder.rstrip("/").endswith(".code-workspace"):
        return "workspace", remote, folder
    if re.search(r":\d+$", folder):
        return "file", remote, folder
    return "folder", remote, tidy(folder)


@pytest.mark.parametrize("kind", VSCODE_KIN, ids=lambda kind: kind.key)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_arrives_in_vs_code_as_it_was_named(kind: Product, folder: str) -> None:
    wanted = ("folder", "ssh-remote+lab-gpu", tidy(folder))
    words = command_words(kind, SERVER, folder)
    assert opened_by_words(words) == wanted
    assert opened_by_link(link(kind, SERVER, folder), kind) == wanted
    assert all(word.isascii() and not set(word) & set(" \"'\\^&|<>%\n") - {"%"} for word in words)


_FOLDER_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=12
).filter(lambda part: part not in (".", "..") and part == part.strip())


@given(st.lists(_FOLDER_TEXT, min_size=1, max_size=4))
def test_any_folder_arrives(parts: list[str]) -> None:
    folder = "/" + "/".join(parts)
    kind = PRODUCTS[0]
    expected = "workspace" if folder.endswith(".code-workspace") else "folder"
    assert opened_by_words(command_words(kind, SERVER, folder)) == (expected, "ssh-remote+lab-gpu", folder)
    assert opened_by_link(link(kind, SERVER, folder), kind) == (expected, "ssh-remote+lab-gpu", folder)
    zed = urlsplit(command_words(product("zed"), SERVER, folder)[0])
    assert (zed.scheme, zed.hostname, unquote(zed.path)) == ("ssh", "lab-gpu", folder)


@pytest.mark.parametrize("kind", VSCODE_KIN, ids=lambda kind: kind.key)
def test_a_workspace_file_is_opened_as_one(kind: Product) -> None:
    folder = "/home/ann/my work.code-workspace"
    wanted = ("workspace", "ssh-remote+lab-gpu", folder)
    assert opened_by_words(command_words(kind, SERVER, folder)) == wanted
    assert opened_by_link(link(kind, SERVER, folder), kind) == wanted


@pytest.mark.parametrize("home", ["", "~", "~/", ".", "  "])
def test_without_a_folder_the_host_itself_is_opened(home: str) -> None:
    words = command_words(PRODUCTS[0], SERVER, home)
    assert opened_by_words(words) == ("window", "ssh-remote+lab-gpu", "")
    assert opened_by_link(link(PRODUCTS[0], SERVER, home), PRODUCTS[0])[1] == "ssh-remote+lab-gpu"
    assert command_words(product("zed"), SERVER, home) == ["ssh://lab-gpu/~"]
    assert "projectPath" not in link(product("gateway"), SERVER, home)


@pytest.mark.parametrize("folder", ["~/project", "project", "./project", "~bob/x", "C:\\x"])
def test_vs_code_cannot_find_a_folder_from_the_home_folder(folder: str) -> None:
    for kind in (*VSCODE_KIN, product("gateway")):
        for make in (command_words, link):
            with pytest.raises(RelayTrayError) as caught:
                make(kind, SERVER, folder)
            assert caught.value.fault.code is FaultCode.FOLDER_NOT_ABSOLUTE
            assert caught.value.fault.details == {"program": kind.name, "folder": folder}


def test_zed_knows_the_home_folder_of_oneself() -> None:
    zed = product("zed")
    assert command_words(zed, SERVER, "~/my project") == ["ssh://lab-gpu/~/my%20project"]
    assert command_words(zed, SERVER, "project/x") == ["ssh://lab-gpu/~/project/x"]
    assert link(zed, SERVER, "/data/a") == "zed://ssh/lab-gpu/data/a"
    with pytest.raises(RelayTrayError):
        command_words(zed, SERVER, "~bob/x")


@pytest.mark.parametrize("folder", ["/a\nb", "/a\0b", "/\udc80", "\x7f"])
def test_what_no_link_can_name_is_refused(folder: str) -> None:
    for kind in PRODUCTS:
        with pytest.raises(RelayTrayError) as caught:
            command_words(kind, SERVER, folder)
        assert caught.value.fault.code is FaultCode.PROFILE_INVALID


def test_gateway_gets_its_form_filled_in() -> None:
    kind = product("gateway")
    url = link(kind, SERVER, "/home/ann/a&b=c #1")
    assert command_words(kind, SERVER, "/home/ann/a&b=c #1") == [url]
    split = urlsplit(url)
    assert (split.scheme, split.netloc, split.query) == ("jetbrains-gateway", "connect", "")
    assert {name: values[0] for name, values in parse_qs(split.fragment).items()} == {
        "host": "lab-gpu",
        "port": "22",
        "user": "ann",
        "projectPath": "/home/ann/a&b=c #1",
        "type": "ssh",
        "deploy": "true",
    }


def test_an_alias_that_is_not_plain_is_written_in_hex() -> None:
    assert authority("lab-gpu.v2_x") == "lab-gpu.v2_x"
    for alias in ("Lab", "a+b", "a@b", "\u5b9e\u9a8c", "a b", "a\n"):
        written = authority(alias)
        assert re.fullmatch(r"[0-9a-f]+", written)
        assert json.loads(bytes.fromhex(written)) == {"hostName": alias}
    # As seen in a report about Remote-SSH.
    assert authority("Test Portal v1.6.0").startswith("7b22686f73744e616d65223a22")
