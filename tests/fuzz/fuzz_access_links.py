"""Hostile links, lists and pictures for as long as one likes: ``--seconds N [--seed S]``.

    python -m tests.fuzz.fuzz_access_links --seconds 60

The invariant: whatever a person pastes or opens is read or told with a sentence, and nothing else is raised;
what was read can be written and reads back the same; what is taken becomes a profile without problems; no
sentence and no repr has the password or the user id in it.
Ends with 0, or with 1 after printing the input that broke it and the seed.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from app.core.access import Access, OnlineAccess, ShadowsocksAccess, VlessAccess, VmessAccess
from app.core.faults import RelayTrayError
from app.core.profiles import Document
from app.core.validation import problems_of
from app.export.access_links.becoming import refusal_of
from app.export.access_links.oddities import for_outline, oddities
from app.export.access_links.reading import link_of, read_links
from app.export.access_links.sip008 import sip008
from app.export.qr_code import qr_png
from app.integration.access_plan import plan
from app.integration.pictures import KINDS, codes_in, picture_kind
from app.sentences import sentence
from app.sentences.of_links import link_problem_sentence, oddity_sentence, refusal_sentence
from app.ui.pictures import gray_picture

SECRET = "S3cret-Passw0rd-of-the-fuzzer"
UUID = "4d5add8d-26b4-4f21-87f7-2027d5bc98fb"
FILE = Path("/somewhere/picture")
FIELDS = (
    "v", "ps", "add", "port", "id", "aid", "scy", "net", "type", "host", "path", "tls", "sni", "alpn", "fp",
    "insecure", "pcs", "server", "server_port", "method", "password", "plugin", "plugin_opts", "prefix",
    "remarks", "servers", "version", "encryption", "security", "flow", "headerType",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    "", "0", "1", "2", "65535", "65536", "-1", "auto", "none", "tls", "ws", "kcp", "http", "aes-256-gcm",
    "2022-blake3-aes-256-gcm", "chacha20-poly1305", "rc4", "xtls-rprx-vision", "ab" * 32, "/", "\x00",
    "\u202e", "\ud800", "\u4e2d", "a,b", "x" * 3000, "[::1]", "::1", "127.0.0.1", "..", UUID, SECRET,
    "obfs-local", "../sh", "obfs=tls;a=\\;b", "mlkem768x25519plus.native.0rtt." + "A" * 43, 0, 1, -1, 65536,
    1.5, True, False, None, [], {}, [1], {"a": 1}, 10**400,
)  # fmt: skip
PIECES = (
    "ss://", "SS://", "ssconf://", "vmess://", "vless://", "trojan://", "://", "@", ":", "#", "?", "/", "&",
    "=", "%", "%00", "%ff", "%zz", "%E4%B8%AD", "[", "]", "plugin=", "prefix=", "\n", "\r\n", "\ufeff", " ",
    "\t", "\u2028", "\x1b[31m", "\u00ad", "xn--", "\u0661", "{", "}", "[", '"', "\\",
)  # fmt: skip


def seeds() -> list[str]:
    accesses: list[Access] = [
        ShadowsocksAccess(
            host="203.0.113.10", port=8388, method="aes-256-gcm", password=SECRET, name="\u8df3\u677f"
        ),
        ShadowsocksAccess(
            host="2001:db8::1", port=1, method="chacha20-ietf-poly1305", password=SECRET, plugin="obfs-local",
            plugin_options="obfs=tls", prefix="\x16\x03\x01",
        ),
        ShadowsocksAccess(
            host="h.example", port=443, method="2022-blake3-aes-256-gcm",
            password="YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI=",
        ),
        VmessAccess(host="h.example", port=1, uuid=UUID, network="ws", path="/a", tls=True, name="n"),
        VlessAccess(host="h.example", port=1, uuid=UUID, security="tls", flow="xtls-rprx-vision", name="n"),
    ]  # fmt: skip
    links = [link_of(access) for access in accesses]
    proxies = tuple(access for access in accesses if isinstance(access, ShadowsocksAccess))
    old = base64.b64encode(f"aes-256-gcm:{SECRET}@h.example:1".encode()).decode()
    many = "\n".join(links)
    return [
        *links,
        sip008(proxies),
        f"ss://{old}#old",
        f"ssconf://s3.example.org/{SECRET}#online",
        many,
        base64.b64encode(many.encode()).decode(),
    ]


def mutated(rng: random.Random, known: list[str]) -> str:
    text = rng.choice(known)
    if rng.random() < 0.3:
        text = _json(rng)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randint(0, len(text))
        match rng.randrange(7):
            case 0:
                text = text[:at] + rng.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + rng.randint(1, 5) :]
            case 2:
                text = (
                    text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0x11000)))) + text[at + 1 :]
                )
            case 3:
                text = text[:at] + rng.choice(known)[: rng.randint(0, 60)] + text[at:]
            case 4:
                text = text[:at] + rng.choice(PIECES) * rng.choice((1, 2, 500)) + text[at:]
            case 5 if len(text) < 20_000:
                text = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
            case _:
                text = text[: rng.randint(0, len(text))]
    return text


def _json(rng: random.Random) -> str:
    """A vmess link or a SIP008 document with whatever in its entries."""
    raw = {rng.choice(FIELDS): rng.choice(VALUES) for _ in range(rng.randint(0, 16))}
    usual = {"add": "h", "port": 1, "id": UUID, "server": "h", "server_port": 1, "method": "aes-256-gcm",
             "password": SECRET}  # fmt: skip
    raw = usual | raw if rng.random() < 0.7 else raw
    if rng.random() < 0.5:
        text = json.dumps(raw)
        return "vmess://" + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return json.dumps({"version": rng.choice((1, 1, 1, 2, "1", None)), "servers": [raw, rng.choice(VALUES)]})


def judged(text: str) -> str:
    """What became of it, in a word; raises whatever breaks the invariant."""
    found = read_links(text)
    assert found.accesses or found.problems, "neither read nor told"
    for problem in found.problems:
        told = link_problem_sentence(problem) + repr(problem)
        assert SECRET not in told, "a sentence with a password"
        assert UUID not in told, "a sentence with a user id"
    taken: list[Access] = []
    for access in found.accesses:
        assert not shows_secret(access), "a repr with a secret"
        refusal = refusal_of(access)
        if refusal is not None:
            assert refusal_sentence(refusal)
        if isinstance(access, OnlineAccess):
            continue
        assert all(oddity_sentence(odd) for odd in oddities(access))
        if isinstance(access, ShadowsocksAccess):
            assert all(oddity_sentence(odd) for odd in for_outline(access))
        back = read_links(link_of(access))
        assert back.accesses == (access,), f"it does not read back: {access} {link_of(access)} {back}"[:1500]
        if refusal is None:
            taken.append(access)
    numbers = iter(range(1_000_000))
    planned = plan(Document(), taken, lambda _name: None, lambda: f"id-{next(numbers)}", lambda _port: True)
    odd = [
        problem
        for problem in problems_of(planned.after)
        if problem.field != "user"  # of the server: no link has it
    ]
    assert odd == [], f"a profile with problems: {odd}"
    if taken:
        return "taken"
    return "refused" if found.accesses else str(found.problems[0].code)


def shows_secret(access: Access | OnlineAccess) -> bool:
    """A name or a path may well be the same text as the secret; the secret's own field must not be shown."""
    hidden = {"password", "uuid", "address"}
    shown = [str(getattr(access, name)) for name in access.__slots__ if name not in hidden]
    secrets = [str(getattr(access, name)) for name in access.__slots__ if name in hidden]
    return any(
        len(secret) > 10 and secret in repr(access) and not any(secret in one for one in shown)
        for secret in secrets
    )


