"""What flows through each meter and what its register has counted since the simulation's epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ingest.simulator.faults import Fault, FaultKind, active, extra_rate, full_rate
from ingest.simulator.paging import (
    HOUR_US,
    PAGE_US,
    STEP_US,
    STEPS,
    Floats,
    Ints,
    Pages,
    edges,
    joined_by_lines,
    page_of,
)
from ingest.simulator.physics import Physics

_STEP_H = STEP_US / HOUR_US
_BEFORE_EPOCH = 156  # pages: meters are taken to have been fitted three years before the epoch


class Of(StrEnum):
    """Which flow a total adds up."""

    NORMAL = "normal"  # without faults
    TRUE = "true"  # what really flows
    SHOWN = "shown"  # what a register moves by


@dataclass(frozen=True, slots=True)
class Flow:
    """One page of one meter [canonical unit per hour, one value per step]."""

    normal: Floats
    extra: Floats  # added by faults
    shown: Floats  # what a register moves by: normal + extra, or nothing while it is stuck

    @property
    def true(self) -> Floats:
        """Return what really flows."""
        return self.normal + self.extra

    def of(self, which: Of) -> Floats:
        """Return one of the three flows."""
        return {Of.NORMAL: self.normal, Of.SHOWN: self.shown}[which] if which is not Of.TRUE else self.true


class Flows:
    """Flows by page, and running totals that start at the epoch's page."""

    def __init__(self, physics: Physics, faults: Sequence[Fault], epoch_us: int) -> None:
        names = len(physics.plant.meters) + len(physics.plant.variables) + 1
        self.physics = physics
        self.faults = tuple(faults)
        self._epoch = page_of(epoch_us)
        self._flows: Pages[Flow] = Pages(3 * names)
        self._counts: Pages[Floats] = Pages(3 * names)
        self._anchors: dict[tuple[str, Of], dict[int, float]] = {}
        self._sizes: dict[Fault, float] = {}

    def flow(self, name: str, page: int) -> Flow:
        """Return a page of a meter, or of a variable (which has no faults)."""
        return self._flows.get(name, page, lambda: self._flow(name, page))

    def total(self, name: str, times_us: Ints, which: Of) -> Floats:
        """Return the amount from the epoch to each instant; negative before the epoch.

        Args:
            name: id of a meter or variable.
            times_us: instants, ascending [us].
            which: the flow to add up.

        Raises:
            ValueError: an instant lies more than three years before the epoch.
        """
        out = np.empty(len(times_us))
        if not len(times_us):
            return out
        first, last = page_of(int(times_us[0])), page_of(int(times_us[-1]))
        cuts = np.searchsorted(times_us, [page * PAGE_US for page in range(first, last + 2)])
        for page, low, high in zip(range(first, last + 1), cuts[:-1], cuts[1:], strict=True):
            if low < high:
                positions = (times_us[low:high] - page * PAGE_US) / STEP_US
                within = joined_by_lines(positions, _STEP_EDGES, self._count(name, page, which))
                out[low:high] = self._anchor(name, page, which) + within
        return out

    def level(self, name: str, times_us: Ints) -> Floats:
        """Return the true rate or level at each instant: that of the step it falls into."""
        out = np.empty(len(times_us))
        pages = times_us // PAGE_US
        for page in np.unique(pages).tolist():
            here = pages == page
            out[here] = self.flow(name, page).true[(times_us[here] - page * PAGE_US) // STEP_US]
        return out

    def _flow(self, name: str, page: int) -> Flow:
        if name in self.physics.plant.variables:
            level = self.physics.variable(name, page)
            return Flow(level, np.zeros(STEPS), level)
        normal, extra, moving = self.physics.rate(name, page), np.zeros(STEPS), np.ones(STEPS)
        for fault in self.faults:
            if fault.meter != name:
                continue
            if fault.kind is FaultKind.STUCK_METER:
                stuck = active(fault, page)
                moving = moving if stuck is None else moving * (1.0 - stuck)
            else:
                added = extra_rate(fault, self.physics, page, self._size(fault))
                extra = extra if added is None else extra + added
        return Flow(normal, extra, (normal + extra) * moving)

    def _size(self, fault: Fault) -> float:
        if fault not in self._sizes:
            self._sizes[fault] = full_rate(fault, self.physics)
        return self._sizes[fault]

    def _count(self, name: str, page: int, which: Of) -> Floats:
        def counted() -> Floats:
            steps = self.flow(name, page).of(which)
            return np.concatenate([[0.0], np.cumsum(steps * _STEP_H)])

        return self._counts.get(f"{which} {name}", page, counted)

    def _anchor(self, name: str, page: int, which: Of) -> float:
        """Return the total at the start of a page; pages are added one by one from the epoch."""
        if page < self._epoch - _BEFORE_EPOCH:
            raise ValueError(
                "this instant lies before the simulated meters were fitted: give an earlier epoch"
            )
        known = self._anchors.setdefault((name, which), {self._epoch: 0.0})
        for at in range(max(known), page):
            known[at + 1] = known[at] + float(self._count(name, at, which)[-1])
        for at in range(min(known), page, -1):
            known[at - 1] = known[at] - float(self._count(name, at - 1, which)[-1])
        return known[page]


_STEP_EDGES = (edges(0) / STEP_US).astype(np.float64)
