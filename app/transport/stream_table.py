"""The streams of a link in the places where paramiko looks for its channels."""

from __future__ import annotations

from app.transport.stream import LinkStream


class StreamTable:
    """Paramiko's table of open channels."""

    def __init__(self, streams: dict[int, LinkStream]) -> None:
        self._streams = streams
        self.get = streams.get

    def values(self) -> list[LinkStream]:
        return list(self._streams.values())

    def delete(self, channel: int) -> None:
        self._streams.pop(channel, None)

    def __len__(self) -> int:
        return len(self._streams)


class UsedNumbers:
    """Paramiko's table of channels that there ever were, without a place for each.

    What a hasty server still says of one behind its CLOSE is passed over; a number that none ever had ends
    the link.
    """

    def __init__(self) -> None:
        self._highest = -1

    def use(self, channel: int) -> None:
        self._highest = max(self._highest, channel)

    def __contains__(self, channel: int) -> bool:
        return channel <= self._highest