def picture(rng: random.Random, pictures: list[bytes]) -> str:
    data = bytearray(rng.choice(pictures))
    for _ in range(rng.choice((0, 1, 2, 5, 30))):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at:at] = rng.randbytes(rng.choice((1, 4, 100)))
            case _:
                data[at:] = b""
        if not data:
            data = bytearray(b"\0")
    if picture_kind(bytes(data[:64])) not in KINDS:
        return "picture: of no kind"
    try:
        codes_in(bytes(data), FILE, gray_picture)
    except RelayTrayError as e:
        fault = e.fault
    else:
        return "picture: read"
    assert sentence(fault)
    return f"picture: {fault.code}"


def pictures_of(known: list[str]) -> list[bytes]:
    """Every kind that Qt writes."""
    from PySide6.QtCore import QBuffer, QByteArray
    from PySide6.QtGui import QImage, QImageWriter

    made = [qr_png(text) for text in known[:3]]
    for kind in ("jpeg", "bmp", "webp"):
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(kind.encode())).write(QImage.fromData(made[0]))
        made.append(bytes(buffer.data().data()))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().getrandbits(32)
    rng, endings = random.Random(seed), Counter[str]()
    known = seeds()
    pictures = pictures_of(known)
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        text = ""
        try:
            if rng.random() < 0.02:  # a picture takes a hundred times as long
                endings[picture(rng, pictures)] += 1
            else:
                text = mutated(rng, known)
                endings[judged(text)] += 1
        except Exception:
            traceback.print_exc()
            print(f"input {text[:2000]!r}")
            print(f"broken by input {endings.total() + 1} of --seed {seed}")
            return 1
    print(f"{endings.total()} inputs in {arguments.seconds:g} s, seed {seed}: the invariant holds. Endings:")
    for ending, count in endings.most_common():
        print(f"{count:9} {ending}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
