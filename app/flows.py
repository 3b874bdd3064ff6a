"""Where energy, water and material go in a plant, from sums per day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from analytics.balance.flows import half_width
from analytics.balance.mains import main_meters, meters_under
from app.day_sums import DaySums
from app.losses import main_streams, sums_of
from app.weeks import Pair
from domain.meter import Flow
from domain.plant import Plant
from web.flow_cost import LOSS, MONEY, PRODUCT, UNMETERED, WASTE, FlowGap, FlowLink, Flows, MainBalance
from web.span import Span

#: less than this, or than this share of what went in, is rounding
LEAST = 1e-9


class FlowSource:
    """Answers the page and the API."""

    def __init__(self, plant: Plant, sums: DaySums) -> None:
        self._plant, self._sums = plant, sums

    def flows(self, span: Span, measure: str) -> Flows:
        """Return the flows of a span in money, or of what has one unit."""
        plant = self._plant
        pairs = [
            pair
            for pair in input_streams(plant)
            if span.process in {"", pair[0]}
            and span.resource in {"", pair[1]}
            and measure in {MONEY, plant.resources[pair[1]].unit}
        ]
        days = self._sums.days(pairs, span.first, span.last, span.product)
        sums = sums_of(days.rows, pairs, span.shift)
        balances = [] if span.product else list(self._balances(span, pairs))
        mains = main_streams(plant)
        own = {pair: row for pair, row in sums.items() if row and pair not in mains}
        column = "n_paid" if measure == MONEY else "n_used"
        return Flows(
            measure=measure,
            unit=plant.currency if measure == MONEY else measure,
            measures=measures_of(plant),
            links=[*process_links(plant, own, measure), *_remainders(balances, measure)],
            gaps=list(gaps(plant, sums, mains)) if measure == MONEY else [],
            balances=balances,
            known=sum(row[column] for row in own.values()),
            judged=sum(row["n_judged"] for row in own.values()),
            intervals=sum(row["intervals"] for row in own.values()),
            as_of=days.as_of,
        )

    def _balances(self, span: Span, pairs: Sequence[Pair]) -> Iterator[MainBalance]:
        """Yield the balance of every main meter of these streams."""
        for main in main_meters(self._plant):
            if (main.process, main.resource) in pairs:
                days = self._sums.main(main.id, span.first, span.last)
                chosen = days.filter(pl.col("shift") == span.shift) if span.shift else days
                yield balance_of(self._plant, main.id, chosen)


def input_streams(plant: Plant) -> tuple[Pair, ...]:
    """Return the (process, resource) pairs of what goes in, and of what goes out as waste."""
    return tuple(
        pair
        for pair in plant.streams()
        if all(meter.flow is not Flow.PRODUCT for meter in plant.meters_of(*pair))
    )


def measures_of(plant: Plant) -> list[str]:
    """Return money, and every unit of what the plant uses."""
    return [MONEY, *sorted({plant.resources[resource].unit for _, resource in input_streams(plant)})]


def process_links(plant: Plant, sums: Mapping[Pair, Mapping[str, Any]], measure: str) -> list[FlowLink]:
    """Return what goes into each process, and what becomes of it there; nothing is lost between them.

    Of what goes in, the excess of each stream that used more than expected is avoidable loss, what a meter
    of losses counts is waste, and the rest is product, or use as expected.
    """
    links, into, lost, wasted = [], dict[str, float](), dict[str, float](), dict[str, float]()
    for (process, resource), row in sums.items():
        value = row["paid"] if measure == MONEY else row["actual_used"]
        if value is None or value <= LEAST:
            continue
        kind = str(plant.resources[resource].kind)
        is_waste = all(meter.flow is Flow.LOSS for meter in plant.meters_of(process, resource))
        if is_waste and measure != MONEY:
            # it came in as something else: counted there
            wasted[process] = wasted.get(process, 0.0) + value
            continue
        links.append(FlowLink(f"resource/{resource}", f"process/{process}", kind, value))
        into[process] = into.get(process, 0.0) + value
        excess = min(value, _excess(row, measure))
        lost[process] = lost.get(process, 0.0) + excess
        if is_waste:
            wasted[process] = wasted.get(process, 0.0) + value - excess
    for process, value in into.items():
        loss = min(lost.get(process, 0.0), value)
        waste = min(wasted.get(process, 0.0), value - loss)
        ends = ((LOSS, loss), (WASTE, waste), (PRODUCT, value - waste - loss))
        links += [
            FlowLink(f"process/{process}", end, end, part) for end, part in ends if part > LEAST * value
        ]
    return links


def _excess(row: Mapping[str, Any], measure: str) -> float:
    """Return by how much a stream used more than expected, 0 where it did not or that is not known."""
    if measure == MONEY:
        return max(0.0, row["cost_priced"] or 0.0)
    if row["actual_judged"] is None or row["expected_judged"] is None:
        return 0.0
    return max(0.0, float(row["actual_judged"] - row["expected_judged"]))


def _remainders(balances: Sequence[MainBalance], measure: str) -> list[FlowLink]:
    """Return what main meters count and no meter under them does; a negative one is no flow."""
    found = []
    for one in balances:
        value = one.remainder_cost if measure == MONEY else one.remainder
        if value is not None and value > LEAST:
            found.append(FlowLink(f"resource/{one.resource}", UNMETERED, UNMETERED, value))
    return found


def gaps(plant: Plant, sums: Mapping[Pair, Mapping[str, Any]], mains: frozenset[Pair]) -> Iterator[FlowGap]:
    """Yield the streams whose cost is not known, or not of all that was used."""
    for (process, resource), row in sums.items():
        if (process, resource) in mains:
            continue
        amount, used = row.get("used_unpriced"), row.get("n_used", 0)
        if not used or amount is not None:
            unit = plant.resources[resource].unit
            yield FlowGap(process, resource, unit, amount, used, row.get("intervals", 0))


def balance_of(plant: Plant, main: str, days: pl.DataFrame) -> MainBalance:
    """Return a main meter's balance.

    Args:
        days: of `app.main_days.main_days`.
    """
    meter, subs = plant.meters[main], meters_under(plant, main)
    n, intervals = int(days["n"].sum()), int(days["intervals"].sum())
    amounts = [float(days[one.id].sum()) for one in (meter, *subs)]
    parts = [(amount, one.accuracy_pct) for amount, one in zip(amounts, (meter, *subs), strict=True)]
    paid = days["remainder_paid"].drop_nulls()
    under = sum(amounts[1:])
    return MainBalance(
        main, meter.process, meter.resource, plant.resources[meter.resource].unit,
        amounts[0] if n else None, under if n else None, amounts[0] - under if n else None,
        half_width(parts) if n else None, float(paid.sum()) if paid.len() else None, n, intervals,
    )  # fmt: skip
