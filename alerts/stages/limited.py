"""The rate limit of one receiver: a token bucket in event time. What it keeps back leaves as one summary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.notice import Quota


@dataclass(frozen=True, slots=True)
class Limit:
    """How many messages one channel takes.

    Source: EEMUA 191, about 6 alarms an hour and operator are acceptable, 12 manageable.
    """

    burst: float = 6.0
    per_hour: float = 6.0


def refilled(quota: Quota | None, channel: str, limit: Limit, now: datetime) -> Quota:
    """Return the bucket as it is now; a clock that was set back adds nothing."""
    if quota is None:
        return Quota(channel, limit.burst, now)
    hours = max((now - quota.at) / timedelta(hours=1), 0.0)
    return Quota(channel, min(quota.tokens + hours * limit.per_hour, limit.burst), now)


def taken(quota: Quota, messages: int) -> Quota:
    """Return the bucket after so many messages."""
    return replace(quota, tokens=quota.tokens - messages)


def may_send(quota: Quota, limit: Limit, *, is_critical: bool) -> bool:
    """Return whether one more message may go; what is critical may overdraw the bucket, by its size."""
    return quota.tokens >= 1.0 or (is_critical and quota.tokens >= 1.0 - limit.burst)


def next_token(quota: Quota, limit: Limit) -> datetime:
    """Return when there is a whole token again.

    >>> from datetime import UTC
    >>> next_token(Quota("phone", 0.5, datetime(2026, 1, 1, tzinfo=UTC)), Limit(per_hour=6)).minute
    5
    """
    missing = max(1.0 - quota.tokens, 0.0)
    return quota.at + timedelta(hours=missing / limit.per_hour)
