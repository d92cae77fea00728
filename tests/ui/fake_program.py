"""The real user interface around the fake manager, as a process: ``python tests/ui/fake_program.py DIR``.

DIR/journal.jsonl tells what the manager was asked and what it answered; DIR/menu.json where the entries of
the open tray menu are on the screen.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.ui.application import run
from tests.ui.fake_manager import FakeManager, fake_parts
from tests.ui.scenes import document


def main() -> int:
    folder = Path(sys.argv[1])
    manager = FakeManager(document(), step_s=0.05, journal=folder / "journal.jsonl")
    code = run(fake_parts(manager, folder, demo="--demo" in sys.argv))
    (folder / "exit.json").write_text(json.dumps({"code": code}))
    return code


if __name__ == "__main__":
    sys.exit(main())
