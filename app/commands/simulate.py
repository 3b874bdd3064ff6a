"""`wastenot simulate`: a simulated plant on the settings' broker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from app.commands.run import stop_signals
from app.logs import configure_logs
from app.wiring import broker_address, load_configuration
from config.durations import parse_duration
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from ingest.publisher import MqttPublisher
from ingest.simulator.clock import SimulatedClock
from ingest.simulator.faults import Fault, FaultKind, check_faults
from ingest.simulator.run import publish
from ingest.simulator.simulated_plant import SimulatedPlant

SHAPE = "write KIND:METER:AFTER:SIZE, e.g. leak:dye_line_2.water:10min:0.4"


def run_simulate(
    settings_file: Path | None,
    plant_file: Path | None,
    *,
    speed: float,
    seed: int,
    faults: Sequence[str],
    minutes: float | None,
) -> None:
    """Publish until Ctrl-C, or for `minutes` of real time; say how much was published."""
    settings, plant = load_configuration(settings_file, plant_file)
    configure_logs(settings.log.format, settings.log.level)
    start = datetime.now(UTC)
    simulated = SimulatedPlant(plant, seed, parse_faults(faults, plant, start))
    clock = SimulatedClock(start, speed)
    publisher = MqttPublisher(broker_address(settings, ""))
    until = None if minutes is None else start + timedelta(minutes=minutes * speed)
    with stop_signals() as stop:
        done = _publish(simulated, publisher, clock, stop, until)
    publisher.close()
    typer.echo(f"{done} messages published")


def _publish(
    simulated: SimulatedPlant,
    publisher: MqttPublisher,
    clock: SimulatedClock,
    stop: threading.Event,
    until: datetime | None,
) -> int:
    def send(topic: str, payload: bytes) -> None:
        publisher.publish(topic, payload, retain=False)

    return publish(simulated, send, clock, stop, start=clock.start, until=until).published


def parse_faults(texts: Sequence[str], plant: Plant, start: datetime) -> list[Fault]:
    """Return the faults that the command line names; `AFTER` is simulated time from `start`.

    Raises:
        ConfigError: with everything that is wrong with them.
    """
    problems: list[Problem] = []
    faults = [_parse_fault(text, plant, start, problems) for text in texts]
    if problems:
        raise ConfigError(problems)
    return [fault for fault in faults if fault is not None]


def _parse_fault(text: str, plant: Plant, start: datetime, problems: list[Problem]) -> Fault | None:
    """Return one fault, or None with the reason among the problems."""
    try:
        kind, meter, after, size = text.split(":")
        at = start + timedelta(seconds=parse_duration(after))
        fault = Fault(FaultKind(kind), meter, at, None, float(size))
        check_faults(plant, (fault,))
    except ValueError as wrong:
        kinds = ", ".join(FaultKind)
        message = f"{SHAPE}; kinds are {kinds} ({wrong})"
        problems.append(Problem("command line", "", "--fault", text, message))
        return None
    return fault
