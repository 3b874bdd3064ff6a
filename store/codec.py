"""Records to rows of the ledger's tables, and back.

A column has its field's name. Enums are kept as their words, nested records as JSON; a Mapping comes back
as a dict, a tuple inside JSON as a list: JSON values, as the records promise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from enum import Enum
from typing import Any

from domain.acceptance import Acceptance, AcceptanceProfile, Criterion, Outcome
from domain.alert import Alert, AlertKind, AlertState, OutboxMessage
from domain.alert_change import AlertChange, Change
from domain.amendment import Amendment, AmendmentKind
from domain.baseline import Baseline, BaselineStatus, Decision, Finding, FitStatistics, Severity
from domain.credential import ApiToken, Session
from domain.feedback import Feedback, Verdict
from domain.hotspot import Cause, Hotspot, HotspotKind, Snapshot
from domain.notice import Notice, Quota
from domain.photo import Photo
from domain.presence import MeterStatus, Presence
from domain.silence import Matcher, Silence, SilenceKind
from domain.user import Role, Scope, User

Row = Mapping[str, Any]
Plain = (
    Snapshot
    | Hotspot
    | Alert
    | OutboxMessage
    | Amendment
    | MeterStatus
    | AlertChange
    | Feedback
    | Photo
    | Notice
    | Quota
    | Session
)


def to_json(value: object) -> str:
    """Return JSON text, ASCII only (no database then minds any letter); NaN and infinity are refused."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    """Return the JSON value of what evidence is also made of: read-only mappings, numpy's numbers."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r} is not a JSON value")


def row_of(record: Plain) -> dict[str, Any]:
    """Return the row of a record without nested records."""
    named = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in named.items()}


def snapshot_of(row: Row) -> Snapshot:
    """Return the snapshot of a row."""
    return Snapshot(**row)


def hotspot_of(row: Row) -> Hotspot:
    """Return the hotspot of a row."""
    return Hotspot(**{**row, "kind": HotspotKind(row["kind"]), "cause": Cause(row["cause"])})


def alert_of(row: Row) -> Alert:
    """Return the alert of a row."""
    words = {
        "kind": AlertKind(row["kind"]),
        "severity": Severity(row["severity"]),
        "state": AlertState(row["state"]),
    }
    return Alert(**{**row, **words})


def message_of(row: Row) -> OutboxMessage:
    """Return the outbox message of a row."""
    return OutboxMessage(**row)


def amendment_of(row: Row) -> Amendment:
    """Return the amendment of a row."""
    return Amendment(**{**row, "kind": AmendmentKind(row["kind"])})


def status_of(row: Row) -> MeterStatus:
    """Return the meter's status of a row."""
    return MeterStatus(**{**row, "status": Presence(row["status"])})


def change_of(row: Row) -> AlertChange:
    """Return the step of an alert of a row."""
    return AlertChange(**{**row, "change": Change(row["change"])})


def feedback_of(row: Row) -> Feedback:
    """Return the feedback of a row."""
    return Feedback(**{**row, "verdict": Verdict(row["verdict"])})


def silence_row(silence: Silence) -> dict[str, Any]:
    """Return the row of a silence."""
    named = {field.name: getattr(silence, field.name) for field in fields(silence)}
    matchers = [[one.label, one.operator, one.value] for one in silence.matchers]
    return named | {"kind": silence.kind.value, "matchers": matchers}


def silence_of(row: Row) -> Silence:
    """Return the silence of a row."""
    matchers = tuple(Matcher(*one) for one in row["matchers"])
    return Silence(**{**row, "kind": SilenceKind(row["kind"]), "matchers": matchers})


def session_of(row: Row) -> Session:
    """Return the session of a row."""
    return Session(**row)


def user_row(user: User) -> dict[str, Any]:
    """Return the row of a user."""
    named = {field.name: getattr(user, field.name) for field in fields(user)}
    return named | {"roles": sorted(map(str, user.roles)), "channels": list(user.channels)}


def user_of(row: Row) -> User:
    """Return the user of a row; a role of a newer version is no role here."""
    known = frozenset(Role(role) for role in row["roles"] if role in set(Role))
    return User(**{**row, "roles": known, "channels": tuple(row["channels"])})


def token_row(token: ApiToken) -> dict[str, Any]:
    """Return the row of an API token."""
    named = {field.name: getattr(token, field.name) for field in fields(token)}
    return named | {"scopes": sorted(map(str, token.scopes))}


def token_of(row: Row) -> ApiToken:
    """Return the API token of a row; a scope of a newer version is no scope here."""
    known = frozenset(Scope(scope) for scope in row["scopes"] if scope in set(Scope))
    return ApiToken(**{**row, "scopes": known})


def baseline_row(baseline: Baseline) -> dict[str, Any]:
    """Return the row of a baseline."""
    named = {field.name: getattr(baseline, field.name) for field in fields(baseline)}
    crossed = baseline.cross_validated
    return named | {
        "status": baseline.status.value,
        "variables": list(baseline.variables),
        "statistics": asdict(baseline.statistics),
        "cross_validated": None if crossed is None else asdict(crossed),
        "findings": [_finding_row(finding) for finding in baseline.findings],
        "acceptance": [acceptance_row(one) for one in baseline.acceptance],
        "decision": None if baseline.decision is None else _decision_row(baseline.decision),
    }


def baseline_of(row: Row) -> Baseline:
    """Return the baseline of a row."""
    crossed = row["cross_validated"]
    nested = {
        "status": BaselineStatus(row["status"]),
        "variables": tuple(row["variables"]),
        "statistics": FitStatistics(**row["statistics"]),
        "cross_validated": None if crossed is None else FitStatistics(**crossed),
        "findings": tuple(_finding_of(finding) for finding in row["findings"]),
        "acceptance": tuple(_acceptance_of(one) for one in row["acceptance"] or ()),
        "decision": None if row["decision"] is None else _decision_of(row["decision"]),
    }
    return Baseline(**{**row, **nested})


def acceptance_row(acceptance: Acceptance) -> dict[str, Any]:
    """Return a baseline's standing by one profile as JSON values, its outcome beside."""
    criteria = [asdict(one) | {"outcome": one.outcome.value} for one in acceptance.criteria]
    return {
        "profile": acceptance.profile.value,
        "outcome": acceptance.outcome.value,
        "criteria": criteria,
    }


def _acceptance_of(row: Row) -> Acceptance:
    criteria = (Criterion(**{**one, "outcome": Outcome(one["outcome"])}) for one in row["criteria"])
    return Acceptance(AcceptanceProfile(row["profile"]), tuple(criteria))


def _decision_row(decision: Decision) -> dict[str, Any]:
    return asdict(decision) | {"at": decision.at.isoformat()}


def _decision_of(row: Row) -> Decision:
    return Decision(**{**row, "at": datetime.fromisoformat(row["at"])})


def _finding_row(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.severity.value,
        "message": finding.message,
        "start": finding.start.isoformat() if finding.start else None,
        "end": finding.end.isoformat() if finding.end else None,
        "evidence": finding.evidence,
    }


def _finding_of(row: Row) -> Finding:
    return Finding(
        kind=row["kind"],
        severity=Severity(row["severity"]),
        message=row["message"],
        start=datetime.fromisoformat(row["start"]) if row["start"] else None,
        end=datetime.fromisoformat(row["end"]) if row["end"] else None,
        evidence=row["evidence"],
    )
