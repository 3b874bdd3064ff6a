"""What a building or a bath still feels of the last days: the mean temperature of the hours before.

It is computed from a variable's known values of the `HOURS` whole hours before an interval's own hour, and
from nothing else: whoever is given these hours gets the same bits, wherever time is cut. Where none of them
is known it is the present temperature, so it is unknown only together with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.sample import Sample

#: hours that are remembered: heavy walls take days, and a longer memory is a season
HOURS = 72
HOUR_US = 3_600_000_000
#: a remembered variable is called by its name and this
SUFFIX = " (3 days before)"


def remembered(start_us: Ints, values: Floats) -> Floats:
    """Return the mean of each interval's HOURS hours before, (n,).

    Args:
        start_us: (n,) starts [us], rising; intervals of an hour at most.
        values: (n,) NaN = unknown.
    """
    if start_us.size == 0:
        return values
    hour = start_us // HOUR_US
    place = hour - hour[0] + HOURS
    size = int(place[-1]) + 1
    known = np.isfinite(values)
    seen = np.bincount(place[known], minlength=size)
    sums = np.bincount(place[known], values[known], size)
    means = np.where(seen > 0, sums / np.maximum(seen, 1), 0.0)
    total, hours = np.zeros(size - HOURS), np.zeros(size - HOURS)
    for back in range(1, HOURS + 1):  # one by one: no sum may depend on where the window begins
        total = total + means[HOURS - back : size - back]
        hours = hours + (seen[HOURS - back : size - back] > 0)
    own = place - HOURS
    mean = total[own] / np.maximum(hours[own], 1.0)
    return np.where(known, np.where(hours[own] > 0, mean, values), np.nan)


def with_memory(sample: Sample) -> Sample:
    """Return the sample with what is remembered of each temperature as a variable beside it."""
    past = {
        name + SUFFIX: remembered(sample.start_us, sample.variables[name]) for name in sample.temperatures
    }
    return replace(sample, variables={**sample.variables, **past})


def memory_begins(start: datetime, terms: Mapping[str, object]) -> datetime | None:
    """Return from when on temperatures are needed to expect what follows `start`; None: from there on.

    Args:
        start: of the first interval.
        terms: a baseline's.
    """
    if "memory" not in terms:
        return None
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=HOURS)
