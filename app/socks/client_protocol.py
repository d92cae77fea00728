"""The client's side of SOCKS5, for our own probe and the proxy command: bytes to send, bytes received.

Owns no socket and belongs to one thread. How it is driven::

    protocol = ClientProtocol("lab-gpu.relaytray.internal", 22)
    while not protocol.done:
        send(protocol.to_send())
        protocol.receive(read())        # an end of file here means: the server hung up
    if protocol.refusal is None: ...    # the connection is open; protocol.trailing() came first

Sources: RFC 1928, RFC 1929.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.socks.addresses import pack_host
from app.socks.replies import RefusalCause

__all__ = ["ClientProtocol", "Login", "RefusalCause"]

_NO_AUTHENTICATION = 0x00
_USER_PASSWORD = 0x02
_ADDRESS_LENGTHS = {1: 4, 4: 16}


@dataclass(frozen=True, slots=True)
class Login:
    """What a SOCKS5 server may ask for (RFC 1929): 1 to 255 bytes of UTF-8 each."""

    user: str
    password: str = field(repr=False)


class ClientProtocol:
    """One CONNECT through a SOCKS5 server. Names are resolved by the server, never here.

    Raises ValueError at once for a host, port or login that has no place in the protocol.
    """

    def __init__(self, host: str, port: int, credentials: Login | None = None) -> None:
        if not 1 <= port <= 0xFFFF:
            raise ValueError("The port must be between 1 and 65535.")
        kind, address = pack_host(host)
        self._request = bytes((5, 1, 0, kind)) + address + port.to_bytes(2, "big")
        self._login = _login_message(credentials) if credentials else b""
        methods = bytes((_NO_AUTHENTICATION, _USER_PASSWORD)) if credentials else bytes((_NO_AUTHENTICATION,))
        self._outgoing = bytes((5, len(methods))) + methods
        self._buffer = bytearray()
        self._step: Callable[[], bool] = self._method
        self.done = False  # all is said: the connection is open, or refused
        self.refusal: RefusalCause | None = None
        self.reason = ""  # an English sentence for the log when refused

    def to_send(self) -> bytes:
        """Takes what is to be sent now; b"" when it is the server's turn."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def receive(self, data: bytes) -> None:
        """Takes what was read. Never raises: what is no SOCKS5 ends in a refusal."""
        if self.refusal is not None:
            return
        self._buffer += data
        while not self.done and self._step():
            pass

    def trailing(self) -> bytes:
        """Takes what came after the reply: the first bytes of the other end."""
        return self._take(len(self._buffer)) if self.done else b""

    # Each step says whether it got what it needed, so that the next may look at the rest.

    def _method(self) -> bool:
        if len(self._buffer) < 2:
            return self._is_version(5)
        version, method = self._take(2)
        if version != 5:
            return self._refuse(RefusalCause.GENERAL, "What answers is no SOCKS5 server.")
        if method == _NO_AUTHENTICATION:
            return self._go_on(self._request, self._reply)
        if method == _USER_PASSWORD and self._login:
            return self._go_on(self._login, self._login_status)
        return self._refuse(RefusalCause.NOT_ALLOWED, "The SOCKS5 server wants a login that we do not have.")

    def _login_status(self) -> bool:
        if len(self._buffer) < 2:
            return False
        _version, status = self._take(2)
        if status != 0:
            return self._refuse(
                RefusalCause.NOT_ALLOWED, "The SOCKS5 server refuses the user name or password."
            )
        return self._go_on(self._request, self._reply)

    def _reply(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 5:
            return self._is_version(5)
        if buffer[0] != 5:
            return self._refuse(RefusalCause.GENERAL, "What answers is no SOCKS5 server.")
        length = 1 + buffer[4] if buffer[3] == 3 else _ADDRESS_LENGTHS.get(buffer[3])
        if length is None:
            return self._refuse(
                RefusalCause.GENERAL, "The SOCKS5 server answers with an unknown address type."
            )
        if len(buffer) < 4 + length + 2:
            return False
        code = self._take(4 + length + 2)[1]
        if code != 0:
            return self._refuse(_cause_of(code), f"The SOCKS5 server refuses with code {code}.")
        self.done = True
        return True

    def _is_version(self, version: int) -> bool:
        """Ends the conversation at the first wrong byte: a wrong peer may wait for us and send no second."""
        if self._buffer and self._buffer[0] != version:
            return self._refuse(RefusalCause.GENERAL, "What answers is no SOCKS5 server.")
        return False

    def _go_on(self, message: bytes, step: Callable[[], bool]) -> bool:
        self._outgoing += message
        self._step = step
        return True

    def _refuse(self, cause: RefusalCause, reason: str) -> bool:
        self.refusal = cause
        self.reason = reason
        self.done = True
        self._outgoing = b""
        self._buffer.clear()
        return True

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _login_message(login: Login) -> bytes:
    user, password = login.user.encode("utf-8"), login.password.encode("utf-8")
    if not (1 <= len(user) <= 255 and 1 <= len(password) <= 255):
        raise ValueError("A SOCKS5 user name and password have 1 to 255 bytes each.")
    return bytes((1, len(user))) + user + bytes((len(password),)) + password


def _cause_of(code: int) -> RefusalCause:
    try:
        return RefusalCause(code)
    except ValueError:
        return RefusalCause.GENERAL
