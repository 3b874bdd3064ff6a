"""A clock that runs faster than the wall's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """Event time that starts at `start` and runs `speed` simulated seconds per real second.

    `monotonic` is the source of real seconds. The clock starts when it is made.
    """

    start: datetime
    speed: float = 1.0
    monotonic: Callable[[], float] = time.monotonic
    _origin: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.speed <= 0.0:
            raise ValueError("a simulated clock needs an aware start and a speed above 0")
        object.__setattr__(self, "_origin", self.monotonic())

    def now(self) -> datetime:
        """Return the simulated instant: start + speed x real time since the clock was made."""
        elapsed_s = self.monotonic() - self._origin
        return self.start + timedelta(seconds=elapsed_s * self.speed)
