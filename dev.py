#!/usr/bin/env python3
"""Everything a developer does: ``python3 dev.py run | test | lock | translations | bundle | clean``.

Standard library only, Python 3.11 or newer, Windows, macOS and Linux. It makes ``.venv`` beside itself and
installs the locked requirements there, with their hashes checked. On Debian or Ubuntu, as root, it installs
the system packages that are missing; elsewhere it names them and does without.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
TRANSLATIONS = ROOT / "resources" / "translations"
WINDOWS, MAC = sys.platform == "win32", sys.platform == "darwin"

QT_PACKAGES = """
libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libwayland-cursor0 libwayland-egl1 libxcb-cursor0
libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0
libxcb-xkb1 libxkbcommon-x11-0
"""
TEST_PACKAGES = """
busybox connect-proxy cron curl dbus dropbear-bin filezilla fish fonts-noto-cjk gcc-mingw-w64-x86-64 git
gnome-keyring gsettings-desktop-schemas imagemagick iproute2 libglib2.0-bin libpam-systemd libproxy-tools
libproxy1-plugin-gsettings libproxy1-plugin-webkit libsecret-tools ncat netcat-openbsd nftables openbox
openssh-client openssh-server openssh-sftp-server procps proxychains4 putty-tools rsync shadowsocks-libev
shadowsocks-v2ray-plugin shellcheck simple-obfs sudo systemd tcsh tmux trayer v2ray wine wine64 x11-utils
xauth xdotool xvfb zbar-tools zsh
"""
TEST_PROGRAMS = """
busybox connect-proxy cron curl dbus-daemon filezilla fish git gnome-keyring-daemon gsettings import ip nc nft
nsenter openbox plink proxy proxychains4 psftp puttygen rsync scp sftp shellcheck ss-local ss-server ssh
ssh-keygen sshd tcsh tmux trayer unshare useradd v2ray wine x86_64-w64-mingw32-gcc xdotool Xvfb zbarimg zsh
"""
AT_ONCE = ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]  # tests wait most of the time
LOCK_OPTIONS = """
--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet"""
CACHES = "build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache"


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


def call(*words: str | Path, environment: dict[str, str] | None = None, quiet: bool = False) -> bool:
    """Run a program from the checkout's folder, without an input; True when it ended with 0."""
    output = subprocess.DEVNULL if quiet else None
    settings = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    except FileNotFoundError:
        return False
    return done.returncode == 0


def told_by(*words: str | Path) -> str:
    """What a program writes to its standard output; "" where there is no such program."""
    if shutil.which(words[0]) is None:
        return ""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def must_call(*words: str | Path) -> None:
    if not call(*words):
        raise SystemExit(f"dev.py: this failed: {' '.join(map(str, words))}")


# --- the virtual environment --------------------------------------------------------------------------------


def python_of(venv: Path) -> Path:
    return venv / "Scripts" / "python.exe" if WINDOWS else venv / "bin" / "python"


def entry_point(module: str, function: str, *words: str | Path) -> tuple[str | Path, ...]:
    """A console script of the environment, but by its module: scripts break when a checkout is moved."""
    code = f"import sys; from {module} import {function}; sys.exit({function}())"
    return (python_of(VENV), "-c", code, *words)


def make_venv(folder: Path) -> None:
    command = (sys.executable, "-m", "venv", "--clear", folder)
    if not call(*command, quiet=True):
        if can_install_packages():  # Debian keeps ensurepip in a package of its own
            install_packages("python3-venv")
        must_call(*command)


def is_usable(venv: Path) -> bool:
    """False where there is none yet, and after its interpreter was replaced by another version."""
    code = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    return call(python_of(venv), "-c", code, quiet=True)


