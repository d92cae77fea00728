"""OpenSSH's own private key files with their comments, which ``cryptography`` drops.

Format: PROTOCOL.key of OpenSSH. The comment is inside of the encrypted part: reading it takes the passphrase.
"""

from __future__ import annotations

import base64

import bcrypt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.export.ssh_wire import PrivateKey, Reader, mpint, public_blob, string

_MAGIC = b"openssh-key-v1\0"
_BEGIN, _END = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END OPENSSH PRIVATE KEY-----"
_CIPHER = b"aes256-ctr"  # what ssh-keygen uses
_ROUNDS = 24  # as ssh-keygen of 2023 and later
_MAX_ROUNDS = 4096  # for a comment nobody waits minutes
_KEY_SIZES = {b"aes128-ctr": 16, b"aes192-ctr": 24, b"aes256-ctr": 32, b"aes256-cbc": 32, b"none": 0}
_BLOCK = 16
# How many parts a key has between its type and its comment, the curve's name included.
_PARTS = {b"ssh-ed25519": 2, b"ssh-rsa": 6}
_ECDSA_PARTS = 3


def write_openssh_key(
    key: PrivateKey, *, comment: bytes, passphrase: bytes, salt: bytes, check: bytes
) -> bytes:
    """The file. Without a passphrase it is not encrypted.

    ``salt`` (16) and ``check`` (4) are random bytes; the second shows whether a passphrase was right.
    """
    public = public_blob(key)
    private = check + check + private_parts(key, public) + string(comment)
    private += bytes(range(1, 1 + -len(private) % (_BLOCK if passphrase else 8)))
    cipher, kdf, options = b"none", b"none", b""
    if passphrase:
        cipher, kdf, options = _CIPHER, b"bcrypt", string(salt) + _ROUNDS.to_bytes(4, "big")
        work = _cipher(cipher, _hashed(passphrase, salt, _ROUNDS, cipher)).encryptor()
        private = work.update(private) + work.finalize()
    head = string(cipher) + string(kdf) + string(options) + b"\0\0\0\x01"
    text = base64.b64encode(_MAGIC + head + string(public) + string(private))
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return b"\n".join([_BEGIN, *lines, _END]) + b"\n"


def comment_in(block: bytes, passphrase: bytes) -> bytes | None:
    """The comment of the key in this text from BEGIN to END, which the passphrase is known to open.

    None where it cannot be told: a rare cipher, or no such file. Never raises.
    """
    try:
        return _comment_in(block, passphrase)
    except (ValueError, KeyError):
        return None


def _comment_in(block: bytes, passphrase: bytes) -> bytes:
    body = block.partition(_BEGIN)[2].partition(_END)[0]
    data = base64.b64decode(body)
    reader = Reader(data.removeprefix(_MAGIC))
    cipher, _kdf, options = reader.string(), reader.string(), Reader(reader.string())
    reader.take(4)
    reader.string()
    private = reader.string()
    if cipher != b"none":
        salt, rounds = options.string(), int.from_bytes(options.take(4), "big")
        if rounds > _MAX_ROUNDS:
            raise ValueError("far too many rounds")
        work = _cipher(cipher, _hashed(passphrase, salt, rounds, cipher)).decryptor()
        private = work.update(private) + work.finalize()
    inside = Reader(private)
    if inside.take(4) != inside.take(4):
        raise ValueError("not decrypted")
    key_type = inside.string()
    for _ in range(_PARTS.get(key_type, _ECDSA_PARTS)):
        inside.string()
    return inside.string()


def private_parts(key: PrivateKey, public: bytes) -> bytes:
    """The whole key, type first, as its file and the agent's protocol have it; ``public`` is its blob."""
    reader = Reader(public)
    key_type = reader.string()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        e, n = numbers.public_numbers.e, numbers.public_numbers.n
        parts = (n, e, numbers.d, numbers.iqmp, numbers.p, numbers.q)
        return string(key_type) + b"".join(mpint(number) for number in parts)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return public + mpint(key.private_numbers().private_value)
    raw = reader.string()
    return public + string(key.private_bytes_raw() + raw)


def _hashed(passphrase: bytes, salt: bytes, rounds: int, cipher: bytes) -> bytes:
    return bcrypt.kdf(passphrase, salt, _KEY_SIZES[cipher] + _BLOCK, rounds, ignore_few_rounds=True)


def _cipher(name: bytes, hashed: bytes) -> Cipher[modes.CBC] | Cipher[modes.CTR]:
    key, iv = hashed[:-_BLOCK], hashed[-_BLOCK:]
    if name.endswith(b"cbc"):
        return Cipher(algorithms.AES(key), modes.CBC(iv))
    return Cipher(algorithms.AES(key), modes.CTR(iv))
