"""Selected intervals -> the indicators of one process and resource, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from analytics.enpi.certainty import Certainty, savings_half_width
from analytics.enpi.outputs import output_unit, outputs_of, with_amounts
from analytics.enpi.selection import (
    NO_EXPECTED,
    NO_FACTOR,
    NO_OUTPUT,
    NO_PRICE,
    OUTPUT_UNKNOWN,
    OUTPUTS_DIFFER,
    Selection,
    select,
)
from domain.enpi import Enpi, Figure, Savings, SpecificUse
from domain.meter import Variable
from domain.plant import Plant


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose indicators: a process and resource, and how sure its baseline is (or why that is not known)."""

    process: str
    resource: str
    certainty: Certainty | str


def enpis(frame: pl.DataFrame, plant: Plant, subject: Subject, selection: Selection) -> list[Enpi]:
    """Return the indicators of a process and resource, one record per period in order of time.

    Sums are over known intervals: actual and expected over the same ones, so that their ratio is one of
    like with like. A lump after an outage (catch_up) counts, its total is right; a reset does not.

    Args:
        frame: start: Datetime[us, UTC], sorted; actual, expected [unit of the resource]; quality; cost
            [plant currency] and kg_co2e of the excess; a column per output of the process, as
            `process_frame` gives it. Null = unknown.
        plant: units, shifts, outputs.
        subject: of this plant.
        selection: what was asked for.

    Returns:
        nothing for a window without intervals, or a product that the process does not make.
    """
    outputs = outputs_of(plant, subject.process)
    if selection.product:
        if selection.product not in {one.id for one in outputs}:
            return []
        rows = with_amounts(frame, outputs, plant.interval_s)
        counted = tuple(one for one in outputs if one.id == selection.product)
    else:
        rows, counted = with_amounts(frame, outputs, plant.interval_s), outputs
    chosen = select(rows, plant, [one.id for one in outputs], selection)
    totals = _totals(chosen, counted)
    return [
        indicators(row, _counts(row["reasons"]), plant, subject, selection, counted)
        for row in totals.iter_rows(named=True)
    ]


def _totals(chosen: pl.DataFrame, outputs: tuple[Variable, ...]) -> pl.DataFrame:
    """Return sums and counts per period, in order of time; sums over nothing are null."""
    return (
        flagged(chosen, outputs)
        .group_by("period", maintain_order=True)
        .agg(*sums(), pl.col("left_out").drop_nulls().alias("reasons"))
    )


def flagged(chosen: pl.DataFrame, outputs: tuple[Variable, ...]) -> pl.DataFrame:
    """Return the intervals with what was made of all outputs, and in which figures each of them counts.

    Args:
        chosen: of `select`: left_out, actual, expected, cost, kg_co2e, a column per output [amount].
        outputs: whose amounts add up to `made`.
    """
    used, judged = pl.col("left_out").is_null(), pl.col("expected").is_not_null()
    made = pl.sum_horizontal([pl.col(one.id) for one in outputs] or [pl.lit(None)], ignore_nulls=False)
    return chosen.with_columns(made=made.cast(pl.Float64), used=used, judged=used & judged).with_columns(
        counted=pl.col("used") & pl.col("made").is_not_null(),
        priced=pl.col("judged") & pl.col("cost").is_not_null(),
        weighed=pl.col("judged") & pl.col("kg_co2e").is_not_null(),
    )


def sums() -> list[pl.Expr]:
    """Return the sums and counts over `flagged` intervals that `indicators` is made of."""
    return [
        pl.col("start").min().alias("first"),
        pl.col("start").max().alias("last"),
        pl.len().alias("intervals"),
        *(pl.col(flag).sum().alias(f"n_{flag}") for flag in FLAGS),
        *(_sum(column, flag).alias(f"{column}_{flag}") for column, flag in SUMS),
    ]


FLAGS = ("used", "judged", "counted", "priced", "weighed")
SUMS = (
    ("actual", "judged"),
    ("expected", "judged"),
    ("cost", "priced"),
    ("kg_co2e", "weighed"),
    ("actual", "counted"),
    ("made", "counted"),
)


