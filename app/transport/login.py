"""Proving who we are to a relay or a server."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import paramiko

from app.core.profiles import Authentication
from app.transport.asking import Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPlan:
    profile_name: str
    is_server: bool
    user: str
    host: str  # as it is told in faults and questions
    authentication: Authentication
    identity: str = ""
    certificate: str = ""


def log_in(
    transport: paramiko.Transport,
    plan: LoginPlan,
    ask: Asker,
    secrets: Any,
    cancelled: threading.Event,
) -> None:
    raise NotImplementedError
