"""A scripted ``AccessPort``: the links of the tests are read by the real reader, nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.access import Access, Offer, Offered, OnlineAccess, Taken, VmessAccess
from app.core.faults import Fault, RelayTrayError
from app.export.access_links.becoming import refusal_of
from app.export.access_links.oddities import oddities
from app.export.access_links.reading import read_links
from app.export.qr_code import qr_png

LINK = "ss://YWVzLTI1Ni1nY206Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5@tokyo.example.org:8388#tokyo"
PASSWORD = "correct-horse-battery"


@dataclass
class FakeAccesses:
    """``faults`` says by its name which call fails, and why; ``known`` names what is a profile already."""

    faults: Mapping[str, Fault] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)  # host -> name of its profile
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def read_text(self, text: str) -> Offered:
        self._note("read_text", text)
        found = read_links(text)
        offers = tuple(self._offer(access) for access in found.accesses)
        return Offered(offers, found.problems)

    def read_file(self, path: Path) -> Offered:
        self._note("read_file", path)
        return self.read_text(path.read_text(encoding="utf-8"))

    def read_picture(self, data: bytes) -> Offered:
        self._note("read_picture", data)
        return self.read_text(LINK)

    def take(self, offers: Sequence[Offer]) -> Taken:
        self._note("take", *offers)
        routes = [one for one in offers if isinstance(one.access, VmessAccess)]
        numbers = range(1, len(offers) - len(routes) + 1)
        return Taken(
            tuple(f"p{number}" for number in numbers),
            tuple(f"s{number}" for number in range(1, len(routes) + 1)),
        )

    def link(self, shadowsocks_id: str) -> str:
        self._note("link", shadowsocks_id)
        return LINK

    def qr_code(self, link: str) -> bytes:
        self._note("qr_code", link)
        return qr_png(link)

    def names(self) -> list[object]:
        return [call[0] for call in self.calls]

    def _offer(self, access: Access | OnlineAccess) -> Offer:
        refusal = refusal_of(access)
        if isinstance(access, OnlineAccess):
            return Offer(access, refusal=refusal)
        return Offer(access, oddities(access), self.known.get(access.host, ""), refusal)

    def _note(self, call: str, *subject: object) -> None:
        self.calls.append((call, *subject))
        if call in self.faults:
            raise RelayTrayError(self.faults[call])
