"""What charts are drawn from: rates per hour of judged intervals, a gap where a part is unknown."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from app.curves import MOST_POINTS, curves_of
from store.memory import MemorySeries
from tests.alerts.builders import NOW, a_meter, a_plant

QUARTER = timedelta(minutes=15)


def a_store(amounts: list[float | None]) -> MemorySeries:
    store = MemorySeries()
    rows = len(amounts)
    store.append_intervals(
        pl.DataFrame({
            "process": ["dye_line_2"] * rows,
            "resource": ["water"] * rows,
            "start": [NOW + QUARTER * at for at in range(rows)],
            "actual": pl.Series(amounts, dtype=pl.Float64),
            "expected": [2.0] * rows,
            "excess": pl.Series([None] * rows, dtype=pl.Float64),
            "cost": pl.Series([None] * rows, dtype=pl.Float64),
            "kg_co2e": pl.Series([None] * rows, dtype=pl.Float64),
            "quality": ["measured"] * rows,
        }).with_columns(pl.col("start").dt.cast_time_unit("us"))
    )  # fmt: skip
    return store


def test_amounts_are_rates_and_what_is_unknown_stays_unknown() -> None:
    curve = curves_of(a_store([1.0, None, 3.0]), a_plant(a_meter("m")))(
        "dye_line_2", "water", NOW, NOW + QUARTER * 3
    )
    assert curve is not None
    assert (list(curve.actual), list(curve.expected)) == ([4.0, None, 12.0], [8.0, 8.0, 8.0])
    assert (curve.unit, curve.interval_s) == ("m3", 900.0)


def test_more_than_can_be_seen_is_drawn_together_and_keeps_the_mean() -> None:
    amounts: list[float | None] = [float(at % 2) for at in range(4 * MOST_POINTS)]
    amounts[0] = None
    plant = a_plant(a_meter("m"))
    curve = curves_of(a_store(amounts), plant)("dye_line_2", "water", NOW, NOW + QUARTER * len(amounts))
    assert curve is not None
    assert len(curve.starts) == len(curve.actual) == MOST_POINTS
    assert (curve.actual[0], curve.actual[1], curve.interval_s) == (None, 2.0, 3600.0)


def test_where_nothing_was_judged_there_is_no_curve() -> None:
    curve_of = curves_of(MemorySeries(), a_plant(a_meter("m")))
    assert curve_of("dye_line_2", "water", NOW, NOW + QUARTER) is None
