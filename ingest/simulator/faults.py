"""Faults that are put in on purpose, so that what a detector says can be compared with the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from domain.plant import Plant
from ingest.simulator.paging import PAGE_US, STEP_US, US, Floats, edges, page_of
from ingest.simulator.physics import Physics
from ingest.simulator.working import covered
from ingest.times import micros

_REFERENCE_PAGES = 4  # a fault's size is a share of the mean of the four weeks before its own
_RAMP_US = 14 * 86_400 * US  # a ramp without an end takes two weeks
_FOR_EVER_US = 1 << 53


class FaultKind(StrEnum):
    """What goes wrong."""

    LEAK = "leak"  # a constant extra rate
    NIGHT_IDLING = "night_idling"  # an extra rate while the plant does not work
    EFFICIENCY_LOSS = "efficiency_loss"  # everything takes more, in proportion
    SLOW_RAMP = "slow_ramp"  # an extra rate that grows from nothing to `size` at `end`, or in two weeks
    STUCK_METER = "stuck_meter"  # the reading does not move; what flows meanwhile is never shown
    SILENT_METER = "silent_meter"  # no messages; a register goes on counting


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault of one meter, in [start, end); `end` None lasts for ever.

    `size` is a share of the meter's mean rate over the four weeks before (`relative`), else a rate in the
    canonical unit per hour. For EFFICIENCY_LOSS it is always the share by which the rate grows. STUCK_METER
    and SILENT_METER have no size.
    """

    kind: FaultKind
    meter: str
    start: datetime
    end: datetime | None = None
    size: float = 0.0
    relative: bool = True

    @property
    def start_us(self) -> int:
        """Return the start in microseconds since 1970."""
        return micros(self.start)

    @property
    def end_us(self) -> int:
        """Return the end in microseconds since 1970; far away when it lasts for ever."""
        return _FOR_EVER_US if self.end is None else micros(self.end)


def check_faults(plant: Plant, faults: tuple[Fault, ...]) -> None:
    """Return if every fault is possible in this plant; raise ValueError naming all that are not."""
    wrong = [f"{f.kind} of {f.meter!r}: no such meter" for f in faults if f.meter not in plant.meters]
    wrong += [f"{f.kind} of {f.meter!r}: ends before it starts" for f in faults if f.end_us <= f.start_us]
    needs_size = (FaultKind.LEAK, FaultKind.NIGHT_IDLING, FaultKind.EFFICIENCY_LOSS, FaultKind.SLOW_RAMP)
    wrong += [f"{f.kind} of {f.meter!r}: needs a size" for f in faults if f.kind in needs_size and not f.size]
    if wrong:
        raise ValueError("; ".join(wrong))


def active(fault: Fault, page: int) -> Floats | None:
    """Return the share of each step of a page in which a fault is on; None when it is never on."""
    if fault.start_us >= (page + 1) * PAGE_US or fault.end_us <= page * PAGE_US:
        return None
    return covered([(fault.start_us, fault.end_us)], page)


def extra_rate(fault: Fault, physics: Physics, page: int, rate: float) -> Floats | None:
    """Return what a fault adds to its meter's rate in each step of a page; None when it adds nothing.

    `rate` is its full size as `full_rate` gives it: the same for every page.
    """
    on = active(fault, page)
    if on is None or fault.kind in (FaultKind.STUCK_METER, FaultKind.SILENT_METER):
        return None
    if fault.kind is FaultKind.EFFICIENCY_LOSS:
        return fault.size * physics.rate(fault.meter, page) * on
    if fault.kind is FaultKind.NIGHT_IDLING:
        return rate * (1.0 - physics.working.share(page)) * on
    return rate * _ramp(fault, page) * on if fault.kind is FaultKind.SLOW_RAMP else rate * on


def full_rate(fault: Fault, physics: Physics) -> float:
    """Return a fault's size as a rate [canonical unit per hour]."""
    if not fault.relative:
        return fault.size
    last = page_of(fault.start_us)
    pages = range(last - _REFERENCE_PAGES, last)
    return fault.size * float(np.mean([physics.rate(fault.meter, page).mean() for page in pages]))


def _ramp(fault: Fault, page: int) -> Floats:
    end_us = fault.start_us + _RAMP_US if fault.end is None else fault.end_us
    middles = (edges(page)[:-1] + STEP_US // 2).astype(np.float64)
    return np.clip((middles - fault.start_us) / float(end_us - fault.start_us), 0.0, 1.0)
