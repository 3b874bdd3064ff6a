"""What `wastenot init` finds missing and makes: ledger, series store, retention. It can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from analytics.keeping import keep_new
from app.wiring import open_influx_setup, open_ledger, open_store
from config.settings import Settings
from domain.errors import LedgerError
from domain.plant import Plant
from store.influx import InfluxSeries
from store.influx_step import Step, shown
from store.sqlite import SqliteSeries

_OF_FILE = {"raw": "readings", "consumption": "consumption and judged intervals"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was, or would be, changed."""

    part: str  # "ledger", "series store"
    words: str


def set_up(settings: Settings, plant: Plant, now: datetime, *, dry_run: bool) -> Iterator[Change]:
    """Yield every change after it is made; with `dry_run`, every one that would be.

    Readings only get an end when the consumption of all of them has been kept.

    Raises:
        WorldError: a server is away, or our credentials may not do this; what was made stays.
    """
    yield from _ledger(settings, dry_run=dry_run)
    if settings.series.store == "sqlite":
        yield from _sqlite(settings, plant, now, dry_run=dry_run)
    else:
        yield from _influx(settings, plant, now, dry_run=dry_run)


def _ledger(settings: Settings, *, dry_run: bool) -> Iterator[Change]:
    if dry_run and settings.ledger.url is None and not settings.sqlite_file.exists():
        yield Change("ledger", f"make {settings.sqlite_file}")
        return
    with closing(open_ledger(settings)) as ledger:
        try:
            ledger.ping()
        except LedgerError as behind:
            if behind.retryable:
                raise
            if not dry_run:
                ledger.migrate()
            yield Change("ledger", f"bring the tables up to date ({behind})")


def _sqlite(settings: Settings, plant: Plant, now: datetime, *, dry_run: bool) -> Iterator[Change]:
    series = settings.series
    if dry_run and not settings.sqlite_file.exists():
        yield Change("series store", f"make {settings.sqlite_file}, readings kept {shown(series.keep_raw_s)}")
        return
    with closing(open_store(settings)) as store:
        assert isinstance(store, SqliteSeries)
        wanted = {"raw": series.keep_raw_s, "consumption": series.keep_consumption_s}
        found = {what: store.retention.seconds(what) for what in wanted}
        if found == wanted:
            return
        yield from _keep(plant, store, now, dry_run=dry_run)
        for what, seconds in wanted.items():
            if found[what] != seconds:
                if not dry_run:
                    store.retention.set(what, seconds)
                words = f"{_OF_FILE[what]}: keep {shown(seconds)} instead of {shown(found[what])}"
                yield Change("series store", words)


def _influx(settings: Settings, plant: Plant, now: datetime, *, dry_run: bool) -> Iterator[Change]:
    series = settings.series
    durations = (series.keep_raw_s, series.keep_consumption_s)
    with closing(open_influx_setup(settings)) as setup, closing(open_store(settings)) as store:
        assert isinstance(store, InfluxSeries)
        places = setup.places(*durations)
        yield from _made(places, dry_run=dry_run)
        if places and dry_run:
            retention = [] if len(places) > 1 else setup.retention(*durations)
            yield from _made(retention, dry_run=True)
            return
        store.ask_for_place_again()
        for process, resource in plant.streams():
            if count := store.bring_intervals(process, resource, dry_run=dry_run):
                yield Change("series store", f"copy {count} judged intervals of {process} {resource}")
        retention = setup.retention(*durations)
        if retention:
            yield from _keep(plant, store, now, dry_run=dry_run)
        yield from _made(retention, dry_run=dry_run)


def _made(steps: list[Step], *, dry_run: bool) -> Iterator[Change]:
    for step in steps:
        if not dry_run:
            step.apply()
        yield Change("series store", step.words)


def _keep(
    plant: Plant, store: SqliteSeries | InfluxSeries, now: datetime, *, dry_run: bool
) -> Iterator[Change]:
    """Keep the consumption of all readings, before the first of them may go."""
    if dry_run:
        yield Change("series store", "keep the consumption of all readings")
    elif count := keep_new(plant, store, now):
        yield Change("series store", f"keep the consumption of all readings: {count} intervals")
