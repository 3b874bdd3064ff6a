"""The fast channel: every usable interval, standardised and whitened, through CUSUM and EWMA."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from analytics.drift import standing
from analytics.drift.bounds import bounded
from analytics.drift.interval import Interval
from analytics.drift.limits import HOUR_US, KEEP_HOURS, ONSET_BACK_HOURS, WARM_UP_HOURS
from analytics.drift.memory import Memory
from analytics.drift.onset import change_point
from analytics.drift.state import JudgeState
from analytics.drift.whiten import whitened


def score(
    state: JudgeState, rows: Sequence[Interval], interval_s: int, limit_factor: float = 1.0
) -> tuple[int, tuple[int, str] | None]:
    """Score usable intervals up to the first that alarms; return how many, and its (direction, detector).

    The excess is taken above what the stream's own level explains. Correlation and scale learn afterwards,
    and not at all while a hotspot is open.

    Args:
        state: the stream's; takes the intervals in.
        rows: consecutive ones between which its level does not change, one only while a hotspot is open.
        interval_s: their length [s].
        limit_factor: how much wider the limits are than learned, after false alarms and unconfirmed finds.
    """
    memory, jump, shift = state.memory, state.jump, state.shift
    white, limit = memory.whitening, state.jump.h * limit_factor
    warm_up = -int(-WARM_UP_HOURS * 3600.0 // interval_s)
    cold = min(len(rows), max(0, warm_up - white.seen))
    learns, steps_per_day = cold > 0 or not memory.episodes, 86_400.0 / interval_s
    zs = _standardised(rows, memory, interval_s / 3600.0)
    before = copy(white), jump.numbers()
    values = whitened(white, zs, steps_per_day, learns=learns)
    warm = values[cold:]
    upto = jump.take(warm, limit)
    taken = shift.take([value / limit_factor for value in warm[:upto]])
    if taken < upto:  # the other one alarms sooner
        jump.restore(before[1])
        jump.take(warm[:taken], limit)
    taken += cold
    if taken < len(rows):
        memory.whitening = before[0]
        whitened(memory.whitening, zs[:taken], steps_per_day, learns=learns)
    return taken, _alarm(state, limit)


def alarms(state: JudgeState, limit_factor: float) -> bool:
    """Return whether a fast test is beyond its limit as it stands."""
    return _alarm(state, state.jump.h * limit_factor) is not None


def _alarm(state: JudgeState, limit: float) -> tuple[int, str] | None:
    """Return the (direction, detector) that alarms; None: all quiet."""
    jump, shift = state.jump, state.shift
    if jump.up > limit or jump.down > limit:
        return jump.direction, "cusum"
    if shift.drift_detected:
        return shift.direction, "ewma"
    return None


def _standardised(rows: Sequence[Interval], memory: Memory, hours: float) -> list[float]:
    """Return the intervals' excess above what the stream's own level explains of it [their deviations].

    What standing losses take is none of it. A level explains an amount, a share of what is expected, or what
    lies between: a mean over days does not say which it is. Taken for an amount alone, some per cent of it
    are many deviations in idle hours, of which hardly anything is expected.
    """
    level, mean, louder = memory.level, memory.mean_expected, standing.noise(memory)
    amount, share = level * hours, level / mean if mean > 0.0 else None
    found = []
    for row, out in zip(rows, standing.amounts(rows, memory, hours), strict=True):
        excess = row.excess - out
        part = amount if share is None else share * row.expected
        of_level = bounded(excess, amount, part) if amount <= part else bounded(excess, part, amount)
        found.append((excess - of_level) / (row.sigma * louder))
    return found


def onset_of(state: JudgeState, direction: int, detector: str, interval_s: int) -> int:
    """Return when a fast alarm's shift began [us], to the hour; at the earliest what is remembered."""
    memory = state.memory
    run = state.jump.run if detector == "cusum" else state.shift.run
    back = memory.judged_us - (run * interval_s / 3600.0 + ONSET_BACK_HOURS) * HOUR_US
    hours = memory.hours_within(back)
    if memory.hour is not None and memory.hour.sums.hours > 0.0:
        hours.append(memory.hour)
    if not hours:
        return memory.judged_us
    if hours[0].start_us - back > ONSET_BACK_HOURS * HOUR_US and len(memory.hours) == KEEP_HOURS:
        return hours[0].start_us  # older than memory: there is no "before" left to compare with
    found = change_point([hour.rate for hour in hours], direction)
    return hours[-1 if found is None else found].start_us


def rearm(state: JudgeState) -> None:
    """Let the fast detectors start anew; correlation and scale stay learned."""
    state.jump = state.jump.clone()
    state.shift = state.shift.clone()


def forget_last(memory: Memory) -> None:
    """After a gap the last value says nothing about the next."""
    memory.whitening.last = None
