"""`wastenot import`: a history file into the series store."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import Progress

from analytics.keeping import keep_history
from app.wiring import load_configuration, open_store
from domain.ports import SeriesStore
from ingest.history import History, read_history, reading_batches

#: an import may take this long: what would reach its end meanwhile is not sent
AWHILE = timedelta(hours=1)
#: consumption is kept this far into the time of which readings are kept, where the next night takes over
OVERLAP = timedelta(days=7)


def run_import(
    file: Path, settings_file: Path | None, plant_file: Path | None, *, as_json: bool, show: int
) -> int:
    """Import and report; return 0, or 1 when a row was refused."""
    settings, plant = load_configuration(settings_file, plant_file)
    history = read_history(file, plant, datetime.now(UTC))
    with closing(open_store(settings)) as store:
        limit = store.readings_since(datetime.now(UTC) + AWHILE)
        fresh = history.readings if limit is None else history.readings.filter(pl.col("time") >= limit)
        stored, refused = _append(store, fresh, quiet=as_json)
        older = history.readings.height - fresh.height
        kept = keep_history(plant, store, history.readings, limit + OVERLAP) if limit and older else 0
    result = _result(file, history, stored, refused, show)
    result |= {"older_than_readings_are_kept": older, "consumption_kept": kept}
    typer.echo(json.dumps(result, indent=1) if as_json else _text(result))
    return 1 if history.rejects.height or refused else 0


def _append(store: SeriesStore, readings: pl.DataFrame, *, quiet: bool) -> tuple[int, list[str]]:
    """Return how many readings the store took, and its words about those it did not."""
    stored, refused = 0, []
    received_us = int(datetime.now(UTC).timestamp() * 1e6)
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("storing", total=readings.height)
        for batch in reading_batches(readings, received_us):
            done = store.append(batch)
            stored += done.stored
            refused += [f"{reading.meter} {reading.time_us}: {words}" for reading, words in done.refused]
            progress.advance(task, len(batch))
    return stored, refused


def _result(file: Path, history: History, stored: int, refused: list[str], show: int) -> dict[str, Any]:
    reasons = history.rejects.group_by("reason").len().sort("reason")
    return {
        "file": str(file),
        "stored": stored,
        "refused_by_store": refused[:show],
        "rejected": history.rejects.height,
        "rejected_by_reason": dict(reasons.iter_rows()),
        "rejects": history.rejects.head(show).to_dicts(),
        "empty_cells": history.empty,
    }


def _text(result: dict[str, Any]) -> str:
    lines = [f"{result['file']}: {result['stored']} readings stored, {result['rejected']} rows refused"]
    if result["empty_cells"]:
        lines.append(f"  {result['empty_cells']} empty cells (unknown, not zero)")
    if older := result["older_than_readings_are_kept"]:
        kept = result["consumption_kept"]
        lines.append(f"  {older} readings older than keep_raw: kept as consumption, {kept} intervals")
    lines += [f"  line {row['line']}: {row['meter']}: {row['reason']}" for row in result["rejects"]]
    lines += [f"  refused by the store: {words}" for words in result["refused_by_store"]]
    return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    """Return a line in which nothing that a file holds moves the cursor or breaks the line."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
