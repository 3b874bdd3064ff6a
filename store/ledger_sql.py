"""The ledger's questions and changes as SQL, without a connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    Select,
    Table,
    and_,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.alert import AlertState, OutboxMessage
from domain.baseline import Baseline, BaselineStatus
from store.tables import ALERT, AUDIT, BASELINE, HOTSPOT, OUTBOX, SNAPSHOT


def upsert(dialect: str, table: Table, row: Mapping[str, Any]) -> Executable:
    """Return the statement that inserts a row, or replaces the one with its primary key."""
    keys = [column.name for column in table.primary_key]
    statement: Any = _insert(dialect, table).values(dict(row))
    rest = {name: statement.excluded[name] for name in row if name not in keys}
    changed: Executable = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    return changed


def insert_once(dialect: str, table: Table, row: Mapping[str, Any]) -> Executable:
    """Return the statement that inserts a row unless its primary key is there; it gives a row if it did."""
    keys = list(table.primary_key)
    statement: Any = _insert(dialect, table).values(dict(row))
    once: Executable = statement.on_conflict_do_nothing(index_elements=keys).returning(*keys)
    return once


def _insert(dialect: str, table: Table) -> Any:
    """Return an insert that knows ON CONFLICT; both dialects write it alike."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def some_baselines(process: str | None, resource: str | None) -> Select[Any]:
    """Return the question for every version, oldest first, by process and resource."""
    t = BASELINE.c
    asked = select(BASELINE).order_by(t.process, t.resource, t.version)
    if process is not None:
        asked = asked.where(t.process == process)
    return asked if resource is None else asked.where(t.resource == resource)


def approved_baselines(process: str, resource: str) -> Select[Any]:
    """Return the question for the baseline in force."""
    return some_baselines(process, resource).where(BASELINE.c.status == BaselineStatus.APPROVED.value)


def supersede_others(baseline: Baseline) -> Executable:
    """Return the statement that ends the force of every other version of this process and resource."""
    t = BASELINE.c
    same = and_(t.process == baseline.process, t.resource == baseline.resource)
    in_force = and_(t.status == BaselineStatus.APPROVED.value, t.version != baseline.version)
    return update(BASELINE).where(same, in_force).values(status=BaselineStatus.SUPERSEDED.value)


def one_snapshot(process: str, resource: str) -> Select[Any]:
    """Return the question for the state and watermark of a process and resource."""
    return select(SNAPSHOT).where(SNAPSHOT.c.process == process, SNAPSHOT.c.resource == resource)


def some_hotspots(*, open_only: bool, since: datetime | None) -> Select[Any]:
    """Return the question for hotspots; `since` keeps those that were open at or after it."""
    t = HOTSPOT.c
    asked = select(HOTSPOT).order_by(t.since, t.id)
    if open_only:
        asked = asked.where(t.ended_at.is_(None))
    if since is not None:  # an end belongs to the hotspot no more: [since, ended_at)
        asked = asked.where(t.ended_at.is_(None) | (t.ended_at > since))
    return asked


def latest_alerts(*, open_only: bool) -> Select[Any]:
    """Return the question for the latest episode of every alert, by pending_at."""
    later = ALERT.alias("later")
    same = and_(later.c.fingerprint == ALERT.c.fingerprint, later.c.episode > ALERT.c.episode)
    asked = select(ALERT).where(~exists().where(same)).order_by(ALERT.c.pending_at, ALERT.c.fingerprint)
    return asked.where(ALERT.c.state != AlertState.RESOLVED.value) if open_only else asked


def due_messages(now: datetime, limit: int) -> Select[Any]:
    """Return the question for messages that may be sent; a dead one is never due and holds up nobody."""
    mine, before = OUTBOX, OUTBOX.alias("before")
    earlier = and_(
        before.c.fingerprint == mine.c.fingerprint,
        before.c.channel == mine.c.channel,
        before.c.sequence < mine.c.sequence,
    )
    held_up = exists().where(_waits(before), earlier)
    asked = select(mine).where(_waits(mine), mine.c.due_at <= now, ~held_up)
    return _in_order(asked).limit(limit)


def unsent_messages() -> Select[Any]:
    """Return the question for every unsent message, oldest first, the dead ones too."""
    return _in_order(select(OUTBOX).where(OUTBOX.c.sent_at.is_(None)))


def delivery_of(message: OutboxMessage) -> Executable:
    """Return the statement that keeps how far a message's delivery has come."""
    names = ("due_at", "attempts", "sent_at", "last_error", "dead_at")
    state = {name: getattr(message, name) for name in names}
    return update(OUTBOX).where(OUTBOX.c.dedup_key == message.dedup_key).values(state)


def audit_lines(about: str | None, limit: int) -> Select[Any]:
    """Return the question for the latest lines of the audit trail, newest first."""
    t = AUDIT.c
    asked = select(t.at, t.who, t.what, t.about, t.why, t.details)
    asked = asked if about is None else asked.where(t.about == about)
    return asked.order_by(t.at.desc(), t.id.desc()).limit(limit)


def stream_lock(number: int) -> Executable:
    """Return PostgreSQL's statement that waits until no other transaction holds this number."""
    return select(func.pg_advisory_xact_lock(number))


def _waits(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.sent_at.is_(None), table.c.dead_at.is_(None))


def _in_order(asked: Select[Any]) -> Select[Any]:
    return asked.order_by(OUTBOX.c.created_at, OUTBOX.c.sequence, OUTBOX.c.dedup_key)
