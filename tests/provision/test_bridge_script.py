"""The script's part for bridges on its own, with every shell: what is fetched, and why something is not."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from app.core.v2ray_route import Carrier, Core, RoutedServer
from app.provision.bridge import bridge_text
from app.resource_files import resource
from tests.peers.v2ray_ends import new_uuid

SHELLS = ("dash", "busybox sh", "bash --posix")
USUAL = ("ssh", "chmod", "rm", "cat", "sha256sum", "uname", "date")
V2RAY_4 = '#!/bin/sh\n[ "$1" = -version ] && echo "V2Ray 4.34.0 (Po)"\n'
V2RAY_5 = '#!/bin/sh\n[ "$1" = version ] && echo "V2Ray 5.16.1 (Vee)"\n'
XRAY = '#!/bin/sh\necho "Xray 26.10.10 (Xray, Penetrates Everything.)"\n'

_BEGIN = """\
cd "$PLACE" || exit 9
MARK=relaytray-bridge01 id=bridge01 K=.ssh/$MARK base=$PWD bridge=v2ray missing='' target_port=2222 nap=''
from_relay() {
    case $1 in
    about) [ -z "$REFUSAL" ] || { echo "RelayTray: $REFUSAL" >&2; return 3; }; echo "program $SUM 123 $NOW" ;;
    core) cat ../core ;;
    check) if [ "$(cat; echo x)" = "$(cat ../core; echo x)" ]; then echo same; fi ;;
    config) cat ../config ;;
    esac
}
"""
_FETCH = 'fetch_bridge; echo "status=$?"; echo "missing=$missing"\n'


class Server:
    """A folder as the home of a server's user, with the script. ``programs``: all that the shell finds."""

    def __init__(self, folder: Path, shell: str, core: str, programs: tuple[str, ...] = USUAL) -> None:
        self.home, self.shell, self.sum = folder / "home", shell, hashlib.sha256(core.encode()).hexdigest()
        (self.home / ".ssh").mkdir(parents=True)
        (folder / "core").write_text(core)
        carrier = Carrier(core=Core.V2RAY, host="relay.example", tunnel_port=16823, user_port=16824)
        routed = RoutedServer(name="gpu", tunnel_uuid=new_uuid(), watch_uuid=new_uuid(), user_uuids=())
        self.config = bridge_text(carrier, routed).partition("\n\n")[2]
        (folder / "config").write_text(self.config)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in programs:
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)

    def run(self, body: str, *, refusal: str = "", clock: float = 0, enter: tuple[str, ...] = ()) -> str:
        """``clock``: by how many seconds the relay's is wrong."""
        bridge = resource("scripts/server/bridge.sh").read_text(encoding="ascii")
        whole = resource("scripts/server/server.sh").read_text(encoding="ascii")
        whole = whole.replace("# relaytray: bridge\n", bridge).replace('main "$@"; exit\n', "")
        # the script itself looks in the usual folders, too
        whole = whole.replace("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin\n", "")
        program, *options = self.shell.split()
        words = [*enter, str(shutil.which(program)), *options, "-c", whole + _BEGIN + body]
        environment = {
            "PATH": str(self.bin),
            "PLACE": str(self.home),
            "SUM": self.sum,
            "NOW": str(int(time.time() + clock)),
            "REFUSAL": refusal,
        }
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        return done.stdout

    def file(self, suffix: str) -> Path:
        return self.home / ".ssh" / f"relaytray-bridge01{suffix}"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("core", "words"),
    [(V2RAY_4, "-config"), (V2RAY_5, "run -format jsonv4 -config"), (XRAY, "run -format json -config")],
    ids=["v2ray 4", "v2ray 5", "Xray"],
)
def test_what_is_fetched(tmp_path: Path, shell: str, core: str, words: str) -> None:
    server = Server(tmp_path, shell, core)
    assert server.run(_FETCH).endswith("status=0\nmissing=\n")
    assert server.file(".core").read_text() == core
    assert server.file(".core").stat().st_mode & 0o777 == 0o700
    assert server.file(".bridge").read_text() == server.config
    assert server.file(".bridge").stat().st_mode & 0o777 == 0o600
    assert server.file(".core-words").read_text() == words + "\n"


