"""The slow channels: every local day through river's Page-Hinkley, and the stream's own level."""

from __future__ import annotations

from statistics import fmean, median

from analytics.drift.interval import is_quiet
from analytics.drift.limits import (
    DAY_CLIP,
    DAY_FLOOR,
    DAY_SHARE,
    DAY_US,
    KEEP_DAYS,
    LEVEL_DAYS,
    LEVEL_LAG_DAYS,
    LEVEL_MIN_DAYS,
    MIN_DAY_HOURS,
    MIN_QUIET_HOURS,
    ONSET_DAYS,
    REARM_DAYS,
)
from analytics.drift.memory import Day, Hour, Memory, Sums
from analytics.drift.onset import change_point
from analytics.drift.state import JudgeState


def close_day(state: JudgeState) -> list[tuple[int, str]]:
    """Put the local day that just ended through the tests; return the (direction, channel)s that alarm.

    Scored against what earlier days taught, then learned. A day with too few usable hours says nothing.
    """
    memory = state.memory
    hours = [hour for hour in memory.hours if hour.start_us >= memory.day_us]
    if not hours:
        return []
    day = _day(memory, hours)
    alarms = _score(state, day)
    memory.days.append(day)
    del memory.days[:-KEEP_DAYS]
    memory.days_seen += 1
    memory.mean_expected += (day.sums.expected / day.sums.hours - memory.mean_expected) / min(
        memory.days_seen, 60
    )
    own = level_before(memory, day.start_us - LEVEL_LAG_DAYS * DAY_US)
    memory.level = memory.level if own is None else own
    return alarms


def level_before(memory: Memory, before_us: int) -> float | None:
    """Return the stream's own level: the trimmed mean excess per hour of clean days before an instant.

    A frozen yearly baseline strays by some per cent by itself; what was there before is not the hotspot's.
    A tenth is cut off on either side: a mean, because totals are sums (a median of skewed days made found
    faults a fifth too large), yet one that a few wild days do not move. None: too few clean days.
    """
    start = before_us - LEVEL_DAYS * DAY_US
    rates = [
        day.sums.excess / day.sums.hours
        for day in memory.days
        if day.clean and start <= day.start_us < before_us and day.sums.hours >= MIN_DAY_HOURS
    ]
    if len(rates) < LEVEL_MIN_DAYS:
        return None
    cut = len(rates) // 10
    return fmean(sorted(rates)[cut : len(rates) - cut])


def onset_of(memory: Memory, direction: int, channel: str) -> int:
    """Return when a slow alarm's shift began [us]: the first day after the channel's likeliest step."""
    days = [day for day in memory.days[-ONSET_DAYS:] if _value(day, channel) is not None]
    found = change_point([_value(day, channel) or 0.0 for day in days], direction)
    return days[found if found is not None else -1].start_us


def rearm(state: JudgeState) -> None:
    """Let the slow tests start anew from what clean days were like, instead of weeks of warm-up."""
    clean = [day for day in state.memory.days[-REARM_DAYS:] if day.clean]
    for (channel, direction), test in state.daily.items():
        values = [value for day in clean if (value := _value(day, channel)) is not None]
        mean = direction * sum(values) / len(values) if values else 0.0
        test.restore([float(len(values)), mean, 0.0, 0.0, 0.0, 0.0, 0.0])


def _day(memory: Memory, hours: list[Hour]) -> Day:
    """Return the day's totals and, where there is enough of it, its two channels' clipped deviations."""
    sums = Sums()
    for hour in hours:
        sums.add(hour.sums)
    day = Day(hours[0].start_us, not memory.episodes, sums, None, None)
    if sums.hours < MIN_DAY_HOURS or sums.sigma <= 0.0:
        return day
    scale_quiet, scale_whole = _scales(memory, day, hours)
    quiet = [hour.rate for hour in hours if is_quiet(hour.how)]
    weights = [(hour.sums.hours / hour.sums.sigma) ** 2 for hour in hours]
    whole = sum(w * hour.rate for w, hour in zip(weights, hours, strict=True)) / sum(weights)
    day.whole = _clipped(whole / scale_whole)
    day.quiet = _clipped(median(quiet) / scale_quiet) if len(quiet) >= MIN_QUIET_HOURS else None
    return day


def _scales(memory: Memory, day: Day, hours: list[Hour]) -> tuple[float, float]:
    """Return the quiet and whole channels' daily deviation [unit/h], from the baseline and the sigmas."""
    sigma = day.sums.sigma / day.sums.hours
    mean = abs(memory.mean_expected or day.sums.expected / day.sums.hours)
    base = memory.day_cv * mean if memory.day_cv is not None else DAY_SHARE * sigma
    night = [hour.sums.sigma / hour.sums.hours for hour in hours if is_quiet(hour.how)]
    share = sum(night) / len(night) / sigma if night else 1.0
    # the last term keeps a perfect baseline of an idle meter from dividing by zero
    floor = (DAY_FLOOR * mean) ** 2 + 1e-12 * sigma**2
    # the inverse-variance mean of a day strays less than its plain mean: 0.7 on 56 real meters
    return ((base * share) ** 2 + floor) ** 0.5, ((0.7 * base) ** 2 + floor) ** 0.5


def _clipped(z: float) -> float:
    return min(DAY_CLIP, max(-DAY_CLIP, z))


def _score(state: JudgeState, day: Day) -> list[tuple[int, str]]:
    """Return which tests alarm after this day."""
    alarms = []
    for (channel, direction), test in state.daily.items():
        value = _value(day, channel)
        if value is not None:
            test.update(value * direction)
            if test.drift_detected:
                alarms.append((direction, channel))
    return alarms


def _value(day: Day, channel: str) -> float | None:
    return day.quiet if channel == "quiet" else day.whole
