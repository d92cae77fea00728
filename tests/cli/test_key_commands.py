"""``key show`` and ``key convert`` as a person types them."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from app.integration.key_files import describe, load_key
from tests.cli.program import Program, Running
from tests.peers.keys import KeyStore


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "program")


@pytest.fixture
def plain(tmp_path: Path, key_store: KeyStore) -> Path:
    return Path(shutil.copy(key_store.key("cli-convert"), tmp_path / "id_plain"))


@pytest.fixture
def locked(tmp_path: Path, key_store: KeyStore) -> Path:
    path = Path(shutil.copy(key_store.key("cli-convert", passphrase="open sesame"), tmp_path / "id_locked"))
    path.chmod(0o600)
    return path


def answer(running: Running, *answers: tuple[str, str]) -> str:
    """Everything that the terminal showed."""
    shown = ""
    for question, typed in answers:
        shown += running.expect(question)
        running.type(typed + "\n")
    return shown


def test_a_plain_key_to_putty_and_back(program: Program, plain: Path) -> None:
    told = program.json("key", "convert", str(plain))
    ppk = Path(f"{plain}.ppk")
    assert told == {"path": str(ppk), "format": "ppk2", "encrypted": False}
    assert stat.S_IMODE(ppk.stat().st_mode) == 0o600
    shown = program.run("key", "show", str(ppk)).stdout
    assert describe(plain).fingerprint in shown
    assert "PuTTY 2" in shown
    assert "cli-convert" in shown
    assert "only you may open it" in shown
    assert program.error("key", "convert", str(plain), code=2)["code"] == "file-exists"
    program.run("key", "convert", str(plain), "--to", "ppk3", "--replace", "--comment", "oth\x1ber")
    shown = program.run("key", "show", str(ppk)).stdout
    assert "PuTTY 3" in shown
    assert "oth?er" in shown  # nothing that moves the cursor
    back = plain.with_name("back")
    assert "OpenSSH format, without a passphrase" in program.run("key", "convert", str(ppk), str(back)).stdout
    subprocess.run(["ssh-keygen", "-y", "-f", str(back)], check=True, capture_output=True, timeout=30)
    assert describe(back).comment == "oth\x1ber"
    assert program.error("key", "convert", str(ppk), code=2)["details"]["path"] == str(plain)
    other = program.json("key", "convert", str(ppk), "--to", "ppk")["path"]
    assert other == f"{plain}-ppk2.ppk"
    assert program.json("key", "convert", str(plain), "--to", "openssh")["path"] == f"{plain}.openssh"


def test_what_show_tells_programs(program: Program, locked: Path) -> None:
    locked.chmod(0o644)
    told = program.json("key", "show", str(locked))
    assert told == {
        "path": str(locked),
        "format": "OpenSSH",
        "type": "ssh-ed25519",
        "bits": 256,
        "fingerprint": describe(locked).fingerprint,
        "comment": "",
        "encrypted": True,
        "private": False,
        "exposed": "other users may open it (mode 0644)",
    }
    assert "known only with its passphrase" in program.run("key", "show", str(locked)).stdout
    assert program.error("key", "show", str(locked.parent), code=4)["code"] == "key-unreadable"


def test_the_passphrase_is_asked_for_again_and_kept(program: Program, locked: Path) -> None:
    with program.start_on_terminal("key", "convert", str(locked)) as running:
        question = f"Passphrase for the key {locked}: "
        shown = answer(running, (question, "wrong"), (question, "open sesame"))
        assert running.wait() == 0, running.errors()
        assert "version 3" in (running.line() or "")
        assert "sesame" not in shown + running.screen
    load_key(Path(f"{locked}.ppk"), "open sesame")


def test_three_wrong_ones_end_it(program: Program, locked: Path) -> None:
    with program.start_on_terminal("key", "convert", str(locked)) as running:
        answer(running, *[(f"{locked}: ", "wrong")] * 3)
        assert running.wait() == 4
        assert "does not open the key file" in running.errors()
    assert not Path(f"{locked}.ppk").exists()


def test_nobody_to_ask_and_askpass(program: Program, locked: Path, tmp_path: Path) -> None:
    assert program.error("key", "convert", str(locked), code=4)["code"] == "nobody-to-ask"
    askpass = tmp_path / "askpass"
    askpass.write_text("#!/bin/sh\necho 'open sesame'\n")
    askpass.chmod(0o700)
    for name, env in (("a", {"SSH_ASKPASS_REQUIRE": "force"}), ("b", {"DISPLAY": ":99"})):
        program.run(
            "key", "convert", str(locked), str(tmp_path / name), env={**env, "SSH_ASKPASS": str(askpass)}
        )
        load_key(tmp_path / name, "open sesame")


@pytest.mark.parametrize("said", ["", "y"])
def test_the_passphrase_goes_only_after_a_yes(program: Program, locked: Path, said: str) -> None:
    with program.start_on_terminal("key", "convert", str(locked), "--no-passphrase") as running:
        answer(running, (f"{locked}: ", "open sesame"), ("(yes or no)? ", said))
        assert running.wait() == 130
        assert "Nothing was changed" in running.errors()
    assert not Path(f"{locked}.ppk").exists()


def test_the_passphrase_goes_after_a_yes(program: Program, locked: Path, tmp_path: Path) -> None:
    with program.start_on_terminal("key", "convert", str(locked), "--no-passphrase") as running:
        answer(running, (f"{locked}: ", "open sesame"), ("(yes or no)? ", "yes"))
        assert running.wait() == 0, running.errors()
        assert "version 2, without a passphrase" in (running.line() or "")
    load_key(Path(f"{locked}.ppk"))
    words = ("key", "convert", str(locked), str(tmp_path / "t"), "--no-passphrase", "--yes")
    with program.start_on_terminal(*words) as running:
        answer(running, (f"{locked}: ", "open sesame"))
        assert running.wait() == 0, running.errors()
    load_key(tmp_path / "t")


def test_a_new_passphrase_is_typed_twice(program: Program, plain: Path) -> None:
    words = ("key", "convert", str(plain), "--new-passphrase")
    for first, second in (("one", "two"), ("", None)):
        with program.start_on_terminal(*words) as running:
            answer(running, ("New passphrase: ", first))
            if second is not None:
                answer(running, ("The same again: ", second))
            assert running.wait() == 130
    with program.start_on_terminal(*words) as running:
        answer(running, ("New passphrase: ", "gehé"), ("The same again: ", "gehé"))
        assert running.wait() == 0, running.errors()
        assert "version 3" in (running.line() or "")
        assert "outside of ASCII" in (running.line() or "")
    load_key(Path(f"{plain}.ppk"), "gehé")


def test_it_is_cancelled_at_the_question(program: Program, locked: Path) -> None:
    with program.start_on_terminal("key", "convert", str(locked)) as running:
        running.expect(": ")
        running.type("\x04")
        assert running.wait() == 130


def test_words_that_do_not_go_together(program: Program, plain: Path) -> None:
    words = ("key", "convert", str(plain), "--new-passphrase", "--no-passphrase")
    assert program.error(*words, code=2)["code"] == "usage"
    assert program.error("key", code=2)["code"] == "usage"
    assert program.error("key", "convert", str(plain) + "x", code=4)["code"] == "key-missing"
