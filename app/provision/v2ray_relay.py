"""A relay's v2ray as its script sees and changes it (``resources/scripts/relay/setup-v2ray.sh``). Blocks.

Every function raises what ``RemoteShell.run`` does. What holds secrets goes with the script, never as a word.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.provisioning import Step
from app.core.v2ray_route import Core
from app.log_setup import MASK, register_secret
from app.provision.setup_script import PACKAGES_TIMEOUT_S, SetupScript, Told
from app.provision.v2ray_keys import Certificate
from app.provision.v2ray_program import CoreFile
from app.provision.v2ray_state import RelayState, digest_of, read_state

FOLDER = "/etc/relaytray/v2ray"
RECORD = f"{FOLDER}/now/state.json"
_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PIECE = 128 << 10
_SPARE_KILOBYTES = 20 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is there. Versions are as the programs say them: "V2Ray 4.34.0"."""

    has_systemd: bool
    machine: str
    python: str
    record: RelayState | None
    digest: str  # of the record; "" = there is none
    damage: str  # why the record cannot be understood; "" = it can
    core_version: str  # of the program that RelayTray has put in place
    core_sha: str
    core_link: str  # the program of the system that it stands for
    module_sha: str  # of the extension of Python that RelayTray has brought
    module_version: str  # for which Python
    found: str  # path of one of the system's own
    found_version: str
    package: str  # of the system, which could be installed


def look(script: SetupScript, core: Core | None = None) -> Seen:
    """``None``: the record is enough, programs are of no interest."""
    told = script.run("look", Step.V2RAY, core=str(core or ""))
    lines = told.all("record")
    record, digest, damage = None, "", ""
    if lines:
        text = "\n".join(lines) + "\n"
        digest = digest_of(text)
        try:
            record = read_state(text)
        except ValueError as e:
            damage = str(e)
        else:
            hide(record)
    return Seen(
        has_systemd=told.get("systemd") == "yes",
        machine=told.get("machine"),
        python=told.get("python"),
        record=record,
        digest=digest,
        damage=damage,
        core_version=told.get("core_version"),
        core_sha=told.get("core_sha"),
        core_link=told.get("core_link"),
        module_sha=told.get("python_file_sha"),
        module_version=told.get("python_version"),
        found=told.get("found"),
        found_version=told.get("found_version"),
        package=told.get("package"),
    )


def masked(text: str) -> str:
    """What a program complains about may quote an id."""
    return _ID.sub(MASK, text)


def hide(state: RelayState) -> None:
    """Whatever prints one of its secrets by mistake prints asterisks."""
    secrets = [state.carrier.decryption_key]
    for server in state.servers:
        secrets += [server.tunnel_uuid, server.watch_uuid, *server.users.values()]
    for secret in filter(None, secrets):
        register_secret(secret)


def run(
    script: SetupScript,
    action: str,
    state: RelayState,
    *,
    expect: str = "",
    use: str = "",
    certificate: Certificate | None = None,
) -> Told:
    """``check`` or ``apply`` this state. ``expect``: digest of the record on which it was built.

    An answer with ``changed_meanwhile`` means that another computer was faster.
    """
    payload = {"config.json": state.config, "state.json": state.text}
    if certificate is not None:
        payload |= {"tls.crt": certificate.pem, "tls.key": certificate.key_pem}
    tls = state.carrier.tls
    return script.run(
        action,
        Step.V2RAY,
        payload=payload,
        core=str(state.carrier.core),
        ports=" ".join(map(str, state.listening)),
        expect=expect,
        use=use,
        tls=tls.key_file.rpartition("/")[2].removesuffix(".key") if tls is not None else "",
    )


def bring(script: SetupScript, core: Core, file: CoreFile, percent: Callable[[int], None]) -> Told:
    """The program, over SSH; checked there by its digest and by running it."""
    packed = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with the header of gzip
    data = packed.compress(file.data) + packed.flush()

    def pieces() -> Iterator[bytes]:
        told = -1
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]
            now = min(100, 100 * (start + _PIECE) // len(data))
            if now // 10 > told // 10:
                told = now
                percent(now)

    return script.run(
        "bring",
        Step.V2RAY,
        feed=pieces(),
        core=str(core),
        sha=file.sha256,
        module=file.module,
        python_version=file.python,
        needed=str(len(file.data) // 1024 + _SPARE_KILOBYTES),
    )


def install(script: SetupScript, core: Core, package: str) -> Told:
    """The system's own package."""
    return script.run("install", Step.V2RAY, timeout_s=PACKAGES_TIMEOUT_S, core=str(core), package=package)
