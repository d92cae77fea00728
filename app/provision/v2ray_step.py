"""v2ray or Xray on a relay: its step of the set-up. See ``v2ray_service`` for servers after that. Blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.faults import FaultCode, error
from app.core.field_rules import CONTROL, host_problem, is_port
from app.core.profiles import Document, Relay, Server
from app.core.provisioning import Note, Progress, Step, StepNote, StepReport, StepState, V2rayOptions
from app.core.v2ray_route import Carrier, Core, Tls
from app.provision import v2ray_relay
from app.provision.setup_script import SetupScript
from app.provision.v2ray_choice import NAMES, choose_program
from app.provision.v2ray_ids import id_here, keep_id
from app.provision.v2ray_keys import Certificate, new_certificate, new_id, new_key_pair
from app.provision.v2ray_profiles import with_carrier, with_route
from app.provision.v2ray_program import CoreFile, read_core_file
from app.provision.v2ray_relay import FOLDER, RECORD, Seen, masked
from app.provision.v2ray_state import RelayState
from app.transport.login_secrets import SecretSource

_TRIES = 4  # when other computers change it at the same moment


class V2rayStep:
    """Brings v2ray or Xray and leads to all ``servers`` of the relay that have a port there."""

    step = Step.V2RAY

    def __init__(
        self, relay: Relay, options: V2rayOptions, servers: tuple[Server, ...], secrets: SecretSource
    ) -> None:
        """``relay`` has its pc_id.

        Raises PROFILE_INVALID for options that nothing could be made of, FILE_UNREADABLE and
        CORE_FILE_UNUSABLE for a chosen program.
        """
        _refuse_wrong(options)
        self._relay, self._options, self._secrets = relay, options, secrets
        self._servers = tuple(one for one in servers if _is_hybrid_possible(one))
        self._file = read_core_file(Path(options.program)) if options.program else None
        self._ids: dict[str, str] = {}  # of servers, by their ids
        self._keys = ("", "")
        self._certificate: Certificate | None = None
        self._done: RelayState | None = None

    def check(self, script: SetupScript) -> StepReport:
        return self._planned(script).report

    def apply(self, script: SetupScript, progress: Progress) -> StepReport:
        for _ in range(_TRIES):
            plan = self._planned(script)
            if plan.state is None or plan.report.state is StepState.IMPOSSIBLE:
                return plan.report
            if plan.source is not None and (failed := self._bring(script, plan.source, progress)):
                return failed
            self._keep_ids()
            if plan.report.state is StepState.RIGHT:
                self._done = plan.state
                return plan.report
            told = v2ray_relay.run(
                script,
                "apply",
                plan.state,
                expect=plan.seen.digest,
                use=plan.use,
                certificate=self._new_certificate(plan.state),
            )
            if not told.get("changed_meanwhile"):
                break
        report = script.report(Step.V2RAY, dataclasses.replace(told, reason=masked(told.reason)))
        if report.state in (StepState.DONE, StepState.RIGHT):
            self._done = plan.state
        return report

    def after(self, document: Document) -> Document:
        state = self._done
        if state is None:
            return document
        for server in self._servers:
            known = state.server(server.route.port)
            if known is not None:
                document = with_route(document, server, known.routed)
        return with_carrier(document, self._relay, state.carrier)

    # --- what it comes to -----------------------------------------------------------------------------------

    def _planned(self, script: SetupScript) -> _Plan:
        core = self._options.core
        seen = v2ray_relay.look(script, core)
        if not seen.has_systemd:
            return _Plan(_impossible(Note(StepNote.NEEDS_SYSTEMD)), seen)
        if seen.damage:
            return _Plan(
                _impossible(Note(StepNote.V2RAY_RECORD_DAMAGED, {"path": RECORD, "reason": seen.damage})),
                seen,
            )
        choice = choose_program(core, self._file, seen)
        if choice.problem is not None:
            return _Plan(_impossible(choice.problem), seen)
        state = self._wanted(seen.record)
        told = v2ray_relay.run(script, "check", state, expect=seen.digest, use=choice.use)
        report = script.report(Step.V2RAY, told)
        if report.state in (StepState.RIGHT, StepState.CHANGE):
            own = tuple(self._notes(seen.record, state))
            is_right = report.state is StepState.RIGHT and choice.source is None and not own
            if not is_right:
                notes = (*choice.notes, *own, *(n for n in told.notes if not _says_less(n)))
                report = StepReport(Step.V2RAY, StepState.CHANGE, notes)
        return _Plan(report, seen, state, choice.source, choice.use)

    def _wanted(self, known: RelayState | None) -> RelayState:
        """Settings as they were asked for; keys, ids and other computers' permissions as they are."""
        options, old = self._options, known.carrier if known is not None else None
        private, public = self._key_pair(old)
        carrier = Carrier(
            core=options.core,
            host="",
            tunnel_port=options.tunnel_port,
            user_port=options.user_port,
            tls=self._tls(old),
            websocket_path=options.websocket_path,
            decryption_key=private,
            encryption_key=public,
        )
        state = RelayState(carrier=carrier, servers=known.servers if known is not None else ())
        for server in self._servers:
            user_id = self._id_for(server, state)
            state = state.with_user(server.route.port, server.alias, self._relay.pc_id, user_id)
        return state

    def _key_pair(self, old: Carrier | None) -> tuple[str, str]:
        if old is not None and old.decryption_key:
            return old.decryption_key, old.encryption_key
        if self._options.core is not Core.XRAY:
            return "", ""
        if not self._keys[0]:
            self._keys = new_key_pair()
        return self._keys

    def _tls(self, old: Carrier | None) -> Tls | None:
        name = self._options.server_name
        if not name:
            return None
        if old is not None and old.tls is not None and old.tls.server_name == name:
            return old.tls
        if self._certificate is None:
            self._certificate = new_certificate(name)
        place = f"{FOLDER}/tls-{self._certificate.sha256[:16]}"
        return Tls(
            server_name=name,
            certificate_pem=self._certificate.pem,
            certificate_sha256=self._certificate.sha256,
            certificate_file=f"{place}.crt",
            key_file=f"{place}.key",
        )

    def _new_certificate(self, state: RelayState) -> Certificate | None:
        """Where the state is one with a certificate that was made just now."""
        tls, made = state.carrier.tls, self._certificate
        is_new = tls is not None and made is not None and tls.certificate_sha256 == made.sha256
        return made if is_new else None

    def _id_for(self, server: Server, state: RelayState) -> str:
        """That of the keyring, or else that of the relay's record, or else a new one."""
        if server.id not in self._ids:
            port = server.route.port
            here, known = id_here(self._secrets, server), state.server(port)
            if here and state.is_elsewhere(here, port):
                here = ""  # it came with a link or a copy of the profile
            there = known.users.get(self._relay.pc_id, "") if known is not None else ""
            self._ids[server.id] = here or there or new_id()
        return self._ids[server.id]

    def _keep_ids(self) -> None:
        """Before the relay hears of them: an id that nobody here knows would let nobody in."""
        for server in self._servers:
            keep_id(self._secrets, server, self._ids[server.id])

    def _bring(self, script: SetupScript, source: CoreFile | str, progress: Progress) -> StepReport | None:
        core = self._options.core
        if isinstance(source, str):
            told = v2ray_relay.install(script, core, source)
        else:

            def percent(now: int) -> None:
                details = {"program": source.title, "percent": str(now)}
                note = Note(StepNote.V2RAY_PROGRAM_ARRIVING, details)
                progress(StepReport(Step.V2RAY, StepState.RUNNING, (note,)))

            told = v2ray_relay.bring(script, core, source, percent)
        report = script.report(Step.V2RAY, told)
        return None if report.state is StepState.DONE else report

    def _notes(self, known: RelayState | None, wanted: RelayState) -> Iterator[Note]:
        for setting in _settings(known.carrier if known is not None else None, wanted.carrier):
            yield Note(StepNote.V2RAY_SETTING, {"setting": setting})
        for server in self._servers:
            before = known.server(server.route.port) if known is not None else None
            if before is None or before.users.get(self._relay.pc_id) != self._ids[server.id]:
                yield Note(StepNote.V2RAY_SERVER, {"alias": server.alias})
        if known is not None and known.carrier != wanted.carrier:
            others = [
                one.name for one in known.servers if one.tunnel_uuid or set(one.users) - {self._relay.pc_id}
            ]
            if others:
                yield Note(StepNote.V2RAY_OTHERS, {"servers": ", ".join(others)})


