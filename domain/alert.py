"""Alerts: what is told to people about a hotspot, a silent meter or the plant's data, and its delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from domain.baseline import Severity


class AlertState(StrEnum):
    """pending -> firing -> resolved; a pending alert whose reason goes away becomes resolved unsent."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class AlertKind(StrEnum):
    """What an alert is about."""

    HOTSPOT = "hotspot"
    SILENT_METER = "silent_meter"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds now and deserves an alert: the input of the state machine.

    `key` names it across restarts (a hotspot's id, "silent/<meter>", "store"); `facts` is what the
    message needs, as JSON values.
    """

    kind: AlertKind
    key: str
    severity: Severity
    since: datetime
    hold_s: float  # how long it must hold before it fires
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Return the alert's name, the same after every restart."""
        return blake2b(f"{self.kind}\n{self.key}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert and where it stands. One row per fingerprint and episode."""

    fingerprint: str
    episode: int  # 1, 2, ... : a resolved alert that comes back begins a new episode
    kind: AlertKind
    key: str
    severity: Severity
    state: AlertState
    since: datetime  # of the condition
    pending_at: datetime
    fired_at: datetime | None
    resolved_at: datetime | None
    reason: str  # why it is in this state
    notified_at: datetime | None
    facts: Mapping[str, Any]
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    gone_at: datetime | None = None  # since when its condition has not held; None while it holds
    told: Mapping[str, Any] = field(default_factory=dict)  # JSON values: its last message


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message to one channel, written in the transaction that decided on it, sent at least once."""

    dedup_key: str  # fingerprint/episode/event/channel: unique
    fingerprint: str
    episode: int
    sequence: int  # order within one fingerprint and channel
    channel: str
    event: str  # "firing" | "repeat" | "resolved" | "group" | "digest"
    body: Mapping[str, Any]  # JSON values: the facts; words are made when it is sent
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str = ""
    dead_at: datetime | None = None  # given up for good: not due, blocks no successor, shown in health
