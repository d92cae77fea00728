"""Links, files and pictures that let into a proxy: read, taken into the profiles, given to phones.

Passwords and user ids go from the link into the keyring, before the profile that needs them is stored, and
nowhere else. Blocks: files are read, the keyring may ask the person. Off the GUI thread.
"""

from __future__ import annotations

import base64
import dataclasses
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from app.core.access import (
    Access,
    LinkProblemCode,
    Offer,
    Offered,
    OnlineAccess,
    ReadLinks,
    ShadowsocksAccess,
    Taken,
)
from app.core.faults import FaultCode, error
from app.core.profiles import Document
from app.core.shadowsocks import SECRET_KIND
from app.export.access_links.becoming import access_of, refusal_of, secret_of
from app.export.access_links.oddities import oddities
from app.export.access_links.reading import link_of, read_links
from app.export.qr_code import qr_png
from app.integration.access_plan import Plan, known_as, plan
from app.integration.pictures import MAX_FILE, DecodePicture, codes_in, other_kind, picture_kind
from app.log_setup import register_secret
from app.secrets import SecretName
from app.storage.profiles_file import new_id
from app.system.port_holder import can_listen

log = logging.getLogger("relaytray.integration")

MAX_TEXT_FILE = 4_000_000  # bytes; what ``read_links`` takes has at most a million characters
_TRIES = 5  # others may change the profiles between a plan and its storing
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Secrets(Protocol):
    """``app.secrets.SecretStore``, as far as it is used here."""

    def get(self, name: SecretName) -> str | None: ...
    def remember(self, name: SecretName, secret: str) -> bool: ...
    def forget(self, name: SecretName) -> bool: ...


class Store(Protocol):
    """``app.storage.document_store.DocumentStore``."""

    def load(self) -> Document: ...
    def edit(self, change: Callable[[Document], Document]) -> Document: ...


class _StaleError(Exception):
    """The profiles are others now than the plan was made for."""


def _is_free(port: int) -> bool:
    return can_listen("127.0.0.1", port)


