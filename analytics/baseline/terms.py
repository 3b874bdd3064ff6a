"""The building blocks of linear baselines: each term turns intervals into columns that a person can name.

A term is some groups of values, each spread over the week in one of three ways: one coefficient for all
hours, one for the process's busy and one for its quiet hours (the occupied and unoccupied modes of TOWT,
with every shade between, `shape.activity_of`), or one for each hour of the day. Values are in natural units,
so a coefficient reads as kWh, as kWh per degC or as kWh per kg. Each group has a prior: how many days of
data it takes to believe half of what they say. That small ridge makes rank deficiency harmless and keeps
what was seen seldom (one closure, a week's weather) from being believed fully.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np

from analytics.baseline.inertia import DAYS_BEFORE, HOUR_BEFORE
from analytics.baseline.instants import SATURDAY, DayKind, Floats, Instants, Ints
from analytics.baseline.shape import SEASON_KNOTS, STEP_DAYS, YEAR_DAYS, Shape

#: priors [days of data], found on 80 building-years of hourly electricity, where half or double of each
#: changes the error of the following year by less than a hundredth of itself
HOUR_PRIOR, WEEKEND_PRIOR, HOUR_OF_WEEK_PRIOR = 0.0001, 0.03, 0.03
DAY_KIND_PRIOR, REST_NEAR_PRIOR, REST_HOUR_PRIOR = 0.1, 0.3, 1.0
TEMPERATURE_PRIOR, OUTPUT_PRIOR, RUNNING_PRIOR, SHIFT_PRIOR = 0.01, 1e-4, 0.1, 0.03
SEASON_PRIOR, DAYLIGHT_PRIOR, LEVEL_PRIOR = 8.0, 2.0, 30.0
MEMORY_PRIOR, DEGREES_BY_HOUR_PRIOR, OUTPUT_BY_HOUR_PRIOR, LATEST_PRIOR = 0.03, 0.1, 0.1, 3.0
#: degC over which temperature's effect has the size that its prior is about
TEMPERATURE_SCALE = 10.0
#: days after which a day counts for 1/e in what the hours of the day were like latest
LATEST_DAYS = 60.0

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
_HOUR_OF_DAY = np.arange(168) % 24

Variables: TypeAlias = Mapping[str, Floats]


class Spread(IntEnum):
    """How many coefficients each value of a group has, and so which hours share one."""

    ALL = 1
    ACTIVITY = 2  # busy hours, quiet hours
    HOURS = 24  # hours of the day


@dataclass(frozen=True, slots=True)
class Group:
    """Values of n intervals that are spread over the week alike.

    Its columns, and coefficients, are ordered by the spread first: all values of busy hours, then all of
    quiet ones.
    """

    values: Floats  # (n, m), natural units; NaN where a variable is unknown
    spread: Spread
    prior: float  # days of data
    scale: Floats  # (m,): the size of a usual value

    @property
    def size(self) -> int:
        """Return how many columns it has."""
        return int(self.scale.size * self.spread)


Term: TypeAlias = Callable[[Instants, Variables, Shape], list[Group]]


def constant(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the intercept: use that nothing drives."""
    return [_group(np.ones((calendar.hour.size, 1)), Spread.ALL, 0.0)]


