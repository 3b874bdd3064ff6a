"""The wall clock."""

from __future__ import annotations

from datetime import UTC, datetime


class WallClock:
    """Tells the machine's time."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        return datetime.now(UTC)
