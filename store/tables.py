"""The ledger's tables. A change here needs a migration; a test compares the two on both back ends."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
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


def _given(name: str) -> Column[str]:
    """Return a text that rows of earlier versions do not have."""
    return Column(name, Text, nullable=False, server_default="")


def _number_of_row() -> Column[int]:
    """Return a number that the database gives; SQLite does so only when the key is spelled INTEGER."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _amended() -> Column[int]:
    return Column("amended", BigInteger, nullable=False, server_default="0")


def _named(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


METADATA = MetaData()

BASELINE = Table(
    "baseline", METADATA,
    _text("process", primary=True), _text("resource", primary=True), _whole("version", primary=True),
    _text("status"), _text("model"), _json("variables"), _instant("period_start"), _instant("period_end"),
    _whole("interval_s"), _json("coefficients"), _json("statistics"), _json("cross_validated", null=True),
    _json("findings"), _instant("created_at"), _text("reason"), _text("author"),
    _json("acceptance", null=True), _json("decision", null=True),
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
    _amended(),
)  # fmt: skip

# States of earlier watermarks, to judge again from when the past is amended.
CHECKPOINT = Table(
    "checkpoint", METADATA,
    _text("process", primary=True), _text("resource", primary=True),
    Column("watermark", Instant, primary_key=True, nullable=False), _whole("baseline_version", primary=True),
    _whole("format"), Column("state", LargeBinary, nullable=False), _amended(),
)  # fmt: skip

AMENDMENT = Table(
    "amendment", METADATA,
    _whole("id", primary=True), _instant("at"), _text("who"), _text("why"), _text("meter"), _text("kind"),
    _instant("start"), _instant("end"), _number("value", null=True), _number("old_register", null=True),
    _number("new_register", null=True), _number("old_rollover", null=True),
    _number("new_rollover", null=True),
    Column("undoes", BigInteger, nullable=True), _named("process"), _named("resource"),
)  # fmt: skip
# Nothing can be undone twice, whoever holds the connection.
Index("amendment_undone_once", AMENDMENT.c.undoes, unique=True)

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
    _instant("snoozed_until", null=True), _given("snoozed_by"), _given("assigned_to"),
)  # fmt: skip

# What alerts went through; like the audit trail it can only grow.
ALERT_CHANGE = Table(
    "alert_change", METADATA,
    _text("fingerprint"), _whole("episode"), _instant("at"), _text("who"), _text("change"),
    _text("before"), _text("after"), _text("why"), _json("details"), _number_of_row(),
)  # fmt: skip
Index("alert_change_by_alert", ALERT_CHANGE.c.fingerprint, ALERT_CHANGE.c.id)
Index("alert_change_by_time", ALERT_CHANGE.c.at)

SILENCE = Table(
    "silence", METADATA,
    _text("kind"), _json("matchers"), _instant("starts_at"), _instant("ends_at"), _text("who"),
    _text("comment"), _instant("created_at"), _number_of_row(), _text("ended_by"),
)  # fmt: skip

FEEDBACK = Table(
    "feedback", METADATA,
    _text("fingerprint"), _whole("episode"), _instant("at"), _text("who"), _text("verdict"),
    _text("reason"), _text("process"), _text("resource"), _text("channel"), _number_of_row(),
)  # fmt: skip

PHOTO = Table(
    "photo", METADATA,
    _text("id", primary=True), _instant("at"), _text("who"), Column("data", LargeBinary, nullable=False),
)  # fmt: skip

NOTICE = Table(
    "notice", METADATA,
    _text("dedup_key", primary=True), _text("channel"), _text("fingerprint"), _whole("episode"),
    _text("event"), _json("body"), _instant("made_at"), _instant("due_at"), _text("why"), _text("told_in"),
)  # fmt: skip
_HELD = NOTICE.c.told_in == ""
Index("notice_held", NOTICE.c.channel, NOTICE.c.made_at, sqlite_where=_HELD, postgresql_where=_HELD)

QUOTA = Table("quota", METADATA, _text("channel", primary=True), _number("tokens"), _instant("at"))

OUTBOX = Table(
    "outbox", METADATA,
    _text("dedup_key", primary=True), _text("fingerprint"), _whole("episode"), _whole("sequence"),
    _text("channel"), _text("event"), _json("body"), _instant("created_at"), _instant("due_at"),
    _whole("attempts"), _instant("sent_at", null=True), _text("last_error"), _instant("dead_at", null=True),
    _given("receiver"), _instant("failing_since", null=True), _given("answer"), _given("reference"),
)  # fmt: skip
Index("outbox_by_channel", OUTBOX.c.channel, OUTBOX.c.sent_at)
_UNSENT = OUTBOX.c.sent_at.is_(None)
Index(
    "outbox_unsent", OUTBOX.c.fingerprint, OUTBOX.c.channel, OUTBOX.c.sequence,
    sqlite_where=_UNSENT, postgresql_where=_UNSENT,
)  # fmt: skip

METER_STATUS = Table(
    "meter_status", METADATA,
    _text("meter", primary=True), _text("status"), _instant("since"), _text("why"),
)  # fmt: skip

USER = Table(
    "user_account", METADATA,
    _text("name", primary=True), _text("display_name"), _text("language"), _json("roles"),
    _text("password_hash"), _json("channels"), Column("active", Boolean, nullable=False),
    _instant("created_at"),
)  # fmt: skip

API_TOKEN = Table(
    "api_token", METADATA,
    _text("id", primary=True), _text("user"), _text("name"), _json("scopes"), _text("digest"),
    _instant("created_at"), _instant("expires_at", null=True), _instant("last_used_at", null=True),
    _instant("revoked_at", null=True),
)  # fmt: skip

SESSION = Table(
    "session", METADATA,
    _text("digest", primary=True), _text("user"), _instant("created_at"), _instant("seen_at"),
    _instant("expires_at"), _text("address"),
)  # fmt: skip
Index("session_by_user", SESSION.c.user)

# SQLite numbers rows by itself only when the key is spelled INTEGER.
AUDIT = Table(
    "audit", METADATA,
    _number_of_row(), _instant("at"), _text("who"), _text("what"), _text("about"), _text("why"),
    _json("details"),
)  # fmt: skip
Index("audit_by_about", AUDIT.c.about, AUDIT.c.id)