@pytest.mark.parametrize("tool", ["sha256sum", "openssl", "busybox", ""])
def test_damage_is_seen_with_whatever_makes_checksums(tmp_path: Path, tool: str) -> None:
    """Where nothing does, the relay compares what is sent back."""
    programs = ("ssh", "chmod", "rm", "cat", *([tool] if tool else []))
    server = Server(tmp_path, "dash", V2RAY_4, programs)
    assert "status=0" in server.run(_FETCH)
    cut = "from_relay() { if [ $1 = about ]; then echo program $SUM 123; else echo cut; fi; }\n"
    said = server.run(cut + _FETCH)
    assert "did not arrive whole" in said
    assert not server.file(".core").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_why_there_is_no_bridge_is_told(tmp_path: Path, shell: str) -> None:
    server = Server(tmp_path / "a", shell, V2RAY_4)
    said = server.run(_FETCH, refusal="this relay has no v2ray for a machine of the type riscv64.")
    assert "status=1\nmissing=The v2ray route: this relay has no v2ray for a machine of the type" in said
    server = Server(tmp_path / "b", shell, V2RAY_4, tuple(name for name in USUAL if name != "chmod"))
    assert "missing=The v2ray route: there is no chmod here" in server.run(_FETCH)
    server = Server(tmp_path / "c", shell, "\x7fELF nothing that runs")
    said = server.run(_FETCH)  # busybox takes it for a script
    assert "for another machine." in said or "It must be one for" in said
    assert not server.file(".core").exists()
    server = Server(tmp_path / "d", shell, "#!/bin/sh\necho 'needs GLIBC_2.99' >&2\nexit 1\n")
    assert "does not run here (needs GLIBC_2.99)" in server.run(_FETCH)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("clock", [-200, 200])
def test_clocks_that_differ_are_told(tmp_path: Path, shell: str, clock: float) -> None:
    server = Server(tmp_path, shell, V2RAY_4)
    said = server.run(_FETCH, clock=clock)
    assert "status=0\nmissing=The v2ray route: the clocks of this machine and the relay differ by " in said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts are made by root only")
def test_a_home_without_the_right_to_run_programs(tmp_path: Path) -> None:
    server = Server(tmp_path, "dash", V2RAY_4)
    home = shlex.quote(str(server.home))
    mount = f'/bin/mount -t tmpfs -o noexec none {home} && mkdir {home}/.ssh && exec "$@"'
    enter = ("/usr/bin/unshare", "--mount", "/bin/sh", "-c", f"PATH=$PATH:/usr/bin:/bin; {mount}", "sh")
    assert "that folder forbids it (noexec)" in server.run(_FETCH, enter=enter)


@pytest.mark.parametrize("shell", SHELLS)
def test_ports_of_the_server_get_their_places(tmp_path: Path, shell: str) -> None:
    server = Server(tmp_path, shell, V2RAY_4)
    server.run(_FETCH + "is_taken() { [ $1 = 20011 ]; }\nsettle_ports\n")
    text = server.file(".core-config").read_text()
    assert text == server.config.replace("65533", "2222").replace("65534", "20018")
    assert server.file(".core-config").stat().st_mode & 0o777 == 0o600
    # a relay where bridges dial in at a port of that very number
    (server.home / "../config").write_text(server.config.replace("16823", "65534"))
    server.run(_FETCH + "is_taken() { [ $1 = 20011 ]; }\nsettle_ports\n")
    assert server.file(".core-config").read_text() == text.replace("16823", "65534")


_WATCHED = """\
ASK_EVERY=0 UNANSWERED_MOST=2 asked=0
pause() { :; }
background() { "$@"; }
is_relay_there() { :; }
end_core() { echo ended; }
is_answered() {
    asked=$((asked + 1))
    [ "$asked" != 1 ] || return 0
    if [ "$asked" = 30 ]; then kill -STOP "$core"; fi # a link that dies
    [ "$asked" -lt 30 ] || return 1
    mark=$(count)
    until [ "$(count)" -ge $((mark + 65536)) ]; do :; done
    return 1
}
count() {
    while read -r what bytes && [ "$what" != wchar: ]; do :; done <"/proc/$core/io"
    echo "$bytes"
}
dash -c 'while :; do printf %8192s; done' >/dev/null &
core=$!
echo "$core" >"$K.core-pid"
watch_bridge
kill -KILL "$core"
echo "asked=$asked"
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_question_that_waits_behind_peoples_data_costs_them_nothing(tmp_path: Path, shell: str) -> None:
    """A person with a slow line fetches a file: the program is ended only once nothing goes through it."""
    server = Server(tmp_path, shell, V2RAY_4, (*USUAL, "dash"))
    said = server.run(_WATCHED)
    assert said.startswith("ended\n")
    assert int(said.partition("asked=")[2]) in (31, 32)
