"""What runs until it is stopped: the plant's own processes, and a simulated plant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.options import PlantFile, SettingsFile


def demo(
    plant: PlantFile = None,
    speed: Annotated[float, typer.Option(min=1.0, max=3600.0, help="Simulated seconds per second.")] = 240.0,
    seed: Annotated[int, typer.Option(help="The same seed simulates the same plant.")] = 7,
    port: Annotated[int, typer.Option(min=0, max=65535, help="HTTP port; 0 = any free one.")] = 0,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="End by itself after so many minutes.")
    ] = None,
    language: Annotated[Literal["en", "vi"], typer.Option(help="Of the alerts.")] = "en",
    picture: Annotated[Path | None, typer.Option(help="Draw the last view into this SVG file.")] = None,
    *,
    leak_hours: Annotated[
        float | None, typer.Option(min=1.0, help="Mend the leak after so many simulated hours.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
            help="When it begins, in the plant's time (default: this hour).",
        ),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep what it does in this empty folder (default: nowhere).")
    ] = None,
) -> None:
    """Watch a simulated plant with seeded leaks; needs no file and no server."""
    from app.commands.demo import run_demo

    run_demo(
        plant, speed=speed, seed=seed, port=port, minutes=minutes, language=language, picture=picture,
        leak_hours=leak_hours, begins=start, folder=folder,
    )  # fmt: skip


def up(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run everything in one process for a plant file."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.COLLECT, Role.ANALYSE, Role.SERVE})


def serve(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run the pages and the HTTP API; the analyser runs elsewhere on the same ledger and store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.SERVE})


def collect(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    partition: Annotated[
        str, typer.Option(help="Collect the topics of this [[partition]] of the settings.")
    ] = "",
) -> None:
    """Run the collector: MQTT messages into the spool and the series store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.COLLECT}, partition)


def analyse(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run the analyser: baselines, hotspots and alerts from the series store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.ANALYSE})


def simulate(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    speed: Annotated[float, typer.Option(min=0.01, max=3600.0, help="Simulated seconds per second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed simulates the same plant.")] = 7,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="KIND:METER:AFTER:SIZE, e.g. leak:dye_line_2.water:10min:0.4; may be repeated."),
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="End after so many real minutes.")] = None,
) -> None:
    """Publish a simulated plant to the settings' broker."""
    from app.commands.simulate import run_simulate

    run_simulate(settings, plant, speed=speed, seed=seed, faults=fault or [], minutes=minutes)
