"""Amounts of several meters side by side, and which intervals are known of all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import NormalDist

import polars as pl

from domain.baseline import Finding, Severity
from domain.consumption import Quality
from domain.enpi import CONFIDENCE
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.units import AMOUNT_OF

#: less than this share of the window known: a finding
GOOD_COVERAGE = 0.9
#: a class says the largest error; taken as equally likely within
_RECTANGULAR = math.sqrt(3.0)


def side_by_side(consumed: pl.DataFrame, meters: Sequence[Meter | Variable], interval_s: int) -> pl.DataFrame:
    """Return start and a column per meter under its id: the amount, null = unknown. Sorted by start.

    A register's reset makes an interval unknown: its amount is a lower bound. A variable that is a rate
    becomes an amount.

    Args:
        consumed: CONSUMPTION frame; a meter that is not in it is unknown throughout.
        meters: in the order of the columns.
        interval_s: length of an interval [s].
    """
    frame = consumed.select(pl.col("start").unique().sort())
    usable = pl.col("quality") != str(Quality.RESET)
    for one in meters:
        is_rate = isinstance(one, Variable) and one.unit.dimension in AMOUNT_OF
        value = pl.col("mean") * (interval_s / 3600.0) if is_rate else pl.col("amount")
        mine = consumed.filter(pl.col("meter") == one.id)
        column = mine.select("start", pl.when(usable).then(value).cast(pl.Float64).alias(one.id))
        frame = frame.join(column, on="start", how="left")
    return frame.sort("start")


def all_known(meters: Iterable[Meter | Variable]) -> pl.Expr:
    """Return whether every meter's amount is known; true for none."""
    return pl.all_horizontal(pl.lit(value=True), *(pl.col(one.id).is_not_null() for one in meters))


def half_width(parts: Sequence[tuple[float, float | None]]) -> float | None:
    """Return the half width of the 90 % interval of a sum or difference of amounts.

    Args:
        parts: amount, and the largest error of it in per cent (the meter's class; None = not known).

    Returns:
        None where a class is not known.

    Source: JCGM 100:2008 (GUM), 4.3.7 (rectangular) and 5.1.2 (independent parts).

    >>> round(half_width([(1000.0, 1.0), (900.0, 1.0)]), 1)
    12.8
    >>> half_width([(1000.0, None)])
    """
    squares = [(amount * pct / 100.0 / _RECTANGULAR) ** 2 for amount, pct in parts if pct is not None]
    if len(squares) < len(parts):
        return None
    return NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0) * math.sqrt(sum(squares))


def accuracy_of(meter: Meter | Variable) -> float | None:
    """Return a meter's class [%]; None where it is not known."""
    return meter.accuracy_pct if isinstance(meter, Meter) else None


def coverage_finding(n: int, intervals: int, span: tuple[datetime, datetime]) -> list[Finding]:
    """Return that too little is known, where it is."""
    if intervals == 0 or n >= GOOD_COVERAGE * intervals:
        return []
    message = f"all of its meters are known in {n} of {intervals} intervals only"
    return [Finding("low_coverage", Severity.WARNING, message, *span, {"coverage": n / intervals})]


def accuracy_finding(meters: Iterable[Meter | Variable]) -> list[Finding]:
    """Return which meters' classes are not known, so that the balance has no interval."""
    names = [one.id for one in meters if accuracy_of(one) is None]
    if not names:
        return []
    message = (
        f"how wrong they can be is not known of {', '.join(names)}: give accuracy_pct where there is one"
    )
    return [Finding("accuracy_unknown", Severity.INFO, message, evidence={"meters": names})]


def closure_finding(
    closure: float,
    pct: float | None,
    spread: float | None,
    plant: Plant,
    span: tuple[datetime, datetime],
    *,
    unit: str,
    what: str,
) -> list[Finding]:
    """Return what stands against a balance: more came out than went in, or too much is not accounted for.

    Args:
        closure: what went in less what came out.
        pct: of what went in.
        spread: half width of the closure's interval; None = not known, then it is not excused by it.
        plant: from how many per cent on it is told.
        what: beginning of the sentence, such as "the meters under main".
    """
    if pct is None or abs(closure) <= (spread or 0.0) or abs(pct) < 1e-6:
        return []
    evidence = {"closure": closure, "pct": pct, "half_width": spread, "unit": unit}
    if closure < 0.0:
        message = (
            f"{what} count {-closure:,.4g} {unit} ({-pct:.2g} %) more than went in: something is counted "
            "twice, or has a wrong factor or clock"
        )
        return [Finding("negative_remainder", Severity.WARNING, message, *span, evidence)]
    if pct > plant.balance.max_closure_pct:
        message = f"{what} leave {closure:,.4g} {unit} ({pct:.2g} %) unaccounted for"
        return [Finding("closure_error", Severity.WARNING, message, *span, evidence)]
    return []


def span_of(starts: pl.Series, interval_s: int) -> tuple[datetime, datetime]:
    """Return [first start, end of the last interval) of a sorted, non-empty series of starts."""
    first, last = starts[0], starts[-1]
    return first, last + timedelta(seconds=interval_s)
