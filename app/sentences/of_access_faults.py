"""The English sentences of faults around links and QR codes, and of the access that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.faults import FaultCode
from app.sentences.template import QT_TRANSLATE_NOOP

ACCESS_SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} is larger than {limit} MB, so it is no list of links and no picture of a QR code. "
        "Choose another file.",
    ),
    FaultCode.FILE_WITHOUT_LINKS: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} is neither text nor a picture that RelayTray reads. Choose a text file with links, "
        "a SIP008 file, or a picture (PNG, JPEG, BMP, GIF or WebP) of a QR code.",
    ),
    FaultCode.PICTURE_KIND: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The file {path} is of the kind {kind}, which RelayTray does not read. Save it as PNG or JPEG, or "
        "take a screenshot of the QR code.",
    ),
    FaultCode.PICTURE_DAMAGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The picture[ {path}] is damaged or was cut off. Save or send it again, or take a screenshot of the "
        "QR code.",
    ),
    FaultCode.PICTURE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The picture[ {path}] has more than {limit} million pixels, which RelayTray does not open. Cut out "
        "the QR code and save that.",
    ),
    FaultCode.PICTURE_WITHOUT_CODE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "No QR code was found in the picture[ {path}]. Choose a picture in which the whole code is sharp, "
        "with a little white around it.",
    ),
    FaultCode.CODE_UNREADABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "There is a QR code in the picture[ {path}], but too much of it is missing or blurred. Take the "
        "picture again, straight and sharp, or copy the link as text.",
    ),
    FaultCode.LOGIN_NAME_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        'The relay "{name}" has no SSH login: its servers are reached by v2ray. Connect one of those, or '
        "fill in the relay's user.",
    ),
    FaultCode.CERTIFICATE_CHANGED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} shows another certificate at port {port} than the one whose fingerprint the profile has. "
        "Somebody may be in between, or the relay has got a new one: ask whoever runs it for a new link.",
    ),
    FaultCode.TLS_FAILED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{host} does not speak TLS at port {port}: {reason}. Check the port, and whether v2ray runs there.",
    ),
    FaultCode.CODE_TOO_LONG: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The link is longer than the {limit} bytes that a QR code holds. Copy it as text instead.",
    ),
}
