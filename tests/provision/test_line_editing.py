"""The script's way with files of other people: lines are added and taken away, everything else stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.resource_files import resource

SHELLS = ("dash", "busybox sh", "bash --posix")
OURS = "export A=1 # relaytray-tok00001"

# Any bytes that a text file may hold, but for the mark itself.
old_lines = st.lists(
    st.one_of(
        st.binary(max_size=24).map(lambda data: data.replace(b"\0", b"").replace(b"\n", b"")),
        st.sampled_from(
            [b"", b" ", b"\\", b"a\\", b"# relaytray-tok00002", b"x relaytray-tok00001 ", b"-n", b"%s\\n"]
        ),
    ),
    max_size=6,
)


def functions() -> str:
    """The script without its last line, which is the only one that does anything."""
    text = resource("scripts/server/server.sh").read_text(encoding="ascii")
    head, last = text.rstrip("\n").rsplit("\n", 1)
    assert last == 'main "$@"; exit'
    return head


def run(shell: str, folder: Path, *commands: str) -> None:
    text = "\n".join([functions(), "id=tok00001 MARK=relaytray-tok00001 K=relaytray-tok00001", *commands])
    words = shell.split()
    done = subprocess.run([*words, "-c", text], cwd=folder, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=old_lines, ends=st.booleans())
def test_line_is_added_once_and_the_file_comes_back(
    tmp_path: Path, shell: str, lines: list[bytes], ends: bool
) -> None:
    file, made = tmp_path / "file", tmp_path / "relaytray-tok00001.made"
    before = b"\n".join(lines) + (b"\n" if ends and lines else b"")
    made.unlink(missing_ok=True)
    file.write_bytes(before)

    run(shell, tmp_path, f"add_line file '{OURS}'", f"add_line file '{OURS}'")
    gap = b"" if not before or before.endswith(b"\n") else b"\n"
    assert file.read_bytes() == before + gap + OURS.encode() + b"\n"

    run(shell, tmp_path, "take_lines file", "take_lines file")
    assert file.read_bytes() == before


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=old_lines, after=old_lines, ends=st.booleans())
def test_what_others_wrote_behind_ours_stays(
    tmp_path: Path, shell: str, before: list[bytes], after: list[bytes], ends: bool
) -> None:
    file, made = tmp_path / "file", tmp_path / "relaytray-tok00001.made"
    made.unlink(missing_ok=True)
    head = b"".join(line + b"\n" for line in before)
    tail = b"\n".join(after) + (b"\n" if ends and after else b"")
    file.write_bytes(head)
    run(shell, tmp_path, f"add_line file '{OURS}'")
    file.write_bytes(file.read_bytes() + tail)
    run(shell, tmp_path, "take_lines file")
    assert file.read_bytes() == head + tail


@pytest.mark.parametrize("shell", SHELLS)
def test_file_that_was_made_for_the_line_goes_with_it(tmp_path: Path, shell: str) -> None:
    run(shell, tmp_path, f"add_line file '{OURS}'")
    run(shell, tmp_path, "take_lines file")
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_link_and_mode_of_the_file_stay(tmp_path: Path, shell: str) -> None:
    real, file = tmp_path / "real", tmp_path / "file"
    real.write_bytes(b"a\n")
    real.chmod(0o640)
    file.symlink_to(real)
    run(shell, tmp_path, f"add_line file '{OURS}'")
    run(shell, tmp_path, "take_lines file")
    assert file.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"a\n", 0o640)


@pytest.mark.parametrize("shell", SHELLS)
def test_log_is_bounded(tmp_path: Path, shell: str) -> None:
    many = "n=0; while [ $n -lt 450 ]; do n=$((n + 1)); log line-$n; done"
    run(shell, tmp_path, "date() { return 1; }", "count_log", many)
    new, old = (tmp_path / f"relaytray-tok00001.log{suffix}" for suffix in ("", ".old"))
    assert len(old.read_text().splitlines()) == 200
    assert new.read_text().splitlines()[-1].endswith("line-450")
    assert len(new.read_text().splitlines()) == 50


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("outcomes", "delays"),
    [
        ("lost lost lost lost lost lost lost lost", "2 4 8 16 30 30 30 30"),
        ("held held", "5 5"),
        ("refused", "300"),
        ("stranger refused lost", "300 300 30"),
        ("lost lost up-long lost", "2 4 1 2"),
        ("up-short up-short up-short", "2 4 8"),
    ],
)
def test_pauses_between_attempts(tmp_path: Path, shell: str, outcomes: str, delays: str) -> None:
    """By how the last link went; ``up-long`` lived for an hour by the clock, ``up-short`` for a moment."""
    commands = ["delay=1", "now() { echo 5000; }"]
    for outcome in outcomes.split():
        commands.append(f"began={1000 if outcome == 'up-long' else 4999}")
        commands.append(f"echo {outcome.partition('-')[0]} >relaytray-tok00001.outcome; next_delay")
        commands.append('printf "%s " "$delay" >>delays')
    run(shell, tmp_path, *commands)
    assert (tmp_path / "delays").read_text().split() == delays.split()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("debug1: remote forward success for: listen 127.0.0.1:22222, connect localhost:22", "up"),
        ("Error: remote port forwarding failed for listen port 22222", "held"),
        ("t@r: Permission denied (publickey).", "refused"),
        ("Host key verification failed.\r", "stranger"),
        ("ssh: connect to host r port 22: Connection refused", "lost"),
        ("debug1: Next authentication method: publickey", "lost"),
    ],
)
def test_what_ssh_says_is_understood(tmp_path: Path, shell: str, line: str, outcome: str) -> None:
    (tmp_path / "said").write_bytes(line.encode() + b"\n")
    (tmp_path / "relaytray-tok00001.sh").write_text("# the script\n")
    run(shell, tmp_path, "lines=0; hear <said")
    assert (tmp_path / "relaytray-tok00001.outcome").read_text() == outcome + "\n"
    log = tmp_path / "relaytray-tok00001.log"
    assert log.exists() is not line.startswith("debug1: Next")


def test_tunnel_taken_away_as_it_comes_up_leaves_no_files(tmp_path: Path) -> None:
    (tmp_path / "said").write_text("debug1: remote forward success for: listen 127.0.0.1:22222\n")
    (tmp_path / "relaytray-tok00001.sh").write_text("")  # where there is no rm
    run("dash", tmp_path, "lines=0; hear <said || :")
    assert {path.suffix for path in tmp_path.glob("relaytray-tok00001.*")} == {".sh", ".outcome"}


@pytest.mark.parametrize("shell", SHELLS)
def test_old_ssh_gets_the_ciphers_that_it_knows(tmp_path: Path, shell: str) -> None:
    told = "ssh() { printf '3des-cbc\\naes128-ctr\\naes128-gcm@openssh.com\\n'; }"
    run(shell, tmp_path, told, "ciphers >known", "ssh() { return 1; }", "ciphers >unknown")
    assert (tmp_path / "known").read_text() == "Ciphers=aes128-gcm@openssh.com,aes128-ctr"
    assert (tmp_path / "unknown").read_text() == ""


CRONTAB = """\
case $1 in
-l) cat table 2>/dev/null || { echo "$WHY" >&2; exit 1; } ;;
-r) rm table ;;
*) cat "$1" >table ;;
esac
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("table", [None, b"", b"# mine\n0 1 * * * a\n"], ids=["none", "empty", "some"])
def test_crontab_gets_our_lines_and_is_as_before(tmp_path: Path, shell: str, table: bytes | None) -> None:
    if table is not None:
        (tmp_path / "table").write_bytes(table)
    crontab = "WHY='no crontab for dev'; crontab() {\n(" + CRONTAB + ")\n}"
    run(shell, tmp_path, crontab, "base=/home/dev", "edit_crontab with", "edit_crontab with")
    with_ours = (tmp_path / "table").read_bytes()
    assert with_ours.startswith(table or b"")
    assert with_ours.count(b" revive # relaytray-tok00001\n") == 2
    run(shell, tmp_path, crontab, "base=/home/dev", "edit_crontab without")
    left = (tmp_path / "table").read_bytes() if (tmp_path / "table").exists() else b""
    assert left == (table or b"")


@pytest.mark.parametrize("shell", SHELLS)
def test_crontab_that_cannot_be_read_is_not_replaced(tmp_path: Path, shell: str) -> None:
    crontab = "crontab() {\n[ \"$1\" = -l ] && echo 'I/O error' >&2 && return 1\n: >table\n}"
    run(shell, tmp_path, crontab, "edit_crontab with && exit 3", "edit_crontab without && exit 4; true")
    assert not (tmp_path / "table").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_crontab_is_not_cut_by_a_full_disk(tmp_path: Path, shell: str) -> None:
    table = b"# mine, and long\n" * 500
    (tmp_path / "table").write_bytes(table)
    crontab = "crontab() {\n(" + CRONTAB + ")\n}"
    full = "trap '' XFSZ; ulimit -f 4; exec 2>/dev/null"
    run(shell, tmp_path, crontab, full, "edit_crontab with && exit 3; true")
    assert (tmp_path / "table").read_bytes() == table
