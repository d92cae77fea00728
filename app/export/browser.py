"""How a browser on this computer opens a web page of the server: Jupyter, TensorBoard and their kin.

Through a forward of the profile any browser does it. Through the exit, where it is the server, a browser
needs a profile folder of its own (a running one would take the page over, without the proxy), and must be
told to send ``localhost`` through the proxy too: browsers keep it to themselves. The address is then
``localhost`` and not the server's name, because Jupyter answers no other name by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.core.browsers import Browser
from app.core.faults import FaultCode, error
from app.core.profiles import Exit, Forward, Relay, Server
from app.core.uses import Copyable, Use
from app.export.proxy_environment import LOOPBACK, socks_address
from app.export.shell_words import Shell, typed_line

JUPYTER, TENSORBOARD = 8888, 6006
WEB_PORTS: Mapping[int, str] = MappingProxyType(
    {
        JUPYTER: "Jupyter",
        TENSORBOARD: "TensorBoard",
        7860: "Gradio",
        8501: "Streamlit",
        8265: "Ray",
        5000: "MLflow",
    }
)
_ALWAYS = (JUPYTER, TENSORBOARD)  # shown through the exit though no forward names them
_NO_WEB = frozenset({21, 22, 25, 111, 139, 445, 3306, 3389, 5432, 5900, 6000, 6379, 27017})
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared, not bound


def browser_texts(
    server: Server, relay: Relay, *, browsers: Sequence[Browser], profiles: str, shell: Shell
) -> tuple[Copyable, ...]:
    """Addresses for any browser, and lines that start one of ``browsers`` through the exit.

    ``profiles`` is an absolute folder for the browsers' own profile folders. Raises EXIT_NOT_ALLOWED when
    nothing leads to a page of this server: no forward, and its exit is not itself, or asks for a password,
    which no browser sends to a SOCKS proxy.
    """
    addresses = {_web_key(forward): forward for forward in web_forwards(server)}
    texts = [
        Copyable(Use.BROWSER, key, f"http://{LOOPBACK}:{forward.local_port}/", _label(forward))
        for key, forward in addresses.items()
    ]
    if server.exit is Exit.SERVER and not relay.socks_user:
        for browser in browsers:
            for port in _ALWAYS:
                words = browser_words(browser, relay, url=f"http://localhost:{port}/", profiles=profiles)
                key, label = f"browser-{browser.key}-{port}", f"{browser.name}, {WEB_PORTS[port]}"
                texts.append(Copyable(Use.BROWSER, key, typed_line(words, shell), label))
        texts.append(Copyable(Use.BROWSER, "firefox-settings", firefox_settings(relay), "Firefox"))
    if not texts:
        raise error(FaultCode.EXIT_NOT_ALLOWED, alias=server.alias, port=JUPYTER)
    return tuple(texts)


def web_forwards(server: Server) -> tuple[Forward, ...]:
    """Forwards that lead to a port that may be a web page."""
    return tuple(forward for forward in server.forwards if forward.remote_port not in _NO_WEB)


def browser_words(browser: Browser, relay: Relay, *, url: str, profiles: str) -> list[str]:
    """The words that start ``browser`` with the proxy, in a profile folder of its own."""
    separator = "\\" if "\\" in profiles else "/"
    folder = f"{profiles}{separator}{browser.key}-{relay.socks_port}"
    if browser.is_firefox:
        # Its proxy is a setting of the profile: see firefox_settings.
        return [browser.program, "-no-remote", "-profile", folder, url]
    options = [
        f"--proxy-server=socks5://{socks_address(relay)}",
        "--proxy-bypass-list=<-loopback>",
        f"--user-data-dir={folder}",
        "--no-first-run",
    ]
    app, found, _ = browser.program.partition(".app/Contents/MacOS/")
    if found:
        return ["open", "-n", "-a", f"{app}.app", "--args", *options, url]
    return [browser.program, *options, url]


def firefox_settings(relay: Relay) -> str:
    """A user.js for a Firefox profile; the same names stand in about:config."""
    settings = {
        "network.proxy.type": "1",
        "network.proxy.socks": f'"{LOOPBACK}"',
        "network.proxy.socks_port": str(relay.socks_port),
        "network.proxy.socks_version": "5",
        "network.proxy.socks_remote_dns": "true",  # up to 127
        "network.proxy.socks5_remote_dns": "true",  # from 128 on
        "network.proxy.allow_hijacking_localhost": "true",  # else localhost never goes through it
        "network.proxy.no_proxies_on": '""',
    }
    return "".join(f'user_pref("{name}", {value});\n' for name, value in settings.items())


def _web_key(forward: Forward) -> str:
    return f"forward-{forward.local_port}"


def _label(forward: Forward) -> str:
    name = WEB_PORTS.get(forward.remote_port) if forward.remote_host in _HERE else None
    return name or f"{forward.remote_host}:{forward.remote_port}"
