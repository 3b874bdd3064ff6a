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
    rho = correlation(state)
    if state.last is None:
        value = z * math.sqrt(independent_values(1.0, rho))
    else:
        value = (z - rho * state.last) / math.sqrt(1.0 - rho * rho)
        if value * z < 0.0:
            value = 0.0
    return value / math.sqrt(variance(state))


def learn(state: Whitening, z: float, value: float, steps_per_day: float) -> None:
    """Let the correlation and the scale follow, slowly and with wild values cut, after the score."""
    state.seen += 1
    memory = bounded(state.seen + RHO_PRIOR_DAYS * steps_per_day, 0.0, RHO_MEMORY_DAYS * steps_per_day)
    cut = bounded(z, -3.0, 3.0)
    if state.last is not None:
        before = bounded(state.last, -3.0, 3.0)
        state.lag += (cut * before - state.lag) / memory
        state.square += (cut * cut - state.square) / memory
    raw = bounded(value * value * variance(state), 0.0, 9.0)
    state.scale += (raw - state.scale) / memory


def variance(state: Whitening) -> float:
    """Return the mean square of the whitened values so far, 1 at least."""
    if state.scale > 1.0:
        return state.scale
    return 1.0


def correlation(state: Whitening) -> float:
    """Return the lag-1 correlation, kept within 0 .. 0.95."""
    return bounded(state.lag / state.square, 0.0, 0.95) if state.square > 0.0 else 0.0
