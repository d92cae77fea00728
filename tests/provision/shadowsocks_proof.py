"""Shadowsocks on a relay, proven at length: ``python -m tests.provision.shadowsocks_proof [MEGABYTES]``.

Every method with every camouflage is set up one after the other on a machine of its own; a page and a file
(200 MB) are fetched through each, and the file compared by its SHA256. Prints a table; ends with 1 where
something was wrong. The figures are of this machine, through namespaces: they compare, no more.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from pathlib import Path

from app.core.provisioning import Camouflage, ShadowsocksOptions, Step, StepState
from tests.peers.keys import KeyStore
from tests.provision.shadowsocks_lab import ShadowsocksLab

METHODS = ("aes-256-gcm", "xchacha20-ietf-poly1305", "chacha20-ietf-poly1305", "aes-128-gcm")
_BLOCK = bytes(range(256)) * 4096  # 1 MiB
_PATIENCE_S = 600.0


def main(megabytes: int) -> int:
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="shadowsocks-proof-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        digest = _write(folder / "file", megabytes)
        (folder / "page.html").write_text("<p>it is there", encoding="utf-8")
        with ShadowsocksLab(folder, KeyStore(folder / "keys")) as lab:
            with lab.script() as script:
                script.run("apply", Step.ACCOUNTS)
            web = lab.start_web()
            for method in METHODS:
                for camouflage in Camouflage:
                    options = ShadowsocksOptions(method=method, camouflage=camouflage)
                    told = _tried(lab, options, web, digest, megabytes)
                    wrong += not told.startswith("right")
                    print(f"{method:26} {camouflage or 'plain':14} {told}", flush=True)
            with lab.client(for_phones=True) as client:
                data = client.fetch(f"{web}/file", _PATIENCE_S)
            is_right = hashlib.sha256(data).hexdigest() == digest
            wrong += not is_right
            print(f"{'phones':41} {'right' if is_right else 'WRONG'}")
            wrong += lab.undo() is not StepState.DONE
    return 1 if wrong else 0


def _write(file: Path, megabytes: int) -> str:
    digest = hashlib.sha256()
    with file.open("wb") as out:
        for _ in range(megabytes):
            out.write(_BLOCK)
            digest.update(_BLOCK)
    return digest.hexdigest()


def _tried(lab: ShadowsocksLab, options: ShadowsocksOptions, web: str, digest: str, megabytes: int) -> str:
    report = lab.apply(options)
    if report.state not in (StepState.DONE, StepState.RIGHT):
        return f"WRONG: {report}"
    with lab.client() as client:
        if client.fetch(f"{web}/page.html", 60) != b"<p>it is there":
            return "WRONG: no page"
        began = time.monotonic()
        data = client.fetch(f"{web}/file", _PATIENCE_S)
        took_s = time.monotonic() - began
    if hashlib.sha256(data).hexdigest() != digest:
        return f"WRONG: {len(data)} bytes of the file"
    return f"right, {megabytes / took_s:5.0f} MB/s"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
