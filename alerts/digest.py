"""The day's report: every hotspot that was open, what it cost on that day, the dearest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from alerts.conditions import place_facts
from alerts.outbox import DIGEST, ChannelRule
from domain.alert import OutboxMessage
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Ledger

Span = tuple[datetime, datetime]


def digest(
    ledger: Ledger, plant: Plant, day: date, now: datetime, channels: Sequence[ChannelRule]
) -> list[OutboxMessage]:
    """Return the reports put into the outbox: one per channel that wants them and has none of that day.

    Args:
        day: a local date of the plant, usually yesterday.
    Raises:
        LedgerError: the ledger is away; nothing was put in.
    """
    span = _local_day(plant, day)
    with ledger.begin() as tx:
        body = digest_body(tx.hotspots(since=span[0]), plant, day)
        messages = [_message(channel.name, day, body, now) for channel in channels if channel.digest]
        return [message for message in messages if tx.enqueue(message)]


def digest_body(hotspots: Sequence[Hotspot], plant: Plant, day: date) -> dict[str, Any]:
    """Return the day's figures as JSON values: totals, and one row per hotspot, ranked by cost.

    A hotspot that lasted longer than the day counts for the day's share of its time: only its totals
    are kept. Rows without a cost (no price, or less used than expected) come last and count no money.
    """
    span = _local_day(plant, day)
    rows = [_row(hotspot, plant, span) for hotspot in hotspots if hotspot.detected_at < span[1]]
    rows.sort(key=lambda row: (row["cost"] is None, -(row["cost"] or 0.0), -abs(row["excess"])))
    return {
        "day": day.isoformat(),
        "currency": plant.currency,
        "cost": sum(row["cost"] or 0.0 for row in rows),
        "kg_co2e": sum(row["kg_co2e"] or 0.0 for row in rows),
        "rows": rows,
    }


def _local_day(plant: Plant, day: date) -> Span:
    start = datetime.combine(day, time(), plant.timezone)
    return start, datetime.combine(day + timedelta(days=1), time(), plant.timezone)


def _row(hotspot: Hotspot, plant: Plant, span: Span) -> dict[str, Any]:
    share = _share_of_day(hotspot, span)
    return {
        **place_facts(plant, hotspot.process, hotspot.resource),
        "hotspot": hotspot.id,
        "state": _state(hotspot, span),
        "unit": hotspot.unit,
        "currency": hotspot.currency,
        "excess": hotspot.excess_total * share,
        "cost": None if hotspot.cost_total is None else hotspot.cost_total * share,
        "kg_co2e": None if hotspot.kg_co2e_total is None else hotspot.kg_co2e_total * share,
    }


def _share_of_day(hotspot: Hotspot, span: Span) -> float:
    end = hotspot.ended_at or hotspot.judged_until
    lasted = end - hotspot.since
    if lasted <= timedelta():
        return 1.0
    return max(min(end, span[1]) - max(hotspot.since, span[0]), timedelta()) / lasted


def _state(hotspot: Hotspot, span: Span) -> str:
    if hotspot.ended_at is not None and hotspot.ended_at < span[1]:
        return "resolved"
    return "new" if hotspot.detected_at >= span[0] else "open"


def _message(channel: str, day: date, body: dict[str, Any], now: datetime) -> OutboxMessage:
    return OutboxMessage(
        dedup_key=f"{DIGEST}/{day.isoformat()}/{channel}",
        fingerprint=DIGEST,
        episode=1,
        sequence=day.toordinal(),
        channel=channel,
        event=DIGEST,
        body=body,
        created_at=now,
        due_at=now,
    )
