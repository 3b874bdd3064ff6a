"""`wastenot check`: the files first, all problems at once; then every server, and what works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import typer

from app.channels import open_receivers
from app.partitions import split_filters
from app.wiring import broker_address, load_configuration, open_ledger, open_store
from config.plant_warnings import plant_warnings
from config.settings import Settings
from config.settings_schema import FurtherBroker
from domain.errors import BrokerError, WorldError
from domain.plant import Plant
from ingest.partition import at_broker
from ingest.probe import denied_filters
from ingest.publisher import MqttPublisher
from ingest.routes import rule_filters, subscriptions


@dataclass(frozen=True, slots=True)
class Reached:
    """One server and what it answered; "" = it works."""

    name: str
    trouble: str


def run_check(settings_file: Path | None, plant_file: Path | None, *, as_json: bool, offline: bool) -> int:
    """Return 0, or 1 when a server does not work; wrong files raise ConfigError (exit 2)."""
    settings, plant = load_configuration(settings_file, plant_file)
    today = datetime.now(plant.timezone).date()
    warnings = [
        *plant_warnings(plant, today, str(plant_file or settings.plant)),
        *(
            f"settings: partition: {one} is shared out; nobody collects what is in no share"
            for one in split_filters(settings, plant)
        ),
    ]
    reached = [] if offline else list(reach(settings, plant))
    if as_json:
        shown = {"plant": plant.name, "warnings": [str(one) for one in warnings]}
        heard = [asdict(one) for one in heard_by(plant)]
        typer.echo(
            json.dumps(shown | {"sources": heard, "servers": [asdict(one) for one in reached]}, indent=1)
        )
    else:
        typer.echo(_summary(plant))
        for source in heard_by(plant):
            typer.echo(str(source))
        for warning in warnings:
            typer.echo(f"warning: {warning}")
        for one in reached:
            typer.echo(f"{one.name}: {one.trouble or 'works'}")
    return 1 if any(one.trouble for one in reached) else 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What one [[source]] listens to, and which values it reads there; none: the message is the value."""

    source: str
    filters: list[str]
    values: list[str]

    def __str__(self) -> str:
        reads = f": {', '.join(self.values)}" if self.values else ""
        return f"{self.source} subscribes to {', '.join(self.filters)}{reads}"


def heard_by(plant: Plant) -> list[Heard]:
    """Return what the sources of a plant listen to, in the file's order."""
    return [
        Heard(
            f"source[{number}]",
            rule_filters(source.rule),
            [f"{value.name} [{value.unit.name}]" for value in source.values],
        )
        for number, source in enumerate(plant.sources, 1)
    ]


def _summary(plant: Plant) -> str:
    return (
        f"{plant.name}: {len(plant.processes)} processes, {len(plant.meters)} meters, "
        f"{len(plant.variables)} variables, {len(plant.resources)} resources: no problems"
    )


def reach(settings: Settings, plant: Plant) -> Iterator[Reached]:
    """Yield what every server of the settings answers."""
    yield Reached("series store", _trouble(lambda: _ping_store(settings)))
    yield Reached("ledger", _trouble(lambda: _ping_ledger(settings)))
    for broker in settings.brokers:
        yield Reached(f"broker {broker.name}", _trouble(partial(_ping_broker, settings, plant, broker)))
    if settings.broker.mode == "external":
        yield Reached("broker", _trouble(lambda: _ping_broker(settings, plant)))
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


def _ping_broker(settings: Settings, plant: Plant, broker: FurtherBroker | None = None) -> None:
    """Connect as a guest, and subscribe as the collector will; raise BrokerError with what is denied."""
    address = broker_address(settings, "", broker=broker)
    filters = subscriptions(at_broker(plant, broker.name if broker is not None else ""))
    if denied := denied_filters(address, filters):
        raise BrokerError(f"the broker denies the subscription to {', '.join(denied)}", retryable=False)
