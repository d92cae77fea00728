"""What a Windows user meets, on the Windows Python itself: ``python tests/windows/smoke.py [NAME ...]``.

Needs the program's own dependencies and nothing else, no pytest. Prints one line for each check, PASS, FAIL
or SKIP, and ends with 1 if one failed. NAME runs only the checks whose name contains it. ``--lab FILE`` adds
a check against real OpenSSH: the file is what ``python -m tests.windows.openssh_lab`` writes on Linux.
``--slow FACTOR`` stretches every deadline.

Runs on Linux and macOS too, so that the script itself can be tried there. Everything is written into a new
temporary folder with a space and an umlaut in its name, except one entry in the keyring, which is removed.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import json
import os
import queue
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from app.export.openssh_key import write_openssh_key  # noqa: E402
from app.provision.demo import Demo  # noqa: E402 - after the path
from app.secrets import SecretName, SecretStore  # noqa: E402
from app.storage.document_store import DocumentStore  # noqa: E402
from app.storage.paths import Paths  # noqa: E402
from app.system.file_rights import make_private, why_not_private  # noqa: E402
from app.system.programs import find_program, relaytray_command  # noqa: E402

WINDOWS = os.name == "nt"
HARD_NAME = "Jörg Müller ✓ 100% & co"
SLOW = [1.0]


class Skipped(Exception):
    """This computer cannot show it; the message says why."""


def expect(condition: object, told: object) -> None:
    if not condition:
        raise AssertionError(told)


# --- the program, run as a person or ssh runs it ----------------------------------------------------------


def words(folder: Path, *arguments: str) -> list[str]:
    return [*relaytray_command(), "--data-dir", str(folder), *arguments]


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **changes}


def run(
    folder: Path, *arguments: str, code: int | None = 0, timeout_s: float = 60, **changes: str
) -> tuple[str, str]:
    """Output and error output of one command that ends by itself."""
    process = subprocess.Popen(
        words(folder, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**changes),
        cwd=folder.parent,
    )
    said: list[bytes] = [b"", b""]

    def read(number: int, stream: IO[bytes]) -> None:
        for line in stream:
            said[number] += line

    readers = [
        threading.Thread(target=read, args=(number, stream), daemon=True)
        for number, stream in enumerate((process.stdout, process.stderr))
        if stream is not None
    ]
    for reader in readers:
        reader.start()
    try:
        ended_with = process.wait(timeout_s * SLOW[0])
    finally:
        process.kill()
    for reader in readers:
        reader.join(2)  # Wine's own helpers inherit the pipes and keep them open much longer
    out, err = said[0].decode("utf-8"), said[1].decode("utf-8", "replace")
    expect("Traceback" not in err, err)
    if code is not None:
        expect(ended_with == code, f"{arguments} ended with {ended_with}, not {code}: {out}{err}")
    return out, err


def run_json(folder: Path, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(folder, "--json", *arguments, code=code)[0])


class Child:
    """A command that goes on; its lines can be waited for."""

    def __init__(self, folder: Path, *arguments: str, **changes: str) -> None:
        flags = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
        self.process = subprocess.Popen(
            words(folder, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(**changes),
            cwd=folder.parent,
            creationflags=flags,
        )
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.decode("utf-8", "replace").rstrip())
        self._lines.put(None)

    def wait_line(self, part: str, timeout_s: float = 40) -> str:
        end = time.monotonic() + timeout_s * SLOW[0]
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {part!r} came; before: {self.said}") from None
            expect(line is not None, f"it ended without a line with {part!r}: {self.said}")
            assert line is not None
            self.said.append(line)
            if part in line:
                return line

    def interrupt(self) -> None:
        """Ctrl-Break on Windows: Ctrl-C is not delivered to a process group of its own."""
        self.process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)

    def wait_end(self, timeout_s: float = 20) -> int:
        return self.process.wait(timeout_s * SLOW[0])

    def quit(self, folder: Path) -> int:
        """As `relaytray quit` asks for it; the exit code when it has ended."""
        run(folder, "quit")
        return self.wait_end()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


# --- what the checks share --------------------------------------------------------------------------------


class Bench:
    """One temporary folder, and the demo's machines with their profiles in a data folder of it."""

    def __init__(self, folder: Path, lab: Path | None) -> None:
        self.folder = folder
        self.lab = lab
        self.cleanup = contextlib.ExitStack()
        self._demo: Demo | None = None

    def new(self, name: str) -> Path:
        return self.folder / f"{name} {HARD_NAME}"

    @property
    def demo(self) -> Demo:
        if self._demo is None:
            self._demo = Demo(self.folder / "demo machines")
            self._demo.start()
            self.cleanup.callback(self._demo.stop)
        return self._demo

    def profiles(self, name: str, **relay_changes: Any) -> Path:
        """A new data folder that knows the demo; its SOCKS port is a free one."""
        document = self.demo.document()
        (relay,), (server,) = document.relays, document.servers
        relay = dataclasses.replace(relay, **{"socks_port": free_port(), **relay_changes})
        server = dataclasses.replace(server, forwards=(), local_ssh_port=0)
        document = dataclasses.replace(document, relays=(relay,), servers=(server,))
        folder = self.new(name)
        DocumentStore(Paths.at(folder)).save(document)
        return folder

    @property
    def trust(self) -> list[str]:
        return [word for fingerprint in self.demo.fingerprints for word in ("--trust", fingerprint)]

    @contextlib.contextmanager
    def connected(self, folder: Path, *more: str, alias: str = "demo-gpu") -> Iterator[Child]:
        child = Child(folder, "connect", alias, *(more or self.trust))
        try:
            child.wait_line(f"{alias}: connected")
            yield child
        finally:
            child.kill()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def socks_port_of(folder: Path) -> int:
    return DocumentStore(Paths.at(folder)).load().relays[0].socks_port


