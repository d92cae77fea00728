"""``python -m tests.other_ends.report [--cut SECONDS] [--bridges | --hybrid]``: how long servers are away.

Prints a table for the docs: of the tunnels by ssh, or with ``--bridges`` of the ways by v2ray and Xray, or
with ``--hybrid`` of this computer's end of such a way. Needs root and Linux namespaces, and takes about two
minutes, or twelve, or five.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.v2ray_route import Core
from tests.other_ends import bridge_stories, hybrid_stories, recovery
from tests.other_ends.bridge_stories import Told
from tests.other_ends.recovery import STORIES, Recoveries
from tests.peers import machines
from tests.peers.keys import KeyStore

TellAll = Callable[[KeyStore, Sequence[Core], Callable[[Told], None]], None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cut", type=float, default=recovery.CUT_S, help="how long nothing passes, in seconds"
    )
    parser.add_argument(
        "--bridges", nargs="*", choices=[*Core], type=Core, help="the ways by v2ray and Xray instead"
    )
    parser.add_argument(
        "--hybrid", nargs="*", choices=[*Core], type=Core, help="this computer's end of such a way instead"
    )
    arguments = parser.parse_args()
    recovery.CUT_S = arguments.cut
    if why := machines.why_not_here():
        print(why)
        return 1
    if arguments.bridges is not None:
        return _tell_of_cores(arguments.bridges or [*Core], bridge_stories.tell_all)
    if arguments.hybrid is not None:
        return _tell_of_cores(arguments.hybrid or [*Core], hybrid_stories.tell_all)
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


def _tell_of_cores(cores: list[Core], tell_all: TellAll) -> int:
    print("| trouble | core | the server answers again after |")
    print("|---|---|---|")

    def tell(told: Told) -> None:
        note = f" ({told.note})" if told.note else ""
        print(f"| {told.trouble} | {told.core} | {told.seconds:.1f} s{note} |", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        tell_all(KeyStore(Path(folder)), cores, tell)
    return 0


if __name__ == "__main__":
    sys.exit(main())
