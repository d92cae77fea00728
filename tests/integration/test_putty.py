"""plink and psftp really connect: through our SOCKS port, with a converted key and the preset host key.

Nobody can be asked (``-batch``), so a host key that is not known already ends it.
"""

from __future__ import annotations

import base64
import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document
from app.export.proxied_site import ProxiedSite
from app.export.putty import unix_session
from app.export.putty_host_keys import host_key_of_line
from app.integration import putty
from app.integration.key_files import KeyFormat, convert
from app.integration.putty_sites import pinned_host_keys, site_of
from app.integration.winscp import ini_file
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.transport.host_keys import HostKeyBlob, HostKeys
from tests.export import winscp_reader
from tests.peers.keys import KeyStore, public_line
from tests.peers.lab import Lab
from tests.peers.sshd import Sshd, find_sshd
from tests.tunnel.driver import Driver, run
from tests.windows.sites import site as example

TYPES = {"ed25519": "ed25519", "ecdsa": "ecdsa", "rsa": "rsa"}


def need_putty() -> None:
    if shutil.which("plink") is None or shutil.which("psftp") is None or find_sshd() is None:
        pytest.skip("needs plink, psftp and sshd")


@pytest.fixture
def driver(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    need_putty()
    with Driver(tmp_path / "data", with_converted_key(lab, tmp_path), lab.fingerprints) as driver:
        yield driver


def with_converted_key(lab: Lab, folder: Path) -> Document:
    """The profile's key has its .ppk beside it, made by us."""
    key = Path(shutil.copy(lab.server_key, folder / "the key"))
    convert(key, Path(f"{key}.ppk"), to=KeyFormat.PPK2)
    document = lab.document()
    server = dataclasses.replace(document.servers[0], identity=str(key), remote_folder=str(folder))
    return dataclasses.replace(document, servers=(server,))


def the_site(driver: Driver) -> ProxiedSite:
    return site_of(driver.paths, driver.document, driver.document.servers[0], "PuTTY")


def saved_session(home: Path, site: ProxiedSite) -> dict[str, str]:
    """A home folder with the session in it; the environment that leads there."""
    name, data = unix_session(site)
    folder = home / ".putty" / "sessions"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return {**os.environ, "HOME": str(home)}


def test_plink_and_psftp_connect_by_the_saved_session(driver: Driver, lab: Lab, tmp_path: Path) -> None:
    driver.connect()
    site = the_site(driver)
    assert site.key_file == str(tmp_path / "the key.ppk")
    home = saved_session(tmp_path / "home", site)
    done = run("plink", "-batch", "-load", site.name, "echo", "it-works", env=home)
    assert (done.returncode, done.stdout) == (0, b"it-works\n"), done.stderr
    source = tmp_path / "source"
    source.write_bytes(os.urandom(200_000))
    orders = f'get "{source}" "{tmp_path}/copy"\n'.encode()
    # psftp takes the name of a session where a host would stand
    done = run("psftp", "-batch", site.name, env=home, input=orders + b"quit\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_without_proxy_localhost_a_loopback_host_goes_past_the_proxy(
    driver: Driver, lab: Lab, tmp_path: Path
) -> None:
    """Why ProxyLocalhost is in every session, and why the host is a name."""
    driver.connect()
    _, data = unix_session(the_site(driver))
    folder = tmp_path / "home" / ".putty" / "sessions"
    folder.mkdir(parents=True)
    # the server's route: only the relay can reach it; this computer has nothing at port 1
    loopback = data.replace(b"HostName=lab-gpu.relaytray.internal", b"HostName=127.0.0.1")
    loopback = loopback.replace(b"PortNumber=22\n", b"PortNumber=1\n")
    past = loopback.replace(b"ProxyLocalhost=1", b"ProxyLocalhost=0")
    for name, session in (("through", loopback), ("past", past)):
        (folder / name).write_bytes(session)
    home = {**os.environ, "HOME": str(tmp_path / "home")}
    through = run("plink", "-batch", "-load", "through", "true", env=home)
    assert b"proxy" in through.stderr.lower()
    done = run("plink", "-batch", "-load", "past", "true", env=home)
    assert b"proxy" not in done.stderr.lower()
    assert b"refused" in done.stderr.lower()


def test_a_session_with_another_host_key_is_refused(driver: Driver, lab: Lab, tmp_path: Path) -> None:
    driver.connect()
    other = host_key_of_line(public_line(lab.person_key))
    site = dataclasses.replace(the_site(driver), host_keys=(other,))
    home = saved_session(tmp_path / "home", site)
    done = run("plink", "-batch", "-load", site.name, "echo", "it-works", env=home)
    assert done.returncode != 0
    assert b"it-works" not in done.stdout
    assert b"host key" in done.stderr.lower()


@pytest.mark.parametrize("program", ["plink", "psftp"])
def test_the_words_connect_with_nothing_stored(
    driver: Driver, lab: Lab, tmp_path: Path, program: str
) -> None:
    """By ``relaytray proxy``, which goes through the link of another process or brings one up."""
    driver.connect()
    DocumentStore(driver.paths).save(driver.document)
    words = putty.command_words(driver.paths, the_site(driver), program, batch=True)
    words += ["echo", "it-works"] if program == "plink" else []
    home = {**os.environ, "HOME": str(tmp_path)}
    done = run(*words, env=home, input=b"pwd\nquit\n")
    assert done.returncode == 0, done.stderr
    assert b"it-works" in done.stdout or b"Remote directory is" in done.stdout
    assert not (tmp_path / ".putty" / "sshhostkeys").exists()


@pytest.mark.parametrize("key_type", TYPES)
def test_a_cache_entry_of_ours_is_the_key_plink_sees(
    key_type: str, key_store: KeyStore, tmp_path: Path
) -> None:
    need_putty()
    person = key_store.key("putty-person")
    ppk = convert(person, tmp_path / "person.ppk", to=KeyFormat.PPK2)
    folder = tmp_path / ".putty"
    folder.mkdir()
    sshd = Sshd(
        tmp_path / "sshd",
        keys=key_store,
        name="putty-cache",
        host_key_types=(key_type,),
        authorized_keys=public_line(person),
    )
    with sshd:
        key = host_key_of_line(public_line(sshd.host_keys[key_type]))
        line = f"{key.cache_name('127.0.0.1', sshd.port)} {key.cache_value}\n"
        words = [
            "plink",
            "-batch",
            "-P",
            str(sshd.port),
            "-i",
            str(ppk),
            f"{sshd.user}@127.0.0.1",
            "echo",
            "in",
        ]
        home = {**os.environ, "HOME": str(tmp_path)}
        (folder / "sshhostkeys").write_text(line)
        done = run(*words, env=home)
        assert (done.returncode, done.stdout) == (0, b"in\n"), done.stderr
        tampered = line[:-2] + ("0" if line[-2] != "0" else "1") + "\n"
        (folder / "sshhostkeys").write_text(tampered)
        assert run(*words, env=home).returncode != 0


def test_the_key_that_we_know_is_the_one_that_plink_asks_for(key_store: KeyStore, tmp_path: Path) -> None:
    """A server shows one of its keys; without the order of algorithms it would be the one we do not know."""
    need_putty()
    person = key_store.key("putty-person")
    ppk = convert(person, tmp_path / "person.ppk", to=KeyFormat.PPK2)
    sshd = Sshd(
        tmp_path / "sshd",
        keys=key_store,
        name="putty-order",
        host_key_types=("ed25519", "rsa"),
        authorized_keys=public_line(person),
    )
    with sshd:
        rsa = host_key_of_line(public_line(sshd.host_keys["rsa"]))
        site = example(user=sshd.user, key_file=str(ppk), keys=(rsa,))
        name, data = unix_session(site)
        # straight to it, without our proxy
        data = data.replace(b"ProxyMethod=2", b"ProxyMethod=0").replace(
            f"HostName={site.host}\n".encode(), b"HostName=127.0.0.1\n"
        )
        data = data.replace(b"PortNumber=22\n", f"PortNumber={sshd.port}\n".encode())
        folder = tmp_path / ".putty" / "sessions"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(data)
        home = {**os.environ, "HOME": str(tmp_path)}
        done = run("plink", "-batch", "-load", site.name, "echo", "in", env=home)
        assert (done.returncode, done.stdout) == (0, b"in\n"), done.stderr
        (folder / name).write_bytes(
            b"".join(line for line in data.splitlines(True) if not line.startswith(b"HostKey="))
        )
        assert run("plink", "-batch", "-load", site.name, "true", env=home).returncode != 0


# --- what is gathered, and what is missing ----------------------------------------------------------------


@pytest.fixture
def place(lab: Lab, tmp_path: Path) -> tuple[Paths, Document]:
    paths = Paths.at(tmp_path / "data")
    paths.root.mkdir()
    return paths, with_converted_key(lab, tmp_path)


def fault(paths: Paths, document: Document, program: str = "WinSCP") -> tuple[FaultCode, dict[str, str]]:
    with pytest.raises(RelayTrayError) as caught:
        site_of(paths, document, document.servers[0], program)
    return caught.value.fault.code, dict(caught.value.fault.details)


def pin(paths: Paths, document: Document, key: Path) -> None:
    blob = base64.b64decode(public_line(key).split()[1])
    HostKeys(paths.known_hosts).pin(document.servers[0].full_name, HostKeyBlob(blob))


def test_a_site_is_what_profile_key_and_pins_say(
    place: tuple[Paths, Document], lab: Lab, tmp_path: Path
) -> None:
    paths, document = place
    pin(paths, document, lab.server.host_keys["ed25519"])
    site = site_of(paths, document, document.servers[0], "WinSCP")
    assert site.key_file == str(tmp_path / "the key.ppk")
    assert [key.for_putty for key in site.host_keys] == [lab.fingerprints.server]
    sites = winscp_reader.ini_sites(ini_file(paths, document, document.servers))
    assert sites["RelayTray/lab-gpu"]["publickeyfile"] == site.key_file
    assert putty.putty_reg(paths, document, document.servers[0]).decode("utf-16").count("SHA256:") == 1


def test_other_lines_of_known_hosts_are_no_pins(place: tuple[Paths, Document], lab: Lab) -> None:
    paths, document = place
    line, name = public_line(lab.person_key), document.servers[0].full_name
    odd = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t"
    paths.known_hosts.write_text(f"other {line}\n@revoked {name} {line}\n{name} {odd}\n")
    assert pinned_host_keys(paths, document.servers[0]) == []
    assert fault(paths, document)[0] is FaultCode.HOST_KEY_NOT_PINNED


def test_what_is_missing_is_told(place: tuple[Paths, Document], lab: Lab) -> None:
    paths, document = place
    server = document.servers[0]
    assert fault(paths, document) == (FaultCode.HOST_KEY_NOT_PINNED, {"alias": "lab-gpu"})
    Path(f"{server.identity}.ppk").unlink()
    wanted = {"path": server.identity, "program": "WinSCP"}
    assert fault(paths, document) == (FaultCode.PPK_NEEDED, wanted)
    Path(f"{server.identity}.ppk").write_text("something of the person's")
    assert fault(paths, document)[0] is FaultCode.FILE_EXISTS
    Path(server.identity).unlink()
    assert fault(paths, document)[0] is FaultCode.KEY_MISSING
    without_relay = dataclasses.replace(document, relays=())
    assert fault(paths, without_relay)[0] is FaultCode.NO_SUCH_RELAY


def test_a_profile_without_a_key_leaves_it_to_the_agent(place: tuple[Paths, Document], lab: Lab) -> None:
    paths, document = place
    pin(paths, document, lab.server.host_keys["ed25519"])
    server = dataclasses.replace(document.servers[0], identity="")
    assert site_of(paths, document, server, "WinSCP").key_file == ""


def test_an_identity_that_is_a_putty_key_already_is_used_as_it_is(
    place: tuple[Paths, Document], lab: Lab
) -> None:
    paths, document = place
    pin(paths, document, lab.server.host_keys["ed25519"])
    ppk = document.servers[0].identity + ".ppk"
    server = dataclasses.replace(document.servers[0], identity=ppk)
    assert site_of(paths, document, server, "WinSCP").key_file == ppk


def test_known_hosts_that_cannot_be_read_is_a_fault(place: tuple[Paths, Document]) -> None:
    paths, document = place
    paths.known_hosts.mkdir()
    assert fault(paths, document)[0] is FaultCode.FILE_UNREADABLE
