"""The ledger's tables. A change here needs a migration; a test compares the two on both back ends."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from domain.baseline import BaselineStatus


class Instant(TypeDecorator[datetime]):
    """An aware instant, UTC on both sides; SQLite has no zones, so it keeps UTC without saying so."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the database keeps; a naive instant is refused, since nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Finite(TypeDecorator[float]):
    """A finite float64, kept exactly; SQLite would turn a NaN into NULL, PostgreSQL would keep it."""

    impl = Double()
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Return the value; refuse what is not a number."""
        if value is not None and not isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        return None if value is None else float(value)


def _text(name: str, *, primary: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary, nullable=False)


def _instant(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Finite, nullable=null)


def _whole(name: str, *, primary: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=primary, autoincrement=False, nullable=False)


def _json(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, JSON(none_as_null=True), nullable=null)


METADATA = MetaData()

BASELINE = Table(
    "baseline", METADATA,
    _text("process", primary=True), _text("resource", primary=True), _whole("version", primary=True),
    _text("status"), _text("model"), _json("variables"), _instant("period_start"), _instant("period_end"),
    _whole("interval_s"), _json("coefficients"), _json("statistics"), _json("cross_validated", null=True),
    _json("findings"), _instant("created_at"), _text("reason"), _text("author"),
)  # fmt: skip
_APPROVED = BASELINE.c.status == BaselineStatus.APPROVED.value
Index(
    "baseline_one_approved", BASELINE.c.process, BASELINE.c.resource, unique=True,
    sqlite_where=_APPROVED, postgresql_where=_APPROVED,
)  # fmt: skip

SNAPSHOT = Table(
    "snapshot", METADATA,
    _text("process", primary=True), _text("resource", primary=True), _instant("watermark"),
    _whole("baseline_version"), _whole("format"), Column("state", LargeBinary, nullable=False),
)  # fmt: skip

HOTSPOT = Table(
    "hotspot", METADATA,
    _text("id", primary=True), _text("process"), _text("resource"), _text("kind"), _text("detector"),
    _instant("since"), _instant("detected_at"), _instant("judged_until"), _instant("ended_at", null=True),
    _text("unit"), _number("excess_per_hour"), _number("expected_per_hour"), _number("excess_total"),
    _text("currency"), _number("cost_per_hour", null=True), _number("cost_total", null=True),
    _number("kg_co2e_per_hour", null=True), _number("kg_co2e_total", null=True), _text("cause"),
    _number("confidence"), _json("evidence"),
)  # fmt: skip
Index("hotspot_by_since", HOTSPOT.c.since)
Index("hotspot_by_end", HOTSPOT.c.ended_at)

ALERT = Table(
    "alert", METADATA,
    _text("fingerprint", primary=True), _whole("episode", primary=True), _text("kind"), _text("key"),
    _text("severity"), _text("state"), _instant("since"), _instant("pending_at"),
    _instant("fired_at", null=True), _instant("resolved_at", null=True), _text("reason"),
    _instant("notified_at", null=True), _json("facts"), _instant("acknowledged_at", null=True),
    _text("acknowledged_by"), _instant("gone_at", null=True), _json("told"),
)  # fmt: skip

OUTBOX = Table(
    "outbox", METADATA,
    _text("dedup_key", primary=True), _text("fingerprint"), _whole("episode"), _whole("sequence"),
    _text("channel"), _text("event"), _json("body"), _instant("created_at"), _instant("due_at"),
    _whole("attempts"), _instant("sent_at", null=True), _text("last_error"), _instant("dead_at", null=True),
)  # fmt: skip
_UNSENT = OUTBOX.c.sent_at.is_(None)
Index(
    "outbox_unsent", OUTBOX.c.fingerprint, OUTBOX.c.channel, OUTBOX.c.sequence,
    sqlite_where=_UNSENT, postgresql_where=_UNSENT,
)  # fmt: skip

# SQLite numbers rows by itself only when the key is spelled INTEGER.
AUDIT = Table(
    "audit", METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _instant("at"), _text("who"), _text("what"), _text("about"), _text("why"), _json("details"),
)  # fmt: skip
Index("audit_by_about", AUDIT.c.about, AUDIT.c.id)
