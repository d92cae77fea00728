"""Against the real GNOME keyring: what a person's keyring does, and what it does when it fails."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.peers.keyring_daemon import KeyringDaemon, missing_programs
from tests.peers.processes import end_tree

ROOT = Path(__file__).parents[2]


class Scenario:
    """A process that runs lines against a SecretStore."""

    def __init__(self, script: str, env: dict[str, str], timeout_s: float = 10.0) -> None:
        command = [sys.executable, "-m", "tests.secrets.scenario", textwrap.dedent(script), str(timeout_s)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe)

    def told(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            pytest.fail(self.process.stderr.read().decode())
        return json.loads(line)

    def wait_for(self) -> None:
        assert self.told() == "waiting"

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_exc: object) -> None:
        if kind is None:
            _, errors = self.process.communicate(timeout=20)
            assert self.process.returncode == 0, errors.decode()
        else:
            end_tree(self.process, kill=True)


def run(script: str, env: dict[str, str], timeout_s: float = 10.0) -> list[Any]:
    """All that the script told."""
    command = [sys.executable, "-m", "tests.secrets.scenario", textwrap.dedent(script), str(timeout_s)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def daemon(_nothing_unexpected: None, tmp_path: Path) -> Iterator[KeyringDaemon]:
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as started:
        yield started


def test_set_get_list_forget_across_processes(daemon: KeyringDaemon) -> None:
    told = run(
        """
        tell(store.get(key))
        tell(store.remember(key, "s3cr\\u20act \\u5bc6\\u7801"))
        tell(store.remember(SecretName("password", "me@gate"), ""))
        tell(codes())
        """,
        daemon.env,
    )
    assert told == [None, True, True, []]
    told = run(
        """
        tell(store.get(key))
        tell(store.get(SecretName("password", "me@gate")))
        tell([(n.kind, n.subject) for n in store.names()])
        s = store.status(); tell([s.usable, s.backend, s.fault is None])
        tell(store.forget(key)); tell(store.forget(key))
        tell(store.get(key))
        tell([n.subject for n in store.names()])
        tell(codes())
        """,
        daemon.env,
    )
    assert told[0] == "s3cr\u20act \u5bc6\u7801"
    assert told[1] == ""  # an empty password is one
    assert told[2] == [["passphrase", "/home/chen/.ssh/id"], ["password", "me@gate"]]
    assert told[3] == [True, "SecretService", True]
    assert told[4:] == [True, True, None, ["me@gate"], []]


def test_what_is_kept_for_the_session_never_reaches_the_keyring(daemon: KeyringDaemon) -> None:
    told = run(
        """
        store.keep_for_session(key, "only here")
        tell(store.get(key)); tell(store.names()); tell(len(store.session_names()))
        store.forget_session(); tell(store.get(key))
        """,
        daemon.env,
    )
    assert told == ["only here", [], 1, None]


def test_remembering_replaces_what_the_session_had(daemon: KeyringDaemon) -> None:
    told = run(
        """
        store.keep_for_session(key, "old"); tell(store.remember(key, "new")); tell(store.get(key))
        tell(store.remember(key, "newer")); tell(store.get(key)); tell(len(store.names()))
        """,
        daemon.env,
    )
    assert told == [True, "new", True, "newer", 1]


def test_hundreds_of_names_are_listed(daemon: KeyringDaemon) -> None:
    told = run(
        """
        names = {SecretName("passphrase", f"/home/someone/keys/number/{i:04}/id_ed25519") for i in range(120)}
        backend = store._worker.call(store._backend)
        store._worker.call(lambda: store._write_index(backend, names))
        tell(set(store.names()) == names)
        gone = sorted(names)[:110]
        store._worker.call(lambda: store._write_index(backend, names - set(gone)))
        tell(len(store.names()))
        tell(store._worker.call(lambda: backend.get_password(*store._shard(2))))
        """,
        daemon.env,
    )
    assert told == [True, 10, None]


def test_a_name_that_the_index_lost_is_listed_again_once_it_is_used(daemon: KeyringDaemon) -> None:
    told = run(
        """
        store.remember(key, "x")
        backend = store._worker.call(store._backend)
        store._worker.call(lambda: store._write_index(backend, set()))
        tell(len(store.names()))
        store._indexed.clear()  # as in another process
        tell(store.get(key)); tell(len(store.names()))
        """,
        daemon.env,
    )
    assert told == [0, "x", 1]


def test_two_kinds_of_one_subject_are_two_secrets(daemon: KeyringDaemon) -> None:
    told = run(
        """
        other = SecretName("password", key.subject)
        store.remember(key, "a"); store.remember(other, "b")
        tell([store.get(key), store.get(other)]); store.forget(key); tell([store.get(key), store.get(other)])
        """,
        daemon.env,
    )
    assert told == [["a", "b"], [None, "b"]]


def test_locked(daemon: KeyringDaemon) -> None:
    with Scenario(
        """
        store.remember(key, "stored")
        wait()
        s = store.status(); tell([s.usable, s.backend, s.fault.code])
        tell(store.get(key)); tell(store.get(key)); tell(store.names())
        tell(store.remember(key, "typed")); tell(store.get(key))
        tell(codes())
        """,
        daemon.env,
    ) as scenario:
        scenario.wait_for()
        daemon.lock()
        scenario.go_on()
        assert scenario.told() == [False, "SecretService", "keyring-locked"]
        assert [scenario.told() for _ in range(5)] == [None, None, [], False, "typed"]
        assert scenario.told() == ["keyring-locked"]  # told once


def test_killed_and_back(daemon: KeyringDaemon) -> None:
    with Scenario(
        """
        store.remember(key, "stored")
        wait()
        tell(store.get(key)); tell(store.get(key)); tell(codes()); tell(store.status().usable)
        tell(store.forget(SecretName("password", "nobody")))
        wait()
        tell(store.get(key)); tell(len(store.names())); tell(store.status().usable); faults.clear()
        wait()
        store.get(key); tell(codes())
        """,
        daemon.env,
    ) as scenario:
        scenario.wait_for()
        daemon.kill()
        scenario.go_on()
        assert [scenario.told() for _ in range(2)] == [None, None]
        assert len(scenario.told()) == 1
        assert scenario.told() is False
        assert scenario.told() is False
        scenario.wait_for()
        daemon.start()
        scenario.go_on()
        assert [scenario.told() for _ in range(3)] == ["stored", 1, True]
        scenario.wait_for()
        daemon.kill()
        scenario.go_on()
        assert len(scenario.told()) == 1  # it worked in between: told again


def test_hung(daemon: KeyringDaemon) -> None:
    """Our time-out of 1 s ends the wait; later calls do not wait at all; it works again once it answers."""
    with Scenario(
        """
        import time
        store.remember(key, "stored")
        wait()
        start = time.monotonic(); tell(store.get(key)); tell(time.monotonic() - start)
        start = time.monotonic(); tell(store.remember(key, "typed")); tell(store.get(key))
        tell(store.status().usable); tell(store.forget(key)); tell(store.get(key))
        tell(time.monotonic() - start); tell(codes())
        wait()
        deadline = time.monotonic() + 10
        while not store.status().usable and time.monotonic() < deadline:
            time.sleep(0.01)
        tell(store.get(key)); tell(store.names())
        """,
        daemon.env,
        timeout_s=1.0,
    ) as scenario:
        scenario.wait_for()
        daemon.stop_hard()
        scenario.go_on()
        assert scenario.told() is None
        assert 0.9 <= scenario.told() < 5
        assert [scenario.told() for _ in range(5)] == [False, "typed", False, False, None]
        assert scenario.told() < 0.9
        assert scenario.told() == ["keyring-timeout"]
        scenario.wait_for()
        daemon.resume()
        scenario.go_on()
        assert scenario.told() is None  # what was forgotten while it hung is gone
        assert scenario.told() == []


def test_a_hung_keyring_does_not_keep_the_program_from_ending(daemon: KeyringDaemon) -> None:
    with Scenario("wait(); store.get(key); tell(codes())", daemon.env, timeout_s=0.5) as scenario:
        scenario.wait_for()
        daemon.stop_hard()
        scenario.go_on()
        assert scenario.told() == ["keyring-timeout"]
        start = time.monotonic()
        scenario.process.wait(15)
        assert time.monotonic() - start < 10
        assert scenario.process.returncode == 0


def test_bus_gone(daemon: KeyringDaemon) -> None:
    """secretstorage raises something here that is no KeyringError."""
    with Scenario(
        """
        store.remember(key, "stored")
        wait()
        tell(store.get(key)); tell(store.remember(key, "typed")); tell(store.get(key)); tell(codes())
        """,
        daemon.env,
    ) as scenario:
        scenario.wait_for()
        daemon.kill_bus()
        scenario.go_on()
        assert [scenario.told() for _ in range(3)] == [None, False, "typed"]
        assert scenario.told() == ["keyring-broken"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}, "keyring-missing", id="no-bus"),
        pytest.param(
            {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}, "keyring-missing", id="fail"
        ),
        pytest.param(
            {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}, "keyring-missing", id="null"
        ),
        pytest.param({"PYTHON_KEYRING_BACKEND": "no.such.Backend"}, "keyring-broken", id="no-such"),
        pytest.param(
            {"PYTHON_KEYRING_BACKEND": "tests.secrets.bad_backends.File"},
            "keyring-missing",
            id="writes-a-file",
        ),
    ],
)
def test_no_keyring_means_the_session_and_never_a_file(
    tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    env = KeyringDaemon(tmp_path).env | {"DBUS_SESSION_BUS_ADDRESS": ""} | changes
    (tmp_path / "keyring-home").mkdir()
    told = run(
        """
        tell(store.get(key)); tell(store.remember(key, "s3cr3t-of-mine")); tell(store.get(key))
        s = store.status(); tell([s.usable, s.fault.code]); tell(codes())
        """,
        env,
    )
    assert told == [None, False, "s3cr3t-of-mine", [False, code], [code]]
    assert [p for p in tmp_path.rglob("*") if p.is_file() and b"s3cr3t-of-mine" in p.read_bytes()] == []


def test_a_keyring_that_comes_up_later_is_found(tmp_path: Path) -> None:
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with (
        KeyringDaemon(tmp_path, start=False) as daemon,
        Scenario(
            "tell(store.status().usable); wait(); tell(store.remember(key, 'x')); tell(store.get(key))",
            daemon.env,
        ) as scenario,
    ):
        assert scenario.told() is False
        scenario.wait_for()
        daemon.start()
        scenario.go_on()
        assert scenario.told() is True
        assert scenario.told() == "x"
