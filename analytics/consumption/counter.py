"""Registers that only rise -> spans: what was counted between each reading and the next."""

from __future__ import annotations

import polars as pl

from analytics.consumption.spread import MARKS_SCHEMA, Spans
from domain.consumption import RANK, Quality

#: a step back by less than this share of the register is noise of the last digit or of a 32-bit float
NOISE = 1e-6
#: a register that shows less than this share of what it showed has restarted at zero; one that shows more
#: was corrected, or noisy. Source: Home Assistant, "New sensor state class: total_increasing" (2021-08-16)
RESTARTED = 0.9
#: a wrap-around is believed up to this share of the register: one cannot say more from two readings
MAX_WRAP = 0.1


def counter_spans(readings: pl.DataFrame, rules: pl.DataFrame, interval_us: int) -> Spans:
    """Return one span per pair of successive readings [t0, t1), with the increment v1 - v0 where it rises.

    - Back by no more than NOISE: nothing was used.
    - Wrap-around (`rollover` is set, the wrapped increment is at most MAX_WRAP of it): rollover - v0 + v1.
    - Restart (to below RESTARTED of v0): v1, what was counted since; marked `reset`, a lower bound.
    - Back by less: nothing; marked `reset`.
    - A jump that the next reading undoes within the hold (a device that says 0 while it boots): the step
      from the reading before the jump to the one after it; marked `reset` unless it was noise. This looks
      back one reading and never ahead, so that what was judged live stays as judged.
    - Further apart than usual: marked `estimated`; further apart than the hold: marked `catch_up`, for the
      lump is right as a total, not as a shape.

    Args:
        readings: code, time [us], value, as `tidy` gives them.
        rules: one row per code (`RULES_SCHEMA`).
        interval_us: length of an interval [us]; readings nearer to each other are never marked for that.
    """
    odd = _judged(_odd_pairs(readings, interval_us), rules)
    amount = readings.select(pl.col("value").shift(-1) - pl.col("value")).to_series()
    spans = readings.select(
        "code",
        begin="time",
        end=pl.col("time").shift(-1),
        amount=amount.scatter(odd["row"], odd["amount"]),
    ).filter(pl.col("code") == pl.col("code").shift(-1))
    return Spans(spans, odd.filter(pl.col("rank") > 0).select(*MARKS_SCHEMA))


def _odd_pairs(readings: pl.DataFrame, interval_us: int) -> pl.DataFrame:
    """Return the pairs that need a second look: where the register fell, after that, and across gaps.

    Returns:
        row (of the first reading), code, begin, end [us], v0, v1: Float64, and before: Float64, the value
        before the pair, null at a meter's first.
    """
    same = pl.col("code") == pl.col("code").shift(-1)
    follows = pl.col("code") == pl.col("code").shift(1)
    fell = pl.col("value").shift(-1) < pl.col("value")
    apart = pl.col("time").shift(-1) - pl.col("time") > interval_us
    odd = same & (fell | (follows & fell.shift(1)) | apart)
    row = readings.select(odd.fill_null(value=False).arg_true()).to_series()
    here, after = readings[row], readings[row + 1]
    before = readings[(row.cast(pl.Int64) - 1).clip(0)]
    known = (row > 0) & (before["code"] == here["code"])
    return here.select(
        "code",
        begin="time",
        end=after["time"],
        v0="value",
        v1=after["value"],
        row=row,
        before=before["value"].set(~known, None),
    )


def _judged(odd: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Return row, code, begin, end [us], amount, rank of odd pairs: the cases of `counter_spans`."""
    limits = {name: rules[name].gather(odd["code"]) for name in ("usual_us", "hold_us", "rollover")}
    cases = odd.with_columns(**limits).with_columns(wrapped=pl.col("rollover") - pl.col("v0") + pl.col("v1"))
    return cases.with_columns(case=_case()).select(
        "row", "code", "begin", "end", amount=_amount(), rank=pl.max_horizontal(_reset_rank(), _gap_rank())
    )


def _case() -> pl.Expr:
    """Return what happened between two readings, by name."""
    v0, v1, before = pl.col("v0"), pl.col("v1"), pl.col("before")
    recent = pl.col("end") - pl.col("begin") <= pl.col("hold_us")
    returned = (recent & (before <= v1) & (RESTARTED * v1 <= before)).fill_null(value=False)
    wraps = (v0 <= pl.col("rollover")) & (v1 >= 0.0) & (pl.col("wrapped") <= MAX_WRAP * pl.col("rollover"))
    return (
        pl.when((v1 >= v0) & returned & (v0 < before))
        .then(pl.lit("undone"))
        .when(v1 >= v0)
        .then(pl.lit("rise"))
        .when(v0 - v1 <= NOISE * v0.abs())
        .then(pl.lit("noise"))
        .when(wraps)
        .then(pl.lit("wrap"))
        .when((v1 < RESTARTED * v0) & ~returned)
        .then(pl.lit("restart"))
        .otherwise(pl.lit("back"))
    )


def _amount() -> pl.Expr:
    """Return what was counted between two readings, by case; never negative."""
    case, v1 = pl.col("case"), pl.col("v1")
    return (
        pl.when(case == "rise")
        .then(v1 - pl.col("v0"))
        .when(case == "undone")
        .then(v1 - pl.col("before"))
        .when(case == "wrap")
        .then(pl.col("wrapped"))
        .when(case == "restart")
        .then(v1.clip(lower_bound=0.0))
        .otherwise(0.0)
    )


def _reset_rank() -> pl.Expr:
    """Return the rank of RESET where the register stepped back by more than noise, else 0."""
    before = pl.col("before")
    undone = (pl.col("case") == "undone") & (before - pl.col("v0") > NOISE * before.abs())
    stepped = pl.col("case").is_in(["restart", "back"]) | undone
    return pl.when(stepped).then(RANK[Quality.RESET]).otherwise(0).cast(pl.Int64)


def _gap_rank() -> pl.Expr:
    """Return the rank that the time between two readings alone gives."""
    gap = pl.col("end") - pl.col("begin")
    return (
        pl.when(gap > pl.col("hold_us"))
        .then(RANK[Quality.CATCH_UP])
        .when(gap > pl.col("usual_us"))
        .then(RANK[Quality.ESTIMATED])
        .otherwise(0)
        .cast(pl.Int64)
    )
