"""The limits of the daily channels: from a stream's own residuals to a stated rate of false hotspots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.drift.limits import (
    BOOTSTRAP_BLOCK,
    BOOTSTRAP_DAYS,
    BOOTSTRAP_RUNS,
    CLIP_DOWN,
    CLIPS,
    DAY_MIN,
    DAY_RECENTRE,
    DEFAULT_LIMIT,
    LEAST_LIMIT,
    LIMITS,
    MIN_DAYS_TO_LEARN,
)

Floats = npt.NDArray[np.float64]


def clip_of(channel: str, side: int) -> float:
    """Return how far one day of a channel counts at most in a direction, +1 or -1 [standard deviations]."""
    return CLIP_DOWN if side < 0 else CLIPS.get(channel.split(" ", maxsplit=1)[0], CLIPS["total"])


@dataclass(frozen=True, slots=True)
class Side:
    """One daily channel in one direction: what its CUSUM will be fed, and how often it may alarm."""

    z: Floats  # (n,) standardised days out of sample, in order, upwards to be found; NaN = not known
    k: float  # the CUSUM's reference value [standard deviations]
    clip: float  # how far one day counts at most [standard deviations]
    rate: float  # alarms a year that it may spend


def limits_for(sides: Sequence[Side], seed: int = 1) -> list[float]:
    """Return the CUSUM limit that each side passes `rate` times a year while nothing changes.

    The days are drawn again in blocks of four weeks, so that what strays for weeks is drawn with its
    straying (moving block bootstrap); the CUSUM that will judge the stream runs over many such years.

    Args:
        sides: channels and directions; none has a say in another's limit.
        seed: of the drawing; the same days give the same limit.

    Returns:
        the limits [standard deviations], DEFAULT_LIMIT where too few days are known.

    Source: H. R. Kuensch (1989), The jackknife and the bootstrap for general stationary observations,
    Annals of Statistics 17(3), 1217-1241.

    >>> noise = np.random.default_rng(3).standard_normal(365)
    >>> strict, loose = limits_for([Side(noise, 0.5, 3.0, 0.1), Side(noise, 0.5, 3.0, 2.0)])
    >>> LEAST_LIMIT <= loose < strict < DEFAULT_LIMIT
    True
    """
    known = [side.z[np.isfinite(side.z)] for side in sides]
    learned = [number for number, days in enumerate(known) if days.size >= MIN_DAYS_TO_LEARN]
    limits = [DEFAULT_LIMIT] * len(sides)
    if not learned:
        return limits
    drawn = np.stack([_drawn(known[number], seed) for number in learned], axis=1)
    ks = np.array([[sides[number].k] for number in learned])
    clips = np.array([[sides[number].clip] for number in learned])
    for number, rates in zip(learned, _rates(drawn, ks, clips), strict=True):
        limits[number] = _limit_at(sides[number].rate, rates)
    return limits


def _limit_at(rate: float, rates: Floats) -> float:
    """Return the limit that is passed `rate` times a year, between those of LIMITS.

    Args:
        rate: alarms a year.
        rates: (limits,) alarms a year at each of LIMITS.
    """
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


def _drawn(known: Floats, seed: int) -> Floats:
    """Return (days, runs) of drawn years."""
    rng = np.random.default_rng(seed)
    blocks = -(-BOOTSTRAP_DAYS // BOOTSTRAP_BLOCK)
    begin = rng.integers(0, known.size, (BOOTSTRAP_RUNS, blocks))
    place = (begin[:, :, None] + np.arange(BOOTSTRAP_BLOCK)) % known.size
    return np.ascontiguousarray(known[place.reshape(BOOTSTRAP_RUNS, -1)[:, :BOOTSTRAP_DAYS]].T)


def _rates(days: Floats, ks: Floats, clips: Floats) -> Floats:
    """Return the alarms a year at each of LIMITS, (sides, limits): `cusum.CUSUM` over all runs at once.

    Args:
        days: (days, sides, runs) drawn years.
        ks: (sides, 1) reference values.
        clips: (sides, 1) how far one day counts at most.
    """
    _, sides, runs = days.shape
    steps = _centred(days, clips)[DAY_MIN:] - ks
    sums, limits = np.zeros((LIMITS.size, sides, runs)), LIMITS[:, None, None]
    over = np.empty(sums.shape, dtype=np.bool_)
    alarms = np.zeros(sums.shape, dtype=np.int16)  # one a day at most
    for step in steps:
        sums += step
        np.maximum(sums, 0.0, out=sums)
        np.greater(sums, limits, out=over)
        alarms += over
        sums[over] = 0.0
    per_year: Floats = alarms.sum(axis=-1).T / runs / (BOOTSTRAP_DAYS - DAY_MIN) * 365.0
    return per_year


def _centred(days: Floats, clips: Floats) -> Floats:
    """Return each day less the mean that was known before it, cut; (days, sides, runs)."""
    mean, centred = np.zeros(days.shape[1:]), np.empty(days.shape)
    for number, (x, cut) in enumerate(zip(days, centred, strict=True), 1):
        np.clip(x - mean, -clips, clips, out=cut)
        mean += cut / min(number, DAY_RECENTRE)
    return centred
