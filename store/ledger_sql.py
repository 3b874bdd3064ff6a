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
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.alert import AlertState, OutboxMessage
from domain.baseline import Baseline, BaselineStatus
from store.tables import (
    ALERT,
    AMENDMENT,
    API_TOKEN,
    AUDIT,
    BASELINE,
    CHECKPOINT,
    HOTSPOT,
    METER_STATUS,
    OUTBOX,
    SESSION,
    SNAPSHOT,
    USER,
)


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


def stream_checkpoints(process: str, resource: str) -> Select[Any]:
    """Return the question for the states of earlier watermarks, oldest first."""
    t = CHECKPOINT.c
    return select(CHECKPOINT).where(_of_stream(process, resource)).order_by(t.watermark, t.baseline_version)


def checkpoints_after(process: str, resource: str, after: datetime) -> Executable:
    """Return the statement that forgets the states of later watermarks."""
    return delete(CHECKPOINT).where(_of_stream(process, resource), CHECKPOINT.c.watermark > after)


def checkpoints_between(process: str, resource: str, before: datetime) -> Executable:
    """Return the statement that forgets the states of earlier watermarks, save each version's first."""
    first = CHECKPOINT.alias("first")
    origin = select(func.min(first.c.watermark)).where(
        first.c.process == CHECKPOINT.c.process,
        first.c.resource == CHECKPOINT.c.resource,
        first.c.baseline_version == CHECKPOINT.c.baseline_version,
    )
    watermark = CHECKPOINT.c.watermark
    return delete(CHECKPOINT).where(
        _of_stream(process, resource), watermark < before, watermark > origin.scalar_subquery()
    )


def _of_stream(process: str, resource: str) -> ColumnElement[bool]:
    return and_(CHECKPOINT.c.process == process, CHECKPOINT.c.resource == resource)


def whole_journal() -> Select[Any]:
    """Return the question for every amendment, in the order of entry."""
    return select(AMENDMENT).order_by(AMENDMENT.c.id)


def newest_amendment() -> Select[Any]:
    """Return the question for the highest id in the journal, 0 while it is empty."""
    return select(func.coalesce(func.max(AMENDMENT.c.id), 0).label("id"))


def hotspot_gone(hotspot_id: str) -> Executable:
    """Return the statement that forgets a hotspot."""
    return delete(HOTSPOT).where(HOTSPOT.c.id == hotspot_id)


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
    names = (
        "due_at", "attempts", "sent_at", "last_error", "dead_at", "failing_since", "answer", "reference",
    )  # fmt: skip
    state = {name: getattr(message, name) for name in names}
    return update(OUTBOX).where(OUTBOX.c.dedup_key == message.dedup_key).values(state)


def message_log(channel: str | None, fingerprint: str | None, limit: int) -> Select[Any]:
    """Return the question for messages, sent or not, the newest first."""
    t = OUTBOX.c
    asked = select(OUTBOX)
    asked = asked if channel is None else asked.where(t.channel == channel)
    asked = asked if fingerprint is None else asked.where(t.fingerprint == fingerprint)
    return asked.order_by(t.created_at.desc(), t.sequence.desc(), t.dedup_key.desc()).limit(limit)


def last_sent() -> Select[Any]:
    """Return the question for when each channel last took a message."""
    sent = func.max(OUTBOX.c.sent_at).label("sent_at")
    return select(OUTBOX.c.channel, sent).where(OUTBOX.c.sent_at.is_not(None)).group_by(OUTBOX.c.channel)


def all_statuses() -> Select[Any]:
    """Return the question for every meter's status."""
    return select(METER_STATUS).order_by(METER_STATUS.c.meter)


def some_users(name: str | None) -> Select[Any]:
    """Return the question for one user, or for all, by name."""
    asked = select(USER).order_by(USER.c.name)
    return asked if name is None else asked.where(USER.c.name == name)


def some_tokens(user: str | None) -> Select[Any]:
    """Return the question for the API tokens of a user, or of all, the oldest first."""
    asked = select(API_TOKEN).order_by(API_TOKEN.c.created_at, API_TOKEN.c.id)
    return asked if user is None else asked.where(API_TOKEN.c.user == user)


def one_token(token_id: str) -> Select[Any]:
    """Return the question for an API token."""
    return select(API_TOKEN).where(API_TOKEN.c.id == token_id)


def one_session(digest: str) -> Select[Any]:
    """Return the question for a session."""
    return select(SESSION).where(SESSION.c.digest == digest)


def sessions_of(user: str) -> Select[Any]:
    """Return the question for the sessions of a user, the oldest first."""
    t = SESSION.c
    return select(SESSION).where(t.user == user).order_by(t.created_at, t.digest)


def session_gone(digest: str) -> Executable:
    """Return the statement that ends a session."""
    return delete(SESSION).where(SESSION.c.digest == digest)


def sessions_gone(user: str) -> Executable:
    """Return the statement that ends all sessions of a user."""
    return delete(SESSION).where(SESSION.c.user == user)


def sessions_over(now: datetime, seen_before: datetime) -> Executable:
    """Return the statement that forgets sessions that have expired or were not seen since."""
    t = SESSION.c
    return delete(SESSION).where((t.expires_at <= now) | (t.seen_at < seen_before))


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
