"""An open hotspot: opening it from what is remembered, letting hours in, and asking whether it is over."""

from __future__ import annotations

import math

from analytics.autocorrelation import long_run_variance
from analytics.drift.limits import (
    CALM_CLIP,
    CALM_DAYS,
    CALM_ERRORS,
    CALM_LEAST,
    CALM_LIMIT,
    CALM_MIN_HOURS,
    DAY_US,
    HOUR_US,
    PATIENCE_DAYS,
)
from analytics.drift.memory import Episode, Fit, Hour, Memory, Sums
from analytics.drift.onset import change_point
from analytics.drift.whiten import correlation_of_hours


def open_episode(
    memory: Memory, *, direction: int, detector: str, since_us: int, level: float, now_us: int
) -> Episode:
    """Return a new episode with everything since its onset in it.

    What lies further back than the remembered hours counts by whole local days: in the totals, not in
    the signature.
    """
    episode = Episode(
        direction,
        detector,
        since_us,
        now_us,
        level,
        Sums(),
        Fit(),
        [[0.0, 0.0] for _ in range(48)],
        {},
        [detector],
    )
    first = memory.hours[0].start_us if memory.hours else now_us
    for day in memory.days:
        if since_us <= day.start_us and day.start_us + DAY_US <= first:
            episode.sums.add(day.sums)
    for hour in memory.hours_within(since_us):
        take(episode, hour)
    return episode


def slot_of(hour: Hour) -> int:
    """Return the hour's profile slot: 0 .. 23 by local hour in production, 24 .. 47 outside it."""
    return hour.how % 24 + (24 if hour.off else 0)


def take(episode: Episode, hour: Hour) -> None:
    """Let one closed hour into the episode's totals and signature."""
    sums, fit = hour.sums, episode.fit
    episode.sums.add(sums)
    y, x = sums.excess / sums.hours - episode.level, sums.expected / sums.hours
    w = (sums.hours / sums.sigma) ** 2
    t = (hour.start_us - episode.since_us) / DAY_US
    fit.w, fit.y, fit.yy = fit.w + w, fit.y + w * y, fit.yy + w * y * y
    fit.x, fit.xx, fit.xy = fit.x + w * x, fit.xx + w * x * x, fit.xy + w * x * y
    fit.tt, fit.ty = fit.tt + w * t * t, fit.ty + w * t * y
    if hour.off:
        fit.off_w, fit.off_y = fit.off_w + w, fit.off_y + w * y
    if hour.shift:
        shift = episode.shifts.setdefault(hour.shift, [0.0, 0.0])
        shift[0], shift[1] = shift[0] + w, shift[1] + w * y
    slot = episode.profile[slot_of(hour)]
    slot[0], slot[1] = slot[0] + y, slot[1] + 1.0


def weigh_end(episode: Episode, hour: Hour, memory: Memory, interval_s: int) -> bool:
    """Return whether, after this hour, the evidence says that the excess is gone.

    Wald's sequential test of "nothing" against "as much as before at such an hour". Called before the hour is
    taken in.

    Args:
        episode: an open one.
        hour: that is over.
        memory: the stream's.
        interval_s: length of its intervals [s].

    Source: A. Wald (1945), Sequential tests of statistical hypotheses, Annals of Math. Statistics 16(2).
    """
    rho = correlation_of_hours(memory.whitening, interval_s)
    variance = long_run_variance((hour.sums.sigma / hour.sums.hours) ** 2, rho)
    expected = _as_before(episode, hour, memory, variance)
    if expected is None:
        return False
    ratio = expected * (0.5 * expected - (hour.rate - episode.level)) / variance
    episode.calm = max(0.0, episode.calm + min(CALM_CLIP, max(-CALM_CLIP, ratio)))
    if episode.calm == 0.0:
        episode.calm_since_us = 0
    elif episode.calm_since_us == 0:
        episode.calm_since_us = hour.start_us
    return episode.calm >= CALM_LIMIT


