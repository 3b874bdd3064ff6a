"""What the pages about the plant are made from: plant file, judged intervals, open hotspots and alerts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from app.live import WINDOW, LiveRow, live_rows
from app.sparks import Baselines, approved_baselines, shown_for, spark_of, usual_of
from domain.alert import AlertKind
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from web.pages.plant import PlantMeter, PlantView, ProcessState, StreamState

#: two hundred viewers share one look [s]
FRESH_S = 2.0
#: a new baseline is drawn after this long at most [s]
BASELINE_FRESH_S = 60.0
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

    def processes() -> Sequence[ProcessState]:
        now = clock.now()
        rows = live_rows(plant, store, ledger, now, shown_for(plant.interval_s))
        return process_states(plant, rows, silent_meters(ledger), baselines, now)

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


def process_states(
    plant: Plant, rows: Sequence[LiveRow], silent: dict[str, datetime], baselines: Baselines, now: datetime
) -> tuple[ProcessState, ...]:
    """Return every process with its resources, in the plant file's order."""
    by_process: dict[str, list[StreamState]] = {name: [] for name in plant.processes}
    for row in sorted(rows, key=lambda one: one.resource):
        sinces = [
            silent[meter.id] for meter in plant.meters_of(row.process, row.resource) if meter.id in silent
        ]
        hotspot = row.hotspot
        spark = spark_of(plant, row.recent, baselines().get((row.process, row.resource)), now)
        usual = usual_of(spark, WINDOW.total_seconds())
        by_process[row.process].append(
            StreamState(
                row.resource, plant.resources[row.resource].name, row.unit, row.actual, row.expected,
                None if hotspot is None else hotspot.cost_per_hour,
                None if hotspot is None else hotspot.since, min(sinces, default=None),
                usual.low, usual.high, spark,
            )
        )  # fmt: skip
    return tuple(
        ProcessState(one.id, one.name, one.feeds, one.variables, tuple(by_process[one.id]))
        for one in plant.processes.values()
    )
