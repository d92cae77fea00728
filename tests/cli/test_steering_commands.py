"""``pac``, ``system-proxy`` and ``shadowsocks steer`` as a person types them."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli.commands import _COMMANDS, _guarded
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parser import parse
from app.core.profiles import Document, Settings
from app.core.shadowsocks import ShadowsocksServer
from app.integration.system_proxy import SystemProxy
from app.main import make_wiring
from app.system.proxy_settings import ProxyMode, WantedProxy
from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path)
    server = ShadowsocksServer(id="x1", name="home", host="h", port=1, method="aes-256-gcm", local_port=11234)
    return made.store(Document(shadowsocks=(server,)))


def ran(program: Program, *words: str, code: int = 0) -> tuple[str, str]:
    """What the command says, in this process: there are many of them here."""
    arguments = parse(words)
    out, err = io.StringIO(), io.StringIO()
    output = Output(as_json=arguments.json, out=out, err=err)
    context = Context(arguments, program.paths, make_wiring(), output)
    command = _COMMANDS.get(f"{arguments.command} {arguments.action}") or _COMMANDS[arguments.command]
    assert _guarded(command, context) == code, err.getvalue()
    return out.getvalue(), err.getvalue()


def value(program: Program, *words: str) -> Any:
    return json.loads(ran(program, "--json", *words)[0])


def own(program: Program) -> Settings:
    return program.load().settings


def test_the_lists_are_edited_and_shown(program: Program, tmp_path: Path) -> None:
    ran(program, "pac", "add", "proxied", "https://www.example.org/x", "*.a.org")
    ran(program, "pac", "add", "direct", "a.org", "b.org")
    list_ = tmp_path / "gfwlist.txt"
    list_.write_text("[AutoProxy]\n||listed.example\n")
    assert value(program, "pac", "set", "--list", str(list_), "--others", "proxied") == {
        "proxied": ["www.example.org"],
        "direct": ["a.org", "b.org"],
        "list": str(list_),
        "others": "proxied",
    }
    text = ran(program, "pac", "show")[0]
    assert 'var OWN = {"a.org": 0, "b.org": 0, "www.example.org": 1};' in text
    assert '"listed.example": 1' in text
    assert "SOCKS5 127.0.0.1:11234" in text
    assert value(program, "pac", "show", "home")["pac"] == text
    ran(program, "pac", "remove", "b.org", "www.example.org")
    assert own(program).pac_direct == ("a.org",)
    ran(program, "pac", "set", "--direct", "--list", "")
    assert own(program) == Settings(pac_others=own(program).pac_others)


def test_a_list_that_went_bad_is_told_beside_the_file(program: Program, tmp_path: Path) -> None:
    list_ = tmp_path / "gfwlist.txt"
    list_.write_text("[AutoProxy]\n||listed.example\n")
    ran(program, "pac", "set", "--list", str(list_))
    list_.write_text("hello")
    out, err = ran(program, "pac", "show")
    assert "FindProxyForURL" in out
    assert "cannot be used" in err
    ran(program, "pac", "set", "--list", str(list_), code=2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pac", "add", "proxied", "x_y..z", "a.org"], "no domain: x_y..z; a domain looks like"),
        (["pac", "set", "--direct", "a b..c"], "no domain: b..c"),
        (["pac", "remove", "unknown.example"], "not on your lists: unknown.example"),
        (["pac", "show", "hom"], 'Did you mean "home"?'),
        (["pac", "set", "--list", "/nowhere/at/all"], "No such file"),
    ],
)
def test_what_cannot_be_is_said_to_be(program: Program, words: list[str], told: str) -> None:
    assert told in ran(program, *words, code=2)[1]
    assert own(program) == Settings()


@pytest.mark.skipif(shutil.which("gsettings") is None, reason="needs gsettings")
def test_the_systems_proxy_is_shown_and_put_back(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(program.home / "config")}
    program.env |= changes
    for name, text in changes.items():
        monkeypatch.setenv(name, text)
    before = value(program, "system-proxy", "show")
    assert before["ours"] is False
    assert "There was nothing to put back." in ran(program, "system-proxy", "restore")[0]
    SystemProxy(program.paths).set(WantedProxy(mode=ProxyMode.GLOBAL, port=11234))
    shown = value(program, "system-proxy", "show")
    assert shown["ours"] is True
    assert shown["settings"]["org.gnome.system.proxy mode"] == "'manual'"
    program.run("system-proxy", "guard", stdin=b"farewell\n")
    assert value(program, "system-proxy", "show")["ours"] is True
    assert value(program, "system-proxy", "restore") == {"restored": True}
    assert value(program, "system-proxy", "show") == before


def test_without_a_desktop_that_has_such_settings_it_is_said(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "cannot set the proxy of this desktop" in ran(program, "system-proxy", "show", code=1)[1]
    assert "There was nothing to put back." in ran(program, "system-proxy", "restore")[0]
