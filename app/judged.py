"""What indicators are made of: judged intervals with their outputs, from the store or from history files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from analytics.baseline import Refusal
from analytics.enpi.certainty import Certainty, certainty_of
from analytics.enpi.outputs import outputs_of
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame, stream_of
from analytics.learning import learn
from analytics.pipeline import stream_excess
from domain.amendment import Amendment, in_force
from domain.baseline import Baseline
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: half-open UTC instants
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Judged:
    """One process and resource over a window: the frame that `analytics.enpi` reads, and how sure it is."""

    process: str
    resource: str
    frame: pl.DataFrame  # start, actual, quality, expected, cost, kg_co2e, a column per output
    certainty: Certainty | str


def judged_in_store(
    plant: Plant, store: SeriesStore, ledger: Ledger, pair: tuple[str, str], window: Window
) -> Judged:
    """Return a stream as the readings tell it now, against what was expected when it was judged.

    Raises:
        StoreError: the store cannot be read.
        LedgerError: the ledger cannot be read.
    """
    with ledger.begin() as tx:
        baseline = tx.approved_baseline(*pair)
        amendments = in_force(tx.amendments())
    frame = _with_outputs(plant, store, pair, window, amendments)
    judged = store.read_intervals(*pair, *window)
    expected = judged.select("start", "expected", sigma=pl.lit(None, dtype=pl.Float64))
    return _judged(plant, pair, frame, expected, baseline)


def judged_in_history(
    plant: Plant, store: SeriesStore, pair: tuple[str, str], learned: Window, window: Window
) -> Judged:
    """Return a stream of history against a baseline fitted on its earlier part, as `backtest` does."""
    fitted = learn(plant, store, stream_of(plant, *pair), learned, window[1], reason="history")
    baseline = None if isinstance(fitted, Refusal) else fitted
    frame = _with_outputs(plant, store, pair, window)
    if baseline is None:
        nothing = pl.lit(None, dtype=pl.Float64)
        return _judged(plant, pair, frame, frame.select("start", expected=nothing, sigma=nothing), None)
    expected = stream_excess(plant, store, stream_of(plant, *pair), baseline, *window)
    return _judged(plant, pair, frame, expected, baseline)


def _with_outputs(
    plant: Plant,
    store: SeriesStore,
    pair: tuple[str, str],
    window: Window,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return the PROCESS frame with the process's outputs in place of what drives its baseline."""
    process, resource = pair
    outputs = outputs_of(plant, process)
    names = tuple(one.id for one in outputs)
    own = replace(
        plant, processes=plant.processes | {process: replace(plant.processes[process], variables=names)}
    )
    stream = Stream(process, resource, plant.meters_of(process, resource), outputs)
    return stream_frame(own, store, stream, *window, amendments)


def _judged(
    plant: Plant,
    pair: tuple[str, str],
    frame: pl.DataFrame,
    expected: pl.DataFrame,
    baseline: Baseline | None,
) -> Judged:
    excess = excess_frame(frame, expected, plant, plant.resources[pair[1]])
    outputs = frame.drop("actual", "quality")
    rows = excess.drop("sigma", "excess").join(outputs, on="start", how="left").sort("start")
    return Judged(*pair, rows, certainty_of(baseline))
