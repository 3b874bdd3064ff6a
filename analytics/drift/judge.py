"""The judge: EXCESS and CALENDAR frames in, changed hotspots out, each interval exactly once and in order.

Deterministic: one call or many over the same intervals give the same hotspots and the same state, so a
killed analyser that resumes from its snapshot ends where an uninterrupted one would.

A hotspot needs the statistics' word and its money's worth (`Detection`). There is at most one open per
direction, whichever channel found it, and one for a stuck meter. It ends when the excess has gone back.
One that has not after `Detection.standing_days`, twice as many where people called it right, is a standing
loss: it is closed as such, the stream is judged from its new level on, and whether the baseline still holds
is a person's question.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.drift import course, daily, fast, hours, looks, stuck
from analytics.drift.context import Context
from analytics.drift.episode import (
    cut,
    end_of,
    is_out_of_patience,
    is_standing,
    open_episode,
    take,
    weigh_end,
)
from analytics.drift.evidence import excess_rate, hotspot_of, id_of, largest_share, money, stuck_hotspot
from analytics.drift.interval import Interval, intervals
from analytics.drift.limits import (
    CONFIRMED_STANDS,
    DAY_US,
    HOUR_US,
    PENDING_DAYS,
)
from analytics.drift.magnitude import by_chance
from analytics.drift.memory import OVER, Episode, Hour, Memory, Pending, Sums
from analytics.drift.state import STATE_FORMAT, JudgeState, dump, fresh_state, load
from analytics.drift.whiten import correlation_of_hours
from domain.alert import AlertKind, fingerprint_of
from domain.hotspot import Hotspot

__all__ = ["STATE_FORMAT", "Context", "JudgeState", "dump", "fresh_state", "judge", "load"]

Found = dict[str, Hotspot]

#: intervals that are judged in one go while nothing happens
MOST_AT_ONCE = 48


def judge(
    state: JudgeState, frame: pl.DataFrame, calendar: pl.DataFrame, context: Context
) -> tuple[JudgeState, list[Hotspot]]:
    """Return the state after the frame's intervals, and each hotspot that changed, once, as it is now.

    Args:
        state: from `fresh_state`, `load` or the last call; it is not changed.
        frame: EXCESS frame, one row per interval; rows before the last judged one are ignored, missing,
            reset and catch-up ones advance the judge and are seen by no detector.
        calendar: CALENDAR frame of the same starts.
        context: names, unit, interval [s] and thresholds.

    Returns:
        (new state, hotspots that opened, went on or ended, by detected_at).
    """
    state = load(dump(state))
    found: Found = {}
    rows, place = list(intervals(frame, calendar)), 0
    while place < len(rows):
        fresh = rows[place].start_us >= state.memory.judged_us
        place += _go_on(state, rows[place : place + MOST_AT_ONCE], context, found) if fresh else 1
    for episode in state.memory.episodes.values():
        _put(found, hotspot_of(episode, state.memory, context))
    if state.memory.run.detected_us:
        _put(found, stuck_hotspot(state.memory.run, state.memory, context))
    return state, sorted(found.values(), key=lambda hotspot: (hotspot.detected_at, hotspot.kind))


def _go_on(state: JudgeState, rows: Sequence[Interval], context: Context, found: Found) -> int:
    """Judge the next interval, and those after it that nothing happens at; return how many it were.

    What the interval closes is closed before; what it alarms is opened.
    """
    memory, interval_s, first = state.memory, context.interval_s, rows[0]
    gap = first.start_us > memory.judged_us
    _turn(state, first, context, found)
    memory.judged_us = first.start_us + interval_s * 1_000_000
    if gap or not first.usable:
        fast.forget_last(memory)
    if not first.usable:
        return 1
    wider = context.limit_factor * course.fast_factor(memory)
    quiet = not memory.episodes and not fast.alarms(state, wider)
    hour = hours.running(memory, first) if quiet and looks.near(state, context.limit_factor) else None
    stretch = _stretch(rows, interval_s, hour) if quiet else rows[:1]
    run, moving = stuck.follow(memory.run, stretch, interval_s)
    if moving == 0:
        memory.usable_us = memory.judged_us
        _stand_still(memory, first, context, found)
        return 1
    taken, alarm = fast.score(state, stretch[:moving], interval_s, wider)
    if taken < moving:
        run, _ = stuck.follow(memory.run, stretch[:taken], interval_s)
    if memory.run.detected_us:
        _put(found, stuck_hotspot(memory.run, memory, context, first.start_us))
    memory.run = run
    for row in stretch[:taken]:
        hours.collect(memory, row, interval_s / 3600.0)
    memory.judged_us = memory.usable_us = stretch[taken - 1].start_us + interval_s * 1_000_000
    if alarm is not None and str(alarm[0]) not in memory.episodes:
        since = fast.onset_of(state, *alarm, interval_s)
        _try_open(state, alarm[0], alarm[1], since, memory.level, context)
    return taken


def _stretch(rows: Sequence[Interval], interval_s: int, hour: Hour | None) -> Sequence[Interval]:
    """Return the first usable intervals in a row that no look at their local day comes between.

    Args:
        rows: at least one, in order; MOST_AT_ONCE are returned at most.
        interval_s: their length [s].
        hour: the running one, of the first; None: a look would find nothing on this day.
    """
    step, begin, weekday = interval_s * 1_000_000, rows[0].start_us, rows[0].how // 24
    hour_us, how = (hour.start_us, hour.how) if hour is not None else (0, 0)
    for number, row in enumerate(rows[:MOST_AT_ONCE]):
        if row.start_us != begin + number * step or row.how // 24 != weekday or not row.usable:
            return rows[:number]
        if hour is not None and hours.start_of(row) != hour_us:
            if looks.is_due(how, row.how):
                return rows[:number]
            hour_us, how = hours.start_of(row), row.how
    return rows[:MOST_AT_ONCE]


def _turn(state: JudgeState, row: Interval, context: Context, found: Found) -> None:
    """Close the hour and the local day when this interval begins new ones."""
    memory, weekday, hour = state.memory, row.how // 24, state.memory.hour
    ended = hour if hour is not None and hour.start_us != hours.start_of(row) else None
    if ended is not None:
        _close_hour(state, ended, context, found)
    if weekday != memory.weekday or row.start_us - memory.day_us > DAY_US + HOUR_US:
        if memory.weekday >= 0:
            _close_day(state, context, found)
        memory.weekday, memory.day_us = weekday, row.start_us
    elif ended is not None and looks.is_due(ended.how, row.how):
        _look(state, context)
    hours.running(memory, row)


def _close_hour(state: JudgeState, hour: Hour, context: Context, found: Found) -> None:
    """Remember the hour, end open episodes that are over, let it into the others."""
    memory = state.memory
    memory.hour = None
    if not hours.remember(memory, hour):
        return
    for key, episode in list(memory.episodes.items()):
        over = hour.start_us >= episode.since_us and weigh_end(episode, hour, memory, context.interval_s)
        if hour.start_us >= episode.since_us:
            take(episode, hour)
        if over:
            _end(state, key, end_of(episode, memory), context, found)


def _close_day(state: JudgeState, context: Context, found: Found) -> None:
    """Judge the local day that ended: patience, slow alarms, and alarms that wait for their money's worth."""
    memory = state.memory
    for key, episode in list(memory.episodes.items()):
        if is_out_of_patience(episode, memory):
            _end(state, key, end_of(episode, memory), context, found)
        elif is_standing(episode, memory, _standing_days(episode, context)):
            _stand(state, key, context, found)
    for direction, channel in daily.close_day(state, context):
        since = daily.onset_of(memory, direction, channel)
        memory.pending[str(direction)] = Pending(since, memory.day_us, channel)
    for key, waiting in list(memory.pending.items()):
        _find_slow(state, int(key), waiting.channel, waiting.since_us, context)
        if key in memory.episodes or memory.judged_us - waiting.alarm_us > PENDING_DAYS * DAY_US:
            del memory.pending[key]


