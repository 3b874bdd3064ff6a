"""The EXCESS and CALENDAR frames as plain rows: the only place where the judge touches polars."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import polars as pl

from analytics.drift.limits import QUIET_FROM, QUIET_TO
from domain.consumption import USABLE


class Interval(NamedTuple):
    """One interval; `usable` says whether detectors may see it."""

    start_us: int
    usable: bool
    actual: float
    expected: float
    excess: float
    sigma: float
    cost: float | None
    co2: float | None
    how: int
    idle_day: bool  # holiday or closure
    shift: str


def intervals(frame: pl.DataFrame, calendar: pl.DataFrame) -> Iterator[Interval]:
    """Yield the rows of an EXCESS frame with their calendar, in order.

    An interval is usable when its quality is, and excess, expected and sigma are finite numbers, sigma
    above zero. Raises polars.exceptions.ColumnNotFoundError when a column is missing.
    """
    joined = frame.join(calendar, on="start", how="left")
    finite = [pl.col(name).is_finite() for name in ("actual", "excess", "expected", "sigma")]
    usable = pl.all_horizontal(
        pl.col("quality").is_in([str(q) for q in USABLE]), *finite, pl.col("sigma") > 0.0
    )
    rows = joined.sort("start").select(
        pl.col("start").dt.epoch("us"),
        usable.fill_null(value=False),
        pl.col("actual", "expected", "excess", "sigma").fill_null(0.0),
        "cost",
        "kg_co2e",
        pl.col("hour_of_week").fill_null(0),
        (pl.col("holiday") | pl.col("closed")).fill_null(value=False),
        pl.col("shift").fill_null(""),
    )
    columns = [rows.to_series(i).to_list() for i in range(rows.width)]
    return map(partial(tuple.__new__, Interval), zip(*columns, strict=True))  # `_make` in a third of its time


#: which hours of the week lie in the quiet hours of their day, and which do, or are of a weekend
_QUIET = [how % 24 >= QUIET_FROM or how % 24 < QUIET_TO for how in range(168)]
_RESTING = [quiet or how >= 120 for how, quiet in enumerate(_QUIET)]


def is_idle(how: int, shift: str, *, has_shifts: bool) -> bool:
    """Return whether an hour counts for the idle channel: no shift; without shifts, the quiet hours."""
    return not shift if has_shifts else _QUIET[how]


def is_off(how: int, shift: str, *, idle_day: bool, has_shifts: bool) -> bool:
    """Return whether an hour lies outside production: idle, on a holiday, or on a weekend without shifts."""
    return idle_day or (not shift if has_shifts else _RESTING[how])
