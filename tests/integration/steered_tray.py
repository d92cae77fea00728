"""The real tray program as a process, with a password that no keyring has to hold:
``python tests/integration/steered_tray.py DATA_FOLDER SHADOWSOCKS_ID PASSWORD``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app import main
from app.cli.wiring import TrayRequest
from app.core.faults import Fault
from app.core.shadowsocks import SECRET_KIND
from app.secrets import SecretName, SecretStore
from app.storage.paths import Paths


class KnowingStore(SecretStore):
    def __init__(self, *, on_fault: Callable[[Fault], None]) -> None:
        super().__init__(on_fault=on_fault)
        self.keep_for_session(SecretName(SECRET_KIND, sys.argv[2]), sys.argv[3])


if __name__ == "__main__":
    main.__dict__["SecretStore"] = KnowingStore
    sys.exit(main.start_tray(TrayRequest(paths=Paths.at(sys.argv[1]))))
