"""The slow channels: every local day through one CUSUM per channel, and the stream's own level."""

from __future__ import annotations

from statistics import fmean

from analytics.drift import common, course, standing, straying
from analytics.drift.channels import SHIFT, TOTAL
from analytics.drift.context import Context
from analytics.drift.cusum import CUSUM
from analytics.drift.day import day_of
from analytics.drift.limits import (
    DAY_US,
    HOUR_US,
    KEEP_DAYS,
    LEVEL_DAYS,
    LEVEL_LAG_DAYS,
    LEVEL_MIN_DAYS,
    LONG_LEVEL_DAYS,
    LONG_LEVEL_MIN_DAYS,
    MIN_DAY_HOURS,
    ONSET_DAYS,
    PLAIN_DAYS,
    PLAIN_SHARE,
    REARM_DAYS,
    STANDING_DAYS,
    STANDING_MIN_DAYS,
)
from analytics.drift.memory import Day, Memory
from analytics.drift.onset import change_point
from analytics.drift.state import SIDES, JudgeState, daily_test


def close_day(state: JudgeState, context: Context) -> list[tuple[int, str]]:
    """Put the local day that just ended through the tests; return the (direction, channel)s that alarm.

    Scored against what earlier days taught, then learned. A day with too few usable hours says nothing.

    Args:
        context: how much wider the limits are after false alarms, which hotspots people called right, and
            what the plant's other streams did.
    """
    memory = state.memory
    hours = memory.hours_within(memory.day_us)
    if not hours:
        return []
    shared = context.common.at(memory.day_us)
    day = day_of(memory, hours, common.slope_of(memory) * (shared or 0.0))
    course.pass_day(memory, context.confirmed)
    alarms = _score(state, day, context.limit_factor)
    if (+1, TOTAL) not in alarms and _is_plain(state, day, context.limit_factor):
        alarms.append((+1, TOTAL))
    common.learn(memory, _own_share(memory, day), shared)
    common.remember(memory, memory.day_us, shared)
    memory.days.append(day)
    del memory.days[:-KEEP_DAYS]
    memory.days_seen += 1
    memory.mean_expected += (day.sums.expected / day.sums.hours - memory.mean_expected) / min(
        memory.days_seen, 60
    )
    own = _recent_level(memory, day.start_us - LEVEL_LAG_DAYS * DAY_US)
    memory.level = memory.level if own is None else own
    return alarms


def level_before(memory: Memory, before_us: int, direction: int) -> float | None:
    """Return the stream's own level: the mean excess per hour that was there before an instant.

    A frozen yearly baseline strays by some per cent by itself; what was there before is not the hotspot's.
    What is found was found while the stream strayed its way, so the last month and the last two are asked:
    what stands out from both is the hotspot's. None: too few clean days.

    Args:
        direction: of what was found, +1 over, -1 under.
    """
    recent = _recent_level(memory, before_us)
    since_us = before_us - LONG_LEVEL_DAYS * DAY_US
    long = _level(memory, since_us, before_us, LONG_LEVEL_MIN_DAYS)
    if recent is None or long is None:
        return recent if long is None else long
    return direction * max(direction * recent, direction * long)


def take_as_level(memory: Memory, since_us: int, found_us: int) -> None:
    """Let the last days alone say what the stream's own level is: an excess has come to stay.

    What it adds to each hour is taken out of what is remembered since it began, and of what is still to come.

    Args:
        memory: the stream's.
        since_us: when the excess began.
        found_us: when the excess was found; no day before it is one of them.
    """
    since = max(found_us, memory.day_us - STANDING_DAYS * DAY_US)
    more = standing.learned(memory.hours_within(since))
    if more is not None:
        standing.settle(memory, more, since_us)
        _say_again(memory, since_us)
    for day in memory.days:
        day.clean = day.start_us >= since
    own = _level(memory, since, memory.judged_us, STANDING_MIN_DAYS)
    memory.level = memory.level if own is None else own


def _recent_level(memory: Memory, before_us: int) -> float | None:
    """Return the level of the last month before an instant."""
    return _level(memory, before_us - LEVEL_DAYS * DAY_US, before_us, LEVEL_MIN_DAYS)