def _as_before(episode: Episode, hour: Hour, memory: Memory, variance: float) -> float | None:
    """Return the excess per hour at least to be seen in this hour if it goes on; None: nobody knows.

    Hours like this one are those at the same hour of the day, in production or outside it as this one is;
    where the hotspot has none yet, those of the same shift, or outside production. What it has not seen says
    nothing: an excess at night is not over in the morning. Their mean above the level before, or their share
    of what is expected now, whichever is nearer zero, less half its standard error: of a small excess the
    hours tell little. Where they hold less than half of the hotspot's mean, they say nothing: one shift's
    loss is not over in the next. Hours that may come after the end already are none of them, for some days.

    Args:
        variance: of one hour's excess, for correlated hours [unit^2/h^2].
    """
    until_us = max(episode.calm_since_us or hour.start_us, hour.start_us - CALM_DAYS * DAY_US)
    before, of_day = memory.hours_within(episode.since_us, until_us), hour.how % 24
    alike = [one for one in before if one.how % 24 == of_day and one.off == hour.off]
    if not alike and (hour.off or hour.shift):
        kind = (hour.off, hour.shift)
        alike = [one for one in before if (one.off, one.shift) == kind]
        if len(alike) < CALM_MIN_HOURS:
            return None
    if not alike:
        return None
    mean = sum(one.rate - episode.level for one in alike) / len(alike)
    then = sum(one.sums.expected / one.sums.hours for one in alike) / len(alike)
    share = min(1.0, max(0.0, hour.sums.expected / hour.sums.hours / then)) if then > 0.0 else 1.0
    seen = episode.direction * mean * share
    whole = episode.direction * (episode.sums.excess / episode.sums.hours - episode.level)
    expected = seen - CALM_ERRORS * math.sqrt(variance / len(alike))
    if expected <= 0.0 or seen < CALM_LEAST * whole:
        return None
    return episode.direction * expected


def is_out_of_patience(episode: Episode, memory: Memory) -> bool:
    """Return whether the last days together hold less than half of the episode's size."""
    start = memory.hours[-1].start_us - PATIENCE_DAYS * DAY_US if memory.hours else 0
    if episode.detected_us > start:
        return False
    recent = [hour for hour in memory.hours if hour.start_us > start]
    hours = sum(hour.sums.hours for hour in recent)
    if hours < 24.0 * PATIENCE_DAYS / 2:
        return False
    now = sum(hour.sums.excess for hour in recent) / hours - episode.level
    mean = episode.sums.excess / episode.sums.hours - episode.level
    return now * episode.direction < 0.5 * mean * episode.direction


def is_standing(episode: Episode, memory: Memory, days: float) -> bool:
    """Return whether the excess has lasted for so many days since it was found; 0 days: never."""
    return 0.0 < days * DAY_US <= memory.judged_us - episode.detected_us


def end_of(episode: Episode, memory: Memory) -> int:
    """Return when the excess went back [us], at the earliest one hour after the onset."""
    earliest = max(episode.since_us + HOUR_US, memory.hours[0].start_us)
    recent = memory.hours_within(episode.since_us)
    found = change_point([hour.rate for hour in recent], -episode.direction)
    return max(earliest, recent[found].start_us) if found is not None else max(earliest, memory.usable_us)


def cut(episode: Episode, memory: Memory, ended_us: int) -> None:
    """Take what came after the end out of the episode's totals."""
    for hour in memory.hours_within(max(ended_us, episode.since_us)):
        episode.sums.take_away(hour.sums)


def deviations(sums: Sums, level: float, rho: float) -> float:
    """Return the mean excess above the level in its standard errors; correlated hours count for fewer."""
    if sums.hours <= 0.0 or sums.sigma <= 0.0:
        return 0.0
    inflation = math.sqrt(long_run_variance(1.0, rho))
    return (sums.excess / sums.hours - level) / (sums.sigma / sums.hours) * math.sqrt(sums.hours) / inflation
