"""What of the plant, and of time, a page can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class StreamName:
    """A process and a resource as they are called."""

    process: str  # id
    process_name: str
    resource: str  # id
    resource_name: str  # English where it is built in: to be translated
    unit: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be asked for.

    Args:
        zone: of the plant.
        streams: in the order in which they are offered.
        shifts: their names.
        products: process -> ids of what it makes; absent = it is not known.
        now: the plant's clock.
        dearest: the (process, resource) that costs most now; None = none does.
    """

    zone: ZoneInfo
    streams: Sequence[StreamName]
    shifts: Sequence[str]
    products: Mapping[str, Sequence[str]]
    now: Callable[[], datetime]
    dearest: Callable[[], tuple[str, str] | None] = lambda: None
    currency: str = ""  # of the plant

    def named(self, process: str, resource: str) -> StreamName:
        """Return how a stream is called; there has to be one."""
        return next(one for one in self.streams if (one.process, one.resource) == (process, resource))

    def today(self) -> date:
        """Return the plant's local day."""
        return self.now().astimezone(self.zone).date()

    def processes(self) -> dict[str, str]:
        """Return id -> name of every process with a meter."""
        return {one.process: one.process_name for one in self.streams}

    def resources(self) -> dict[str, str]:
        """Return id -> name of every resource with a meter."""
        return {one.resource: one.resource_name for one in self.streams}
