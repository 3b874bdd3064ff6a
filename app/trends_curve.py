"""A stream's use over time in no more points than there are pixels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from analytics.baseline import usual_deviation
from domain.baseline import Baseline
from domain.plant import Plant
from web.trend import Curve

#: deviations around what is expected between which nine out of ten intervals lie when nothing is wrong
NINE_OF_TEN = 1.645
DIGITS = 6
_VALUES = ("mean", "least", "most", "expected", "low", "high")


def curve_of(
    plant: Plant, unit: str, frame: pl.DataFrame, baseline: Baseline | None,
    window: tuple[datetime, datetime], pixels: int, previous: pl.DataFrame | None = None,
) -> Curve:  # fmt: skip
    """Return the curve of a window.

    Args:
        frame: of `asked_frame`.
        baseline: whose usual deviation makes the band; None = there is no band.
        window: whole intervals; a step of several intervals begins with its first.
        pixels: points at most, >= 1.
        previous: start, actual of the span before, moved to the window (`moved`); None = not asked for.
    """
    interval_us = plant.interval_s * 1_000_000
    start_us, end_us = (round(at.timestamp() * 1e6) for at in window)
    many = max(0, -(-(end_us - start_us) // interval_us))
    together = max(1, -(-many // pixels))
    step_us = together * interval_us
    place = (pl.col("start").to_physical() - start_us) // step_us
    steps = pl.DataFrame({"place": pl.arange(0, -(-many // together), eager=True, dtype=pl.Int64)})
    ranged = banded(plant, frame, baseline)
    found = steps.join(_stepped(ranged, place), on="place", how="left", maintain_order="left")
    scale = 3600.0 / plant.interval_s
    columns: dict[str, list[Any]] = {
        name: (found[name] * scale).round_sig_figs(DIGITS).to_list() for name in _VALUES
    }
    columns["previous"] = []
    if previous is not None:
        before = previous.group_by(place.alias("place")).agg(pl.col("actual").mean())
        joined = steps.join(before, on="place", how="left", maintain_order="left")
        columns["previous"] = (joined["actual"] * scale).round_sig_figs(DIGITS).to_list()
    at = [(start_us + number * step_us) // 1_000_000 for number in range(steps.height)]
    return Curve(unit, step_us // 1_000_000, at, **columns)


def banded(plant: Plant, frame: pl.DataFrame, baseline: Baseline | None) -> pl.DataFrame:
    """Return the frame with the band around what was expected of each interval; use is never below zero."""
    if baseline is None or frame.is_empty():
        nothing = pl.lit(None, dtype=pl.Float64)
        return frame.with_columns(low=nothing, high=nothing)
    reach = usual_deviation(baseline, frame, plant) * NINE_OF_TEN
    floor = pl.min_horizontal(pl.lit(0.0), pl.col("expected"))
    return frame.with_columns(
        low=pl.when(pl.col("expected").is_not_null()).then(
            pl.max_horizontal(pl.col("expected") - reach, floor)
        ),
        high=pl.col("expected") + reach,
    )


def _stepped(frame: pl.DataFrame, place: pl.Expr) -> pl.DataFrame:
    actual = pl.col("actual")
    return frame.group_by(place.alias("place")).agg(
        actual.mean().alias("mean"), actual.min().alias("least"), actual.max().alias("most"),
        pl.col("expected", "low", "high").mean(),
    )  # fmt: skip


def moved(frame: pl.DataFrame, plant: Plant, days: int) -> pl.DataFrame:
    """Return start and actual as if it had been some local days later: at the same time on the plant's clock.

    Where clocks went forward a time does not exist and its value is left out; where they went back, it counts
    for the first of the two.
    """
    clock = pl.col("start").dt.convert_time_zone(plant.timezone.key).dt.replace_time_zone(None)
    later = clock.dt.offset_by(f"{days}d").dt.replace_time_zone(
        plant.timezone.key, ambiguous="earliest", non_existent="null"
    )
    return frame.select(later.dt.convert_time_zone("UTC").alias("start"), "actual").drop_nulls("start")


def floor_of(at: datetime, interval_s: int) -> datetime:
    """Return the start of the interval that an instant lies in."""
    return datetime.fromtimestamp(int(at.timestamp()) // interval_s * interval_s, UTC)
