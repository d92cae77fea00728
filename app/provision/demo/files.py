"""The GPU server's files over SFTP: its home folder and what is in it, by the names the shell knows them by.

Paths are the machine's own (on Windows ``/C:/Users/...``, as Microsoft's sshd has them), so that what ``ssh
host pwd`` prints can be given to scp. Whatever lies outside the home folder is refused, symbolic links that
lead out of it included.
"""

# SFTP names files by strings, and pathlib would tidy some of them.
# ruff: noqa: PTH101, PTH102, PTH104, PTH105, PTH106, PTH107, PTH115, PTH116, PTH118, PTH119, PTH120, PTH211
from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import paramiko
from paramiko.message import Message
from paramiko.sftp import SFTP_OK, SFTP_PERMISSION_DENIED

from app.provision.demo.carrying import BLOCK, send_all
from app.provision.demo.sessions import tell_end

if TYPE_CHECKING:
    from typing_extensions import Buffer

_O_BINARY = getattr(os, "O_BINARY", 0)
_MAX_READ = 256 * 1024  # a client may ask for 4 GiB
_LONGEST_PACKET = 1024 * 1024


class HomeFiles(paramiko.SFTPServerInterface):
    """Called in the thread of one SFTP session."""

    def __init__(self, server: paramiko.ServerInterface, home: Path) -> None:
        super().__init__(server)
        self._home = os.path.realpath(home)

    # --- names ------------------------------------------------------------------------------------------

    def canonicalize(self, path: str) -> str:
        return self._shown(os.path.normpath(self._joined(path)))

    def _joined(self, path: str) -> str:
        """A name of the client's as a name of this machine's; relative ones start at home."""
        if sys.platform == "win32" and path[:1] == "/" and path[2:3] == ":":
            path = path[1:]
        return os.path.join(self._home, path)

    @staticmethod
    def _shown(path: str) -> str:
        return "/" + path.replace("\\", "/") if sys.platform == "win32" else path

    def _inside(self, path: str, *, follow: bool = True) -> str:
        """The real name. PermissionError when it is outside; ``follow=False`` leaves a last link as it is."""
        name = os.path.normpath(self._joined(path))
        if follow:
            real = os.path.realpath(name)
        else:
            real = os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name))
        if os.path.normcase(os.path.commonpath([real, self._home])) != os.path.normcase(self._home):
            raise PermissionError(errno.EACCES, "outside the demo")
        return real

    # --- what SFTP asks ---------------------------------------------------------------------------------

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            found = []
            with os.scandir(self._inside(path)) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # gone in the meantime
                        found.append(_attributes(entry.stat(follow_symlinks=False), entry.name))
            return found
        except OSError as e:
            return _code(e)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return _attributes(os.stat(self._inside(path)))
        except OSError as e:
            return _code(e)

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return _attributes(os.lstat(self._inside(path, follow=False)))
        except OSError as e:
            return _code(e)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        try:
            mode = attr.st_mode if attr.st_mode is not None else 0o666
            descriptor = os.open(self._inside(path), flags | _O_BINARY, mode & 0o777)
            kind = "r+b" if flags & os.O_RDWR else "wb" if flags & os.O_WRONLY else "rb"
            return _OpenFile(os.fdopen(descriptor, kind, buffering=0), flags)
        except OSError as e:
            return _code(e)

    def remove(self, path: str) -> int:
        return self._do(lambda: os.remove(self._inside(path, follow=False)))

    def rename(self, oldpath: str, newpath: str) -> int:
        """SFTP version 3: never over something that is there."""

        def move() -> None:
            new = self._inside(newpath, follow=False)
            if os.path.lexists(new):
                raise FileExistsError(errno.EEXIST, "it exists already")
            os.rename(self._inside(oldpath, follow=False), new)

        return self._do(move)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._do(
            lambda: os.replace(self._inside(oldpath, follow=False), self._inside(newpath, follow=False))
        )

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        mode = attr.st_mode if attr.st_mode is not None else 0o777
        return self._do(lambda: os.mkdir(self._inside(path), mode & 0o777))

    def rmdir(self, path: str) -> int:
        return self._do(lambda: os.rmdir(self._inside(path, follow=False)))

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._do(lambda: _change(self._inside(path), attr))

    def readlink(self, path: str) -> str | int:
        try:
            return os.readlink(self._inside(path, follow=False)).replace("\\", "/")
        except OSError as e:
            return _code(e)

    def symlink(self, target_path: str, path: str) -> int:
        """A link may say anything; following it out of the home folder is what is refused."""
        return self._do(lambda: os.symlink(target_path, self._inside(path, follow=False)))

    @staticmethod
    def _do(action: Any) -> int:
        try:
            action()
        except OSError as e:
            return _code(e)
        return SFTP_OK


