"""The CONSUMPTION frame: which rows and columns come back, whatever goes in."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from analytics.consumption import consume, context_s
from domain.meter import Meter
from tests.analytics.consumption_builders import (
    READINGS,
    START,
    a_meter,
    a_variable,
    amounts,
    at,
    consumed,
    every,
    qualities,
    readings,
)

SCHEMA = {
    "meter": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "amount": pl.Float64(),
    "mean": pl.Float64(),
    "quality": pl.String(),
    "coverage": pl.Float64(),
}


def test_there_is_one_row_per_meter_and_interval_sorted() -> None:
    meters = (a_meter(name="b"), a_meter("gauge", "c"), a_variable("delta", "a"))
    frame = consumed(readings((0, 1), (900, 2), meter="b"), *meters, intervals=3)
    assert frame.schema == SCHEMA
    assert frame["meter"].to_list() == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert frame["start"].to_list() == [at(0), at(900), at(1800)] * 3
    assert amounts(frame) == [None] * 3 + [1.0, None, None] + [None] * 3


@pytest.mark.parametrize("kind", ["counter", "gauge", "delta"])
def test_a_meter_without_readings_is_missing_never_zero(kind: str) -> None:
    frame = consumed(pl.DataFrame(schema=READINGS), a_meter(kind), intervals=2)
    assert frame.schema == SCHEMA
    assert amounts(frame) == [None, None]
    assert qualities(frame) == ["missing", "missing"]
    assert frame["coverage"].to_list() == [0.0, 0.0]


def test_no_meters_and_no_intervals_give_empty_frames_with_the_same_columns() -> None:
    assert consumed(readings((0, 1))).schema == SCHEMA
    assert consumed(readings((0, 1))).is_empty()
    empty = consume(readings((0, 1)), [a_meter()], 900, START, START)
    assert (empty.schema, empty.height) == (SCHEMA, 0)


def test_of_two_readings_at_one_instant_the_later_row_counts() -> None:
    frame = consumed(readings((900, 8), (0, 0), (900, 3), (0, 0)), a_meter(), intervals=1)
    assert amounts(frame) == [3.0]


def test_what_is_no_number_and_what_is_no_meter_of_ours_is_ignored() -> None:
    odd = readings((100, float("nan")), (200, float("inf")), (300, float("-inf")))
    frame = pl.concat([readings((0, 0), (900, 3)), odd, readings((450, 99), meter="x")])
    frame = pl.concat(
        [frame, pl.DataFrame({"meter": ["m"], "time": [at(5)], "value": [None]}, schema=READINGS)]
    )
    assert amounts(consumed(frame, a_meter(), intervals=1)) == [3.0]


def test_kinds_of_meters_do_not_disturb_each_other() -> None:
    points = every(60, range(61))
    meters = [a_meter(kind, kind, every_s=60.0) for kind in ("counter", "gauge", "delta")]
    frame = pl.concat([readings(*points, meter=meter.id) for meter in meters])
    together = consumed(frame, *meters)
    apart = pl.concat([consumed(frame, meter) for meter in sorted(meters, key=lambda one: one.id)])
    assert together.equals(apart)


def test_many_meters_with_instants_centuries_apart_are_put_in_order() -> None:
    century_us = 36525 * 86_400 * 1_000_000
    code = 2**64 // (3 * century_us)  # here meter x span, as one integer, comes round to the first meter's
    names = [f"m{i:05d}" for i in range(code + 3)]
    points = [(900, 3), (2 * century_us / 1e6, 9), (-century_us / 1e6, 0), (0, 1)]
    frame = pl.concat([readings(*points, meter=names[i]) for i in (0, code, code + 1)])
    result = consumed(frame, *(a_meter(name=name) for name in names), intervals=2)
    known = result.filter(pl.col("amount").is_not_null())
    assert known["meter"].unique().sort().to_list() == [names[0], names[code], names[code + 1]]
    assert qualities(known) == ["measured", "catch_up"] * 3
    assert known["amount"].to_list()[::2] == [2.0] * 3


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START.replace(tzinfo=None), START),
        (START, START.replace(tzinfo=None)),
        (START + timedelta(seconds=1), START + timedelta(hours=1)),
        (START, START + timedelta(seconds=1)),
        (START, START - timedelta(hours=1)),
    ],
)
def test_a_window_that_is_no_number_of_intervals_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match=r"aware|whole number"):
        consume(readings((0, 1)), [a_meter()], 900, start, end)


def test_a_window_before_1970_works() -> None:
    start = START.replace(year=1960)
    frame = pl.DataFrame(
        {"meter": ["m", "m"], "time": [start, start + timedelta(minutes=30)], "value": [1.0, 3.0]}
    )
    frame = frame.cast(READINGS)
    result = consume(frame, [a_meter(every_s=1800.0)], 900, start, start + timedelta(minutes=30))
    assert amounts(result) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("meter", "context"),
    [
        (a_meter(every_s=10.0), 1800.0),
        (a_meter(every_s=3600.0), 10800.0),
        (a_meter(), 1800.0),
        (a_meter("gauge", every_s=10.0), 30.0),
        (a_meter("gauge"), 1800.0),
        (a_meter("delta", every_s=60.0), 180.0),
        (a_meter("delta"), 1800.0),
    ],
)
def test_the_context_is_the_hold(meter: Meter, context: float) -> None:
    assert context_s(meter, 900) == context
