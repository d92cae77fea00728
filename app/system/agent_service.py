"""The Windows service "OpenSSH Authentication Agent". It is installed with Windows and switched off there,
which ``ssh-agent`` tells as "error 1058"; where it is only stopped, everybody may start it.
"""

from __future__ import annotations

import sys

SERVICE = "ssh-agent"


class ServiceDisabled(Exception):  # noqa: N818 - it is a setting of the computer
    """Only an administrator can change that."""


def start_agent_service(name: str = SERVICE) -> bool:
    """Whether it runs now; False also where there is none (other systems). Waits some seconds at most.

    Raises ServiceDisabled.
    """
    if sys.platform == "win32":
        from app.system.windows_services import ERROR_SERVICE_DISABLED, start_service

        try:
            start_service(name)
        except OSError as e:
            if e.winerror == ERROR_SERVICE_DISABLED:
                raise ServiceDisabled from e
            return False
        return True
    else:
        return False
