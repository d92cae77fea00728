"""Is the machine that answered the one that is pinned?

RelayTray pins host keys in a known_hosts file of its own, in OpenSSH's format so that ssh can use it too.
The person's own known_hosts files are read for a first answer and never written.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import paramiko

from app.core.faults import FaultCode, error
from app.storage.atomic_file import write_private
from app.storage.file_lock import locked
from app.transport import known_hosts
from app.transport.host_certificates import CERTIFICATE_SUFFIX, HostCertificate
from app.transport.known_hosts import KnownHost, Marker, blob_type
from app.transport.randomart import randomart

_log = logging.getLogger("relaytray.transport")

# Plain host key algorithms of paramiko 5.1 in the order it prefers them (Transport._preferred_keys).
PLAIN_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
CERTIFICATE_ALGORITHMS = tuple(name + CERTIFICATE_SUFFIX for name in PLAIN_ALGORITHMS)


class VerdictKind(StrEnum):
    MATCH = "match"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class HostKeyBlob:
    """A host key (or host certificate) as it goes over the wire; it begins with its type."""

    blob: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    kind: VerdictKind
    key_type: str  # of the key that was shown: "ssh-ed25519"
    fingerprint: str  # of the key that was shown: "SHA256:..."
    where: str = ""  # "path:line" that decided
    pinned: tuple[str, ...] = ()  # CHANGED: the fingerprints that were expected
    by_authority: bool = False  # MATCH through a host certificate: the key itself need not be pinned


@dataclass(frozen=True, slots=True)
class PinnedKey:
    key_type: str
    fingerprint: str
    where: str  # "path:line"


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """What a HostKeyQuestion shows. For a certificate it is the plain key inside."""

    key_type: str
    bits: int
    fingerprint: str
    randomart: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A line and the file it stands in."""

    entry: KnownHost
    file: Path

    @property
    def where(self) -> str:
        return f"{self.file}:{self.entry.line}"


