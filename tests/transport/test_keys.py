"""Private key files as ssh-keygen and others really write them."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import unicodedata
from itertools import product
from pathlib import Path
from typing import Any

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.transport.keys import (
    comment_beside,
    is_openssh_format,
    load_certificate,
    load_private_key,
    needs_passphrase,
    public_blob,
    public_blob_inside,
    unlock_private_key,
)
from tests.peers.keys import KeyStore, public_line

PASSPHRASES = {"none": "", "ascii": "correct horse", "unicode": "Prüfung 密码 é"}
TYPES = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa521": ["-t", "ecdsa", "-b", "521"],
    "rsa": ["-t", "rsa", "-b", "2048"],
}
FORMATS = {"openssh": [], "pem": ["-m", "PEM"], "pkcs8": ["-m", "PKCS8"]}
# ssh-keygen writes ed25519 in OpenSSH's format whatever is asked for; PKCS8 is made by cryptography below
MADE_BY_SSH_KEYGEN = [
    (kind, form) for kind, form in product(TYPES, FORMATS) if kind != "ed25519" or form == "openssh"
]


def keygen(*arguments: str | Path) -> None:
    command = ["ssh-keygen", "-q", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def made(folder: Path, kind: str = "ed25519", form: str = "openssh", passphrase: str = "") -> Path:
    path = folder / f"{kind}-{form}"
    keygen(*TYPES[kind], *FORMATS[form], "-a", "1", "-N", passphrase, "-C", "c", "-f", path)
    return path


def fault_of(path: Path, passphrase: str | None = None) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        load_private_key(path, passphrase)
    return caught.value.fault


def assert_is(key: paramiko.PKey, public: str) -> None:
    """It is this key, and can sign what the public half verifies."""
    assert f"{key.get_name()} {key.get_base64()}" == public
    signature: Any = key.sign_ssh_data(b"data", "rsa-sha2-512" if key.get_name() == "ssh-rsa" else None)
    verifier = paramiko.PKey.from_type_string(key.get_name(), key.asbytes())
    assert verifier.verify_ssh_sig(b"data", paramiko.Message(signature.asbytes()))


@pytest.mark.parametrize("passphrase", PASSPHRASES.values(), ids=PASSPHRASES)
@pytest.mark.parametrize(("kind", "form"), MADE_BY_SSH_KEYGEN)
def test_every_type_format_and_passphrase(tmp_path: Path, kind: str, form: str, passphrase: str) -> None:
    path = made(tmp_path, kind, form, passphrase)
    assert needs_passphrase(path) is bool(passphrase)
    assert_is(load_private_key(path, passphrase or None), public_line(path))
    assert_is(load_private_key(str(path), passphrase), public_line(path))
    if passphrase:
        assert fault_of(path, "wrong").code is FaultCode.PASSPHRASE_WRONG
        assert fault_of(path).code is FaultCode.PASSPHRASE_WRONG
        assert fault_of(path, "").code is FaultCode.PASSPHRASE_WRONG


@pytest.mark.parametrize("passphrase", PASSPHRASES.values(), ids=PASSPHRASES)
def test_ed25519_in_pkcs8(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "key"
    key = ed25519.Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert needs_passphrase(path) is bool(passphrase)
    assert_is(load_private_key(path, passphrase), public)


def test_a_passphrase_that_is_not_needed_does_no_harm(tmp_path: Path) -> None:
    path = made(tmp_path)
    assert_is(load_private_key(path, "whatever"), public_line(path))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD", "NFKC"])
def test_the_same_letters_in_other_code_points(tmp_path: Path, form: str, typed: str) -> None:
    passphrase = "Prüfung é"
    path = made(tmp_path, passphrase=unicodedata.normalize(form, passphrase))  # type: ignore[arg-type]
    load_private_key(path, unicodedata.normalize(typed, passphrase))  # type: ignore[arg-type]


def test_crlf_byte_order_mark_and_utf16(tmp_path: Path) -> None:
    for form in FORMATS:
        path = made(tmp_path, "rsa", form, "secret" if form == "pem" else "")
        text = path.read_text()
        for data in (
            text.replace("\n", "\r\n").encode(),
            text.encode("utf-8-sig"),
            text.replace("\n", "\r\n").encode("utf-16"),
            b"\r\n" + text.encode().rstrip(b"\n"),
            b"Some text before\n" + text.encode() + b"and after\n",
        ):
            path.write_bytes(data)
            assert_is(load_private_key(path, "secret"), public_line(path))


def test_an_ec_key_of_openssl_with_its_parameters(tmp_path: Path) -> None:
    path = tmp_path / "key"
    command = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert path.read_text().startswith("-----BEGIN EC PARAMETERS")
    assert load_private_key(path).get_name() == "ecdsa-sha2-nistp256"


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path).rename(tmp_path / "id")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_private_key("~/id").get_name() == "ssh-ed25519"


# --- files that are no usable keys ------------------------------------------------------------------------


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "missing") == Fault.of(FaultCode.KEY_MISSING, path=tmp_path / "missing")
    assert fault_of(tmp_path) == Fault.of(FaultCode.KEY_UNREADABLE, path=tmp_path, reason="it is a folder")
    assert fault_of(Path("a\0b")).code is FaultCode.KEY_UNREADABLE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert fault_of(tmp_path / "pipe").details["reason"] == "it is a pipe, not a file"


@pytest.mark.parametrize("passphrase", ["", "secret"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_is_cut_off_is_never_a_wrong_passphrase(
    tmp_path: Path, form: str, passphrase: str
) -> None:
    path = made(tmp_path, "rsa", form, passphrase)
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    middle = len(lines) // 2
    for cut in (b"", data[:10], data[:40], data[: len(data) // 2], data[:-20], b"".join(lines[:-1])):
        path.write_bytes(cut)
        assert fault_of(path, "secret").code is FaultCode.KEY_UNREADABLE, cut[-30:]
    if form != "pem" or not passphrase:  # the old encryption says nothing about how long its content is
        path.write_bytes(b"".join(lines[:middle] + lines[middle + 1 :]))
        assert fault_of(path, "secret").code is FaultCode.KEY_UNREADABLE


@pytest.mark.parametrize("form", FORMATS)
def test_damage_inside_never_escapes_as_another_error(tmp_path: Path, form: str) -> None:
    path = made(tmp_path, "ecdsa256", form)
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 7):
        spoilt = bytearray(data)
        spoilt[at] = ord("A") if spoilt[at] != ord("A") else ord("B")
        path.write_bytes(spoilt)
        with contextlib.suppress(RelayTrayError):
            load_private_key(path, "x")


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", FaultCode.KEY_UNSUPPORTED, "PuTTYgen"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me\n", FaultCode.KEY_UNSUPPORTED, "public half"),
        ("sk-ssh-ed25519@openssh.com AAAAGnNr me\n", FaultCode.KEY_UNSUPPORTED, "public half"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\n", FaultCode.KEY_UNSUPPORTED, "public half"),
        ("-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n", FaultCode.KEY_UNSUPPORTED, "public"),
        ("ssh-ed25519-cert-v01@openssh.com AAAAIHNz\n", FaultCode.KEY_UNSUPPORTED, "certificate"),
        ("-----BEGIN CERTIFICATE-----\n", FaultCode.KEY_UNREADABLE, "something else"),
        ("just a note\n", FaultCode.KEY_UNREADABLE, "no private key"),
        ("", FaultCode.KEY_UNREADABLE, "empty"),
        ("x" * (1 << 20) + "yy", FaultCode.KEY_UNREADABLE, "too long"),
    ],
)
def test_other_files_get_a_helpful_fault(tmp_path: Path, content: str, code: FaultCode, told: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    fault = fault_of(path)
    assert fault.code is code
    assert told in fault.details["reason"]


def test_a_real_putty_key(tmp_path: Path) -> None:
    path = tmp_path / "key.ppk"
    made_by_puttygen = subprocess.run(
        ["puttygen", made(tmp_path), "-O", "private", "-o", path], capture_output=True, timeout=60
    )
    assert made_by_puttygen.returncode == 0
    assert fault_of(path).code is FaultCode.KEY_UNSUPPORTED


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def test_a_security_key_file_leads_to_the_agent(tmp_path: Path) -> None:
    """Made by hand: ssh-keygen makes these only with the hardware plugged in."""
    public = _string(b"sk-ssh-ed25519@openssh.com") + _string(bytes(32)) + _string(b"ssh:")
    data = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + b"\0\0\0\x01"
    data += _string(public) + _string(bytes(64))
    path = tmp_path / "id_ed25519_sk"
    body = base64.encodebytes(data).decode()
    path.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n")
    fault = fault_of(path)
    assert fault.code is FaultCode.KEY_UNSUPPORTED
    assert "agent" in fault.details["reason"]
    assert public_blob(path) == public


def test_keys_that_ssh_does_not_use(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys: list[ed448.Ed448PrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey] = [
        ed448.Ed448PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256K1()),
        dsa.generate_private_key(2048),
    ]
    for key in keys:
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        assert fault_of(path).code is FaultCode.KEY_UNSUPPORTED
    path.write_bytes(keys[2].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert "DSA" in fault_of(path).details["reason"]


def test_a_cipher_that_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keygen("-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com", "-a", "1", "-N", "secret", "-f", path)
    fault = fault_of(path, "secret")
    assert fault.code is FaultCode.KEY_UNSUPPORTED
    assert "ssh-keygen -p" in fault.details["reason"]
    for cipher in ("aes256-gcm@openssh.com", "aes256-cbc"):
        path.unlink()
        keygen("-t", "ed25519", "-Z", cipher, "-a", "1", "-N", "secret", "-f", path)
        assert needs_passphrase(path)
        load_private_key(path, "secret")
        assert fault_of(path, "wrong").code is FaultCode.PASSPHRASE_WRONG


def test_a_wrong_passphrase_is_never_taken_for_damage(tmp_path: Path) -> None:
    """Some wrong passphrases decrypt the old formats into something that looks padded rightly."""
    key = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "key"
    for form in (PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8):
        lock = BestAvailableEncryption(b"right")
        path.write_bytes(key.private_bytes(Encoding.PEM, form, lock))
        for number in range(300 if form is PrivateFormat.TraditionalOpenSSL else 5):
            assert fault_of(path, f"wrong {number}").code is FaultCode.PASSPHRASE_WRONG


def test_no_passphrase_in_exceptions_or_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for form in FORMATS:
        path = made(tmp_path, "rsa", form, "secret-of-mine")
        with pytest.raises(RelayTrayError) as caught:
            load_private_key(path, "almost-secret-of-mine")
        error: BaseException | None = caught.value
        while error is not None:
            assert "secret-of-mine" not in repr(error) + str(error)
            error = error.__cause__ or error.__context__
    assert "secret-of-mine" not in caplog.text


# --- keys to be written elsewhere -------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", ["", "secret"])
@pytest.mark.parametrize("form", FORMATS)
def test_an_unlocked_key_has_its_comment(tmp_path: Path, form: str, passphrase: str) -> None:
    path = made(tmp_path, "ecdsa256", form, passphrase)
    unlocked = unlock_private_key(path, passphrase)
    assert unlocked.comment == b"c"
    assert unlocked.is_encrypted is bool(passphrase)
    assert is_openssh_format(path) is (form == "openssh")
    blob = public_blob(path)
    assert public_blob_inside(path) == (blob if form == "openssh" else b"")
    Path(f"{path}.pub").write_text(f"{public_line(path)}  another one \n")
    assert unlock_private_key(path, passphrase).comment == (b"c" if form == "openssh" else b"another one")
    assert comment_beside(path, blob) == b"another one"
    assert comment_beside(path, blob + b"x") == b""  # the public half of another key
    Path(f"{path}.pub").unlink()
    assert unlock_private_key(path, passphrase).comment == (b"c" if form == "openssh" else b"")


def test_a_comment_that_cannot_be_read_is_that_of_the_public_half(tmp_path: Path) -> None:
    path = tmp_path / "key"
    cipher = "aes256-gcm@openssh.com"
    keygen("-t", "ed25519", "-Z", cipher, "-a", "1", "-N", "secret", "-C", "beside", "-f", path)
    assert unlock_private_key(path, "secret").comment == b"beside"


# --- public halves and certificates -----------------------------------------------------------------------


def test_the_public_half_is_known_without_the_passphrase(tmp_path: Path) -> None:
    path = made(tmp_path, passphrase="secret")
    blob = load_private_key(path, "secret").asbytes()
    Path(f"{path}.pub").unlink()
    assert public_blob(path) == blob
    pem = made(tmp_path, "rsa", "pem", "secret")
    assert public_blob(pem) == load_private_key(pem, "secret").asbytes()
    assert public_blob(f"{pem}.pub") == public_blob(pem)
    Path(f"{pem}.pub").write_text("ssh-rsa nonsense")
    assert public_blob(pem) == b""
    assert public_blob(tmp_path / "missing") == b""


def certificate(folder: Path, key_store: KeyStore, key: Path, *options: str) -> Path:
    public = folder / f"{key.name}.pub"
    public.write_bytes(Path(f"{key}.pub").read_bytes())
    keygen("-s", key_store.key("user-ca"), "-I", "me", "-n", "root", *options, public)
    return folder / f"{key.name}-cert.pub"


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_certificate_is_attached(tmp_path: Path, key_store: KeyStore, kind: str) -> None:
    path = key_store.key("certified", kind)
    key = load_private_key(path)
    file = certificate(tmp_path, key_store, path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().rstrip() + b" comment \xff\r\n")
    load_certificate(key, file)
    assert key.public_blob is not None
    assert key.public_blob.key_type == f"{key.get_name()}-cert-v01@openssh.com"


def test_certificates_that_do_not_fit(tmp_path: Path, key_store: KeyStore) -> None:
    mine, other = key_store.key("certified"), key_store.key("somebody-else")
    key = load_private_key(mine)
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("hello")
    for file, told in (
        (certificate(tmp_path, key_store, other), "another key"),
        (certificate(tmp_path, key_store, mine, "-h"), "of a host"),
        (Path(f"{mine}.pub"), "plain public key"),
        (nonsense, "no OpenSSH certificate"),
    ):
        with pytest.raises(RelayTrayError) as caught:
            load_certificate(key, file)
        assert caught.value.fault.code is FaultCode.KEY_UNREADABLE
        assert told in caught.value.fault.details["reason"]
        assert key.public_blob is None
    with pytest.raises(RelayTrayError) as caught:
        load_certificate(key, tmp_path / "missing")
    assert caught.value.fault.code is FaultCode.KEY_MISSING
