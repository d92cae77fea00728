"""One command on a server, for computers that have no ssh program (the demo's proof and the self-test)."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import paramiko
from paramiko.ssh_exception import SSHException

from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from app.transport.host_keys import HostKeys, VerdictKind
from app.transport.keys import load_private_key

TIMEOUT_S = 30.0


def run_through_socks(socks: tuple[str, int], server: Server, known_hosts: Path, command: str) -> str:
    """The command's output. The server's key must be pinned already; its own key must need no passphrase.

    Raises HOST_KEY_UNKNOWN, LOGIN_REFUSED, LINK_LOST, SERVER_SILENT. Blocks; not in the GUI thread.
    """
    sock = _connect(socks, server)
    transport = paramiko.Transport(sock)
    transport.set_log_channel("relaytray.ssh.command")
    logging.getLogger("relaytray.ssh.command").setLevel(logging.CRITICAL)
    try:
        transport.start_client(timeout=TIMEOUT_S)
        shown = transport.get_remote_server_key()
        verdict = HostKeys(known_hosts).check(server.full_name, shown)
        if verdict.kind is not VerdictKind.MATCH:
            raise error(
                FaultCode.HOST_KEY_UNKNOWN,
                host=server.alias,
                key_type=verdict.key_type,
                fingerprint=verdict.fingerprint,
            )
        transport.auth_publickey(server.user, load_private_key(server.identity))
        channel = transport.open_session(timeout=TIMEOUT_S)
        channel.settimeout(TIMEOUT_S)
        channel.exec_command(command)
        with channel.makefile("rb") as output:
            return output.read().decode("utf-8", "replace")
    except paramiko.AuthenticationException as e:
        raise error(FaultCode.LOGIN_REFUSED, user=server.user, host=server.alias, methods="publickey") from e
    except (SSHException, OSError, EOFError) as e:
        raise error(FaultCode.LINK_LOST, host=server.alias, reason=str(e) or type(e).__name__) from e
    finally:
        transport.close()


def _connect(socks: tuple[str, int], server: Server) -> socket.socket:
    protocol = ClientProtocol(server.full_name, 22)
    try:
        sock = socket.create_connection(socks, timeout=TIMEOUT_S)
        try:
            shake_hands(sock, protocol, lambda: _receive_byte(sock))
        except BaseException:
            sock.close()
            raise
    except (OSError, EOFError) as e:
        raise error(FaultCode.SERVER_SILENT, alias=server.alias) from e
    if protocol.refusal is not None:
        sock.close()
        raise error(FaultCode.SERVER_SILENT, alias=server.alias)
    return sock


def _receive_byte(sock: socket.socket) -> bytes:
    data = sock.recv(1)
    if not data:
        raise EOFError
    return data
