"""Which of the ways to set this system's proxy is this system's."""

from __future__ import annotations

import sys

from app.system.programs import find_program
from app.system.proxy_settings import ProxyBackend


def backend() -> ProxyBackend | None:
    """The one of this system; None where there is no such thing, or none that we know."""
    if sys.platform == "win32":
        from app.system.windows_proxy import WindowsProxy

        return WindowsProxy()
    if sys.platform == "darwin":
        from app.system.macos_proxy import MacProxy

        return MacProxy()
    from app.system.gnome_proxy import GnomeProxy, follows_gnome

    return GnomeProxy() if find_program("gsettings") and follows_gnome() else None