def install(lock_file: Path) -> None:
    """Bring ``.venv`` to what the lock file says, if it is not there already."""
    if not is_usable(VENV):
        say("Making .venv")
        make_venv(VENV)
    mark = VENV / "installed.txt"
    installed = mark.read_text(encoding="ascii").split() if mark.exists() else []
    if digest(lock_file) in installed:
        return
    say(f"Installing {lock_file.name} into .venv")
    pip = (python_of(VENV), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")
    must_call(*pip, "--require-hashes", "-r", lock_file)
    # the two agree, and the one for development holds the other
    mark.write_text("\n".join({digest(lock_file), digest(RUNTIME_LOCK)}), encoding="ascii")


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# --- system packages ----------------------------------------------------------------------------------------


def can_install_packages() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_packages(wanted: Sequence[str]) -> list[str]:
    """Debian and Ubuntu: which of the packages are not installed."""
    told = told_by("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted)
    present = {line.split()[0] for line in told.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in present]


def install_packages(wanted: str) -> None:
    """apt-get what is missing. Never raises: what cannot be installed is named, and missed later."""
    missing = missing_packages(wanted.split())
    if not missing:
        return
    say(f"Installing system packages: {' '.join(missing)}")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}

    def apt(*words: str) -> bool:
        options = ("-qq", "-o", "DPkg::Lock::Timeout=300")
        return call("apt-get", *options, *words, environment=environment, quiet=True)

    if not apt("update"):
        say("apt-get update failed; trying with the lists that are there")
    add = ("install", "-y", "--no-install-recommends")
    if not apt(*add, *missing):
        for name in missing:  # one that this release does not know must not keep the others out
            if not apt(*add, name):
                say(f"The package {name} could not be installed")


def missing_qt_libraries() -> list[str]:
    """Linux: shared libraries that Qt's X11 platform needs and this system lacks."""
    plugins = [*VENV.glob("lib/python*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so")]
    told = told_by("ldd", *plugins) if plugins else ""
    return sorted({line.split()[0] for line in told.splitlines() if line.endswith("not found")})


def need_qt_libraries() -> None:
    if not missing_qt_libraries():
        return
    if can_install_packages():
        install_packages(QT_PACKAGES)
    if missing := missing_qt_libraries():
        say(f"Qt needs libraries that are not here: {' '.join(missing)}")
        say(f"On Debian or Ubuntu: sudo apt-get install {' '.join(QT_PACKAGES.split())}")


def need_test_programs() -> None:
    if can_install_packages():
        install_packages(TEST_PACKAGES + QT_PACKAGES)
    where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    if missing := [name for name in TEST_PROGRAMS.split() if shutil.which(name, path=where) is None]:
        say(f"Not here, so the tests that need them are skipped: {' '.join(missing)}")


# --- translations -------------------------------------------------------------------------------------------


def linguist(tool: str, *words: str | Path) -> None:
    """lupdate or lrelease of the environment's PySide6; silent unless it fails."""
    command = entry_point("PySide6.scripts.pyside_tool", tool, *words)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{tool} failed:\n{done.stdout}{done.stderr}")


def compile_translations() -> None:
    for source in sorted(TRANSLATIONS.glob("*.ts")):
        compiled = source.with_suffix(".qm")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            linguist("lrelease", source, "-qm", compiled)


def extract_texts(target: Path) -> None:
    """Bring the .ts file to the texts that the program has now; translations of those that stay are kept."""
    sources = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "app").rglob("*.py"))
    linguist("lupdate", "-no-obsolete", "-locations", "none", *sources, "-ts", target)


def texts_of(file: Path) -> dict[tuple[str, str, str], bool]:
    """(context, text, comment) of each message, and whether it is translated."""
    found = {}
    for context in ET.parse(file).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            key = name, message.findtext("source", ""), message.findtext("comment", "")
            target = message.find("translation")
            text = "" if target is None else "".join(target.itertext()).strip()
            found[key] = target is not None and target.get("type") is None and bool(text)
    return found


