"""Waiting for a server whose line was pasted, or will be: from the relay's word to an answer of its sshd.

One login at the relay waits there for news. The relay tells when the server has reported; its host keys are
pinned before anybody connects to it. Online is what answered through the relay, with one of those keys.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Sequence

from app.core.events import Asked, Event
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Enrolment, EnrolmentState, Relay, Server
from app.core.provisioning import ServerReport
from app.provision import enrolment
from app.provision.profile_changes import when_online, with_report
from app.provision.surroundings import Ground
from app.provision.through_relay import see_answer
from app.transport.asking import Asker, reply_nobody
from app.transport.host_keys import PLAIN_ALGORITHMS, HostKeyBlob, HostKeys, fingerprint
from app.transport.known_hosts import blob_type
from app.transport.link import Tools
from app.transport.remote_shell import RemoteShell

log = logging.getLogger("relaytray.provision")

OnState = Callable[[Enrolment], None]

WAIT_S = 60  # that the relay waits for news before it says "none"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0  # between two logins at a relay that cannot be reached
_FIRST_TRY_S, _LONGEST_TRY_S = 1.0, 30.0  # until a server that listens is tried again
_PATIENCE_S = 90.0  # with a machine in its place, which may be an older one whose tunnel is about to end

_PASSING = frozenset(
    {
        FaultCode.DNS_FAILED,
        FaultCode.CONNECTION_REFUSED,
        FaultCode.CONNECT_TIMED_OUT,
        FaultCode.NETWORK_UNREACHABLE,
        FaultCode.NOT_SSH,  # an sshd that is just ending, or has too many newcomers
        FaultCode.LINK_LOST,
        FaultCode.CHANNELS_EXHAUSTED,
    }
)
_NOT_YET = frozenset({FaultCode.TUNNEL_DOWN, FaultCode.SERVER_SILENT, FaultCode.SERVER_NOT_SSH})


def quiet(tools: Tools) -> Tools:
    """The same, but nobody is asked anything: what would have to be asked raises NOBODY_TO_ASK."""

    def nobody(event: Event) -> None:
        if isinstance(event, Asked):
            reply_nobody(event.question)

    return dataclasses.replace(tools, asker=Asker(nobody))


class Watch:
    """One server until it is online. Made for one call of ``run``."""

    def __init__(
        self,
        ground: Ground,
        tools: Tools,
        server_id: str,
        on_state: OnState,
        cancelled: threading.Event,
    ) -> None:
        self._ground = ground
        self._tools = tools
        self._server_id = server_id
        self._on_state = on_state
        self._cancelled = cancelled
        self._doubt_since = 0.0
        self._try_again_s = _FIRST_TRY_S

    def run(self) -> None:
        """Returns once the server is online, however long that takes.

        Raises ENROLMENT_EXPIRED, ENROLMENT_MISSING, NO_SSHD_THERE, CANCELLED, NO_SUCH_SERVER when the profile
        was removed, and what a login raises but for a relay that cannot be reached: it is tried again.
        """
        pause_s = FIRST_PAUSE_S
        while True:
            server, relay = self._profiles()
            if _of(server).state is EnrolmentState.ONLINE:
                return
            started = time.monotonic()
            try:
                self._over_one_link(relay)
            except RelayTrayError as e:
                if e.fault.code not in _PASSING:
                    raise
                log.info("Waiting for %s: %s", server.alias, e)
            if time.monotonic() - started > LONGEST_PAUSE_S:  # that link was a good one
                pause_s = FIRST_PAUSE_S
            self._pause(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def _over_one_link(self, relay: Relay) -> None:
        """Until the server is online, or its profile is another one now."""
        with RemoteShell.connect(relay, self._tools, self._cancelled) as shell:
            seen: ServerReport | None = None
            waits = False
            while True:
                server, now = self._profiles()
                if now != relay or _of(server).state is EnrolmentState.ONLINE:
                    return
                if waits:
                    report = enrolment.wait(shell, relay, server, seen, WAIT_S)
                else:
                    report = enrolment.report(shell, relay, server)
                if report is not None and self._hear(server, report):
                    return
                waits, seen = report is None or not report.is_listening, report

    # --- what the server told -----------------------------------------------------------------------------

    def _hear(self, server: Server, report: ServerReport) -> bool:
        """Whether the server is online."""
        if _of(server).state is EnrolmentState.WAITING:
            pin_exactly(self._tools.host_keys, server.full_name, report.host_keys)
            server = self._store_report(server, report)
        if report.is_listening and self._answers():
            self._store(lambda document: when_online(document, server))
            log.info("%s is online.", server.alias)
            return True
        if report.sshd == "none":
            reason = report.missing or "no sshd runs there"
            raise error(FaultCode.NO_SSHD_THERE, alias=server.alias, reason=reason)
        return False

    def _answers(self) -> bool:
        """Whether its sshd answers through the relay; waits a moment where it does not yet."""
        server, relay = self._profiles()
        try:
            see_answer(relay, server, self._tools, self._cancelled)
        except RelayTrayError as e:
            if not self._may_still_come(e.fault.code):
                raise
            log.info("%s does not answer yet: %s", server.alias, e)
            self._pause(self._try_again_s)
            self._try_again_s = min(_LONGEST_TRY_S, 2 * self._try_again_s)
            return False
        return True

    def _may_still_come(self, code: FaultCode) -> bool:
        if code in _NOT_YET:
            return True
        now = time.monotonic()
        if code is FaultCode.HOST_KEY_CHANGED:
            self._doubt_since = self._doubt_since or now
            return now - self._doubt_since < _PATIENCE_S
        return False

    # --- the profile --------------------------------------------------------------------------------------

    def _profiles(self) -> tuple[Server, Relay]:
        server, relay = self._ground.server(self._server_id)
        if server.enrolment is None:
            raise error(FaultCode.ENROLMENT_MISSING, alias=server.alias, host=relay.host)
        return server, relay

    def _store_report(self, server: Server, report: ServerReport) -> Server:
        self._store(lambda document: with_report(document, server, report))
        return self._profiles()[0]

    def _store(self, change: Callable[[Document], Document]) -> None:
        document = self._ground.edit(change)
        server = document.server(self._server_id)
        if server is not None and server.enrolment is not None:
            self._on_state(server.enrolment)

    def _pause(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise error(FaultCode.CANCELLED, what="waiting for the server")


def pin_exactly(host_keys: HostKeys, name: str, lines: Sequence[str]) -> None:
    """The server told its host keys through the relay: these and no others are its from now on.

    Whoever pasted the line there said that it is this machine, also where another had that name before.
    """
    blobs = [blob for line in lines if (blob := _blob(line))]
    told = {fingerprint(blob) for blob in blobs}
    if not told:
        return  # then it is asked about at the first connection, as ever
    if any(key.fingerprint not in told for key in host_keys.pinned(name)):
        host_keys.unpin(name)
    for blob in blobs:
        host_keys.pin(name, HostKeyBlob(blob))


def _blob(line: str) -> bytes:
    """Of "ssh-ed25519 AAAA..."; b"" for what is none."""
    words = line.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        return b""
    is_comparable = words[0] in (*PLAIN_ALGORITHMS, "ssh-rsa")
    return blob if is_comparable and blob_type(blob) == words[0] else b""


def _of(server: Server) -> Enrolment:
    assert server.enrolment is not None, "profiles without one were refused"
    return server.enrolment
