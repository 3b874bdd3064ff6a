"""Momentary rates -> spans: each reading stands until the next one, within the hold."""

from __future__ import annotations

import polars as pl

from analytics.consumption.spread import MARKS_SCHEMA, Spans
from domain.consumption import RANK, Quality

_HOUR_US = 3_600_000_000
_NEVER_US = 1 << 62


def gauge_spans(readings: pl.DataFrame, rules: pl.DataFrame, interval_us: int) -> Spans:  # noqa: ARG001 -- one signature for the three kinds
    """Return one span per reading, from it to the next one or the end of the hold: rate times hours.

    The previous value is held, not joined to the next by a line, because

    - a history of interval means, stamped by their start, comes back exactly;
    - meters that report on change are right: a line would invent a ramp before every step;
    - nothing depends on a reading that has not come yet, so what was judged stays as judged.

    Where a value is held for longer than usual its intervals are marked `estimated`. A meter's negative
    rate (noise around zero, backflow) counts as zero; a variable's is kept (temperature).

    Args:
        readings: code, time [us], value [canonical unit per hour, or a level], as `tidy` gives them.
        rules: one row per code (`RULES_SCHEMA`).
        interval_us: unused: a rate is held by its meter's cadence.
    """
    rule = {
        n: rules[n].gather(readings["code"]) for n in ("usual_us", "hold_us", "zero_is_missing", "is_meter")
    }
    known = readings.with_columns(**rule).filter(~pl.col("zero_is_missing") | (pl.col("value") != 0.0))
    same = pl.col("code") == pl.col("code").shift(-1)
    until = pl.when(same).then(pl.col("time").shift(-1)).otherwise(_NEVER_US)
    rate = pl.when("is_meter").then(pl.col("value").clip(lower_bound=0.0)).otherwise("value")
    held = known.select(
        "code",
        begin="time",
        end=pl.min_horizontal(until, pl.col("time") + pl.col("hold_us")),
        rate=rate,
        doubtful=pl.col("time") + pl.col("usual_us"),
    )
    marks = held.filter(pl.col("end") > pl.col("doubtful")).select(
        "code", "end", begin="doubtful", rank=pl.lit(RANK[Quality.ESTIMATED], dtype=pl.Int64)
    )
    held_us = held["end"].to_numpy() - held["begin"].to_numpy()
    hours = held_us / _HOUR_US  # numpy's division: see `spread`
    spans = held.select("code", "begin", "end", amount=pl.Series(held["rate"].to_numpy() * hours))
    return Spans(spans, marks.select(*MARKS_SCHEMA))
