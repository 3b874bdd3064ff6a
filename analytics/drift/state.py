"""The judge's state of one stream: memory and live detectors, and their exact way to bytes and back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from analytics.drift.budget import clip_of
from analytics.drift.cusum import CUSUM
from analytics.drift.ewma import EWMA
from analytics.drift.limits import (
    DAY_MIN,
    DAY_RECENTRE,
    DEFAULT_LIMIT,
    JUMP_CLIP,
    JUMP_FARTHEST,
    JUMP_H,
    JUMP_K,
    JUMP_MARGIN,
    RHO_KNOWN_DAYS,
    SHIFT_CLIP,
    SHIFT_LAMBDA,
    SHIFT_LIMIT,
    SHIFT_MARGIN,
    SHIFT_NEAREST,
)
from analytics.drift.memory import Memory, Whitening
from domain.baseline import Baseline

#: goes up when old bytes can no longer be continued; a snapshot of another format starts afresh
STATE_FORMAT = 2

SIDES = (1, -1)


@dataclass(slots=True)
class JudgeState:
    """One stream's memory and detectors. `daily` holds one test per channel and direction (+1, -1)."""

    memory: Memory
    jump: CUSUM
    shift: EWMA
    daily: dict[tuple[str, int], CUSUM]


class _Saved(msgspec.Struct):
    memory: Memory
    jump: list[float]
    shift: list[float]
    daily: list[tuple[str, int, list[float]]]


def fresh_state(baseline: Baseline) -> JudgeState:
    """Return the state before the first interval.

    Args:
        baseline: its out-of-sample daily CV(RMSE) tells how far a day strays without any drift; the
            in-sample one, half too small with flexible models, is used only in its absence, times 1.5.
            The correlation of its residuals, the daily channels' scales and their limits are taken over
            where they are known.
    """
    cross, within = baseline.cross_validated, baseline.statistics.cvrmse_daily_pct
    pct = cross.cvrmse_daily_pct if cross and cross.cvrmse_daily_pct is not None else None
    if pct is None and within is not None:
        pct = 1.5 * within
    whitening = _known_whitening(baseline)
    memory = Memory(day_cv=None if pct is None else float(pct) / 100.0, whitening=whitening)
    memory.shift_limit = _shift_limit(baseline)
    memory.jump_limit = _jump_limit(baseline)
    memory.knows_output = bool(baseline.coefficients.get("knows_output"))
    watch = baseline.coefficients.get("watch") or {"scales": {}, "k": {}, "limits": {}}
    memory.ks = {name: float(k) for name, k in watch["k"].items()}
    memory.scales = {name: [float(x) for x in pair] for name, pair in watch["scales"].items()}
    memory.limits = {name: [float(x) for x in pair] for name, pair in watch["limits"].items()}
    return _armed(memory)


def _shift_limit(baseline: Baseline) -> float:
    """Return the fast EWMA's limit, from how far the baseline's own residuals strayed out of sample."""
    farthest = baseline.coefficients.get("farthest_shift")
    if farthest is None:
        return SHIFT_LIMIT
    return min(SHIFT_LIMIT, max(SHIFT_NEAREST, SHIFT_MARGIN * float(farthest)))


def _jump_limit(baseline: Baseline) -> float:
    """Return the limit of the detector of jumps, from how high the baseline's own residuals took it."""
    farthest = baseline.coefficients.get("farthest_jump")
    return JUMP_H if farthest is None else min(JUMP_FARTHEST, max(JUMP_H, JUMP_MARGIN * float(farthest)))


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
    daily = [(name, side, test.numbers()) for (name, side), test in state.daily.items()]
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
    for name, side, numbers in saved.daily:
        daily_test(state, name, side).restore(numbers)
    return state


def daily_test(state: JudgeState, channel: str, side: int) -> CUSUM:
    """Return the test of a channel in a direction; a channel that was not known before gets a new one."""
    test = state.daily.get((channel, side))
    if test is None:
        limits = state.memory.limits.get(channel)
        h = DEFAULT_LIMIT if limits is None else limits[0 if side > 0 else 1]
        k = state.memory.reference(channel)
        test = CUSUM(k=k, h=h, clip=clip_of(channel, side), warm_up=DAY_MIN, recentre=DAY_RECENTRE)
        state.daily[channel, side] = test
    return test


def _armed(memory: Memory) -> JudgeState:
    """Return a state with new detectors."""
    jump = CUSUM(k=JUMP_K, h=memory.jump_limit, clip=JUMP_CLIP)
    return JudgeState(memory, jump, EWMA(SHIFT_LAMBDA, memory.shift_limit, SHIFT_CLIP), {})
