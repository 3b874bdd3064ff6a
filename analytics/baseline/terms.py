"""The building blocks of linear baselines: each term turns intervals into columns that a person can name.

A term's columns are in natural units, so a coefficient reads as kWh, as kWh per degC or as kWh per kg. Each
column has a prior: how many days of data it takes to believe half of what they say. That small ridge
makes rank deficiency harmless and keeps what was seen seldom (one closure, a week's weather) from being
believed fully.

Most effects come twice, for the process's busy hours and for its quiet ones: the occupied and unoccupied
modes of TOWT, with every shade between (`shape.activity_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analytics.baseline.instants import SATURDAY, DayKind, Floats, Instants, Ints
from analytics.baseline.shape import SEASON_KNOTS, STEP_DAYS, YEAR_DAYS, Shape

#: priors [days of data], found on 80 building-years of hourly electricity, where half or double of each
#: changes the error of the following year by less than a hundredth of itself
HOUR_PRIOR, WEEKEND_PRIOR, HOUR_OF_WEEK_PRIOR = 0.0001, 0.03, 0.03
DAY_KIND_PRIOR, REST_NEAR_PRIOR, REST_HOUR_PRIOR = 0.1, 0.3, 1.0
TEMPERATURE_PRIOR, OUTPUT_PRIOR, RUNNING_PRIOR = 0.01, 1e-4, 0.1
SEASON_PRIOR, DAYLIGHT_PRIOR, LEVEL_PRIOR = 8.0, 2.0, 30.0
#: degC over which temperature's effect has the size that its prior is about
TEMPERATURE_SCALE = 10.0

_DARKNESS = np.cos(2 * np.pi * (np.arange(366) + 10.5) / YEAR_DAYS)  # 1 at the winter solstice
_MONTHS = np.abs(
    (
        np.arange(366)[:, None]
        + 0.5
        - (np.arange(SEASON_KNOTS) + 0.5) * YEAR_DAYS / SEASON_KNOTS
        + YEAR_DAYS / 2
    )
    % YEAR_DAYS
    - YEAR_DAYS / 2
)
_SEASON = np.maximum(0.0, 1.0 - _MONTHS / (YEAR_DAYS / SEASON_KNOTS))  # (366, 12), each row adds up to 1

Variables: TypeAlias = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Columns:
    """A term's columns of n intervals."""

    values: Floats  # (n, k), natural units; NaN where a variable is unknown
    scale: Floats  # (k,): the size of a usual value
    prior: Floats  # (k,): days of data


Term: TypeAlias = Callable[[Instants, Variables, Shape], Columns]


