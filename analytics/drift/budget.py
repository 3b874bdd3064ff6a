"""The limits of the daily channels: from a stream's own residuals to a stated rate of false hotspots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analytics.drift.limits import (
    BOOTSTRAP_BLOCK,
    BOOTSTRAP_DAYS,
    BOOTSTRAP_RUNS,
    CLIPS,
    DAY_MIN,
    DAY_RECENTRE,
    DEFAULT_LIMIT,
    LEAST_LIMIT,
    LIMITS,
    MIN_DAYS_TO_LEARN,
)

Floats = npt.NDArray[np.float64]


def clip_of(channel: str) -> float:
    """Return how far one day of a channel counts at most [standard deviations]."""
    return CLIPS.get(channel.split(" ", maxsplit=1)[0], CLIPS["total"])


def limit_for(z: Floats, k: float, clip: float, rate: float, seed: int = 1) -> float:
    """Return the CUSUM limit that a channel passes `rate` times a year while nothing changes.

    The days are drawn again in blocks of four weeks, so that what strays for weeks is drawn with its
    straying (moving block bootstrap); the CUSUM that will judge the stream runs over many such years.

    Args:
        z: (n,) the channel's standardised days out of sample, in order; NaN = not known.
        k: the CUSUM's reference value [standard deviations].
        clip: how far one day counts at most [standard deviations].
        rate: alarms a year.
        seed: of the drawing; the same days give the same limit.

    Returns:
        the limit [standard deviations], DEFAULT_LIMIT where too few days are known.

    Source: H. R. Kuensch (1989), The jackknife and the bootstrap for general stationary observations,
    Annals of Statistics 17(3), 1217-1241.

    >>> noise = np.random.default_rng(3).standard_normal(365)
    >>> strict, loose = limit_for(noise, 0.5, 3.0, 0.1), limit_for(noise, 0.5, 3.0, 2.0)
    >>> LEAST_LIMIT <= loose < strict < DEFAULT_LIMIT
    True
    """
    known = z[np.isfinite(z)]
    if known.size < MIN_DAYS_TO_LEARN:
        return DEFAULT_LIMIT
    rates = _rates(_drawn(known, seed), k, clip)
    usable = np.flatnonzero(rates <= rate)
    if usable.size == 0:
        return float(LIMITS[-1])
    first = int(usable[0])
    if first == 0:
        return float(LIMITS[0])
    above, below = rates[first - 1], rates[first]
    share = (np.log(above + 0.01) - np.log(rate + 0.01)) / (np.log(above + 0.01) - np.log(below + 0.01))
    span = np.log(LIMITS[first] / LIMITS[first - 1])
    return float(max(LEAST_LIMIT, LIMITS[first - 1] * np.exp(min(1.0, share) * span)))


def limits_of(
    series: Mapping[str, Floats], ks: Mapping[str, float], rates: Mapping[str, float], side: int
) -> dict[str, float]:
    """Return each channel's limit in one direction.

    Args:
        series: per channel the (n,) standardised days.
        ks: per channel the reference value.
        rates: per channel the alarms a year that it may spend.
        side: +1 up, -1 down.
    """
    return {name: limit_for(side * z, ks[name], clip_of(name), rates[name]) for name, z in series.items()}


def _drawn(known: Floats, seed: int) -> Floats:
    """Return (days, runs) of drawn years."""
    rng = np.random.default_rng(seed)
    blocks = -(-BOOTSTRAP_DAYS // BOOTSTRAP_BLOCK)
    begin = rng.integers(0, known.size, (BOOTSTRAP_RUNS, blocks))
    place = (begin[:, :, None] + np.arange(BOOTSTRAP_BLOCK)) % known.size
    return np.ascontiguousarray(known[place.reshape(BOOTSTRAP_RUNS, -1)[:, :BOOTSTRAP_DAYS]].T)


def _rates(days: Floats, k: float, clip: float) -> Floats:
    """Return the alarms a year at each of LIMITS: the CUSUM of `cusum.CUSUM`, over all runs at once."""
    runs = days.shape[1]
    mean, sums, count = np.zeros(runs), np.zeros((LIMITS.size, runs)), np.zeros(LIMITS.size)
    for number, x in enumerate(days, 1):
        centred = np.clip(x - mean, -clip, clip)
        mean += centred / min(number, DAY_RECENTRE)
        if number <= DAY_MIN:
            continue
        sums += centred - k
        np.maximum(sums, 0.0, out=sums)
        over = sums > LIMITS[:, None]
        if over.any():
            count += over.sum(axis=1)
            sums[over] = 0.0
    per_year: Floats = count / runs / (BOOTSTRAP_DAYS - DAY_MIN) * 365.0
    return per_year
