"""Notices kept back for one receiver, and how many messages the receiver may still get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one channel later: in quiet hours, off shift, or when too much was told already.

    It leaves in exactly one outbox message, whose dedup_key stands in `told_in` then: nothing is lost,
    nothing is told twice.
    """

    dedup_key: str  # as of the message that it would have been
    channel: str
    fingerprint: str
    episode: int
    event: str
    body: Mapping[str, Any]  # JSON values
    made_at: datetime
    due_at: datetime  # not before
    why: str  # the rule that keeps it back
    told_in: str = ""  # "" = still kept back


@dataclass(frozen=True, slots=True)
class Quota:
    """A channel's token bucket as it was at an instant of event time."""

    channel: str
    tokens: float
    at: datetime
