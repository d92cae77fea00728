"""Blocks for this computer, put before the ssh programs that are really here, or before stand-ins."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Relay, Server
from app.integration import ssh_programs
from app.integration.ssh_blocks import block_of, proxy_words, ssh_config_text, ssh_option_fault
from app.integration.ssh_programs import readings
from app.storage.paths import Paths, default_paths
from app.system.programs import find_programs

ROOT = Path(__file__).parents[2]
RELAY = Relay(id="r", name="home", host="h", user="u")
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,))
needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh")
posix_only = pytest.mark.skipif(os.name != "posix", reason="stand-ins are scripts")

# ssh 8.6: its grammar, and "#" ends a line even inside quotes.
OLD_SSH = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.export.old_ssh_grammar import RefusedError, values_for
with open(sys.argv[sys.argv.index("-F") + 1], encoding="utf-8") as file:
    try:
        found = values_for(file.read(), sys.argv[-1], cuts_at_hash=True)
    except RefusedError as e:
        sys.exit(str(e))
for keyword, values in found.items():
    for value in values:
        print(keyword, value)
"""


def with_options(*lines: str) -> Server:
    return dataclasses.replace(SERVER, ssh_options=lines)


def stand_in(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, *, alone: bool = False) -> Path:
    """A program called ssh, first on PATH; returns its file."""
    folder.mkdir(exist_ok=True)
    program = folder / "ssh"
    program.write_text(text)
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder) + ("" if alone else os.pathsep + os.environ["PATH"]))
    return program


# --- extra lines ------------------------------------------------------------------------------------------


@needs_ssh
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), None),
        (("# only a comment", ""), None),
        (("ConnectTimeout 30", "SetEnv A=1 B=2", "ControlPath ~/.ssh/%C", "IgnoreUnknown X*", "Xyz 1"), None),
        (("Nonsense yes",), "Bad configuration option: nonsense"),
        (("ConnectTimeout 30", "ServerAliveInterval often"), "invalid time value"),
        (("Ciphers rot13",), "Bad SSH2 cipher spec 'rot13'"),
        (('IdentityAgent "open',), "invalid quotes"),
        (("LogLevel QUIET LOUD",), "extra arguments at end of line"),
    ],
)
def test_ssh_itself_says_whether_it_takes_the_lines(lines: tuple[str, ...], words: str | None) -> None:
    fault = ssh_option_fault(with_options(*lines))
    if words is None:
        assert fault is None
        return
    assert fault is not None
    assert (fault.code, fault.details["alias"]) == (FaultCode.SSH_OPTION_REFUSED, "lab-gpu")
    assert words in fault.details["reason"]
    assert "/" not in fault.details["reason"], "no path of a file that nobody ever sees"
    assert "line" not in fault.details["reason"].partition("at end of line")[0]


@needs_ssh
def test_a_line_that_is_not_the_person_s_to_set_is_not_even_put_before_ssh() -> None:
    fault = ssh_option_fault(with_options("Match exec 'touch /never'"))
    assert fault is not None
    assert fault.code is FaultCode.PROFILE_INVALID


def test_without_ssh_nobody_can_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_programs("ssh") == []
    server = with_options("Nonsense yes")
    assert ssh_option_fault(server) is None
    assert "Nonsense yes" in block_of(Paths.at(tmp_path), DOCUMENT, server).text


@needs_ssh
@posix_only
def test_every_ssh_of_the_computer_has_to_take_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path, '#!/bin/sh\necho "$3 line 2: I am old." >&2\nexit 255\n', monkeypatch)
    assert len(find_programs("ssh")) >= 2
    fault = ssh_option_fault(with_options("ConnectTimeout 30"))
    assert fault is not None
    assert "I am old" in fault.details["reason"]


@posix_only
def test_an_ssh_that_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path, "#!/bin/sh\nexit 3\n", monkeypatch, alone=True)
    fault = ssh_option_fault(with_options("ConnectTimeout 31"))
    assert fault is not None
    assert fault.details["reason"] == "exit code 3"


@posix_only
def test_an_ssh_that_hangs_or_cannot_start_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ssh_programs, "TIMEOUT_S", 0.2)
    program = stand_in(tmp_path, "#!/bin/sh\nexec /bin/sleep 20\n", monkeypatch, alone=True)
    server = with_options("ConnectTimeout 32")
    began = time.monotonic()
    fault = ssh_option_fault(server)
    assert time.monotonic() - began < 10
    assert fault is not None
    assert "did not answer in time" in fault.details["reason"]
    program.write_text("#!/no/such/interpreter\n")
    fault = ssh_option_fault(server)
    assert fault is not None
    assert "cannot be started" in fault.details["reason"]
    program.write_text("#!/bin/sh\nexit 0\n")
    assert ssh_option_fault(server) is None


