"""The names of paramiko that are private and that we touch: all of them, and whether they still fit.

Written for paramiko 5.1. Two kinds:

* of its packetizer, for the fast lane. ``packetizer_problem`` looks whether a paramiko has them; where it
  has not, ``packet_layer`` does without (slower);
* of its transport, which streams need in any case. They are old and have not changed for years.

``tests/transport/test_paramiko_privates.py`` fails when a new paramiko changes either, and when we touch one
that is not in these tables.
"""

from __future__ import annotations

import inspect
import socket

import paramiko
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from paramiko.packet import Packetizer

# The packetizer's own count, which the fast lane must keep in step for the slow one.
SEQUENCE_IN = "_Packetizer__sequence_number_in"
SEQUENCE_OUT = "_Packetizer__sequence_number_out"

PACKETIZER_NAMES = (SEQUENCE_IN, SEQUENCE_OUT, "_initial_kex_done", "_trigger_rekey")
CIPHER_ARGUMENTS = {
    "set_inbound_cipher": (
        "block_engine",
        "block_size",
        "mac_engine",
        "mac_size",
        "mac_key",
        "aead",
        "iv_in",
    ),
    "set_outbound_cipher": (
        "block_engine",
        "block_size",
        "mac_engine",
        "mac_size",
        "mac_key",
        "aead",
        "iv_out",
    ),
}
# What paramiko's own code calls and we take over.
OVERRIDDEN = ("read_all", "readline", "read_message", "send_message", "write_all", "close", "need_rekey")

TRANSPORT_NAMES = (
    "_active_check_timeout",
    "_channel_handler_table",
    "_channels",
    "_expected_packet",
    "_filter_algorithm",
    "_handler_table",
    "_log",
    "_parse_newkeys",
    "_preferred_ciphers",
    "_preferred_macs",
    "_send_message",
    "active",
    "channels_seen",
    "clear_to_send",
    "clear_to_send_lock",
    "stop_thread",
)


def packetizer_problem() -> str:
    """What of paramiko's packetizer is not as the fast lane needs it; "" when all is well."""
    with socket.socket() as sock:
        packetizer = Packetizer(sock)
        for name in (*PACKETIZER_NAMES, *OVERRIDDEN):
            if not hasattr(packetizer, name):
                return f"Packetizer has no {name}"
    for method, wanted in CIPHER_ARGUMENTS.items():
        known = inspect.signature(getattr(Packetizer, method)).parameters
        for argument in wanted:
            if argument not in known:
                return f"Packetizer.{method} has no argument {argument}"
    cipher = getattr(paramiko.Transport, "_cipher_info", {}).get("aes128-gcm@openssh.com", {})
    return "" if cipher.get("class") is AESGCM else "aes128-gcm@openssh.com is not made by AESGCM"