def _look(state: JudgeState, context: Context) -> None:
    """Open a hotspot of over-consumption that the daily channels find before the day is over."""
    if OVER in state.memory.episodes:
        return
    for channel, since in looks.alarms(state, context):
        _find_slow(state, int(OVER), channel, since, context)


def _find_slow(state: JudgeState, direction: int, channel: str, since: int, context: Context) -> None:
    """Open a hotspot that a daily channel found, or note on the open one that this channel found it, too.

    What stands out from the level before it is its excess.
    """
    memory, detector = state.memory, f"cusum_{channel}"
    if str(direction) in memory.episodes:
        _join(memory.episodes[str(direction)], detector)
        return
    before = daily.level_before(memory, since, direction)
    level = memory.level if before is None else before
    episode = _try_open(state, direction, detector, since, level, context)
    if episode is not None:
        rho = correlation_of_hours(memory.whitening, context.interval_s)
        episode.chance = by_chance(episode.sums, episode.level, memory, rho)


def _standing_days(episode: Episode, context: Context) -> float:
    """Return how long an excess may last before it is taken for standing [days]; 0 = for ever.

    What people called right is waiting for somebody's hands, not for a word: it is left open longer.
    """
    right = fingerprint_of(AlertKind.HOTSPOT, id_of(episode, context)) in context.confirmed
    return context.detection.standing_days * (CONFIRMED_STANDS if right else 1.0)


