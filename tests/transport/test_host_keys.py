"""Host keys: what known_hosts files say, compared with what OpenSSH itself makes of the same files."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.transport import known_hosts
from app.transport.host_keys import (
    HostKeyBlob,
    HostKeys,
    Verdict,
    VerdictKind,
    default_user_files,
    fingerprint,
    host_key_name,
    key_bits,
    picture,
)
from tests.peers.keys import KeyStore, public_line
from tests.peers.keys import fingerprint as fingerprint_by_ssh

MATCH, UNKNOWN, CHANGED, REVOKED = (
    VerdictKind.MATCH,
    VerdictKind.UNKNOWN,
    VerdictKind.CHANGED,
    VerdictKind.REVOKED,
)
REPOSITORY = Path(__file__).parents[2]
ALL_TYPES = ("ed25519", "ecdsa", "rsa")


def blob(private_key: Path) -> bytes:
    return base64.b64decode(public_line(private_key).split()[1])


def shown(private_key: Path) -> HostKeyBlob:
    return HostKeyBlob(blob(private_key))


def keygen(*arguments: str | Path, check: bool = True) -> str:
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture
def keys(key_store: KeyStore) -> dict[str, Path]:
    """One key of each type, and others: "other" (ed25519) and "ca"."""
    made = {key_type: key_store.key("host", key_type) for key_type in ALL_TYPES}
    return made | {"other": key_store.key("other-host"), "ca": key_store.key("authority")}


class Files:
    """An own file and a user's file with the given text."""

    def __init__(self, folder: Path) -> None:
        self.own, self.user = folder / "own" / "known_hosts", folder / "user_known_hosts"

    def store(self, own: str | bytes = "", user: str | bytes = "") -> HostKeys:
        for path, text in ((self.own, own), (self.user, user)):
            if text:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return HostKeys(self.own, [self.user, self.user.with_name("missing")])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


# --- names and fingerprints -------------------------------------------------------------------------------


def test_names_are_those_that_ssh_uses() -> None:
    assert host_key_name("Relay.Example.org", 22) == "relay.example.org"
    assert host_key_name("relay", 2222) == "[relay]:2222"
    assert host_key_name("2001:db8::1", 22) == "2001:db8::1"
    assert host_key_name("2001:db8::1", 2222) == "[2001:db8::1]:2222"


@pytest.mark.parametrize("key_type", ALL_TYPES)
def test_fingerprint_and_size_are_those_of_ssh_keygen(keys: dict[str, Path], key_type: str) -> None:
    told = keygen("-l", "-f", f"{keys[key_type]}.pub").split()
    assert [str(key_bits(blob(keys[key_type]))), fingerprint(blob(keys[key_type]))] == told[:2]


def test_the_default_files_are_those_of_ssh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    files = default_user_files()
    assert files[0] == tmp_path / ".ssh" / "known_hosts"
    assert files[2].name == "ssh_known_hosts"


# --- verdicts ---------------------------------------------------------------------------------------------


def test_a_pinned_key_matches_and_another_one_does_not(files: Files, keys: dict[str, Path]) -> None:
    store = files.store()
    assert store.check("relay", shown(keys["ed25519"])).kind is UNKNOWN
    store.pin("relay", shown(keys["ed25519"]))
    verdict = store.check("relay", shown(keys["ed25519"]))
    assert verdict.kind is MATCH
    assert verdict.where == f"{files.own}:1"
    changed = store.check("relay", shown(keys["other"]))
    assert changed == Verdict(
        kind=CHANGED,
        key_type="ssh-ed25519",
        fingerprint=fingerprint_by_ssh(keys["other"]),
        where=f"{files.own}:1",
        pinned=(fingerprint_by_ssh(keys["ed25519"]),),
    )
    assert store.check("elsewhere", shown(keys["ed25519"])).kind is UNKNOWN


