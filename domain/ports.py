"""What the rooms ask of the outside world. Protocols only; tests/contract holds one suite per port."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from domain.alert import Alert, OutboxMessage, Receipt
from domain.alert_ports import AlertTx
from domain.amendment import Amendment
from domain.baseline import Baseline
from domain.hotspot import Hotspot, Snapshot
from domain.presence import MeterStatus
from domain.reading import Reading
from domain.user_ports import UserTx

if TYPE_CHECKING:
    import polars as pl


class Clock(Protocol):
    """Event time's upper bound: the wall clock, or a simulated one."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: how many are kept, and which the store will never take, with its words."""

    stored: int
    refused: tuple[tuple[Reading, str], ...] = ()


class ReadingSink(Protocol):
    """Where a collector puts readings: the writing end of a series store.

    Every method raises StoreError: `retryable` when the server is away, busy or full; not when it
    refuses our credentials or the database does not exist.
    """

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings. Idempotent: the same (meter, time_us) again replaces, it never doubles."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class SeriesStore(ReadingSink, Protocol):
    """Readings and derived intervals by time; errors as above."""

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end) as meter: String, time: Datetime[us, UTC], value: Float64.

        Sorted by meter, time. Meters without readings are absent; an unknown meter is not an error.
        """
        ...

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading (strictly before `before`), in the frame `read` gives."""
        ...

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals. Idempotent on (process, resource, start).

        Columns: process, resource: String; start: Datetime[us, UTC]; actual, expected, excess, cost,
        kg_co2e: Float64 (null = unknown); quality: String.
        """
        ...

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals with start in [start, end), sorted by start, columns as appended."""
        ...

    def append_consumption(self, frame: pl.DataFrame) -> None:
        """Keep consumption per meter, which outlives the readings. Idempotent on (meter, start).

        Columns: meter: String; start: Datetime[us, UTC]; amount, mean: Float64 (null = unknown);
        quality: String; coverage: Float64; interval_s: Int64.
        """
        ...

    def read_consumption(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return kept consumption with start in [start, end), sorted by meter, start, columns as appended."""
        ...

    def last_consumption(self, meters: Sequence[str]) -> pl.DataFrame:
        """Return each meter's latest kept interval (meter, start); absent where there is none."""
        ...

    def readings_since(self, now: datetime) -> datetime | None:
        """Return the instant before which no readings are kept any more; None: all are, no end is set up."""
        ...

    def forget(self, now: datetime) -> int:
        """Delete what is older than the retention that was set up; return how many rows went.

        Only what this process has to delete: a server with retention of its own does it by itself.
        """
        ...

    def ping(self) -> None:
        """Return if a request with our credentials works; raise StoreError with the reason if not."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class LedgerTx(AlertTx, UserTx, Protocol):
    """One ledger transaction: everything in it is kept, or nothing. Raises LedgerError."""

    def approved_baseline(self, process: str, resource: str) -> Baseline | None:
        """Return the baseline in force."""
        ...

    def baselines(self, process: str | None = None, resource: str | None = None) -> list[Baseline]:
        """Return every version, oldest first, by process and resource."""
        ...

    def save_baseline(self, baseline: Baseline) -> Baseline:
        """Keep a baseline. Version 0 gets the next number; an approved one supersedes its predecessor."""
        ...

    def snapshot(self, process: str, resource: str) -> Snapshot | None:
        """Return the detector state and watermark."""
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the detector state and watermark."""
        ...

    def checkpoints(self, process: str, resource: str) -> list[Snapshot]:
        """Return the kept states of earlier watermarks, oldest first."""
        ...

    def save_checkpoint(self, checkpoint: Snapshot) -> None:
        """Insert or replace a state to go back to, by stream, baseline version and watermark."""
        ...

    def drop_checkpoints(self, process: str, resource: str, after: datetime) -> None:
        """Forget the states of watermarks later than `after`."""
        ...

    def thin_checkpoints(self, process: str, resource: str, before: datetime) -> None:
        """Forget the states of watermarks before `before`, save the first of each baseline version."""
        ...

    def amendments(self) -> list[Amendment]:
        """Return the whole journal of amendments, in the order of entry."""
        ...

    def save_amendment(self, amendment: Amendment) -> Amendment:
        """Append an entry (id 0) to the journal; it gets the next id."""
        ...

    def hotspots(self, *, open_only: bool = False, since: datetime | None = None) -> list[Hotspot]:
        """Return hotspots by `since`; `since` keeps those that were open at or after it."""
        ...

    def save_hotspot(self, hotspot: Hotspot) -> None:
        """Insert or replace by id."""
        ...

    def drop_hotspot(self, hotspot_id: str) -> None:
        """Forget a hotspot that is none any more; its alert resolves as any whose condition is gone."""
        ...

    def alerts(self, *, open_only: bool = False) -> list[Alert]:
        """Return the latest episode of every alert, by pending_at."""
        ...

    def save_alert(self, alert: Alert) -> None:
        """Insert or replace by (fingerprint, episode)."""
        ...

    def enqueue(self, message: OutboxMessage) -> bool:
        """Put a message into the outbox; False when its dedup_key is already there."""
        ...

    def outbox_due(self, now: datetime, limit: int = 100) -> list[OutboxMessage]:
        """Return unsent messages that are due, and that have no unsent predecessor in their order.

        A dead message (`dead_at`) is never due and is nobody's predecessor.
        """
        ...

    def outbox_unsent(self) -> list[OutboxMessage]:
        """Return every unsent message, oldest first; the dead ones too, for health to show."""
        ...

    def save_outbox(self, message: OutboxMessage) -> None:
        """Replace a message's delivery state by dedup_key."""
        ...

    def outbox_log(
        self, *, channel: str | None = None, fingerprint: str | None = None, limit: int = 100
    ) -> list[OutboxMessage]:
        """Return messages, sent or not, the newest first."""
        ...

    def outbox_sent(self) -> dict[str, datetime]:
        """Return when each channel last took a message; absent = it never has."""
        ...

    def meter_statuses(self) -> list[MeterStatus]:
        """Return the status of every meter that ever told one, by meter."""
        ...

    def save_meter_status(self, status: MeterStatus) -> None:
        """Replace a meter's status."""
        ...

    def audit(
        self, *, at: datetime, who: str, what: str, about: str, why: str, details: dict[str, Any]
    ) -> None:
        """Append one line to the audit trail."""
        ...

    def audit_trail(self, about: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Return the latest lines (at, who, what, about, why, details), newest first."""
        ...


class Ledger(Protocol):
    """State that must not contradict itself: from baselines, snapshots and amendments to outbox and audit."""

    def begin(self) -> AbstractContextManager[LedgerTx]:
        """Open a transaction: committed when the block ends, rolled back when it raises."""
        ...

    def ping(self) -> None:
        """Return if the ledger answers and its schema is current; raise LedgerError if not."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Notifier(Protocol):
    """A channel to people."""

    name: str

    def send(self, message: OutboxMessage) -> Receipt | None:
        """Hand a message over; return what the other side says to it, None where it says nothing.

        Raises:
            NotifyError: it was not taken; with whether, and after what time, a retry can help.
        """
        ...


class Publisher(Protocol):
    """Publishes to an MQTT broker."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Return when the broker has acknowledged (QoS 1); raise BrokerError if it has not in time."""
        ...
