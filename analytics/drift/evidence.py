"""An episode as the `Hotspot` that people and alerts see: rates, money, evidence, confidence."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.drift import standing
from analytics.drift.causes import cause_of, residuals
from analytics.drift.context import Context
from analytics.drift.episode import deviations
from analytics.drift.magnitude import interval_of
from analytics.drift.memory import Episode, Hour, Memory, Run, Sums
from analytics.drift.whiten import correlation_of_hours
from domain.hotspot import STUCK_DETECTOR, Cause, Hotspot, HotspotKind, hotspot_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(us: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=us)


def excess_rate(sums: Sums, level: float) -> float:
    """Return the mean excess per hour above the stream's own level [unit/h]."""
    return sums.excess / sums.hours - level if sums.hours > 0.0 else 0.0


def largest_share(episode: Episode, sums: Sums) -> float:
    """Return the excess as a share of the mean expected: of all hours, or where it is concentrated, the most.

    Hours outside production and single shifts count as far as they are remembered.
    """
    expected = sums.expected / sums.hours if sums.hours > 0.0 else 0.0
    if expected <= 0.0:
        return float("inf")  # anything is more than nothing
    fit = episode.fit
    rates = [excess_rate(sums, episode.level)]
    if fit.off_w > 0.0:
        rates.append(fit.off_y / fit.off_w)
    rates += [wy / w for w, wy in episode.shifts.values() if w > 0.0]
    return max(rate * episode.direction for rate in rates) / expected


def money(sums: Sums, level: float) -> tuple[float | None, float | None]:
    """Return (per hour, total) cost of the excess above the level; None where no hour has a price."""
    return _priced(sums.cost, sums.price_h, sums.priced, level)


def carbon(sums: Sums, level: float) -> tuple[float | None, float | None]:
    """Return (per hour, total) kg CO2e of the excess above the level; None where no hour has a factor."""
    return _priced(sums.co2, sums.factor_h, sums.factored, level)


def id_of(episode: Episode, context: Context) -> str:
    """Return the id of an episode's hotspot; it stays the same for as long as the episode lasts."""
    return hotspot_id(context.process, context.resource, _kind(episode), instant(episode.detected_us))


def _kind(episode: Episode) -> HotspotKind:
    return HotspotKind.DRIFT if episode.direction > 0 else HotspotKind.UNDER_CONSUMPTION


def hotspot_of(
    episode: Episode, memory: Memory, context: Context, ended_us: int | None = None, *, goes_on: bool = False
) -> Hotspot:
    """Return the episode as a hotspot; the hour not closed yet counts in totals, not in the signature.

    Args:
        ended_us: when it ended [us]; None = it is open.
        goes_on: it is closed because the excess has come to stay, not because it went away.
    """
    sums = _with_current(episode, memory.hour if ended_us is None else None)
    over = episode.direction > 0
    rate, (cost_h, cost), (co2_h, co2) = (
        excess_rate(sums, episode.above), money(sums, episode.above), carbon(sums, episode.above),
    )  # fmt: skip
    rho = correlation_of_hours(memory.whitening, context.interval_s)
    return Hotspot(
        id=id_of(episode, context),
        process=context.process,
        resource=context.resource,
        kind=_kind(episode),
        detector=episode.detector,
        since=instant(episode.since_us),
        detected_at=instant(episode.detected_us),
        judged_until=instant(memory.usable_us if ended_us is None else ended_us),
        ended_at=None if ended_us is None else instant(ended_us),
        unit=context.unit,
        excess_per_hour=rate,
        expected_per_hour=sums.expected / sums.hours if sums.hours > 0.0 else 0.0,
        excess_total=rate * sums.hours,
        currency=context.currency,
        cost_per_hour=cost_h if over else None,
        cost_total=cost if over else None,
        kg_co2e_per_hour=co2_h,
        kg_co2e_total=co2,
        cause=cause_of(episode),
        confidence=confidence(deviations(sums, episode.level, rho)),
        evidence={
            **_evidence(episode, memory, sums),
            "interval_per_hour": interval_of(sums, episode.above, memory, rho),
            "last_day_per_hour": _last_day(episode, memory),
            "goes_on": goes_on,
        },
    )


