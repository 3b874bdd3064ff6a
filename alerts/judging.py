"""What people say about an alert afterwards; domain.feedback says what that does to a detector's limits."""

from __future__ import annotations

from datetime import datetime

from alerts.acting import LONGEST_TEXT, Deed, acknowledge, alert_named, note
from domain.alert import Alert, AlertKind
from domain.alert_change import Change
from domain.errors import RefusedError
from domain.feedback import NEEDS_A_REASON, Feedback, Verdict
from domain.ports import LedgerTx


def give_feedback(
    tx: LedgerTx,
    name: str,
    verdict: Verdict,
    reason: str,
    who: str,
    now: datetime,
    episode: int | None = None,
) -> Feedback:
    """Return the word that was kept; it acknowledges the alert, too.

    Raises:
        RefusedError: there is no such alert, it never fired, or a reason is needed and missing.
    """
    alert = alert_named(tx, name, episode)
    if verdict in NEEDS_A_REASON and not reason.strip():
        raise RefusedError(f"{verdict.value} needs a reason: the next one who is called will read it")
    if len(reason) > LONGEST_TEXT:
        raise RefusedError(f"a reason has at most {LONGEST_TEXT} letters, this one {len(reason)}")
    known = acknowledge(tx, alert.fingerprint, who, f"said: {verdict.value}", now)
    saved = tx.add_feedback(
        Feedback(
            known.fingerprint,
            known.episode,
            now,
            who,
            verdict,
            reason.strip(),
            str(known.facts.get("process", "")),
            str(known.facts.get("resource", "")),
            channel_of(known),
        )
    )
    note(tx, known, known, Deed(Change.FEEDBACK, who, reason.strip(), now, {"verdict": verdict.value}))
    return saved


def channel_of(alert: Alert) -> str:
    """Return the detector's channel that raised an alert; "" for what no detector raised."""
    if alert.kind is not AlertKind.HOTSPOT:
        return ""
    facts = alert.facts
    return str(facts.get("channel") or facts.get("detector") or "")
