"""Who of the watched sockets is ready: what a loop asks each time it waits.

Linux' epoll is asked directly: ``selectors`` makes several objects for each socket that is ready and a dozen
calls for each that is watched, which a short connection pays seven times. Every other system, and
every other way of asking, goes through ``selectors``.
"""

from __future__ import annotations

import contextlib
import select
import selectors
import socket
import sys
from collections.abc import Callable
from typing import Any, Protocol

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_MAX_EVENTS = 256  # in one answer


class Poller(Protocol):
    """``handler`` is whatever was given for the socket. In one thread, that of its loop."""

    @property
    def is_select(self) -> bool:
        """It takes only so many sockets."""

    def watch(self, sock: socket.socket, mask: int, handler: Any) -> None:
        """Set what is watched for on this socket; 0 ends it."""

    def forget(self, descriptor: int) -> None:
        """The socket of this number was closed while it was watched."""

    def wait(self, timeout_s: float | None) -> list[tuple[Any, int]]:
        """Handlers of the sockets that are ready, and for what; None waits without end."""

    def close(self) -> None: ...


class SelectorPoller:
    """One of the standard library's selectors."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    @property
    def is_select(self) -> bool:
        return isinstance(self._selector, selectors.SelectSelector)

    def watch(self, sock: socket.socket, mask: int, handler: Any) -> None:
        registered = sock.fileno() in self._selector.get_map() if sock.fileno() >= 0 else False
        if registered and mask:
            self._selector.modify(sock, mask, handler)
        elif registered:
            self._selector.unregister(sock)
        elif mask:
            self._selector.register(sock, mask, handler)

    def forget(self, descriptor: int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)

    def wait(self, timeout_s: float | None) -> list[tuple[Any, int]]:
        return [(key.data, mask) for key, mask in self._selector.select(timeout_s)]

    def close(self) -> None:
        self._selector.close()


if sys.platform == "linux":
    _EVENTS = {READ: select.EPOLLIN, WRITE: select.EPOLLOUT, READ | WRITE: select.EPOLLIN | select.EPOLLOUT}
    # Errors and hang-ups are both: whoever reads or writes hears of them.
    _MASKS = [
        (READ if events & ~select.EPOLLOUT else 0) | (WRITE if events & ~select.EPOLLIN else 0)
        for events in range(2 * select.EPOLLHUP)
    ]

    class EpollPoller:
        """Level-triggered, as the selectors are."""

        is_select = False

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._handlers: dict[int, Any] = {}

        def watch(self, sock: socket.socket, mask: int, handler: Any) -> None:
            descriptor = sock.fileno()
            if descriptor in self._handlers:
                if mask:
                    self._epoll.modify(descriptor, _EVENTS[mask])
                    self._handlers[descriptor] = handler
                else:
                    self.forget(descriptor)
            elif mask:
                self._epoll.register(descriptor, _EVENTS[mask])
                self._handlers[descriptor] = handler

        def forget(self, descriptor: int) -> None:
            if self._handlers.pop(descriptor, self) is not self:
                with contextlib.suppress(OSError):  # closed, and so forgotten by the kernel
                    self._epoll.unregister(descriptor)

        def wait(self, timeout_s: float | None) -> list[tuple[Any, int]]:
            handlers = self._handlers
            ready = self._epoll.poll(timeout_s, _MAX_EVENTS)
            # A child that is being started has copies of our sockets until it is the other program, and the
            # kernel does not forget one that we have closed before.
            return [(handlers[number], _MASKS[events]) for number, events in ready if number in handlers]

        def close(self) -> None:
            self._epoll.close()
            self._handlers.clear()


def make_poller(make_selector: Callable[[], selectors.BaseSelector] | None) -> Poller:
    """With this selector; None: the quickest that this system has."""
    if make_selector is None and sys.platform == "linux":
        return EpollPoller()
    return SelectorPoller((make_selector or selectors.DefaultSelector)())
