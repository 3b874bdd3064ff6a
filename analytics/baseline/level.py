"""How the usual deviation depends on how much is expected: an idle line is quieter than a producing one."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.residuals import HOUR_SHRINK

#: levels of what is expected, cut at these quantiles; a share of idle time at least this large is a level
QUANTILES = (0.2, 0.4, 0.6, 0.8)
#: standardised residuals count up to this many
CAP = 6.0
LEAST = 0.1
#: weight of the newest value in the moving average that `farthest_shift` follows: the fast detector's own
WEIGHT = 0.05
#: touching pairs of intervals below which a correlation is not worth telling
MIN_PAIRS = 96


def level_factors(residual: Floats, sigma: Floats, expected: Floats) -> dict[str, Any]:
    """Return the levels of expected use, and by how much the deviation at each differs from its hour's.

    The factor of a level is the root mean square of its standardised residuals, drawn towards 1 as if
    HOUR_SHRINK more had been seen.

    Args:
        residual: (n,) out of sample [unit per interval].
        sigma: (n,) the deviation usual at each interval's hour, > 0.
        expected: (n,) by the frozen fit.

    Returns:
        edges: rising upper ends of all levels but the last; factors: one more than edges, > 0.
    """
    margin = 1e-9 * float(np.abs(expected).max(initial=0.0))
    edges = np.unique(np.quantile(expected, QUANTILES)) + margin
    level = np.searchsorted(edges, expected)
    square = np.clip(residual / sigma, -CAP, CAP) ** 2
    total = np.bincount(level, square, edges.size + 1) + HOUR_SHRINK
    factors = np.sqrt(total / (np.bincount(level, minlength=edges.size + 1) + HOUR_SHRINK))
    return {"edges": edges.tolist(), "factors": np.maximum(factors, LEAST).tolist()}


def at_level(sigma: Floats, expected: Floats, levels: dict[str, Any] | None) -> Floats:
    """Return the usual deviation at what is expected; unchanged where no levels were learned."""
    if levels is None:
        return sigma
    edges = np.array(levels["edges"], dtype=np.float64)
    factors = np.array(levels["factors"], dtype=np.float64)
    known = np.where(np.isfinite(expected), expected, np.inf)
    scaled: Floats = sigma * factors[np.searchsorted(edges, known)]
    return scaled


def lag_correlation(z: Floats, start_us: Ints, interval_s: int) -> float | None:
    """Return how much of one interval's standardised residual carries over to the next, 0 .. 0.95.

    Args:
        z: (n,) standardised residuals, NaN = not known; values count up to 3.
        start_us: (n,) starts, rising [us].
        interval_s: length of an interval [s].
    """
    cut = np.clip(z, -3.0, 3.0)
    touch = (np.diff(start_us) == interval_s * 1_000_000) & np.isfinite(cut[1:]) & np.isfinite(cut[:-1])
    before, after = cut[:-1][touch], cut[1:][touch]
    if before.size < MIN_PAIRS:
        return None
    square = float(before @ before)
    return min(0.95, max(0.0, float(before @ after) / square)) if square > 0.0 else None


def farthest_shift(z: Floats, rho: float) -> float:
    """Return how far an EWMA of the whitened residuals strayed, in its own standard deviations.

    What the fast detector would have seen of a period that nobody complained about: its limit for this
    stream follows from it (analytics.drift).

    Args:
        z: (n,) standardised residuals out of sample in order of time, NaN = not known.
        rho: their lag-1 correlation.
    """
    cut = np.clip(z, -CAP, CAP)
    white = (cut[1:] - rho * cut[:-1]) / np.sqrt(1.0 - rho * rho)
    white = white[np.isfinite(white)]
    white = white / max(1.0, float(np.sqrt((white**2).mean()))) if white.size else white
    average, highest, lowest = 0.0, 0.0, 0.0
    for value in np.clip(white, -4.0, 4.0).tolist():
        average += WEIGHT * (value - average)
        if average > highest:
            highest = average
        elif average < lowest:
            lowest = average
    return max(highest, -lowest) / float(np.sqrt(WEIGHT / (2.0 - WEIGHT)))


def farthest_jump(z: Floats, rho: float) -> float:
    """Return how high a decision CUSUM of the whitened residuals rose, upwards or downwards.

    What the detector of jumps would have seen of the same period (analytics.drift).

    Args:
        z: (n,) standardised residuals out of sample in order of time, NaN = not known.
        rho: their lag-1 correlation.
    """
    white = (z[1:] - rho * z[:-1]) / np.sqrt(1.0 - rho * rho)
    white = white[np.isfinite(white)]
    spread = max(1.0, float(np.sqrt((np.clip(white, -CAP, CAP) ** 2).mean()))) if white.size else 1.0
    steps = np.clip(white / spread, -8.0, 8.0)
    return max(_highest(steps), _highest(-steps))


def _highest(steps: Floats) -> float:
    """Return how high a one-sided decision CUSUM rises that takes 3 off each step."""
    total = np.cumsum(np.append(0.0, steps - 3.0))
    return float((total - np.minimum.accumulate(total)).max())
