"""One ledger transaction: the port's verbs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Select, insert
from sqlalchemy.exc import SQLAlchemyError

from domain.alert import Alert, OutboxMessage
from domain.amendment import Amendment
from domain.baseline import Baseline, BaselineStatus
from domain.errors import LedgerError
from domain.hotspot import Hotspot, Snapshot
from domain.presence import MeterStatus
from store import ledger_sql as sql
from store.codec import (
    alert_of,
    amendment_of,
    baseline_of,
    baseline_row,
    hotspot_of,
    message_of,
    row_of,
    snapshot_of,
    status_of,
    to_json,
)
from store.ledger_alerts import AlertVerbs
from store.ledger_errors import ledger_trouble
from store.ledger_users import UserVerbs
from store.tables import (
    ALERT,
    AMENDMENT,
    AUDIT,
    BASELINE,
    CHECKPOINT,
    HOTSPOT,
    METER_STATUS,
    OUTBOX,
    SNAPSHOT,
)


class SqlTx(AlertVerbs, UserVerbs):
    """Everything in it is kept, or nothing. Every verb raises LedgerError; see `LedgerTx`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._failed: LedgerError | None = None

    def check(self) -> None:
        """Return if every statement worked; raise again what went wrong."""
        if self._failed:
            raise self._failed

    def approved_baseline(self, process: str, resource: str) -> Baseline | None:
        """Return the baseline in force."""
        rows = self._rows(sql.approved_baselines(process, resource))
        return baseline_of(rows[0]) if rows else None

    def baselines(self, process: str | None = None, resource: str | None = None) -> list[Baseline]:
        """Return every version, oldest first, by process and resource."""
        return [baseline_of(row) for row in self._rows(sql.some_baselines(process, resource))]

    def save_baseline(self, baseline: Baseline) -> Baseline:
        """Keep a baseline. Version 0 gets the next number; an approved one supersedes its predecessor.

        A version that is there may change its status, reason, author and figures, never its model.
        """
        self._lock_stream(baseline.process, baseline.resource)
        saved = self._numbered(baseline)
        if saved.status is BaselineStatus.APPROVED:
            self._run(sql.supersede_others(saved))
        self._run(sql.upsert(self._dialect, BASELINE, baseline_row(saved)))
        return saved

    def snapshot(self, process: str, resource: str) -> Snapshot | None:
        """Return the detector state and watermark; other transactions that ask the same wait for our end."""
        self._lock_stream(process, resource)
        rows = self._rows(sql.one_snapshot(process, resource))
        return snapshot_of(rows[0]) if rows else None

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the detector state and watermark.

        Raises:
            LedgerError: retryable from reading on; the watermark kept is later than ours, so another
                analyser has judged these intervals already.
        """
        kept = self.snapshot(snapshot.process, snapshot.resource)
        if kept and kept.watermark > snapshot.watermark:
            name, ours = f"{snapshot.process}/{snapshot.resource}", snapshot.watermark.isoformat()
            message = f"{name} is judged until {kept.watermark.isoformat()} already, we come with {ours}"
            raise self._refused(f"{message}: another analyser works on it", retryable=True)
        self._run(sql.upsert(self._dialect, SNAPSHOT, row_of(snapshot)))

    def checkpoints(self, process: str, resource: str) -> list[Snapshot]:
        """Return the kept states of earlier watermarks, oldest first."""
        return [snapshot_of(row) for row in self._rows(sql.stream_checkpoints(process, resource))]

    def save_checkpoint(self, checkpoint: Snapshot) -> None:
        """Insert or replace a state to go back to, by stream, baseline version and watermark."""
        self._run(sql.upsert(self._dialect, CHECKPOINT, row_of(checkpoint)))

    def drop_checkpoints(self, process: str, resource: str, after: datetime) -> None:
        """Forget the states of watermarks later than `after`."""
        self._run(sql.checkpoints_after(process, resource, after))

    def thin_checkpoints(self, process: str, resource: str, before: datetime) -> None:
        """Forget the states of watermarks before `before`, save the first of each baseline version."""
        self._run(sql.checkpoints_between(process, resource, before))

    def amendments(self) -> list[Amendment]:
        """Return the whole journal of amendments, in the order of entry."""
        return [amendment_of(row) for row in self._rows(sql.whole_journal())]

    def save_amendment(self, amendment: Amendment) -> Amendment:
        """Append an entry (id 0) to the journal; it gets the next id.

        Entries take turns until their transactions end: whoever has read up to an id never finds a lower
        one later, as could happen with a sequence.

        Raises:
            LedgerError: not retryable; the entry has an id already, or what it undoes is not there, is an
                undoing itself or was undone before.
        """
        self._lock_stream("", "amendment")
        if amendment.id:
            raise self._refused(f"amendment {amendment.id} is in the journal already")
        if amendment.undoes is not None:
            known = {entry.id: entry for entry in self.amendments()}
            undone = {entry.undoes for entry in known.values()}
            if amendment.undoes not in known or known[amendment.undoes].undoes is not None:
                raise self._refused(f"there is no amendment {amendment.undoes} to undo")
            if amendment.undoes in undone:
                raise self._refused(f"amendment {amendment.undoes} was undone before")
        saved = replace(amendment, id=self._rows(sql.newest_amendment())[0]["id"] + 1)
        self._run(insert(AMENDMENT).values(row_of(saved)))
        return saved

    def hotspots(self, *, open_only: bool = False, since: datetime | None = None) -> list[Hotspot]:
        """Return hotspots by `since`; `since` keeps those that were open at or after it."""
        return [hotspot_of(row) for row in self._rows(sql.some_hotspots(open_only=open_only, since=since))]

    def save_hotspot(self, hotspot: Hotspot) -> None:
        """Insert or replace by id."""
        self._run(sql.upsert(self._dialect, HOTSPOT, row_of(hotspot)))

    def drop_hotspot(self, hotspot_id: str) -> None:
        """Forget a hotspot that is none any more."""
        self._run(sql.hotspot_gone(hotspot_id))

    def alerts(self, *, open_only: bool = False) -> list[Alert]:
        """Return the latest episode of every alert, by pending_at."""
        return [alert_of(row) for row in self._rows(sql.latest_alerts(open_only=open_only))]

    def save_alert(self, alert: Alert) -> None:
        """Insert or replace by (fingerprint, episode)."""
        self._run(sql.upsert(self._dialect, ALERT, row_of(alert)))

    def enqueue(self, message: OutboxMessage) -> bool:
        """Put a message into the outbox; False when its dedup_key is already there."""
        return bool(self._run(sql.insert_once(self._dialect, OUTBOX, row_of(message))).all())

    def outbox_due(self, now: datetime, limit: int = 100) -> list[OutboxMessage]:
        """Return unsent messages that are due, and that have no unsent predecessor in their order."""
        return [message_of(row) for row in self._rows(sql.due_messages(now, limit))]

    def outbox_unsent(self) -> list[OutboxMessage]:
        """Return every unsent message, oldest first; the dead ones too."""
        return [message_of(row) for row in self._rows(sql.unsent_messages())]

    def save_outbox(self, message: OutboxMessage) -> None:
        """Replace a message's delivery state by dedup_key; what it says stays as it was decided."""
        if self._run(sql.delivery_of(message)).rowcount != 1:
            raise self._refused(f"message {message.dedup_key} is not in the outbox")

    def outbox_log(
        self, *, channel: str | None = None, fingerprint: str | None = None, limit: int = 100
    ) -> list[OutboxMessage]:
        """Return messages, sent or not, the newest first."""
        return [message_of(row) for row in self._rows(sql.message_log(channel, fingerprint, limit))]

    def outbox_sent(self) -> dict[str, datetime]:
        """Return when each channel last took a message."""
        return {row["channel"]: row["sent_at"] for row in self._rows(sql.last_sent())}

    def meter_statuses(self) -> list[MeterStatus]:
        """Return the status of every meter that ever told one, by meter."""
        return [status_of(row) for row in self._rows(sql.all_statuses())]

    def save_meter_status(self, status: MeterStatus) -> None:
        """Replace a meter's status."""
        self._run(sql.upsert(self._dialect, METER_STATUS, row_of(status)))

    def audit(
        self, *, at: datetime, who: str, what: str, about: str, why: str, details: dict[str, Any]
    ) -> None:
        """Append one line to the audit trail; the tables let nobody change or remove it."""
        line = {"at": at, "who": who, "what": what, "about": about, "why": why, "details": details}
        self._run(insert(AUDIT).values(line))

    def audit_trail(self, about: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Return the latest lines (at, who, what, about, why, details), newest first."""
        return self._rows(sql.audit_lines(about, limit))

    def _numbered(self, baseline: Baseline) -> Baseline:
        """Return the baseline with its version; refuse a changed model under an old number."""
        earlier = {known.version: known for known in self.baselines(baseline.process, baseline.resource)}
        if not baseline.version:
            return replace(baseline, version=max(earlier, default=0) + 1)
        known = earlier.get(baseline.version)
        if known and _model(known) != _model(baseline):
            name = f"baseline {baseline.version} of {baseline.process}/{baseline.resource}"
            raise self._refused(f"{name} is frozen: a changed model is a new version")
        return baseline

    def _lock_stream(self, process: str, resource: str) -> None:
        """Wait until no other transaction works on this process and resource; SQLite has only one anyway."""
        if self._dialect == "postgresql":
            digest = blake2b(f"{process}\n{resource}".encode(), digest_size=8).digest()
            self._run(sql.stream_lock(int.from_bytes(digest, signed=True)))

    def _rows(self, question: Select[Any]) -> list[dict[str, Any]]:
        return [row._asdict() for row in self._run(question)]

    def _run(self, statement: Executable) -> CursorResult[Any]:
        """Return a statement's result; after a failure the transaction can no more be committed."""
        try:
            result: CursorResult[Any] = self._connection.execute(statement)
        except (SQLAlchemyError, TypeError, ValueError) as error:  # the last two: a value that is no JSON
            self._failed = ledger_trouble(error)
            raise self._failed from error
        return result

    def _refused(self, message: str, *, retryable: bool = False) -> LedgerError:
        self._failed = LedgerError(message, retryable=retryable)
        return self._failed


def _model(baseline: Baseline) -> tuple[object, ...]:
    """Return what makes a baseline version what it is, as it is kept: frozen once saved."""
    words = to_json([baseline.model, baseline.variables, baseline.coefficients])
    return json.loads(words), baseline.period_start, baseline.period_end, baseline.interval_s
