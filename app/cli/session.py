"""A link manager of our own for as long as a command runs, with everything that belongs to it."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from app.cli.context import Context
from app.cli.control_handler import ProgramHandler
from app.cli.terminal_prompts import TerminalPrompts
from app.cli.wiring import Manager
from app.core.events import Event, Notice
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document
from app.system.control_server import ControlServer
from app.system.instance import InstanceLock
from app.tunnel.quit import Wish

_LOCK_WAIT_S = 3.0  # another command may just be ending
