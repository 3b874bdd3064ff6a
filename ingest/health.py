"""What the collector and the shipper say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.reading import RejectReason


@dataclass(frozen=True, slots=True)
class CollectorHealth:
    """How collecting goes. Counts are since the start."""

    connected: bool  # and the broker has answered for every subscription
    since: datetime  # of being connected, or of not being so
    last_error: str  # why it is not connected, or why the spool takes nothing; "" when all is well
    failed: str  # why collecting has ended for good; "" while it has not
    back_pressure: bool  # the spool takes nothing: the broker keeps the messages meanwhile
    stalled: bool  # the collecting thread has not moved for 15 s, or is gone
    last_message_at: datetime | None
    messages: int
    readings: int
    rejects: Mapping[RejectReason, int]
    retained_ignored: int
    errors: int  # exceptions that should not have been; each is in the log
    unknown_topics: Mapping[str, int]  # the first hundred, with how many messages
    denied: tuple[str, ...]  # topic filters the broker does not let us subscribe to
    missing_messages: int  # that have not come, by the senders' running numbers, since the start
    missing_by_meter: Mapping[str, int]  # those with most, a hundred
    broker_dropped: int | None  # messages, of all its clients, since it first told us; None: it does not tell
    spool_records: int
    spool_bytes: int
    spool_max_bytes: int
    spool_damaged: int

    @property
    def well(self) -> bool:
        """Return whether readings come in as they should."""
        return self.connected and not (self.back_pressure or self.stalled or self.failed or self.denied)


@dataclass(frozen=True, slots=True)
class ShipperHealth:
    """How shipping goes. Counts are since the start."""

    shipped: int  # readings the store has taken
    refused: int  # readings the store will never take
    undecodable: int  # spool records that are no readings
    waiting: int  # records in the spool
    last_error: str  # "" while the store takes them
    failing_since: datetime | None
    stalled: bool  # the shipping thread is gone

    @property
    def well(self) -> bool:
        """Return whether readings reach the store."""
        return not self.last_error and not self.stalled
