"""The instruments: cadence, phase, resolution and register of each meter and variable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.units import TEMPERATURE, Unit
from ingest.simulator.paging import US, Floats, Ints, generator
from ingest.targets import Target, target_of

DEFAULT_EVERY_S = 60.0
_COUNTS_PER_HOUR = 2000.0  # a fine instrument: this many counts in an hour of full work
_TEMPERATURE_STEP = 0.1
_YEAR_H = 8766.0


@dataclass(frozen=True, slots=True)
class Instrument:
    """One meter or variable as its display shows it: counts of `resolution`, in the payload's number."""

    id: str
    kind: MeterKind
    rule: PayloadRule
    target: Target  # how ingest makes the number canonical
    stamp_end: bool
    every_us: int | None  # None: one message per event
    phase_us: int
    resolution: float  # of the payload's number
    decimals: int
    start_counts: int  # a register's position at the epoch
    rollover_counts: int | None
    tick_us: int  # resolution of the payload's time

    def canonical(self, raw: Floats) -> Floats:
        """Return the payload's numbers in the canonical unit, as ingest converts them."""
        target, unit = self.target, self.unit
        return ((raw * target.scale + target.offset) * unit.factor + unit.offset) * target.heating_value

    @property
    def unit(self) -> Unit:
        """Return the unit of the payload's scaled number."""
        assert self.target.unit is not None
        return self.target.unit

    def counts_of(self, amount: Floats) -> Ints:
        """Return canonical amounts as whole counts of the display (offsets do not count)."""
        return np.floor(amount / self.amount_per_count + 1e-7).astype(np.int64)

    @property
    def amount_per_count(self) -> float:
        """Return one count of the display as a canonical amount."""
        return self.resolution * _per_raw(self.target, self.unit)

    def raw_of_counts(self, counts: Ints) -> Floats:
        """Return counts as the payload's numbers."""
        return np.round(counts * self.resolution, self.decimals)

    def raw_of_level(self, level: Floats) -> Floats:
        """Return canonical levels (rates, temperatures) as the payload's numbers, rounded to the display."""
        in_unit = (level / self.target.heating_value - self.unit.offset) / self.unit.factor
        raw = (in_unit - self.target.offset) / self.target.scale
        return np.round(np.round(raw / self.resolution) * self.resolution, self.decimals)

    def quantised(self, times_us: Ints) -> Ints:
        """Return instants as the payload can say them."""
        return times_us // self.tick_us * self.tick_us


_TICKS_US = {"s": US, "ms": 1000, "us": 1, "ns": 1, "iso": 1}


def instrument_of(item: Meter | Variable, rule: PayloadRule, seed: int, nominal: float) -> Instrument:
    """Return the instrument of a meter or variable.

    Args:
        item: the meter or variable.
        rule: how its payload is written: its own rule, or its source's. What shares a topic shares a
            gateway, and is read at the same instants.
        seed: the plant's seed.
        nominal: its rate at full work [canonical amount per hour]: sets what the display resolves.
    """
    target = target_of(item, rule)
    per_raw = abs(_per_raw(target, item.unit))
    resolution = _resolution(item, rule, nominal / per_raw)
    every_us = _every_us(item)
    register = nominal * _YEAR_H * generator(seed, item.id, "register").uniform(3.0, 6.0)
    return Instrument(
        id=item.id,
        kind=item.kind,
        rule=rule,
        target=target,
        stamp_end=item.stamp == "end",
        every_us=every_us,
        phase_us=_phase_us(item.kind, every_us, generator(seed, rule.topic or item.id, "phase")),
        resolution=resolution,
        decimals=max(0, -math.floor(math.log10(resolution))),
        start_counts=int(register / per_raw / resolution),
        rollover_counts=None if item.rollover is None else round(item.rollover / per_raw / resolution),
        tick_us=_TICKS_US[rule.time_unit] if rule.time else 1,
    )


def _per_raw(target: Target, unit: Unit) -> float:
    """Return the canonical amount of one in the payload's number."""
    return target.scale * unit.factor * target.heating_value


def _resolution(item: Meter | Variable, rule: PayloadRule, raw_per_hour: float) -> float:
    """Return a power of ten (of the payload's number) that an instrument would show; pulses are whole."""
    if item.unit.dimension == TEMPERATURE:
        return _TEMPERATURE_STEP
    fine = 10.0 ** math.floor(math.log10(raw_per_hour / _COUNTS_PER_HOUR))
    return max(1.0, fine) if item.kind is MeterKind.COUNTER and rule.scale != 1.0 else fine


def _every_us(item: Meter | Variable) -> int | None:
    if item.every_s is not None:
        return round(item.every_s * US)
    counts_product = isinstance(item, Variable) and item.kind is MeterKind.DELTA
    return None if counts_product else round(DEFAULT_EVERY_S * US)


def _phase_us(kind: MeterKind, every_us: int | None, draw: np.random.Generator) -> int:
    """Return when in its cadence an instrument speaks: amounts per period keep to the clock."""
    if every_us is None or kind is MeterKind.DELTA:
        return 0
    whole_s = every_us // US
    return int(draw.integers(0, whole_s)) * US if whole_s > 1 else 0
