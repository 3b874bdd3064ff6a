"""The live view of `demo` and of `up` on a terminal: what every process uses, against what it should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from rich.table import Table
from rich.text import Text

from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore
from domain.stories import told_once

#: the latest intervals that a row averages over
WINDOW = timedelta(hours=1)
#: how far back the latest interval is looked for
BACK = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One process and resource now; rates per hour in `unit`, null = unknown."""

    process: str
    resource: str
    unit: str
    at: datetime | None  # end of the latest judged interval
    actual: float | None
    expected: float | None
    hotspot: Hotspot | None
    recent: pl.DataFrame  # its judged intervals of the time that was looked back

    @property
    def excess_pct(self) -> float | None:
        """Return the excess in per cent of what was expected."""
        if self.actual is None or not self.expected:
            return None
        return 100.0 * (self.actual - self.expected) / self.expected


def live_rows(
    plant: Plant, store: SeriesStore, ledger: Ledger, now: datetime, back: timedelta = BACK
) -> list[LiveRow]:
    """Return one row per process and resource, the dearest open hotspot first."""
    with ledger.begin() as tx:
        hotspots = {
            (hotspot.process, hotspot.resource): hotspot for hotspot in told_once(tx.hotspots(open_only=True))
        }
    rows = [_row(plant, store, pair, hotspots.get(pair), now, back) for pair in plant.streams()]
    return sorted(rows, key=lambda row: -(_cost(row.hotspot)))


def _cost(hotspot: Hotspot | None) -> float:
    return 0.0 if hotspot is None else (hotspot.cost_per_hour or 0.0)


def _row(
    plant: Plant, store: SeriesStore, pair: tuple[str, str], hotspot: Hotspot | None, now: datetime,
    back: timedelta,
) -> LiveRow:  # fmt: skip
    process, resource = pair
    recent = store.read_intervals(process, resource, now - back, now)
    latest = recent.tail(max(1, int(WINDOW.total_seconds()) // plant.interval_s))
    end = recent["start"].max()
    at = end + timedelta(seconds=plant.interval_s) if isinstance(end, datetime) else None
    unit = plant.resources[resource].unit
    per_hour = 3600.0 / plant.interval_s
    return LiveRow(
        process,
        resource,
        unit,
        at,
        _rate(latest, "actual", per_hour),
        _rate(latest, "expected", per_hour),
        hotspot,
        recent,
    )


def _rate(recent: pl.DataFrame, column: str, per_hour: float) -> float | None:
    """Return the mean rate per hour over the known intervals; None when none is known."""
    mean = recent[column].mean()
    return mean * per_hour if isinstance(mean, float) else None


def live_table(plant: Plant, rows: list[LiveRow], now: datetime, heading: str) -> Table:
    """Return the table a terminal shows; colour only where something is abnormal."""
    local = now.astimezone(plant.timezone)
    table = Table(
        title=f"{plant.name} · {local:%a %d %b %Y %H:%M} · {heading}", title_justify="left", expand=False
    )
    for name in ("process", "resource"):
        table.add_column(name)
    for name in ("actual/h", "expected/h", "excess", f"{plant.currency}/h", "hotspot since"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*_cells(plant, row))
    return table


def _cells(plant: Plant, row: LiveRow) -> tuple[Text | str, ...]:
    style = "bold red" if row.hotspot and row.hotspot.cost_per_hour else "yellow" if row.hotspot else ""
    since = "" if row.hotspot is None else f"{row.hotspot.since.astimezone(plant.timezone):%d %b %H:%M}"
    cost = (
        ""
        if row.hotspot is None or row.hotspot.cost_per_hour is None
        else f"{row.hotspot.cost_per_hour:,.0f}"
    )
    return (
        plant.processes[row.process].name,
        plant.resources[row.resource].name,
        _amount(row.actual, row.unit),
        _amount(row.expected, row.unit) if row.expected is not None else "learning",
        Text("" if row.excess_pct is None else f"{row.excess_pct:+z.0f} %", style=style),
        Text(cost, style=style),
        Text(since, style=style),
    )


def _amount(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,.1f} {unit}"


def live_line(plant: Plant, rows: list[LiveRow], now: datetime) -> str:
    """Return one line for a log or a pipe: the plant's time, what was used, and the loss per hour."""
    local = now.astimezone(plant.timezone)
    known = [row for row in rows if row.actual is not None]
    used = " · ".join(f"{row.process}/{row.resource} {_amount(row.actual, row.unit)}/h" for row in known[:4])
    loss = sum(_cost(row.hotspot) for row in rows)
    shown = used or "waiting for readings"
    return f"{local:%a %H:%M}  {shown}  |  avoidable loss {loss:,.0f} {plant.currency}/h"
