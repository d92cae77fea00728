"""PuTTY's key files as values. What PuTTY itself makes of them is in tests/integration/test_key_files.py."""

from __future__ import annotations

import base64
import contextlib
from pathlib import PurePath

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.export import ppk_crypto
from app.export.ppk import Ppk, PpkVersion, default_version, is_ppk, parse_ppk, unlock_ppk, write_ppk
from app.export.ppk_crypto import Argon2
from app.export.ssh_wire import PrivateKey, mpint, public_blob, string

PATH = PurePath("key.ppk")
QUICK = Argon2(b"sixteen bytes of", memory_kib=64, passes=1)
KEYS: dict[str, PrivateKey] = {
    "ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    "p256": ec.derive_private_key(1 << 200, ec.SECP256R1()),
    "p384": ec.derive_private_key((1 << 383) + 5, ec.SECP384R1()),
    "p521": ec.derive_private_key((1 << 500) + 3, ec.SECP521R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
}
ED25519 = KEYS["ed25519"]
PASSPHRASE = "geheim é 密".encode()
# Made by puttygen 0.78 from the key above.
GOLDEN_V2 = b"""\
PuTTY-User-Key-File-2: ssh-ed25519
Encryption: none
Comment: golden
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQS
VTG4
Private-Lines: 1
AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
Private-MAC: 48b5262fa280924e2945306d19c073b3d749b0de
"""


def made(
    version: int = 2, passphrase: bytes = b"", key: PrivateKey = ED25519, argon2: Argon2 = QUICK
) -> bytes:
    return write_ppk(key, PpkVersion(version), comment=b"c", passphrase=passphrase, argon2=argon2)


def opened(data: bytes, passphrase: bytes = b"") -> PrivateKey:
    return unlock_ppk(parse_ppk(data, PATH), passphrase)


def fault_of(data: bytes, passphrase: bytes = b"") -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        opened(data, passphrase)
    assert caught.value.fault.details["path"] == "key.ppk"
    return caught.value.fault


def reason_of(data: bytes, passphrase: bytes = b"") -> tuple[FaultCode, str]:
    fault = fault_of(data, passphrase)
    return fault.code, fault.details["reason"]


def secret(key: PrivateKey) -> bytes:
    return ppk_crypto.private_part(key)


@pytest.mark.parametrize(
    "passphrase", [b"", b"x", PASSPHRASE, b"long " * 200], ids=["no", "x", "utf8", "long"]
)
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", KEYS)
def test_what_is_written_can_be_read(kind: str, version: int, passphrase: bytes) -> None:
    comment = "Lab: key é".encode()
    data = write_ppk(KEYS[kind], PpkVersion(version), comment=comment, passphrase=passphrase, argon2=QUICK)
    ppk = parse_ppk(data, PATH)
    assert is_ppk(data)
    assert (ppk.version, ppk.comment, ppk.is_encrypted) == (version, comment, bool(passphrase))
    assert ppk.public_blob == public_blob(KEYS[kind])
    assert secret(unlock_ppk(ppk, passphrase)) == secret(KEYS[kind])
    assert max(len(line) for line in data.splitlines() if b": " not in line) <= 64
    if passphrase:
        assert base64.b64encode(secret(KEYS[kind]))[:40] not in data
        for wrong in (b"", b"wrong", passphrase + b" "):
            assert fault_of(data, wrong).code is FaultCode.PASSPHRASE_WRONG


def test_a_plain_key_is_written_as_putty_writes_it() -> None:
    assert write_ppk(ED25519, PpkVersion.V2, comment=b"golden") == GOLDEN_V2
    assert secret(opened(GOLDEN_V2, b"not needed")) == secret(ED25519)


def test_versions_by_default() -> None:
    assert default_version(is_encrypted=True) is PpkVersion.V3
    assert default_version(is_encrypted=False) is PpkVersion.V2


def test_what_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="one line"):
        write_ppk(ED25519, PpkVersion.V2, comment=b"two\nlines")
    with pytest.raises(ValueError, match="salt"):
        write_ppk(ED25519, PpkVersion.V3, passphrase=b"x")


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
@pytest.mark.parametrize("passphrase", [b"", PASSPHRASE])
def test_other_line_ends_and_what_follows(end: bytes, passphrase: bytes) -> None:
    data = made(3, passphrase).replace(b"\n", end)
    assert secret(opened(data, passphrase)) == secret(ED25519)
    assert secret(opened(data.rstrip(), passphrase)) == secret(ED25519)
    assert secret(opened(data + end + b"more", passphrase)) == secret(ED25519)


