"""Work about an alert: its first checks, and its work order from the wish to the outcome.

Every step stands in the alert's history and nowhere else; domain.work reads it from there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from alerts.acting import LONGEST_TEXT, Deed, alert_named, note
from alerts.glance import about
from alerts.machine import Event
from domain.alert import Alert
from domain.alert_change import Change
from domain.errors import RefusedError
from domain.ports import LedgerTx
from domain.work import WorkOrder, WorkState, work_orders


def tick(
    tx: LedgerTx, name: str, check: str, who: str, now: datetime, *, done: bool, episode: int | None = None
) -> Alert:
    """Return the alert; a first check of it is done, or is not after all."""
    alert = alert_named(tx, name, episode)
    deed = Deed(Change.CHECKED, who, "", now, {"check": check[:LONGEST_TEXT], "done": done})
    note(tx, alert, alert, deed)
    return alert


def order_work(
    tx: LedgerTx, name: str, what: str, due: date | None, who: str, now: datetime,
    channels: Collection[str] = (),
) -> Alert:  # fmt: skip
    """Return the alert; its work is ordered, here and in the maintenance systems of these channels.

    Args:
        due: the plant's local day.
        channels: names of channels that make work orders; what they made for the alert is not made twice.

    Raises:
        RefusedError: there is an order that is not done yet, or no word of what is to be done.
    """
    alert = alert_named(tx, name)
    words = what.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise RefusedError(f"a work order has 1 to {LONGEST_TEXT} letters, this one {len(words)}")
    order = order_of(tx, alert)
    if order is not None and order.state is not WorkState.DONE:
        raise RefusedError(f"work is ordered already, by {order.ordered_by}")
    details = {"due": due.isoformat() if due else None}
    note(tx, alert, alert, Deed(Change.WORK_ORDERED, who, words, now, details))
    for channel in channels:
        _send(tx, alert, channel, now)
    heard = sorted({*alert.told.get("channels", ()), *channels})
    if channels and heard != alert.told.get("channels"):  # who has an order hears that the alert is over
        alert = replace(alert, told={**alert.told, "channels": heard})
        tx.save_alert(alert)
    return alert


def take_work(
    tx: LedgerTx, name: str, who: str, now: datetime, episode: int | None = None, *, instead_of: str = ""
) -> Alert:
    """Return the alert; somebody does its work.

    Args:
        instead_of: who is known to do it so far; "" = nobody.

    Raises:
        RefusedError: nothing is ordered, it was done before, or somebody else does it already.
    """
    alert, order = _ordered(tx, name, episode)
    if order.taken_by == who:
        return alert
    if order.taken_by not in {"", instead_of}:
        raise RefusedError(f"{order.taken_by} does it already")
    note(tx, alert, alert, Deed(Change.WORK_TAKEN, who, "", now))
    return alert


def finish_work(
    tx: LedgerTx, name: str, outcome: str, who: str, now: datetime, episode: int | None = None
) -> Alert:
    """Return the alert; its work is done, with what was found.

    Raises:
        RefusedError: nothing is ordered, it was done before, or nobody says what was found.
    """
    alert, _ = _ordered(tx, name, episode)
    words = outcome.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise RefusedError(f"what was found and done has 1 to {LONGEST_TEXT} letters, this has {len(words)}")
    note(tx, alert, alert, Deed(Change.WORK_DONE, who, words, now))
    return alert


def order_of(tx: LedgerTx, alert: Alert) -> WorkOrder | None:
    """Return the work order of an alert's episode; None where there is none."""
    return work_orders(tx.changes(fingerprint=alert.fingerprint)).get((alert.fingerprint, alert.episode))


def _ordered(tx: LedgerTx, name: str, episode: int | None) -> tuple[Alert, WorkOrder]:
    alert = alert_named(tx, name, episode)
    order = order_of(tx, alert)
    if order is None or order.state is WorkState.DONE:
        raise RefusedError("no work is ordered, or it is done")
    return alert, order


def _send(tx: LedgerTx, alert: Alert, channel: str, now: datetime) -> None:
    """Put an order into the outbox under a key of its own: ordering again sends it once.

    It is an order whether the alert is over or not: somebody wants the work done.
    """
    message = about(alert, now)
    key, event = f"order/{alert.fingerprint}/{alert.episode}/{channel}", str(Event.FIRING)
    body = {**message.body, "dedup_key": key, "event": event}
    tx.enqueue(replace(message, dedup_key=key, event=event, channel=channel, body=body))
