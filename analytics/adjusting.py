"""Non-routine adjustments: what a process should use changes because a static factor did.

A baseline always speaks of the plant without any adjustment: before it learns, what is adjusted for is taken
out of the actual use, and whatever it expects gets the adjustments of its time added. So an adjustment
means the same before, in and after a baseline's period, and survives a new baseline.

expected' = expected x product(1 + g f) + sum(a f h), with a the amount per hour, g the growth, h the
interval's hours and f the share of the interval that lies in the adjustment's window.
Source: IPMVP Core Concepts 2022, 5.3.2 (non-routine adjustments); ISO 50006:2014, 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from domain.amendment import Amendment, AmendmentKind, adjustments
from domain.baseline import Baseline

#: an adjustment by per cent never turns what is expected round
LEAST_GROWTH_PCT = -100.0


def adjusted(expected: pl.DataFrame, baseline: Baseline, amendments: Sequence[Amendment]) -> pl.DataFrame:
    """Return an EXPECTED frame with the adjustments in force.

    Args:
        expected: start, expected, sigma; growth widens sigma alike.
        baseline: whose frame it is; where it never expects less than nothing, nor does this.
        amendments: in force; others than adjustments of its process and resource are ignored.
    """
    ours = adjustments(amendments, baseline.process, baseline.resource)
    if not ours:
        return expected
    factor, amount = _effects(ours, baseline.interval_s)
    value = pl.col("expected") * factor + amount
    if baseline.coefficients.get("floor") == 0.0:
        value = pl.max_horizontal(value, 0.0)
    known = pl.when(pl.col("expected").is_not_null()).then(value)
    least = pl.col("sigma") * 0.01
    return expected.with_columns(
        known.alias("expected"), pl.max_horizontal(pl.col("sigma") * factor, least).alias("sigma")
    )


def unadjusted(
    frame: pl.DataFrame, process: str, resource: str, interval_s: int, amendments: Sequence[Amendment]
) -> pl.DataFrame:
    """Return a PROCESS frame with the use that would have been without the adjustments: to learn from.

    Where an adjustment says that nothing is left of the usual use (-100 %), the use without it is unknown.
    """
    ours = adjustments(amendments, process, resource)
    if not ours:
        return frame
    factor, amount = _effects(ours, interval_s)
    bare = pl.when(factor > 1e-6).then((pl.col("actual") - amount) / factor)
    return frame.with_columns(bare.alias("actual"))


def _effects(ours: Sequence[Amendment], interval_s: int) -> tuple[pl.Expr, pl.Expr]:
    """Return by how much the adjustments multiply, and what they then add [unit per interval]."""
    factor, amount = pl.lit(1.0), pl.lit(0.0)
    for one in ours:
        assert one.value is not None
        share = _share(one.start, one.end, interval_s)
        if one.kind is AmendmentKind.GROWN:
            factor = factor * (1.0 + one.value / 100.0 * share)
        else:
            amount = amount + one.value * interval_s / 3600.0 * share
    return factor, amount


def _share(start: datetime, end: datetime, interval_s: int) -> pl.Expr:
    """Return the share of each interval that lies in [start, end)."""
    begin = pl.col("start").dt.epoch("us")
    length = interval_s * 1_000_000
    low, high = _us(start), _us(end)
    inside = pl.min_horizontal(begin + length, pl.lit(high)) - pl.max_horizontal(begin, pl.lit(low))
    return (inside / length).clip(0.0, 1.0)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
