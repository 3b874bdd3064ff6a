"""Interval starts -> what a baseline asks of the calendar: hour of the week, kind of day, season."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.calendar import Asked, calendar_features, kept, local_time, shift_at_work
from domain.plant import Plant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SUNDAY = 144  # hour of the week at which Sunday begins
SATURDAY = 120
#: days on both sides that are looked at for rest days: more than the longest gap that counts as a bridge
AROUND_DAYS = 8
#: longest way from one rest day to the next whose days between count as a bridge (Christmas to New Year: 6)
BRIDGE_DAYS = 8


class DayKind(IntEnum):
    """What sort of day it is beside its weekday. An eve is the day right before a rest day."""

    ORDINARY = 0
    HOLIDAY = 1
    CLOSED = 2
    BRIDGE = 3
    EVE = 4


@dataclass(frozen=True, slots=True)
class Instants:
    """The calendar of n intervals. Rest days (holidays and closures) have Sunday's hours of the week."""

    hour: Ints  # 0 .. 167, local, Monday 0 h = 0
    kind: Ints  # DayKind
    rest_near: Floats  # holidays and closures that fall on Monday to Friday within 3 days, itself included
    day: Ints  # local date, days since 1970
    day_of_year: Ints  # 0 .. 365
    shift: Ints  # number of the shift at work, by its production day; 0 = none

    def take(self, rows: slice | Ints | Bools) -> Instants:
        """Return some of the intervals."""
        return Instants(
            self.hour[rows], self.kind[rows], self.rest_near[rows], self.day[rows], self.day_of_year[rows],
            self.shift[rows],
        )  # fmt: skip


def instants_of(starts: pl.Series, plant: Plant) -> Instants:
    """Return the calendar of the given interval starts, in their order.

    Args:
        starts: Datetime[us, UTC], none null; any order.
        plant: time zone, holidays, closures and shifts.
    """
    if starts.len() == 0:
        none = np.zeros(0, dtype=np.int64)
        return Instants(none, none, np.zeros(0), none, none, none)
    return _instants(Asked.of(starts, plant))


@kept
def _instants(asked: Asked) -> Instants:
    starts, plant = asked.starts, asked.plant
    features = calendar_features(starts, plant)
    dates = local_time(starts, plant).dt.date()
    hour = features["hour_of_week"].to_numpy().astype(np.int64)
    kind, near, first = _days(dates, plant)
    day = dates.to_physical().to_numpy().astype(np.int64)
    rest = np.isin(kind[day - first], (DayKind.HOLIDAY, DayKind.CLOSED))
    found = Instants(
        hour=np.where(rest, SUNDAY + hour % 24, hour),
        kind=kind[day - first],
        rest_near=near[day - first],
        day=day,
        day_of_year=dates.dt.ordinal_day().to_numpy().astype(np.int64) - 1,
        shift=shift_at_work(starts, plant).to_numpy().copy(),
    )
    for column in fields(found):
        getattr(found, column.name).setflags(write=False)  # whoever asks next gets the same ones
    return found


def _days(dates: pl.Series, plant: Plant) -> tuple[Ints, Floats, int]:
    """Return kind and rest_near of every local date from the first given on, and that first date."""
    edge = timedelta(days=AROUND_DAYS)
    first, last = dates.min(), dates.max()
    noons = pl.datetime_range(
        pl.lit(first).cast(pl.Datetime("us")) - edge + timedelta(hours=12),
        pl.lit(last).cast(pl.Datetime("us")) + edge + timedelta(hours=12),
        "1d",
        time_zone=None,
        eager=False,
    )
    days = pl.select(noon=noons)["noon"].dt.replace_time_zone(
        plant.timezone.key, ambiguous="earliest", non_existent="null"
    )
    features = calendar_features(days.dt.convert_time_zone("UTC"), plant)
    holiday, closed = features["holiday"].to_numpy(), features["closed"].to_numpy()
    rest = holiday | closed
    weekend = features["hour_of_week"].to_numpy() >= SATURDAY
    near = np.convolve((rest & ~weekend).astype(np.float64), np.ones(7), mode="same")
    inner = slice(AROUND_DAYS, -AROUND_DAYS)
    first_day = int(dates.to_physical().min())  # type: ignore[arg-type]
    return _kinds(holiday, closed)[inner], near[inner], first_day


def _kinds(holiday: Bools, closed: Bools) -> Ints:
    """Return the DayKind of consecutive days."""
    rest = holiday | closed
    since, until = _distance(rest), _distance(rest[::-1])[::-1]
    kind = np.where(until == 1, DayKind.EVE, DayKind.ORDINARY)
    kind = np.where(since + until <= BRIDGE_DAYS, DayKind.BRIDGE, kind)
    kind = np.where(closed, DayKind.CLOSED, kind)
    return np.where(holiday, DayKind.HOLIDAY, kind).astype(np.int64)


def _distance(rest: Bools) -> Ints:
    """Return how many days ago the latest rest day was; far beyond a bridge where there was none.

    >>> _distance(np.array([False, True, False, False])).tolist()
    [99, 0, 1, 2]
    """
    position = np.arange(rest.size)
    latest = np.maximum.accumulate(np.where(rest, position, -99))
    return np.where(latest < 0, 99, position - latest)
