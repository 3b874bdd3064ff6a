"""The plant file: read, checked completely, made into the plant or refused with all that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.plant_alerts import check_alerts
from config.plant_balances import check_balances
from config.plant_build import build_plant
from config.plant_payloads import check_payloads
from config.plant_prices import check_money
from config.plant_profiles import with_profiles
from config.plant_refs import check_references, something_measured
from config.plant_resources import check_measured_units, check_resources
from config.plant_rules import check_rules
from config.plant_schema import PlantFile
from config.plant_sources import check_sources
from config.plant_units import check_kinds
from config.problems import Fault, tell, without_repeats
from config.salvage import salvage
from config.toml_file import read_toml
from domain.errors import ConfigError
from domain.plant import Plant


def load_plant(path: Path, today: date | None = None, *, draft: bool = False) -> Plant:
    """Return the plant that a file describes.

    Args:
        path: the TOML file (docs: config/dye_works.toml is an example with every table explained).
        today: local date on which prices have to be valid; the plant's present date when not given. For
            an analysis of the past, give the last day of the past that is analysed.
        draft: the file is being written; that it has no meter yet is no fault.

    Raises:
        ConfigError: with every problem of the file at once.
    """
    tables = read_toml(path, "the plant file")
    complete, faults = with_profiles(tables)
    file, more = salvage(PlantFile, complete)
    faults += without_repeats(faults, more)
    if not draft:
        faults += something_measured(tables)
    faults += without_repeats(faults, _cross_checks(file, tables, today or _present_date(file)))
    if faults:
        raise ConfigError(tell(str(path), tables, faults))
    return build_plant(file)


def _cross_checks(file: PlantFile, tables: dict[str, Any], today: date) -> Iterable[Fault]:
    yield from check_references(file, tables)
    yield from check_alerts(file, tables)
    yield from check_payloads(file)
    yield from check_sources(file)
    yield from check_resources(file)
    yield from check_kinds(file)
    yield from check_measured_units(file)
    yield from check_rules(file)
    yield from check_money(file, today)
    yield from check_balances(file, tables)


def _present_date(file: PlantFile) -> date:
    """Return today's date where the plant is."""
    zone = ZoneInfo(file.plant.timezone) if file.plant.timezone else UTC
    return datetime.now(zone).date()
