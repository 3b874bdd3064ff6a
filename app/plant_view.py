"""What the pages about the plant are made from: plant file, judged intervals, open hotspots and alerts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from app.live import WINDOW, LiveRow, live_rows
from app.sparks import Baselines, Sparks, approved_baselines, shown_for, usual_of
from app.variables_now import driven, variables_now
from domain.alert import AlertKind
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from web.pages.plant import PlantMeter, PlantView, ProcessState, StreamState

#: two hundred viewers share one look [s]
FRESH_S = 2.0
#: a new baseline is drawn after this long at most [s]
BASELINE_FRESH_S = 60.0
#: relevant variables are means of an hour [s]
VARIABLE_FRESH_S = 20.0
#: an hour's use is "now" up to here; of long intervals, so many
LATE, LATE_INTERVALS = timedelta(hours=2), 4
Found = TypeVar("Found")


class Shared(Generic[Found]):
    """What many ask for at once and is found once for all of them."""

    def __init__(self, find: Callable[[], Found], fresh_s: float = FRESH_S) -> None:
        self._find, self._fresh_s = find, fresh_s
        self._lock = threading.Lock()
        self._found: tuple[float, Found] | None = None

    def __call__(self) -> Found:
        """Return what was found at most `fresh_s` ago."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > self._fresh_s:
                self._found = (time.monotonic(), self._find())
            return self._found[1]


def plant_view(plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock) -> PlantView:
    """Return what the pages ask."""
    baselines = Shared(lambda: approved_baselines(plant, ledger), BASELINE_FRESH_S)
    variables = Shared(lambda: variables_now(plant, store, ledger, clock.now()), VARIABLE_FRESH_S)
    sparks = Sparks(plant)

    def processes() -> Sequence[ProcessState]:
        now = clock.now()
        rows = live_rows(plant, store, ledger, now, shown_for(plant.interval_s))
        streams = stream_states(plant, rows, silent_meters(ledger), Sight(baselines, sparks, now))
        values = variables()
        return [
            ProcessState(
                one.id, one.name, one.feeds, one.variables, streams[one.id], driven(plant, one, values)
            )
            for one in plant.processes.values()
        ]

    def meters(process: str) -> Sequence[PlantMeter]:
        mine = [meter for meter in plant.meters.values() if meter.process == process]
        last = dict(store.last([meter.id for meter in mine]).select("meter", "time").iter_rows())
        silent = silent_meters(ledger)
        return [
            PlantMeter(
                meter.id, plant.resources[meter.resource].name, str(meter.kind), meter.unit.name,
                last.get(meter.id), silent.get(meter.id),
            )
            for meter in mine
        ]  # fmt: skip

    return PlantView(Shared(processes), meters)


def silent_meters(ledger: Ledger) -> dict[str, datetime]:
    """Return the meters whose silence is an open alert, and since when."""
    with ledger.begin() as tx:
        alerts = tx.alerts(open_only=True)
    return {
        str(alert.facts["meter"]): alert.since
        for alert in alerts
        if alert.kind is AlertKind.SILENT_METER and "meter" in alert.facts
    }


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look is taken with."""

    baselines: Baselines
    sparks: Sparks
    now: datetime


def stream_states(
    plant: Plant, rows: Sequence[LiveRow], silent: Mapping[str, datetime], sight: Sight
) -> dict[str, tuple[StreamState, ...]]:
    """Return process -> its resources, by id."""
    states: dict[str, tuple[StreamState, ...]] = dict.fromkeys(plant.processes, ())
    for row in sorted(rows, key=lambda one: one.resource):
        sinces = [silent[one.id] for one in plant.meters_of(row.process, row.resource) if one.id in silent]
        states[row.process] += (_stream_state(plant, row, min(sinces, default=None), sight),)
    return states


def _stream_state(plant: Plant, row: LiveRow, silent_since: datetime | None, sight: Sight) -> StreamState:
    """Return a resource of a process; of one that is silent or late it is not known what is used now."""
    late_after = max(LATE, LATE_INTERVALS * timedelta(seconds=plant.interval_s))
    is_late = row.at is not None and sight.now - row.at > late_after
    is_known = silent_since is None and not is_late
    pair, hotspot = (row.process, row.resource), row.hotspot
    spark = sight.sparks(pair, row.recent, sight.baselines().get(pair), sight.now)
    usual = usual_of(spark, WINDOW.total_seconds())
    return StreamState(
        row.resource, plant.resources[row.resource].name, row.unit, row.actual if is_known else None,
        row.expected, None if hotspot is None else hotspot.cost_per_hour,
        None if hotspot is None else hotspot.since, silent_since, usual.low, usual.high, spark,
        row.at if is_late and silent_since is None else None,
    )  # fmt: skip
