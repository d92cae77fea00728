"""Whether the ssh config of this computer says what a server's profile says: one of the doctor's checks."""

from __future__ import annotations

from pathlib import Path

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.profiles import Document, Server
from app.integration.ssh_blocks import block_of
from app.integration.ssh_config_install import SshConfigInstall
from app.integration.vscode_doctor import is_read
from app.storage.document_store import read_bytes
from app.storage.paths import Paths
from app.system.programs import find_program


def ssh_config_check(
    paths: Paths, document: Document, server: Server, config: Path | None = None
) -> Examined:
    """Blocks: reads files and asks ``ssh -G``. ``config`` is for people whose ssh reads another file.

    Raises FILE_UNREADABLE.
    """
    state = SshConfigInstall(paths, config=config).state()
    if state.fault is not None:
        return Examined(check=Check.SSH_CONFIG, verdict=Verdict.BAD, fault=state.fault)
    if not state.is_installed:
        return _told(Verdict.WARNING, Advice.CONFIG_NOT_INSTALLED)
    text = (read_bytes(paths.ssh_config) or b"").decode("utf-8", "surrogateescape")
    block = block_of(paths, document, server, accepted=text)
    if block.fault is not None:
        return Examined(check=Check.SSH_CONFIG, verdict=Verdict.BAD, fault=block.fault)
    ssh = find_program("ssh")
    is_seen = ssh is None or is_read(ssh, Path(state.user_config), server)
    if block.text not in text or not is_seen:
        return _told(Verdict.WARNING, Advice.CONFIG_STALE)
    return _told(Verdict.GOOD, Advice.CONFIG_IN_STEP)


def _told(verdict: Verdict, advice: Advice) -> Examined:
    return Examined(check=Check.SSH_CONFIG, verdict=verdict, advice=advice)
