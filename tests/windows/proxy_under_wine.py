"""Run by the Windows Python: the proxy settings set and put back in the registry. argv: result file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.system.proxy_settings import ProxyMode, WantedProxy
from app.system.registry import Root, read_value, write_user_values
from app.system.windows_proxy import KEY, WindowsProxy


def main(result: str) -> None:
    write_user_values(KEY, [("ProxyServer", "old.proxy:8080"), ("ProxyEnable", 1)], remove=["AutoConfigURL"])
    used = WindowsProxy()
    before = used.read()
    used.write(
        used.wanted(WantedProxy(mode=ProxyMode.PAC, port=1080, pac_url="http://127.0.0.1:1/p"), before)
    )
    pac = dict(used.read())
    used.write(used.wanted(WantedProxy(mode=ProxyMode.GLOBAL, port=1080), used.read()))
    everything = dict(used.read())
    used.write(before)
    seen = {
        "before": dict(before),
        "pac": pac,
        "global": everything,
        "after": dict(used.read()),
        "url": read_value(Root.USER, KEY, "AutoConfigURL"),
    }
    Path(result).write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
