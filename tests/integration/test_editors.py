"""A stand-in for an editor is started for real, and writes down what it got."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from app.core.editors import PRODUCTS, Family, product
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Server
from app.core.uses import Editor, SshConfigState
from app.integration import editors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts are programs only there")
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
STAND_IN = """\
import json, sys
with open({told!r}, "w") as file:
    json.dump(sys.argv[1:], file)
sys.exit({code})
"""


def stand_in(folder: Path, key: str = "vscode", code: int = 0) -> Editor:
    program = folder / product(key).command
    program.write_text(f"#!{sys.executable}\n{STAND_IN.format(told=str(folder / 'told'), code=code)}")
    program.chmod(0o755)
    return Editor(key, product(key).name, str(program))


@pytest.mark.parametrize("kind", PRODUCTS, ids=lambda kind: kind.key)
def test_each_editor_gets_its_words(tmp_path: Path, kind: object) -> None:
    assert isinstance(kind, type(PRODUCTS[0]))
    if kind.family is Family.GATEWAY and sys.platform == "darwin":
        pytest.skip("there the system starts it")
    editors.open_folder(stand_in(tmp_path, kind.key), SERVER, "/data/my project")
    words = json.loads((tmp_path / "told").read_text())
    assert (
        words[-1]
        == {
            Family.VSCODE: "--folder-uri=vscode-remote://ssh-remote+lab-gpu/data/my%20project",
            Family.ZED: "ssh://lab-gpu/data/my%20project",
            Family.GATEWAY: "jetbrains-gateway://connect#host=lab-gpu&port=22&user=ann"
            "&projectPath=%2Fdata%2Fmy%20project&type=ssh&deploy=true",
        }[kind.family]
    )


def test_nothing_is_started_where_it_could_not_connect(tmp_path: Path) -> None:
    editor = stand_in(tmp_path)
    with pytest.raises(RelayTrayError) as caught:
        editors.open_folder(editor, SERVER, "/data", is_installed=False)
    assert caught.value.fault.code is FaultCode.SSH_CONFIG_NOT_INSTALLED
    assert caught.value.fault.details == {"program": "VS Code", "alias": "lab-gpu"}
    with pytest.raises(RelayTrayError) as caught:
        editors.open_folder(editor, SERVER, "data")
    assert caught.value.fault.code is FaultCode.FOLDER_NOT_ABSOLUTE
    assert not (tmp_path / "told").exists()


def test_an_editor_that_fails_at_once_is_told(tmp_path: Path) -> None:
    with pytest.raises(RelayTrayError) as caught:
        editors.open_folder(stand_in(tmp_path, code=7), SERVER, "/data")
    assert caught.value.fault.code is FaultCode.PROGRAM_FAILED
    assert caught.value.fault.details["program"] == "VS Code"


def test_one_is_chosen_by_its_key_or_by_the_order_of_the_menu() -> None:
    found = (Editor("cursor", "Cursor", "/c"), Editor("zed", "Zed", "/z"))
    assert editors.chosen(found) is found[0]
    assert editors.chosen(found, "zed") is found[1]
    for key, told in (("vscode", "VS Code"), ("windsurf", "Windsurf")):
        with pytest.raises(RelayTrayError) as caught:
            editors.chosen(found, key)
        assert caught.value.fault.details == {"program": told}
    with pytest.raises(RelayTrayError):
        editors.chosen(())


def test_a_block_that_was_pasted_is_as_good_as_the_include(tmp_path: Path) -> None:
    config = tmp_path / "config"
    state = SshConfigState(is_installed=False, user_config=str(config), owned_file=str(tmp_path / "ours"))
    assert not editors.is_known(SERVER, state)
    config.write_text("Host other\n  HostName lab-gpu.relaytray.internal\n")
    assert not editors.is_known(SERVER, state)
    config.write_text("Host lab-gpu\n  HostName lab-gpu.relaytray.internal\n")
    assert editors.is_known(SERVER, state)
