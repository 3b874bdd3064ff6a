"""`wastenot check`: the files first, all problems at once; then every server, and what works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import typer

from app.wiring import broker_address, load_configuration, open_ledger, open_receivers, open_store
from config.plant_warnings import plant_warnings
from config.settings import Settings
from domain.errors import WorldError
from domain.plant import Plant
from ingest.publisher import MqttPublisher


@dataclass(frozen=True, slots=True)
class Reached:
    """One server and what it answered; "" = it works."""

    name: str
    trouble: str


def run_check(settings_file: Path | None, plant_file: Path | None, *, as_json: bool, offline: bool) -> int:
    """Return 0, or 1 when a server does not work; wrong files raise ConfigError (exit 2)."""
    settings, plant = load_configuration(settings_file, plant_file)
    today = datetime.now(plant.timezone).date()
    warnings = plant_warnings(plant, today, str(plant_file or settings.plant))
    reached = [] if offline else list(reach(settings, plant))
    if as_json:
        shown = {"plant": plant.name, "warnings": [str(one) for one in warnings]}
        typer.echo(json.dumps(shown | {"servers": [asdict(one) for one in reached]}, indent=1))
    else:
        typer.echo(_summary(plant))
        for warning in warnings:
            typer.echo(f"warning: {warning}")
        for one in reached:
            typer.echo(f"{one.name}: {one.trouble or 'works'}")
    return 1 if any(one.trouble for one in reached) else 0


def _summary(plant: Plant) -> str:
    return (
        f"{plant.name}: {len(plant.processes)} processes, {len(plant.meters)} meters, "
        f"{len(plant.variables)} variables, {len(plant.resources)} resources: no problems"
    )


def reach(settings: Settings, plant: Plant) -> Iterator[Reached]:
    """Yield what every server of the settings answers."""
    yield Reached("series store", _trouble(lambda: _ping_store(settings)))
    yield Reached("ledger", _trouble(lambda: _ping_ledger(settings)))
    if settings.broker.mode == "external":
        yield Reached("broker", _trouble(lambda: _ping_broker(settings)))
    else:
        yield Reached(f"broker ({settings.broker.mode}, started with the process)", "")
    address = broker_address(settings, "")
    yield Reached("alert channels", _trouble(lambda: open_receivers(settings, plant, MqttPublisher(address))))


def _trouble(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except WorldError as trouble:
        return str(trouble)
    return ""


def _ping_store(settings: Settings) -> None:
    store = open_store(settings)
    try:
        store.ping()
    finally:
        store.close()


def _ping_ledger(settings: Settings) -> None:
    """Reach the ledger; one that has never been used has no tables yet, and gets them."""
    ledger = open_ledger(settings)
    try:
        ledger.migrate()
        ledger.ping()
    finally:
        ledger.close()


def _ping_broker(settings: Settings) -> None:
    """Connect as a guest: the collector's own session is not touched."""
    publisher = MqttPublisher(broker_address(settings, ""))
    try:
        publisher.publish("wastenot/check", b"", retain=False)
    finally:
        publisher.close()
