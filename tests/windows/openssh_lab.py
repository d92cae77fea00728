"""A real OpenSSH relay and server for ``smoke.py --lab FILE``: ``python -m tests.windows.openssh_lab FILE``.

Runs on Linux until its standard input ends. FILE is written when everything is up. With ``--wine`` the paths
in it are those that a Windows program under Wine on the same computer uses.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.peers.byte_server import ByteServer, digest_of
from tests.peers.keys import KeyStore
from tests.peers.lab import Lab

BYTES = 20_000_000  # of the known sequence, for whoever leaves at the server


def main() -> None:
    is_wine = "--wine" in sys.argv
    (target,) = [Path(word) for word in sys.argv[1:] if word != "--wine"]

    def path(file: Path) -> str:
        return "Z:" + str(file).replace("/", "\\") if is_wine else str(file)

    with tempfile.TemporaryDirectory(prefix="relaytray-lab-") as name:
        folder = Path(name)
        with Lab(folder, KeyStore(folder / "keys"), permissive=True) as lab, ByteServer() as far:
            told = {
                "host": "127.0.0.1",
                "port": lab.relay_port,
                "user": lab.user,
                "identity": path(lab.person_key),
                "server_user": lab.user,
                "server_identity": path(lab.server_key),
                "route_port": lab.route_port,
                "bytes_port": far.port,
                "bytes_digest": digest_of(BYTES),
                "bytes": BYTES,
                "trust": list(lab.fingerprints),
            }
            target.write_text(json.dumps(told), encoding="utf-8")
            sys.stdout.write(f"up: {target}\n")
            sys.stdout.flush()
            sys.stdin.read()
            target.unlink()


if __name__ == "__main__":
    main()
