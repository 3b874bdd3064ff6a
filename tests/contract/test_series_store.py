"""What every series store does: memory, SQLite, InfluxDB by its native path and by that of 2.x."""

from __future__ import annotations

import math
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from domain.ports import SeriesStore
from domain.reading import Reading
from tests.contract.conftest import OpenSeries
from tests.store.builders import (
    ALWAYS,
    HOUR,
    START,
    START_US,
    a_reading,
    consumption,
    readings,
    rows,
)

METER = "dye_line_2.water"
SCHEMA = pl.Schema({"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()})


def test_it_answers_a_ping(series: SeriesStore) -> None:
    series.ping()


def test_what_was_appended_is_read_back_exactly(series: SeriesStore) -> None:
    kept = [
        a_reading(0, 0.1 + 0.2),
        a_reading(0.000001, 1e-300),
        a_reading(1, -0.0),
        a_reading(2, 2**53 + 2.0),
    ]
    kept += [a_reading(3, sys.float_info.max), a_reading(4, 5e-324), a_reading(5, 123456789.123456789)]
    assert series.append(kept).stored == 7
    found = series.read([METER], *ALWAYS)
    assert found.schema == SCHEMA
    assert rows(found) == [(METER, (r.time_us - START_US) / 1e6, r.value) for r in kept]


@pytest.mark.fault(21)
def test_appending_the_same_three_times_keeps_it_once(series: SeriesStore) -> None:
    for _ in range(3):
        assert series.append(readings(50)).stored == 50
    assert series.read([METER], *ALWAYS).height == 50


@pytest.mark.fault(21)
def test_the_same_meter_and_time_again_replaces_the_value(series: SeriesStore) -> None:
    series.append([a_reading(0, 1.0)])
    series.append([a_reading(0, 2.0)])
    assert rows(series.read([METER], *ALWAYS)) == [(METER, 0.0, 2.0)]


def test_of_the_same_meter_and_time_within_a_batch_the_last_counts(series: SeriesStore) -> None:
    assert series.append([a_reading(0, 1.0), a_reading(1, 5.0), a_reading(0, 3.0)]).stored == 3
    assert rows(series.read([METER], *ALWAYS)) == [(METER, 0.0, 3.0), (METER, 1.0, 5.0)]


@pytest.mark.fault(22)
def test_a_whole_number_and_then_a_fraction_are_both_stored_as_floats(series: SeriesStore) -> None:
    series.append([a_reading(0, 1)])
    series.append([a_reading(1, 1.5)])
    assert rows(series.read([METER], *ALWAYS)) == [(METER, 0.0, 1.0), (METER, 1.0, 1.5)]


def test_late_and_shuffled_readings_are_read_in_order(series: SeriesStore) -> None:
    shuffled = [*readings(200), *readings(200, "b.gas"), *readings(200, "a.steam")]
    random.Random(7).shuffle(shuffled)
    for first in range(0, 600, 60):
        series.append(shuffled[first : first + 60])
    found = series.read(["b.gas", METER, "a.steam"], *ALWAYS)
    wanted = sorted((r.meter, (r.time_us - START_US) / 1e6, r.value) for r in shuffled)
    assert rows(found) == wanted


def test_a_window_holds_its_start_and_not_its_end(series: SeriesStore) -> None:
    series.append(readings(10))
    found = series.read([METER], START + timedelta(seconds=3), START + timedelta(seconds=6))
    assert [second for _, second, _ in rows(found)] == [3.0, 4.0, 5.0]
    assert series.read([METER], START, START).is_empty()
    just_after = START + timedelta(microseconds=1)
    assert [second for _, second, _ in rows(series.read([METER], START, just_after))] == [0.0]


def test_windows_side_by_side_hold_every_reading_once(series: SeriesStore) -> None:
    series.append(readings(600))
    minutes = [START + minute * timedelta(minutes=1) for minute in range(11)]
    parts = [series.read([METER], start, end) for start, end in pairwise(minutes)]
    assert pl.concat(parts).equals(series.read([METER], *ALWAYS))


def test_any_window_may_be_asked_for(series: SeriesStore) -> None:
    series.append(readings(3))
    everything = series.read([METER], datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert everything.height == 3


def test_a_window_in_another_time_zone_is_the_same_window(series: SeriesStore) -> None:
    from zoneinfo import ZoneInfo

    series.append(readings(3))
    local = START.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert series.read([METER], local, local + HOUR).height == 3


def test_a_window_without_a_time_zone_is_refused(series: SeriesStore) -> None:
    series.append(readings(1))
    with pytest.raises(ValueError, match="no time zone"):
        series.read([METER], START.replace(tzinfo=None), START)


def test_an_unknown_meter_is_absent_and_no_error(series: SeriesStore) -> None:
    assert series.read(["nobody"], *ALWAYS).schema == SCHEMA
    series.append(readings(2))
    found = series.read(["nobody", METER, "x\\", "a\nb", ""], *ALWAYS)
    assert found["meter"].unique().to_list() == [METER]
    assert series.last(["nobody"]).is_empty()
    assert series.last(["nobody"]).schema == SCHEMA


def test_no_meters_and_no_readings_are_fine(series: SeriesStore) -> None:
    assert series.append([]) == series.append(())
    assert series.append([]).stored == 0
    for found in (series.read([], *ALWAYS), series.last([])):
        assert found.is_empty()
        assert found.schema == SCHEMA


def test_a_meter_asked_for_twice_is_there_once(series: SeriesStore) -> None:
    series.append(readings(3))
    assert series.read([METER, METER], *ALWAYS).height == 3
    assert series.last([METER, METER]).height == 1


def test_last_is_the_latest_in_time_not_in_arrival(series: SeriesStore) -> None:
    series.append([a_reading(10, 10.0), a_reading(30, 30.0), a_reading(20, 20.0)])
    series.append([a_reading(5, 5.0, "b.gas")])
    assert rows(series.last([METER, "b.gas"])) == [("b.gas", 5.0, 5.0), (METER, 30.0, 30.0)]


def test_last_before_an_instant_excludes_that_instant(series: SeriesStore) -> None:
    series.append(readings(10))
    assert rows(series.last([METER], START + timedelta(seconds=7)))[0][1] == 6.0
    assert rows(series.last([METER], START + timedelta(seconds=7, microseconds=1)))[0][1] == 7.0
    assert series.last([METER], START).is_empty()


def test_last_sees_a_reading_of_the_future(series: SeriesStore) -> None:
    later = datetime.now(UTC) + timedelta(days=20_000)
    ahead = Reading(METER, round(later.timestamp()) * 1_000_000, 9.0, 0)
    series.append([a_reading(0), ahead])
    assert series.last([METER])["value"].to_list() == [9.0]
    assert series.last([METER], later - timedelta(days=1))["value"].to_list() == [1.5]


def test_times_far_back_and_far_ahead_are_kept_exactly(series: SeriesStore) -> None:
    far = [Reading(METER, time_us, 1.0, 0) for time_us in (-(2**53), -1, 0, 2**53)]
    assert series.append(far).stored == 4
    found = series.read([METER], datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert found["time"].to_physical().to_list() == [-(2**53), -1, 0, 2**53]


@pytest.mark.parametrize(
    "name",
    [
        "nước.máy_nhuộm", "Ö l", "a,b", "a=b", "m1,admin=true", 'with "quotes"', "it's", "<img onerror=x>",
        "=cmd()", "@all", "#comment", "a b,c=d e", "水表", "😀", "%", "$1", "NULL", "ünï/cödé", "{}", "true",
        "x'; DROP DATABASE y; --", "--", "a" * 256, "name,tags,name", "a\u00a0b", "-", "1",
    ],
)  # fmt: skip
def test_any_name_comes_back_as_it_was(series: SeriesStore, name: str) -> None:
    others = [name + "2", name[:-1] or "other", "plain"]
    everyone = [name, *others]
    wanted = {meter: float(number) for number, meter in enumerate(everyone) if len(meter.encode()) <= 256}
    done = series.append([a_reading(0, value, meter) for meter, value in wanted.items()])
    assert done.refused == ()
    found = series.read(list(wanted), *ALWAYS)
    assert dict(found.select("meter", "value").iter_rows()) == wanted
    assert rows(series.read([name], *ALWAYS)) == [(name, 0.0, 0.0)]
    assert rows(series.last([name])) == [(name, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (a_reading(0, math.nan), "finite"),
        (a_reading(0, math.inf), "finite"),
        (a_reading(0, -math.inf), "finite"),
        (a_reading(0, 1.0, ""), "empty"),
        (a_reading(0, 1.0, "two\nlines"), "control"),
        (a_reading(0, 1.0, "two\rlines"), "control"),
        (a_reading(0, 1.0, "nul\0"), "control"),
        (a_reading(0, 1.0, "next\x85line"), "control"),
        (a_reading(0, 1.0, "trailing\\"), "backslash"),
        (a_reading(0, 1.0, "in\\side"), "backslash"),
        (a_reading(0, 1.0, "half \ud800"), "Unicode"),
        (a_reading(0, 1.0, "ü" * 129), "longer"),
        (Reading("m", 2**53 + 1, 1.0, 0), "years"),
        (Reading("m", -(2**53) - 1, 1.0, 0), "years"),
        (Reading("m", 10**30, 1.0, 0), "years"),
    ],
)
def test_what_cannot_be_kept_is_given_back_with_the_reason(
    series: SeriesStore, bad: Reading, words: str
) -> None:
    done = series.append([a_reading(1), bad, a_reading(2)])
    assert done.stored == 2
    ((refused, said),) = done.refused
    assert refused is bad
    assert words in said
    assert [second for _, second, _ in rows(series.read([METER], *ALWAYS))] == [1.0, 2.0]


def test_100_000_readings_of_20_meters_are_all_there(series: SeriesStore) -> None:
    meters = [f"line_{number}.power" for number in range(20)]
    many = [
        Reading(meter, START_US + second * 1_000_000, second + number / 64, 0)
        for second in range(5_000)
        for number, meter in enumerate(meters)
    ]
    assert series.append(many).stored == 100_000
    found = series.read(meters, *ALWAYS)
    assert found.height == 100_000
    wanted = pl.DataFrame(
        sorted((r.meter, r.time_us, r.value) for r in many),
        schema={"meter": pl.String, "time": pl.Int64, "value": pl.Float64},
        orient="row",
    ).cast(SCHEMA)
    assert found.equals(wanted)


def test_1_000_meters_are_asked_for_at_once(series: SeriesStore) -> None:
    meters = [f"meter {number}" for number in range(1_000)]
    series.append([a_reading(0, float(number), meter) for number, meter in enumerate(meters)])
    found = series.last(meters)
    assert found["meter"].to_list() == sorted(meters)
    assert dict(found.select("meter", "value").iter_rows()) == {m: float(n) for n, m in enumerate(meters)}


def test_what_one_has_appended_another_reads(open_series: OpenSeries) -> None:
    writer, reader = open_series(), open_series()
    writer.append(readings(5))
    assert reader.read([METER], *ALWAYS).height == 5


def test_several_threads_write_and_read_at_once(series: SeriesStore, open_series: OpenSeries) -> None:
    if type(series).__name__ == "MemorySeries":
        pytest.skip("memory is for one thread")
    other = open_series()

    def write(worker: int) -> int:
        store = (series, other)[worker % 2]
        batches = [readings(100, f"worker_{worker}", first) for first in range(0, 1_000, 100)]
        return sum(store.append([*batch, *readings(5, "shared")]).stored for batch in batches)

    def read(_: int) -> bool:
        found = series.read([f"worker_{worker}" for worker in range(4)], *ALWAYS)
        return found["time"].null_count() == 0

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(write, range(4)))
        assert all(pool.map(read, range(8)))
    assert stored == [1_050] * 4
    assert series.read([f"worker_{worker}" for worker in range(4)], *ALWAYS).height == 4_000
    assert series.read(["shared"], *ALWAYS).height == 5


def test_nothing_is_forgotten_that_no_retention_was_set_up_for(series: SeriesStore) -> None:
    series.append(readings(5))
    series.append_consumption(consumption([5]))
    assert series.forget(START + 10_000 * HOUR) == 0
    assert series.read([METER], *ALWAYS).height == 5