def _try_open(
    state: JudgeState, direction: int, detector: str, since: int, level: float, context: Context
) -> Episode | None:
    """Open a hotspot if the excess since its onset is worth somebody's time, and return it; else None."""
    memory = state.memory
    episode = open_episode(
        memory, direction=direction, detector=detector, since_us=since, level=level, now_us=memory.judged_us
    )
    sums = Sums()
    sums.add(episode.sums)
    if memory.hour is not None and memory.hour.start_us >= since:
        sums.add(memory.hour.sums)
    if not _is_worth_it(episode, sums, context):
        return None
    for day in memory.days:
        day.clean = day.clean and day.start_us < since
    memory.episodes[str(direction)] = episode
    if direction > 0:
        course.widen(memory, id_of(episode, context), detector, context.detection.false_per_year)
    return episode


def _is_worth_it(episode: Episode, sums: Sums, context: Context) -> bool:
    """Return whether an excess passes the plant's thresholds: per cent of expected, and money per hour.

    The per cent are of all hours, of those outside production or of one shift, whichever is most: what runs
    at night for nothing is not small because the day uses much.
    """
    rate = excess_rate(sums, episode.level) * episode.direction
    if rate <= 0.0 or 100.0 * largest_share(episode, sums) < context.detection.min_excess_pct:
        return False
    per_hour, _ = money(sums, episode.level)
    return episode.direction < 0 or per_hour is None or per_hour >= context.detection.min_cost_per_hour


def _join(episode: Episode, detector: str) -> None:
    """Note on an open hotspot that another channel has found it, too."""
    if detector not in episode.channels:
        episode.channels.append(detector)


def _end(state: JudgeState, key: str, ended_us: int, context: Context, found: Found) -> None:
    """End a hotspot: its totals stop where the excess went back, and all detectors start anew.

    It is said to end no earlier than it was detected, so that what was over by then still is an episode.
    """
    episode = state.memory.episodes.pop(key)
    cut(episode, state.memory, ended_us)
    _put(found, hotspot_of(episode, state.memory, context, max(ended_us, episode.detected_us)))
    fast.rearm(state)
    daily.rearm(state)


def _stand(state: JudgeState, key: str, context: Context, found: Found) -> None:
    """Close a hotspot whose excess has come to stay: it is taken out of what the stream's tests see.

    It is no longer news, and what comes on top of it has to be found. Its evidence says that it goes on.
    """
    memory = state.memory
    episode = memory.episodes.pop(key)
    _put(found, hotspot_of(episode, memory, context, memory.usable_us, goes_on=True))
    daily.take_as_level(memory, episode.since_us, episode.detected_us)
    fast.forget_last(memory)
    fast.rearm(state)
    daily.rearm(state)


def _stand_still(memory: Memory, row: Interval, context: Context, found: Found) -> None:
    """Let an interval pass at which the meter is stuck; opens its hotspot, ends that of another value."""
    before = memory.run
    memory.run = stuck.stand(before, row, context.interval_s)
    if before.detected_us and not memory.run.detected_us:
        _put(found, stuck_hotspot(before, memory, context, row.start_us))
    if not memory.run.detected_us:
        memory.run.detected_us = memory.judged_us


def _put(found: Found, hotspot: Hotspot) -> None:
    found[hotspot.id] = hotspot
