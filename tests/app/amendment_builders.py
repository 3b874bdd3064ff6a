"""A kiln with six days of readings and one exchanged meter, and the commands that amend them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.commands.correct import Asked, run_correct
from app.commands.meter import run_meter
from app.wiring import load_configuration, open_ledger, open_store
from domain.errors import ConfigError
from ingest.history import reading_batches
from tests.e2e.installation import write_plant, write_settings

WORKS = """
[plant]
name = "Works"
timezone = "Europe/Berlin"
country = "DE"
currency = "EUR"
language = "en"
interval = "15min"
[[process]]
id = "kiln"
variables = ["output", "outdoor"]
[[meter]]
id = "kiln.gas"
process = "kiln"
resource = "gas"
kind = "counter"
unit = "L"
heating_value = 10.0
every = "15min"
rollover = 1000000
[[meter]]
id = "kiln.power"
process = "kiln"
resource = "electricity"
kind = "gauge"
unit = "W"
every = "15min"
[[variable]]
id = "output"
kind = "delta"
unit = "t"
[[variable]]
id = "outdoor"
kind = "gauge"
unit = "degF"
every = "15min"
"""
BEGIN = datetime(2026, 10, 20, tzinfo=UTC)
EXCHANGED = "2026-10-23 10:00"  # 08:00 UTC: three days and eight hours after BEGIN
STEPS = 6 * 96
OLD, NEW = 905_000.0, 20.0
Capture = pytest.CaptureFixture[str]


def readings() -> pl.DataFrame:
    """Return six days: 1000 L of gas per step, through an exchange at step 320; power, output, weather."""
    rows: list[tuple[str, datetime, float]] = []
    for step in range(STEPS):
        at = BEGIN + timedelta(minutes=15 * step)
        litres = 585_000.0 + 1000.0 * step if step < 320 else NEW + 1000.0 * (step - 320)
        rows += [("kiln.gas", at, litres * 1e-3 * 10.0), ("kiln.power", at, 5.0), ("outdoor", at, 10.0)]
        rows += [("output", at, 250.0)] if step % 8 == 0 else []
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def a_kiln(folder: Path) -> Path:
    """Return the settings of a plant whose readings are in the store."""
    write_plant(folder, WORKS)
    path = write_settings(folder, http={"port": 1})
    store = open_store(load_configuration(path, None)[0])
    for batch in reading_batches(readings(), 0):
        store.append(batch)
    store.close()
    return path


def meter(settings: Path, action: str, target: str = "", **given: Any) -> int:
    """Run `wastenot meter`; return its exit status."""
    facts: dict[str, Any] = {
        "at": "", "registers": (None, None), "rollover": None, "who": "Lan", "why": "calibration due",
        "dry_run": False, "as_json": True,
    } | given  # fmt: skip
    return run_meter(settings, None, action, target, **facts)


def replace(settings: Path, target: str = "kiln.gas", **given: Any) -> int:
    """Replace an instrument; return the exit status."""
    return meter(settings, "replace", target, **{"at": EXCHANGED, "registers": (OLD, NEW)} | given)


def correct(
    settings: Path, target: str, start: str = "", end: str = "", number: str = "", **given: Any
) -> int:
    """Run `wastenot correct`; return its exit status."""
    facts: dict[str, Any] = {"who": "Lan", "why": "wrong factor", "dry_run": False, "as_json": True}
    asked = {
        name: given.pop(name, False if name in ("bad", "interpolate") else None) for name in Asked._fields
    }
    return run_correct(
        settings, None, target, number, window=(start, end), asked=Asked(**asked), **facts | given
    )


def journal(settings: Path) -> list[Any]:
    """Return everything that was entered."""
    ledger = open_ledger(load_configuration(settings, None)[0])
    ledger.migrate()
    with ledger.begin() as tx:
        found = tx.amendments()
    ledger.close()
    return found


def refused(command: Callable[[], int]) -> dict[str, str]:
    """Return what a command refuses, by option."""
    with pytest.raises(ConfigError) as caught:
        command()
    return {problem.key: problem.message for problem in caught.value.problems}
