"""What a process still feels of the time before: the last days' temperature, the last hour's output.

A building or a bath goes on feeling the mean temperature of three days. A batch that began in the hour
before takes another amount per kg made now than one that begins: machines are filled and heated first.

It is computed from a variable's known values of the whole hours before an interval's own hour, and
from nothing else: whoever is given these hours gets the same bits, wherever time is cut. Where none of them
is known it is the present value, so it is unknown only together with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.sample import Sample

HOUR_US = 3_600_000_000


class Recall(NamedTuple):
    """What a term asks of the time before: a remembered variable is called by its name and `suffix`."""

    suffix: str
    hours: int


#: heavy walls take days, and a longer memory is a season
DAYS_BEFORE = Recall(" (3 days before)", 72)
HOUR_BEFORE = Recall(" (hour before)", 1)
#: the terms that remember
RECALLS = {"memory": DAYS_BEFORE, "output_before": HOUR_BEFORE}


def remembered(start_us: Ints, values: Floats, hours: int) -> Floats:
    """Return the mean of each interval's whole hours before, (n,).

    Args:
        start_us: (n,) starts [us], rising; intervals of an hour at most.
        values: (n,) NaN = unknown.
        hours: how many are remembered.
    """
    if start_us.size == 0:
        return values
    hour = start_us // HOUR_US
    place = hour - hour[0] + hours
    size = int(place[-1]) + 1
    known = np.isfinite(values)
    seen = np.bincount(place[known], minlength=size)
    sums = np.bincount(place[known], values[known], size)
    means = np.where(seen > 0, sums / np.maximum(seen, 1), 0.0)
    total, count = np.zeros(size - hours), np.zeros(size - hours)
    for back in range(1, hours + 1):  # one by one: no sum may depend on where the window begins
        total = total + means[hours - back : size - back]
        count = count + (seen[hours - back : size - back] > 0)
    own = place - hours
    mean = total[own] / np.maximum(count[own], 1.0)
    return np.where(known, np.where(count[own] > 0, mean, values), np.nan)


def with_memory(sample: Sample) -> Sample:
    """Return the sample with what is remembered of each variable beside it."""
    recalls = [(name, DAYS_BEFORE) for name in sample.temperatures]
    recalls += [(name, HOUR_BEFORE) for name in sample.outputs]
    past = {
        name + recall.suffix: remembered(sample.start_us, sample.variables[name], recall.hours)
        for name, recall in recalls
    }
    return replace(sample, variables={**sample.variables, **past})


def memory_begins(start: datetime, terms: Mapping[str, object]) -> datetime | None:
    """Return from when on variables are needed to expect what follows `start`; None: from there on.

    Args:
        start: of the first interval.
        terms: a baseline's.
    """
    hours = max((recall.hours for term, recall in RECALLS.items() if term in terms), default=0)
    if not hours:
        return None
    whole = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole - timedelta(hours=hours)
