"""What the remembered hours of a local day say: its totals, and its channels in standard deviations."""

from __future__ import annotations

from analytics.drift import standing
from analytics.drift.channels import IDLE, DayValues, Part, day_values
from analytics.drift.interval import is_idle
from analytics.drift.limits import DAY_FLOOR, DAY_SHARE
from analytics.drift.memory import Day, Hour, Memory, Sums
from analytics.drift.scales import standardised


def day_of(memory: Memory, hours: list[Hour], shared: float, *, over: bool = True) -> Day:
    """Return a day's totals and, where there is enough of it, its channels in standard deviations.

    Args:
        memory: the stream's.
        hours: those of the day of which something is known, one at least.
        shared: the share of the expected that is common to the plant's streams; no channel sees it.
        over: whether no hour of it is to come.
    """
    sums = Sums()
    for hour in hours:
        sums.add(hour.sums)
    day = Day(hours[0].start_us, not memory.episodes, sums, {})
    said = day_values(_parts(memory, hours, shared), over=over)
    scales = memory.scales or _guessed(memory, day, said)
    for channel in said.values:
        z = standardised(said, channel, scales)
        if z is not None:
            day.z[channel] = z / standing.noise(memory)
    return day


def _parts(memory: Memory, hours: list[Hour], shared: float) -> list[Part]:
    """Return hours as their day sees them, without what is common to all streams."""
    has_shifts, parts = memory.has_shifts, []
    for hour in hours:
        sums = hour.sums
        if sums.sigma > 0.0:
            known, expected = sums.hours, sums.expected
            part = Part(
                (sums.excess - shared * expected) / known, expected / known, sums.sigma / known,
                is_idle(hour.how, hour.shift, has_shifts=has_shifts), hour.off, hour.shift, known,
            )  # fmt: skip
            parts.append(part)
    return parts


def _guessed(memory: Memory, day: Day, said: DayValues) -> dict[str, list[float]]:
    """Return scales for a baseline that does not tell them: from its daily CV(RMSE), or the sigmas."""
    hours = max(day.sums.hours, 1e-9)
    mean = abs(memory.mean_expected or day.sums.expected / hours)
    base = memory.day_cv * mean if memory.day_cv is not None else DAY_SHARE * day.sums.sigma / hours
    rate = (base**2 + (DAY_FLOOR * mean) ** 2 + 1e-12 * (day.sums.sigma / hours) ** 2) ** 0.5
    share = rate / mean if mean > 0.0 else 1.0
    guess = {name: rate if name == IDLE else share for name in said.values}
    return {name: [scale] * 2 for name, scale in guess.items() if scale > 0.0}