class HostKeys:
    """The pinned host keys. Thread-safe, and safe beside other processes with the same files.

    Files are read anew for every question, so what ssh or another RelayTray writes counts at once.
    ``host_name`` is always what ``host_key_name`` gives: "h" or "[h]:p".
    """

    def __init__(self, own_file: Path, user_files: Sequence[Path] = ()) -> None:
        self._own_file = own_file
        self._user_files = tuple(user_files)

    def check(self, host_name: str, key: paramiko.PKey | HostKeyBlob) -> Verdict:
        """What the files say about this key. Raises FILE_UNREADABLE for our own file only.

        A revoked key loses always. A certificate of a trusted authority wins; an invalid one counts as the
        plain key inside (sshconnect.c does the same). Then the own file decides if it knows the host, then
        the person's files; a pinned key of any type that is not the shown one means CHANGED.
        """
        shown = _wire_blob(key)
        certificate = HostCertificate.parse(shown)
        plain = certificate.key_blob if certificate else shown
        own, user = self._own(), self._user()
        names = {host_name, _without_port(host_name)}

        dead = [plain] if certificate is None else [plain, certificate.authority_blob]
        for found in _marked(own + user, Marker.REVOKED, names):
            if found.entry.blob in dead:
                return _verdict(VerdictKind.REVOKED, plain, found)
        if certificate and (authority := _authority(certificate, own + user, names)):
            return _verdict(VerdictKind.MATCH, plain, authority, by_authority=True)
        for pins in (_pins(own, host_name), _pins(user, host_name)):
            if pins:
                return _compared(plain, pins)
        # ssh, too, accepts a key that is known for the host without its port
        for found in _pins(user, _without_port(host_name)):
            if found.entry.blob == plain:
                return _verdict(VerdictKind.MATCH, plain, found)
        return _verdict(VerdictKind.UNKNOWN, plain)

    def pin(self, host_name: str, key: paramiko.PKey | HostKeyBlob) -> None:
        """Trust this key for this host from now on, beside those already pinned for it.

        Raises FILE_UNWRITABLE.
        """
        shown = _wire_blob(key)
        certificate = HostCertificate.parse(shown)
        plain = certificate.key_blob if certificate else shown
        with self._locked():
            if any(found.entry.blob == plain for found in _pins(self._own(), host_name)):
                return
            data = self._read_own()
            gap = b"" if not data or data.endswith(b"\n") else b"\n"
            self._write_own(data + gap + known_hosts.new_line(host_name, plain))

    def unpin(self, host_name: str) -> None:
        """Forget the keys pinned for exactly this host in the own file. Raises FILE_UNWRITABLE."""
        self._rewrite(host_name, None)

    def rename(self, old: str, new: str) -> None:
        """Carry the pins over when a profile gets another name or address. Raises FILE_UNWRITABLE."""
        if old != new:
            self._rewrite(old, new)

    def algorithms_for(self, host_name: str) -> tuple[str, ...]:
        """The algorithms to be put first, so that the machine shows the key we can compare.

        Certificates come first when an authority is trusted for this host, else none is in the list.
        """
        own, user = self._own(), self._user()
        names = {host_name, _without_port(host_name)}
        pins = _pins(own, host_name) or _pins(user, host_name) or _pins(user, _without_port(host_name))
        types = {found.entry.key_type for found in pins}
        plain = tuple(name for name in PLAIN_ALGORITHMS if _key_type(name) in types)
        trusted = any(True for _ in _marked(own + user, Marker.CERT_AUTHORITY, names))
        return (CERTIFICATE_ALGORITHMS if trusted else ()) + plain

    def offer_for(self, host_name: str) -> tuple[str, ...]:
        """The whole list for the key exchange: ``algorithms_for`` and then every other plain algorithm.

        paramiko's ``SecurityOptions.key_types`` takes it as it is.
        """
        first = self.algorithms_for(host_name)
        return first + tuple(name for name in PLAIN_ALGORITHMS if name not in first)

    def pinned(self, host_name: str) -> list[PinnedKey]:
        """The keys of this host in the own file."""
        return [
            PinnedKey(found.entry.key_type, fingerprint(found.entry.blob), found.where)
            for found in _pins(self._own(), host_name)
        ]

    def _own(self) -> list[_Found]:
        return [_Found(entry, self._own_file) for entry in known_hosts.parse(self._read_own())]

    def _user(self) -> list[_Found]:
        return [
            _Found(entry, file)
            for file in self._user_files
            for entry in known_hosts.parse(_read_quietly(file))
        ]

    def _read_own(self) -> bytes:
        try:
            return self._own_file.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as e:
            raise error(FaultCode.FILE_UNREADABLE, path=self._own_file, reason=e.strerror or e) from e

    def _write_own(self, data: bytes) -> None:
        try:
            write_private(self._own_file, data)
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=self._own_file, reason=e.strerror or e) from e

    def _rewrite(self, old: str, new: str | None) -> None:
        with self._locked():
            data = self._read_own()
            changed = known_hosts.renamed(data, old, new)
            if changed != data:
                self._write_own(changed)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Between reading and replacing the own file nobody else may do the same."""
        lock_file = self._own_file.with_name(self._own_file.name + ".lock")
        with locked(lock_file, self._own_file):
            yield


def host_key_name(host: str, port: int) -> str:
    """The name a host has in known_hosts files (``put_host_port`` of OpenSSH)."""
    host = host.lower()
    return host if port in (0, 22) else f"[{host}]:{port}"


def fingerprint(key_blob: bytes) -> str:
    """As ``ssh-keygen -l`` shows it: "SHA256:" and unpadded base64."""
    digest = base64.b64encode(hashlib.sha256(key_blob).digest()).decode()
    return "SHA256:" + digest.rstrip("=")


def picture(key: paramiko.PKey | HostKeyBlob) -> KeyPicture:
    """What a person compares before the first trust."""
    shown = _wire_blob(key)
    certificate = HostCertificate.parse(shown)
    plain = certificate.key_blob if certificate else shown
    key_type, bits = blob_type(plain), key_bits(plain)
    return KeyPicture(key_type, bits, fingerprint(plain), randomart(plain, key_type, bits))


def key_bits(key_blob: bytes) -> int:
    """The size as ``ssh-keygen -l`` tells it."""
    message = paramiko.Message(key_blob)
    key_type = message.get_text()
    if key_type == "ssh-rsa":
        message.get_mpint()  # the exponent
        return int(message.get_mpint().bit_length())
    if key_type.startswith("ecdsa-sha2-nistp"):
        return int(key_type.removeprefix("ecdsa-sha2-nistp"))
    return 256


def default_user_files() -> list[Path]:
    """Where ssh itself looks (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile)."""
    folder = Path.home() / ".ssh"
    if sys.platform == "win32":
        system = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "ssh"
    else:
        system = Path("/etc/ssh")
    return [
        folder / "known_hosts",
        folder / "known_hosts2",
        system / "ssh_known_hosts",
        system / "ssh_known_hosts2",
    ]


def _read_quietly(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as e:
        _log.info("The known_hosts file %s could not be read: %s.", file, e.strerror)
        return b""


def _wire_blob(key: paramiko.PKey | HostKeyBlob) -> bytes:
    """paramiko keeps a certificate beside the plain key that it was made from."""
    if isinstance(key, HostKeyBlob):
        return key.blob
    certificate = getattr(key, "public_blob", None)
    return bytes(certificate.key_blob) if certificate else key.asbytes()


def _without_port(host_name: str) -> str:
    return host_name[1:].partition("]")[0] if host_name.startswith("[") else host_name


def _key_type(algorithm: str) -> str:
    return "ssh-rsa" if algorithm.startswith("rsa-") else algorithm


def _marked(entries: list[_Found], marker: Marker, names: set[str]) -> Iterator[_Found]:
    for found in entries:
        if found.entry.marker is marker and any(found.entry.is_for(name) for name in names):
            yield found


def _pins(entries: list[_Found], host_name: str) -> list[_Found]:
    """Lines with a plain key of a type that paramiko can be shown; others cannot be compared."""
    usable = {_key_type(name) for name in PLAIN_ALGORITHMS}
    return [
        found
        for found in entries
        if found.entry.marker is Marker.NONE
        and found.entry.key_type in usable
        and found.entry.is_for(host_name)
    ]


def _authority(certificate: HostCertificate, entries: list[_Found], names: set[str]) -> _Found | None:
    """The line that trusts this certificate's authority, if the certificate holds."""
    for found in _marked(entries, Marker.CERT_AUTHORITY, names):
        if found.entry.blob != certificate.authority_blob:
            continue
        host = min(names, key=len)  # certificates are made for names without a port
        if not (problem := certificate.problem(host, time.time())):
            return found
        _log.info("The host certificate of %s does not count: %s.", host, problem)
    return None


def _compared(plain: bytes, pins: list[_Found]) -> Verdict:
    for found in pins:
        if found.entry.blob == plain:
            return _verdict(VerdictKind.MATCH, plain, found)
    expected = tuple(fingerprint(found.entry.blob) for found in pins)
    return _verdict(VerdictKind.CHANGED, plain, pins[0], pinned=expected)


def _verdict(
    kind: VerdictKind,
    plain: bytes,
    found: _Found | None = None,
    *,
    pinned: tuple[str, ...] = (),
    by_authority: bool = False,
) -> Verdict:
    return Verdict(
        kind=kind,
        key_type=blob_type(plain),
        fingerprint=fingerprint(plain),
        where=found.where if found else "",
        pinned=pinned,
        by_authority=by_authority,
    )
