"""Readings of one process and resource -> the frame that baselines and detectors read, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from analytics.consumption import consume, context_s
from analytics.process import process_frame
from domain.plant import Meter, Plant, Variable
from domain.ports import SeriesStore

#: readings are taken from the store about this many at a time, so that memory stays flat
BLOCK_READINGS = 1_000_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Stream:
    """One process and resource with the meters that measure it and the variables that drive it."""

    process: str
    resource: str
    meters: tuple[Meter, ...]
    variables: tuple[Variable, ...]

    @property
    def inputs(self) -> tuple[Meter | Variable, ...]:
        """Return all that has to be read for it."""
        return (*self.meters, *self.variables)


def stream_of(plant: Plant, process: str, resource: str) -> Stream:
    """Return a process and resource of the plant with its meters and variables."""
    names = plant.processes[process].variables
    variables = tuple(plant.variables[name] for name in names)
    return Stream(process, resource, plant.meters_of(process, resource), variables)


def stream_frame(
    plant: Plant, store: SeriesStore, stream: Stream, start: datetime, end: datetime
) -> pl.DataFrame:
    """Return the PROCESS frame (start, actual, quality, one column per variable) of [start, end).

    Raises:
        StoreError: the store cannot be read.
    """
    blocks = [
        process_frame(_consumed(plant, store, stream, *block), plant, stream.process, stream.resource)
        for block in _blocks(start, end, _block_days(stream, plant.interval_s))
    ]
    return pl.concat(blocks)


def _consumed(
    plant: Plant, store: SeriesStore, stream: Stream, start: datetime, end: datetime
) -> pl.DataFrame:
    """Return the CONSUMPTION frame of one block, with the readings on both sides that decide its borders."""
    ids = [one.id for one in stream.inputs]
    context = timedelta(seconds=max(context_s(one, plant.interval_s) for one in stream.inputs))
    before = store.last(ids, before=start - context)
    inside = store.read(ids, start - context, end + context)
    readings = pl.concat([before, inside])
    return consume(readings, stream.inputs, plant.interval_s, start, end)


def _block_days(stream: Stream, interval_s: int) -> int:
    """Return how many days of this stream's readings make a block, a year at most."""
    per_day = sum(DAY_S / min(one.every_s or interval_s, interval_s) for one in stream.inputs)
    return min(366, max(1, int(BLOCK_READINGS / per_day)))


def _blocks(start: datetime, end: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in pieces of `days`."""
    step = timedelta(days=days)
    while start < end:
        yield start, min(start + step, end)
        start += step