class AccessDesk:
    """``decode`` is None where nothing here decodes pictures; ``changed`` hears of profiles that were stored.

    All methods raise RelayTrayError.
    """

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        decode: DecodePicture | None,
        changed: Callable[[Document], object] = lambda _document: None,
        is_free: Callable[[int], bool] = _is_free,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._decode = decode
        self._changed = changed
        self._is_free = is_free

    # --- reading ------------------------------------------------------------------------------------------

    def read_text(self, text: str) -> Offered:
        """Links, a list of them in base64, or SIP008. What cannot be read is among the problems."""
        return self._offered(read_links(text))

    def read_file(self, path: Path) -> Offered:
        """Text as above, or a picture of QR codes.

        Raises FILE_UNREADABLE, FILE_TOO_LARGE, FILE_WITHOUT_LINKS, PICTURE_KIND, and as ``read_picture``.
        """
        data = _content(path)
        head = data[:1000]
        if picture_kind(head):
            return self._from_picture(data, path)
        if kind := other_kind(head):
            raise error(FaultCode.PICTURE_KIND, path=path, kind=kind)
        if len(data) > MAX_TEXT_FILE:
            raise error(FaultCode.FILE_TOO_LARGE, path=path, limit=MAX_TEXT_FILE // 1_000_000)
        return self.read_text(_as_text(data, path))

    def read_picture(self, data: bytes) -> Offered:
        """A picture of the clipboard, as PNG.

        Raises PICTURE_DAMAGED, PICTURE_TOO_LARGE, PICTURE_WITHOUT_CODE, CODE_UNREADABLE, PROGRAM_MISSING.
        """
        if not picture_kind(data[:64]):
            raise error(FaultCode.PICTURE_DAMAGED, path="")
        return self._from_picture(data, None)

    def _from_picture(self, data: bytes, path: Path | None) -> Offered:
        if self._decode is None:
            raise error(FaultCode.PROGRAM_MISSING, program="PySide6, which reads pictures,")
        codes = codes_in(data, path, self._decode)
        found = [_of_code(code, number if len(codes) > 1 else 0) for number, code in enumerate(codes, 1)]
        accesses = [access for one in found for access in one.accesses]
        problems = [problem for one in found for problem in one.problems]
        return self._offered(ReadLinks(tuple(accesses), tuple(problems)))

    def _offered(self, found: ReadLinks) -> Offered:
        for access in found.accesses:
            _hide(access)
        document = self._store.load()
        offers = [self._offer(access, document) for access in dict.fromkeys(found.accesses)]
        return Offered(tuple(offers), found.problems)

    def _offer(self, access: Access | OnlineAccess, document: Document) -> Offer:
        refusal = refusal_of(access)
        if isinstance(access, OnlineAccess):
            return Offer(access, refusal=refusal)
        known = "" if refusal else known_as(document, access, self._secrets.get)[1]
        return Offer(access, oddities(access), known, refusal)

    # --- taking -------------------------------------------------------------------------------------------

    def take(self, offers: Sequence[Offer]) -> Taken:
        """Into the keyring, then into the profiles; what is known already is not doubled. An offer with a
        refusal is passed over.

        Where the profiles cannot be stored, the keyring is as before. Raises as the store.
        """
        wanted: list[Access] = [
            offer.access
            for offer in offers
            if not isinstance(offer.access, OnlineAccess) and refusal_of(offer.access) is None
        ]
        for access in wanted:
            _hide(access)
        for _ in range(_TRIES):
            planned = plan(self._store.load(), wanted, self._secrets.get, new_id, self._is_free)
            is_kept = self._keep(planned)
            try:
                after = self._store.edit(lambda now, planned=planned: _applied(planned, now))  # type: ignore[misc]
            except _StaleError:
                self._forget(planned.secrets)
                continue
            except BaseException:
                self._forget(planned.secrets)
                raise
            self._changed(after)
            log.info("Took %d links into the profiles.", len(wanted))
            return Taken(planned.shadowsocks, planned.servers, is_for_session=not is_kept)
        raise error(FaultCode.INTERNAL, reason="the profiles were changed again and again meanwhile")

    def _keep(self, planned: Plan) -> bool:
        """Whether all of them are in the keyring; else some are in memory, which the secret store tells."""
        try:
            kept = [self._secrets.remember(*one) for one in (planned.secrets | planned.restored).items()]
        except BaseException:
            self._forget(planned.secrets)
            raise
        return all(kept)

    def _forget(self, names: Iterable[SecretName]) -> None:
        for name in names:
            self._secrets.forget(name)

    # --- giving -------------------------------------------------------------------------------------------

    def link(self, shadowsocks_id: str) -> str:
        """SIP002, as Outline and Shadowsocks on phones read it, with the password: never to be logged.

        Raises NO_SUCH_SHADOWSOCKS, SHADOWSOCKS_PASSWORD_MISSING.
        """
        server = self._store.load().shadowsocks_server(shadowsocks_id)
        if server is None:
            raise error(FaultCode.NO_SUCH_SHADOWSOCKS, name=shadowsocks_id, near="")
        password = self._secrets.get(SecretName(SECRET_KIND, server.id))
        if not password:
            raise error(FaultCode.SHADOWSOCKS_PASSWORD_MISSING, name=server.name)
        access = access_of(server, password)
        _hide(access)
        return link_of(access)

    def qr_code(self, link: str) -> bytes:
        """A PNG picture. Raises CODE_TOO_LONG."""
        return qr_png(link)


def _applied(planned: Plan, now: Document) -> Document:
    """Raises _StaleError where somebody else's change came in between."""
    before = planned.before
    if (now.relays, now.servers, now.shadowsocks) != (before.relays, before.servers, before.shadowsocks):
        raise _StaleError
    after = planned.after
    return dataclasses.replace(now, relays=after.relays, servers=after.servers, shadowsocks=after.shadowsocks)


def _hide(access: Access | OnlineAccess) -> None:
    """From now on no log line has its secret, nor the link, nor the encoded part of it."""
    if isinstance(access, OnlineAccess):
        register_secret(access.address.partition("://")[2])
        return
    register_secret(secret_of(access))
    if isinstance(access, ShadowsocksAccess):
        pair = base64.b64encode(f"{access.method}:{access.password}".encode()).decode().rstrip("=")
        register_secret(pair)
        register_secret(pair.translate(str.maketrans("+/", "-_")))
    register_secret(link_of(access).partition("://")[2].partition("#")[0])


def _of_code(code: bytes, number: int) -> ReadLinks:
    found = read_links(code.decode("utf-8", "replace"))
    problems = []
    for problem in found.problems:
        is_other = problem.code is LinkProblemCode.NOT_A_LINK
        kind = LinkProblemCode.CODE_NOT_A_LINK if is_other else problem.code
        problems.append(dataclasses.replace(problem, code=kind, number=number or problem.number))
    return ReadLinks(found.accesses, tuple(problems))


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason="it is no file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason) from e
    if len(data) > MAX_FILE:
        raise error(FaultCode.FILE_TOO_LARGE, path=path, limit=MAX_FILE // 1_000_000)
    return data


def _as_text(data: bytes, path: Path) -> str:
    """UTF-8, or what the editors of Windows write."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as e:
        raise error(FaultCode.FILE_WITHOUT_LINKS, path=path) from e
    if "\0" in text:
        raise error(FaultCode.FILE_WITHOUT_LINKS, path=path)
    return text
