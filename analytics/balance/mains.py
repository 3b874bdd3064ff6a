"""Sub-meters against their main meter: what nobody measures."""

from __future__ import annotations

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
from analytics.enpi.selection import with_period
from domain.balance import MeterBalance
from domain.enpi import Every, Figure
from domain.meter import Meter
from domain.plant import Plant


def main_meters(plant: Plant) -> tuple[Meter, ...]:
    """Return the meters that others are under, by id."""
    names = {meter.under for meter in plant.meters.values() if meter.under}
    return tuple(plant.meters[name] for name in sorted(names))


def meters_under(plant: Plant, main: str) -> tuple[Meter, ...]:
    """Return the meters directly under a main meter, by id."""
    found = (meter for meter in plant.meters.values() if meter.under == main)
    return tuple(sorted(found, key=lambda meter: meter.id))


def main_balance(
    consumed: pl.DataFrame, plant: Plant, main: str, every: Every = Every.WHOLE
) -> list[MeterBalance]:
    """Return a main meter's balance with the meters directly under it, one per period in order of time.

    Args:
        consumed: CONSUMPTION frame of at least these meters; all intervals of the window are in it.
        plant: meters, their classes, the limit of a closure error.
        main: id of a meter that others are under.
        every: how time is cut.
    """
    subs = meters_under(plant, main)
    rows = side_by_side(consumed, [plant.meters[main], *subs], plant.interval_s)
    rows = with_period(rows, plant, every).filter(pl.col("period").is_not_null())
    return [
        _balance(part, plant, plant.meters[main], subs)
        for part in rows.partition_by("period", maintain_order=True)
    ]


def _balance(rows: pl.DataFrame, plant: Plant, main: Meter, subs: tuple[Meter, ...]) -> MeterBalance:
    known = rows.filter(all_known([main, *subs]))
    n, intervals, unit = known.height, rows.height, plant.resources[main.resource].unit
    span = span_of(rows["start"], plant.interval_s)
    amounts = [float(known[one.id].sum()) for one in (main, *subs)]
    classes = [accuracy_of(one) for one in (main, *subs)]
    remainder = amounts[0] - sum(amounts[1:])
    spread = half_width(list(zip(amounts, classes, strict=True))) if n else None
    pct = 100.0 * remainder / amounts[0] if n and amounts[0] > 0.0 else None

    def figure(value: float) -> Figure:
        left_out = {"missing": intervals - n} if n < intervals else {}
        return Figure(value if n else None, unit, n, intervals, left_out)

    findings = [
        *closure_finding(remainder, pct, spread, plant, span, unit=unit, what=f"the meters under {main.id}"),
        *coverage_finding(n, intervals, span),
        *accuracy_finding((main, *subs)),
    ]
    return MeterBalance(
        main=main.id,
        resource=main.resource,
        sub_amounts=tuple((one.id, amount) for one, amount in zip(subs, amounts[1:], strict=True)),
        period=rows["period"][0],
        start=span[0],
        end=span[1],
        main_amount=figure(amounts[0]),
        subs_amount=figure(sum(amounts[1:])),
        remainder=figure(remainder),
        half_width=spread,
        pct=pct,
        findings=tuple(findings),
    )
