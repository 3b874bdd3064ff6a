"""The standardised excess without its memory: what the fast detectors are fed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analytics.autocorrelation import independent_values
from analytics.drift.bounds import bounded
from analytics.drift.limits import RHO_MEMORY_DAYS, RHO_PRIOR_DAYS
from analytics.drift.memory import Whitening


def whitened(state: Whitening, zs: Sequence[float], steps_per_day: float, *, learns: bool) -> list[float]:
    """Return the whitened values of standardised excesses: mean 0 and deviation 1 while nothing changes.

    An AR(1) process' innovation (z - rho z_last) / sqrt(1 - rho^2), over the deviation seen so far where
    that is above 1. After a gap, or on the way back from a spike (innovation and value disagree in
    sign), the value itself counts with the weight it has in the long run.

    Args:
        state: takes the values in; correlation and scale follow slowly, after each score, wild values cut.
        zs: in order.
        steps_per_day: intervals.
        learns: whether correlation and scale follow.

    Source: D. C. Montgomery, Introduction to Statistical Quality Control, 10.4 (autocorrelated data).
    """
    prior, longest = RHO_PRIOR_DAYS * steps_per_day, RHO_MEMORY_DAYS * steps_per_day
    last, lag, square, scale, seen = state.last, state.lag, state.square, state.scale, state.seen
    found = []
    for z in zs:
        rho = _correlation(lag, square)
        if last is None:
            value = z * math.sqrt(independent_values(1.0, rho))
        else:
            value = (z - rho * last) / math.sqrt(1.0 - rho * rho)
            if value * z < 0.0:
                value = 0.0
        if scale > 1.0:
            value /= math.sqrt(scale)
        found.append(value)
        if learns:
            seen += 1
            memory = min(seen + prior, longest)
            if last is not None:
                cut = bounded(z, -3.0, 3.0)
                lag += (cut * bounded(last, -3.0, 3.0) - lag) / memory
                square += (cut * cut - square) / memory
            raw = value * value * scale if scale > 1.0 else value * value
            scale += (min(raw, 9.0) - scale) / memory
        last = z
    state.last, state.lag, state.square, state.scale, state.seen = last, lag, square, scale, seen
    return found


def correlation(state: Whitening) -> float:
    """Return the lag-1 correlation, kept within 0 .. 0.95."""
    return _correlation(state.lag, state.square)


def correlation_of_hours(state: Whitening, interval_s: int) -> float:
    """Return the correlation of one hour with the next, from that of intervals of so many seconds."""
    return float(correlation(state) ** (3600.0 / interval_s))


def _correlation(lag: float, square: float) -> float:
    return bounded(lag / square, 0.0, 0.95) if square > 0.0 else 0.0
