"""Work orders and first checks of an alert: read from its history, which can only grow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.alert_change import AlertChange, Change


class WorkState(StrEnum):
    """How far a work order is."""

    ORDERED = "ordered"
    TAKEN = "taken"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What somebody is to do about one episode of an alert."""

    fingerprint: str
    episode: int
    ordered_at: datetime
    ordered_by: str
    what: str
    due: date | None  # the plant's local day
    state: WorkState = WorkState.ORDERED
    taken_by: str = ""
    done_at: datetime | None = None
    outcome: str = ""  # what was found and done


@dataclass(frozen=True, slots=True)
class Tick:
    """A first check that somebody has done."""

    by: str
    at: datetime


def work_orders(changes: Iterable[AlertChange]) -> dict[tuple[str, int], WorkOrder]:
    """Return the work order of every episode that has one; ordering again begins it anew.

    Args:
        changes: in the order in which they happened.
    """
    orders: dict[tuple[str, int], WorkOrder] = {}
    for change in changes:
        key = (change.fingerprint, change.episode)
        if change.change is Change.WORK_ORDERED:
            due = change.details.get("due")
            orders[key] = WorkOrder(
                *key, change.at, change.who, change.why, date.fromisoformat(due) if due else None
            )
        elif key in orders and change.change is Change.WORK_TAKEN:
            orders[key] = replace(orders[key], state=WorkState.TAKEN, taken_by=change.who)
        elif key in orders and change.change is Change.WORK_DONE:
            orders[key] = replace(
                orders[key], state=WorkState.DONE, taken_by=orders[key].taken_by or change.who,
                done_at=change.at, outcome=change.why,
            )  # fmt: skip
    return orders


def ticks(changes: Iterable[AlertChange], episode: int) -> dict[str, Tick]:
    """Return the checks of an episode that are done: text of the check -> who and when."""
    done: dict[str, Tick] = {}
    for change in changes:
        if change.episode == episode and change.change is Change.CHECKED:
            name = str(change.details.get("check", ""))
            if change.details.get("done"):
                done[name] = Tick(change.who, change.at)
            else:
                done.pop(name, None)
    return done
