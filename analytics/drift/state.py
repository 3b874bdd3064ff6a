"""The judge's state of one stream: memory and live detectors, and their exact way to bytes and back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from analytics.drift.cusum import CUSUM
from analytics.drift.ewma import EWMA
from analytics.drift.limits import (
    DAY_DELTA,
    DAY_LIMIT,
    DAY_MIN,
    JUMP_CLIP,
    JUMP_H,
    JUMP_K,
    RHO_KNOWN_DAYS,
    SHIFT_CLIP,
    SHIFT_LAMBDA,
    SHIFT_LIMIT,
    SHIFT_MARGIN,
    SHIFT_NEAREST,
    UNDER_FACTOR,
    WHOLE_FACTOR,
)
from analytics.drift.memory import Memory, Whitening
from analytics.drift.page_hinkley import PageHinkley
from domain.baseline import Baseline

#: goes up when old bytes can no longer be continued; a snapshot of another format starts afresh
STATE_FORMAT = 1

#: the daily channels: name, threshold factor
CHANNELS = (("quiet", 1.0), ("whole", WHOLE_FACTOR))


@dataclass(slots=True)
class JudgeState:
    """One stream's memory and detectors. `daily` holds one test per channel and direction (+1, -1)."""

    memory: Memory
    jump: CUSUM
    shift: EWMA
    daily: dict[tuple[str, int], PageHinkley]


class _Saved(msgspec.Struct):
    memory: Memory
    jump: list[float]
    shift: list[float]
    daily: list[list[float]]


def fresh_state(baseline: Baseline) -> JudgeState:
    """Return the state before the first interval.

    Args:
        baseline: its out-of-sample daily CV(RMSE) tells how far a day strays without any drift; the
            in-sample one, half too small with flexible models, is used only in its absence, times 1.5.
            The correlation of its residuals is taken over where it is known.
    """
    cross, within = baseline.cross_validated, baseline.statistics.cvrmse_daily_pct
    pct = cross.cvrmse_daily_pct if cross and cross.cvrmse_daily_pct is not None else None
    if pct is None and within is not None:
        pct = 1.5 * within
    whitening = _known_whitening(baseline)
    memory = Memory(day_cv=None if pct is None else float(pct) / 100.0, whitening=whitening)
    memory.shift_limit = _shift_limit(baseline)
    return _armed(memory)


def _shift_limit(baseline: Baseline) -> float:
    """Return the fast EWMA's limit, from how far the baseline's own residuals strayed out of sample."""
    farthest = baseline.coefficients.get("farthest_shift")
    if farthest is None:
        return SHIFT_LIMIT
    return min(SHIFT_LIMIT, max(SHIFT_NEAREST, SHIFT_MARGIN * float(farthest)))


def _known_whitening(baseline: Baseline) -> Whitening:
    """Return the correlation that the baseline's residuals had, as if a week had been seen; else the guess.

    Learned from the first hours alone, the correlation of a leak that is there from the start would be
    taken for the stream's own.
    """
    known = baseline.coefficients.get("correlation")
    if known is None:
        return Whitening()
    return Whitening(lag=float(known), seen=round(RHO_KNOWN_DAYS * 86_400 / baseline.interval_s))


def dump(state: JudgeState) -> bytes:
    """Return the state as bytes; equal states give equal bytes."""
    daily = [test.numbers() for test in state.daily.values()]
    return msgspec.msgpack.encode(_Saved(state.memory, state.jump.numbers(), state.shift.numbers(), daily))


def load(data: bytes) -> JudgeState:
    """Return the state that `dump` wrote.

    Raises:
        msgspec.DecodeError: these bytes are not a state of this format.
    """
    saved = msgspec.msgpack.decode(data, type=_Saved)
    state = _armed(saved.memory)
    state.jump.restore(saved.jump)
    state.shift.restore(saved.shift)
    for test, numbers in zip(state.daily.values(), saved.daily, strict=True):
        test.restore(numbers)
    return state


def _armed(memory: Memory) -> JudgeState:
    """Return a state with new detectors."""
    daily = {
        (name, side): PageHinkley(
            min_instances=DAY_MIN,
            delta=DAY_DELTA,
            threshold=DAY_LIMIT * factor * (UNDER_FACTOR if side < 0 else 1.0),
            alpha=1.0,
            mode="up",
        )
        for name, factor in CHANNELS
        for side in (1, -1)
    }
    jump = CUSUM(k=JUMP_K, h=JUMP_H, clip=JUMP_CLIP)
    return JudgeState(memory, jump, EWMA(SHIFT_LAMBDA, memory.shift_limit, SHIFT_CLIP), daily)
