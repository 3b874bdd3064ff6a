"""The slow channels before the day is over: what is plain by noon is told at noon, not at midnight.

A part of a day counts for its part: its channels are said in the deviations of a whole day, and the upward
tests are asked how far they would be with as much of it as is known. Nothing is learned from it: the tests
take the day when it is over. What the plant's streams do together is known by then only: nothing of that is
taken out here.
"""

from __future__ import annotations

from analytics.drift import course, daily
from analytics.drift.context import Context
from analytics.drift.day import day_of
from analytics.drift.limits import LOOK_HOURS, LOOK_MARGIN
from analytics.drift.state import JudgeState, daily_test


def is_due(before: int, how: int) -> bool:
    """Return whether a local day is looked at when this hour of the week begins.

    Args:
        before: the last hour of the same day of which there was an interval, as an hour of the week.
        how: the hour that begins.

    >>> is_due(11, 12), is_due(12, 13), is_due(24 + 6, 24 + 17)
    (True, False, True)
    """
    return any(before % 24 < hour <= how % 24 for hour in LOOK_HOURS)


def alarms(state: JudgeState, context: Context) -> list[tuple[str, int]]:
    """Return the channels that alarm upwards with what is known of the day, each with its onset [us]."""
    memory, limits = state.memory, near(state, context.limit_factor)
    hours = memory.hours_within(memory.day_us) if limits else []
    if not hours:
        return []
    so_far, found = day_of(memory, hours, 0.0, over=False), []
    part = min(1.0, so_far.sums.hours / 24.0)
    for channel, limit in limits.items():
        test = daily_test(state, channel, +1)
        if channel in course.FOLLOWERS:
            daily.follow(memory, channel, test)
        if channel in so_far.z and test.upper_with(so_far.z[channel], part) > limit:
            found.append((channel, daily.onset_of(memory, +1, channel, so_far)))
    return found


def near(state: JudgeState, limit_factor: float) -> dict[str, float]:
    """Return how far each channel has to go upwards to alarm, where one more day can take it there.

    The same all day long: tests and limits move when a day is over, or a hotspot begins or ends.
    """
    found = {}
    for (channel, side), test in state.daily.items():
        if side > 0:
            limit = course.daily_limit(state.memory, channel, side, test.h) * limit_factor * LOOK_MARGIN
            if test.up + test.clip > limit:
                found[channel] = limit
    return found
