"""What people do about an alert: acknowledge, snooze, assign, comment. Each leaves who, when and why.

Every verb works in the caller's ledger transaction, may be called twice (a link opened twice, a message
delivered twice), and refuses with a reason what cannot be meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.alert import Alert
from domain.alert_change import AlertChange, Change
from domain.errors import RefusedError
from domain.ports import LedgerTx

#: what is not wanted for longer than this is to be silenced, or mended
LONGEST_SNOOZE = timedelta(days=7)
LONGEST_TEXT = 2000


def alert_named(tx: LedgerTx, name: str, episode: int | None = None) -> Alert:
    """Return the latest episode of the alert of a fingerprint, or of the one that begins so.

    Args:
        name: a fingerprint, or at least its first four letters.
        episode: the one that is meant, where that is known: an old link must not touch a new episode.
    Raises:
        RefusedError: there is none, there are several, or that episode is over and another has begun.
    """
    wanted = name.strip().lower()
    known = tx.alerts()
    found = [alert for alert in known if alert.fingerprint == wanted]
    if not found and len(wanted) >= 4:
        found = [alert for alert in known if alert.fingerprint.startswith(wanted)]
    if not found:
        raise RefusedError(f"there is no alert {name!r}; `wastenot alerts list` shows those there are")
    if len(found) > 1:
        names = ", ".join(sorted(alert.fingerprint for alert in found))
        raise RefusedError(f"{name!r} begins the name of several alerts: {names}")
    if episode is not None and episode != found[0].episode:
        message = f"episode {episode} of alert {found[0].fingerprint} is over; it is in episode"
        raise RefusedError(f"{message} {found[0].episode} now, which needs a word of its own")
    return found[0]


def acknowledge(
    tx: LedgerTx, name: str, who: str, why: str, now: datetime, episode: int | None = None
) -> Alert:
    """Return the alert, known to somebody: no reminder and no escalation any more.

    A second acknowledgement changes nothing: the first one's name stays. One that is over can still be
    acknowledged: somebody has seen that it was.
    """
    alert = _said(tx, name, who, episode)
    if alert.fired_at is None:
        raise RefusedError(f"alert {alert.fingerprint} has not fired: there is nothing to acknowledge")
    if alert.acknowledged_at is not None:
        return alert
    known = replace(alert, acknowledged_at=now, acknowledged_by=who)
    return _saved(tx, alert, known, Deed(Change.ACKNOWLEDGED, who, why, now))


def unacknowledge(
    tx: LedgerTx, name: str, who: str, why: str, now: datetime, episode: int | None = None
) -> Alert:
    """Return the alert, known to nobody again: it is reminded of and escalated as if nobody had seen it."""
    alert = _said(tx, name, who, episode)
    if alert.acknowledged_at is None:
        return alert
    unknown = replace(alert, acknowledged_at=None, acknowledged_by="")
    return _saved(tx, alert, unknown, Deed(Change.UNACKNOWLEDGED, who, why, now))


def snooze(
    tx: LedgerTx, name: str, until: datetime, who: str, why: str, now: datetime, episode: int | None = None
) -> Alert:
    """Return the alert, quiet until an instant; then it comes back by itself, unless it is over.

    Raises:
        RefusedError: it is not open, or the instant is past or more than seven days away.
    """
    alert = _said(tx, name, who, episode)
    if not alert.is_open:
        raise RefusedError(f"alert {alert.fingerprint} is over: there is nothing to snooze")
    if not now < until <= now + LONGEST_SNOOZE:
        message = f"a snooze ends within {LONGEST_SNOOZE.days} days from now, not at {until.isoformat()}"
        raise RefusedError(f"{message}; a silence may last longer")
    if alert.snoozed_until == until:
        return alert
    quiet = replace(alert, snoozed_until=until, snoozed_by=who)
    details = {"until": until.isoformat()}
    return _saved(tx, alert, quiet, Deed(Change.SNOOZED, who, why, now, details))


def unsnooze(tx: LedgerTx, name: str, who: str, why: str, now: datetime, episode: int | None = None) -> Alert:
    """Return the alert, no longer snoozed; the next evaluation tells it again if it still holds."""
    alert = _said(tx, name, who, episode)
    if alert.snoozed_until is None or alert.snoozed_until <= now:
        return alert
    return _saved(tx, alert, replace(alert, snoozed_until=now), Deed(Change.UNSNOOZED, who, why, now))


def assign(
    tx: LedgerTx, name: str, to: str, who: str, why: str, now: datetime, episode: int | None = None
) -> Alert:
    """Return the alert, somebody's to look after; `to` "" = nobody's again."""
    alert = _said(tx, name, who, episode)
    if alert.assigned_to == to:
        return alert
    given = replace(alert, assigned_to=to)
    return _saved(tx, alert, given, Deed(Change.ASSIGNED, who, why, now, {"to": to}))


def comment(tx: LedgerTx, name: str, text: str, who: str, now: datetime, episode: int | None = None) -> Alert:
    """Return the alert; the comment stands in its history."""
    alert = _said(tx, name, who, episode)
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise RefusedError(f"a comment has 1 to {LONGEST_TEXT} letters, this one {len(words)}")
    note(tx, alert, alert, Deed(Change.COMMENTED, who, words, now))
    return alert


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did, and why."""

    change: Change
    who: str
    why: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON values


def note(tx: LedgerTx, before: Alert, after: Alert, deed: Deed) -> None:
    """Write a step into the alert's history, and into the audit trail."""
    change, who, why, now, told = deed.change, deed.who, deed.why, deed.at, deed.details
    tx.add_change(
        AlertChange(after.fingerprint, after.episode, now, who, change, before.state, after.state, why, told)
    )
    line = {"kind": str(after.kind), "key": after.key, "episode": after.episode, **told}
    tx.audit(at=now, who=who, what=f"alert.{change}", about=after.fingerprint, why=why, details=line)


def _said(tx: LedgerTx, name: str, who: str, episode: int | None) -> Alert:
    if not who.strip():
        raise RefusedError("nobody said who does it: a name is needed")
    return alert_named(tx, name, episode)


def _saved(tx: LedgerTx, before: Alert, after: Alert, deed: Deed) -> Alert:
    if len(deed.why) > LONGEST_TEXT:
        raise RefusedError(f"a reason has at most {LONGEST_TEXT} letters, this one {len(deed.why)}")
    tx.save_alert(after)
    note(tx, before, after, deed)
    return after
