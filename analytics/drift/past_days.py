"""What every local day of a period says: `channels.day_values` of all days at once, for a stream's scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.drift.channels import IDLE, SHIFT, TOTAL
from analytics.drift.limits import MIN_CONTRAST_HOURS, MIN_DAY_HOURS, MIN_IDLE_HOURS, REST_SHARE
from analytics.robust import Floats, Ints, group_median

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hours:
    """The usable clock hours of a period, (n,) each; see `channels.Part`."""

    day: Ints  # 0, 1, ...: which local day
    excess: Floats
    expected: Floats
    sigma: Floats
    idle: Bools
    off: Bools
    shift: Ints  # place in `shifts`; -1 = none
    hours: Floats
    shifts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastDays:
    """The days of a period, (m,) each: `channels.DayValues` in columns."""

    rest: Bools
    values: dict[str, Floats]  # per channel; NaN where too little of the day is known

    def standardised(self, channel: str, scale: tuple[float, float]) -> Floats:
        """Return a channel's values in its deviations, on a working day and on a day of rest."""
        return self.values[channel] / np.where(self.rest, scale[1], scale[0])


def past_days(hours: Hours) -> PastDays:
    """Return what the days say; a channel that no day knows is absent."""
    size = int(hours.day[-1]) + 1 if hours.day.size else 0
    known = _sums(hours.day, hours.hours, size)
    rest = _sums(hours.day, hours.hours * hours.off, size) > REST_SHARE * known
    values = {
        TOTAL: np.where(known >= MIN_DAY_HOURS, _slopes(hours, size), np.nan),
        IDLE: _idle_medians(hours, size),
        **{SHIFT + name: _contrasts(hours, place, size) for place, name in enumerate(hours.shifts)},
    }
    return PastDays(rest, {name: of_days for name, of_days in values.items() if np.isfinite(of_days).any()})


def _slopes(hours: Hours, size: int) -> Floats:
    """Return the share of the expected that explains each day's excess; NaN where nothing is expected."""
    below = _sums(hours.day, (hours.expected / hours.sigma) ** 2, size)
    above = _sums(hours.day, hours.excess * hours.expected / hours.sigma**2, size)
    return _over(above, below, below > 1e-12 * np.bincount(hours.day, minlength=size))


def _idle_medians(hours: Hours, size: int) -> Floats:
    """Return the median excess of each day's idle hours; NaN where they are too few."""
    day, excess = hours.day[hours.idle], hours.excess[hours.idle]
    enough = np.bincount(day, minlength=size) >= MIN_IDLE_HOURS
    return np.where(enough, group_median(excess, day, size), np.nan)


def _contrasts(hours: Hours, place: int, size: int) -> Floats:
    """Return one shift's share of what it is expected to use, less that of the others, per day."""
    pair = []
    for rows in (hours.shift == place, (hours.shift >= 0) & (hours.shift != place)):
        day = hours.day[rows]
        expected = _sums(day, hours.expected[rows], size)
        enough = (np.bincount(day, minlength=size) >= MIN_CONTRAST_HOURS) & (expected > 0.0)
        pair.append(_over(_sums(day, hours.excess[rows], size), expected, enough))
    return pair[0] - pair[1]


def _over(above: Floats, below: Floats, known: Bools) -> Floats:
    """Return the quotients where they are known, NaN elsewhere."""
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=known)
    return quotient


def _sums(day: Ints, values: Floats, size: int) -> Floats:
    """Return each day's sum, (size,)."""
    return np.bincount(day, values, size).astype(np.float64)
