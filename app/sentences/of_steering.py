"""The English sentences about the system's proxy and the PAC file, and how it is switched off by hand."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.sentences.template import QT_TRANSLATE_NOOP

STEERING_SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.PAC_LIST_UNUSABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The list {path} cannot be used: {reason}. Until another file is chosen in the settings, only your "
        "own lists say what goes through the proxy.",
    ),
    FaultCode.PROXY_TAKEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{by} has this system's proxy now, and {name} is reached by its local port only. One of them can "
        "have it at a time: disconnect {by} to give it back.",
    ),
    FaultCode.PROXY_GIVEN_BACK: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{name} cannot be used any more, so this system's proxy was put back: programs go to the internet "
        "directly again. See what is wrong with {name}, and connect it anew.",
    ),
    FaultCode.PROXY_CHANGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Another program has changed this system's proxy, and RelayTray leaves it so. To let {name} have it, "
        "disconnect {name} and connect it again.",
    ),
    FaultCode.PROXY_NOT_SET: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This system's proxy could not be set for {name}: {reason}. Its local port works all the same; tell "
        "your programs that port, or try again.",
    ),
    FaultCode.PROXY_NOT_RESTORED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This system's proxy could not be put back: {reason}. Programs may find no internet until it is "
        'switched off in the system\'s settings, or by the command "relaytray system-proxy restore".',
    ),
    FaultCode.PROXY_UNSUPPORTED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "RelayTray cannot set the proxy of this desktop: it can on Windows, macOS and GNOME. The local port "
        "works all the same; tell your programs that port.",
    ),
}

# For a program that does not come any more to put the proxy back: by the value of ``sys.platform``.
BY_HAND_SENTENCES: Mapping[str, str] = {
    "win32": QT_TRANSLATE_NOOP(
        "Steering",
        "Should this computer ever be without internet and RelayTray gone: open Settings, Network and "
        "internet, Proxy, and switch off both the setup script and the proxy server there.",
    ),
    "darwin": QT_TRANSLATE_NOOP(
        "Steering",
        "Should this computer ever be without internet and RelayTray gone: open System Settings, Network, "
        "your network, Details, Proxies, and switch everything off there.",
    ),
    "linux": QT_TRANSLATE_NOOP(
        "Steering",
        "Should this computer ever be without internet and RelayTray gone: open Settings, Network, Proxy, "
        'and switch it off there, or run "gsettings set org.gnome.system.proxy mode none".',
    ),
}


def by_hand_sentence(platform: str) -> str:
    """How the system's proxy is switched off without us, in English; ``platform`` as ``sys.platform``."""
    return BY_HAND_SENTENCES.get(platform, BY_HAND_SENTENCES["linux"])
