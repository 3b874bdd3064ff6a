"""When an interval can be judged, and by which baselines.

Decided by the readings' own times, so that a replay decides the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.baseline import Baseline, BaselineStatus, Severity
from domain.meter import Meter, MeterKind, Variable
from domain.plant import Plant

#: a meter is waited for this many of its own periods before its interval counts as missing
PATIENCE_PERIODS = 2.0


def frontier(last_seen: Mapping[str, datetime], now: datetime) -> datetime | None:
    """Return how far the plant's readings reach: the newest time of any meter, never later than `now`.

    A meter whose clock runs ahead cannot push the plant past the present. None without readings.
    """
    return min(max(last_seen.values()), now) if last_seen else None


def ready_until(
    streams: Sequence[Meter | Variable],
    last_seen: Mapping[str, datetime],
    reach: datetime,
    lateness_s: float,
    interval_s: int,
) -> datetime:
    """Return the end of the last interval that can be judged for these meters and variables.

    An interval is ready when the plant's readings reach `lateness_s` beyond its end and each meter has
    a reading at or after its end, or is overdue by PATIENCE_PERIODS of its cadence (then it is missing).

    Args:
        streams: the meters and variables of one process and resource.
        last_seen: newest reading time of each id; absent = none yet.
        reach: `frontier(...)`.
        lateness_s: how late a reading may arrive and still count [s].
        interval_s: interval length [s].
    """
    limit = reach - timedelta(seconds=lateness_s)
    for stream in streams:
        limit = min(limit, _known_until(stream, last_seen.get(stream.id), reach, lateness_s, interval_s))
    return floor_to(limit, interval_s)


def _known_until(
    stream: Meter | Variable, last: datetime | None, reach: datetime, lateness_s: float, interval_s: int
) -> datetime:
    """Return up to when this stream is known, or no longer waited for."""
    if stream.every_s is None and stream.kind is MeterKind.DELTA:
        return reach  # event-driven: silence says nothing
    patience_s = max(lateness_s, PATIENCE_PERIODS * (stream.every_s or interval_s))
    overdue = reach - timedelta(seconds=patience_s)
    return overdue if last is None else max(last, overdue)


def floor_to(at: datetime, interval_s: int) -> datetime:
    """Return the interval border at or before `at` (UTC).

    >>> from datetime import UTC
    >>> floor_to(datetime(2026, 1, 1, 10, 44, 59, tzinfo=UTC), 900).isoformat()
    '2026-01-01T10:30:00+00:00'
    """
    whole_s = int(at.timestamp() // interval_s) * interval_s
    return datetime.fromtimestamp(whole_s, tz=at.tzinfo)


def why_not_judged(plant: Plant, baseline: Baseline) -> str:
    """Return what stands against judging by a baseline; "" if nothing does.

    That are data too poor to learn from, and a profile that binds and that it fails, unless a person has
    put it in force with force. What cannot be determined yet does not stand against it: a reporting
    period comes after the approval.
    """
    if baseline.decision is not None and baseline.decision.forced:
        return ""
    poor = "; ".join(one.message for one in baseline.findings if one.severity is Severity.CRITICAL)
    if poor:
        return f"its data are disqualified: {poor}"
    if baseline.process not in plant.processes or baseline.status is BaselineStatus.PROVISIONAL:
        return ""
    return _profile_against(plant, baseline) if plant.profile_binds(baseline.process) else ""


def _profile_against(plant: Plant, baseline: Baseline) -> str:
    """Return where a baseline fails the profile of its process; "" if it does not."""
    profile = plant.profile_of(baseline.process)
    found = baseline.accepted_by(profile)
    if found is None:
        return f"it was never asked whether version {baseline.version} meets {profile}: propose a new one"
    failures = "; ".join(
        f"{one.name} {one.value:.4g} is not {one.relation} {one.limit:g}" for one in found.failures
    )
    return f"it fails {profile}: {failures}" if failures else ""
