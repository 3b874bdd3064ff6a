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
    (frame,) = stream_frames(plant, store, [stream], start, end, amendments)
    return frame


def stream_frames(
    plant: Plant,
    store: SeriesStore,
    streams: Sequence[Stream],
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> list[pl.DataFrame]:
    """Return each stream's PROCESS frame of [start, end): what `stream_frame` gives, to the last bit.

    What several streams hang on, as the weather, is read and computed once, and a meter takes less among
    others than by itself.

    Raises:
        StoreError: the store cannot be read.
    """
    inputs = list({one.id: one for stream in streams for one in stream.inputs}.values())
    blocks: list[list[pl.DataFrame]] = [[] for _ in streams]
    for block in block_windows(start, end, block_days(inputs, plant.interval_s)):
        by_meter = consumed(plant, store, inputs, *block, amendments).partition_by("meter", as_dict=True)
        for stream, frames in zip(streams, blocks, strict=True):
            own = pl.concat([by_meter[one.id,] for one in stream.inputs])
            frames.append(process_frame(own, plant, stream.process, stream.resource))
    return [pl.concat(frames) for frames in blocks]


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
