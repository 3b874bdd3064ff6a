"""What the pages of the product stand on, on a real store and ledger."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.health import PartHealth, Verdict
from app.pages import Ground
from app.wiring import open_ledger, open_store
from config.plant_file import load_plant
from config.settings import Settings
from tests.web.site import SetClock


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What was logged meanwhile."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="module")
def real_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The example plant on an empty embedded store."""
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("var")})
    with as_file(files("config") / "dye_works.toml") as path:
        plant = load_plant(Path(path))
    store, ledger = open_store(settings), open_ledger(settings)
    ledger.migrate()
    yield Ground(settings, plant, store, ledger, SetClock(), lambda: {"store": PartHealth(Verdict.OK)})
    ledger.close()
    store.close()