@pytest.mark.parametrize("kind", ["Argon2i", "Argon2d", "Argon2id"])
def test_every_kind_of_argon2(kind: str) -> None:
    argon2 = Argon2(b"another salt", kind=kind, memory_kib=128, passes=2, parallelism=4)
    data = made(3, PASSPHRASE, argon2=argon2)
    assert f"Key-Derivation: {kind}\n".encode() in data
    assert secret(opened(data, PASSPHRASE)) == secret(ED25519)


def rebuilt(ppk: Ppk, private: bytes, passphrase: bytes) -> bytes:
    """A file with this (whole, padded) private part and a right MAC, whatever the part is."""
    keys = ppk_crypto.keys_v2(passphrase)
    encryption = b"aes256-cbc" if passphrase else b"none"
    mac = ppk_crypto.mac(2, keys, ppk.algorithm.encode(), encryption, ppk.comment, ppk.public_blob, private)
    stored = base64.b64encode(ppk_crypto.encrypt(keys, private) if passphrase else private)
    public = base64.b64encode(ppk.public_blob)
    return b"\n".join(
        [
            b"PuTTY-User-Key-File-2: " + ppk.algorithm.encode(),
            b"Encryption: " + encryption,
            b"Comment: " + ppk.comment,
            b"Public-Lines: 1",
            public,
            b"Private-Lines: 1",
            stored,
            b"Private-MAC: " + mac.hex().encode(),
        ]
    )


def test_any_padding_is_accepted() -> None:
    ppk = parse_ppk(made(), PATH)
    for padding in (bytes(12), b"\xff" * 12, bytes(12 + 160)):
        data = rebuilt(ppk, secret(ED25519) + padding, PASSPHRASE)
        assert secret(opened(data, PASSPHRASE)) == secret(ED25519)


# --- files that are no usable keys ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_line", "told"),
    [
        (b"PuTTY-User-Key-File-1: ssh-rsa", "first format"),
        (b"PuTTY-User-Key-File-4: ssh-ed25519", "version 4"),
        (b"PuTTY-User-Key-File-3: ssh-dss", "DSA"),
        (b"PuTTY-User-Key-File-3: ssh-ed448", "ssh-ed448"),
        (b"PuTTY-User-Key-File-3: sk-ssh-ed25519@openssh.com", "security key"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519-cert-v01@openssh.com", "certificate"),
    ],
)
def test_kinds_that_are_not_supported_say_why(first_line: bytes, told: str) -> None:
    code, reason = reason_of(first_line + b"\n" + made(3).partition(b"\n")[2])
    assert code is FaultCode.KEY_UNSUPPORTED
    assert told in reason


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"Encryption: aes256-cbc", b"Encryption: rot13", FaultCode.KEY_UNSUPPORTED),
        (b"Argon2id", b"Argon3", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Passes: 1", b"Argon2-Passes: 0", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Passes: 1", b"Argon2-Passes: -1", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Passes: 1", b"Argon2-Passes: 999999999", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Passes: 1", b"Argon2-Passes: 9999999999", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Memory: 64", b"Argon2-Memory: 999999999", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Memory: 64", b"Argon2-Memory: 1048577", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Memory: 64", b"Argon2-Memory: 7", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Parallelism: 1", b"Argon2-Parallelism: 99999", FaultCode.KEY_UNREADABLE),
        (b"Argon2-Memory: 64\n", b"Argon2-Memory: 65536\n", FaultCode.PASSPHRASE_WRONG),
        (b"Argon2-Salt: ", b"Argon2-Salt: " + b"00" * 2000, FaultCode.KEY_UNREADABLE),
        (QUICK.salt.hex().encode(), b"", FaultCode.KEY_UNREADABLE),
        (QUICK.salt.hex().encode(), b"zz", FaultCode.KEY_UNREADABLE),
        (b"Private-Lines: 1", b"Private-Lines: 999999999", FaultCode.KEY_UNREADABLE),
        (b"Private-Lines: 1", b"Private-Lines: 0", FaultCode.KEY_UNREADABLE),
        (b"Private-Lines: 1", b"Private-Hash: 1", FaultCode.KEY_UNREADABLE),
        (b"Public-Lines: 2", b"Public-Lines: \xb2", FaultCode.KEY_UNREADABLE),
        (b"Public-Lines: 2\nAAAAC3", b"Public-Lines: 2\nAAAAC?", FaultCode.KEY_UNREADABLE),
        (b"Comment: c", b"Comment: d", FaultCode.KEY_UNREADABLE),
        (b"Private-MAC: ", b"Private-MAC: 00", FaultCode.KEY_UNREADABLE),
    ],
)
def test_damaged_and_hostile_files(old: bytes, new: bytes, code: FaultCode) -> None:
    data = made(3, PASSPHRASE)
    assert old in data
    assert fault_of(data.replace(old, new), PASSPHRASE).code is code


