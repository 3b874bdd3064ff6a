"""A ledger in memory that keeps the port's promises: for tests of alerts, and slow enough to be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from domain.alert import Alert, AlertState, OutboxMessage
from domain.alert_change import AlertChange
from domain.baseline import Baseline, BaselineStatus
from domain.errors import LedgerError
from domain.feedback import Feedback
from domain.hotspot import Hotspot, Snapshot
from domain.notice import Notice, Quota
from domain.photo import Photo
from domain.presence import MeterStatus
from domain.silence import Silence


@dataclass
class Tables:
    """Everything the ledger keeps."""

    baselines: dict[tuple[str, str, int], Baseline] = field(default_factory=dict)
    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    hotspots: dict[str, Hotspot] = field(default_factory=dict)
    alerts: dict[tuple[str, int], Alert] = field(default_factory=dict)
    outbox: dict[str, OutboxMessage] = field(default_factory=dict)
    audits: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, MeterStatus] = field(default_factory=dict)
    changes: list[AlertChange] = field(default_factory=list)
    silences: dict[int, Silence] = field(default_factory=dict)
    feedback: list[Feedback] = field(default_factory=list)
    notices: dict[str, Notice] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)

    def copy(self) -> Tables:
        """Return tables that can be changed without changing these; the records are frozen."""
        return Tables(*(copy(getattr(self, each.name)) for each in fields(self)))


class MemoryLedger:
    """Keeps one set of tables; a transaction works on a copy that replaces it when the block ends well."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.fails_at = ""  # the call of this name raises, as if the database went away in it
        self.calls: Counter[str] = Counter()

    @contextmanager
    def begin(self) -> Iterator[MemoryTx]:
        self.note("begin")
        copied = self.tables.copy()
        yield MemoryTx(copied, self.note)
        self.note("commit")
        self.tables = copied

    def note(self, call: str) -> None:
        """Count a call; raise if it is the one that is to fail."""
        self.calls[call] += 1
        if call == self.fails_at:
            raise LedgerError(f"the ledger went away at {call}")

    def ping(self) -> None:
        self.note("ping")

    def close(self) -> None:
        return


