"""What every series store does with what was computed: intervals of processes, consumption of meters."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from domain.ports import SeriesStore
from tests.store.builders import ALWAYS, HOUR, START, consumption, intervals

METER = "dye_line_2.water"
AMOUNTS = dict.fromkeys(("actual", "expected", "excess", "cost", "kg_co2e"), pl.Float64)
INTERVAL_SCHEMA = {
    "process": pl.String,
    "resource": pl.String,
    "start": pl.Datetime("us", "UTC"),
    **AMOUNTS,
    "quality": pl.String,
}

CONSUMPTION_SCHEMA = {
    "meter": pl.String,
    "start": pl.Datetime("us", "UTC"),
    "amount": pl.Float64,
    "mean": pl.Float64,
    "quality": pl.String,
    "coverage": pl.Float64,
    "interval_s": pl.Int64,
}


def test_intervals_come_back_as_appended_and_null_stays_unknown(series: SeriesStore) -> None:
    frame = intervals([2, 0, 1], actual=[0.1 + 0.2, None, 0.0], cost=[1e9, None, None])
    series.append_intervals(frame)
    found = series.read_intervals("dye_line_2", "water", START, START + 3 * HOUR)
    assert found.schema == INTERVAL_SCHEMA
    assert found.equals(frame.sort("start"))
    assert found["actual"].to_list() == [None, 0.0, 0.1 + 0.2]


def test_an_interval_again_replaces_the_whole_row(series: SeriesStore) -> None:
    series.append_intervals(intervals([0, 1], cost=[5.0, 6.0], quality="measured"))
    again = intervals([0], actual=3.0, excess=None, cost=None, kg_co2e=7.0, quality="estimated")
    for _ in range(3):
        series.append_intervals(again)
    found = series.read_intervals("dye_line_2", "water", START, START + HOUR)
    assert found.equals(again)  # in particular: the cost of before is not there any more
    assert series.read_intervals("dye_line_2", "water", *ALWAYS).height == 2


def test_an_interval_of_which_nothing_is_known_is_still_there(series: SeriesStore) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("actual", "expected", "excess", "cost", "kg_co2e"))
    series.append_intervals(intervals([0], quality="missing", **nothing))
    (found,) = series.read_intervals("dye_line_2", "water", *ALWAYS).rows(named=True)
    assert found["quality"] == "missing"
    assert [found[name] for name in nothing] == [None] * 5


def test_not_a_number_is_unknown_in_an_interval(series: SeriesStore) -> None:
    series.append_intervals(intervals([0], actual=math.nan, cost=math.inf))
    found = series.read_intervals("dye_line_2", "water", *ALWAYS)
    assert (found["actual"][0], found["cost"][0]) == (None, None)


def test_intervals_of_other_processes_and_resources_stay_apart(series: SeriesStore) -> None:
    for process, resource in (("a", "water"), ("a", "gas"), ("b", "water"), ("Färberei 1,x=y", "khí nén")):
        series.append_intervals(intervals([0, 1], process=process, resource=resource))
    assert series.read_intervals("a", "gas", *ALWAYS).height == 2
    strange = series.read_intervals("Färberei 1,x=y", "khí nén", *ALWAYS)
    assert strange.select("process", "resource").unique().rows() == [("Färberei 1,x=y", "khí nén")]
    nobody = series.read_intervals("nobody", "gas", *ALWAYS)
    assert nobody.is_empty()
    assert nobody.schema == INTERVAL_SCHEMA


def test_a_window_of_intervals_is_half_open(series: SeriesStore) -> None:
    series.append_intervals(intervals(range(10)))
    found = series.read_intervals("dye_line_2", "water", START + 3 * HOUR, START + 5 * HOUR)
    assert found["start"].to_list() == [START + 3 * HOUR, START + 4 * HOUR]


def test_no_intervals_are_fine_and_a_year_of_them_too(series: SeriesStore) -> None:
    series.append_intervals(intervals([]))
    year = intervals(range(8_760), actual=[hour / 7 for hour in range(8_760)])
    series.append_intervals(year)
    assert series.read_intervals("dye_line_2", "water", *ALWAYS).equals(year)


def test_consumption_per_meter_comes_back_as_appended_and_null_stays_unknown(series: SeriesStore) -> None:
    frame = consumption([2, 0, 1], amount=[0.1 + 0.2, None, 0.0], mean=[1e9, None, None])
    series.append_consumption(frame)
    found = series.read_consumption([METER, "nobody"], START, START + 3 * HOUR)
    assert found.schema == CONSUMPTION_SCHEMA
    assert found.equals(frame.sort("start"))
    assert series.read_consumption([METER], START + HOUR, START + 2 * HOUR)["amount"].to_list() == [0.0]


def test_consumption_again_replaces_the_whole_row(series: SeriesStore) -> None:
    series.append_consumption(consumption([0, 1], mean=[5.0, 6.0]))
    again = consumption([0], amount=3.0, mean=None, quality="estimated", interval_s=300)
    for _ in range(3):
        series.append_consumption(again)
    assert series.read_consumption([METER], START, START + HOUR).equals(again)
    assert series.read_consumption([METER], *ALWAYS).height == 2


def test_consumption_of_strange_and_of_many_meters(series: SeriesStore) -> None:
    meters = ["nước,máy=1 x", "it's", *(f"meter {number}" for number in range(500))]
    together = pl.concat([consumption([0, 1], meter=meter) for meter in meters])
    series.append_consumption(together)
    assert series.read_consumption(meters, *ALWAYS).equals(together.sort("meter", "start"))
    last = series.last_consumption([*meters, "nobody"])
    assert last.rows() == [(meter, START + HOUR) for meter in sorted(meters)]
    assert last.schema == {"meter": pl.String, "start": pl.Datetime("us", "UTC")}


def test_no_consumption_is_fine(series: SeriesStore) -> None:
    series.append_consumption(consumption([]))
    assert series.read_consumption([], *ALWAYS).schema == CONSUMPTION_SCHEMA
    assert series.read_consumption(["nobody"], *ALWAYS).schema == CONSUMPTION_SCHEMA
    assert series.last_consumption(["nobody"]).is_empty()
    assert series.last_consumption([]).is_empty()
