"""What a set-up may touch on a relay, to be compared before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.other_ends.stage import Stage
from tests.peers.machines import changes

PLACES = ("/etc", "/home", "/root", *(f"/usr/local/{name}" for name in ("bin", "sbin", "etc", "libexec")))
LISTED = ("/usr/local", "/var/lib", "/var/spool/cron/crontabs", "/var/tmp", "/tmp", "/opt", "/srv", "/run")
# what sudo, PAM and sshd keep for themselves
NOT_OURS = re.compile(r"/\.sudo_as_admin|/run/(sudo|motd|user|sshd|systemd)")


def files(stage: Stage) -> dict[str, str]:
    """Contents where a set-up might touch them; elsewhere the names."""
    found = stage.machine.snapshot(*PLACES)
    told = stage.machine.must_run("find", *LISTED, "-mindepth", "1", "-maxdepth", "1", "-prune")
    return found | dict.fromkeys(told.splitlines(), "is there")


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [line for line in changes(before, after) if not NOT_OURS.search(line)]
