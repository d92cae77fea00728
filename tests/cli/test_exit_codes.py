"""Every fault has an exit code, by its cause."""

from __future__ import annotations

import pytest

from app.cli.exit_codes import MEANINGS, ExitCode, epilog, exit_code
from app.core.faults import Fault, FaultCode, Hop

BY_HOP = {
    Hop.INPUT: ExitCode.BAD_INPUT,
    Hop.RELAY: ExitCode.RELAY,
    Hop.HOST_KEY: ExitCode.HOST_KEY,
    Hop.LOGIN: ExitCode.LOGIN,
    Hop.TUNNEL: ExitCode.TUNNEL,
    Hop.SERVER: ExitCode.SERVER,
    Hop.CANCELLED: ExitCode.CANCELLED,
}
LOCAL = {
    FaultCode.CLOUD_PACKAGE_MISSING: ExitCode.INTERNAL,
    FaultCode.CLOUD_CLOCK_WRONG: ExitCode.INTERNAL,
    FaultCode.PORT_BUSY: ExitCode.LOCAL_PORT,
    FaultCode.PORT_RESERVED: ExitCode.LOCAL_PORT,
    FaultCode.PORT_FORBIDDEN: ExitCode.LOCAL_PORT,
    FaultCode.LISTEN_FAILED: ExitCode.LOCAL_PORT,
    FaultCode.KEYRING_MISSING: ExitCode.KEYRING,
    FaultCode.KEYRING_LOCKED: ExitCode.KEYRING,
    FaultCode.KEYRING_TIMEOUT: ExitCode.KEYRING,
    FaultCode.KEYRING_BROKEN: ExitCode.KEYRING,
    FaultCode.APP_NOT_RUNNING: ExitCode.INTERNAL,
    FaultCode.FILE_UNWRITABLE: ExitCode.INTERNAL,
    FaultCode.PROGRAM_MISSING: ExitCode.INTERNAL,
    FaultCode.PROGRAM_FAILED: ExitCode.INTERNAL,
    FaultCode.PROGRAM_RUNNING: ExitCode.INTERNAL,
    FaultCode.NOT_ON_THIS_SYSTEM: ExitCode.INTERNAL,
    FaultCode.NO_DISPLAY: ExitCode.INTERNAL,
    FaultCode.PROXY_TAKEN: ExitCode.INTERNAL,
    FaultCode.PROXY_GIVEN_BACK: ExitCode.INTERNAL,
    FaultCode.PROXY_CHANGED: ExitCode.INTERNAL,
    FaultCode.PROXY_NOT_SET: ExitCode.INTERNAL,
    FaultCode.PROXY_NOT_RESTORED: ExitCode.INTERNAL,
    FaultCode.PROXY_UNSUPPORTED: ExitCode.INTERNAL,
    FaultCode.SETUP_RUNNING: ExitCode.INTERNAL,
    FaultCode.CORE_MISSING: ExitCode.INTERNAL,
    FaultCode.CORE_TOO_OLD: ExitCode.INTERNAL,
    FaultCode.CORE_REFUSED_CONFIG: ExitCode.INTERNAL,
    FaultCode.CORE_DIED: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_MISSING: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_PROGRAM_WRONG: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_METHOD_UNKNOWN: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_PLUGIN_MISSING: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_PLUGIN_OPTION: ExitCode.INTERNAL,
    FaultCode.SHADOWSOCKS_REFUSED_CONFIG: ExitCode.INTERNAL,
    FaultCode.INTERNAL: ExitCode.INTERNAL,
}


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_fault_ends_with_the_code_of_its_cause(code: FaultCode) -> None:
    fault = Fault(code)
    wanted = LOCAL[code] if fault.hop is Hop.LOCAL else BY_HOP[fault.hop]
    assert exit_code(fault) is wanted
    assert exit_code(fault) != ExitCode.OK


def test_every_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)
    for code in ExitCode:
        assert f"  {int(code)}  {MEANINGS[code]}" in epilog()
