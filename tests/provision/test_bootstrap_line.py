"""The text of the line: its limits for every legal profile, and what many shells make of it."""

from __future__ import annotations

import base64
import shutil
import string
import struct
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.export.openssh_key import write_openssh_key
from app.provision.bootstrap_line import LONGEST, LineParts, LineTooLongError, line_text


def host_key(key_type: str, size: int) -> str:
    """A line as long as a real one: ``size`` bytes follow the type."""
    blob = struct.pack(">I", len(key_type)) + key_type.encode() + b"\7" * size
    return f"{key_type} {base64.b64encode(blob).decode()}"


ED25519 = host_key("ssh-ed25519", 36)
P256 = host_key("ecdsa-sha2-nistp256", 81)
P521 = host_key("ecdsa-sha2-nistp521", 149)
RSA_2048 = host_key("ssh-rsa", 268)
RSA_16384 = host_key("ssh-rsa", 2060)
LONGEST_HOST = ".".join(["a" * 63] * 4)[:253]


def key_body(check: bytes = b"abcd") -> str:
    key = write_openssh_key(Ed25519PrivateKey.generate(), comment=b"", passphrase=b"", salt=b"", check=check)
    return "".join(key.decode().splitlines()[1:-1])


def parts(**changes: object) -> LineParts:
    fields = {
        "id": "abc12345",
        "enrolment_key": key_body(),
        "enrol_user": "relaytray-enrol",
        "host": "203.0.113.10",
        "port": 22,
        "host_keys": (ED25519,),
    }
    return LineParts(**(fields | changes))  # type: ignore[arg-type]


def script_in(line: str) -> str:
    """What ``sh`` gets."""
    assert line.startswith("echo '")
    assert line.endswith("'|sh")
    return line[len("echo '") : -len("'|sh")]


@pytest.mark.parametrize("user", ["relaytray-enrol", "u" * 32])
@pytest.mark.parametrize(
    "host", ["r", "203.0.113.10", "2001:db8:1111:2222:3333:4444:5555:6666", LONGEST_HOST]
)
@pytest.mark.parametrize("key", [ED25519, P256, P521, RSA_2048, RSA_16384])
def test_every_legal_profile_fits(key: str, host: str, user: str) -> None:
    line = line_text(parts(host=host, enrol_user=user, host_keys=(key,), port=65535))
    assert len(line) <= LONGEST
    assert not set(line) & set("!\n\r\t")
    assert line.isascii()
    assert line.count("'") == 2
    script_in(line)


@given(
    host=st.text(string.ascii_letters + string.digits + ".-", min_size=1, max_size=253).filter(
        lambda text: not text.startswith("-")
    ),
    user=st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=32).filter(
        lambda text: not text.startswith("-")
    ),
    port=st.integers(1, 65535),
    check=st.binary(min_size=4, max_size=4),
)
def test_it_fits_and_is_one_line_whatever_the_names(host: str, user: str, port: int, check: bytes) -> None:
    line = line_text(parts(host=host, enrol_user=user, port=port, enrolment_key=key_body(check)))
    assert len(line) <= LONGEST
    assert f"-p{port} {user}@{host} script" in line
    assert line.count("'") == 2
    assert "!" not in line


def test_usual_relay_has_its_key_in_the_line_and_errors_are_explained() -> None:
    line = line_text(parts(host_keys=(RSA_2048, P256, ED25519)))
    assert ED25519 in line
    assert P256 not in line
    assert "expired" in line
    assert "cannot be reached" in line


def test_large_key_is_pinned_by_its_fingerprint() -> None:
    line = line_text(parts(host_keys=(RSA_16384,)))
    assert RSA_16384.split()[1] not in line
    assert "ssh-keygen -lf" in line


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "ABC12345"},
        {"id": "abc"},
        {"host": "a'b"},
        {"host": "-oProxyCommand=x"},
        {"host": "a b"},
        {"host": "$(id)"},
        {"host": "h" * 256},
        {"enrol_user": "-l"},
        {"enrol_user": "a b"},
        {"enrol_user": "a`id`"},
        {"enrolment_key": "AAA'"},
        {"host_keys": ("ssh-ed25519 AAAA;id",)},
        {"host_keys": ()},
        {"host_keys": ("ssh-dss AAAAB3NzaC1kc3M=",)},
        {"port": 0},
        {"port": 65536},
    ],
)
def test_what_could_say_something_to_a_shell_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        line_text(parts(**changes))


def test_parts_that_cannot_fit_are_told() -> None:
    with pytest.raises(LineTooLongError, match=r"\d+ characters, 1200 at most"):
        line_text(parts(host="h" * 255, enrol_user="u" * 64, enrolment_key=key_body() + "A" * 400))


