"""A ledger in memory that keeps the port's promises: for tests of alerts, and slow enough to be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.alert import Alert, AlertState, OutboxMessage
from domain.baseline import Baseline, BaselineStatus
from domain.errors import LedgerError
from domain.hotspot import Hotspot, Snapshot


@dataclass
class Tables:
    """Everything the ledger keeps."""

    baselines: dict[tuple[str, str, int], Baseline] = field(default_factory=dict)
    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    hotspots: dict[str, Hotspot] = field(default_factory=dict)
    alerts: dict[tuple[str, int], Alert] = field(default_factory=dict)
    outbox: dict[str, OutboxMessage] = field(default_factory=dict)
    audits: list[dict[str, Any]] = field(default_factory=list)


class MemoryLedger:
    """Keeps one set of tables; a transaction works on a copy that replaces it when the block ends well."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.fails_at = ""  # the call of this name raises, as if the database went away in it
        self.calls: Counter[str] = Counter()

    @contextmanager
    def begin(self) -> Iterator[MemoryTx]:
        self.note("begin")
        copied = Tables(
            dict(self.tables.baselines),
            dict(self.tables.snapshots),
            dict(self.tables.hotspots),
            dict(self.tables.alerts),
            dict(self.tables.outbox),
            list(self.tables.audits),
        )
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

    def audit(
        self, *, at: datetime, who: str, what: str, about: str, why: str, details: dict[str, Any]
    ) -> None:
        line = {"at": at, "who": who, "what": what, "about": about, "why": why, "details": details}
        self._t.audits.append(deepcopy(line))

    def audit_trail(self, about: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        rows = [line for line in self._t.audits if about in (None, line["about"])]
        return rows[::-1][:limit]


def _as_stored(value: Any) -> Any:
    """Return what a database's JSON column would give back; refuse what it would refuse."""
    return json.loads(json.dumps(value, allow_nan=False))