def problems_of(source: Path) -> list[str]:
    """What keeps a .ts file from holding, translated, exactly the texts that the program has."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(shutil.copy(source, folder))
        extract_texts(fresh)
        stored, wanted = texts_of(source), texts_of(fresh)
    found = [(key, "is not in the file: run dev.py translations") for key in wanted.keys() - stored.keys()]
    found += [(key, "has left the program: run dev.py translations") for key in stored.keys() - wanted.keys()]
    found += [(key, "is not translated") for key in wanted if not stored.get(key, True)]
    return [f"{source.name}: {context}: {text!r} {problem}" for (context, text, _), problem in sorted(found)]


def check_translations() -> bool:
    sources = sorted(TRANSLATIONS.glob("*.ts"))
    problems = [problem for source in sources for problem in problems_of(source)]
    print("\n".join(problems) or f"All texts are translated: {', '.join(source.name for source in sources)}")
    return not problems


# --- commands -----------------------------------------------------------------------------------------------


def has_display() -> bool:
    return WINDOWS or MAC or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(extra: Sequence[str]) -> int:
    """Start the program with its demo relay and server: in the tray, or without a display as a proof."""
    install(RUNTIME_LOCK)
    compile_translations()
    command = [str(python_of(VENV)), "-m", "app", "demo"]
    if has_display():
        need_qt_libraries()
        command.append("--tray")
    else:
        say("No display: the demo runs without one")
    try:
        return subprocess.run([*command, *extra], cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


@dataclass
class Results:
    """Counts checks and tests together, so that the closing line tells the whole truth."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: list[str] = field(default_factory=list)

    def step(self, name: str, check: Callable[[], bool]) -> None:
        print(f"\n=== {name} ===", flush=True)
        started = time.monotonic()
        good = check()
        line = f"{'ok' if good else 'FAILED':7}{name} ({time.monotonic() - started:.1f} s)"
        self.lines.append(line)
        print(line, flush=True)
        self.passed += good
        self.failed += not good

    def tests(self, *words: str | Path) -> bool:
        """Run pytest, pass its output on as it comes, and add up the counts of its closing line."""
        closing = ""
        with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for raw in process.stdout:
                line = raw.decode(errors="replace")
                print(line, end="", flush=True)
                closing = line if re.search(r"\bin \d+\.\d+s\b", line) else closing
        found = re.findall(r"(\d+) (passed|failed|error|skipped)", closing)
        counts = {word: int(number) for number, word in found}
        self.passed += counts.get("passed", 0)
        self.failed += counts.get("failed", 0) + counts.get("error", 0)
        self.skipped += counts.get("skipped", 0)
        return process.returncode == 0

    def closing_line(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def test(extra: Sequence[str]) -> int:
    """Every check, then every test; goes on after a failure. ``--no-skips``: a skipped test has failed."""
    need_test_programs()
    install(DEV_LOCK)
    compile_translations()
    python = python_of(VENV)
    results = Results()
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""  # a thousand programs are started: none compiles anew
    collect = [str(python), "-m", "pytest", "--collect-only", *extra]  # compiles once what all workers read
    compiling = subprocess.Popen(collect, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    results.step("format", lambda: call(python, "-m", "ruff", "format", "--check", "."))
    results.step("lint", lambda: call(python, "-m", "ruff", "check", "."))
    results.step("types", lambda: call(python, "-m", "mypy"))
    results.step("imports", lambda: call(*entry_point("importlinter.cli", "lint_imports_command")))
    results.step("translations", check_translations)
    compiling.wait()
    results.step("tests", lambda: results.tests(python, "-u", "-m", "pytest", *AT_ONCE, *extra))
    print("\n" + "\n".join(results.lines) + "\n" + results.closing_line(), flush=True)
    return 1 if results.failed else 0


def lock(extra: Sequence[str]) -> int:
    """Write both lock files anew: the same versions where they still fit, ``--upgrade`` for newer ones."""
    with tempfile.TemporaryDirectory() as folder:
        python = python_of(Path(folder))
        make_venv(Path(folder))
        # uv, because pip-compile locks for the one system it runs on; that would not install on Windows
        must_call(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv")
        options = [*LOCK_OPTIONS.split(), "--custom-compile-command", "python dev.py lock", *extra]
        uv = [str(python), "-m", "uv", "--no-config", "pip", "compile", "pyproject.toml", *options]
        must_call(*uv, "-o", RUNTIME_LOCK.name)
        must_call(*uv, "--group", "dev", "-c", RUNTIME_LOCK.name, "-o", DEV_LOCK.name)
    return 0


def translations(_extra: Sequence[str]) -> int:
    """Take new texts into the .ts files and compile them; tell what is still to be translated."""
    install(DEV_LOCK)
    for source in sorted(TRANSLATIONS.glob("*.ts")) or [TRANSLATIONS / "relaytray_zh_CN.ts"]:
        extract_texts(source)
    compile_translations()
    return 0 if check_translations() else 1


def bundle(extra: Sequence[str]) -> int:
    """Build the program that needs no Python, and let it prove itself. ``ONEFILE=1``: in a single file."""
    install(DEV_LOCK)
    compile_translations()
    need_qt_libraries()
    must_call(
        python_of(VENV), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *extra, "build.spec"
    )
    program = bundled_program()
    say(f"Self-test of {program.relative_to(ROOT)}")
    with tempfile.TemporaryDirectory() as folder:
        proof = (program, "--data-dir", folder, "self-test")
        return 0 if call(*proof, environment={"QT_QPA_PLATFORM": "offscreen"}) else 1


def bundled_program() -> Path:
    dist = ROOT / "dist"
    name = "relaytray.exe" if WINDOWS else "relaytray"
    if os.environ.get("ONEFILE") == "1":
        return dist / name
    return dist / "RelayTray.app" / "Contents" / "MacOS" / name if MAC else dist / "relaytray" / name


def clean(extra: Sequence[str]) -> int:
    """Remove what was built; with ``--all`` also .venv, and what tests keep for their next run."""
    folders = [ROOT / name for name in CACHES.split()] + ([VENV, ROOT / ".dev"] if "--all" in extra else [])
    for folder in [*folders, *(ROOT / "app").rglob("__pycache__"), *(ROOT / "tests").rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    for compiled in TRANSLATIONS.glob("*.qm"):
        compiled.unlink()
    return 0


COMMANDS = {command.__name__: command for command in (run, test, lock, translations, bundle, clean)}


def main(words: Sequence[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  whoever has an older one is told so here
        raise SystemExit("RelayTray needs Python 3.11 or newer; this is " + sys.version.split()[0])
    if not words or words[0] not in COMMANDS:
        print(__doc__, *(f"{name:13} {command.__doc__}" for name, command in COMMANDS.items()), sep="\n")
        return 0 if words and words[0] in {"-h", "--help"} else 2
    return COMMANDS[words[0]](words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
