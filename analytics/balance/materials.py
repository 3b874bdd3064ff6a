"""Material and water of a process: input + opening stock = product + losses + closing stock."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from analytics.balance.flows import (
    accuracy_finding,
    accuracy_of,
    all_known,
    closure_finding,
    coverage_finding,
    half_width,
    side_by_side,
    span_of,
)
from analytics.balance.parts import Parts, parts_of
from domain.balance import MaterialBalance
from domain.baseline import Finding, Severity
from domain.enpi import Figure
from domain.meter import Meter, Variable
from domain.plant import Plant

#: a stock is what was measured within this many intervals of the window's end
REACH = 4


def material_balances(consumed: pl.DataFrame, plant: Plant, process: str) -> list[MaterialBalance]:
    """Return the balances of a process; none of what only goes in, as there is nothing to compare it with.

    Sums are over the intervals in which every flow is known, those of the processes that feed it included.

    Args:
        consumed: CONSUMPTION frame of all meters and variables of the process and its feeders, sorted.
        plant: flows, outputs, stocks, shares.
        process: id.
    """
    found = []
    for parts in parts_of(plant, process):
        goes_in = parts.inputs or parts.feeders
        if goes_in and (parts.products or parts.losses) and consumed.height:
            found.append(_balance(consumed, plant, parts))
    return found


def _balance(consumed: pl.DataFrame, plant: Plant, parts: Parts) -> MaterialBalance:
    given = [(giver, share, _products(plant, giver, parts)) for giver, share in parts.feeders]
    meters = list({one.id: one for one in (*parts.flows, *(m for *_, many in given for m in many))}.values())
    rows = side_by_side(consumed, meters, plant.interval_s)
    known = rows.filter(all_known(meters))
    span, n, intervals = span_of(rows["start"], plant.interval_s), known.height, rows.height
    left_out = {"missing": intervals - n} if n < intervals else {}

    def figure(value: float | None) -> Figure:
        return Figure(value if n else None, parts.unit, n, intervals, left_out)

    def amount(of: tuple[Meter | Variable, ...]) -> float:
        return float(sum(known[one.id].sum() for one in of))

    doubts = _feed_doubts(given, span)
    upstream = None if doubts else sum(amount(many) * (share or 0.0) for _, share, many in given)
    opening, closing = (_stock(consumed, parts.stocks, at) for at in (0, -1))
    went_in, product, losses = amount(parts.inputs), amount(parts.products), amount(parts.losses)
    closure = None
    if upstream is not None and opening is not None and closing is not None:
        closure = went_in + upstream + opening - product - losses - closing
    else:
        doubts += _stock_doubts(parts, span) if None in {opening, closing} else []
    total = went_in + (upstream or 0.0)
    pct = 100.0 * closure / total if closure is not None and n and total > 0.0 else None
    spread = half_width([(float(known[one.id].sum()), accuracy_of(one)) for one in meters]) if n else None
    what = f"product, losses and stock of {parts.kind} at {parts.process}"
    return MaterialBalance(
        process=parts.process,
        kind=str(parts.kind),
        start=span[0],
        end=span[1],
        inputs=figure(went_in),
        upstream=figure(upstream),
        opening=figure(opening),
        product=figure(product),
        losses=figure(losses),
        closing=figure(closing),
        closure=figure(closure),
        half_width=spread,
        pct=pct,
        findings=(
            *doubts,
            *closure_finding(closure or 0.0, pct, spread, plant, span, unit=parts.unit, what=what),
            *coverage_finding(n, intervals, span),
            *accuracy_finding(one for one in meters if isinstance(one, Meter)),
        ),
    )


def _products(plant: Plant, giver: str, parts: Parts) -> tuple[Meter | Variable, ...]:
    """Return what counts the product of a process that feeds this one, in the same kind and unit."""
    same = (one for one in parts_of(plant, giver) if (one.kind, one.unit) == (parts.kind, parts.unit))
    return next((one.products for one in same), ())


def _feed_doubts(
    given: list[tuple[str, float | None, tuple[Meter | Variable, ...]]], span: tuple[datetime, datetime]
) -> list[Finding]:
    """Return why it is not known how much came from other processes."""
    found = []
    for giver, share, products in given:
        if share is None:
            message = f"{giver} feeds several processes: give it feed_shares"
            found.append(Finding("feed_shares_unknown", Severity.WARNING, message, *span, {"process": giver}))
        elif not products:
            message = f"nothing measures what {giver} makes: give it an output or a meter of flow product"
            found.append(Finding("product_unknown", Severity.WARNING, message, *span, {"process": giver}))
    return found


def _stock(consumed: pl.DataFrame, stocks: tuple[Variable, ...], at: int) -> float | None:
    """Return the stock at the window's beginning (0) or end (-1); 0 where none is kept, None = unknown."""
    starts = consumed["start"].unique().sort()
    edge = starts.head(REACH) if at == 0 else starts.tail(REACH)
    total = 0.0
    for one in stocks:
        mine = consumed.filter(
            pl.col("meter") == one.id, pl.col("start").is_in(edge.implode()), pl.col("mean").is_not_null()
        ).sort("start")
        if mine.is_empty():
            return None
        total += float(mine["mean"][at])
    return total


def _stock_doubts(parts: Parts, span: tuple[datetime, datetime]) -> list[Finding]:
    names = ", ".join(one.id for one in parts.stocks)
    message = f"{names} was not measured at both ends of the window"
    return [Finding("stock_unknown", Severity.WARNING, message, *span)]