@posix_only
def test_the_same_is_asked_once_and_anew_when_ssh_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    program = stand_in(tmp_path / "bin", f"#!/bin/sh\necho x >> '{asked}'\n", monkeypatch, alone=True)
    for _ in range(3):
        assert readings("Host a\n  ConnectTimeout 33\n", "a")[0].refusal == ""
    assert asked.read_text() == "x\n"
    os.utime(program, (1, 1))
    readings("Host a\n  ConnectTimeout 33\n", "a")
    assert asked.read_text() == "x\nx\n"


# --- what is written --------------------------------------------------------------------------------------


@needs_ssh
def test_refused_lines_are_left_out_and_told(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path)
    for lines, code in (
        (("ConnectTimeout 3", "Nonsense yes"), FaultCode.SSH_OPTION_REFUSED),
        (("ProxyJump evil",), FaultCode.PROFILE_INVALID),
    ):
        block = block_of(paths, DOCUMENT, with_options(*lines))
        assert block.fault is not None
        assert block.fault.code is code
        assert block.text == ssh_config_text(paths, DOCUMENT, SERVER)
    accepted = block_of(paths, DOCUMENT, with_options("ConnectTimeout 3"))
    assert accepted.fault is None
    assert "ConnectTimeout 3" in accepted.text


def test_what_was_accepted_before_is_not_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths, server = Paths.at(tmp_path), with_options("ConnectTimeout 34")
    text = ssh_config_text(paths, DOCUMENT, server)
    monkeypatch.setattr("app.integration.ssh_blocks.readings", lambda *_: pytest.fail("ssh was asked"))
    assert block_of(paths, DOCUMENT, server, accepted=f"# before\n\n{text}\n# after\n").text == text


def test_what_cannot_be_written_at_all(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path)
    for server, code in (
        (dataclasses.replace(SERVER, relay_id="gone"), FaultCode.NO_SUCH_RELAY),
        (dataclasses.replace(SERVER, identity="/a/${HOME}"), FaultCode.PROFILE_INVALID),
        (
            dataclasses.replace(SERVER, identity="/a/${HOME}", ssh_options=("LogLevel INFO",)),
            FaultCode.PROFILE_INVALID,
        ),
    ):
        block = block_of(paths, DOCUMENT, server)
        assert block.text == ""
        assert block.fault is not None
        assert block.fault.code is code
        if code is FaultCode.PROFILE_INVALID:
            assert block.fault.details["problem"].startswith("lab-gpu: ")


@needs_ssh
@posix_only
@pytest.mark.parametrize("name", ["a#b", "# c", 'quo"te', "b\\\\c", "plain", "it's"])
def test_a_path_that_only_a_new_ssh_can_read(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paths = Paths.at(tmp_path)
    server = dataclasses.replace(SERVER, identity=f"/keys/{name}/id")
    assert block_of(paths, DOCUMENT, server).text == ssh_config_text(paths, DOCUMENT, server)
    stand_in(tmp_path / "old", OLD_SSH.format(python=sys.executable, root=str(ROOT)), monkeypatch)
    block = block_of(paths, DOCUMENT, server)
    if name in ("plain", "it's"):
        assert block.fault is None
        assert block.text
        return
    assert block.text == "", "ssh would stop at it for every host, or read another file"
    assert block.fault is not None
    assert block.fault.code is FaultCode.PROFILE_INVALID
    assert "lab-gpu" in block.fault.details["problem"]
    assert block.fault.details["problem"].endswith(".")


# --- the words of the proxy -------------------------------------------------------------------------------


def test_the_data_folder_is_named_where_another_program_might_find_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert "--data-dir" not in proxy_words(default_paths(), "gpu")
    assert proxy_words(Paths.at(tmp_path), "gpu")[-4:] == ["--data-dir", str(tmp_path), "proxy", "gpu"]
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert proxy_words(default_paths(), "gpu")[-4:-2] == ["--data-dir", str(default_paths().root)]


def test_a_server_without_its_relay(tmp_path: Path) -> None:
    with pytest.raises(RelayTrayError) as raised:
        ssh_config_text(Paths.at(tmp_path), Document(), SERVER)
    assert raised.value.fault.code is FaultCode.NO_SUCH_RELAY