def test_a_key_of_another_type_is_a_changed_key(files: Files, keys: dict[str, Path]) -> None:
    """Else a machine in the middle would only have to show a type that was never pinned."""
    store = files.store(f"relay {public_line(keys['rsa'])}\n")
    assert store.check("relay", shown(keys["ed25519"])).kind is CHANGED


def test_several_keys_of_one_host_all_match(files: Files, keys: dict[str, Path]) -> None:
    store = files.store("".join(f"relay {public_line(keys[key_type])}\n" for key_type in ALL_TYPES))
    for key_type in ALL_TYPES:
        assert store.check("relay", shown(keys[key_type])).kind is MATCH
    assert [key.key_type for key in store.pinned("relay")] == [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ssh-rsa",
    ]
    assert len(store.check("relay", shown(keys["other"])).pinned) == 3


def test_the_own_file_decides_before_the_users(files: Files, keys: dict[str, Path]) -> None:
    mine, theirs = public_line(keys["ed25519"]), public_line(keys["other"])
    store = files.store(f"relay {mine}\n", f"relay {theirs}\nsecond {theirs}\n")
    assert store.check("relay", shown(keys["ed25519"])).kind is MATCH
    assert store.check("relay", shown(keys["other"])).kind is CHANGED
    assert store.check("second", shown(keys["other"])).where == f"{files.user}:2"
    assert store.check("second", shown(keys["ed25519"])).kind is CHANGED


def test_the_users_file_is_never_written(files: Files, keys: dict[str, Path]) -> None:
    store = files.store(user=f"relay {public_line(keys['ed25519'])}\n")
    before = files.user.read_bytes(), files.user.stat().st_mtime_ns
    store.pin("relay", shown(keys["other"]))
    store.unpin("relay")
    store.rename("relay", "other")
    assert (files.user.read_bytes(), files.user.stat().st_mtime_ns) == before


def test_a_port_has_its_own_keys_but_the_users_plain_name_vouches(
    files: Files, keys: dict[str, Path]
) -> None:
    store = files.store(
        user=f"relay {public_line(keys['ed25519'])}\n[relay]:2200 {public_line(keys['rsa'])}\n"
    )
    assert store.check("[relay]:2222", shown(keys["ed25519"])).kind is MATCH  # as ssh does
    assert store.check("[relay]:2222", shown(keys["other"])).kind is UNKNOWN  # another sshd, maybe
    assert store.check("[relay]:2200", shown(keys["ed25519"])).kind is CHANGED
    assert store.check("relay", shown(keys["rsa"])).kind is CHANGED


def test_a_pin_for_the_plain_name_in_the_own_file_says_nothing_about_a_port(
    files: Files, keys: dict[str, Path]
) -> None:
    store = files.store(own=f"127.0.0.1 {public_line(keys['ed25519'])}\n")
    assert store.check("[127.0.0.1]:2222", shown(keys["ed25519"])).kind is UNKNOWN


@pytest.mark.parametrize("host", ["relay", "[relay]:2222", "[relay.example.org]:22022", "192.0.2.7"])
def test_hashed_names(files: Files, keys: dict[str, Path], host: str) -> None:
    files.store(user=f"{host} {public_line(keys['ed25519'])}\nother {public_line(keys['other'])}\n")
    keygen("-H", "-f", files.user)
    assert b"relay" not in files.user.read_bytes()
    store = HostKeys(files.own, [files.user])
    assert store.check(host, shown(keys["ed25519"])).kind is MATCH
    assert store.check(host.upper(), shown(keys["ed25519"])).kind is MATCH
    assert store.check(host, shown(keys["other"])).kind is CHANGED
    assert store.check("unheard-of", shown(keys["other"])).kind is UNKNOWN


