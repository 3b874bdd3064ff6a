"""Instants -> what the plant's calendar says of them: hour of the week, holiday, closure, shift; and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache, wraps
from typing import TypeVar

import polars as pl

from domain.plant import Plant, Shift
from domain.resource import TariffWindow

#: answers that are kept, and intervals of each at most: two years of quarters of an hour
KEPT, MOST_KEPT = 8, 70_000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks the calendar: interval starts of a plant, the same question where `key` is the same.

    All streams of a plant ask the same of a year, some of them many times.
    """

    key: tuple[object, ...]
    starts: pl.Series = field(compare=False)
    plant: Plant = field(compare=False)

    @classmethod
    def of(cls, starts: pl.Series, plant: Plant) -> Asked:
        """Return the question for some starts, Datetime[us, UTC], in any order."""
        holidays = plant.country, plant.subdivision, plant.extra_holidays, plant.not_holidays
        rules = plant.timezone.key, *holidays, plant.closed, plant.shifts
        bits = starts.to_physical().to_numpy().tobytes()
        return cls((bits, starts.dtype, starts.null_count(), rules), starts, plant)


def kept(answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Let a function of a question keep its latest answers, which nobody may change."""
    remembered = lru_cache(maxsize=KEPT)(answer)

    @wraps(answer)
    def answered(asked: Asked) -> Answer:
        return remembered(asked) if asked.starts.len() <= MOST_KEPT else answer(asked)

    return answered


def calendar_features(starts: pl.Series, plant: Plant) -> pl.DataFrame:
    """Return the CALENDAR frame of the given interval starts, in their order.

    All of it is the plant's local time, by the start of the interval. When clocks go back the repeated hour
    has the same hour of the week twice; when they go forward the skipped hour has no interval.

    Args:
        starts: Datetime[us, UTC]; any order, repetitions allowed.
        plant: time zone, country and subdivision, extra_holidays, not_holidays, closures, shifts.

    Returns:
        start: as given; hour_of_week: Int16, 0 .. 167, Monday 0 h = 0; holiday: Boolean, a public holiday of
        the country (observed ones included) or an extra one, and none of not_holidays; closed: Boolean, in
        a closure; shift: String, the first that is on, named by the day on which it starts; null = none.
    """
    return _features(Asked.of(starts, plant))


@kept
def _features(asked: Asked) -> pl.DataFrame:
    starts, plant = asked.starts, asked.plant
    local = local_time(starts, plant)
    here = pl.DataFrame({"start": starts, "local": local})
    day = pl.col("local").dt.date()
    weekday = pl.col("local").dt.weekday().cast(pl.Int16) - 1  # Int8 as it comes: x 24 would overflow
    years = local.dt.year().unique().drop_nulls().to_list()
    return here.select(
        "start",
        hour_of_week=weekday * 24 + pl.col("local").dt.hour(),
        holiday=day.is_in(sorted(holidays_of(plant, years))),
        closed=_is_closed(day, plant.closed),
        shift=_shift(plant.shifts),
    )


def local_time(starts: pl.Series, plant: Plant) -> pl.Series:
    """Return UTC instants on the plant's clock: Datetime[us, plant.timezone]."""
    return starts.dt.convert_time_zone(plant.timezone.key).alias("local")


def is_within(window: Shift | TariffWindow, local: pl.Expr) -> pl.Expr:
    """Return whether local instants lie in a daily window: its days, [start, end).

    A window whose end is not after its start runs over midnight, and belongs to the day on which it starts:
    Friday 22:00 to 06:00 covers Saturday 03:00 and not Friday 03:00.
    """
    clock, weekday = local.dt.time(), local.dt.weekday().cast(pl.Int16) - 1
    days = sorted(window.days)
    if window.start < window.end:
        return weekday.is_in(days) & (clock >= window.start) & (clock < window.end)
    day_before = (weekday + 6) % 7
    return (weekday.is_in(days) & (clock >= window.start)) | (day_before.is_in(days) & (clock < window.end))


def shift_at_work(starts: pl.Series, plant: Plant) -> pl.Series:
    """Return the number of the shift that is at work, by its production day: Int64, 1 = the first, 0 = none.

    A shift belongs to the local date on which it starts, and none starts on a holiday or in a closure: the
    night shift before a holiday works until that day's morning, and on that day's evening there is none.

    Args:
        starts: Datetime[us, UTC], none null; any order, repetitions allowed.
        plant: time zone, country and subdivision, extra_holidays, not_holidays, closures, shifts.
    """
    if not plant.shifts or starts.len() == 0:
        return pl.Series("shift", [0] * starts.len(), dtype=pl.Int64)
    local = local_time(starts, plant)
    years = local.dt.year().unique().to_list()
    holidays = sorted(holidays_of(plant, {year - 1 for year in years} | set(years)))
    numbers = []
    for number, shift in enumerate(plant.shifts, 1):
        day = production_day(shift, pl.col("local"))
        rests = day.is_in(holidays) | _is_closed(day, plant.closed)
        numbers.append(pl.when(is_within(shift, pl.col("local")) & ~rests).then(pl.lit(number)))
    at_work = pl.coalesce(*numbers, pl.lit(0)).cast(pl.Int64)
    return pl.DataFrame({"local": local}).select(shift=at_work)["shift"]


def production_day(shift: Shift, local: pl.Expr) -> pl.Expr:
    """Return the local date on which a shift started that is on at local instants."""
    day = local.dt.date()
    if shift.start < shift.end:
        return day
    return pl.when(local.dt.time() < shift.end).then(day.dt.offset_by("-1d")).otherwise(day)


def holidays_of(plant: Plant, years: Iterable[int]) -> frozenset[date]:
    """Return the plant's holidays in the given years."""
    public = (public_holidays(plant.country, plant.subdivision, year) for year in years)
    return frozenset().union(*public, plant.extra_holidays) - plant.not_holidays


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Return a country's public holidays in a year, observed ones included.

    Kept, because a lunar calendar takes a second to compute; `holidays` is imported when first needed.

    Args:
        country: ISO 3166 alpha-2.
        subdivision: the part of ISO 3166-2 after the hyphen; "" = the whole country's only.
        year: local calendar year.

    Raises:
        NotImplementedError: the country or its part is not known; a checked plant names known ones only.

    >>> date(2026, 9, 2) in public_holidays("VN", "", 2026)
    True
    """
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def _is_closed(day: pl.Expr, closures: Iterable[tuple[date, date]]) -> pl.Expr:
    """Return whether local dates lie in a closure, both ends included."""
    return pl.any_horizontal(pl.lit(value=False), *(day.is_between(*closure) for closure in closures))


def _shift(shifts: Iterable[Shift]) -> pl.Expr:
    """Return the name of the first shift that is on; null = none."""
    names = (pl.when(is_within(shift, pl.col("local"))).then(pl.lit(shift.name)) for shift in shifts)
    return pl.coalesce(*names, pl.lit(None, dtype=pl.String))


def local_day(day: date, plant: Plant) -> datetime:
    """Return the instant at which a local date begins, UTC."""
    return datetime.combine(day, time(), plant.timezone).astimezone(UTC)