def test_one_time_key_is_not_shown_by_accident() -> None:
    key = key_body()
    assert key not in repr(parts(enrolment_key=key))


# --- what shells make of it ---------------------------------------------------------------------------------

_FAKE_SSH = r"""#!/bin/sh
case $* in *-Q*) exit 1;; esac
for a in "$@"; do printf '%s\n' "$a" >>"$HOME/args"; done
for p in /proc/[0-9]*; do tr '\0' ' ' <$p/cmdline >>"$HOME/seen-by-all"; done 2>/dev/null
for a in "$@"; do case $a in -i*) cp "${a#-i}" "$HOME/key";; esac; done
if [ "$ANSWER" ]; then echo "$ANSWER" >&2; exit 255; fi
printf '%s\n' "$GIVEN"
"""
GREETING = "Hello (from the relay's .bashrc); \\c $(exit 1)\nsecond line # &\n"
SCRIPT = '#!/bin/sh\nprintf "%s\\n" "the script runs in $PWD as $0"'
SHELLS = ("dash", "busybox sh", "bash", "bash --posix", "zsh", "fish", "tcsh")


def paste(
    shell: str, line: str, home: Path, answer: str = "", given: str = GREETING + SCRIPT
) -> subprocess.CompletedProcess[str]:
    """Type the line into this shell; ssh is a script that notes how it was called."""
    words = shell.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    tools = home.parent / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "ssh").write_text(_FAKE_SSH, encoding="ascii")
    (tools / "ssh").chmod(0o755)
    environment = {"HOME": str(home), "PATH": f"{tools}:/usr/bin:/bin", "ANSWER": answer, "GIVEN": given}
    text = f"cd /\n{line}\necho left-in-`pwd`-with-`umask`\n"
    if words[0] == "fish":
        text = text.replace("`pwd`", "(pwd)").replace("`umask`", "(umask)")
    return subprocess.run(words, input=text, capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_runs_it_and_stays_as_it_was(shell: str, home: Path) -> None:
    line = line_text(parts())
    done = paste(shell, line, home)
    assert f"the script runs in {home} as .ssh/relaytray-abc12345.n" in done.stdout, done
    assert (home / ".ssh/relaytray-abc12345.n").read_text() == SCRIPT.removeprefix("#!/bin/sh") + "\n"
    assert "left-in-/-with-" in done.stdout
    assert "-with-0077" not in done.stdout
    key = home / "key"
    key.chmod(0o600)
    told = subprocess.run(["ssh-keygen", "-yf", str(key)], capture_output=True, text=True, timeout=30)
    assert told.stdout.startswith("ssh-ed25519 AAAA"), told
    assert (home / "args").read_text().splitlines()[-2:] == ["relaytray-enrol@203.0.113.10", "script"]
    assert (home / ".ssh/relaytray-abc12345.e").stat().st_mode & 0o077 == 0
    secret = key.read_text().splitlines()[1][-80:-40]
    assert secret in line
    assert secret not in (home / "seen-by-all").read_text(errors="replace")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("u@r: Permission denied (publickey).", "RelayTray: this line has expired."),
        ("Host key verification failed.", "RelayTray: another machine answered, not the relay."),
        ("ssh: connect to host r port 22: Connection timed out", "RelayTray: the relay cannot be reached"),
        ("RelayTray: this line was used.", "RelayTray: this line was used."),
        ("No user exists for uid 1000", "RelayTray: No user exists for uid 1000"),
    ],
)
def test_failure_is_a_sentence_and_leaves_nothing(answer: str, told: str, home: Path) -> None:
    done = paste("dash", line_text(parts()), home, answer)
    assert told in done.stdout
    assert list((home / ".ssh").iterdir()) == []


def test_answer_without_a_script_is_shown_and_leaves_nothing(home: Path) -> None:
    done = paste("dash", line_text(parts()), home, given=GREETING)
    assert "RelayTray: Hello (from the relay's .bashrc);" in done.stdout, done
    assert list((home / ".ssh").iterdir()) == []


def test_used_up_line_starts_what_is_installed(home: Path) -> None:
    installed = home / ".ssh" / "relaytray-abc12345.sh"
    installed.write_text("echo installed $1\n", encoding="ascii")
    done = paste("dash", line_text(parts()), home, "u@r: Permission denied (publickey).")
    assert done.stdout.startswith("installed\n")
    assert installed.exists()


def test_folder_that_cannot_be_written_is_told(home: Path) -> None:
    (home / ".ssh").rmdir()
    (home / ".ssh").write_text("a file", encoding="ascii")
    done = paste("dash", line_text(parts()), home)
    assert "RelayTray: cannot write in ~/.ssh.\n" in done.stdout