@pytest.mark.parametrize(
    ("names", "host"),
    [
        ("relay", "relay"),
        ("relay", "relay2"),
        ("Relay", "relay"),
        ("relay,192.0.2.7", "192.0.2.7"),
        ("*.example.org", "gpu.example.org"),
        ("*.example.org", "example.org"),
        ("*.example.org,!secret.example.org", "secret.example.org"),
        ("*.example.org,!secret.example.org", "open.example.org"),
        ("!secret.example.org,*.example.org", "secret.example.org"),
        ("!relay", "other"),
        ("gpu?", "gpu1"),
        ("gpu?", "gpu12"),
        ("[relay]:2222", "[relay]:2222"),
        ("[relay]:2222", "relay"),
        ("[*]:2222", "[relay]:2222"),
        ("*", "[relay]:2222"),
        ("r[e]lay", "relay"),
        ("re.ay", "relay"),
        ("*", "anything"),
    ],
)
def test_patterns_match_as_ssh_keygen_finds_them(
    files: Files, keys: dict[str, Path], names: str, host: str
) -> None:
    store = files.store(user=f"{names} {public_line(keys['ed25519'])}\n")
    found = keygen("-F", host, "-f", files.user, check=False)
    # ssh's fallback to the name without a port is not ssh-keygen's
    assert known_hosts.names_match(names, host) == bool(found)
    if found:
        assert store.check(host, shown(keys["ed25519"])).kind is MATCH


def test_revoked_keys_lose_even_when_pinned(files: Files, keys: dict[str, Path]) -> None:
    line = public_line(keys["ed25519"])
    store = files.store(f"relay {line}\n", f"@revoked * {line}\n")
    verdict = store.check("relay", shown(keys["ed25519"]))
    assert verdict.kind is REVOKED
    assert verdict.where == f"{files.user}:1"
    assert store.check("[relay]:2222", shown(keys["ed25519"])).kind is REVOKED
    assert store.check("relay", shown(keys["other"])).kind is CHANGED


def test_a_line_of_an_authority_does_not_pin_the_authority_itself(
    files: Files, keys: dict[str, Path]
) -> None:
    store = files.store(user=f"@cert-authority * {public_line(keys['ca'])}\n")
    assert store.check("relay", shown(keys["ca"])).kind is UNKNOWN


ODD_LINES = (
    b"# a comment \xff\xfe in no encoding at all\n"
    b"\n"
    b"   \t\n"
    b"relay\n"
    b"relay ssh-ed25519\n"
    b"relay ssh-ed25519 not*base64\n"
    b"relay ssh-ed25519 AAAA\n"
    b"relay ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAAA==\n"
    b"relay 1024 35 1234567890123456789 an SSH 1 key\n"
    b"@unknown-marker relay ssh-ed25519 AAAA\n"
    b"|1|broken|hash ssh-ed25519 AAAA\n"
    b"|2|a|b|c ssh-ed25519 AAAA\n"
    b"@\n@cert-authority\n@revoked *\n"
)


def test_lines_that_say_nothing_are_skipped_and_kept(files: Files, keys: dict[str, Path]) -> None:
    good = f"  relay   {public_line(keys['ed25519'])}  comment \xe9\n".encode("latin-1")
    store = files.store(own=ODD_LINES + good)
    assert store.check("relay", shown(keys["ed25519"])).kind is MATCH
    assert store.check("relay", shown(keys["other"])).kind is CHANGED
    store.pin("second", shown(keys["other"]))
    assert files.own.read_bytes() == ODD_LINES + good + known_hosts.new_line("second", blob(keys["other"]))
    store.unpin("second")
    assert files.own.read_bytes() == ODD_LINES + good


def test_crlf_and_byte_order_mark(files: Files, keys: dict[str, Path]) -> None:
    text = f"\ufeffrelay {public_line(keys['ed25519'])}\r\nsecond {public_line(keys['other'])} c\r\n".encode()
    store = files.store(own=text)
    assert store.check("relay", shown(keys["ed25519"])).kind is MATCH
    assert store.check("second", shown(keys["other"])).kind is MATCH
    store.rename("relay", "third")
    assert files.own.read_bytes() == text.replace(b"relay", b"third")


