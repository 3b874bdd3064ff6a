"""Frames at the store's edge: windows in microseconds, and intervals that are fit to be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import StoreError
from store.frames import INTERVALS, checked_intervals, instant_us
from store.readings import FIRST_US, LAST_US
from tests.store.builders import START, START_US, intervals

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@settings(deadline=None)
@given(st.integers(FIRST_US, LAST_US), st.integers(-12, 12))
def test_an_instant_is_exact_in_any_time_zone(time_us: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    assert instant_us((EPOCH + timedelta(microseconds=time_us)).astimezone(zone)) == time_us


def test_an_instant_beyond_the_years_kept_is_held_to_them() -> None:
    assert instant_us(datetime.min.replace(tzinfo=UTC)) == FIRST_US
    assert instant_us(datetime.max.replace(tzinfo=UTC)) == LAST_US + 1  # so that the last reading is inside
    with pytest.raises(ValueError, match="no time zone"):
        instant_us(START.replace(tzinfo=None))


def test_intervals_get_the_columns_and_types_of_the_store() -> None:
    given_ = intervals([0, 1], actual=[1, 2], cost=[None, None]).with_columns(
        pl.col("actual").cast(pl.Int32),
        pl.col("start").cast(pl.Datetime("ms", "UTC")),
        pl.lit(1).alias("more"),
    )
    found = checked_intervals(given_.select(sorted(given_.columns)))
    assert found.schema == INTERVALS
    assert found["start"].to_physical().to_list() == [START_US, START_US + 3_600_000_000]


def test_of_the_same_interval_twice_the_last_counts() -> None:
    assert checked_intervals(intervals([0, 1, 0], actual=[1.0, 2.0, 3.0]))["actual"].to_list() == [2.0, 3.0]


@pytest.mark.parametrize(
    "bad", [{"process": "a\nb"}, {"resource": ""}, {"process": "x\\"}, {"resource": None}, {"quality": None}]
)
def test_an_interval_that_cannot_be_told_apart_is_refused(bad: dict[str, str | None]) -> None:
    frame = intervals([0]).with_columns(pl.lit(value, pl.String).alias(name) for name, value in bad.items())
    with pytest.raises(StoreError) as caught:
        checked_intervals(frame)
    assert not caught.value.retryable
