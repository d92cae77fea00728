"""The proxy settings of Windows ("Internet options"), which Edge, Chrome and most programs there follow.

Source: Microsoft's reference of the Internet Settings key and InternetSetOption (SETTINGS_CHANGED, REFRESH).
Everything is the person's own: HKEY_CURRENT_USER, no administrator.
"""

from __future__ import annotations

import sys

from app.core.faults import FaultCode, error
from app.system.proxy_settings import ProxyMode, Setting, Snapshot, WantedProxy
from app.system.registry import Root, Value, read_value, write_user_values

KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_NAMES = ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL")
# Windows compares by letters, not by networks.
_BYPASS = (
    "localhost;127.*;10.*;192.168.*;169.254.*;"
    + "".join(f"172.{second}.*;" for second in range(16, 32))
    + "[::1];<local>"
)
_SETTINGS_CHANGED, _REFRESH = 39, 37


class WindowsProxy:
    def read(self) -> Snapshot:
        return {name: read_value(Root.USER, KEY, name) for name in _NAMES}

    def wanted(self, proxy: WantedProxy, now: Snapshot) -> Snapshot:
        settings: dict[str, Setting] = dict(now)
        if proxy.mode is ProxyMode.PAC:
            return settings | {"AutoConfigURL": proxy.pac_url, "ProxyEnable": 0}
        address = f"127.0.0.1:{proxy.port}"
        return settings | {
            "AutoConfigURL": None,
            # One for all, by HTTP: "socks=" would be version 4, for which names are looked up here.
            "ProxyServer": address,
            "ProxyOverride": _BYPASS,
            "ProxyEnable": 1,
        }

    def is_same(self, one: Setting, other: Setting) -> bool:
        return one == other

    def needs(self, name: str, ours: Snapshot) -> tuple[str, ...]:  # noqa: ARG002 - one answer for all
        return ("AutoConfigURL",) if ours.get("AutoConfigURL") else ("ProxyServer",)

    def write(self, settings: Snapshot) -> None:
        values: list[tuple[str, Value]] = [(n, value) for n, value in settings.items() if value is not None]
        missing = [name for name, value in settings.items() if value is None]
        try:
            write_user_values(KEY, values, remove=missing)
        except OSError as e:
            raise error(FaultCode.PROGRAM_FAILED, program="Internet options", reason=e.strerror or e) from e
        _tell_programs()


def _tell_programs() -> None:
    if sys.platform == "win32":
        import ctypes

        wininet = ctypes.WinDLL("wininet")
        for option in (_SETTINGS_CHANGED, _REFRESH):
            wininet.InternetSetOptionW(None, option, None, 0)
