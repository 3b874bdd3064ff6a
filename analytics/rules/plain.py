"""Many readings at once of which no rule has anything to say: what nearly all of a history is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.robust import Floats, Ints
from analytics.rules.frozen import SAME
from analytics.rules.implausible import SHORTEST_US
from analytics.rules.memory import Frozen, Implausible, MeterMemory
from analytics.rules.rows import HOUR_US
from analytics.rules.watch import Watched
from domain.meter import Meter, MeterKind
from domain.rule import RuleFigures, RuleKind


def take_plain(memory: MeterMemory, one: Watched, times: Ints, values: Floats) -> bool:
    """Take readings in where nothing is wrong with any; return whether that was so, else nothing is changed.

    What it takes in leaves the memory as `watch_points` would. What is not *certainly* plain is left to that:
    readings out of order, what hangs on more than its neighbour, whatever comes while a hotspot is open.

    Args:
        memory: the meter's.
        one: the meter with its rules.
        times: of the readings, in order [us], (n,).
        values: of the readings [canonical unit], (n,).
    """
    if not values.size:
        return True
    kinds = {rule.kind: rule for rule in one.points}
    frozen, implausible = memory.frozen, memory.implausible
    rule = kinds.get(RuleKind.IMPLAUSIBLE)
    if RuleKind.FROZEN_AT_LIMIT in kinds and not _is_moving(frozen, values, one.ends):
        return False
    if rule is not None and not _are_plausible(implausible, times, values, one, rule):
        return False
    if RuleKind.FROZEN_AT_LIMIT in kinds:
        frozen.readings = 0
    if rule is not None:
        implausible.last_us, implausible.last = int(times[-1]), float(values[-1])
        implausible.largest = max(implausible.largest, float(np.abs(values).max()))
    memory.points_us = int(times[-1])
    return True


def _is_moving(memory: Frozen, values: Floats, ends: Sequence[float]) -> bool:
    """Return whether no value stands at an end of its range."""
    far = [bool((np.abs(values - end) > SAME * max(1.0, abs(end))).all()) for end in ends]
    return memory.spell is None and all(far)


def _are_plausible(memory: Implausible, times: Ints, values: Floats, one: Watched, rule: RuleFigures) -> bool:
    """Return whether each reading certainly is what `implausible` calls plausible."""
    low, high = rule.values["min"], rule.values["max"]
    least, most = float(values.min()), float(values.max())
    if memory.spell is not None or not np.isfinite(values).all():
        return False
    if (low is not None and least < low) or (high is not None and most > high):
        return False
    if one.meter.kind is MeterKind.COUNTER:
        if least < 0.0 or (one.meter.rollover is not None and most > one.meter.rollover):
            return False
    elif least < 0.0 and low is None and not one.fed_back:
        return False
    if memory.last_us:
        times = np.concatenate(([memory.last_us], times))
        values = np.concatenate(([memory.last], values))
    steps = np.diff(times)
    return bool((steps > 0).all()) and _keep_pace(steps, values, one.meter, rule)


def _keep_pace(steps: Ints, values: Floats, meter: Meter, rule: RuleFigures) -> bool:
    """Return whether no reading has come too fast after the one before.

    Args:
        steps: between the readings [us], (n - 1,).
        values: of the readings, (n,).
        meter: whose they are.
        rule: what is too fast.
    """
    if meter.kind is MeterKind.GAUGE:
        step = rule.values["max_step"]
        return step is None or not (np.abs(np.diff(values)) > step).any()
    rate = rule.values["max_rate"]
    if rate is None:
        return True
    if meter.kind is MeterKind.COUNTER:
        return not (np.diff(values) > rate * (np.maximum(steps, SHORTEST_US) / HOUR_US)).any()
    hours = (meter.every_s or steps / 1e6) / 3600.0
    return not (values[1:] > rate * hours).any()
