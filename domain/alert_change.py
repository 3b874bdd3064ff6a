"""The history of an alert: every step it took, who or what made it take it, and why. It can only grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Change(StrEnum):
    """What happened to an alert."""

    PENDING = "pending"
    FIRING = "firing"
    NO_DATA = "no_data"
    ERROR = "error"
    RESOLVED = "resolved"
    MORE_SEVERE = "more_severe"
    TOLD = "told"
    WITHHELD = "withheld"  # something was to be told and was not; `why` says which rule kept it back
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZED = "snoozed"
    UNSNOOZED = "unsnoozed"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    FEEDBACK = "feedback"
    CHECKED = "checked"  # a first check was done, or was not after all
    WORK_ORDERED = "work_ordered"
    WORK_TAKEN = "work_taken"
    WORK_DONE = "work_done"


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One step of one episode of an alert."""

    fingerprint: str
    episode: int
    at: datetime
    who: str  # a user's name, or the part of the product that decided
    change: Change
    before: str  # the alert's state before; "" = there was none
    after: str
    why: str
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON values
    id: int = 0  # its place in the history; given by the ledger