def test_a_last_line_without_an_end_is_not_run_into(files: Files, keys: dict[str, Path]) -> None:
    store = files.store(own=f"relay {public_line(keys['ed25519'])}")
    store.pin("second", shown(keys["other"]))
    assert store.check("relay", shown(keys["ed25519"])).kind is MATCH
    assert store.check("second", shown(keys["other"])).kind is MATCH


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_and_rewritten_without_loss(data: bytes) -> None:
    known_hosts.parse(data)
    assert known_hosts.renamed(data, "relay", "other") == data  # no key line by chance


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_names_can_be_matched(names: str, host: str) -> None:
    known_hosts.names_match(names, host)


def test_a_pathological_pattern_takes_no_time() -> None:
    assert not known_hosts.names_match("*a" * 200 + "b", "a" * 250)


# --- changing the own file --------------------------------------------------------------------------------


def test_pinning_twice_writes_once_and_ssh_finds_it(files: Files, keys: dict[str, Path]) -> None:
    store = files.store()
    for _ in range(2):
        store.pin("[relay]:2222", shown(keys["ed25519"]))
    assert files.own.read_text() == f"[relay]:2222 {public_line(keys['ed25519'])}\n"
    assert public_line(keys["ed25519"]) in keygen("-F", "[relay]:2222", "-f", files.own)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_file_is_private(files: Files, keys: dict[str, Path]) -> None:
    store = files.store()
    store.pin("relay", shown(keys["ed25519"]))
    assert files.own.stat().st_mode & 0o777 == 0o600


def test_unpin_takes_only_this_host(files: Files, keys: dict[str, Path]) -> None:
    line, other = public_line(keys["ed25519"]), public_line(keys["other"])
    kept = f"*.relay {line}\n@revoked relay {other}\n@cert-authority relay {other}\n# relay\n"
    store = files.store(own=f"relay {line} c\n{kept}relay,second {line}\nsecond {line}\n")
    store.unpin("relay")
    assert files.own.read_text() == f"{kept}second {line}\nsecond {line}\n"


def test_unpin_finds_hashed_names(files: Files, keys: dict[str, Path]) -> None:
    line = public_line(keys["ed25519"])
    files.store(own=f"relay {line}\nsecond {line}\n")
    keygen("-H", "-f", files.own)
    store = HostKeys(files.own)
    store.unpin("relay")
    assert store.check("relay", shown(keys["ed25519"])).kind is UNKNOWN
    assert store.check("second", shown(keys["ed25519"])).kind is MATCH
    store.rename("second", "third")
    assert store.check("third", shown(keys["ed25519"])).kind is MATCH
    assert store.check("second", shown(keys["ed25519"])).kind is UNKNOWN


def test_rename_carries_every_key_over(files: Files, keys: dict[str, Path]) -> None:
    store = files.store()
    for key_type in ALL_TYPES:
        store.pin("old", shown(keys[key_type]))
    store.rename("old", "[new]:2222")
    assert store.pinned("old") == []
    assert len(store.pinned("[new]:2222")) == 3


def test_a_file_that_cannot_be_read_or_written_is_a_fault(files: Files, keys: dict[str, Path]) -> None:
    files.own.mkdir(parents=True)  # a folder where the file should be
    store = HostKeys(files.own)
    with pytest.raises(RelayTrayError) as caught:
        store.check("relay", shown(keys["ed25519"]))
    assert caught.value.fault.code is FaultCode.FILE_UNREADABLE
    files.user.write_text("a file where the folder should be")
    with pytest.raises(RelayTrayError) as caught:
        HostKeys(files.user / "known_hosts").pin("relay", shown(keys["ed25519"]))
    assert caught.value.fault.code in (FaultCode.FILE_UNWRITABLE, FaultCode.FILE_UNREADABLE)


