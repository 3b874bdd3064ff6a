"""The standardised excess without its memory: what the fast detectors are fed."""

from __future__ import annotations

import math

from analytics.autocorrelation import independent_values
from analytics.drift.bounds import bounded
from analytics.drift.limits import RHO_MEMORY_DAYS, RHO_PRIOR_DAYS
from analytics.drift.memory import Whitening


def whiten(state: Whitening, z: float) -> float:
    """Return the whitened value of a standardised excess: mean 0 and deviation 1 while nothing changes.

    An AR(1) process' innovation (z - rho z_last) / sqrt(1 - rho^2), over the deviation seen so far where
    that is above 1. After a gap, or on the way back from a spike (innovation and value disagree in
    sign), the value itself counts with the weight it has in the long run.
    Source: D. C. Montgomery, Introduction to Statistical Quality Control, 10.4 (autocorrelated data).
    """
    rho, last, scale = correlation(state), state.last, state.scale
    if last is None:
        value = z * math.sqrt(independent_values(1.0, rho))
    else:
        value = (z - rho * last) / math.sqrt(1.0 - rho * rho)
        if value * z < 0.0:
            return 0.0
    return value / math.sqrt(scale) if scale > 1.0 else value


def learn(state: Whitening, z: float, value: float, steps_per_day: float) -> None:
    """Let the correlation and the scale follow, slowly and with wild values cut, after the score."""
    state.seen = seen = state.seen + 1
    memory = bounded(seen + RHO_PRIOR_DAYS * steps_per_day, 0.0, RHO_MEMORY_DAYS * steps_per_day)
    last, scale = state.last, state.scale
    if last is not None:
        cut, lag, square = bounded(z, -3.0, 3.0), state.lag, state.square
        state.lag = lag + (cut * bounded(last, -3.0, 3.0) - lag) / memory
        state.square = square + (cut * cut - square) / memory
    raw = value * value * scale if scale > 1.0 else value * value
    state.scale = scale + ((min(9.0, raw)) - scale) / memory


def correlation(state: Whitening) -> float:
    """Return the lag-1 correlation, kept within 0 .. 0.95."""
    square = state.square
    return bounded(state.lag / square, 0.0, 0.95) if square > 0.0 else 0.0
