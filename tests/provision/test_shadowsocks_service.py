"""Shadowsocks on a relay for real: set up, used, attacked, changed, broken off, and taken away again."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.profiles import Document
from app.core.provisioning import Camouflage, ShadowsocksOptions, Step, StepNote, StepReport, StepState
from app.core.shadowsocks import SECRET_KIND
from app.provision import setup_script
from app.secrets import SecretName
from tests.peers.keys import KeyStore
from tests.peers.machines import changes, why_not_here
from tests.peers.shadowsocks_client import ShadowsocksClient
from tests.provision.shadowsocks_lab import NEIGHBOURS, SITE, SITE6, TALKER_PORT, ShadowsocksLab

pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(why_not_here()), reason=why_not_here()),
]

FOLDER = "/etc/relaytray/shadowsocks"
MAIN, PHONES = "relaytray-shadowsocks.service", "relaytray-shadowsocks-phones.service"
PHONES_UDP = "relaytray-shadowsocks-phones-udp.service"
PLAIN = ShadowsocksOptions()
NAMES = {
    "site.test": SITE,
    "loop.test": "127.0.0.1",
    "loop6.test": "::1",
    "mapped.test": "::ffff:127.0.0.1",
    "zero.test": "0.0.0.0",
    "private.test": "10.77.0.2",
    "metadata.test": "169.254.169.254",
    "unique.test": "fd77::2",
    "turns.test": f"{SITE},127.0.0.1",  # each question gets the other answer
}
# when nothing keeps users in, these lead to a talker, but for the forms that no resolver takes
FORBIDDEN = (
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("10.77.0.1", "fd77::1", "2a00:77::1", "::ffff:10.77.0.2", *NEIGHBOURS),
    *(
        "name:127.0.0.1",
        "name:::1",
        "name:::ffff:127.0.0.1",
        "name:localhost",
        "name:LOCALHOST",
        "name:relay",
    ),
    *("name:127.1", "name:2130706433", "name:0x7f000001", "name:0177.0.0.1", "name:127.0.0.1."),
    *("loop.test", "loop6.test", "mapped.test", "zero.test", "private.test", "metadata.test", "unique.test"),
)


@pytest.fixture(scope="module")
def whole_lab(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[ShadowsocksLab]:
    with ShadowsocksLab(tmp_path_factory.mktemp("shadowsocks"), key_store) as made:
        with made.script() as script:
            assert script.run("apply", Step.ACCOUNTS).state == StepState.DONE
        made.start_talkers(NAMES)
        yield made


@pytest.fixture
def lab(whole_lab: ShadowsocksLab) -> Iterator[ShadowsocksLab]:
    """Whatever a test leaves is taken away, and then nothing differs from before."""
    before = whole_lab.setup.files()
    yield whole_lab
    assert whole_lab.undo() in (StepState.DONE, StepState.RIGHT)
    assert changes(before, whole_lab.setup.files()) == []
    assert whole_lab.machine.command_lines("ss-server") == []
    assert "relaytray-shadowsocks" not in whole_lab.machine.read("/etc/passwd")


def codes(report: StepReport) -> list[StepNote]:
    return [note.code for note in report.notes]


# --- it works -----------------------------------------------------------------------------


def test_a_page_and_a_file_come_through_whatever_it_looks_like(lab: ShadowsocksLab) -> None:
    """From one to the next by a set-up that is repeated: the password stays, the phones do not notice.

    All of them, with a larger file: ``python -m tests.provision.shadowsocks_proof``.
    """
    data = secrets.token_bytes(3_000_000)
    (lab.folder / "file").write_bytes(data)
    (lab.folder / "page.html").write_text("<p>it is there", encoding="utf-8")
    web = lab.start_web()
    plan = lab.check(PLAIN)
    assert plan.state is StepState.CHANGE
    assert codes(plan) == [
        StepNote.SHADOWSOCKS_SERVER,
        StepNote.SHADOWSOCKS_PHONES,
        StepNote.ACCOUNT_MISSING,
        StepNote.PROVIDER_FIREWALL,
    ]
    assert lab.secrets.keyring == {}, "a plan makes no password"
    before: tuple[str, str, str] | None = None
    for options in (
        PLAIN,
        ShadowsocksOptions(method="xchacha20-ietf-poly1305", camouflage=Camouflage.OBFS_HTTP, port=443),
        ShadowsocksOptions(method="chacha20-ietf-poly1305", camouflage=Camouflage.V2RAY_PLUGIN, port=8390),
    ):
        assert lab.apply(options).state is StepState.DONE
        for for_phones in (False, True):
            with lab.client(for_phones=for_phones) as client:
                assert client.fetch(f"{web}/page.html") == b"<p>it is there"
                assert hashlib.sha256(client.fetch(f"{web}/file")).digest() == hashlib.sha256(data).digest()
        now = (lab.password(), lab.password(for_phones=True), main_pid(lab, PHONES))
        assert before in (None, now)
        before = now
    again = lab.apply(options)
    assert (again.state, codes(again)) == (StepState.RIGHT, [StepNote.PROVIDER_FIREWALL])
    assert lab.profile().plugin_options == "mode=websocket;host=www.bing.com"
    assert (lab.profile().port, lab.profile(for_phones=True).port) == (8390, 8389)
    assert not lab.machine.run("ss", "-Hltn", "sport = :443").stdout, "the old port is not served any more"
    crashes_and_stops(lab, options)


def crashes_and_stops(lab: ShadowsocksLab, options: ShadowsocksOptions) -> None:
    first = main_pid(lab, MAIN)
    lab.machine.must_run("kill", "-SEGV", first.strip())
    lab.setup.wait_until(lambda: main_pid(lab, MAIN) not in ("0\n", first), "the service to be there again")
    lab.machine.must_run("systemctl", "disable", "--quiet", "--now", PHONES)
    notes = [note for note in lab.check(options).notes if note.code is StepNote.SERVICE_NOT_RUNNING]
    assert [dict(note.details) for note in notes] == [{"service": PHONES}]
    for unit in (MAIN, PHONES_UDP):
        assert lab.machine.must_run("systemctl", "is-enabled", unit) == "enabled\n"


def main_pid(lab: ShadowsocksLab, unit: str) -> str:
    return lab.machine.must_run("systemctl", "show", "--property=MainPID", "--value", unit)


# --- it keeps its users in ------------------------------------------------------------------


def test_nobody_gets_at_the_relay_or_a_private_network(lab: ShadowsocksLab) -> None:
    lab.apply(PLAIN)
    own = lab.network.address
    forbidden = (*FORBIDDEN, own, f"::ffff:{own}")
    with lab.client() as main, lab.client(for_phones=True) as phone, ThreadPoolExecutor(100) as pool:

        def tried(
            client: ShadowsocksClient, hosts: tuple[str, ...], *, udp: bool = False
        ) -> dict[str, bytes]:
            ask = client.answered if udp else client.heard
            return dict(zip(hosts, pool.map(lambda host: ask(host, TALKER_PORT), hosts), strict=True))

        open_ = (SITE, SITE6, "site.test")
        assert all(tried(main, open_).values())
        assert all(tried(phone, open_, udp=True).values())
        assert reached(tried(main, forbidden)) == []
        assert reached(tried(phone, forbidden)) == []
        assert reached(tried(phone, forbidden, udp=True)) == []
        # a name that is somebody else at the next question: whoever answers, it is never the relay
        answers = {main.heard("turns.test", TALKER_PORT) for _ in range(6)}
        assert answers == {f"talker {SITE}\n".encode(), b""}
        assert all(tried(main, open_).values()), "and it still works for the rest"
    # the one for UDP does not start without its fence, whoever took it away
    file = f"/etc/systemd/system/{PHONES_UDP}"
    lab.machine.must_run("sed", "-i", "/^IPAddressDeny/d", file)
    lab.machine.must_run("systemctl", "daemon-reload")
    assert lab.machine.run("systemctl", "restart", PHONES_UDP).returncode != 0
    # and with both fences away, the same attacks arrive: it was they that held
    lab.machine.must_run("sed", "-i", "/^ExecStartPre/d", file)
    lab.machine.must_run("sed", "-i", "s/ --acl [^ ]*//", f"/etc/systemd/system/{MAIN}")
    lab.machine.must_run("systemctl", "daemon-reload")
    lab.machine.must_run("systemctl", "restart", MAIN, PHONES_UDP)
    with lab.client() as main, lab.client(for_phones=True) as phone:
        lab.setup.wait_until(lambda: bool(main.heard(SITE, TALKER_PORT)), "the server to be there again")
        lab.setup.wait_until(lambda: bool(phone.answered(SITE, TALKER_PORT)), "and the one for UDP")
        for host in ("127.0.0.1", "::ffff:127.0.0.1", "loop.test", "10.77.0.2", own):
            assert main.heard(host, TALKER_PORT, 20), host
            assert phone.answered(host, TALKER_PORT, 20), host
    assert lab.check(PLAIN).state is StepState.CHANGE, "a fence that somebody took away is missed"


def reached(answers: dict[str, bytes]) -> list[str]:
    return [host for host, answer in answers.items() if answer]


# --- passwords --------------------------------------------------------------------------------


def test_passwords_are_seen_by_nobody_and_stay(lab: ShadowsocksLab) -> None:
    options = ShadowsocksOptions(camouflage=Camouflage.OBFS_TLS)
    seen: set[str] = set()
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            seen.update(lab.machine.command_lines(""))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        lab.apply(options)
    finally:
        is_over.set()
        watcher.join()
    assert any("apply shadowsocks" in line for line in seen)
    passwords = {lab.password(), lab.password(for_phones=True)}
    assert len(passwords) == 2
    journal = lab.machine.must_run("journalctl", "--no-pager", "--output=export")
    for password in passwords:
        assert len(password) == 32
        assert not [line for line in seen if password in line]
        assert password not in journal
    files = lab.machine.snapshot("/etc", "/run", "/tmp", "/var/tmp", "/root", "/usr/local")
    holding = {path: told for path, told in files.items() if any(p in told for p in passwords)}
    assert sorted(holding) == [f"{FOLDER}/{name}.json" for name in ("main", "phones-udp", "phones")]
    assert {told.split()[0] for told in holding.values()} == {"-rw-r-----"}
    assert lab.machine.run("cat", f"{FOLDER}/main.json", user="nobody").returncode != 0
    joins_and_leaves_phones_out(lab, options)


def joins_and_leaves_phones_out(lab: ShadowsocksLab, options: ShadowsocksOptions) -> None:
    """A computer that knows nothing, or something else, gets the passwords that are there."""
    passwords, profiles = dict(lab.secrets.keyring), lab.document
    lab.secrets.keyring.clear()
    lab.document = Document()
    assert lab.apply(options).state is StepState.RIGHT
    assert (lab.secrets.keyring, lab.document) == (passwords, profiles)
    main = lab.profile().id
    lab.secrets.keyring[SecretName(SECRET_KIND, main)] = "A" * 32
    lab.document = Document(
        shadowsocks=tuple(
            dataclasses.replace(one, name="mine", local_port=7000) for one in profiles.shadowsocks
        )
    )
    assert lab.apply(ShadowsocksOptions(port=8400, for_phones=False)).state is StepState.DONE
    assert lab.secrets.keyring == {name: one for name, one in passwords.items() if name.subject == main}
    (profile,) = lab.document.shadowsocks
    assert (profile.id, profile.name, profile.local_port, profile.port) == (main, "mine", 7000, 8400)
    assert sorted(path for path in lab.setup.files() if path.startswith("/etc/systemd/system/m")) == [
        "/etc/systemd/system/multi-user.target.wants",
        f"/etc/systemd/system/multi-user.target.wants/{MAIN}",
        "/etc/systemd/system/multi-user.target.wants/ssh.service",
    ]
    assert not lab.machine.exists(f"{FOLDER}/phones.json")


# --- what can be in the way -------------------------------------------------------------------


def test_what_cannot_be_done_here(lab: ShadowsocksLab, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = lab.apply(ShadowsocksOptions(port=TALKER_PORT))
    assert taken.state is StepState.IMPOSSIBLE
    assert [dict(note.details) for note in taken.notes] == [{"port": f"{TALKER_PORT}/tcp"}]
    unknown = lab.apply(ShadowsocksOptions(method="2022-blake3-aes-256-gcm"))
    assert (unknown.state, codes(unknown)) == (
        StepState.IMPOSSIBLE,
        [StepNote.SHADOWSOCKS_METHOD_UNKNOWN],
    )
    with lab.script() as script:
        told = script.run("check", Step.SHADOWSOCKS, mode="account")
        assert (told.state, [note.code for note in told.notes]) == ("impossible", [StepNote.NEEDS_ROOT])
    part = setup_script._part
    monkeypatch.setattr(
        setup_script, "_part", lambda name: part(name).replace("/run/systemd/system", "/run/no-systemd")
    )
    report = lab.apply(PLAIN)
    assert (report.state, codes(report)) == (StepState.IMPOSSIBLE, [StepNote.NEEDS_SYSTEMD])
    assert lab.document.shadowsocks == ()
    assert lab.secrets.keyring == {}, "no password is made for what cannot be"
    monkeypatch.undo()
    somebody_has_a_unit_of_that_name(lab)


def somebody_has_a_unit_of_that_name(lab: ShadowsocksLab) -> None:
    file, theirs = f"/etc/systemd/system/{MAIN}", "[Service]\nExecStart=/bin/sleep infinity\n"
    lab.machine.write(file, theirs)
    lab.machine.must_run("systemctl", "daemon-reload")
    lab.machine.must_run("systemctl", "start", MAIN)
    pid = main_pid(lab, MAIN)
    report = lab.apply(PLAIN)
    assert report.fault is not None
    assert report.fault.details["reason"] == f"there is a unit {MAIN} already, and RelayTray did not make it"
    assert lab.undo() is StepState.DONE
    assert (lab.machine.read(file), main_pid(lab, MAIN)) == (theirs, pid)
    assert lab.machine.run("systemctl", "is-enabled", MAIN).stdout != "enabled\n"
    lab.machine.must_run("systemctl", "stop", MAIN)
    lab.machine.must_run("rm", file)
    lab.machine.must_run("systemctl", "daemon-reload")


def test_a_server_that_does_not_start_and_a_run_that_is_killed(
    lab: ShadowsocksLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own last words are the reason; the next run puts it right."""
    part = setup_script._part
    with monkeypatch.context() as patched:
        patched.setattr(
            setup_script,
            "_part",
            lambda name: part(name).replace('"method": "%s"', '"method": "no-%s"'),
        )
        report = lab.apply(PLAIN)
    assert report.state is StepState.FAILED
    assert report.fault is not None
    assert f"{MAIN} does not run: " in report.fault.details["reason"]
    assert "ERROR" in report.fault.details["reason"]
    assert not any(password in report.fault.details["reason"] for password in lab.secrets.keyring.values())
    assert lab.document.shadowsocks == ()
    kept = dict(lab.secrets.keyring)
    assert lab.apply(PLAIN).state is StepState.DONE
    assert lab.secrets.keyring == kept, "the password of the first try"
    files, pid = lab.setup.files(), main_pid(lab, PHONES)
    with monkeypatch.context() as patched:
        broken = "LimitCORE=0", "ExecStartPre=/bin/false"
        patched.setattr(setup_script, "_part", lambda name: part(name).replace(*broken))
        changed = ShadowsocksOptions(port=8391, camouflage=Camouflage.OBFS_TLS, for_phones=False)
        assert lab.apply(changed).state is StepState.FAILED
    assert changes(without_record(files), without_record(lab.setup.files())) == [], "the one before is back"
    assert (lab.check(PLAIN).state, lab.secrets.keyring) == (StepState.RIGHT, kept)
    with lab.client() as client, lab.client(for_phones=True) as phone:
        assert client.heard(SITE, TALKER_PORT)
        assert phone.heard(SITE, TALKER_PORT)
    assert main_pid(lab, PHONES) != pid, "they were gone in between"
    killed_at_some_moment(lab)


