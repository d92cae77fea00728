"""Run as a program: starts a guarded process, says its own readiness, and waits to be killed."""

from __future__ import annotations

import sys
import time

from app.system.guarded_process import GuardedProcess

if __name__ == "__main__":
    process = GuardedProcess(
        sys.argv[1:], name="the guarded one", on_line=lambda line: print(line, flush=True)
    )
    print(f"guard {process.pid}", flush=True)
    time.sleep(600)
