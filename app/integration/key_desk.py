"""Private keys as the window and the command line use them: made, looked at, put right, given to an agent.

Everything blocks: an RSA key takes seconds, a keyring or an agent may ask the person. Off the GUI thread.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.private_keys import Added, AgentTerms, KeyKind, KeyLook, MadeKey, NewKey, RightsChange
from app.export.ssh_wire import public_blob as wire_blob
from app.integration import key_files, key_rights
from app.integration.key_files import KeyFormat
from app.secrets import SecretName
from app.transport import new_key
from app.transport.agent_add import add_to_agent, agent_has
from app.transport.keys import certificate_blob, expanded

log = logging.getLogger("relaytray.integration")


class SecretSource(Protocol):
    """What of the secret store is needed here."""

    def get(self, name: SecretName) -> str | None: ...
    def remember(self, name: SecretName, secret: str) -> bool: ...
    def keep_for_session(self, name: SecretName, secret: str) -> None: ...


class KeyDesk:
    """All paths may begin with "~"; every method raises RelayTrayError unless it says that it never does."""

    def __init__(self, secrets: SecretSource) -> None:
        self._secrets = secrets

    def usual_path(self, kind: KeyKind = KeyKind.ED25519) -> str:
        """Where a new key goes if nothing else is said; free at this moment. Never raises."""
        return str(new_key.usual_path(kind))

    def make(self, wanted: NewKey) -> MadeKey:
        """Raises FILE_EXISTS, FILE_UNWRITABLE. A keyring that fails is told by the secret store."""
        place = wanted.path or self.usual_path(wanted.kind)
        path = new_key.make_key(place, wanted.kind, wanted.passphrase, wanted.comment)
        is_remembered = self._keep(path, wanted.passphrase, remember=wanted.remember)
        log.info("Made the key %s.", path)
        return MadeKey(
            path=str(path),
            public_path=str(new_key.public_path(path)),
            public_line=new_key.public_line(path),
            fingerprint=key_files.describe(path).fingerprint,
            is_encrypted=bool(wanted.passphrase),
            is_remembered=is_remembered,
            exposed=key_files.exposed(path),
        )

    def look(self, path: str) -> KeyLook:
        """Never raises: what is wrong with the file is its ``fault``."""
        file = expanded(path).absolute()
        try:
            found = key_files.describe(file)
        except RelayTrayError as e:
            return KeyLook(path=str(file), exposed=_exposed_if_there(file), fault=e.fault)
        return KeyLook(
            path=str(file),
            form=found.form,
            key_type=found.key_type,
            bits=found.bits,
            fingerprint=found.fingerprint,
            comment=found.comment,
            is_encrypted=found.is_encrypted,
            exposed=found.exposed,
        )

    def fix(self, path: str) -> tuple[RightsChange, ...]:
        """See ``key_rights.fix``."""
        return key_rights.fix(Path(path))

    def add_to_agent(
        self,
        path: str,
        passphrase: str = "",
        *,
        remember: bool = False,
        certificate: str = "",
        terms: AgentTerms = AgentTerms(),  # noqa: B008 - frozen
    ) -> Added:
        """Without ``passphrase`` that of the keyring is tried; PASSPHRASE_WRONG asks for the person.

        Raises what ``key_files.load_key`` and ``add_to_agent`` raise, and what is wrong with ``certificate``.
        """
        file = expanded(path).absolute()
        typed = passphrase
        if not typed and key_files.needs_passphrase(file):
            public = key_files.public_blob(file)
            if public and not terms and agent_has([public, *_certificate_for(file, public, certificate)]):
                return Added.KEPT_IT  # nobody need be asked for it
            typed = self._secrets.get(SecretName("passphrase", str(file))) or ""
        unlocked = key_files.load_key(file, typed)
        if passphrase:
            self._keep(file, passphrase, remember=remember)
        found = _certificate_for(file, wire_blob(unlocked.key), certificate)
        return add_to_agent(file, unlocked, found[0] if found else b"", terms)

    def convert_to_openssh(self, path: str, passphrase: str = "", *, remember: bool = False) -> str:
        """The same key for ssh, beside a PuTTY key: written, or there already. The path of it.

        Raises what ``key_files.convert`` raises, PASSPHRASE_WRONG also when it needs one.
        """
        ppk = expanded(path).absolute()
        target = key_files.openssh_beside(ppk)
        if target.exists():
            return str(target)
        if not passphrase and key_files.needs_passphrase(ppk):
            passphrase = self._secrets.get(SecretName("passphrase", str(ppk))) or ""
        written = key_files.convert(ppk, target, to=KeyFormat.OPENSSH, passphrase=passphrase)
        self._keep(written, passphrase, remember=remember)
        return str(written)

    def _keep(self, path: Path, passphrase: str, *, remember: bool) -> bool:
        """So that the next login does not ask; whether it is in the keyring."""
        if not passphrase:
            return False
        name = SecretName("passphrase", str(path))
        if remember:
            return self._secrets.remember(name, passphrase)
        self._secrets.keep_for_session(name, passphrase)
        return False


def keys_in(folder: Path) -> tuple[Path, ...]:
    """The private key files in a folder, sorted; other files are not told. Never raises."""
    try:
        files = sorted(one for one in folder.iterdir() if one.is_file())
    except OSError:
        return ()
    return tuple(one for one in files if _is_key(one))


def check_usable(path: Path) -> None:
    """Raises for what no login can use: KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED (PuTTY's format too)."""
    if key_files.read_ppk(path) is not None:
        reason = "it is a PuTTY key: convert it with relaytray key convert"
        raise error(FaultCode.KEY_UNSUPPORTED, path=path, reason=reason)
    if not key_files.needs_passphrase(path):
        key_files.load_key(path)


def certificate_fits(certificate: str, path: Path) -> bool:
    """Whether that file is a user certificate for this key. Never raises."""
    try:
        return bool(certificate_blob(expanded(certificate), key_files.public_blob(path)))
    except RelayTrayError:
        return False


def _is_key(path: Path) -> bool:
    try:
        return key_files.looks_like_key(path)
    except RelayTrayError:
        return False


def _exposed_if_there(path: Path) -> str:
    return key_files.exposed(path) if _is_key(path) else ""


def _certificate_for(path: Path, public: bytes, named: str) -> list[bytes]:
    """The certificate that is named, or the one beside the key if it fits, as ssh-add does; or none."""
    if named:
        return [certificate_blob(expanded(named), public)]
    beside = Path(f"{path}-cert.pub")
    if not beside.is_file():
        return []
    try:
        return [certificate_blob(beside, public)]
    except RelayTrayError as e:
        log.info("The certificate %s is not used: %s.", beside, e)
        return []