def through_socks(port: int, name: str, to_port: int) -> socket.socket:
    """SOCKS5 with the name resolved behind it, by hand: RFC 1928."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=30)
    try:
        sock.sendall(b"\x05\x01\x00")
        expect(sock.recv(2) == b"\x05\x00", "no SOCKS5 greeting")
        sock.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name.encode() + to_port.to_bytes(2, "big"))
        reply = b""
        while len(reply) < 10:
            reply += sock.recv(10 - len(reply)) or expect(False, "SOCKS ended") or b""
        expect(reply[1] == 0, f"SOCKS reply {reply[1]}")
    except BaseException:
        sock.close()
        raise
    return sock


def banner_through_socks(port: int, name: str) -> bytes:
    with through_socks(port, name, 22) as sock:
        return sock.recv(100)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


# --- checks -----------------------------------------------------------------------------------------------


def check_help(bench: Bench) -> str:
    out, _ = run(bench.new("help"), "--help")
    expect("self-test" in out and "exit codes" in out, out)
    out, err = run(bench.new("help"), "relay", "add", code=2)
    expect(err.startswith("relaytray: "), err)
    return "help, and a bad command line ends with 2"


def check_profiles(bench: Bench) -> str:
    folder = bench.new("profiles")
    key = str(bench.folder / "Schlüssel von Jörg" / "id_ed25519")
    run(folder, "relay", "add", "Büro 密", "--host", "relay.example", "--user", "jörg", "--identity", key)
    run(folder, "server", "add", "gpu", "--user", "me", "--identity", key, "--forward", "8888:8888")
    run(folder, "relay", "edit", "Büro 密", "--port", "2222")
    relay = run_json(folder, "relay", "show", "Büro 密")
    expect(relay["identity"] == key and relay["port"] == 2222 and relay["user"] == "jörg", relay)
    expect([server["alias"] for server in run_json(folder, "server", "list")] == ["gpu"], "server list")
    exported = folder / "profiles exported.json"
    run(folder, "profiles", "export", str(exported))
    other = bench.new("profiles imported")
    run(other, "profiles", "import", str(exported))
    expect([r["name"] for r in run_json(other, "relay", "list")] == ["Büro 密"], "profiles import")
    run(folder, "server", "remove", "gpu")
    return f"saved, edited, exported and imported under {folder.name!r}"


def check_writers(bench: Bench) -> str:
    """Three programs add a relay at the same moment: nobody's is lost."""
    folder = bench.new("writers")
    names = ["one", "two", "three"]
    children = [Child(folder, "relay", "add", name, "--host", name, "--user", "u") for name in names]
    for child in children:
        expect(child.wait_end(60) == 0, child.said)
    found = sorted(relay["name"] for relay in run_json(folder, "relay", "list"))
    expect(found == sorted(names), found)
    return "three at once, all three kept"


