"""A GPU server's way online by a pasted line, and everything of it taken away again.

The line gets its permission at the relay with the login that set the relay up. What is kept in the profile
is never the line itself: it carries a one-time key.
"""

from __future__ import annotations

import base64
import dataclasses
import logging
import threading
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Enrolment, EnrolmentState, Relay, Server, SetupMode
from app.core.provisioning import BootstrapLine, LineOptions
from app.core.v2ray_route import SSHD_PORT
from app.provision import bridge, enrolment
from app.provision.bootstrap_line import MARK
from app.provision.bridge import require_v2ray
from app.provision.one_at_a_time import alone_with
from app.provision.profile_changes import with_line, without_server
from app.provision.surroundings import Ground
from app.provision.through_relay import shell_at_server
from app.provision.v2ray_ids import forget_ids, kept_id
from app.provision.v2ray_profiles import with_carrier, with_route
from app.provision.v2ray_service import Permitted, add_server, drop_server
from app.provision.watching import OnState, Watch, quiet
from app.transport.agent import AgentKey, agent_keys
from app.transport.new_key import public_line
from app.transport.remote_shell import RemoteShell

log = logging.getLogger("relaytray.provision")

_USUAL_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")

# Through the tunnel that it ends: it must not notice that nobody listens to it any more.
_REMOVE_THERE = """\
cd || exit
for id in "$@"; do
    [ -f ".ssh/@MARK@$id.sh" ] || continue
    found=yes
    echo begun
    (trap '' HUP PIPE && sleep 1; exec sh ".ssh/@MARK@$id.sh" remove) </dev/null >/dev/null 2>&1 &
done
[ "$found" ] || echo missing
"""


