"""Losses of a plant over a span, from sums per day; hotspots say which alerts they are, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from analytics.enpi.days import add_up
from analytics.enpi.streams import cost_streams
from app.day_sums import DaySums
from app.weeks import Pair
from domain.alert import AlertKind, fingerprint_of
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Ledger
from domain.stories import told_once
from web.loss import CauseLoss, Loss, Losses, Ranked
from web.span import Span


class LossSource:
    """Answers the page and the API."""

    def __init__(self, plant: Plant, sums: DaySums, ledger: Ledger) -> None:
        self._plant, self._sums, self._ledger = plant, sums, ledger

    def losses(self, span: Span) -> Losses:
        """Return the losses of a span."""
        plant = self._plant
        pairs = [
            pair
            for pair in cost_streams(plant)
            if span.process in {"", pair[0]} and span.resource in {"", pair[1]}
        ]
        days = self._sums.days(pairs, span.first, span.last, span.product)
        hotspots, alerts = self._told(span)
        found = [
            _loss(plant, pair, row, _alerts_of(pair, hotspots, alerts))
            for pair, row in sums_of(days.rows, pairs, span.shift).items()
        ]
        mains = main_streams(plant)
        own = [one for one in found if (one.process, one.resource) not in mains]
        return Losses(
            currency=plant.currency,
            ranked=ranked(own),
            unpriced=[one for one in own if (one.unpriced or 0.0) > 0.0],
            savings=sorted((one for one in own if _is_saving(one)), key=lambda one: one.cost or 0.0),
            unjudged=[one for one in own if one.excess is None],
            mains=[one for one in found if (one.process, one.resource) in mains],
            causes=causes(hotspots, span, set(pairs)),
            as_of=days.as_of,
        )

    def _told(self, span: Span) -> tuple[list[Hotspot], set[str]]:
        """Return the hotspots that touch a span, the latest first, and which alerts there ever were."""
        with self._ledger.begin() as tx:
            hotspots = [one for one in told_once(tx.hotspots(since=span.start)) if one.since < span.end]
            alerts = {alert.fingerprint for alert in tx.alerts()} if hotspots else set()
        return hotspots[::-1], alerts


def sums_of(rows: pl.DataFrame, pairs: Sequence[Pair], shift: str) -> dict[Pair, Mapping[str, Any]]:
    """Return each stream's sums; {} for one of which there is no interval.

    Args:
        rows: of DaySums.
        shift: only its hours; "" = all.
    """
    if rows.is_empty():
        return {pair: {} for pair in pairs}
    chosen = rows.filter(pl.col("shift") == shift) if shift else rows
    found = add_up(chosen, ["process", "resource"]).iter_rows(named=True)
    sums = {(row["process"], row["resource"]): row for row in found}
    return {pair: sums.get(pair, {}) for pair in pairs}


def main_streams(plant: Plant) -> frozenset[Pair]:
    """Return the (process, resource) pairs whose every meter has others under it."""
    mains = {meter.under for meter in plant.meters.values() if meter.under}
    return frozenset(
        pair for pair in plant.streams() if all(meter.id in mains for meter in plant.meters_of(*pair))
    )


def ranked(losses: Iterable[Loss]) -> list[Ranked]:
    """Return what costs money, the dearest first, with shares of the whole."""
    dear = sorted((one for one in losses if (one.cost or 0.0) > 0.0), key=lambda one: -(one.cost or 0.0))
    total, running, found = sum(one.cost or 0.0 for one in dear), 0.0, []
    for one in dear:
        running += one.cost or 0.0
        found.append(Ranked(one, (one.cost or 0.0) / total, running / total))
    return found


def causes(hotspots: Sequence[Hotspot], span: Span, pairs: set[Pair]) -> list[CauseLoss]:
    """Return what the hotspots of each probable cause cost within a span, the dearest first."""
    cost: dict[str, list[float]] = {}
    for one in hotspots:
        if (one.process, one.resource) not in pairs or one.cost_per_hour is None or one.cost_per_hour <= 0.0:
            continue
        until = min(one.ended_at or one.judged_until, span.end)
        hours = (until - max(one.since, span.start)).total_seconds() / 3600.0
        if hours > 0.0:
            cost.setdefault(str(one.cause), []).append(hours * one.cost_per_hour)
    total, running, found = sum(map(sum, cost.values())), 0.0, []
    for cause, parts in sorted(cost.items(), key=lambda pair: -sum(pair[1])):
        running += sum(parts)
        found.append(CauseLoss(cause, len(parts), sum(parts), sum(parts) / total, running / total))
    return found


def _is_saving(one: Loss) -> bool:
    """Return whether less was used: by money where that is known, else by amount."""
    if one.cost is not None and one.cost != 0.0:
        return one.cost < 0.0
    return one.excess is not None and one.excess < 0.0 and not (one.unpriced or 0.0) > 0.0


def _loss(plant: Plant, pair: Pair, row: Mapping[str, Any], alerts: Sequence[str]) -> Loss:
    process, resource = pair
    described = plant.resources[resource]
    actual, expected = row.get("actual_judged"), row.get("expected_judged")
    return Loss(
        process, plant.processes[process].name, resource, described.name, described.unit,
        None if actual is None or expected is None else actual - expected, expected,
        row.get("cost_priced"), row.get("excess_unpriced"), row.get("kg_co2e_weighed"),
        row.get("n_judged", 0), row.get("intervals", 0), alerts,
    )  # fmt: skip


def _alerts_of(pair: Pair, hotspots: Sequence[Hotspot], alerts: set[str]) -> list[str]:
    names = (
        fingerprint_of(AlertKind.HOTSPOT, one.id) for one in hotspots if (one.process, one.resource) == pair
    )
    return [name for name in names if name in alerts]