def constant(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return the intercept: use that nothing drives."""
    return _columns(np.ones((calendar.hour.size, 1)), 0.0)


def profile(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return the week: hours of the day, what the weekend changes, what each hour of the week changes."""
    hour = calendar.hour % 24
    weekend = (calendar.hour >= SATURDAY).astype(np.float64)[:, None]
    return _joined(
        _columns(_one_hot(hour, 24), HOUR_PRIOR),
        _columns(_one_hot(hour, 24) * weekend, WEEKEND_PRIOR),
        _columns(_one_hot(calendar.hour, 168), HOUR_OF_WEEK_PRIOR),
    )


def rest(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return what sets holidays, closures, bridge days, eves and the days around them apart.

    A rest day is a Sunday to begin with; the more of them were seen, the more they get a daily profile of
    their own.
    """
    kinds = _one_hot(calendar.kind, len(DayKind))[:, 1:]
    near = np.stack((np.minimum(calendar.rest_near, 1.0), np.maximum(calendar.rest_near - 1.0, 0.0)), axis=1)
    resting = np.isin(calendar.kind, (DayKind.HOLIDAY, DayKind.CLOSED)).astype(np.float64)[:, None]
    return _joined(
        _columns(_by_activity(kinds, calendar, shape), DAY_KIND_PRIOR),
        _columns(_by_activity(near, calendar, shape), REST_NEAR_PRIOR),
        _columns(_one_hot(calendar.hour % 24, 24) * resting, REST_HOUR_PRIOR),
    )


def season(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return the yearly pattern: smooth over the months, and daylight's by the hour of the day.

    None in a period too short to tell a season from a trend.
    """
    if not shape.seasonal:
        return _columns(np.zeros((calendar.hour.size, 0)), 0.0)
    hour = _one_hot(calendar.hour % 24, 24) * _DARKNESS[calendar.day_of_year][:, None]
    return _joined(
        _columns(_by_activity(_SEASON[calendar.day_of_year], calendar, shape), SEASON_PRIOR),
        _columns(hour, DAYLIGHT_PRIOR),
    )


def level(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return how far the slow level was from where it stood at the end of the period: a random walk.

    All are zero from the end of the period on: what is expected after it starts from the latest level.
    """
    age = (shape.end_day - calendar.day).astype(np.float64)[:, None]
    steps = np.clip(age / STEP_DAYS - np.arange(shape.steps), 0.0, 1.0)
    return _columns(_by_activity(steps, calendar, shape), LEVEL_PRIOR)


def temperature(calendar: Instants, variables: Variables, shape: Shape) -> Columns:
    """Return the piecewise-linear effect of temperature around its centre, for busy and quiet hours."""
    parts = [
        _columns(
            _by_activity(_hinges(variables[name], shape.centre[name], shape.knots[name]), calendar, shape),
            TEMPERATURE_PRIOR,
            TEMPERATURE_SCALE,
        )
        for name in shape.temperatures
    ]
    return _joined(*parts)


def output(calendar: Instants, variables: Variables, shape: Shape) -> Columns:  # noqa: ARG001 (a Term)
    """Return the outputs: use in proportion to each."""
    return Columns(
        np.stack([variables[name] for name in shape.outputs], axis=1),
        np.array([shape.scale[name] for name in shape.outputs]),
        np.full(len(shape.outputs), OUTPUT_PRIOR),
    )


def running(calendar: Instants, variables: Variables, shape: Shape) -> Columns:
    """Return whether each output is made at all: what it takes to run, beside what it takes to make."""
    if not shape.running:
        return _columns(np.zeros((calendar.hour.size, 0)), 0.0)
    values = np.stack([variables[name] for name in shape.running], axis=1)
    return _columns(np.where(np.isnan(values), np.nan, values > 0.0), RUNNING_PRIOR)


#: every term by the name that models and stored coefficients use
TERMS: dict[str, Term] = {
    "constant": constant,
    "profile": profile,
    "rest": rest,
    "season": season,
    "level": level,
    "temperature": temperature,
    "output": output,
    "running": running,
}


def _hinges(values: Floats, centre: float, knots: Sequence[float]) -> Floats:
    """Return a temperature and what it has above each knot, all zero at the centre."""
    columns = [values - centre]
    columns += [np.maximum(0.0, values - knot) - max(0.0, centre - knot) for knot in knots]
    return np.stack(columns, axis=1)


def _by_activity(values: Floats, calendar: Instants, shape: Shape) -> Floats:
    """Return each column twice: its effect in busy hours, and in quiet ones."""
    active = shape.activity[calendar.hour][:, None]
    return np.hstack((values * active, values * (1.0 - active)))


def _one_hot(index: Ints, size: int) -> Floats:
    """Return one column per value of an index."""
    return np.eye(size)[index]


def _columns(values: Floats, prior: float, scale: float = 1.0) -> Columns:
    """Return columns that share one scale and one prior."""
    k = values.shape[1]
    return Columns(values, np.full(k, scale), np.full(k, prior))


def _joined(*parts: Columns) -> Columns:
    """Return several groups of columns as one term."""
    return Columns(
        np.hstack([part.values for part in parts]),
        np.concatenate([part.scale for part in parts]),
        np.concatenate([part.prior for part in parts]),
    )
