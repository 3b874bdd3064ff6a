"""kill -9 of the analyser, again and again: the hotspots are those of a run without interruption."""

from __future__ import annotations

import random
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.analyst import Analyst
from app.clock import WallClock
from app.wiring import load_configuration, open_ledger, open_store
from config.plant_file import load_plant
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.reading import Reading
from ingest.history import reading_batches
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.simulated_plant import SimulatedPlant
from store.ledger import SqlLedger
from tests.e2e.commands import Command, running, wait_for
from tests.e2e.installation import write_settings

ROOT = Path(__file__).resolve().parents[2]
KILLS = 6
END = datetime(2026, 6, 1, tzinfo=UTC)
BASELINE_DAYS, REPORT_DAYS = 28, 70


def a_history(plant: Plant) -> list[Reading]:
    """Simulated readings with faults in the reporting period, thinned so that the test is quick."""
    start = END - timedelta(days=BASELINE_DAYS + REPORT_DAYS)
    at = start + timedelta(days=BASELINE_DAYS + 9)
    meters = list(plant.meters)
    faults = [
        Fault(
            FaultKind.LEAK,
            meters[number],
            at + timedelta(days=5 * number),
            at + timedelta(days=5 * number + 8),
            0.5,
        )
        for number in range(3)
    ]
    frame = SimulatedPlant(plant, 3, faults, epoch=start).readings(start, END, 900.0)
    received_us = int(END.timestamp() * 1e6)
    return [reading for batch in reading_batches(frame, received_us) for reading in batch]


def an_installation(folder: Path, readings: list[Reading]) -> Path:
    """A folder with settings, a plant whose baseline period is fixed, and the history in its store."""
    folder.mkdir()
    first = (END - timedelta(days=BASELINE_DAYS + REPORT_DAYS)).date() + timedelta(days=1)
    period = f"{first}/{first + timedelta(days=BASELINE_DAYS - 2)}"
    text = (ROOT / "config" / "brewery.toml").read_text()
    (folder / "plant.toml").write_text(f'{text}\n[baseline]\nperiod = "{period}"\n')
    settings = write_settings(
        folder, analysis={"every": 0.5}, http={"port": 0}, alerts={"pending_silent": "3650d"}
    )
    store = open_store(load_configuration(settings, folder / "plant.toml")[0])
    store.append(readings)
    store.close()
    return settings


def hotspots(ledger: SqlLedger) -> list[Hotspot]:
    with ledger.begin() as tx:
        return tx.hotspots()


def marks(ledger: SqlLedger, plant: Plant) -> list[datetime | None]:
    with ledger.begin() as tx:
        snapshots = [tx.snapshot(*pair) for pair in plant.streams()]
    return [None if snapshot is None else snapshot.watermark for snapshot in snapshots]


def uninterrupted(settings_file: Path, plant_file: Path) -> tuple[list[Hotspot], list[datetime | None]]:
    """Run the analysis in one go."""
    settings, plant = load_configuration(settings_file, plant_file)
    store, ledger = open_store(settings), open_ledger(settings)
    ledger.migrate()
    analyst = Analyst(plant, store, ledger, WallClock(), settings.analysis.lateness_s)
    analyst.run_once(analyst.last_seen())
    result = hotspots(ledger), marks(ledger, plant)
    store.close()
    ledger.close()
    return result


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_analyser_comes_to_the_same_hotspots(tmp_path: Path) -> None:
    readings = a_history(load_plant(ROOT / "config" / "brewery.toml"))
    whole = an_installation(tmp_path / "whole", readings)
    expected, ends = uninterrupted(whole, tmp_path / "whole" / "plant.toml")
    assert expected, "the history must hold hotspots, or the comparison shows nothing"

    killed = an_installation(tmp_path / "killed", readings)
    settings, plant = load_configuration(killed, tmp_path / "killed" / "plant.toml")
    ledger = open_ledger(settings)
    ledger.migrate()
    chance = random.Random(5)
    arguments = ("analyse", "--settings", killed, "--plant", tmp_path / "killed" / "plant.toml")
    for number in range(KILLS):
        before = marks(ledger, plant)
        with running(Command(tmp_path, f"run{number}", *arguments)) as analyser:
            wait_for(
                "progress",
                lambda seen=before: marks(ledger, plant) != seen or seen == ends,
                timeout_s=90,
                every_s=0.01,
            )
            time.sleep(chance.uniform(0.0, 0.3))
            analyser.end(signal.SIGKILL)
    with running(Command(tmp_path, "last", *arguments)):
        wait_for("the end", lambda: marks(ledger, plant) == ends, timeout_s=120)
    found = hotspots(ledger)
    ledger.close()
    assert found == expected
