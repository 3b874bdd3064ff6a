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
    """pending -> firing -> resolved; a pending alert whose reason goes away becomes resolved unsent.

    A firing alert whose meters fall silent stands at "no data", one that cannot be evaluated at "error":
    whether it still holds is unknown, so it neither resolves nor is told again until it can be seen.
    """

    PENDING = "pending"
    FIRING = "firing"
    NO_DATA = "no_data"
    ERROR = "error"
    RESOLVED = "resolved"


class Sight(StrEnum):
    """Whether what a condition speaks of can be judged just now."""

    SEEN = "seen"
    NO_DATA = "no_data"  # its meters are silent: what was judged last may not hold any more
    ERROR = "error"  # it cannot be evaluated: the store is away, the analysis fails


class Standing(StrEnum):
    """Where an alert stands with people: active or cleared, acknowledged or not.

    Source: ANSI/ISA-18.2, the alarm state diagram; the names are ThingsBoard's.
    """

    PENDING = "pending"
    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    CLEARED_UNACKNOWLEDGED = "cleared_unacknowledged"
    CLEARED_ACKNOWLEDGED = "cleared_acknowledged"


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
    sight: Sight = Sight.SEEN

    @property
    def fingerprint(self) -> str:
        """Return the alert's name, the same after every restart."""
        return fingerprint_of(self.kind, self.key)


def fingerprint_of(kind: AlertKind, key: str) -> str:
    """Return the name of the alert about something; see `Condition.key`."""
    return blake2b(f"{kind}\n{key}".encode(), digest_size=8).hexdigest()


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
    snoozed_until: datetime | None = None  # not told again before; it comes back by itself
    snoozed_by: str = ""
    assigned_to: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the alert waits or is active: everything but resolved."""
        return self.state is not AlertState.RESOLVED

    @property
    def is_active(self) -> bool:
        """Return whether it has fired and is not over, seen or unseen."""
        return self.state in {AlertState.FIRING, AlertState.NO_DATA, AlertState.ERROR}

    @property
    def standing(self) -> Standing:
        """Return active or cleared, acknowledged or not; what never fired needs no acknowledgement."""
        if self.state is AlertState.PENDING:
            return Standing.PENDING
        is_known = self.acknowledged_at is not None or self.fired_at is None
        if self.is_active:
            return Standing.ACTIVE_ACKNOWLEDGED if is_known else Standing.ACTIVE_UNACKNOWLEDGED
        return Standing.CLEARED_ACKNOWLEDGED if is_known else Standing.CLEARED_UNACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message to one channel, written in the transaction that decided on it, sent at least once."""

    dedup_key: str  # fingerprint/episode/event/channel: unique
    fingerprint: str
    episode: int
    sequence: int  # order within one fingerprint and channel
    channel: str
    event: str  # "firing" | "repeat" | "resolved" | "group" | "digest" | "handover"
    body: Mapping[str, Any]  # JSON values: the facts; words are made when it is sent
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str = ""
    dead_at: datetime | None = None  # given up for good: not due, blocks no successor, shown in health
    receiver: str = ""  # for whom: a person's user name; "" = whoever reads the channel
    failing_since: datetime | None = None  # of its first failed attempt; None = none has failed
    answer: str = ""  # the service's words when it took the message, without secrets
    reference: str = ""  # what the service calls what it made of it: the number of a work order


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a service says to a message it took. Texts hold no secrets."""

    answer: str = ""  # "HTTP 202: Event processed"
    reference: str = ""  # what the service calls what it made of it; "" = it has no name for it
