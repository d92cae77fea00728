"""``python -m tests.other_ends.report [--cut SECONDS]``: how long servers are away after each trouble.

Prints a table for the docs. Needs root and Linux namespaces, and takes about two minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.other_ends import recovery
from tests.other_ends.recovery import STORIES, Recoveries
from tests.peers import machines
from tests.peers.keys import KeyStore


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cut", type=float, default=recovery.CUT_S, help="how long nothing passes, in seconds"
    )
    recovery.CUT_S = parser.parse_args().cut
    if why := machines.why_not_here():
        print(why)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        recoveries = Recoveries(KeyStore(Path(folder)))
        try:
            print("| trouble | server | kept open by | online again after |")
            print("|---|---|---|---|")
            for name in STORIES:
                for told in recoveries.of(name):
                    print(
                        f"| {told.trouble} | {told.form} | {told.keeper} | {told.seconds:.1f} s |", flush=True
                    )
        finally:
            recoveries.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
