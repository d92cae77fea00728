"""The real user interface around the fake manager, as a process: ``python tests/ui/fake_program.py DIR``.

DIR/journal.jsonl tells what the manager was asked and what it answered.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.profiles import Settings
from app.ui.application import run
from tests.ui.fake_manager import FakeManager, fake_parts
from tests.ui.scenes import document


def main() -> int:
    folder = Path(sys.argv[1])
    # Without notifications: on an XEmbed tray Qt draws a balloon over the icon, and takes the next click.
    settings = Settings(language="en", notifications=False)
    manager = FakeManager(
        replace(document(), settings=settings), step_s=0.05, journal=folder / "journal.jsonl"
    )
    code = run(fake_parts(manager, folder, demo="--demo" in sys.argv))
    (folder / "exit.json").write_text(json.dumps({"code": code}))
    return code


if __name__ == "__main__":
    sys.exit(main())
