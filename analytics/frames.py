"""Readings of one process and resource -> the frame that baselines and detectors read, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from analytics.consumption import consume
from analytics.kept import first_times, with_kept
from analytics.process import process_frame, variable_column
from analytics.surroundings import readings_around
from domain.amendment import Amendment
from domain.meter import Meter, Variable
from domain.plant import Plant
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
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return the PROCESS frame (start, actual, quality, one column per variable) of [start, end).

    Args:
        amendments: replacements and corrections in force; those of other meters are ignored.

    Raises:
        StoreError: the store cannot be read.
    """
    blocks = [
        process_frame(
            consumed(plant, store, stream.inputs, *block, amendments), plant, stream.process, stream.resource
        )
        for block in block_windows(start, end, block_days(stream.inputs, plant.interval_s))
    ]
    return pl.concat(blocks)


def variables_frame(
    plant: Plant,
    store: SeriesStore,
    variables: Sequence[Variable],
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return start and one column per variable of [start, end), the same values as in `stream_frame`.

    Raises:
        StoreError: the store cannot be read.
    """
    known = consumed(plant, store, variables, start, end, amendments)
    frame = known.select(pl.col("start").unique().sort())
    for variable in variables:
        frame = frame.join(variable_column(known, variable), on="start", how="left")
    return frame


def consumed(
    plant: Plant,
    store: SeriesStore,
    meters: Sequence[Meter | Variable],
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return the CONSUMPTION frame of [start, end), with the readings on both sides that decide its borders.

    Where the readings have gone, what was kept of them counts (`analytics.kept`).

    Raises:
        StoreError: the store cannot be read.
    """
    readings = readings_around(store, meters, plant.interval_s, start, end, amendments)
    computed = consume(readings, meters, plant.interval_s, start, end, amendments)
    ids = [one.id for one in meters]
    return with_kept(computed, store, ids, first_times(readings), plant.interval_s, start, end)


def block_days(meters: Sequence[Meter | Variable], interval_s: int) -> int:
    """Return how many days of these meters' readings make a block, a year at most."""
    per_day = sum(DAY_S / min(one.every_s or interval_s, interval_s) for one in meters)
    return min(366, max(1, int(BLOCK_READINGS / per_day)))


def block_windows(start: datetime, end: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in pieces of `days`."""
    step = timedelta(days=days)
    while start < end:
        yield start, min(start + step, end)
        start += step