class MemoryTx:
    """One transaction."""

    def __init__(self, tables: Tables, note: Callable[[str], None]) -> None:
        self._t, self._note = tables, note

    def approved_baseline(self, process: str, resource: str) -> Baseline | None:
        found = [b for b in self.baselines(process, resource) if b.status is BaselineStatus.APPROVED]
        return found[0] if found else None

    def baselines(self, process: str | None = None, resource: str | None = None) -> list[Baseline]:
        rows = sorted(self._t.baselines.items())
        return [b for (p, r, _), b in rows if process in (None, p) and resource in (None, r)]

    def save_baseline(self, baseline: Baseline) -> Baseline:
        version = baseline.version or 1 + len(self.baselines(baseline.process, baseline.resource))
        saved = replace(baseline, version=version)
        self._t.baselines[saved.process, saved.resource, version] = saved
        return saved

    def snapshot(self, process: str, resource: str) -> Snapshot | None:
        return self._t.snapshots.get((process, resource))

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self._t.snapshots[snapshot.process, snapshot.resource] = snapshot

    def hotspots(self, *, open_only: bool = False, since: datetime | None = None) -> list[Hotspot]:
        rows = sorted(self._t.hotspots.values(), key=lambda spot: spot.since)
        return [
            spot
            for spot in rows
            if (spot.ended_at is None or not open_only)
            and (since is None or spot.ended_at is None or spot.ended_at >= since)
        ]

    def save_hotspot(self, hotspot: Hotspot) -> None:
        self._t.hotspots[hotspot.id] = hotspot

    def alerts(self, *, open_only: bool = False) -> list[Alert]:
        self._note("alerts_open" if open_only else "alerts")
        latest = {fingerprint: alert for (fingerprint, _), alert in sorted(self._t.alerts.items())}
        rows = sorted(latest.values(), key=lambda alert: alert.pending_at)
        return [alert for alert in rows if not open_only or alert.state is not AlertState.RESOLVED]

    def save_alert(self, alert: Alert) -> None:
        stored = replace(alert, facts=_as_stored(alert.facts), told=_as_stored(alert.told))
        self._t.alerts[alert.fingerprint, alert.episode] = stored

    def enqueue(self, message: OutboxMessage) -> bool:
        self._note("enqueue")
        if message.dedup_key in self._t.outbox:
            return False
        self._t.outbox[message.dedup_key] = replace(message, body=_as_stored(message.body))
        return True

    def outbox_due(self, now: datetime, limit: int = 100) -> list[OutboxMessage]:
        waiting = [message for message in self.outbox_unsent() if message.dead_at is None]
        first: dict[tuple[str, str], int] = {}
        for message in waiting:
            key = (message.fingerprint, message.channel)
            first[key] = min(message.sequence, first.get(key, message.sequence))
        due = [m for m in waiting if m.due_at <= now and first[m.fingerprint, m.channel] == m.sequence]
        return due[:limit]

    def outbox_unsent(self) -> list[OutboxMessage]:
        rows = [message for message in self._t.outbox.values() if message.sent_at is None]
        return sorted(rows, key=lambda message: (message.created_at, message.sequence))

    def save_outbox(self, message: OutboxMessage) -> None:
        self._note("save_outbox")
        self._t.outbox[message.dedup_key] = message

    def outbox_log(
        self, *, channel: str | None = None, fingerprint: str | None = None, limit: int = 100
    ) -> list[OutboxMessage]:
        rows = [
            message
            for message in self._t.outbox.values()
            if channel in (None, message.channel) and fingerprint in (None, message.fingerprint)
        ]
        rows.sort(key=lambda message: (message.created_at, message.sequence, message.dedup_key))
        return rows[::-1][:limit]

    def outbox_sent(self) -> dict[str, datetime]:
        sent = [(message.channel, message.sent_at) for message in self._t.outbox.values() if message.sent_at]
        return {channel: max(at for name, at in sent if name == channel) for channel, _ in sent}

    def meter_statuses(self) -> list[MeterStatus]:
        return [status for _, status in sorted(self._t.statuses.items())]

    def save_meter_status(self, status: MeterStatus) -> None:
        self._t.statuses[status.meter] = status

    def audit(
        self, *, at: datetime, who: str, what: str, about: str, why: str, details: dict[str, Any]
    ) -> None:
        line = {"at": at, "who": who, "what": what, "about": about, "why": why, "details": details}
        self._t.audits.append(deepcopy(line))

    def audit_trail(self, about: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        rows = [line for line in self._t.audits if about in (None, line["about"])]
        return rows[::-1][:limit]

    def alert_episodes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[Alert]:
        rows = sorted(self._t.alerts.values(), key=lambda alert: (alert.pending_at, alert.fingerprint))
        return [
            alert
            for alert in rows
            if fingerprint in (None, alert.fingerprint)
            and (since is None or alert.resolved_at is None or alert.resolved_at >= since)
        ]

    def add_change(self, change: AlertChange) -> None:
        self._t.changes.append(
            replace(change, id=len(self._t.changes) + 1, details=_as_stored(change.details))
        )

    def changes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[AlertChange]:
        return [
            one
            for one in self._t.changes
            if fingerprint in (None, one.fingerprint) and (since is None or one.at >= since)
        ]

    def silences(self, *, since: datetime | None = None) -> list[Silence]:
        return [one for _, one in sorted(self._t.silences.items()) if since is None or one.ends_at > since]

    def save_silence(self, silence: Silence) -> Silence:
        saved = replace(silence, id=silence.id or len(self._t.silences) + 1)
        self._t.silences[saved.id] = saved
        return saved

    def feedback(self, *, since: datetime | None = None) -> list[Feedback]:
        return [one for one in self._t.feedback if since is None or one.at >= since]

    def add_feedback(self, feedback: Feedback) -> Feedback:
        saved = replace(feedback, id=len(self._t.feedback) + 1)
        self._t.feedback.append(saved)
        return saved

    def save_photo(self, photo: Photo) -> None:
        self._t.photos.setdefault(photo.id, photo)

    def photo(self, photo_id: str) -> Photo | None:
        return self._t.photos.get(photo_id)

    def hold(self, notice: Notice) -> bool:
        if notice.dedup_key in self._t.notices:
            return False
        self._t.notices[notice.dedup_key] = replace(notice, body=_as_stored(notice.body))
        return True

    def held(self) -> list[Notice]:
        rows = [one for one in self._t.notices.values() if not one.told_in]
        return sorted(rows, key=lambda one: (one.made_at, one.fingerprint, one.dedup_key))

    def release(self, dedup_keys: Collection[str], told_in: str) -> None:
        for key in dedup_keys:
            if not self._t.notices[key].told_in:
                self._t.notices[key] = replace(self._t.notices[key], told_in=told_in)

    def quotas(self) -> dict[str, Quota]:
        return dict(self._t.quotas)

    def save_quota(self, quota: Quota) -> None:
        self._t.quotas[quota.channel] = quota


def _as_stored(value: Any) -> Any:
    """Return what a database's JSON column would give back; refuse what it would refuse."""
    return json.loads(json.dumps(value, allow_nan=False))
