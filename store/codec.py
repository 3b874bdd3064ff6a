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

from domain.alert import Alert, AlertKind, AlertState, OutboxMessage
from domain.baseline import Baseline, BaselineStatus, Finding, FitStatistics, Severity
from domain.hotspot import Cause, Hotspot, HotspotKind, Snapshot

Row = Mapping[str, Any]


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


def row_of(record: Snapshot | Hotspot | Alert | OutboxMessage) -> dict[str, Any]:
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
    }
    return Baseline(**{**row, **nested})


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
