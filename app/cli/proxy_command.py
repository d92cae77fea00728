"""``relaytray proxy ALIAS [PORT]``: a ProxyCommand for ssh. Quick, so it imports almost nothing at first.

Here: through the running program. When there is none, ``app.cli.proxy_alone`` makes a link of its own.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from app.storage.paths import Paths


class ProxyWords(NamedTuple):
    """The command line of a proxy command, as far as it is a plain one."""

    data_dir: str
    as_json: bool
    alias: str
    port: int


def read_words(argv: Sequence[str]) -> ProxyWords | None:
    """``[--data-dir DIR] [--json] [--verbose] proxy ALIAS [PORT]``; None leaves it to the real parser."""
    data_dir, as_json, plain = "", False, []
    words = iter(argv)
    for word in words:
        name, has_value, value = word.partition("=")
        if name == "--data-dir":
            data_dir = value if has_value else next(words, "")
            if not data_dir:
                return None
        elif word == "--json":
            as_json = True
        elif word != "--verbose":
            plain.append(word)
    port = plain.pop() if len(plain) == 3 else "22"
    if len(plain) != 2 or plain[0] != "proxy" or plain[1].startswith("-") or not port.isascii():
        return None
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        return None
    return ProxyWords(data_dir, as_json, plain[1], int(port))


def proxy_through_running(argv: Sequence[str]) -> int | None:
    """The exit code; None when this is no proxy command, or no program runs that could be asked."""
    words = read_words(argv)
    if words is None:
        return None
    from app.core.faults import FaultCode, RelayTrayError
    from app.system.control_client import ControlClient

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at once, without a traceback on ssh's terminal
    try:
        sock = ControlClient(_paths(words.data_dir)).proxy(words.alias, words.port)
    except RelayTrayError as e:
        if e.fault.code is FaultCode.APP_NOT_RUNNING:
            return None
        from app.cli.output import Output, prepare_streams

        prepare_streams()
        return Output(as_json=words.as_json).fault(e.fault)
    from app.cli.pump import pump

    with sock:
        pump(sock)
    return 0


def _paths(data_dir: str) -> Paths:
    from app.storage.paths import Paths, default_paths

    return Paths.at(data_dir) if data_dir else default_paths()
