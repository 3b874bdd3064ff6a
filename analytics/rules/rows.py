"""What rules look at: a meter's readings one by one, and its consumption interval by interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from analytics.calendar import calendar_features, local_time
from analytics.pricing import factor_at, price_at
from domain.consumption import USABLE
from domain.plant import Plant
from domain.resource import Resource

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
#: without a shift plan nobody works from this local hour on, nor before that one
_QUIET_FROM, _QUIET_TO = 20, 6


class Point(NamedTuple):
    """One reading."""

    time_us: int
    value: float


class Slot(NamedTuple):
    """One interval of consumption with what the plant's calendar and tariff say of it."""

    start_us: int
    end_us: int
    amount: float | None  # canonical unit; None = unknown, or a catch-up or reset whose shape says nothing
    hour: int  # local hour of the start
    end_hour: int  # local hour of the end
    day: int  # local date as an ordinal
    off: bool  # out of shift, on a holiday or in a closure
    price: float | None
    factor: float | None

    @property
    def hours(self) -> float:
        """Return the interval's length [h]."""
        return (self.end_us - self.start_us) / HOUR_US

    @property
    def rate(self) -> float | None:
        """Return the mean rate per hour; None where the amount is unknown."""
        return None if self.amount is None else self.amount / self.hours


class Surroundings:
    """Calendar and tariff of a plant's intervals, worked out once for all meters of a resource."""

    def __init__(self, plant: Plant, starts: pl.Series) -> None:
        """Prepare for the given interval starts (Datetime[us, UTC], sorted, unique)."""
        self._plant, self._starts = plant, starts
        step = pl.duration(seconds=plant.interval_s)
        frame = pl.DataFrame({"start": starts}).with_columns(end=pl.col("start") + step)
        local, ends = local_time(starts, plant), local_time(frame["end"], plant)
        features = calendar_features(starts, plant)
        shiftless = not plant.shifts
        quiet = (local.dt.hour() >= _QUIET_FROM) | (local.dt.hour() < _QUIET_TO) | (local.dt.weekday() > 5)
        no_shift = quiet if shiftless else features["shift"].is_null()
        self._columns = frame.select(
            "start",
            start_us=pl.col("start").dt.epoch("us"),
            end_us=pl.col("end").dt.epoch("us"),
            hour=local.dt.hour(),
            end_hour=ends.dt.hour(),
            day=local.dt.date().to_physical(),
            off=no_shift | features["holiday"] | features["closed"],
        )
        self._priced: dict[str, pl.DataFrame] = {}

    def slots(self, consumed: pl.DataFrame, resource: Resource) -> Iterator[Slot]:
        """Yield the slots of one meter's CONSUMPTION frame, whose starts are among those prepared for."""
        rows = consumed.select("start", "amount", "quality").join(self._money(resource), on="start")
        usable = pl.col("quality").is_in([str(quality) for quality in USABLE])
        amount = pl.when(usable).then("amount").alias("amount")
        names = ("start_us", "end_us", amount, "hour", "end_hour", "day", "off", "price", "factor")
        columns = [column.to_list() for column in rows.sort("start").select(*names)]
        return map(Slot._make, zip(*columns, strict=True))

    def _money(self, resource: Resource) -> pl.DataFrame:
        if resource.id not in self._priced:
            self._priced[resource.id] = self._columns.with_columns(
                price_at(self._starts, resource, self._plant), factor_at(self._starts, resource, self._plant)
            )
        return self._priced[resource.id]