def _level(memory: Memory, start_us: int, before_us: int, least: int) -> float | None:
    """Return the trimmed mean excess per hour of the clean days in [start, before); None: too few.

    A tenth is cut off on either side: a mean, because totals are sums (a median of skewed days made found
    faults a fifth too large), yet one that a few wild days do not move.
    """
    rates = [
        day.sums.excess / day.sums.hours
        for day in memory.days
        if day.clean and start_us <= day.start_us < before_us and day.sums.hours >= MIN_DAY_HOURS
    ]
    if len(rates) < least:
        return None
    cut = len(rates) // 10
    return fmean(sorted(rates)[cut : len(rates) - cut])


def onset_of(memory: Memory, direction: int, channel: str, so_far: Day | None = None) -> int:
    """Return when a slow alarm's shift began [us]: the first day after the channel's likeliest step.

    Args:
        memory: the stream's.
        direction: of the alarm, +1 over, -1 under.
        channel: the one that alarms.
        so_far: the day that is not over, if it is one of them.
    """
    last = memory.days[-ONSET_DAYS:] + ([] if so_far is None else [so_far])
    days = [day for day in last if channel in day.z]
    if not days:
        return memory.day_us
    found = change_point([day.z[channel] for day in days], direction)
    return days[found if found is not None else -1].start_us


def rearm(state: JudgeState) -> None:
    """Let the slow tests start anew from the last days, whatever those were like.

    What is left of an excess is not found again and again, and no weeks of warm-up pass before the next.
    """
    latest = state.memory.days[-REARM_DAYS:]
    for (channel, direction), test in state.daily.items():
        values = [day.z[channel] for day in latest if channel in day.z]
        mean = direction * sum(values) / len(values) if values else 0.0
        test.restore([float(len(values)), mean, 0.0, 0.0, 0.0, 0.0])


def _say_again(memory: Memory, since_us: int) -> None:
    """Let each day since then say its channels again, its hours being others; not where they are gone."""
    ends = [day.start_us for day in memory.days[1:]] + [memory.day_us]
    for day, end_us in zip(memory.days, ends, strict=True):
        if end_us <= since_us:
            continue
        whole = bool(memory.hours) and memory.hours[0].start_us <= day.start_us
        hours = memory.hours_within(day.start_us, end_us) if whole else []
        told = (share for start_us, share in memory.commons if 0 <= day.start_us - start_us < HOUR_US)
        day.z = day_of(memory, hours, common.slope_of(memory) * next(told, 0.0)).z if hours else {}


def _own_share(memory: Memory, day: Day) -> float | None:
    """Return a clean day's excess above the stream's own level, as a share of the expected."""
    sums = day.sums
    if not day.clean or sums.hours < MIN_DAY_HOURS or sums.expected <= 0.0:
        return None
    return (sums.excess - memory.level * sums.hours) / sums.expected


def _is_plain(state: JudgeState, day: Day, limit_factor: float) -> bool:
    """Return whether so much more was used on each of the last days that no learned limit may keep it back.

    A limit that lies far out, because the stream strayed before, lets an excess become its own level first.
    What people called false counts: `limit_factor` times as much is asked for.
    """
    memory = state.memory
    last = [*memory.days[1 - PLAIN_DAYS :], day]
    scale = memory.scales.get(TOTAL)
    if scale is None or len(last) < PLAIN_DAYS:
        return False
    test = daily_test(state, TOTAL, +1)
    least = test.mean + limit_factor * max(test.clip, PLAIN_SHARE / min(scale))
    return all(one.z.get(TOTAL, test.mean) >= least for one in last)


def follow(memory: Memory, channel: str, test: CUSUM) -> float | None:
    """Give an upward test the reference value of its day; return how far the channel's level is lifted."""
    lifted = straying.lift(memory, channel, test.mean)
    test.k = straying.reference(memory, channel, lifted)
    return lifted


def _score(state: JudgeState, day: Day, limit_factor: float) -> list[tuple[int, str]]:
    """Return which tests alarm after this day.

    A shift is tested upwards only: where one does more than the others, the others do less.
    """
    memory = state.memory
    alarms = []
    for channel, z in day.z.items():
        for side in SIDES[:1] if channel.startswith(SHIFT) else SIDES:
            test = daily_test(state, channel, side)
            limit = course.daily_limit(memory, channel, side, test.h) * limit_factor
            if side > 0 and channel in course.FOLLOWERS:
                lifted = follow(memory, channel, test)
                straying.learn(memory, channel, lifted)
            test.update(side * z)
            if test.up > limit:
                alarms.append((side, channel))
    return alarms
