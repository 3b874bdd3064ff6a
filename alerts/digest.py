"""The reports of a day and of a week: every hotspot that was open, what it cost then, the dearest first."""

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
from domain.stories import told_once

Span = tuple[datetime, datetime]
WEEK = 7


def digest(
    ledger: Ledger, plant: Plant, day: date, now: datetime, channels: Sequence[ChannelRule]
) -> list[OutboxMessage]:
    """Return the daily reports put into the outbox: one per channel that wants them and has none of that day.

    Args:
        day: a local date of the plant, usually yesterday.
    Raises:
        LedgerError: the ledger is away; nothing was put in.
    """
    return _report(ledger, plant, (day, 1), now, [one for one in channels if one.digest])


def weekly_digest(
    ledger: Ledger, plant: Plant, first: date, now: datetime, channels: Sequence[ChannelRule]
) -> list[OutboxMessage]:
    """Return the weekly reports put into the outbox; as `digest`, over seven local days from `first` on."""
    return _report(ledger, plant, (first, WEEK), now, [one for one in channels if one.weekly])


def _report(
    ledger: Ledger, plant: Plant, days: tuple[date, int], now: datetime, channels: Sequence[ChannelRule]
) -> list[OutboxMessage]:
    if not channels:
        return []
    with ledger.begin() as tx:
        body = digest_body(tx.hotspots(since=_local_span(plant, *days)[0]), plant, *days)
        messages = [_message(channel, days, body, now) for channel in channels]
        return [message for message in messages if tx.enqueue(message)]


def digest_body(hotspots: Sequence[Hotspot], plant: Plant, day: date, days: int = 1) -> dict[str, Any]:
    """Return the figures of some days as JSON values: totals, and one row per hotspot, ranked by cost.

    A hotspot that lasted longer counts for the days' share of its time: only its totals are kept. Rows
    without a cost (no price, or less used than expected) come last and count no money.
    """
    span = _local_span(plant, day, days)
    rows = [
        digest_row(hotspot, plant, span) for hotspot in told_once(hotspots) if hotspot.detected_at < span[1]
    ]
    rows.sort(key=lambda row: (row["cost"] is None, -(row["cost"] or 0.0), -abs(row["excess"])))
    return {
        "day": day.isoformat(),
        "days": days,
        "currency": plant.currency,
        "cost": sum(row["cost"] or 0.0 for row in rows),
        "kg_co2e": sum(row["kg_co2e"] or 0.0 for row in rows),
        "rows": rows,
    }


def _local_span(plant: Plant, day: date, days: int = 1) -> Span:
    start = datetime.combine(day, time(), plant.timezone)
    return start, datetime.combine(day + timedelta(days=days), time(), plant.timezone)


def digest_row(hotspot: Hotspot, plant: Plant, span: Span) -> dict[str, Any]:
    """Return a hotspot's share of a stretch of time, as JSON values."""
    share = _share_of(hotspot, span)
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


def _share_of(hotspot: Hotspot, span: Span) -> float:
    end = hotspot.ended_at or hotspot.judged_until
    lasted = end - hotspot.since
    if lasted <= timedelta():
        return 1.0
    return max(min(end, span[1]) - max(hotspot.since, span[0]), timedelta()) / lasted


def _state(hotspot: Hotspot, span: Span) -> str:
    if hotspot.ended_at is not None and hotspot.ended_at < span[1]:
        return "resolved"
    return "new" if hotspot.detected_at >= span[0] else "open"


def _message(
    channel: ChannelRule, days: tuple[date, int], body: dict[str, Any], now: datetime
) -> OutboxMessage:
    first, count = days
    name = DIGEST if count == 1 else "weekly"
    return OutboxMessage(
        dedup_key=f"{name}/{first.isoformat()}/{channel.name}",
        fingerprint=name,
        episode=1,
        sequence=first.toordinal(),
        channel=channel.name,
        event=DIGEST,
        body=body,
        created_at=now,
        due_at=now,
        receiver=channel.person,
    )
