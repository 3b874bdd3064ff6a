"""What is learned before the linear fit: how active each hour of the week is, and where temperature bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline.instants import SATURDAY, Bools, Floats, Ints
from analytics.baseline.knots import fit_knots
from analytics.baseline.sample import Sample
from analytics.robust import group_median

YEAR_DAYS = 365.25
SEASON_KNOTS = 12
#: the slow level may change once per so many days
STEP_DAYS = 28
#: fewer weeks than this show too few of each hour of the week: hours are then pooled over workdays
WEEKS_FOR_HOURS = 6
#: a season is learned from (most of) a year only: from less it would be mistaken for a trend
SEASON_DAYS = 300


@dataclass(frozen=True, slots=True)
class Shape:
    """The constants that a baseline's terms are built with."""

    activity: Floats  # (168,) 0 = quiet .. 1 = busy
    knots: dict[str, tuple[float, ...]]  # per temperature variable [degC], ascending
    centre: dict[str, float]  # per temperature variable: where its effect counts as zero [degC]
    temperatures: tuple[str, ...]
    outputs: tuple[str, ...]
    scale: dict[str, float]  # per output: its 95th percentile
    running: tuple[str, ...]  # outputs that are zero for a part of the time: the line stands still
    end_day: int  # last local day of the baseline period, days since 1970
    steps: int  # changes of the slow level that the period can show
    seasonal: bool  # the period is long enough for a season
    shifts: int = 0  # how many shifts were at work in the period, by their numbers


def shape_of(sample: Sample, weights: Floats) -> Shape:
    """Return the shape of a sample's usable intervals.

    Args:
        sample: n intervals.
        weights: (n,) 0 .. 1; 0 = not to be learned from.
    """
    rows = weights > 0
    days = np.unique(sample.calendar.day[rows])
    length = int(days[-1] - days[0]) + 1
    drives = {name: values for name, values in sample.variables.items() if name in sample.temperatures}
    return Shape(
        activity=activity_of(sample, rows),
        knots={name: fit_knots(sample, values, weights) for name, values in drives.items()},
        centre={name: float(np.round(np.median(values[rows]), 1)) for name, values in drives.items()},
        temperatures=sample.temperatures,
        outputs=sample.outputs,
        scale={name: _usual(sample.variables[name][rows]) for name in sample.outputs},
        running=tuple(name for name in sample.outputs if _stands_still(sample.variables[name][rows])),
        end_day=int(days[-1]),
        steps=min(length // STEP_DAYS - 1, int(YEAR_DAYS // STEP_DAYS)) if length >= 2 * STEP_DAYS else 0,
        seasonal=length >= SEASON_DAYS,
        shifts=int(sample.calendar.shift[rows].max()),
    )


def start_groups(hour: Ints, weeks: float) -> Ints:
    """Return the group of like hours that each interval belongs to.

    Args:
        hour: hour of the week.
        weeks: length of the period; a short one pools Monday to Friday, and the weekend.
    """
    return hour if weeks >= WEEKS_FOR_HOURS else hour % 24 + 24 * (hour >= SATURDAY)


def activity_of(sample: Sample, rows: Bools) -> Floats:
    """Return how active each hour of the week is, 0 .. 1: its median use between the quiet and busy ones.

    An hour of the week that was never seen is half active.
    """
    weeks = rows.sum() / sample.per_day / 7
    groups = start_groups(np.arange(168), weeks)
    seen = group_median(sample.actual[rows], start_groups(sample.calendar.hour[rows], weeks), 168)[groups]
    known = seen[np.isfinite(seen)]
    quiet, busy = np.quantile(known, (0.05, 0.95))
    if busy - quiet <= 1e-9 * abs(busy):
        return np.full(168, 0.5)
    return np.where(np.isfinite(seen), np.clip((seen - quiet) / (busy - quiet), 0.0, 1.0), 0.5)


def _stands_still(output: Floats) -> bool:
    """Return whether an output is zero for a part of the time that is neither all nor nothing."""
    return bool(0.02 < np.mean(output == 0.0) < 0.98)


def _usual(output: Floats) -> float:
    """Return the size of a large, usual output; 1 when it is never made."""
    return float(np.quantile(np.abs(output), 0.95)) or float(np.max(np.abs(output))) or 1.0
