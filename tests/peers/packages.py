"""A machine whose apt knows a few of Debian's packages, from a folder of its own: it has no network."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.peers.machines import Machine

_PLACE = "srv/packages"
_SETTINGS = """\
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/* /etc/apt/apt.conf.d/*
echo 'deb [trusted=yes] file:/srv/packages ./' >/etc/apt/sources.list
apt-get -qq update
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
"""
SHADOWSOCKS = (
    *("shadowsocks-libev", "simple-obfs", "libbloom1", "libcork16", "libcorkipset1", "libev4"),
    *("libmbedcrypto7", "libc-ares2", "libsodium23"),
)
UFW = (
    *("ufw", "iptables", "libip4tc2", "libip6tc2", "libxtables12", "libnfnetlink0"),
    *("libnetfilter-conntrack3", "libmnl0", "libnftnl11", "netbase"),
)
FIREWALLD = (
    *("firewalld", "python3-firewall", "python3-nftables", "python3-jsonschema", "python3-pyrsistent"),
    *("python3-attr", "gir1.2-nm-1.0", "libnm0"),
)


@cache
def why_not_here(names: Sequence[str]) -> str:
    """Why they cannot be had here, as a sentence for a skipped test; "" where they can."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return "this system has no apt"
    told = subprocess.run(
        ["apt-get", "download", "--print-uris", *names], capture_output=True, text=True, timeout=60
    )
    return "" if told.returncode == 0 else f"not to be had here: {told.stderr.strip()}"


def offer(machine: Machine, names: Sequence[str], folder: Path) -> None:
    """Download them to ``folder`` and let the machine's apt have them, and nothing else."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    subprocess.run(
        ["apt-get", "-q", "download", "-o", "APT::Sandbox::User=root", *names],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=120,
    )
    place = machine.root / _PLACE
    place.mkdir()
    described = []
    for file in sorted(folder.glob("*.deb")):
        shutil.copy(file, place / file.name)
        told = subprocess.run(
            ["dpkg-deb", "--field", file], capture_output=True, text=True, check=True
        ).stdout
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        described.append(f"{told}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {digest}\n")
    (place / "Packages").write_text("\n".join(described), encoding="utf-8")
    machine.must_run("sh", "-c", _SETTINGS)


def take(machine: Machine, names: Sequence[str]) -> None:
    """As if they had never been installed there."""
    there = [name for name in names if name in installed(machine)]
    if there:
        machine.must_run("dpkg", "--purge", "--no-triggers", "--force-depends", *there)


def installed(machine: Machine) -> dict[str, str]:
    """Name and version of all that is installed."""
    told = machine.must_run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\\n")
    lines = (line.split() for line in told.splitlines() if line.startswith("ii "))
    return {name: version for _, name, version in lines}
