"""SSH_ASKPASS: the same rules as ssh's own, with programs that are really started."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.system import askpass
from app.system.askpass import Askpass, Turn, find_askpass
from tests.peers.ports import Deadline

FIRST, LAST, NEVER = Turn.FIRST, Turn.WITHOUT_TERMINAL, Turn.NEVER


@pytest.mark.parametrize(
    ("environment", "turn"),
    [
        ({}, NEVER),
        ({"DISPLAY": ":0"}, LAST),
        ({"DISPLAY": ""}, NEVER),
        ({"WAYLAND_DISPLAY": "wayland-0"}, LAST),
        ({"SSH_ASKPASS_REQUIRE": "force"}, FIRST),
        ({"SSH_ASKPASS_REQUIRE": "FORCE"}, FIRST),
        ({"SSH_ASKPASS_REQUIRE": "prefer"}, NEVER),
        ({"SSH_ASKPASS_REQUIRE": "prefer", "DISPLAY": ":0"}, FIRST),
        ({"SSH_ASKPASS_REQUIRE": "never", "DISPLAY": ":0"}, NEVER),
        ({"SSH_ASKPASS_REQUIRE": "other", "DISPLAY": ":0"}, LAST),
    ],
)
def test_when_its_turn_is(environment: dict[str, str], turn: Turn) -> None:
    found = find_askpass({"SSH_ASKPASS": "/ask", **environment})
    assert found == (None if turn is NEVER else Askpass("/ask", turn))


@pytest.mark.parametrize(
    ("environment", "turn"),
    [({}, LAST), ({"SSH_ASKPASS_REQUIRE": "prefer"}, FIRST), ({"SSH_ASKPASS_REQUIRE": "never"}, NEVER)],
)
def test_on_windows_no_display_is_asked_for(environment: dict[str, str], turn: Turn) -> None:
    found = find_askpass({"SSH_ASKPASS": "/ask", **environment}, windows=True)
    assert found == (None if turn is NEVER else Askpass("/ask", turn))
    assert find_askpass({"DISPLAY": "x", **environment}, windows=True) is None, "there is no default program"


def test_a_batch_file_gets_nothing_that_cmd_exe_would_run(tmp_path: Path) -> None:
    prompt = 'Code for "x" & calc.exe | %PATH% ^ <a> !b!\nnext line (1)? '
    assert askpass.batch_safe(prompt) == "Code for _x_ _ calc.exe _ _PATH_ _ _a_ _b_ next line (1)? "
    batch = tmp_path / "askpass.CMD"
    batch.write_text('#!/bin/sh\nprintf "%s\\n" "$1"\n')
    batch.chmod(0o700)
    assert Askpass(str(batch), FIRST).ask(prompt, threading.Event()) == askpass.batch_safe(prompt)


def test_ssh_s_own_default_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    default = tmp_path / "ssh-askpass"
    monkeypatch.setattr(askpass, "_DEFAULT_PROGRAMS", (str(default),))
    assert find_askpass({"DISPLAY": ":0"}) is None
    default.write_text("")
    assert find_askpass({"DISPLAY": ":0"}) == Askpass(str(default), LAST)


def script(folder: Path, text: str) -> Askpass:
    path = folder / "ask pass"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return Askpass(str(path), FIRST)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('echo "secret of $1"', "secret of a prompt"),
        ("printf 'no newline'", "no newline"),
        ("printf 'one\\ntwo\\n'", "one"),
        ("printf 'windows\\r\\n'", "windows"),
        ("echo", ""),
        ("printf '  kept  \\n'", "  kept  "),
        ("printf '\\303\\251\\n'", "\u00e9"),
        ("echo x; exit 1", None),
        ("kill -9 $$", None),
        ('printf "%s" "$SSH_ASKPASS_PROMPT"', ""),
    ],
)
def test_the_first_line_is_the_answer(
    tmp_path: Path, text: str, answer: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_ASKPASS_PROMPT", "confirm")
    assert script(tmp_path, text).ask("a prompt", threading.Event()) == answer


def test_a_program_that_prints_without_end_is_no_answer(tmp_path: Path) -> None:
    assert script(tmp_path, "exec yes").ask("?", threading.Event()) is None


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(RelayTrayError) as caught:
        Askpass(str(tmp_path / "nix"), FIRST).ask("?", threading.Event())
    assert caught.value.fault.code is FaultCode.PROGRAM_MISSING


def test_a_question_that_is_given_up_closes_the_program_and_its_children(tmp_path: Path) -> None:
    started, given_up, answers = tmp_path / "started", threading.Event(), []
    ask = script(tmp_path, f"sleep 1000 &\ntouch '{started}'\nwait")
    thread = threading.Thread(target=lambda: answers.append(ask.ask("?", given_up)))
    thread.start()
    deadline = Deadline(20, "the program to start")
    while not started.exists():
        deadline.wait()
    given_up.set()
    thread.join(20)
    assert answers == [None]


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
def test_ssh_asks_the_same_program_in_the_same_way(tmp_path: Path) -> None:
    """The same script answers ssh-keygen, so the calling convention is ssh's."""
    ask, key = script(tmp_path, 'echo "pass phrase"'), tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "pass phrase", "-f", str(key)], check=True, timeout=30
    )
    env = {**os.environ, "SSH_ASKPASS": ask.program, "SSH_ASKPASS_REQUIRE": "force"}
    done = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(key)], env=env, capture_output=True, timeout=30, check=True
    )
    assert done.stdout.startswith(b"ssh-ed25519 ")
