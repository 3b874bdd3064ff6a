"""The PROCESS frame: meters added up, variables beside them."""

from __future__ import annotations

import polars as pl

from analytics.process import process_frame
from tests.analytics.consumption_builders import (
    a_meter,
    a_plant,
    a_variable,
    at,
    consumed,
    every,
    readings,
)

A, B = a_meter(name="a", every_s=900.0), a_meter(name="b", every_s=900.0)
TEMPERATURE = a_variable("gauge", "temperature", every_s=900.0)
OUTPUT = a_variable("delta", "output")


def test_meters_add_up_and_variables_stand_beside_them() -> None:
    frame = pl.concat(
        [
            readings(*every(900, [0, 1, 3, 6, 10]), meter="a"),
            readings(*every(900, [5, 7, 9, 11, 13]), meter="b"),
            readings(*every(900, [20.0, 21.0, 22.0, 23.0]), meter="temperature"),
            readings((10, 100), (1000, 50), meter="output"),
        ]
    )
    process = process_frame(
        consumed(frame, A, B, TEMPERATURE, OUTPUT), a_plant(A, B, TEMPERATURE, OUTPUT), "p", "water"
    )
    assert process.schema == {
        "start": pl.Datetime("us", "UTC"),
        "actual": pl.Float64(),
        "quality": pl.String(),
        "temperature": pl.Float64(),
        "output": pl.Float64(),
    }
    assert process["start"].to_list() == [at(900 * i) for i in range(4)]
    assert process["actual"].to_list() == [3.0, 4.0, 5.0, 6.0]
    assert process["quality"].to_list() == ["measured"] * 4
    assert process["temperature"].round(9).to_list() == [20.0, 21.0, 22.0, 23.0]
    assert process["output"].to_list() == [100.0, 50.0, 0.0, 0.0]


def test_one_missing_meter_makes_the_sum_unknown() -> None:
    frame = pl.concat(
        [readings(*every(900, [0, 1, 2, 3, 4]), meter="a"), readings((0, 0), (900, 9), meter="b")]
    )
    process = process_frame(consumed(frame, A, B), a_plant(A, B), "p", "water")
    assert process["actual"].to_list() == [10.0, None, None, None]
    assert process["quality"].to_list() == ["measured", "missing", "missing", "missing"]


def test_the_worst_quality_wins() -> None:
    frame = pl.concat(
        [
            readings((0, 0), (900, 1), (1700, 2), (1800, 0), (2700, 1), (3600, 2), meter="a"),
            readings((0, 0), (900, 1), (1800, 2), (3600, 4), meter="b"),
        ]
    )
    process = process_frame(consumed(frame, A, B), a_plant(A, B), "p", "water")
    assert process["quality"].to_list() == ["measured", "reset", "estimated", "estimated"]
    assert process["actual"].to_list() == [2.0, 2.0, 2.0, 2.0]


def test_a_meter_that_is_not_in_the_frame_is_missing() -> None:
    frame = readings(*every(900, [0, 1, 2, 3, 4]), meter="a")
    process = process_frame(consumed(frame, A), a_plant(A, B), "p", "water")
    assert process["actual"].to_list() == [None] * 4
    assert process["quality"].to_list() == ["missing"] * 4


def test_other_processes_and_resources_are_left_out() -> None:
    frame = pl.concat([readings(*every(900, [0, 1, 2, 3, 4]), meter=name) for name in ("a", "x", "other")])
    parts = consumed(frame, A, a_meter(name="x", every_s=900.0), a_variable("counter", "other"))
    process = process_frame(parts, a_plant(A), "p", "water")
    assert process.columns == ["start", "actual", "quality"]
    assert process["actual"].to_list() == [1.0] * 4


def test_a_variable_that_is_unknown_is_null_and_leaves_the_actual_alone() -> None:
    frame = pl.concat(
        [readings(*every(900, [0, 1, 2, 3, 4]), meter="a"), readings((0, 20), meter="temperature")]
    )
    parts = a_plant(A, a_variable("gauge", "temperature", every_s=300.0), OUTPUT)
    process = process_frame(consumed(frame, A, parts.variables["temperature"], OUTPUT), parts, "p", "water")
    assert process["actual"].to_list() == [1.0] * 4
    assert process["temperature"].round(9).to_list() == [20.0, None, None, None]
    assert process["output"].to_list() == [None] * 4


def test_a_lump_of_a_variable_after_an_outage_is_not_taken_for_its_course() -> None:
    counter = a_variable("counter", "output", every_s=60.0)
    frame = pl.concat(
        [
            readings(*every(900, [0, 1, 2, 3, 4]), meter="a"),
            readings((0, 0), (900, 10), (3000, 90), (3600, 100), meter="output"),
        ]
    )
    process = process_frame(consumed(frame, A, counter), a_plant(A, counter), "p", "water")
    assert process["output"].to_list() == [10.0, None, None, None]
