"""`wastenot backtest`: the whole analysis over history files, in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from analytics.calendar import local_day
from app.backtest import backtest
from app.backtest_document import StreamResult
from app.backtest_learning import Learned, Periods
from app.backtest_processes import backtest_in_processes, processes_for
from app.logs import configure_logs
from app.wiring import open_ledger
from config.plant_file import load_plant
from config.settings import load_settings
from domain.amendment import Journal
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from ingest.history import read_history
from store.ledger import SqlLedger
from store.memory import MemorySeries


def run_backtest(
    plant_file: Path,
    data: Sequence[Path],
    baseline: str,
    report: str,
    settings_file: Path | None = None,
    *,
    out: Path | None,
    as_json: bool,
    processes: int | None = None,
) -> int:
    """Run it, write and show the result; return the exit code."""
    configure_logs(level="warning")
    plant = load_plant(plant_file, _last_day(report))
    periods = _periods(baseline, report, plant)
    journal = _journal(settings_file)
    store = MemorySeries()
    load_history(store, data, plant)
    hidden = as_json or not Console(stderr=True).is_terminal
    with Progress(console=Console(stderr=True), disable=hidden) as progress:
        task = progress.add_task("learning and judging", total=2 * len(plant.streams()))
        result = _result(plant, store, periods, journal, processes, lambda _done: progress.advance(task))
    text = json.dumps(result, indent=1, allow_nan=False)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        typer.echo(text)
    else:
        _show(result, out)
    return 0


def _result(
    plant: Plant,
    store: MemorySeries,
    periods: Periods,
    journal: Journal,
    processes: int | None,
    on_stream: Callable[[Learned | StreamResult], None],
) -> dict[str, Any]:
    """Return the result document, made in this process or in several."""
    several = processes or processes_for(plant)
    if several > 1:
        return backtest_in_processes(plant, store, periods, several, on_stream, journal)
    ledger = SqlLedger("sqlite://")
    try:
        return backtest(plant, store, ledger, periods, on_stream, journal)
    finally:
        ledger.close()


def _journal(settings_file: Path | None) -> Journal:
    """Return what people stated about the past in an installation's ledger; nothing without settings."""
    if settings_file is None:
        return Journal()
    ledger = open_ledger(load_settings(settings_file))
    try:
        with ledger.begin() as tx:
            return Journal(tuple(tx.amendments()))
    finally:
        ledger.close()


def _last_day(report: str) -> date | None:
    """Return the day on which prices have to be valid; None where `report` is no period."""
    try:
        return date.fromisoformat(report.rpartition("/")[2])
    except ValueError:
        return None


def _periods(baseline: str, report: str, plant: Plant) -> Periods:
    """Return both periods, or raise with everything that is wrong with them."""
    problems: list[Problem] = []
    pairs = [
        local_period(name, text, plant, problems)
        for name, text in (("baseline", baseline), ("report", report))
    ]
    learned, judged = pairs
    if learned and judged and judged[0] < learned[1]:
        problems.append(_problem("report", report, "begins before the baseline period ends"))
    if problems or learned is None or judged is None:
        raise ConfigError(problems)
    return Periods(learned, judged)


def local_period(
    name: str, text: str, plant: Plant, problems: list[Problem]
) -> tuple[datetime, datetime] | None:
    """Return [start, end) of inclusive local dates "a/b"."""
    try:
        first, last = (date.fromisoformat(part) for part in text.split("/"))
    except ValueError:
        problems.append(_problem(name, text, "write two dates, the last one included: 2016-01-01/2016-12-31"))
        return None
    if last < first:
        problems.append(_problem(name, text, "the last day is before the first"))
        return None
    return local_day(first, plant), local_day(last + timedelta(days=1), plant)


def _problem(name: str, text: str, message: str) -> Problem:
    return Problem("command line", "", f"--{name}", text, message)


def load_history(store: MemorySeries, data: Sequence[Path], plant: Plant) -> None:
    """Read every file into the store, and say what was refused."""
    now = datetime.now(UTC)
    for path in data:
        history = read_history(path, plant, now)
        store.load(history.readings)
        if history.rejects.height:
            typer.echo(f"{path}: {history.rejects.height} rows refused, the first:", err=True)
            for line, meter, reason in history.rejects.head(5).rows():
                typer.echo(f"  line {line}: {meter}: {reason}", err=True)


def _show(result: dict[str, Any], out: Path | None) -> None:
    """Print the result as two tables."""
    console = Console()
    console.print(_baseline_table(result["baselines"]))
    console.print(_hotspot_table(result["hotspots"]))
    summary = result["summary"]
    written = f", written to {out}" if out else ""
    console.print(
        f"{summary['meters']} processes and resources, {summary['meter_days']} meter-days, "
        f"{summary['hotspots']} hotspots, {summary['seconds']} s{written}"
    )


def _baseline_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        title="Baselines: CV(RMSE) % hourly, in sample and against the frozen baseline", title_justify="left"
    )
    for name in (
        "process",
        "resource",
        "model",
        "in sample",
        "out of sample",
        "NMBE out %",
        "coverage",
        "findings",
    ):
        table.add_column(name, justify="left" if name in {"process", "resource", "model"} else "right")
    for row in rows:
        checked = row["out_of_sample"] or {}
        cells = (
            _figure(row.get("cvrmse_pct")),
            _figure(checked.get("cvrmse_pct")),
            _figure(checked.get("nmbe_pct")),
        )
        coverage = _figure(row.get("coverage"), 2)
        model = row["model"] or "none"
        table.add_row(row["process"], row["resource"], model, *cells, coverage, str(len(row["findings"])))
    return table


def _hotspot_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="Hotspots, the dearest first", title_justify="left")
    for name in ("process", "resource", "kind", "since", "until", "per hour", "total", "cost", "cause"):
        table.add_column(name)
    for row in sorted(rows, key=lambda one: -(one["cost_total"] or 0.0)):
        unit = row["unit"]
        cost = "" if row["cost_total"] is None else f"{row['cost_total']:,.0f} {row['currency']}"
        table.add_row(
            row["process"],
            row["resource"],
            row["kind"],
            row["since"][:16],
            (row["ended_at"] or "open")[:16],
            f"{row['excess_per_hour']:+,.2f} {unit}",
            f"{row['excess_total']:+,.0f} {unit}",
            cost,
            row["cause"],
        )
    return table


def _figure(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None else f"{value:.{digits}f}"
