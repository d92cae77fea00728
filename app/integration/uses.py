"""Everything that other programs get for a server, gathered and done: what the "Use it from..." window asks.

One object for the whole program. Every method blocks (files, the registry, programs, ``ssh -G``), so none is
called in the GUI thread; all may be called from any other.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from app.core.editors import offered_folders, with_remembered
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Relay, Server
from app.core.uses import Copyable, Editor, ExportFile, KeyState, SshConfigState, Use, Uses
from app.export.browser import browser_texts
from app.export.cyberduck import cyberduck_bookmark
from app.export.filezilla import filezilla_sites, key_file_for
from app.export.links import sftp_link, transfer_lines
from app.export.proxy_environment import proxy_environment
from app.export.shell_words import Shell, usual_shell
from app.export.winscp import PROGRAM as WINSCP
from app.integration import editors, key_files, putty, winscp
from app.integration.ssh_blocks import ssh_config_text, ssh_option_fault
from app.integration.ssh_config_install import SshConfigInstall
from app.storage.atomic_file import write_private
from app.storage.document_store import DocumentStore, unwritable
from app.storage.paths import Paths
from app.system.browsers import find_browsers
from app.system.programs import find_program
from app.system.winscp import find_putty, find_winscp, is_running

SHELL_NAMES: Mapping[Shell, str] = {
    Shell.SH: "sh, bash, zsh",
    Shell.POWERSHELL: "PowerShell",
    Shell.CMD: "cmd.exe",
}
_WINDOWS = os.name == "nt"
_FILE_NAMES: Mapping[str, tuple[Use, str]] = {
    "winscp-ini": (Use.WINSCP, "{alias}-winscp.ini"),
    "putty-reg": (Use.PUTTY, "{alias}-putty.reg"),
    "filezilla-xml": (Use.FILEZILLA, "{alias}-filezilla.xml"),
    "cyberduck-bookmark": (Use.CYBERDUCK, "{alias}.duck"),
}


class UseDesk:
    """``document`` gives the newest profiles; ``changed`` hears of those that opening a folder has made."""

    def __init__(
        self,
        paths: Paths,
        store: DocumentStore,
        document: Callable[[], Document],
        changed: Callable[[Document], object],
        install: SshConfigInstall | None = None,
    ) -> None:
        self._paths = paths
        self._store = store
        self._document = document
        self._changed = changed
        self._install = install or SshConfigInstall(paths)

    # --- what there is ------------------------------------------------------------------------------------

    def of(self, server_id: str) -> Uses:
        """All of it at this moment. What is not possible is among the ``faults``. Raises NO_SUCH_SERVER."""
        document = self._document()
        server, relay = self._profiles(document, server_id)
        state = self._install.state()
        gathered = _Gathered(self._paths, document, server, relay, editors.is_known(server, state))
        gathered.gather()
        return Uses(
            server_id=server.id,
            alias=server.alias,
            platform=sys.platform,
            ssh_config=state,
            ssh_block=gathered.block,
            editors=editors.find(),
            recent_folders=tuple(offered_folders(server)),
            texts=tuple(gathered.texts),
            files=tuple(gathered.files),
            key=key_files.key_state(server.identity, Path.home()),
            programs=_programs(document),
            faults=gathered.faults,
        )

    def editors(self) -> tuple[Editor, ...]:
        return editors.find()

    def check_ssh_options(self, server: Server) -> Fault | None:
        return ssh_option_fault(server)

    # --- what is done -------------------------------------------------------------------------------------

    def install_ssh_config(self) -> SshConfigState:
        """See ``SshConfigInstall.install``. A server that had to be left out is the fault of the state."""
        state = self._install.install(self._document())
        left_out = next(iter(self._install.reports), None)
        return dataclasses.replace(state, fault=state.fault or left_out)

    def remove_ssh_config(self) -> SshConfigState:
        return self._install.remove()

    def open_folder(self, server_id: str, editor_key: str, folder: str) -> None:
        """Start the editor and remember the folder. Raises what ``editors.open_folder`` raises."""
        server, _relay = self._profiles(self._document(), server_id)
        editor = editors.chosen(editors.find(), editor_key)
        is_known = editors.is_known(server, self._install.state())
        editors.open_folder(editor, server, folder, is_installed=is_known)
        if folder:
            self._changed(self._store.edit(lambda document: with_remembered(document, server_id, folder)))

    def save(self, server_id: str, file_key: str, path: Path) -> None:
        """Write one of the files to where the person wants it; what is there is replaced.

        Raises FILE_UNWRITABLE, and the reason why there is no such file.
        """
        data = self._file(server_id, file_key).data
        try:
            write_private(path, data)
        except OSError as e:
            unwritable(path, e)

    def start_winscp(self, server_id: str) -> None:
        document = self._document()
        server = self._profiles(document, server_id)[0]
        winscp.start(self._paths, document, server, document.settings.winscp_program)

    def store_in_winscp(self, server_id: str) -> str:
        document = self._document()
        server = self._profiles(document, server_id)[0]
        return winscp.store_site(self._paths, document, server, document.settings.winscp_program)

    def choose_winscp(self, program: Path) -> None:
        """Remember a portable WinSCP. Raises PROGRAM_MISSING when it is none."""
        self._changed(winscp.remember(self._store, program))

    def follow_stored(self) -> Fault | None:
        """Bring what we stored in other programs to the profiles as they are now.

        PROGRAM_RUNNING when that has to wait until a program ends; what else keeps a site from being made is
        told where the person asks for it.
        """
        document = self._document()
        left = winscp.refresh_stored(self._paths, document, document.settings.winscp_program)
        return Fault.of(FaultCode.PROGRAM_RUNNING, program=WINSCP) if left and is_running() else None

    def start_putty(self, server_id: str) -> None:
        document = self._document()
        putty.start_putty(self._paths, document, self._profiles(document, server_id)[0])

    def convert_key(self, server_id: str, passphrase: str, new_passphrase: str) -> Path:
        """Write the .ppk of the server's key beside it; ``new_passphrase`` "" = none, to which they agreed.

        Raises what ``key_files.convert`` raises.
        """
        server, _relay = self._profiles(self._document(), server_id)
        key: KeyState = key_files.key_state(server.identity, Path.home())
        if key.fault is not None:
            raise RelayTrayError(key.fault)
        if not key.identity:
            raise error(FaultCode.KEY_MISSING, path=server.identity)
        return key_files.convert(
            Path(key.identity),
            Path(key.ppk),
            to=key_files.best_ppk(is_encrypted=bool(new_passphrase)),
            passphrase=passphrase,
            new_passphrase=new_passphrase,
            allow_unencrypted=not new_passphrase,
            replace_same_key=True,
        )

    # --- inside -------------------------------------------------------------------------------------------

    def _profiles(self, document: Document, server_id: str) -> tuple[Server, Relay]:
        server = document.server(server_id)
        if server is None:
            raise error(FaultCode.NO_SUCH_SERVER, name=server_id, near="")
        relay = document.relay(server.relay_id)
        if relay is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
        return server, relay

    def _file(self, server_id: str, file_key: str) -> ExportFile:
        document = self._document()
        server, relay = self._profiles(document, server_id)
        gathered = _Gathered(self._paths, document, server, relay, is_known=True)
        return gathered.file(file_key)


class _Gathered:
    """The texts and files of one server. What cannot be made leaves its reason in ``faults``."""

    def __init__(
        self, paths: Paths, document: Document, server: Server, relay: Relay, is_known: bool
    ) -> None:
        self._paths, self._document, self._server, self._relay = paths, document, server, relay
        self._is_known = is_known
        self.block = ""
        self.texts: list[Copyable] = []
        self.files: list[ExportFile] = []
        self.faults: dict[Use, Fault] = {}

    def gather(self) -> None:
        with self._noting(Use.SSH_CONFIG):
            self.block = ssh_config_text(self._paths, self._document, self._server)
        for key, (use, _name) in _FILE_NAMES.items():
            with self._noting(use):
                self.files.append(self.file(key))
        with self._noting(Use.LINK):
            self.texts.append(Copyable(Use.LINK, "sftp", sftp_link(self._server)))
        with self._noting(Use.TRANSFER):
            self.texts += transfer_lines(self._server, shell=usual_shell(windows=_WINDOWS))
            if not self._is_known:
                alias = self._server.alias
                raise error(FaultCode.SSH_CONFIG_NOT_INSTALLED, program="scp", alias=alias)
        with self._noting(Use.BROWSER):
            self.texts += browser_texts(
                self._server,
                self._relay,
                browsers=find_browsers(),
                profiles=str(self._paths.root / "browsers"),
                shell=usual_shell(windows=_WINDOWS),
            )
        self.texts += self._environment()

    def file(self, key: str) -> ExportFile:
        """Raises why it cannot be made."""
        use, name = _FILE_NAMES[key]
        return ExportFile(use, key, name.format(alias=self._server.alias), self._data(key))

    def _data(self, key: str) -> bytes:
        state = key_files.key_state(self._server.identity, Path.home())
        match key:
            case "winscp-ini":
                return winscp.ini_file(self._paths, self._document, [self._server])
            case "putty-reg":
                return putty.putty_reg(self._paths, self._document, self._server)
            case "filezilla-xml":
                return filezilla_sites(self._server, key_file=key_file_for(state), windows=_WINDOWS)
            case _:
                return cyberduck_bookmark(self._server, key_file=state.identity)

    def _environment(self) -> Iterator[Copyable]:
        is_server = self._document.exit_server(self._relay.id) is not None
        first = usual_shell(windows=_WINDOWS)
        for shell in sorted(Shell, key=lambda shell: shell is not first):
            text = proxy_environment(self._relay, shell, localhost_is_server=is_server)
            yield Copyable(Use.ENVIRONMENT, shell.value, text, SHELL_NAMES[shell])

    def _noting(self, use: Use) -> _Noting:
        return _Noting(self.faults, use)


class _Noting:
    """Keeps a fault in its place instead of letting it stop the rest."""

    def __init__(self, faults: dict[Use, Fault], use: Use) -> None:
        self._faults, self._use = faults, use

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> bool:
        if not isinstance(problem, RelayTrayError):
            return False
        self._faults[self._use] = problem.fault
        return True


def _programs(document: Document) -> dict[Use, str]:
    """Those that are on this computer."""
    found_winscp, found_putty = find_winscp(document.settings.winscp_program), find_putty()
    programs = {
        Use.WINSCP: str(found_winscp.path) if found_winscp else "",
        Use.PUTTY: str(found_putty) if found_putty else (find_program("putty") or ""),
        Use.FILEZILLA: find_program("filezilla") or "",
        Use.TRANSFER: find_program("scp") or "",
    }
    return {use: path for use, path in programs.items() if path}
