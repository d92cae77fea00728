"""Programs that go on without us: their environment, their session, and what is told when they cannot."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.system.detached import environment_for_others, start_detached
from tests.peers.ports import Deadline

REPORT = """\
import json, os, sys
with open(sys.argv[1] + ".part", "w") as file:
    json.dump({"argv": sys.argv[2:], "env": dict(os.environ), "pid": os.getpid(),
               "session": os.getsid(0), "cwd": os.getcwd(), "stdin": sys.stdin.read()}, file)
os.rename(sys.argv[1] + ".part", sys.argv[1])
"""


def script(folder: Path, body: str, name: str = "program") -> Path:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name != "posix", reason="scripts are programs only there")
def test_a_program_starts_as_if_the_person_had_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSCODE_IPC_HOOK_CLI", "/run/x.sock")
    monkeypatch.setenv("ELECTRON_RUN_AS_NODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/of/the/person")
    words = ["--folder-uri=vscode-remote://ssh-remote+a/x%20y", "", 'a "b" c', "%PATH%", "$HOME"]
    start_detached(str(script(tmp_path, REPORT)), [str(tmp_path / "told"), *words], name="Program")
    told = json.loads((tmp_path / "told").read_text())
    assert told["argv"] == words
    assert told["session"] == told["pid"] != os.getsid(0)
    assert told["stdin"] == ""
    assert told["cwd"] == str(Path.home())
    assert "VSCODE_IPC_HOOK_CLI" not in told["env"]
    assert "ELECTRON_RUN_AS_NODE" not in told["env"]
    assert told["env"]["PYTHONPATH"] == "/of/the/person", "not ours while we are not frozen"


def test_a_frozen_program_keeps_its_own_libraries_to_itself() -> None:
    environment = {
        "LD_LIBRARY_PATH": "/opt/relaytray/_internal",
        "LD_LIBRARY_PATH_ORIG": "/usr/lib/theirs",
        "DYLD_LIBRARY_PATH": "/opt/relaytray/_internal",
        "PYTHONHOME": "/opt/relaytray",
        "QT_PLUGIN_PATH": "/opt/relaytray/plugins",
        "QML2_IMPORT_PATH": "/opt/relaytray/qml",
        "_PYI_ARCHIVE_FILE": "/opt/relaytray/relaytray",
        "_MEIPASS2": "/tmp/x",
        "HOME": "/home/ann",
    }
    kept = environment_for_others(environment, frozen=True)
    assert kept == {"LD_LIBRARY_PATH": "/usr/lib/theirs", "HOME": "/home/ann"}
    assert environment_for_others(environment, frozen=False) == environment
    assert environment_for_others({"LIBPATH": "x", "LIBPATH_ORIG": ""}, frozen=True) == {}


@pytest.mark.skipif(os.name != "posix", reason="scripts are programs only there")
def test_a_program_that_cannot_start_says_why(tmp_path: Path) -> None:
    def fault(program: Path) -> tuple[FaultCode, str]:
        with pytest.raises(RelayTrayError) as caught:
            start_detached(str(program), [], name="VS Code")
        details = caught.value.fault.details
        return caught.value.fault.code, details.get("reason", details["program"])

    failing = script(tmp_path, "import sys\nprint('one\\nIt is broken.\\n', file=sys.stderr)\nsys.exit(3)\n")
    assert fault(failing) == (FaultCode.PROGRAM_FAILED, "It is broken")
    silent = script(tmp_path, "raise SystemExit(4)\n", "silent")
    assert fault(silent) == (FaultCode.PROGRAM_FAILED, "it ended at once with exit code 4")
    silent.chmod(0o600)
    assert fault(silent) == (FaultCode.PROGRAM_FAILED, "Permission denied")
    assert fault(tmp_path / "gone") == (FaultCode.PROGRAM_MISSING, str(tmp_path / "gone"))


@pytest.mark.skipif(os.name != "posix", reason="scripts are programs only there")
def test_a_program_that_stays_is_left_alone_and_its_end_is_noticed(tmp_path: Path) -> None:
    body = f"""\
import os, pathlib, time
pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
while not os.path.exists({str(tmp_path / "end")!r}):
    time.sleep(0.01)
raise SystemExit(5)
"""
    start_detached(str(script(tmp_path, body)), [], name="Zed", early_s=0.3)
    deadline = Deadline(20, "the program to start")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        deadline.wait()
    pid = int((tmp_path / "pid").read_text())
    (waiting,) = [thread for thread in threading.enumerate() if thread.name == "program-ends"]
    assert waiting.daemon, "it would keep us from ending"
    (tmp_path / "end").write_text("")
    waiting.join(20)
    assert not psutil.pid_exists(pid), "no zombie is left"