PIN_MANY = """
import sys
from pathlib import Path
from app.transport.host_keys import HostKeyBlob, HostKeys
store = HostKeys(Path(sys.argv[1]))
for number in range(20):
    store.pin(f"{sys.argv[2]}-{number}", HostKeyBlob(bytes.fromhex(sys.argv[3])))
"""


def test_processes_that_pin_at_once_lose_nothing(files: Files, keys: dict[str, Path]) -> None:
    files.store(own="# first\n")
    pinned = blob(keys["ed25519"]).hex()
    workers = [
        subprocess.Popen([sys.executable, "-c", PIN_MANY, files.own, name, pinned], cwd=REPOSITORY)
        for name in "ab"
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    store = HostKeys(files.own)
    assert files.own.read_text().startswith("# first\n")
    assert all(store.pinned(f"{name}-{number}") for name in "ab" for number in range(20))


# --- what to offer in the key exchange --------------------------------------------------------------------


def test_pinned_types_are_offered_first(files: Files, keys: dict[str, Path]) -> None:
    store = files.store(f"relay {public_line(keys['rsa'])}\n", f"second {public_line(keys['ecdsa'])}\n")
    assert store.algorithms_for("relay") == ("rsa-sha2-512", "rsa-sha2-256")
    assert store.algorithms_for("second") == ("ecdsa-sha2-nistp256",)
    assert store.algorithms_for("[second]:2222") == ("ecdsa-sha2-nistp256",)
    assert store.algorithms_for("third") == ()
    assert store.offer_for("third") == tuple(paramiko.Transport._preferred_keys)  # type: ignore[attr-defined]
    assert store.offer_for("relay")[:3] == ("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519")
    assert len(store.offer_for("relay")) == 6


def test_certificates_are_offered_first_where_an_authority_is_trusted(
    files: Files, keys: dict[str, Path]
) -> None:
    store = files.store(user=f"@cert-authority *.example.org {public_line(keys['ca'])}\n")
    assert store.offer_for("relay.example.org")[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert store.offer_for("[relay.example.org]:2222")[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert not [name for name in store.offer_for("elsewhere") if "cert" in name]


# --- host certificates ------------------------------------------------------------------------------------


def certified(
    folder: Path, keys: dict[str, Path], key_type: str = "ed25519", *options: str, ca: str = "ca"
) -> HostKeyBlob:
    """The host key of this type with a certificate by the authority; made by ssh-keygen."""
    folder.mkdir(exist_ok=True)
    public = folder / f"{key_type}.pub"
    public.write_bytes(Path(f"{keys[key_type]}.pub").read_bytes())
    options = options or ("-n", "relay,gpu.example.org", "-V", "-1h:+1h")
    host = [] if "-user" in options else ["-h"]
    keygen("-q", "-s", keys[ca], "-I", "test", *host, *[o for o in options if o != "-user"], public)
    text = (folder / f"{key_type}-cert.pub").read_text()
    return HostKeyBlob(base64.b64decode(text.split()[1]))


@pytest.mark.parametrize("key_type", ALL_TYPES)
@pytest.mark.parametrize("authority", ALL_TYPES)
def test_a_certificate_of_a_trusted_authority_matches(
    tmp_path: Path, files: Files, keys: dict[str, Path], key_type: str, authority: str
) -> None:
    certificate = certified(tmp_path / "c", keys, key_type, ca=authority)
    store = files.store(user=f"@cert-authority relay,other {public_line(keys[authority])}\n")
    verdict = store.check("relay", certificate)
    assert verdict.kind is MATCH
    assert verdict.by_authority
    assert verdict.fingerprint == fingerprint_by_ssh(keys[key_type])
    assert store.check("[relay]:2222", certificate).kind is MATCH
    assert store.check("other", certificate).kind is UNKNOWN  # trusted there, but made for other names
    assert store.check("gpu.example.org", certificate).kind is UNKNOWN  # the authority is not trusted there


@pytest.mark.parametrize(
    "options",
    [
        ("-n", "elsewhere"),
        ("-V", "-1h:+1h"),  # no names: OpenSSH 10.3 and later take that for no host at all
        ("-n", "relay", "-V", "-2h:-1h"),
        ("-n", "relay", "-V", "+1h:+2h"),
        ("-n", "relay", "-user"),
    ],
    ids=["names", "no-names", "expired", "not-yet", "user"],
)
def test_a_certificate_that_does_not_hold_counts_as_its_plain_key(
    tmp_path: Path, files: Files, keys: dict[str, Path], options: tuple[str, ...]
) -> None:
    certificate = certified(tmp_path / "c", keys, "ed25519", *options)
    authority = f"@cert-authority * {public_line(keys['ca'])}\n"
    assert files.store(user=authority).check("relay", certificate).kind is UNKNOWN
    pinned = files.store(user=authority + f"relay {public_line(keys['ed25519'])}\n")
    verdict = pinned.check("relay", certificate)
    assert verdict.kind is MATCH
    assert not verdict.by_authority


def test_names_in_certificates_may_have_wildcards(
    tmp_path: Path, files: Files, keys: dict[str, Path]
) -> None:
    certificate = certified(tmp_path / "c", keys, "ed25519", "-n", "*.example.org")
    store = files.store(user=f"@cert-authority * {public_line(keys['ca'])}\n")
    assert store.check("gpu.example.org", certificate).kind is MATCH
    assert store.check("example.org", certificate).kind is UNKNOWN


def test_a_certificate_of_another_authority_does_not_match(
    tmp_path: Path, files: Files, keys: dict[str, Path]
) -> None:
    certificate = certified(tmp_path / "c", keys, ca="other")
    store = files.store(user=f"@cert-authority * {public_line(keys['ca'])}\n")
    assert store.check("relay", certificate).kind is UNKNOWN


def test_a_forged_certificate_does_not_match(tmp_path: Path, files: Files, keys: dict[str, Path]) -> None:
    good = certified(tmp_path / "c", keys).blob
    store = files.store(user=f"@cert-authority * {public_line(keys['ca'])}\n")
    for at in (len(good) - 1, len(good) - 60, good.index(b"relay") + 1):
        forged = bytearray(good)
        forged[at] ^= 1
        verdict = store.check("relay", HostKeyBlob(bytes(forged)))
        assert verdict.kind is UNKNOWN, at


def test_a_revoked_authority_or_certified_key_is_revoked(
    tmp_path: Path, files: Files, keys: dict[str, Path]
) -> None:
    certificate = certified(tmp_path / "c", keys)
    trusted = f"@cert-authority * {public_line(keys['ca'])}\n"
    for name in ("ca", "ed25519"):
        store = files.store(user=trusted + f"@revoked * {public_line(keys[name])}\n")
        assert store.check("relay", certificate).kind is REVOKED


def test_a_certified_key_can_be_pinned_as_a_plain_one(
    tmp_path: Path, files: Files, keys: dict[str, Path]
) -> None:
    certificate = certified(tmp_path / "c", keys)
    store = files.store()
    assert picture(certificate).fingerprint == fingerprint_by_ssh(keys["ed25519"])
    store.pin("relay", certificate)
    assert store.check("relay", shown(keys["ed25519"])).kind is MATCH
    assert store.check("relay", certificate).kind is MATCH


@pytest.mark.parametrize("key_type", ALL_TYPES)
def test_no_damage_to_a_certificate_makes_it_hold_or_raises(
    tmp_path: Path, files: Files, keys: dict[str, Path], key_type: str
) -> None:
    good = certified(tmp_path / "c", keys, key_type).blob
    store = files.store(user=f"@cert-authority * {public_line(keys['ca'])}\n")
    for at in range(0, len(good), 3):
        for spoilt in (good[:at], good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1 :]):
            assert not store.check("relay", HostKeyBlob(spoilt)).by_authority
