"""The first half of a backtest: what each stream is expected to use, and when it strayed from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import polars as pl

from analytics.baseline import Refusal
from analytics.common_days import LEAST_OTHERS, strayed
from analytics.frames import Stream, stream_frames
from analytics.learning import learn
from analytics.pipeline import NOTHING_KNOWN, Known, steps, stream_excess
from analytics.readiness import why_not_judged
from domain.amendment import Amendment, Journal
from domain.baseline import Baseline, Finding, Severity
from domain.plant import Plant
from domain.ports import SeriesStore

#: a plant's intervals in the reporting period up to which their excess is kept from learning to judging, some
#: 65 bytes each; that of a larger one is computed again
KEPT_INTERVALS = 12_000_000
#: streams that are learned together
SHARE = 5

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Periods:
    """Half-open UTC instants: what the baselines learn from, and what is judged."""

    baseline: tuple[datetime, datetime]
    report: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Learned:
    """The first half of one stream's backtest: what it is expected to use, and when it strayed from that."""

    stream: Stream
    baseline: Baseline | Refusal
    is_judged: bool
    strays: Mapping[datetime, float]  # by local day, see `common_days.strayed`; empty: nobody asks
    excess: Known = field(default_factory=dict)  # of the whole reporting period, or nothing

    @property
    def needs_readings(self) -> bool:
        """Return whether judging it has to read its history again."""
        return self.is_judged and not self.excess


def in_shares(given: Sequence[Given]) -> list[Sequence[Given]]:
    """Return what is given in pieces of SHARE, in order."""
    return [given[first : first + SHARE] for first in range(0, len(given), SHARE)]


def learn_some(
    plant: Plant, store: SeriesStore, streams: Sequence[Stream], periods: Periods, journal: Journal
) -> list[Learned]:
    """Return each stream's fit on the baseline period, and how it strays from it in the reporting period.

    Their history is read together: what several hang on, as the weather, is computed once.
    """
    amendments = journal.in_force
    read = stream_frames(plant, store, streams, *periods.baseline, amendments)
    pairs = zip(streams, read, strict=True)
    fitted = [_fitted(plant, store, stream, frame, periods, journal) for stream, frame in pairs]
    judged = [one for one in fitted if one.is_judged]
    if not judged or len(plant.streams()) <= LEAST_OTHERS:
        return fitted
    whose = [one.stream for one in judged]
    windows = steps(*periods.report, plant.interval_s)
    frames = {window: stream_frames(plant, store, whose, *window, amendments) for window in windows}
    place = {(one.process, one.resource): number for number, one in enumerate(whose)}

    def straying(one: Learned) -> Learned:
        number = place[one.stream.process, one.stream.resource]
        own = {window: of_all[number] for window, of_all in frames.items()}
        return _straying(plant, store, one, own, periods, amendments)

    return [straying(one) if one.is_judged else one for one in fitted]


def _straying(
    plant: Plant,
    store: SeriesStore,
    one: Learned,
    read: Known,
    periods: Periods,
    amendments: Sequence[Amendment],
) -> Learned:
    """Return a stream that is judged with how it strays, and with its excess where that is kept.

    Args:
        read: its PROCESS frames of the reporting period.
    """
    baseline = one.baseline
    assert isinstance(baseline, Baseline)  # it is judged
    excess = {
        window: stream_excess(plant, store, one.stream, baseline, *window, amendments, read=frame)
        for window, frame in read.items()
    }
    kept = excess if keeps_excess(plant, periods) else NOTHING_KNOWN
    return replace(one, strays=strayed(excess.values(), plant), excess=kept)


def _fitted(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    read: pl.DataFrame,
    periods: Periods,
    journal: Journal,
) -> Learned:
    """Return a stream's fit on the baseline period, and whether it can be judged by it."""
    fitted = learn(
        plant,
        store,
        stream,
        periods.baseline,
        periods.report[1],
        reason="backtest",
        amendments=journal.in_force,
        read=read,
    )
    if isinstance(fitted, Refusal):
        return Learned(stream, fitted, False, {})
    against = why_not_judged(plant, fitted)
    if against:
        finding = Finding("not_judged", Severity.CRITICAL, against)
        return Learned(stream, replace(fitted, findings=(finding, *fitted.findings)), False, {})
    return Learned(stream, fitted, True, {})


def keeps_excess(plant: Plant, periods: Periods) -> bool:
    """Return whether a plant is small enough for what is computed when learning to be kept until judging."""
    start, end = periods.report
    intervals = (end - start).total_seconds() / plant.interval_s
    return len(plant.streams()) * intervals <= KEPT_INTERVALS