def check_held_file(bench: Bench) -> str:
    """A scanner has the profiles open for a moment (retried), or for good (told)."""
    folder = bench.new("held")
    run(folder, "relay", "add", "one", "--host", "h", "--user", "u")
    document = Paths.at(folder).document
    store = DocumentStore(Paths.at(folder))
    held = document.open("rb")
    threading.Timer(0.3, held.close).start()
    store.edit(lambda now: dataclasses.replace(now, servers=()))
    if not WINDOWS:
        raise Skipped("an open file can be replaced here")
    with document.open("rb"):
        _, err = run(folder, "relay", "edit", "one", "--port", "23", code=1)
    expect("profiles.json" in err, err)
    expect(run_json(folder, "relay", "show", "one")["port"] == 22, "the old content is gone")
    run(folder, "relay", "edit", "one", "--port", "23")
    left = [path.name for path in folder.iterdir() if path.suffix == ".tmp"]
    expect(not left, left)
    return f"waited for a short holder; for a long one: {err.strip()}"


def check_ssh_config(bench: Bench) -> str:
    folder = bench.profiles("ssh config")
    text = run_json(folder, "ssh-config", "demo-gpu")["ssh_config"]
    lines = dict(line.strip().split(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    expect(lines["HostName"] == "demo-gpu.relaytray.internal", text)
    expect(lines["ProxyCommand"].startswith('"'), text)
    expect("100%% & co" in lines["UserKnownHostsFile"], text)
    if WINDOWS:
        expect("\\" not in text, text)
    return lines["ProxyCommand"]


def check_installed_ssh_config(bench: Bench) -> str:
    """Put into the person's config and taken out again, with every byte (on Windows, a byte order mark)."""
    folder = bench.profiles("installed ssh config")
    config = folder / "home" / ".ssh" / "config"
    config.parent.mkdir(parents=True)
    mark, lines = b"\xef\xbb\xbf" if WINDOWS else b"", b"Host *\r\n  User bob\r\n"
    config.write_bytes(mark + lines)
    where = ("ssh-config", "--config", str(config))
    expect(run_json(folder, *where, "--install")["installed"], config.read_bytes())
    installed = config.read_bytes()
    expect(installed.startswith(mark + b'Include "') and installed.endswith(b'"\r\n' + lines), installed)
    run(folder, "server", "edit", "demo-gpu", "--compression")
    expect("Compression yes" in Paths.at(folder).ssh_config.read_text(encoding="utf-8"), "not in step")
    expect(not run_json(folder, *where, "--remove")["installed"], config.read_bytes())
    expect(config.read_bytes() == mark + lines, config.read_bytes())
    left = sorted(path.name for path in config.parent.iterdir())
    expect(left == ["config"], left)
    config.chmod(stat.S_IREAD)
    _, err = run(folder, *where, "--install", code=1)
    config.chmod(stat.S_IREAD | stat.S_IWRITE)
    expect("read-only" in err, err)
    return installed.splitlines()[0].decode("utf-8-sig")


def check_converted_key(bench: Bench) -> str:
    """For PuTTY and back, open to nobody else from the start, and not written over."""
    folder = bench.new("keys")
    folder.mkdir()
    key = folder / "id_ed25519"
    keys = write_openssh_key(
        Ed25519PrivateKey.generate(), comment=b"me", passphrase=b"", salt=b"", check=b"abcd"
    )
    key.write_bytes(keys)
    ppk = run_json(folder, "key", "convert", str(key))["path"]
    shown = run_json(folder, "key", "show", ppk)
    expect(shown["private"] and shown["format"] == "PuTTY 2" and shown["comment"] == "me", shown)
    run(folder, "key", "convert", str(key), code=2)
    run(folder, "key", "convert", str(key), "--to", "ppk3", "--replace")
    back = run_json(folder, "key", "convert", ppk, str(folder / "back"))["path"]
    expect(run_json(folder, "key", "show", back)["fingerprint"] == shown["fingerprint"], shown)
    before = why_not_private(key)
    make_private(key)
    expect(why_not_private(key) is None, why_not_private(key))
    left = [path.name for path in folder.iterdir() if path.suffix == ".tmp"]
    expect(not left, left)
    return f"private from the start; a usual file: {before or 'private too'}"


def check_self_test(bench: Bench) -> str:
    out, _ = run(bench.new("self test"), "self-test", timeout_s=120)
    expect("FAILED" not in out and "ok     tunnel" in out, out)
    return next(line for line in out.splitlines() if "tunnel" in line)


def check_demo(bench: Bench) -> str:
    out, _ = run(bench.new("demo"), "demo", timeout_s=120)
    expect("Everything works." in out, out)
    return next(line for line in out.splitlines() if "ran on" in line)


def check_connect(bench: Bench) -> str:
    """The running program, asked by the others, and ended as Windows ends it."""
    folder = bench.profiles("connect")
    port = socks_port_of(folder)
    with bench.connected(folder) as child:
        expect(banner_through_socks(port, "demo-gpu.relaytray.internal").startswith(b"SSH-2.0-"), "banner")
        status = run_json(folder, "status")
        expect(status["pid"] == child.process.pid, (status["pid"], child.process.pid))
        again = Child(folder, "connect", "demo-gpu")
        again.wait_line("demo-gpu: connected")
        run(folder, "disconnect", "demo-gpu")
        codes = again.wait_end(), child.wait_end()
    expect(not answers(port), "the SOCKS port is still open")
    run_folder = Paths.at(folder).run_folder
    expect(not (run_folder / "instance.json").exists(), "instance.json was left")
    hosts = Paths.at(folder).known_hosts.read_text(encoding="utf-8")
    expect(len(hosts.split("\n")) >= 3 and "demo-gpu.relaytray.internal" in hosts, hosts)
    return f"SOCKS, status, a second connect, and disconnect ends both (exit codes {codes})"


def check_interrupt(bench: Bench) -> str:
    folder = bench.profiles("interrupt")
    with bench.connected(folder) as child:
        try:
            child.interrupt()
            code = child.wait_end(15)
        except (OSError, SystemError, subprocess.TimeoutExpired):
            raise Skipped("no console: Ctrl-Break does not arrive") from None
        ended = child.process.poll()
    expect(code == 0, f"ended with {code}: {child.said}")
    expect(not answers(socks_port_of(folder)), "the SOCKS port is still open")
    expect(not (Paths.at(folder).run_folder / "instance.json").exists(), "instance.json was left")
    return f"Ctrl-{'Break' if WINDOWS else 'C'} ends a connection in order, exit code {ended}"


def check_killed(bench: Bench) -> str:
    """After a kill the next program takes over: no stale lock, no stale address."""
    folder = bench.profiles("killed")
    with bench.connected(folder) as child:
        child.kill()
    expect(run_json(folder, "status")["running"] is False, "status says that it runs")
    with bench.connected(folder) as child:
        child.quit(folder)
    return "a killed program stands in nobody's way"


def check_proxy_running(bench: Bench) -> str:
    folder = bench.profiles("proxy running")
    with bench.connected(folder) as child:
        told = speak_ssh_through_proxy(folder)
        _, err = run(folder, "proxy", "nobody", code=2)
        expect(err.count("\n") == 1, err)
        child.quit(folder)
    return told


def check_proxy_alone(bench: Bench) -> str:
    folder = bench.profiles("proxy alone")
    with bench.connected(folder) as child:  # pins the keys
        child.quit(folder)
    return speak_ssh_through_proxy(folder)


def speak_ssh_through_proxy(folder: Path) -> str:
    """What ssh does with a ProxyCommand: binary both ways, then the end of input ends it."""
    started = time.monotonic()
    process = subprocess.Popen(
        words(folder, "proxy", "demo-gpu"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    guard = threading.Timer(60 * SLOW[0], process.kill)
    guard.start()
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        took = time.monotonic() - started
        if not (line.startswith(b"SSH-2.0-") and line.endswith(b"\r\n")):
            raise AssertionError(line + process.stderr.read())
        process.stdin.write(b"SSH-2.0-smoke\r\n")
        process.stdin.flush()
        packet = process.stdout.read(6)  # length, padding, SSH_MSG_KEXINIT: RFC 4253 section 6 and 7.1
        expect(len(packet) == 6 and packet[5] == 20, packet)
        process.stdin.close()
        process.stdout.read()
        code = process.wait(20 * SLOW[0])
        err = process.stderr.read().decode("utf-8", "replace")
    finally:
        guard.cancel()
        process.kill()
        process.wait(10)
    expect(code == 0 and not err, f"ended with {code}: {err}")
    return f"banner after {took:.1f} s, then binary both ways, then the end"


def check_host_key(bench: Bench) -> str:
    """The pinned key is another one: nothing is sent to that machine."""
    folder = bench.profiles("host key")
    with bench.connected(folder) as child:
        child.quit(folder)
    known_hosts = Paths.at(folder).known_hosts
    lines = known_hosts.read_text(encoding="utf-8").splitlines()
    keys = [line.split()[-1] for line in lines]
    known_hosts.write_text("\n".join(x.replace(keys[0], keys[-1]) for x in lines) + "\n", encoding="utf-8")
    _, err = run(folder, "connect", "demo-gpu", code=5)
    known_hosts.unlink()
    run(folder, "connect", "demo-gpu", code=4)  # nobody to ask
    return err.strip().splitlines()[-1][:100]


def check_no_agent(bench: Bench) -> str:
    from app.core.profiles import Authentication

    folder = bench.profiles("no agent", authentication=Authentication.AGENT, identity="")
    started = time.monotonic()
    _, err = run(folder, "connect", "demo-gpu", *bench.trust, code=None, SSH_AUTH_SOCK="")
    took = time.monotonic() - started
    expect(took < 20 * SLOW[0], f"it took {took:.0f} s")
    expect("agent" in err, err)
    return f"{took:.1f} s: {err.strip().splitlines()[-1]}"


def check_busy_port(bench: Bench) -> str:
    with socket.socket() as holder:
        if sys.platform == "win32":
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        folder = bench.profiles("busy port", socks_port=holder.getsockname()[1])
        _, err = run(folder, "connect", "demo-gpu", *bench.trust, code=7)
    if "another program: another program" in err:
        raise Skipped(f"this system does not tell the holder (Wine): {err.strip().splitlines()[-1]}")
    expect(f"pid {os.getpid()}" in err, err)
    return err.strip().splitlines()[-1]


def check_many_sockets(bench: Bench) -> str:
    """More clients than one select() takes on Windows (512)."""
    folder = bench.profiles("many sockets")
    port = socks_port_of(folder)
    with bench.connected(folder) as child, contextlib.ExitStack() as clients:
        for _ in range(700):
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        banner = banner_through_socks(port, "demo-gpu.relaytray.internal")
        expect(banner.startswith(b"SSH-2.0-"), banner)
        clients.close()
        child.quit(folder)
    return "700 idle clients, and the next one is served"


def check_keyring(bench: Bench) -> str:
    """The system's own, through the store and through the command line."""
    subject = "relaytray-smoke-test@müller.example"
    name = SecretName("password", subject)
    faults: list[object] = []
    store = SecretStore(on_fault=faults.append)
    try:
        status = store.status()
        if not status.usable:
            raise Skipped(f"no keyring: {status.fault}")
        expect(store.remember(name, "pässwörd 密码 \U0001f511"), faults)
        listed = [entry["name"] for entry in run_json(bench.new("keyring"), "secret", "list")]
        expect(subject in listed, listed)
        fresh = SecretStore(on_fault=faults.append)
        expect(fresh.get(name) == "pässwörd 密码 \U0001f511", "another secret came back")
        too_long = store.remember(SecretName("password", "relaytray-smoke-too-long"), "x" * 1281)
        expect(not too_long or not WINDOWS, "a secret of more than 2560 bytes was taken")
        run(bench.new("keyring"), "secret", "forget", subject)
        expect(fresh.get(name) is None, "it is still there")
        fresh.close()
    finally:
        store.forget(name)
        store.forget(SecretName("password", "relaytray-smoke-too-long"))
        store.close()
    return f"{status.backend}: remembered, listed, read by another store, forgotten"


def check_real_openssh(bench: Bench) -> str:
    if bench.lab is None:
        raise Skipped("give --lab FILE")
    lab = json.loads(bench.lab.read_text(encoding="utf-8"))
    folder = bench.new("openssh")
    keys = folder / "keys"
    keys.mkdir(parents=True)
    copied = {name: str(shutil.copy(lab[name], keys / name)) for name in ("identity", "server_identity")}
    port, route = str(free_port()), str(lab["route_port"])
    reach = ["--host", lab["host"], "--port", str(lab["port"]), "--user", lab["user"]]
    run(folder, "relay", "add", "real", *reach, "--identity", copied["identity"], "--socks-port", port)
    login = ["--user", lab["server_user"], "--identity", copied["server_identity"]]
    run(folder, "server", "add", "gpu", "--route-port", route, *login)
    trust = [word for fingerprint in lab["trust"] for word in ("--trust", fingerprint)]
    with bench.connected(folder, *trust, alias="gpu") as child:
        banner = banner_through_socks(int(port), "gpu.relaytray.internal")
        expect(b"OpenSSH" in banner, banner)
        said, size, took = use_server(folder, int(port))
        child.quit(folder)
    run(folder, "server", "edit", "gpu", "--exit", "server")
    with bench.connected(folder, *trust, alias="gpu") as child:
        beyond = leave_at_server(int(port), lab)
        child.quit(folder)
    return f"{banner.decode().strip()}; {said}; {size / took / 1e6:.0f} MB/s down; {beyond}"


def leave_at_server(socks_port: int, lab: dict[str, Any]) -> str:
    """What listens on the server's own 127.0.0.1, by a link inside the link: bytes of a known sequence."""
    with through_socks(socks_port, "localhost", lab["bytes_port"]) as sock:
        started = time.monotonic()
        sock.sendall(b"D" + b"%016d" % lab["bytes"])
        sha = hashlib.sha256()
        while data := sock.recv(1 << 18):
            sha.update(data)
        took = time.monotonic() - started
    expect(sha.hexdigest() == lab["bytes_digest"], "other bytes came from the server than it sent")
    with through_socks(socks_port, "gpu.relaytray.internal", lab["bytes_port"]) as sock:
        sock.sendall(b"Ehello")
        expect(sock.recv(5) == b"hello", "no echo from the server")
    return f"{lab['bytes'] / took / 1e6:.0f} MB/s down at the server's own exit"


def use_server(folder: Path, socks_port: int) -> tuple[str, int, float]:
    """A command and 20 MB through SOCKS with the program's own client."""
    from app.transport.remote_command import run_through_socks

    paths = Paths.at(folder)
    server = DocumentStore(paths).load().servers[0]
    there = ("127.0.0.1", socks_port)
    said = run_through_socks(there, server, paths.known_hosts, "echo Grüße").strip()
    expect(said == "Grüße", said)
    started = time.monotonic()
    data = run_through_socks(there, server, paths.known_hosts, "head -c 20000000 /dev/zero | tr '\\0' x")
    expect(len(data) == 20_000_000, len(data))
    return f"a command said {said}", len(data), time.monotonic() - started


def check_nothing_left(_bench: Bench) -> str:
    import psutil

    children = psutil.Process().children(recursive=True)
    expect(not children, [child.cmdline() for child in children])
    return "no process of ours is left"


CHECKS: list[Callable[[Bench], str]] = [
    check_help,
    check_profiles,
    check_writers,
    check_held_file,
    check_ssh_config,
    check_installed_ssh_config,
    check_converted_key,
    check_self_test,
    check_demo,
    check_connect,
    check_interrupt,
    check_killed,
    check_proxy_running,
    check_proxy_alone,
    check_host_key,
    check_no_agent,
    check_busy_port,
    check_many_sockets,
    check_keyring,
    check_real_openssh,
    check_nothing_left,
]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--slow", type=float, default=1.0)
    arguments = parser.parse_args()
    SLOW[0] = arguments.slow
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(f"Python {sys.version} on {sys.platform}; ssh: {find_program('ssh')}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="Büro Müller ", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), arguments.lab)
        with bench.cleanup:
            for check in CHECKS:
                name = check.__name__.removeprefix("check_")
                if not arguments.names or any(wanted in name for wanted in arguments.names):
                    failed += not report(name, check, bench)
    print(f"{failed} failed" if failed else "all well", flush=True)
    return 1 if failed else 0


def report(name: str, check: Callable[[Bench], str], bench: Bench) -> bool:
    started = time.monotonic()
    try:
        result, told = "PASS", check(bench)
    except Skipped as e:
        result, told = "SKIP", str(e)
    except Exception as e:
        where = traceback.extract_tb(e.__traceback__)[-1]
        result, told = "FAIL", f"{type(e).__name__}: {e} ({where.name}:{where.lineno})"
    print(f"{result} {name} ({time.monotonic() - started:.1f} s): {told}", flush=True)
    return result != "FAIL"


if __name__ == "__main__":
    sys.exit(main())