class FileSession(paramiko.SFTPServer):
    """paramiko's SFTP server, which says at its end that all went well: scp wants to hear that.

    Clients have dozens of requests under way; all that have arrived are served before the answers are sent
    together, which more than doubles the speed.
    """

    def __init__(
        self, channel: paramiko.Channel, name: str, server: paramiko.ServerInterface, home: Path
    ) -> None:
        super().__init__(channel, name, server, HomeFiles, home)
        self.name = "demo-sftp"
        self.daemon = True
        self._channel = channel
        self._arrived = bytearray()
        self._answers = bytearray()

    def finish_subsystem(self) -> None:
        tell_end(self._channel, 0)
        super().finish_subsystem()

    def _read_packet(self) -> tuple[int, bytes]:
        """Kind and content of the next request. EOFError at the end of the session."""
        while (size := self._whole_packet()) is None:
            self._flush()
            data = self._channel.recv(BLOCK)
            if not data:
                raise EOFError
            self._arrived += data
        kind, content = self._arrived[4], bytes(memoryview(self._arrived)[5 : 4 + size])
        del self._arrived[: 4 + size]
        return kind, content

    def _whole_packet(self) -> int | None:
        """Its length field, when the first packet has arrived as a whole."""
        if len(self._arrived) < 4:
            return None
        size = int.from_bytes(self._arrived[:4], "big")
        if not 1 <= size <= _LONGEST_PACKET:
            raise EOFError("this is not SFTP")
        return size if len(self._arrived) >= 4 + size else None

    def _send_packet(self, kind: int, packet: Message) -> None:
        content = packet.asbytes()
        self._answers += struct.pack(">IB", len(content) + 1, kind) + content
        if len(self._answers) >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        if self._answers:
            answers, self._answers = self._answers, bytearray()
            send_all(self._channel, memoryview(answers))

    def _log(self, level: int, msg: object) -> None:
        """Several lines for each request, which nobody reads."""


class _OpenFile(paramiko.SFTPHandle):
    def __init__(self, file: IO[bytes], flags: int) -> None:
        super().__init__(flags)
        self._file = file
        self._appending = bool(flags & os.O_APPEND)

    def close(self) -> None:
        self._file.close()

    def read(self, offset: int, length: int) -> bytes | int:
        try:
            self._file.seek(offset)
            return self._file.read(min(length, _MAX_READ))
        except OSError as e:
            return _code(e)

    def write(self, offset: int, data: Buffer) -> int:
        try:
            if not self._appending:
                self._file.seek(offset)
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        except OSError as e:
            return _code(e)
        return SFTP_OK

    def stat(self) -> paramiko.SFTPAttributes | int:
        try:
            return _attributes(os.fstat(self._file.fileno()))
        except OSError as e:
            return _code(e)

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        try:
            if attr.st_size is not None:
                self._file.truncate(attr.st_size)
            _change(
                str(self._file.name) if sys.platform == "win32" else self._file.fileno(), attr, size=False
            )
        except OSError as e:
            return _code(e)
        return SFTP_OK


def _change(target: str | int, attr: paramiko.SFTPAttributes, *, size: bool = True) -> None:
    """Size, permissions and times, as far as they are named. The owner is this person, always."""
    if size and attr.st_size is not None:
        os.truncate(target, attr.st_size)
    if attr.st_mode is not None and sys.platform != "win32":
        os.chmod(target, attr.st_mode & 0o7777)
    if attr.st_atime is not None and attr.st_mtime is not None:
        os.utime(target, (attr.st_atime, attr.st_mtime))


def _attributes(status: os.stat_result, name: str = "") -> paramiko.SFTPAttributes:
    return paramiko.SFTPAttributes.from_stat(status, name or cast("str", None))


def _code(e: OSError) -> int:
    if e.errno in {errno.EACCES, errno.EPERM}:
        return SFTP_PERMISSION_DENIED
    return int(paramiko.SFTPServer.convert_errno(e.errno or 0))
