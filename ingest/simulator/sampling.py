"""Readings of one instrument: registers, momentary rates and amounts per message, at its own instants."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.meter import MeterKind
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.flow import Flows, Of
from ingest.simulator.instrument import Instrument
from ingest.simulator.paging import (
    DAY_US,
    PAGE_US,
    STEP_US,
    STEPS,
    Floats,
    Ints,
    generator,
    page_of,
)
from ingest.simulator.production import Batch, line_of

_PORTIONS_PER_HOUR = 6  # event-wise output is weighed about every ten minutes


class Points(NamedTuple):
    """Readings as the payload says them: time, number, and the instant from which they can be sent."""

    times_us: Ints
    raw: Floats
    sent_us: Ints

    def where(self, kept: NDArray[np.bool_]) -> Points:
        """Return the readings that a mask keeps."""
        return Points(self.times_us[kept], self.raw[kept], self.sent_us[kept])


NOTHING = Points(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))


class Sampler:
    """Reads instruments. `resets_per_year` is how often a register restarts at zero, per counter."""

    def __init__(self, flows: Flows, epoch_us: int, resets_per_year: float) -> None:
        self._flows = flows
        self._seed = flows.physics.seed
        self._epoch = page_of(epoch_us)
        self._reset_chance = resets_per_year * PAGE_US / (365.25 * DAY_US)
        self._resets: dict[str, list[list[int]]] = {}

    def points(self, instrument: Instrument, start_us: int, end_us: int, thin: int = 1) -> Points:
        """Return the readings whose time lies in [start, end), in order, silence left out.

        Args:
            instrument: which.
            start_us: first instant [us].
            end_us: end, exclusive [us].
            thin: only every n-th reading; amounts per message are summed over n. Event-wise output is
                not thinned.
        """
        if instrument.every_us is None:
            points = self._events(instrument, start_us, end_us)
        else:
            points = self._sampled(instrument, instrument.every_us, start_us, end_us, thin)
        spoken = ~self._within(instrument.id, FaultKind.SILENT_METER, points.times_us)
        return points.where(spoken)

    def _sampled(
        self, instrument: Instrument, every_us: int, start_us: int, end_us: int, thin: int
    ) -> Points:
        shift = (thin - 1) * every_us if self._sums_to_the_end(instrument) else 0
        period_us = every_us * thin
        origin = instrument.phase_us + shift
        first, last = (-((origin - bound) // period_us) for bound in (start_us, end_us))
        times = np.arange(first, last, dtype=np.int64) * period_us + origin
        raw = self._raw(instrument, times, every_us, thin)
        ends_later = instrument.kind is MeterKind.DELTA and not instrument.stamp_end
        return Points(instrument.quantised(times), raw, times + period_us if ends_later else times)

    def _raw(self, instrument: Instrument, times: Ints, every_us: int, thin: int) -> Floats:
        if instrument.kind is MeterKind.COUNTER:
            return self._register(instrument, times)
        if instrument.kind is MeterKind.GAUGE:
            raw = instrument.raw_of_level(self._flows.level(instrument.id, times))
        else:
            raw = self._amounts(instrument, times, every_us, thin)
        return self._frozen(instrument, times, raw, every_us)

    def _amounts(self, instrument: Instrument, times: Ints, every_us: int, thin: int) -> Floats:
        before = every_us * thin if instrument.stamp_end else 0
        bounds = np.concatenate([times - before, times[-1:] - before + every_us * thin])
        counts = instrument.counts_of(self._flows.total(instrument.id, bounds, Of.TRUE))
        return instrument.raw_of_counts(np.diff(counts))

    def _sums_to_the_end(self, instrument: Instrument) -> bool:
        return instrument.kind is MeterKind.DELTA and instrument.stamp_end

    def _register(self, instrument: Instrument, times: Ints) -> Floats:
        amount = self._flows.total(instrument.id, times, Of.SHOWN)
        counts = instrument.counts_of(amount) + instrument.start_counts
        for reset_us in self._resets_until(instrument.id, int(times[-1]) if len(times) else 0):
            after = times >= reset_us
            at_reset = self._flows.total(instrument.id, np.array([reset_us]), Of.SHOWN)
            counts[after] = instrument.counts_of(amount[after] - at_reset)
        if instrument.rollover_counts is not None:
            counts %= instrument.rollover_counts
        return instrument.raw_of_counts(counts)

    def _resets_until(self, name: str, until_us: int) -> list[int]:
        if not self._reset_chance:
            return []
        pages = self._resets.setdefault(name, [])
        for page in range(self._epoch + len(pages), page_of(until_us) + 1):
            draw = generator(self._seed, name, "reset", page)
            happens, step = draw.random() < self._reset_chance, int(draw.integers(0, STEPS))
            pages.append([page * PAGE_US + step * STEP_US] if happens else [])
        return [reset for page in pages for reset in page if reset <= until_us]

    def _frozen(self, instrument: Instrument, times: Ints, raw: Floats, every_us: int) -> Floats:
        for fault in self._faults(instrument.id, FaultKind.STUCK_METER):
            stuck = (times >= fault.start_us) & (times < fault.end_us)
            if stuck.any():
                raw[stuck] = self.last_before(instrument, fault, every_us)
        return raw

    def last_before(self, instrument: Instrument, fault: Fault, every_us: int) -> float:
        """Return the number that a gauge or delta instrument sent last before it stuck."""
        periods = -((instrument.phase_us - fault.start_us) // every_us) - 1
        last = np.array([periods * every_us + instrument.phase_us], dtype=np.int64)
        return float(self._raw(instrument, last, every_us, 1)[0])

    def _within(self, name: str, kind: FaultKind, times: Ints) -> NDArray[np.bool_]:
        inside = np.zeros(len(times), dtype=np.bool_)
        for fault in self._faults(name, kind):
            inside |= (times >= fault.start_us) & (times < fault.end_us)
        return inside

    def _faults(self, name: str, kind: FaultKind) -> list[Fault]:
        return [fault for fault in self._flows.faults if fault.meter == name and fault.kind is kind]

    def _events(self, instrument: Instrument, start_us: int, end_us: int) -> Points:
        production = self._flows.physics.production
        found = [NOTHING]
        for page in range(page_of(start_us), page_of(end_us - 1) + 1):
            low, high = max(start_us, page * PAGE_US), min(end_us, (page + 1) * PAGE_US)
            for batch in production.batches(instrument.id, page):
                points = self._portions(instrument, batch)
                found.append(points.where((points.times_us >= low) & (points.times_us < high)))
        return Points(
            np.concatenate([part.times_us for part in found]),
            np.concatenate([part.raw for part in found]),
            np.concatenate([part.sent_us for part in found]),
        )

    def _portions(self, instrument: Instrument, batch: Batch) -> Points:
        """Return a batch weighed in equal portions, each stamped at its start or end."""
        per_hour = line_of(self._seed, self._flows.physics.plant.variables[instrument.id]).per_hour
        count = max(1, round(batch.amount / per_hour * _PORTIONS_PER_HOUR))
        steps = np.arange(count + 1, dtype=np.int64)
        bounds = batch.start_us + (batch.end_us - batch.start_us) * steps // count
        amounts = np.diff(instrument.counts_of(batch.amount * steps / count))
        times = bounds[1:] if instrument.stamp_end else bounds[:-1]
        return Points(instrument.quantised(times), instrument.raw_of_counts(amounts), bounds[1:])
