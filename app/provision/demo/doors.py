"""Who may do what at a demo machine: everything is refused that a subclass does not allow."""

from __future__ import annotations

import socket
from collections.abc import Collection

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_FAILED_UNKNOWN_CHANNEL_TYPE,
    OPEN_SUCCEEDED,
)

USER = "demo"


class Door(paramiko.ServerInterface):
    """One for each connection. Called in the transport's reader thread: nothing here may wait."""

    def __init__(self, keys: Collection[paramiko.PKey]) -> None:
        self._keys = keys
        self.key: paramiko.PKey | None = None  # whose signature was checked last: after the login, the key

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.key = key
        allowed = username == USER and key in self._keys
        return AUTH_SUCCESSFUL if allowed else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        if kind == "session":
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_FAILED_UNKNOWN_CHANNEL_TYPE

    def check_channel_direct_tcpip_request(
        self,
        chanid: int,  # noqa: ARG002
        origin: tuple[str, int],  # noqa: ARG002
        destination: tuple[str, int],
    ) -> int:
        allowed = self.may_open(*destination)
        return OPEN_SUCCEEDED if allowed else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def may_open(self, host: str, port: int) -> bool:  # noqa: ARG002
        return False

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to what ``may_open`` allowed; in a thread that may wait. Raises OSError."""
        raise NotImplementedError(f"{host}:{port} was allowed and cannot be dialled")

    def signal(self, channel: paramiko.Channel, name: str) -> None:
        """The client wants the session's program to get this signal ("INT"; RFC 4254 section 6.9)."""

    def request_answered(self, channel: paramiko.Channel) -> None:
        """The answer to a request has been sent: a program may start to talk."""
