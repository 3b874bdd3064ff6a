"""A meter whose value does not move."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.drift.interval import Interval
from analytics.drift.limits import STUCK_HOURS
from analytics.drift.memory import Run


def follow(run: Run, rows: Iterable[Interval], interval_s: int) -> tuple[Run, int]:
    """Return the run of identical values after the intervals before the meter is stuck, and their number.

    Zeros are no run: a process may stand still, and where it should not, the excess says so.
    """
    hours, n = interval_s / 3600.0, 0
    for row in rows:
        now = _longer(run, row, hours)
        if _is_stuck(now):
            break
        run, n = now, n + 1
    return run, n


def stand(run: Run, row: Interval, interval_s: int) -> Run:
    """Return the run after an interval at which the meter is stuck."""
    return _longer(run, row, interval_s / 3600.0)


def _longer(run: Run, row: Interval, hours: float) -> Run:
    """Return the run with another interval in it, or a new one that begins with it."""
    if row.actual != run.value or run.hours == 0.0:
        return Run(row.actual, row.start_us, hours, row.excess, row.expected)
    return Run(
        run.value,
        run.start_us,
        run.hours + hours,
        run.excess + row.excess,
        run.expected + row.expected,
        run.detected_us,
    )


def _is_stuck(run: Run) -> bool:
    """Return whether the run is long enough to say that the meter is stuck."""
    return run.detected_us > 0 or (run.value != 0.0 and run.hours >= STUCK_HOURS - 1e-9)