@dataclass(frozen=True)
class _Plan:
    report: StepReport
    seen: Seen
    state: RelayState | None = None
    source: CoreFile | str | None = None
    use: str = ""


def _refuse_wrong(options: V2rayOptions) -> None:
    """What is to be in a certificate, a command line or a configuration has to be what it says."""
    problem, path = "", options.websocket_path
    if not (is_port(options.user_port) and is_port(options.tunnel_port)):
        problem = "a port of v2ray has to be a number from 1 to 65535."
    elif options.user_port == options.tunnel_port:
        problem = "computers and bridges need a port each for v2ray."
    elif options.server_name and (host_problem(options.server_name) or not options.server_name.isascii()):
        problem = f"{options.server_name!r} is no name for a certificate."
    elif path and (not path.startswith("/") or CONTROL.search(path) or not path.isascii() or " " in path):
        problem = f"{path!r} is no path for WebSocket: it begins with / and has no blanks."
    if problem:
        raise error(FaultCode.PROFILE_INVALID, problem=problem)


def took_v2ray(reports: Sequence[StepReport]) -> bool:
    """Whether this removal has taken it away; one that somebody else runs there is not ours to forget."""
    return any(one.step is Step.V2RAY and one.state is StepState.DONE for one in reports)


def _impossible(*notes: Note) -> StepReport:
    return StepReport(Step.V2RAY, StepState.IMPOSSIBLE, notes)


def _is_hybrid_possible(server: Server) -> bool:
    """The relay hands on to its own loopback and nowhere else."""
    return server.route.host in ("127.0.0.1", "localhost")


def _settings(old: Carrier | None, new: Carrier) -> Iterator[str]:
    if old is None or old.core != new.core:
        yield NAMES[new.core]
    if old is None or old.user_port != new.user_port:
        yield f"port {new.user_port}"
    if old is not None and old.tunnel_port != new.tunnel_port:
        yield f"port {new.tunnel_port} for bridges"
    names = [one.tls.server_name if one is not None and one.tls is not None else "" for one in (old, new)]
    if names[0] != names[1]:
        yield f"TLS for {names[1]}" if names[1] else "no TLS"
    if (old.websocket_path if old is not None else "") != new.websocket_path:
        yield f"WebSocket {new.websocket_path}" if new.websocket_path else "no WebSocket"


def _says_less(note: Note) -> bool:
    """The notes about settings and servers say more than that a file of them differs."""
    path = note.details.get("path", "")
    return path.startswith(f"{FOLDER}/now/") or note.code is StepNote.V2RAY_UNJUDGED
