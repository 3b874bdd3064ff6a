"""The fast channel: every usable interval, standardised and whitened, through CUSUM and EWMA."""

from __future__ import annotations

from analytics.drift.bounds import bounded
from analytics.drift.interval import Interval
from analytics.drift.limits import HOUR_US, KEEP_HOURS, ONSET_BACK_HOURS, WARM_UP_HOURS
from analytics.drift.memory import Memory
from analytics.drift.onset import change_point
from analytics.drift.state import JudgeState
from analytics.drift.whiten import learn, whiten


def score(
    state: JudgeState, row: Interval, interval_s: int, limit_factor: float = 1.0
) -> tuple[int, str] | None:
    """Return the (direction, detector) that alarms at this interval, after it; None: all quiet.

    The excess is taken above what the stream's own level explains. Correlation and scale learn afterwards,
    and not at all while a hotspot is open.

    Args:
        limit_factor: how much wider the limits are than learned, after false alarms and unconfirmed finds.
    """
    memory, jump, shift = state.memory, state.jump, state.shift
    white = memory.whitening
    z = (row.excess - _of_level(row, memory, interval_s / 3600.0)) / row.sigma
    value = whiten(white, z)
    is_warm = white.seen * interval_s >= WARM_UP_HOURS * 3600.0
    if is_warm:
        jump.update(value)
        shift.update(value / limit_factor)
    if not memory.episodes or not is_warm:
        learn(white, z, value, 86_400.0 / interval_s)
    white.last = z
    limit = jump.h * limit_factor
    if jump.up > limit or jump.down > limit:
        return jump.direction, "cusum"
    if shift.drift_detected:
        return shift.direction, "ewma"
    return None


def _of_level(row: Interval, memory: Memory, hours: float) -> float:
    """Return what the stream's own level explains of an excess: as an amount, a share, or between.

    A mean over days does not say which it is. Taken for an amount alone, some per cent of it are many
    deviations in idle hours, of which hardly anything is expected.
    """
    level, mean = memory.level, memory.mean_expected
    amount = level * hours
    share = level / mean * row.expected if mean > 0.0 else amount
    return bounded(row.excess, amount, share) if amount <= share else bounded(row.excess, share, amount)


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