def profile(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the week: hours of the day, what the weekend changes, what each hour of the week changes."""
    return [
        _group(np.ones((calendar.hour.size, 1)), Spread.HOURS, HOUR_PRIOR),
        _group(_weekend(calendar), Spread.HOURS, WEEKEND_PRIOR),
        _group(_one_hot(calendar.hour // 24, 7), Spread.HOURS, HOUR_OF_WEEK_PRIOR),
    ]


def rest(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return what sets holidays, closures, bridge days, eves and the days around them apart.

    A rest day is a Sunday to begin with; the more of them were seen, the more they get a daily profile of
    their own.
    """
    kinds = _one_hot(calendar.kind, len(DayKind))[:, 1:]
    near = np.stack((np.minimum(calendar.rest_near, 1.0), np.maximum(calendar.rest_near - 1.0, 0.0)), axis=1)
    resting = np.isin(calendar.kind, (DayKind.HOLIDAY, DayKind.CLOSED)).astype(np.float64)[:, None]
    return [
        _group(kinds, Spread.ACTIVITY, DAY_KIND_PRIOR),
        _group(near, Spread.ACTIVITY, REST_NEAR_PRIOR),
        _group(resting, Spread.HOURS, REST_HOUR_PRIOR),
    ]


def shifts(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return which shift is at work, by its production day: what it takes to be there, whatever is made.

    None in a plant without shifts. A shift that was not there in the period has no use of its own.
    """
    if not shape.shifts:
        return []
    known = np.where(calendar.shift <= shape.shifts, calendar.shift, 0)
    return [_group(_one_hot(known, shape.shifts + 1)[:, 1:], Spread.ALL, SHIFT_PRIOR)]


def season(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the yearly pattern: smooth over the months, and daylight's by the hour of the day.

    None in a period too short to tell a season from a trend.
    """
    if not shape.seasonal:
        return []
    return [
        _group(_SEASON[calendar.day_of_year], Spread.ACTIVITY, SEASON_PRIOR),
        _group(_DARKNESS[calendar.day_of_year][:, None], Spread.HOURS, DAYLIGHT_PRIOR),
    ]


def level(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return how far the slow level was from where it stood at the end of the period: a random walk.

    All are zero from the end of the period on: what is expected after it starts from the latest level.
    """
    age = (shape.end_day - calendar.day).astype(np.float64)[:, None]
    steps = np.clip(age / STEP_DAYS - np.arange(shape.steps), 0.0, 1.0)
    return [_group(steps, Spread.ACTIVITY, LEVEL_PRIOR)]


def latest(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return how the day looked at the end of the period, against all of it: a new schedule goes on.

    It is 1 from the end of the period on, and fades backwards. None in a period too short to have a past.
    """
    if not shape.steps:
        return []
    age = np.maximum(shape.end_day - calendar.day, 0).astype(np.float64)[:, None]
    return [_group(np.exp(-age / LATEST_DAYS), Spread.HOURS, LATEST_PRIOR)]


def temperature(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the piecewise-linear effect of temperature around its centre, for busy and quiet hours."""
    return [
        _group(_bent(variables, shape, name), Spread.ACTIVITY, TEMPERATURE_PRIOR, TEMPERATURE_SCALE)
        for name in shape.temperatures
    ]


def degrees(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return degrees below and above the fitted base temperatures, alike at all hours: degree-hours."""
    return [
        _group(_bent(variables, shape, name), Spread.ALL, TEMPERATURE_PRIOR, TEMPERATURE_SCALE)
        for name in shape.temperatures
    ]


def degrees_by_hour(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:
    """Return how much more or less temperature decides at each hour of the day, on workdays and weekends."""
    bent = [_bent(variables, shape, name) for name in shape.temperatures]
    both = [values for one in bent for values in (one, one * _weekend(calendar))]
    return [_group(values, Spread.HOURS, DEGREES_BY_HOUR_PRIOR, TEMPERATURE_SCALE) for values in both]


def memory(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the effect of the last days' temperature: what walls and tanks still have to be heated by."""
    return [
        _group(
            _bent(variables, shape, name, DAYS_BEFORE.suffix),
            Spread.ACTIVITY,
            MEMORY_PRIOR,
            TEMPERATURE_SCALE,
        )
        for name in shape.temperatures
    ]


def output(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the outputs: use in proportion to each."""
    return [Group(_outputs(variables, shape), Spread.ALL, OUTPUT_PRIOR, _output_scale(shape))]


def output_before(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return the outputs of the hour before: what has begun takes less, or more, than what begins."""
    before = np.stack([variables[name + HOUR_BEFORE.suffix] for name in shape.outputs], axis=1)
    return [Group(before, Spread.ALL, OUTPUT_PRIOR, _output_scale(shape))]


def output_by_hour(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:
    """Return how much more or less each output takes at each hour of the day, on workdays and weekends."""
    values = _outputs(variables, shape)
    both = (values, values * _weekend(calendar))
    return [Group(one, Spread.HOURS, OUTPUT_BY_HOUR_PRIOR, _output_scale(shape)) for one in both]


def running(calendar: Instants, variables: Variables, shape: Shape) -> list[Group]:  # noqa: ARG001 (a Term)
    """Return whether each output is made at all: what it takes to run, beside what it takes to make."""
    if not shape.running:
        return []
    values = np.stack([variables[name] for name in shape.running], axis=1)
    return [_group(np.where(np.isnan(values), np.nan, values > 0.0), Spread.ALL, RUNNING_PRIOR)]


#: every term by the name that models and stored coefficients use
TERMS: dict[str, Term] = {
    "constant": constant,
    "profile": profile,
    "rest": rest,
    "shifts": shifts,
    "season": season,
    "level": level,
    "latest": latest,
    "temperature": temperature,
    "degrees": degrees,
    "degrees_by_hour": degrees_by_hour,
    "memory": memory,
    "output": output,
    "output_before": output_before,
    "output_by_hour": output_by_hour,
    "running": running,
}
#: the kinds of variables that terms are made of; the others know the calendar alone
TEMPERATURE_TERMS = frozenset({"temperature", "degrees", "degrees_by_hour", "memory"})
OUTPUT_TERMS = frozenset({"output", "output_before", "output_by_hour", "running"})


def over_the_week(group: Group, coefficients: Floats, shape: Shape) -> Floats:
    """Return what one unit of each value is worth at each hour of the week, (168, m).

    Args:
        group: of which only the spread and the number of values matter.
        coefficients: (size,) in the order of the group's columns.
        shape: how active each hour of the week is.
    """
    each = coefficients.reshape(int(group.spread), group.scale.size)
    if group.spread is Spread.HOURS:
        return each[_HOUR_OF_DAY]
    if group.spread is Spread.ACTIVITY:
        active = shape.activity[:, None]
        worth: Floats = each[0] * active + each[1] * (1.0 - active)
        return worth
    return np.broadcast_to(each, (168, group.scale.size))


def _bent(variables: Variables, shape: Shape, name: str, suffix: str = "") -> Floats:
    """Return a temperature and what it has above each knot, all zero at the centre."""
    return _hinges(variables[name + suffix], shape.centre[name], shape.knots[name])


def _hinges(values: Floats, centre: float, knots: Sequence[float]) -> Floats:
    """Return a temperature and what it has above each knot, all zero at the centre."""
    columns = [values - centre]
    columns += [np.maximum(0.0, values - knot) - max(0.0, centre - knot) for knot in knots]
    return np.stack(columns, axis=1)


def _outputs(variables: Variables, shape: Shape) -> Floats:
    """Return the outputs, (n, m)."""
    return np.stack([variables[name] for name in shape.outputs], axis=1)


def _output_scale(shape: Shape) -> Floats:
    """Return the usual size of each output."""
    return np.array([shape.scale[name] for name in shape.outputs])


def _weekend(calendar: Instants) -> Floats:
    """Return whether it is a weekend or a rest day, (n, 1)."""
    return (calendar.hour >= SATURDAY).astype(np.float64)[:, None]


def _one_hot(index: Ints, size: int) -> Floats:
    """Return one column per value of an index."""
    return np.eye(size)[index]


def _group(values: Floats, spread: Spread, prior: float, scale: float = 1.0) -> Group:
    """Return values that share one scale."""
    return Group(values, spread, prior, np.full(values.shape[1], scale))