def killed_at_some_moment(lab: ShadowsocksLab) -> None:
    """The next run ends where one ends that nothing disturbed."""
    whole, kept = lab.setup.files(), dict(lab.secrets.keyring)
    changed = ShadowsocksOptions(method="xchacha20-ietf-poly1305", port=8391)
    kill_within(lab, changed, 0.5)
    assert lab.apply(PLAIN).state in (StepState.DONE, StepState.RIGHT)
    with lab.client() as client:
        assert client.heard(SITE, TALKER_PORT)
    assert changes(without_record(whole), without_record(lab.setup.files())) == []
    assert lab.secrets.keyring == kept


def without_record(files: dict[str, str]) -> dict[str, str]:
    """It tells the order, a killed run leaves its lock, and systemd gives each start a new folder."""
    return {
        path: told
        for path, told in files.items()
        if not path.startswith(("/etc/relaytray/setup", "/etc/relaytray/lock", "/tmp/systemd-private-"))
    }


def kill_within(lab: ShadowsocksLab, options: ShadowsocksOptions, after_s: float) -> None:
    """The script's own process on the relay, not only the link to it."""
    payload = lab.step(options)._payload("first", "second")
    text = "{\n" + setup_script.script_text(Step.SHADOWSOCKS, payload) + "\n} </dev/null\n"
    words = ["sh", "-s", "--", "apply", "shadowsocks", "mode=system"]
    process = subprocess.Popen(lab.machine.words(words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(text.encode())
    process.stdin.close()
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        lab.machine.run("pkill", "-KILL", "-f", "apply shadowsocks mode=system")
        process.wait(10)