class ServerDesk:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def bootstrap_line(
        self, server_id: str, options: LineOptions, cancelled: threading.Event
    ) -> BootstrapLine:
        """A new line; an older one that was not pasted is void from now on.

        The profile keeps the permission's name and the port that the relay has given. A server that never
        had a line may get another port than the profile's; one that had keeps its own.
        With a bridge, the one that the server may have had ends now, and the new one begins with the line.
        Raises RELAY_NOT_SET_UP, KEY_MISSING (there is no key of the person's to be let in), RELAY_PORT_TAKEN,
        V2RAY_NOT_SET_UP, and what a login raises.
        """
        server, relay = self._set_up_profiles(server_id)
        person_key = my_public_line(server) if options.allow_my_key else ""
        left = self._relay_left_behind(server)
        with self._shell(relay, cancelled) as shell:
            if options.bridge:
                require_v2ray(shell, relay)
            if left is not None:  # first: the two may be the same machine by two names
                self._leave(server, left, cancelled)
            issued = enrolment.issue(
                shell,
                relay,
                server,
                options,
                person_key=person_key,
                any_port=server.enrolment is None or left is not None,
            )
            try:
                permitted = self._route_of(shell, relay, server, issued, options)
            except RelayTrayError:
                # nobody has that line. Of a server that had one before, the older one holds the port.
                if server.enrolment is None:
                    enrolment.drop(shell, relay, _as_issued(server, issued))
                raise

            def changed(document: Document) -> Document:
                document = with_line(document, server, issued.enrolment, issued.route_port)
                if permitted is None:
                    return document
                return with_carrier(with_route(document, server, permitted.routed), relay, permitted.carrier)

            try:
                self._ground.edit(changed)
            except RelayTrayError:  # removed meanwhile: nobody shall use that line
                enrolment.drop(shell, relay, _as_issued(server, issued))
                if permitted is not None:
                    drop_server(shell, relay, _as_issued(server, issued))
                raise
        log.info("There is a line for %s, with port %d of the relay.", server.alias, issued.route_port)
        return issued.line

    def waiting(self) -> tuple[str, ...]:
        """The ids of the servers whose line was made and that are not online yet."""
        servers = self._ground.manager.document.servers
        return tuple(one.id for one in servers if _is_waiting(one))

    def watch(self, server_id: str, on_state: OnState, cancelled: threading.Event, *, is_quiet: bool) -> None:
        """See ``Watch.run``. ``is_quiet``: ask nobody, and raise NOBODY_TO_ASK where that would be needed."""
        self._set_up_profiles(server_id)
        tools = quiet(self._ground.tools) if is_quiet else self._ground.tools
        Watch(self._ground, tools, server_id, on_state, cancelled).run()

    # --- taking away --------------------------------------------------------------------------------------

    def removal_line(self, server_id: str) -> str:
        """What to paste on the server to take away what its line has made; "" when it had none."""
        server = self._ground.server(server_id)[0]
        return "; ".join(
            enrolment.removal_line(dataclasses.replace(server, enrolment=one)) for one in _enrolments(server)
        )

    def remove_server(
        self, server_id: str, cancelled: threading.Event, also_there: bool
    ) -> tuple[Fault, ...]:
        """Remove the profile; with ``also_there`` also what the line has made on the server and the relay.

        What could not be taken away is among the faults, and the profile is gone all the same. Raises
        CANCELLED, with the profile still there.
        """
        server, relay = self._ground.server(server_id)
        relay = self._relay_left_behind(server) or relay  # its tunnel and permission are still there
        faults: list[Fault] = []
        if also_there and server.enrolment is not None:
            for take_away in (self._take_from_server, self._take_from_relay):
                try:
                    take_away(server, relay, cancelled)
                except RelayTrayError as e:
                    if e.fault.code is FaultCode.CANCELLED:
                        raise
                    log.info("Removing %s: %s", server.alias, e)
                    faults.append(e.fault)
        self._ground.edit(lambda document: without_server(document, server_id))
        forget_ids(self._ground.tools.secrets, [server])
        return tuple(faults)

    def _take_from_server(self, server: Server, relay: Relay, cancelled: threading.Event) -> None:
        script = _REMOVE_THERE.replace("@MARK@", MARK)
        ids = [one.id for one in _enrolments(server)]
        said: list[str] = []
        try:
            with shell_at_server(relay, server, self._ground.tools, cancelled) as shell:
                output = shell.run(script, ids, what="take the tunnel away", on_line=said.append)
        except RelayTrayError as e:
            if e.fault.code is FaultCode.LINK_LOST and "begun" in map(str.strip, said):
                return  # it went by the tunnel that it has just ended
            raise
        if output.status != 0:
            told = {"what": "take the tunnel away", "host": server.alias, "reason": output.last_words}
            raise error(FaultCode.REMOTE_SCRIPT_FAILED, **told)

    def _take_from_relay(self, server: Server, relay: Relay, cancelled: threading.Event) -> None:
        if relay.setup is SetupMode.NONE:
            return  # it went with the set-up
        with self._shell(relay, cancelled) as shell:
            enrolment.drop(shell, relay, server)
            # other computers may have been let in by v2ray: the port will be another server's
            drop_server(shell, relay, server)

    def _route_of(
        self, shell: RemoteShell, relay: Relay, server: Server, issued: enrolment.Issued, options: LineOptions
    ) -> Permitted | None:
        """The server's way by v2ray, where its line changes that: to a bridge, or back from one."""
        had_one = server.v2ray is not None and not server.v2ray.hybrid
        has_moved = server.v2ray is not None and issued.route_port != server.route.port
        if not (options.bridge or had_one or has_moved):
            return None
        named = _as_issued(server, issued)
        ports = server.v2ray.ports if server.v2ray is not None and options.bridge else (SSHD_PORT,)
        if has_moved:  # the old id leads to the old port, which is another server's
            forget_ids(self._ground.tools.secrets, [server])
        user_id = kept_id(self._ground.tools.secrets, server)
        with alone_with(relay, self._ground.paths):
            permitted = add_server(shell, relay, named, ports=ports, bridge=options.bridge, user_id=user_id)
            if options.bridge:
                carrier = dataclasses.replace(permitted.carrier, host=issued.relay_host)
                bridge.give(shell, relay, named, carrier, permitted.routed)
        return permitted

    # --- inside -------------------------------------------------------------------------------------------

    def _relay_left_behind(self, server: Server) -> Relay | None:
        """The relay that the server's newest line was made for, where the server is another one's now."""
        made_for = server.enrolment.relay_id if server.enrolment is not None else ""
        if made_for in ("", server.relay_id):
            return None
        return self._ground.manager.document.relay(made_for)

    def _leave(self, server: Server, relay: Relay, cancelled: threading.Event) -> None:
        """Nothing leads to that permission any more; that it cannot be dropped now stops nobody."""
        try:
            self._take_from_relay(server, relay, cancelled)
        except RelayTrayError as e:
            if e.fault.code is FaultCode.CANCELLED:
                raise
            log.warning("The old permission of %s stays at the relay %s: %s", server.alias, relay.name, e)

    def _set_up_profiles(self, server_id: str) -> tuple[Server, Relay]:
        server, relay = self._ground.server(server_id)
        if relay.setup is SetupMode.NONE:
            raise error(FaultCode.RELAY_NOT_SET_UP, name=relay.name)
        return server, relay

    def _shell(self, relay: Relay, cancelled: threading.Event) -> RemoteShell:
        return RemoteShell.connect(relay, self._ground.tools, cancelled)


def my_public_line(server: Server) -> str:
    """The public half of the key with which the person will log in at the server.

    The profile's, or else the first of those that ssh tries by itself. Raises KEY_MISSING, KEY_UNREADABLE,
    KEY_UNSUPPORTED.
    """
    if server.identity:
        return public_line(server.identity)
    folder = Path.home() / ".ssh"
    for name in _USUAL_KEYS:
        if (folder / name).is_file():
            return public_line(folder / name)
    for key in _keys_of_agent():
        if "-cert-" not in key.get_name():
            return f"{key.get_name()} {base64.b64encode(key.asbytes()).decode()}"
    raise error(FaultCode.KEY_MISSING, path=folder / _USUAL_KEYS[0])


def _keys_of_agent() -> list[AgentKey]:
    try:
        return agent_keys()
    except RelayTrayError:  # there is none, or it has none
        return []


def _is_waiting(server: Server) -> bool:
    return server.enrolment is not None and server.enrolment.state is not EnrolmentState.ONLINE


def _enrolments(server: Server) -> list[Enrolment]:
    """That of the newest line, then of those before it."""
    newest = server.enrolment
    if newest is None:
        return []
    return [newest, *(dataclasses.replace(newest, id=one, older=()) for one in newest.older)]


def _as_issued(server: Server, issued: enrolment.Issued) -> Server:
    route = dataclasses.replace(server.route, port=issued.route_port)
    return dataclasses.replace(server, enrolment=issued.enrolment, route=route)
