"""The instant within a changed day or two from which the excess was another."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl


def turning_point(frame: pl.DataFrame, before: float, after: float) -> datetime | None:
    """Return the start of the interval from which on the excess lies nearer to `after` than to `before`.

    The kink of the running sum of the excess less the mean of both: of all instants the one that leaves the
    least squares about the two levels. It knows the levels; what it finds is an estimate, as sure as the
    change is large beside the scatter of an interval.

    Args:
        frame: start: Datetime[us, UTC], sorted; excess [unit per interval], null = unknown. The days around
            the change.
        before: level before the change [unit per interval].
        after: level after it.

    Returns:
        None where nothing is known.
    """
    known = frame.filter(pl.col("excess").is_not_null())
    if known.is_empty():
        return None
    leaning = (known["excess"].to_numpy() - (before + after) / 2.0) * np.sign(after - before)
    sums = np.append(0.0, np.cumsum(leaning))
    place = min(int(np.argmin(sums)), known.height - 1)
    found = known["start"][place]
    assert isinstance(found, datetime)
    return found
