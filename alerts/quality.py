"""How good the alerts are: rates, reaction, what people said of them, floods and what stands too long.

Source: EEMUA 191 and ANSI/ISA-18.2 clause 16 (average rate, peak rate and floods, standing and frequent
alarms), by the shift instead of by the operator and day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from alerts.shifts import Shifts
from alerts.stages.hold import group_of
from domain.alert import Alert
from domain.feedback import Feedback, Verdict, latest_words
from domain.ports import LedgerTx

#: more than this many in so long is a flood; one ends when a stretch of that length has fewer than half
FLOOD_OVER, FLOOD_WITHIN = 10, timedelta(minutes=10)
FLOOD_ENDS_BELOW = 5
STANDING = timedelta(hours=24)
MOST_FREQUENT = 10
_RIGHT = {Verdict.CONFIRMED, Verdict.FIXED}


def quality(tx: LedgerTx, shifts: Shifts, span: tuple[datetime, datetime], now: datetime) -> dict[str, Any]:
    """Return the alert-quality indicators of [start, end) as JSON values; null where there is nothing to say.

    Durations are in seconds, money in the plant's currency. What counts is what fired in the span.
    """
    start, end = span
    known = [one for one in tx.alert_episodes(since=start) if one.fired_at is not None]
    fired = [one for one in known if one.fired_at is not None and start <= one.fired_at < end]
    words = latest_words(tx.feedback())
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        **_rates(fired, shifts, span),
        **_reaction(fired),
        **_answers(fired, words),
        "standing_over_24h": [_standing(one, now) for one in _still_there(known, span, now)],
        "floods": [_flood(found) for found in floods(fired)],
        "most_frequent": _most_frequent(fired),
        "by_severity": dict(Counter(str(one.severity) for one in fired)),
    }


def _rates(fired: Sequence[Alert], shifts: Shifts, span: tuple[datetime, datetime]) -> dict[str, Any]:
    worked = len(shifts.turns(*span)) or (span[1] - span[0]) / timedelta(hours=8)
    hours = (span[1] - span[0]) / timedelta(hours=1)
    told = [one for one in fired if "severity" in one.told]
    return {
        "alerts": len(fired),
        "told": len(told),
        "shifts": round(worked, 2),
        "alerts_per_shift": round(len(fired) / worked, 3) if worked else None,
        "alerts_per_10_min": round(len(fired) / (6 * hours), 4) if hours else None,
    }


def _reaction(fired: Sequence[Alert]) -> dict[str, Any]:
    waited = [
        (one.acknowledged_at - one.fired_at).total_seconds()
        for one in fired
        if one.acknowledged_at is not None and one.fired_at is not None
    ]
    lasted = [
        ((one.gone_at or one.resolved_at) - one.fired_at).total_seconds()
        for one in fired
        if one.resolved_at is not None and one.fired_at is not None
    ]
    return {
        "acknowledged_pct": _share(len(waited), len(fired)),
        "median_time_to_acknowledge_s": median(waited) if waited else None,
        "median_duration_s": median(lasted) if lasted else None,
    }


def _answers(fired: Sequence[Alert], words: dict[tuple[str, int], Feedback]) -> dict[str, Any]:
    said = [(one, words[one.fingerprint, one.episode]) for one in fired if _key(one) in words]
    counts = Counter(word.verdict for _, word in said)
    right = [one for one, word in said if word.verdict in _RIGHT]
    money = [float(one.facts["cost_total"]) for one in right if one.facts.get("cost_total") is not None]
    return {
        "answered_pct": _share(len(said), len(fired)),
        "confirmed_pct": _share(len(right), len(said)),
        "false_alarm_pct": _share(counts[Verdict.FALSE_ALARM], len(said)),
        "verdicts": {verdict.value: counts[verdict] for verdict in Verdict},
        "money_found": sum(money),
    }


def _key(alert: Alert) -> tuple[str, int]:
    return alert.fingerprint, alert.episode


def _share(part: int, whole: int) -> float | None:
    return round(100.0 * part / whole, 1) if whole else None


def _still_there(known: Sequence[Alert], span: tuple[datetime, datetime], now: datetime) -> list[Alert]:
    """Return what stood for more than a day at some time of the span, the longest first."""
    found = [
        one
        for one in known
        if one.fired_at is not None
        and one.fired_at < span[1]
        and min(one.resolved_at or now, span[1]) - one.fired_at > STANDING
    ]
    return sorted(found, key=lambda one: (one.fired_at or now, one.fingerprint))


def _standing(alert: Alert, now: datetime) -> dict[str, Any]:
    fired = alert.fired_at or now
    return {
        "fingerprint": alert.fingerprint,
        "kind": str(alert.kind),
        "process": alert.facts.get("process", ""),
        "resource": alert.facts.get("resource", ""),
        "fired_at": fired.isoformat(),
        "hours": round(((alert.resolved_at or now) - fired) / timedelta(hours=1), 1),
        "standing": str(alert.standing),
    }


def floods(fired: Sequence[Alert]) -> list[list[Alert]]:
    """Return the alerts of each flood: more than ten in ten minutes, until there are fewer than five."""
    pairs = sorted(
        ((one.fired_at, one) for one in fired if one.fired_at is not None),
        key=lambda pair: (pair[0], pair[1].fingerprint),
    )
    times, ordered = [at for at, _ in pairs], [one for _, one in pairs]
    found: list[list[Alert]] = []
    at = 0
    while at < len(times):
        if _within(times, at) <= FLOOD_OVER:
            at += 1
            continue
        last = at
        while last < len(times) and _within(times, last) >= FLOOD_ENDS_BELOW:
            last += 1
        stop = last + (_within(times, last) if last < len(times) else 0)
        found.append(ordered[at:stop])
        at = stop
    return found


def _within(times: Sequence[datetime], at: int) -> int:
    """Return how many there are in the ten minutes that begin with one of them."""
    return sum(times[at] <= one < times[at] + FLOOD_WITHIN for one in times[at:])


def _flood(found: Sequence[Alert]) -> dict[str, Any]:
    first, last = found[0].fired_at, found[-1].fired_at
    assert first is not None
    assert last is not None
    return {"from": first.isoformat(), "to": last.isoformat(), "alerts": len(found)}


def _most_frequent(fired: Sequence[Alert]) -> list[dict[str, Any]]:
    """Return the groups that fired most often, more than once."""
    counts = Counter(group_of(one) for one in fired)
    return [
        {"group": group, "alerts": count} for group, count in counts.most_common(MOST_FREQUENT) if count > 1
    ]
