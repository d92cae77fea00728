"""The PAC file of the person's lists: made, kept up to date, and given to this computer's programs."""

from __future__ import annotations

import json
import logging
import re
import secrets
import stat
from pathlib import Path
from typing import Any

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Settings
from app.export.pac import PacRules, RuleList, own_domains, pac_text, rule_list
from app.storage.atomic_file import make_private_folder, write_private
from app.storage.paths import Paths
from app.system.pac_server import FIRST_PORT, PacServer

MAX_LIST_BYTES = 16 * 1024 * 1024  # GFWList has 0.2 MB
_TOKEN = re.compile(r"[0-9a-f]{32}")
log = logging.getLogger("relaytray.pac")

Stamp = tuple[int, int] | None


class PacFile:
    """Not thread-safe: belongs to one thread. Every method may block for a moment."""

    def __init__(self, paths: Paths) -> None:
        self._remembered = paths.root / "pac-server.json"
        self._server: PacServer | None = None

    def publish(self, text: str) -> str:
        """Give this text from now on; where it is found. Raises PORT_BUSY, LISTEN_FAILED and their kin."""
        if self._server is None:
            port, token = self._address()
            server = PacServer(token)
            try:
                self._remember(server.start(port), token)
            except RelayTrayError:
                server.stop()
                raise
            self._server = server
        return self._server.serve(text)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    # --- its address, which is to be the same every time -------------------------------------------------

    def _address(self) -> tuple[int, str]:
        try:
            raw: Any = json.loads(self._remembered.read_bytes())
            port, token = raw["port"], raw["token"]
            if isinstance(port, int) and 0 < port < 65536 and _TOKEN.fullmatch(token):
                return port, token
        except (OSError, ValueError, KeyError, TypeError):
            pass  # none yet, or none that can be used
        return FIRST_PORT, secrets.token_hex(16)

    def _remember(self, port: int, token: str) -> None:
        data = (json.dumps({"port": port, "token": token}) + "\n").encode()
        try:
            if not self._remembered.exists() or self._remembered.read_bytes() != data:
                make_private_folder(self._remembered.parent)
                write_private(self._remembered, data)
        except OSError as e:  # the address is another one next time, that is all
            log.warning("The address of the PAC file cannot be remembered: %s.", e.strerror or e)


def text_of(settings: Settings, port: int) -> tuple[str, Fault | None]:
    """The PAC file for a SOCKS5 port on 127.0.0.1, and why the list that was chosen is not in it."""
    fault: Fault | None = None
    listed = RuleList((), (), 0)
    if settings.pac_list:
        try:
            listed = read_list(settings.pac_list)
        except RelayTrayError as e:
            fault = e.fault
    rules = PacRules(
        own_proxied=own_domains("\n".join(settings.pac_proxied))[0],
        own_direct=own_domains("\n".join(settings.pac_direct))[0],
        listed_proxied=listed.proxied,
        listed_direct=listed.direct,
        others=settings.pac_others,
    )
    return pac_text(rules, port), fault


def read_list(path: str) -> RuleList:
    """A GFWList file. Raises PAC_LIST_UNUSABLE."""
    file = Path(path).expanduser()
    try:
        kind = file.stat()
        if not stat.S_ISREG(kind.st_mode):  # a pipe would keep us waiting
            raise _unusable(path, "it is not a file")
        with file.open("rb") as opened:
            data = opened.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES:
            raise _unusable(path, f"it has more than {MAX_LIST_BYTES // 1024 // 1024} MB")
        return rule_list(data.decode("utf-8"))
    except OSError as e:
        raise _unusable(path, e.strerror or type(e).__name__) from e
    except UnicodeDecodeError as e:
        raise _unusable(path, "it is no text in UTF-8") from e
    except (ValueError, RuntimeError) as e:  # RuntimeError: no home folder for "~"
        raise _unusable(path, str(e)) from e


def stamp_of(path: str) -> Stamp:
    """Changes when the file does; None where there is none."""
    if not path:
        return None
    try:
        found = Path(path).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return found.st_mtime_ns, found.st_size


def _unusable(path: str, reason: str) -> RelayTrayError:
    return error(FaultCode.PAC_LIST_UNUSABLE, path=path, reason=reason)
