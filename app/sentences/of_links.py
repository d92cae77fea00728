"""The English sentences for share links: why one cannot be read or taken, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.access import LinkProblem, LinkProblemCode, Odd, Oddity, Refusal, RefusalCode
from app.sentences.template import QT_TRANSLATE_NOOP, fill

LINK_PROBLEM_SENTENCES: Mapping[LinkProblemCode, str] = {
    LinkProblemCode.EMPTY: QT_TRANSLATE_NOOP(
        "LinkText", "There is nothing here yet. Paste a link that begins with ss:// or vmess://."
    ),
    LinkProblemCode.TOO_LONG: QT_TRANSLATE_NOOP(
        "LinkText", "This is longer than {limit} characters. Paste the links in smaller portions."
    ),
    LinkProblemCode.NOT_A_LINK: QT_TRANSLATE_NOOP(
        "LinkText",
        "This is no link of Shadowsocks, VMess or VLESS. Copy it again from its beginning, such as ss://.",
    ),
    LinkProblemCode.SCHEME_UNKNOWN: QT_TRANSLATE_NOOP(
        "LinkText",
        "Links that begin with {scheme}:// are for other programs. RelayTray reads ss://, ssconf://, "
        "vmess:// and vless://.",
    ),
    LinkProblemCode.ENCODING_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText",
        "The {kind} link is damaged: its encoded part (base64) is cut off or changed. Copy the whole link "
        "again.",
    ),
    LinkProblemCode.NOT_TEXT: QT_TRANSLATE_NOOP(
        "LinkText", "The {kind} link holds bytes that are no text (UTF-8). Copy the whole link again."
    ),
    LinkProblemCode.HOST_MISSING: QT_TRANSLATE_NOOP(
        "LinkText", "The {kind} link names no machine. Ask for a new link."
    ),
    LinkProblemCode.HOST_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText", "What the {kind} link names is no host name or address. Ask for a new link."
    ),
    LinkProblemCode.PORT_MISSING: QT_TRANSLATE_NOOP(
        "LinkText", "The {kind} link has no port. Copy the whole link again, or ask for a new one."
    ),
    LinkProblemCode.PORT_RANGE: QT_TRANSLATE_NOOP(
        "LinkText", "The {kind} link has the port {value}; ports go from 1 to 65535. Ask for a new link."
    ),
    LinkProblemCode.CREDENTIALS_MISSING: QT_TRANSLATE_NOOP(
        "LinkText",
        "The Shadowsocks link lacks its method and password. Copy the whole link again, or ask for a new "
        "one.",
    ),
    LinkProblemCode.PASSWORD_MISSING: QT_TRANSLATE_NOOP(
        "LinkText", "The Shadowsocks link has no password. Ask for a new link."
    ),
    LinkProblemCode.METHOD_UNKNOWN: QT_TRANSLATE_NOOP(
        "LinkText",
        'The encryption method[ "{method}"] of the link is not known. Ask for one with aes-256-gcm.',
    ),
    LinkProblemCode.METHOD_BROKEN: QT_TRANSLATE_NOOP(
        "LinkText",
        'The link uses the encryption method "{method}", which has been broken for years; anybody on the way '
        "could read or change what is sent. Ask for one with aes-256-gcm.",
    ),
    LinkProblemCode.KEY_LENGTH: QT_TRANSLATE_NOOP(
        "LinkText",
        "For {method} the password of the link has to be a key of {expected} bytes in base64, and it is not. "
        "Ask for a new link.",
    ),
    LinkProblemCode.PREFIX_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText", "The prefix of the link is no sequence of bytes. Ask for a new link."
    ),
    LinkProblemCode.UUID_MISSING: QT_TRANSLATE_NOOP(
        "LinkText", "The {kind} link has no user (UUID). Ask for a new link."
    ),
    LinkProblemCode.UUID_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText", "The user of the {kind} link is no UUID. Copy the whole link again, or ask for a new one."
    ),
    LinkProblemCode.JSON_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText", "What the {kind} link or file holds is no proper JSON. Copy it again as a whole."
    ),
    LinkProblemCode.VERSION_UNKNOWN: QT_TRANSLATE_NOOP(
        "LinkText",
        "The {kind} link or file has version {version}, which RelayTray does not know. Ask for an older "
        "form.",
    ),
    LinkProblemCode.FIELD_DAMAGED: QT_TRANSLATE_NOOP(
        "LinkText", 'The entry "{field}" of the {kind} link or file cannot be used. Ask for a new one.'
    ),
    LinkProblemCode.NO_SERVERS: QT_TRANSLATE_NOOP("LinkText", "The list has no servers in it."),
    LinkProblemCode.CODE_NOT_A_LINK: QT_TRANSLATE_NOOP(
        "LinkText",
        "The QR code holds no link of Shadowsocks, VMess or VLESS: it is for something else. Choose the "
        "picture of another code.",
    ),
    LinkProblemCode.ADDRESS_NOT_HTTPS: QT_TRANSLATE_NOOP(
        "LinkText", "The ssconf:// link does not name an https address. Ask for a new link."
    ),
}

ODDITY_SENTENCES: Mapping[Oddity, str] = {
    Oddity.METHOD_SLOW: QT_TRANSLATE_NOOP(
        "LinkText", "{method} is several times slower than {better} with most programs."
    ),
    Oddity.PLUGIN_NEEDED: QT_TRANSLATE_NOOP(
        "LinkText", 'It needs the plugin "{plugin}" on this computer. It hides what the traffic is, no more.'
    ),
    Oddity.NOT_FOR_OUTLINE_METHOD: QT_TRANSLATE_NOOP(
        "LinkText", "Outline does not know {method}. Give phones a port with chacha20-ietf-poly1305."
    ),
    Oddity.NOT_FOR_OUTLINE_PLUGIN: QT_TRANSLATE_NOOP(
        "LinkText",
        'Outline ignores the plugin "{plugin}", and then cannot connect. Give phones a port without one.',
    ),
    Oddity.PREFIX_IGNORED: QT_TRANSLATE_NOOP(
        "LinkText", "It has a prefix for Outline, which other programs leave out."
    ),
    Oddity.ALTER_ID: QT_TRANSLATE_NOOP(
        "LinkText",
        "It asks for the old form of VMess (alterId {value}), which today's programs refuse; it is used "
        "with 0.",
    ),
    Oddity.ENCRYPTED_ALL_THE_SAME: QT_TRANSLATE_NOOP(
        "LinkText", "It says to send everything unencrypted. RelayTray encrypts all the same."
    ),
    Oddity.LOCAL_ADDRESS: QT_TRANSLATE_NOOP(
        "LinkText", "{host} is an address inside a private network: it works there only."
    ),
    Oddity.PASSWORD_SHORT: QT_TRANSLATE_NOOP(
        "LinkText", "Its password is short and can be guessed. Ask for one of 16 characters or more."
    ),
}

REFUSAL_SENTENCES: Mapping[RefusalCode, str] = {
    RefusalCode.ONLINE: QT_TRANSLATE_NOOP(
        "LinkText",
        "It only says where the access is kept, and RelayTray does not fetch it. Open the link's address, "
        "with https:// in place of ssconf://, in a browser, and paste what it shows.",
    ),
    RefusalCode.PLUGIN: QT_TRANSLATE_NOOP(
        "LinkText",
        'It is not taken: it asks for the plugin "{plugin}". RelayTray starts obfs-local and v2ray-plugin '
        "and no other, because a link from a stranger could name any program.",
    ),
    RefusalCode.PLUGIN_OPTION: QT_TRANSLATE_NOOP(
        "LinkText",
        'It is not taken: it has the option "{option}" for {plugin}, which RelayTray does not hand on, '
        "because options of plugins can open ports and files of this computer. Ask for a link without it.",
    ),
    RefusalCode.NETWORK: QT_TRANSLATE_NOOP(
        "LinkText",
        "It is not taken: it goes over {network}, and RelayTray goes over TCP or WebSocket. Ask for such a "
        "link.",
    ),
    RefusalCode.SECURITY: QT_TRANSLATE_NOOP(
        "LinkText",
        "It is not taken: it is secured by {security}, which RelayTray does not write configurations for. "
        "Ask for a link with TLS.",
    ),
    RefusalCode.FLOW: QT_TRANSLATE_NOOP(
        "LinkText",
        'It is not taken: RelayTray does not know the flow "{flow}" on this way. Ask for a link without one, '
        "or with xtls-rprx-vision over TCP.",
    ),
    RefusalCode.UNENCRYPTED: QT_TRANSLATE_NOOP(
        "LinkText",
        "It is not taken: VLESS without TLS and without an encryption of its own can be read by anybody on "
        "the way. Ask for a link with TLS.",
    ),
    RefusalCode.ENCRYPTION: QT_TRANSLATE_NOOP(
        "LinkText",
        "It is not taken: RelayTray knows VLESS encryption of the form mlkem768x25519plus.native.0rtt.KEY "
        "and its kin, with one key and nothing else. Ask for such a link, or for one with TLS.",
    ),
    RefusalCode.CERTIFICATE_UNCHECKED: QT_TRANSLATE_NOOP(
        "LinkText",
        "It is not taken: it says not to check the server's certificate, so anybody on the way could pose as "
        "the server. Ask for a link with the certificate's SHA-256 (pcs), or with a certificate that is "
        "valid.",
    ),
    RefusalCode.FIELD: QT_TRANSLATE_NOOP(
        "LinkText",
        'It is not taken: its entry "{field}" has something in it that no program could use. Ask for a new '
        "link.",
    ),
}


def link_problem_sentence(problem: LinkProblem) -> str:
    return fill(LINK_PROBLEM_SENTENCES[problem.code], problem.details)


def refusal_sentence(refusal: Refusal) -> str:
    return fill(REFUSAL_SENTENCES[refusal.code], refusal.details)


def oddity_sentence(odd: Odd) -> str:
    return fill(ODDITY_SENTENCES[odd.code], odd.details)
