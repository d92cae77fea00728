"""``link import|export`` with a real keyring, and with none."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.access import ShadowsocksAccess, VlessAccess, VmessAccess
from app.export.access_links.reading import link_of
from app.export.qr_code import qr_png
from tests.cli.program import Program
from tests.integration.test_pictures import zbar
from tests.peers.keyring_daemon import KeyringDaemon, missing_programs

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
PASSWORD = "Correct-Horse-Battery"
PHONE = ShadowsocksAccess(
    host="203.0.113.10", port=8389, method="chacha20-ietf-poly1305", password=PASSWORD, name="phone"
)
OBFS = ShadowsocksAccess(
    host="203.0.113.10", port=8388, method="xchacha20-ietf-poly1305", password=PASSWORD, name="pc",
    plugin="obfs-local", plugin_options="obfs=tls",
)  # fmt: skip
VMESS = VmessAccess(host="203.0.113.10", port=16824, uuid=UUID, name="Lab GPU")
NAKED = VlessAccess(host="203.0.113.10", port=1, uuid=UUID)
ALL = "\n".join([link_of(PHONE), link_of(OBFS), link_of(VMESS), link_of(NAKED), "nonsense"]).encode()


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Program]:
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as daemon:
        program = Program(tmp_path)
        program.env = dict(daemon.env)
        yield program


def test_from_a_link_to_the_profiles_and_to_a_phone(keyring: Program, tmp_path: Path) -> None:
    told = keyring.run("link", "import", "--yes", stdin=ALL)
    for words in (
        'Shadowsocks server "pc": 203.0.113.10:8388, xchacha20-ietf-poly1305, plugin obfs-local, pass',
        'GPU server "Lab GPU", reached by VMess: 203.0.113.10:16824, tcp, user ***',
        "It is not taken: VLESS without TLS",
        "number 5: This is no link",
        'Took the Shadowsocks server "phone", at 127.0.0.1:11080 here.',
        "relaytray server edit lab-gpu --user NAME",
    ):
        assert words in told.stdout
    assert PASSWORD not in told.stdout + told.stderr
    assert UUID not in told.stdout + told.stderr
    document = keyring.load()
    assert [one.name for one in document.shadowsocks] == ["phone", "pc"]
    assert PASSWORD.encode() not in keyring.paths.document.read_bytes()
    listed = [(one["kind"], one["name"]) for one in keyring.json("secret", "list")]
    assert ("v2ray", "lab-gpu") in listed
    assert [kind for kind, _ in listed].count("shadowsocks") == 2

    # known now; a picture is read as well
    picture = tmp_path / "code.png"
    picture.write_bytes(qr_png(link_of(PHONE)))
    again = keyring.json("link", "import", str(picture))
    assert again["found"][0] | {"odd": []} == {
        "kind": "shadowsocks", "name": "phone", "host": "203.0.113.10", "port": 8389, "plugin": "",
        "method": "chacha20-ietf-poly1305", "known_as": "phone", "refusal": None, "odd": [],
    }  # fmt: skip
    assert again["imported"] is False

    # out again: not into a pipe unless asked, into a private file, onto a terminal
    refused = keyring.run("link", "export", "phone", code=2)
    assert PASSWORD not in refused.stdout + refused.stderr
    assert "--show" in refused.stderr
    shown = keyring.json("link", "export", "phone", "--show")
    assert shown == {"name": "phone", "link": link_of(PHONE)}
    written = tmp_path / "phone.png"
    keyring.run("link", "export", "phone", "--qr", str(written))
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert zbar(written.read_bytes(), tmp_path) == link_of(PHONE).encode()
    kept = keyring.run("link", "export", "phone", "--qr", str(written), code=2)
    assert "does not overwrite" in kept.stderr
    other = keyring.run("link", "export", "pc", "--terminal", "--show")
    assert "Outline does not know xchacha20-ietf-poly1305" in other.stderr
    assert "\u2588" in other.stdout
    assert "\x1b" not in other.stdout


def test_a_link_as_an_argument_is_not_repeated(tmp_path: Path) -> None:
    """It would be taken for a file's name, and named in full where programs' outputs are kept."""
    program = Program(tmp_path)
    link = link_of(PHONE)
    for words in (
        ("link", "import", link),
        ("link", "import", "--file", link),
        ("--json", "link", "import", link),
    ):
        told = program.run(*words, code=2)
        assert link.partition("://")[2][:20] not in told.stdout + told.stderr
        assert "standard input" in told.stdout + told.stderr


def test_it_asks_before_it_takes(keyring: Program, tmp_path: Path) -> None:
    file = tmp_path / "links.txt"
    file.write_text(link_of(PHONE))
    with keyring.start_on_terminal("link", "import", "--file", str(file)) as running:
        running.expect("Take these into the profiles?")
        running.type("n\n")
        assert running.wait() == 130
    assert keyring.load().shadowsocks == ()
    without = keyring.run("link", "import", str(file), code=4)  # nobody to ask
    assert "--yes" in without.stderr


def test_without_a_keyring_nothing_is_taken(tmp_path: Path) -> None:
    """The password would be gone with the command, and the profile useless."""
    program = Program(tmp_path)
    told = program.run("link", "import", "--yes", stdin=link_of(PHONE).encode(), code=9)
    assert "keyring" in told.stderr.lower()
    assert program.load().shadowsocks == ()
    value = json.loads(
        subprocess.run(
            program.words("--json", "link", "import"),
            input=link_of(NAKED).encode() + b"\n\xff\xfe\0",
            capture_output=True, env=program.env, check=False,
        ).stdout
    )  # fmt: skip
    assert value["found"][0]["refusal"]["code"] == "unencrypted"
    assert value["problems"][0]["code"] == "not-a-link"
    assert UUID not in json.dumps(value)
