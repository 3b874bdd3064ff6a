"""Counters whose instrument was replaced: both registers count, and it is no reset."""

from __future__ import annotations

import polars as pl
import pytest

from analytics.consumption import consume
from domain.amendment import Amendment
from domain.meter import Meter
from tests.analytics.amendment_builders import a_replacement
from tests.analytics.consumption_builders import (
    QUARTER_S,
    START,
    a_meter,
    amounts,
    at,
    every,
    qualities,
    readings,
)

#: one a minute until 30 min, the exchange at 29.5 min, then a register that begins anew
BEFORE, AFTER = every(60, range(5000, 5030)), every(60, [0.7 + i for i in range(31)], 1800)


def consumed(
    points: list[tuple[float, float]], *entries: Amendment, meter: Meter | None = None, intervals: int = 4
) -> pl.DataFrame:
    end = at(intervals * QUARTER_S)
    return consume(readings(*points), [meter or a_meter(every_s=60.0)], QUARTER_S, START, end, entries)


def test_consumption_across_a_replacement_is_what_both_registers_counted() -> None:
    frame = consumed([*BEFORE, *AFTER], a_replacement(1770, 5029.5, 0.2))
    assert amounts(frame) == [15.0, 15.0, 15.0, 15.0]  # 0.5 until the exchange, 0.5 after it
    assert qualities(frame) == ["measured"] * 4


def test_without_the_replacement_the_same_readings_are_a_reset() -> None:
    frame = consumed([*BEFORE, *AFTER])
    assert qualities(frame) == ["measured", "reset", "measured", "measured"]


def test_a_new_register_that_begins_higher_is_no_consumption() -> None:
    after = every(60, range(90_001, 90_032), 1800)
    frame = consumed([*BEFORE, *after], a_replacement(1770, 5029.5, 90_000.5))
    assert amounts(frame) == [15.0] * 4
    assert qualities(frame) == ["measured"] * 4


def test_a_reading_of_the_very_instant_is_the_new_instruments() -> None:
    exchanged = [(1740.0, 5029.0), (1770.0, 0.4), (1800.0, 0.7)]
    frame = consumed([*BEFORE[:-1], *exchanged, *AFTER[1:]], a_replacement(1770, 5029.5, 0.2))
    assert amounts(frame) == [15.0] * 4
    assert qualities(frame) == ["measured"] * 4


def test_an_exchange_without_readings_nearby_is_a_gap_like_any_other_whose_total_is_right() -> None:
    before, after = every(60, range(5000, 5006)), every(60, [0.2 + i for i in range(31)], 5400)
    frame = consumed([*before, *after], a_replacement(2700, 5045.0, 0.2), intervals=8)
    assert amounts(frame) == [15.0] * 3 + [0.0] * 3 + [15.0] * 2  # nothing until the new one counts
    assert qualities(frame) == ["catch_up"] * 6 + ["measured"] * 2
    short = consumed([*BEFORE[:6], *AFTER[20:]], a_replacement(1770, 5029.5, 0.2))
    assert qualities(short) == ["estimated"] * 4  # 1470 s and 1230 s, within the hold
    assert sum(short["amount"]) == pytest.approx(60.0)


def test_an_exchange_before_the_first_reading_of_all_begins_the_count() -> None:
    frame = consumed(AFTER, a_replacement(1770, 5029.5, 0.2))
    assert amounts(frame) == [None, None, 15.0, 15.0]


def test_an_exchange_after_the_last_reading_ends_with_what_the_old_one_showed() -> None:
    frame = consumed(BEFORE, a_replacement(1800, 5030.0, 0.0))
    assert amounts(frame) == [15.0, 15.0, None, None]
    assert qualities(frame) == ["measured", "measured", "missing", "missing"]


def test_two_exchanges_in_one_interval_both_count() -> None:
    points = [(0, 10), (300, 13), (360, 1.5), (600, 4), (700, 71), (900, 73), (1800, 82)]
    entries = a_replacement(330, 13.5, 1.0), a_replacement(630, 4.5, 70.0, number=2)
    frame = consumed(points, *entries, intervals=2)
    assert amounts(frame) == [3.5 + 3.5 + 3.0, 9.0]
    assert qualities(frame) == ["measured", "measured"]


def test_the_new_register_wraps_at_its_own_size_and_the_old_one_at_its() -> None:
    points = [(0, 998.0), (300, 1.0), (600, 96.0), (900, 2.0), (1200, 5.0), (1800, 8.0)]
    entry = a_replacement(450, 2.0, 94.0, old_rollover=1000.0, new_rollover=100.0)
    frame = consumed(points, entry, meter=a_meter(rollover=50_000.0), intervals=2)
    assert amounts(frame) == [3.0 + 1.0 + 2.0 + 6.0, 6.0]
    assert qualities(frame) == ["measured", "measured"]


def test_a_register_of_no_stated_size_wraps_as_the_plant_file_says() -> None:
    points = [(0, 10.0), (600, 995.0), (900, 3.0)]
    frame = consumed(points, a_replacement(450, 11.0, 990.0), meter=a_meter(rollover=1000.0), intervals=1)
    assert amounts(frame) == [1.0 + 5.0 + 8.0]


def test_a_device_that_boots_after_the_exchange_is_compared_with_its_own_epoch_only() -> None:
    points = [(0, 100.0), (300, 101.0), (600, 0.0), (660, 95.5), (900, 98.0)]
    frame = consumed(points, a_replacement(400, 101.5, 95.0), meter=a_meter(every_s=60.0), intervals=1)
    assert amounts(frame) == [1.0 + 0.5 + 0.5 + 2.5]  # 0 while it boots: undone by 95.5
    assert qualities(frame) == ["reset"]


def test_other_meters_are_left_alone() -> None:
    both = pl.concat([readings(*BEFORE, *AFTER), readings(*every(60, range(61)), meter="n")])
    meters = [a_meter(every_s=60.0), a_meter(name="n", every_s=60.0)]
    end = at(4 * QUARTER_S)
    frame = consume(both, meters, QUARTER_S, START, end, [a_replacement(1770, 5029.5, 0.2)])
    alone = consume(both, meters[1:], QUARTER_S, START, end)
    assert frame.filter(pl.col("meter") == "n").equals(alone)
    assert amounts(frame.filter(pl.col("meter") == "m")) == [15.0] * 4


def test_intervals_far_from_the_exchange_keep_their_bits() -> None:
    points = [*every(60, [i * 0.1 for i in range(60)]), *every(60, [i * 0.3 for i in range(200)], 3600)]
    plain, replaced = (
        consumed(points, intervals=16),
        consumed(points, a_replacement(3570, 5.95, 0.0), intervals=16),
    )
    assert plain[:3].equals(replaced[:3])
    assert plain[4:].equals(replaced[4:])
    assert qualities(replaced) == ["measured"] * 16