def test_a_changed_comment_is_not_taken_for_a_wrong_passphrase() -> None:
    for version in (2, 3):
        for key in KEYS.values():
            data = made(version, PASSPHRASE, key).replace(b"Comment: c", b"Comment: other")
            code, reason = reason_of(data, PASSPHRASE)
            assert code is FaultCode.KEY_UNREADABLE
            assert "changed" in reason
            assert fault_of(data, b"wrong").code is FaultCode.PASSPHRASE_WRONG


def test_a_file_that_is_cut_off_or_far_too_long() -> None:
    for data in (made(2), made(3, PASSPHRASE)):
        for end in range(0, len(data) - 2, 9):
            fault = fault_of(data[:end], PASSPHRASE)
            assert fault.code in (FaultCode.KEY_UNREADABLE, FaultCode.KEY_UNSUPPORTED)
    assert "too long" in reason_of(made(2) + bytes(1 << 20))[1]


def test_halves_that_do_not_belong_together() -> None:
    """The MAC of a file without a passphrase proves nothing: anybody can make one."""
    for kind, key in KEYS.items():
        ppk = parse_ppk(made(key=key), PATH)
        parts = [b"", b"\xff", string(b""), mpint(1), string(bytes(32)), string(b"\0" * 70), mpint(1) * 4]
        if kind == "rsa":
            numbers = KEYS["rsa"].private_numbers()  # type: ignore[union-attr]
            parts += [
                mpint(numbers.d) + mpint(1) + mpint(numbers.public_numbers.n) + mpint(1),  # type: ignore[union-attr]
                mpint(numbers.d) + mpint(numbers.p) + mpint(numbers.q) + mpint(5),  # type: ignore[union-attr]
                mpint(5) + mpint(numbers.p) + mpint(numbers.q) + mpint(numbers.iqmp),  # type: ignore[union-attr]
            ]
        for part in parts:
            code, reason = reason_of(rebuilt(ppk, part, b""))
            assert code is FaultCode.KEY_UNREADABLE
            assert "belong together" in reason


def test_numbers_of_an_rsa_key_that_are_far_too_large() -> None:
    huge = string(b"ssh-rsa") + mpint(3) + mpint(1 << 17000)
    ppk = Ppk(PATH, PpkVersion.V2, "ssh-rsa", b"", huge, is_encrypted=False, private=b"", mac=b"")
    assert "belong together" in reason_of(rebuilt(ppk, mpint(3) + mpint(1 << 8500) * 2 + mpint(1), b""))[1]


SAMPLES = {
    "v2": (made(2), b""),
    "v2 locked": (made(2, PASSPHRASE, KEYS["p256"]), PASSPHRASE),
    "v3": (made(3, key=KEYS["p384"]), b""),
    "v3 locked": (made(3, PASSPHRASE), PASSPHRASE),
}
CHANGES = st.lists(
    st.tuples(st.integers(0, 1 << 16), st.sampled_from("srdi"), st.binary(min_size=1, max_size=3)),
    min_size=1,
    max_size=3,
)


def changed(data: bytes, changes: list[tuple[int, str, bytes]]) -> bytes:
    for at, how, new in changes:
        at %= len(data)
        after = {"s": data[at + 1 :], "r": data[at + len(new) :], "d": data[at + len(new) :], "i": data[at:]}
        put = {"s": bytes([data[at] ^ 1]), "r": new, "d": b"", "i": new}
        data = data[:at] + put[how] + after[how]
    return data


@pytest.mark.parametrize("sample", SAMPLES)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES)
@example(changes=[(0, "s", b" ")])
def test_damage_is_told_and_never_gives_another_key(
    sample: str, changes: list[tuple[int, str, bytes]]
) -> None:
    data, passphrase = SAMPLES[sample]
    right = secret(opened(data, passphrase))
    with contextlib.suppress(RelayTrayError):  # and nothing else
        assert secret(opened(changed(data, changes), passphrase)) == right
