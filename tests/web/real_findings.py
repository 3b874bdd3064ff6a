"""Findings as the analysis makes them, of every kind that can stand on a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import numpy as np

from analytics.amended_baseline import doubt_of
from analytics.baseline import Change, needs_refresh
from analytics.baseline.acceptance import objections, reservations, segment_findings
from analytics.baseline.quality import cleaned
from analytics.baseline.sample import Sample, sample_of
from analytics.baseline.screening import Screened
from analytics.baseline.segments import Segment
from analytics.frames import Stream, stream_frame, stream_of
from analytics.learning import PATIENCE, learn, learn_first
from analytics.provisional.start import started
from analytics.review import changes_of
from domain.amendment import FOREVER, Amendment, Journal
from domain.baseline import Baseline, Finding, FitStatistics
from domain.plant import BaselineRule, Plant, Process
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics import living_plant as living
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    noise,
    refused,
    week,
)
from tests.analytics.living_plant import LEARNED, LIVED, PAIR, a_history, an_entry, day

DAYS = 28
N = DAYS * 24
FIT = FitStatistics(N, 9, 34.56, 20.0, -12.34, 0.5, 0.734)
GOOD = replace(FIT, cvrmse_pct=12.0, nmbe_pct=0.5, coverage=1.0)
BAND = MONDAY, MONDAY + timedelta(days=DAYS)
ABOUT: dict[str, Any] = {"meter": "", "process": "p", "resource": "water"}


def of_the_data() -> Iterator[Finding]:
    """Yield what is found in samples: zeros, a stuck meter, variables, another scale, odd stretches."""
    use = week(N) + noise(N, 1.0)
    use[50:56], use[200:240] = 0.0, 33.5
    outside = np.where(np.arange(N) % 3 > 0, 12.0, np.nan)
    plant = a_plant(OUTPUT, OUTSIDE, zone="Asia/Ho_Chi_Minh")
    yield from _cleaned(use, plant, {OUTPUT: np.full(N, 7.0), OUTSIDE: outside})[1]
    for factor in (40.0, 1 / 40):
        year = week(364 * 24) * np.exp(noise(364 * 24, 0.1))
        year[240 * 24 :] *= factor
        yield from _cleaned(year, a_plant(zone="Asia/Ho_Chi_Minh"), {})[1]
    sample = _cleaned(week(N) + noise(N, 1.0), a_plant(), {})[0]
    segments = Segment(30, 59, 1, 12.3, 99.0), Segment(90, 99, -1, -8.0, 99.0)
    first_hour = int(sample.start_us[0]) // 3_600_000_000
    for excluded, kept in ((segments, ()), ((), segments)):
        yield from segment_findings(sample, Screened(cast("Any", None), excluded, kept, first_hour))


def of_the_fit() -> Iterator[Finding]:
    """Yield why there is no baseline, or why it should not be trusted."""
    yield from refused(a_frame(week(0)), a_plant()).findings
    few = week(N) + noise(N, 1.0)
    few[120:] = np.nan
    yield from objections(_cleaned(few, a_plant(), {})[0], 14)
    for value in (0.0, 12.3456):
        yield from objections(sample_of(a_frame(np.full(N, value)), a_plant(), "line"), 14)
    for figures in (FIT, replace(FIT, cvrmse_pct=None)):
        yield from reservations(figures, GOOD, MONDAY, MONDAY + timedelta(days=400))
        yield from reservations(GOOD, figures, *BAND)


def of_the_present() -> Iterator[Finding]:
    """Yield why the baseline of a plant that lives should be made again, and what the cold start leaves."""
    plant, store, stream = living.a_plant(), MemorySeries(), stream_of(living.a_plant(), *PAIR)
    store.load(a_history())
    period = day(0), day(LEARNED)
    baseline = learn(plant, store, stream, period, day(LEARNED), reason="first baseline")
    assert isinstance(baseline, Baseline)
    yield from _refreshed(plant, store, stream, baseline)
    bad, grown = an_entry("bad", 5, 6), an_entry("grown", 7, 8, value=5.0, **ABOUT)
    for news in ([bad], [grown], [bad, grown]):
        doubt = doubt_of(plant, store, stream, (), news, [baseline], day(LIVED))
        assert doubt is not None
        yield doubt.finding
    for excess in ([(day(2), day(19))], [(day(2), day(10)), (day(11), day(19))]):
        late = day(2) + PATIENCE
        first = learn_first(plant, store, stream, period, late, excess, amendments=())
        assert isinstance(first, Baseline)
        yield first.findings[-1]
    new, ledger = replace(plant, baseline=BaselineRule()), SqlLedger("sqlite://")
    begun = started(new, store, ledger, stream, day(8), Journal(()), day(8))
    ledger.close()
    assert not isinstance(begun, str)
    yield from begun[0].findings


def _refreshed(plant: Plant, store: MemorySeries, stream: Stream, baseline: Baseline) -> Iterator[Finding]:
    recent = stream_frame(plant, store, stream, day(LEARNED), day(LIVED), ())
    scaled = recent.with_columns(actual=recent["actual"] * 1.2)
    busy = recent.with_columns(output=recent["output"] * 3.0)
    gauge = plant.variables["output"]
    gauges = replace(plant, variables={"output": replace(gauge, kind=type(gauge.kind)("gauge"))})
    bare = replace(plant, processes={"p": Process("p", "P")})
    entries: list[Amendment] = [
        an_entry("replaced", 30, 30, old_register=9.0, new_register=0.0),
        replace(an_entry("added", 31, 32, value=1.0, **ABOUT), end=FOREVER),
    ]
    word = Change(day(32), "Lan called the excess a normal change (<third> stenter)", {
        "hotspot": "0123", "who": "Lan", "why": "<third> stenter",
    })  # fmt: skip
    cases: list[tuple[Any, Plant, float, list[Change]]] = [
        (scaled, plant, LIVED, []),
        (busy, plant, LIVED, []),
        (busy, gauges, LIVED, []),
        (recent, bare, LIVED, []),
        (recent, replace(plant, interval_s=900), LIVED, []),
        (recent, plant, LIVED + 400, []),
        (recent, plant, LIVED + 30, [*changes_of(stream, entries), word]),
    ]
    for frame, now_plant, now, changes in cases:
        finding = needs_refresh(baseline, frame, now_plant, day(now), open_hotspots=False, changes=changes)
        assert finding is not None
        yield finding


def _cleaned(use: Any, plant: Plant, variables: dict[str, Any]) -> tuple[Sample, list[Finding]]:
    return cleaned(sample_of(a_frame(use, variables), plant, "line"))