def _sum(column: str, flag: str) -> pl.Expr:
    """Return the sum of a column over the intervals of a flag, null over none."""
    return pl.when(pl.col(flag).any()).then(pl.col(column).filter(pl.col(flag)).sum())


def indicators(
    row: Mapping[str, Any],
    reasons: Mapping[str, int],
    plant: Plant,
    subject: Subject,
    selection: Selection,
    outputs: tuple[Variable, ...],
) -> Enpi:
    """Return the indicators of a period from its sums.

    Args:
        row: period, and the columns of `sums`.
        reasons: why intervals were left out -> how many.
        outputs: that were counted.
    """
    unit, n, intervals = plant.resources[subject.resource].unit, row["n_judged"], row["intervals"]
    unjudged = _more(reasons, NO_EXPECTED, row["n_used"] - n)

    def figure(value: float | None, of: str) -> Figure:
        return Figure(value, of, n, intervals, unjudged)

    def part(value: float | None, of: str, count: int, reason: str) -> Figure:
        return Figure(value, of, count, intervals, _more(unjudged, reason, n - count))

    actual, expected = row["actual_judged"], row["expected_judged"]
    ratio = actual / expected if expected not in {None, 0.0} else None
    first: datetime = row["first"]
    last: datetime = row["last"]
    return Enpi(
        process=subject.process,
        resource=subject.resource,
        period=row["period"],
        start=first,
        end=last + timedelta(seconds=plant.interval_s),
        shift=selection.shift,
        product=selection.product,
        actual=figure(actual, unit),
        expected=figure(expected, unit),
        senpi=figure(ratio, "1"),
        savings=_savings(figure(None if n == 0 else expected - actual, unit), expected, subject.certainty),
        excess_cost=part(row["cost_priced"], plant.currency, row["n_priced"], NO_PRICE),
        excess_co2e=part(row["kg_co2e_weighed"], "kg", row["n_weighed"], NO_FACTOR),
        specific=_specific(row, unit, outputs, reasons),
    )


def _savings(amount: Figure, expected: float | None, certainty: Certainty | str) -> Savings:
    """Return savings with their interval, or why there is none."""
    if amount.value is None or expected is None:
        return Savings(amount, None, None, "not_judged")
    pct = 100.0 * amount.value / expected if expected != 0.0 else None
    if isinstance(certainty, str):
        return Savings(amount, None, pct, certainty)
    half_width = savings_half_width(certainty, expected, amount.n)
    return Savings(amount, half_width, pct, "" if half_width is not None else "too_few_points")


def _specific(
    row: Mapping[str, Any], unit: str, outputs: tuple[Variable, ...], reasons: Mapping[str, int]
) -> SpecificUse:
    """Return use over output, of the intervals in which both are known."""
    n, intervals, made_unit = row["n_counted"], row["intervals"], output_unit(outputs)
    left_out = _more(reasons, OUTPUT_UNKNOWN, row["n_used"] - n)
    if made_unit is None:
        reason = OUTPUTS_DIFFER if outputs else OUTPUT_UNKNOWN
        nothing = Figure(None, "", 0, intervals, {reason: intervals})
        return SpecificUse(nothing, Figure(None, unit, 0, intervals, {reason: intervals}), nothing)
    numerator = Figure(row["actual_counted"], unit, n, intervals, left_out)
    denominator = Figure(row["made_counted"], made_unit, n, intervals, left_out)
    name = f"{unit}/{made_unit}"
    if numerator.value is None or denominator.value is None:
        return SpecificUse(Figure(None, name, 0, intervals, left_out), numerator, denominator)
    if denominator.value <= 0.0:
        nothing = Figure(None, name, 0, intervals, _more(left_out, NO_OUTPUT, n))
        return SpecificUse(nothing, numerator, denominator)
    value = Figure(numerator.value / denominator.value, name, n, intervals, left_out)
    return SpecificUse(value, numerator, denominator)


def _counts(reasons: list[str]) -> dict[str, int]:
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def _more(reasons: Mapping[str, int], reason: str, count: int) -> dict[str, int]:
    """Return reasons with one more, unless it left nothing out."""
    return {**reasons, reason: count} if count else dict(reasons)
