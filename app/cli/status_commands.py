"""``status``, ``disconnect`` and ``quit``: asking the running program."""

from __future__ import annotations

from typing import Any

from app.cli.context import Context
from app.cli.event_values import event_line
from app.cli.exit_codes import ExitCode
from app.core.faults import FaultCode, RelayTrayError
from app.core.shadowsocks import Steering


def status(context: Context) -> int:
    """What is connected. That nothing runs is an answer too, not an error."""
    try:
        answer = context.control.call("status")
    except RelayTrayError as e:
        if e.fault.code is not FaultCode.APP_NOT_RUNNING:
            raise
        context.out.both("RelayTray is not running.", {"running": False, "state": "off", **_nothing(context)})
        return ExitCode.OK
    answer.pop("ok", None)
    context.out.value(answer)
    context.out.text(
        f"RelayTray {answer.get('version')} is running (pid {answer.get('pid')}): {answer['state']}"
    )
    kinds = {"listeners": "listener", "relays": "link", "servers": "state", "shadowsocks": "shadowsocks"}
    for kind, event in kinds.items():
        for value in answer.get(kind, []):
            context.out.text(f"  {event_line({**value, 'event': event})}")
    steering = answer.get("system_proxy", {"steering": Steering.PORT})
    if steering["steering"] != Steering.PORT or "fault" in steering:
        context.out.text(f"  {event_line({**steering, 'event': 'steering'})}")
    return ExitCode.OK


def _nothing(context: Context) -> dict[str, Any]:
    document = context.load()
    return {
        "relays": [{"relay": relay.name, "state": "off"} for relay in document.relays],
        "servers": [{"alias": server.alias, "state": "off"} for server in document.servers],
        "shadowsocks": [{"shadowsocks": one.name, "state": "off"} for one in document.shadowsocks],
        "listeners": [],
    }


def disconnect(context: Context) -> int:
    name = context.arguments.name
    context.control.call("disconnect", name=name)
    context.out.both(f"Disconnected {name}.", {"disconnected": name})
    return ExitCode.OK


def quit_program(context: Context) -> int:
    context.control.call("quit")
    context.out.both("RelayTray was asked to end.", {"quit": True})
    return ExitCode.OK
