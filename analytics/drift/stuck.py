"""A meter whose value does not move."""

from __future__ import annotations

from analytics.drift.interval import Interval
from analytics.drift.limits import STUCK_HOURS
from analytics.drift.memory import Run


def follow(run: Run, row: Interval, interval_s: int) -> Run:
    """Return the run of identical values after this usable interval: the longer one, or a new one.

    Zeros are no run: a process may stand still, and where it should not, the excess says so.
    """
    hours = interval_s / 3600.0
    if row.actual != run.value or run.hours == 0.0:
        return Run(row.actual, row.start_us, hours, row.excess, row.expected)
    run.hours += hours
    run.excess += row.excess
    run.expected += row.expected
    return run


def is_stuck(run: Run) -> bool:
    """Return whether the run is long enough to say that the meter is stuck."""
    return run.value != 0.0 and run.hours >= STUCK_HOURS - 1e-9