def stuck_hotspot(run: Run, memory: Memory, context: Context, ended_us: int | None = None) -> Hotspot:
    """Return the hotspot of a meter whose value does not move: an amount nobody can vouch for, no cost."""
    detected = instant(run.detected_us)
    hours = max(run.hours, 1e-9)
    return Hotspot(
        id=hotspot_id(context.process, context.resource, HotspotKind.STUCK_METER, detected),
        process=context.process,
        resource=context.resource,
        kind=HotspotKind.STUCK_METER,
        detector=STUCK_DETECTOR,
        since=instant(run.start_us),
        detected_at=detected,
        judged_until=instant(memory.usable_us if ended_us is None else ended_us),
        ended_at=None if ended_us is None else instant(ended_us),
        unit=context.unit,
        excess_per_hour=run.excess / hours,
        expected_per_hour=run.expected / hours,
        excess_total=run.excess,
        currency=context.currency,
        cost_per_hour=None,
        cost_total=None,
        kg_co2e_per_hour=None,
        kg_co2e_total=None,
        cause=Cause.STUCK_METER,
        confidence=confidence(run.hours / 6.0),
        evidence={"value": run.value, "hours": run.hours},
    )


def confidence(deviation: float) -> float:
    """Return 0 .. 0.99: the normal probability of staying within half of so many standard errors.

    Half, because a frozen baseline itself drifts by about as much as its noise suggests.

    >>> confidence(0.0), round(confidence(4.0), 3)
    (0.0, 0.954)
    """
    return min(0.99, math.erf(abs(deviation) / 2.0 / math.sqrt(2.0)))


def _priced(amount: float, rate_h: float, hours: float, level: float) -> tuple[float | None, float | None]:
    if hours <= 0.0:
        return None, None
    total = amount - level * rate_h
    return total / hours, total


def _with_current(episode: Episode, hour: Hour | None) -> Sums:
    """Return the episode's totals with the hour that is still running."""
    sums = Sums()
    sums.add(episode.sums)
    if hour is not None and hour.start_us >= episode.since_us:
        sums.add(hour.sums)
    return sums


def _last_day(episode: Episode, memory: Memory) -> float | None:
    """Return the excess per hour of the last day: beside the mean it tells whether things get worse."""
    sums = Sums()
    for hour in memory.hours[-24:]:
        if hour.start_us >= episode.since_us:
            sums.add(hour.sums)
    return excess_rate(sums, episode.above) if sums.hours > 0.0 else None


def _evidence(episode: Episode, memory: Memory, sums: Sums) -> dict[str, Any]:
    """Return what speaks for the cause, as JSON values; rates per hour above the level before."""
    fit = episode.fit
    on_w = fit.w - fit.off_w
    return {
        "channels": list(episode.channels),
        "hours": sums.hours,
        "level_before_per_hour": episode.level + standing.per_hour(memory.standing, sums),
        "chance_per_hour": episode.chance,
        "excess_pct": 100.0 * excess_rate(sums, episode.above) * sums.hours / sums.expected
        if sums.expected > 0.0
        else None,
        "profile_per_hour": [total / seen if seen else None for total, seen in episode.profile],
        "off_hours_per_hour": fit.off_y / fit.off_w if fit.off_w > 0.0 else None,
        "production_per_hour": (fit.y - fit.off_y) / on_w if on_w > 1e-9 * fit.w else None,
        "share_of_expected": fit.xy / fit.xx if fit.xx > 0.0 else None,
        "rise_per_day": fit.ty / fit.tt if fit.tt > 0.0 else None,
        "shifts_per_hour": {name: wy / w for name, (w, wy) in sorted(episode.shifts.items())},
        "unexplained": {str(cause): share for cause, share in residuals(episode).items()},
        "priced_share": sums.priced / sums.hours if sums.hours > 0.0 else None,
    }
