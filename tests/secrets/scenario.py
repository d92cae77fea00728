"""Runs one scenario against a keyring in a process of its own, since keyring and D-Bus read the environment.

    python -m tests.secrets.scenario '<python expression or statements>'

Lines of the script see ``store`` (a SecretStore with a time-out of 1 s), ``faults`` (what it told), ``key``
(a SecretName), ``tell(value)`` (to the test) and ``wait()`` (until the test says go on).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from app.core.faults import Fault
from app.secrets import SecretName, SecretStore


def tell(value: Any) -> None:
    print(json.dumps(value), flush=True)


def wait() -> None:
    tell("waiting")
    sys.stdin.readline()


def main() -> None:
    faults: list[Fault] = []
    store = SecretStore(timeout_s=float(sys.argv[2]), on_fault=faults.append)
    names = {
        "store": store,
        "key": SecretName("passphrase", "/home/chen/.ssh/id"),
        "SecretName": SecretName,
        "tell": tell,
        "wait": wait,
        "codes": lambda: [fault.code for fault in faults],
        "faults": faults,
    }
    try:
        exec(sys.argv[1], names)
    finally:
        store.close()


if __name__ == "__main__":
    main()
