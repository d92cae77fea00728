"""The English sentences of what can go wrong with this computer's Shadowsocks client."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.sentences.template import QT_TRANSLATE_NOOP

SHADOWSOCKS_SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.NO_SUCH_SHADOWSOCKS: QT_TRANSLATE_NOOP(
        "ErrorText",
        'There is no Shadowsocks server named "{name}".[ Did you mean "{near}"?] Choose one of the saved '
        "ones or add it.",
    ),
    FaultCode.SHADOWSOCKS_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "No Shadowsocks client was found on this computer. Install {needed}, or choose its file in the "
        "settings.",
    ),
    FaultCode.SHADOWSOCKS_PROGRAM_WRONG: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} is no Shadowsocks client that RelayTray can run. Choose the file of ss-local, of sslocal "
        "or of Xray in the settings, or none: then RelayTray looks for one itself.",
    ),
    FaultCode.SHADOWSOCKS_METHOD_UNKNOWN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} does not know the encryption method {method}. Install {needed}, or choose its file in the "
        "settings.",
    ),
    FaultCode.SHADOWSOCKS_PLUGIN_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This Shadowsocks server needs the plugin {plugin}, which was not found on this computer. Install "
        "it, or put it beside the Shadowsocks client.",
    ),
    FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN: QT_TRANSLATE_NOOP(
        "ErrorText",
        'This Shadowsocks server asks for the plugin "{plugin}". RelayTray starts obfs-local and '
        "v2ray-plugin and no other, because a link from a stranger could name any program. Ask for a link "
        "without it.",
    ),
    FaultCode.SHADOWSOCKS_PLUGIN_OPTION: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The plugin {plugin} is to be started with the option "{option}", which RelayTray does not hand on, '
        "because options of plugins can open ports and files of this computer. Take it out of the options of "
        "the plugin.",
    ),
    FaultCode.SHADOWSOCKS_REFUSED_CONFIG: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{program} does not take what the profile says: {reason}. Check the method, the password and the "
        "plugin of the Shadowsocks server.",
    ),
    FaultCode.SHADOWSOCKS_UNREACHED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The Shadowsocks server {host} takes no connection on port {port}. Check the port, that the service "
        "runs there, and that its firewall and your network let the port through.",
    ),
    FaultCode.SHADOWSOCKS_SILENT: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The Shadowsocks server {name} ({host}:{port}) takes connections, but nothing comes back through it. "
        "It does that when the password, the method or the plugin is not its own: check all three.",
    ),
    FaultCode.SHADOWSOCKS_CLOSES: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The Shadowsocks server {name} ({host}:{port}) ends every connection at once. Check that the service "
        "runs there, and that the password, the method and the plugin are its own.",
    ),
    FaultCode.SHADOWSOCKS_PASSWORD_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The password of the Shadowsocks server {name} is not in the keyring of this computer. Type it in "
        "again, or take its link again.",
    ),
    FaultCode.SHADOWSOCKS_KEY_LENGTH: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The password of the Shadowsocks server {name} is no key for {method}: that is base64 of {expected} "
        "bytes. Copy it again from the server, or take its link again.",
    ),
}
