"""The command line as a whole: reads it, sets up the log, runs one command, tells what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.cli import (
    connect_command,
    demo_command,
    export_commands,
    profile_commands,
    proxy_alone,
    secret_commands,
    self_test,
    status_commands,
    transfer_commands,
)
from app.cli.command_parts import UsageError
from app.cli.context import Context, ProblemsFound
from app.cli.exit_codes import ExitCode
from app.cli.output import Output, prepare_streams
from app.cli.parser import parse
from app.cli.wiring import TrayRequest, Wiring
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.log_setup import replace_missing_streams, set_up_logging
from app.storage.paths import Paths, default_paths

log = logging.getLogger("relaytray.cli")

Command = Callable[[Context], int]
# These hold links of their own: what happens to them is worth a log file.
_LOGGED = ("connect", "proxy")


def run(argv: Sequence[str], wiring: Wiring) -> int:
    """The exit code (``exit_codes.ExitCode``). Main thread."""
    replace_missing_streams()
    prepare_streams()
    try:
        arguments = parse(argv)
    except UsageError as e:
        return Output(as_json="--json" in argv).bad_input(str(e))
    except SystemExit as e:  # argparse has shown its help or the version
        return int(e.code or 0)
    out = Output(as_json=arguments.json)
    try:
        paths = Paths.at(arguments.data_dir) if arguments.data_dir is not None else default_paths()
    except RelayTrayError as e:
        return out.fault(e.fault)
    context = Context(arguments, paths, wiring, out)
    command = _COMMANDS.get(f"{arguments.command} {arguments.action}") or _COMMANDS[arguments.command]
    if command is _tray or getattr(arguments, "tray", False):
        return _guarded(command, context)  # the tray program sets up a log of its own
    folder = _log_folder(context)
    logs = set_up_logging(folder, level="debug" if arguments.verbose else "info", to_stderr=arguments.verbose)
    try:
        return _guarded(command, context)
    finally:
        logs.close()


def _guarded(command: Command, context: Context) -> int:
    try:
        return command(context)
    except RelayTrayError as e:
        return context.out.fault(e.fault)
    except ProblemsFound as e:
        return context.out.problems(e.problems)
    except KeyboardInterrupt:
        return context.out.fault(Fault.of(FaultCode.CANCELLED, what="by Ctrl-C"))
    except BrokenPipeError:  # whoever read our output went away
        return ExitCode.INTERNAL
    except Exception as e:  # the last resort: a sentence instead of a traceback, which is in the log
        log.exception("The command %s failed.", context.arguments.command)
        return context.out.fault(Fault.of(FaultCode.INTERNAL, reason=f"{type(e).__name__}: {e}"))


def _log_folder(context: Context) -> Path | None:
    return context.paths.log_folder if context.arguments.command in _LOGGED else None


def _tray(context: Context) -> int:
    if context.wiring.start_tray is None:
        raise error(FaultCode.PROGRAM_MISSING, program="PySide6, which the tray icon needs,")
    arguments = context.arguments
    request = TrayRequest(paths=context.paths, verbose=arguments.verbose, minimised=arguments.minimised)
    return context.wiring.start_tray(request)


def _key(context: Context) -> int:
    # late: they load the cryptography, which "proxy" does without
    from app.cli import key_care, key_commands, key_profile

    deeds: dict[str, Command] = {
        "show": key_commands.show,
        "convert": key_commands.convert,
        "new": key_profile.new,
        "use": key_profile.use,
        "fix": key_care.fix,
        "add": key_care.add,
        "list": key_care.list_keys,
    }
    return deeds[context.arguments.action](context)


def _link(context: Context) -> int:
    from app.cli.link_commands import link  # late: it loads the QR codes, which "proxy" does without

    return link(context)


def _relay_setup(context: Context) -> int:
    from app.cli.setup_commands import set_up  # late: it loads the SSH client

    return set_up(context)


def _cloud(context: Context) -> int:
    from app.cli import cloud_commands  # late: for the same reason

    deeds: dict[str, Command] = {
        "offers": cloud_commands.offers,
        "create": cloud_commands.create,
        "destroy": cloud_commands.destroy,
        "billing": cloud_commands.billing,
    }
    return deeds[context.arguments.action](context)


def _relay_remove(context: Context) -> int:
    from app.cli.setup_commands import remove  # late: for the same reason

    return remove(context)


def _server_line(context: Context) -> int:
    from app.cli.line_commands import line  # late: for the same reason

    return line(context)


def _server_v2ray(context: Context) -> int:
    from app.cli.route_commands import v2ray  # late: for the same reason

    return v2ray(context)


def _server_wait(context: Context) -> int:
    from app.cli.line_commands import wait  # late: for the same reason

    return wait(context)


def _server_remove(context: Context) -> int:
    from app.cli.line_commands import remove  # late: for the same reason

    return remove(context)


def _use(context: Context) -> int:
    from app.cli.use_commands import use  # late: for the same reason

    return use(context)


def _open(context: Context) -> int:
    from app.cli.open_commands import open_folder  # late: no ssh has to wait for what knows editors

    return open_folder(context)


def _doctor(context: Context) -> int:
    from app.cli.doctor_commands import doctor_or_vscode  # late: for the same reason

    return doctor_or_vscode(context)


def _pac(context: Context) -> int:
    from app.cli.steering_commands import pac  # late: for the same reason

    return pac(context)


def _system_proxy(context: Context) -> int:
    from app.cli.steering_commands import system_proxy  # late: for the same reason

    return system_proxy(context)


def _shadowsocks(context: Context) -> int:
    from app.cli.shadowsocks_commands import shadowsocks  # late: for the same reason

    return shadowsocks(context)


def _steer(context: Context) -> int:
    from app.cli.steering_commands import steer  # late: for the same reason

    return steer(context)


def _winscp(context: Context) -> int:
    from app.cli.winscp_commands import winscp  # late: for the same reason

    return winscp(context)


def _putty(context: Context) -> int:
    from app.cli.winscp_commands import putty  # late: for the same reason

    return putty(context)


_COMMANDS: Mapping[str, Command] = {
    "relay": profile_commands.relay,
    "relay setup": _relay_setup,
    **dict.fromkeys(("relay offers", "relay create", "relay destroy", "relay billing"), _cloud),
    "relay remove": _relay_remove,
    "server": profile_commands.server,
    "server line": _server_line,
    "server wait": _server_wait,
    "server v2ray": _server_v2ray,
    "server remove": _server_remove,
    "import ssh-config": transfer_commands.import_ssh_config,
    "profiles export": transfer_commands.export_file,
    "profiles import": transfer_commands.import_file,
    "connect": connect_command.connect,
    "disconnect": status_commands.disconnect,
    "status": status_commands.status,
    "quit": status_commands.quit_program,
    "proxy": proxy_alone.proxy,
    "ssh-config": export_commands.ssh_config,
    "proxy-environment": export_commands.environment,
    "secret": secret_commands.secret,
    "key": _key,
    "link": _link,
    "demo": demo_command.demo,
    "use": _use,
    "open": _open,
    "winscp": _winscp,
    "putty": _putty,
    "doctor": _doctor,
    "pac": _pac,
    "system-proxy": _system_proxy,
    "shadowsocks": _shadowsocks,
    "shadowsocks connect": connect_command.connect,
    "shadowsocks steer": _steer,
    "self-test": self_test.self_test,
    "tray": _tray,
}
