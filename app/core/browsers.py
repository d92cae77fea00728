"""A web browser of this computer, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Browser:
    key: str  # "chrome", "edge", "chromium", "firefox"
    name: str  # as its maker writes it
    program: str  # absolute path

    @property
    def is_firefox(self) -> bool:
        """Its proxy is a setting of its profile; the others take it on the command line."""
        return self.key == "firefox"
