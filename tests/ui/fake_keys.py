"""Keys without files: a scripted ``KeysPort``."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.private_keys import Added, KeyKind, KeyLook, MadeKey, NewKey, RightsChange

LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF3+gaDsi8hsD+680kqSLXhZejKwOVOz5rrJdo34rACw chen@laptop"


@dataclass
class FakeKeys:
    """``looks`` by path; ``passphrase`` is that of every locked key; ``faults`` by the name of a method."""

    looks: dict[str, KeyLook] = field(default_factory=dict)
    passphrase: str = "open sesame"
    faults: dict[str, Fault] = field(default_factory=dict)
    made: list[NewKey] = field(default_factory=list)
    added: list[tuple[str, bool]] = field(default_factory=list)
    exposed: str = ""

    def usual_path(self, kind: KeyKind) -> str:
        return f"/home/chen/.ssh/id_{kind}"

    def make(self, wanted: NewKey) -> MadeKey:
        self._fail("make")
        self.made.append(wanted)
        self.looks[wanted.path] = KeyLook(path=wanted.path, key_type="ssh-ed25519")
        return MadeKey(
            path=wanted.path,
            public_path=f"{wanted.path}.pub",
            public_line=LINE,
            fingerprint="SHA256:U1vIGbo2isOM1qgfhtwt2uIEhGDzhik8aDhm//FYzjY",
            is_encrypted=bool(wanted.passphrase),
            is_remembered=wanted.remember,
            exposed=self.exposed,
        )

    def look(self, path: str) -> KeyLook:
        missing = KeyLook(path=path, fault=Fault.of(FaultCode.KEY_MISSING, path=path))
        return self.looks.get(path, missing)

    def fix(self, path: str) -> tuple[RightsChange, ...]:
        self._fail("fix")
        was = self.looks[path].exposed
        self.looks[path] = KeyLook(path=path, key_type="ssh-ed25519")
        return (RightsChange(path, was),)

    def add_to_agent(self, path: str, passphrase: str = "", *, remember: bool = False) -> Added:
        self._fail("add")
        self._open(path, passphrase)
        self.added.append((path, remember))
        return Added.ADDED if len(self.added) == 1 else Added.KEPT_IT

    def convert_to_openssh(self, path: str, passphrase: str = "", *, remember: bool = False) -> str:
        self._fail("convert")
        self._open(path, passphrase)
        target = path.removesuffix(".ppk")
        self.looks[target] = KeyLook(path=target, key_type="ssh-ed25519")
        return target

    def _open(self, path: str, passphrase: str) -> None:
        if self.looks[path].is_encrypted and passphrase != self.passphrase:
            raise RelayTrayError(Fault.of(FaultCode.PASSPHRASE_WRONG, path=path))

    def _fail(self, name: str) -> None:
        if name in self.faults:
            raise RelayTrayError(self.faults[name])
