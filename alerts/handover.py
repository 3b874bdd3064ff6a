"""The hand-over at a change of shift: what is open, what came and went, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.digest import digest_row
from alerts.machine import RANK, Event
from alerts.outbox import HANDOVER, ChannelRule, alert_body
from alerts.shifts import Shifts, Turn
from domain.alert import Alert, OutboxMessage
from domain.notice import Notice
from domain.plant import Plant
from domain.ports import Ledger, LedgerTx
from domain.stories import told_once

#: a hand-over that could not be made within this time of the shift's beginning is not made any more
LATEST = timedelta(hours=1)


def handovers_due(
    shifts: Shifts, channels: Sequence[ChannelRule], now: datetime
) -> list[tuple[ChannelRule, Turn]]:
    """Return the channels whose shift has just begun, each with that shift."""
    begun = [turn for turn in shifts.on_duty(now) if now - turn.start < LATEST]
    return [
        (channel, turn)
        for channel in channels
        for turn in begun
        if channel.handover and (not channel.shifts or turn.name in channel.shifts)
    ]


def hand_over(
    ledger: Ledger, plant: Plant, due: Sequence[tuple[ChannelRule, Turn]], now: datetime
) -> list[OutboxMessage]:
    """Return the hand-overs put into the outbox: one per channel and shift, none without news.

    News is what the channel has not heard of, what was kept back for its shift, and what is open and
    nobody has acknowledged. What it lists counts as told to that channel: it hears the end, and no
    reminder on top of it. Make it before the evaluation of the same instant, or that tells it one by one.

    Raises:
        LedgerError: the ledger is away; nothing was put in, the next run does it.
    """
    with ledger.begin() as tx:
        return [made for channel, turn in due if (made := _hand_over(tx, plant, channel, turn, now))]


def _hand_over(
    tx: LedgerTx, plant: Plant, channel: ChannelRule, turn: Turn, now: datetime
) -> OutboxMessage | None:
    shifts = Shifts(plant.timezone, plant.shifts)
    since = min((one.start for one in shifts.on_duty(turn.start - timedelta(seconds=1))), default=None)
    span = (since or turn.start - timedelta(hours=8), turn.start)
    is_open = [
        alert
        for alert in tx.alerts(open_only=True)
        if alert.is_active and "severity" in alert.told and _is_for(channel, alert)
    ]
    kept = [one for one in tx.held() if one.channel == channel.name and one.due_at <= now]
    if not kept and not any(_is_news(alert, channel) for alert in is_open):
        return None
    message = _message(channel, turn, now, _body(tx, plant, turn, span, is_open, kept))
    if not tx.enqueue(message):
        return None
    tx.release([one.dedup_key for one in kept], message.dedup_key)
    for alert in is_open:
        tx.save_alert(_told(alert, channel, now))
    return message


def _is_for(channel: ChannelRule, alert: Alert) -> bool:
    return RANK[alert.severity] >= RANK[channel.min_severity]


def _is_news(alert: Alert, channel: ChannelRule) -> bool:
    return alert.acknowledged_at is None or channel.name not in alert.told.get("channels", ())


def _told(alert: Alert, channel: ChannelRule, now: datetime) -> Alert:
    names = sorted({*alert.told.get("channels", ()), channel.name})
    return replace(alert, told={**alert.told, "channels": names}, notified_at=now)


def _body(
    tx: LedgerTx,
    plant: Plant,
    turn: Turn,
    span: tuple[datetime, datetime],
    is_open: Sequence[Alert],
    kept: Sequence[Notice],
) -> dict[str, Any]:
    rows = [digest_row(spot, plant, span) for spot in told_once(tx.hotspots(since=span[0]))]
    names = {alert.fingerprint for alert in is_open}
    over = [dict(one.body) for one in kept if one.fingerprint not in names]
    return {
        "shift": turn.name,
        "from": span[0].isoformat(),
        "to": span[1].isoformat(),
        "currency": plant.currency,
        "cost": sum(row["cost"] for row in rows if row["cost"] is not None),
        "new": sum(alert.fired_at is not None and alert.fired_at >= span[0] for alert in is_open),
        "open": len(is_open),
        "resolved": sum(body["event"] == Event.RESOLVED for body in over),
        "items": sorted([*map(_open_item, is_open), *over], key=_rank),
    }


def _open_item(alert: Alert) -> dict[str, Any]:
    body = alert_body(alert, Event.FIRING, "", alert.reason)
    return body | {"acknowledged_by": alert.acknowledged_by, "assigned_to": alert.assigned_to}


def _rank(body: dict[str, Any]) -> tuple[bool, float, str]:
    return (body["event"] == Event.RESOLVED, -float(body["facts"].get("cost_per_hour") or 0.0), body["key"])


def _message(channel: ChannelRule, turn: Turn, now: datetime, body: dict[str, Any]) -> OutboxMessage:
    return OutboxMessage(
        dedup_key=f"{HANDOVER}/{turn.start.isoformat()}/{channel.name}",
        fingerprint=HANDOVER,
        episode=1,
        sequence=int(turn.start.timestamp()),
        channel=channel.name,
        event=HANDOVER,
        body=body,
        created_at=now,
        due_at=now,
        receiver=channel.person,
    )
