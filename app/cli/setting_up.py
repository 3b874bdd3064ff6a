"""From a broker to a plant that is read: the commands of who sets up, checks and looks for faults."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile


def check(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
    offline: Annotated[bool, typer.Option(help="Check the files only; reach no server.")] = False,
) -> None:
    """Validate settings and plant file, all problems at once, then reach every server."""
    from app.commands.check import run_check

    sys.exit(run_check(settings, plant, as_json=as_json, offline=offline))


def init(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Set up ledger, series store and retention; a second run finds nothing to do."""
    from app.commands.init import run_init

    sys.exit(run_init(settings, plant, as_json=as_json, dry_run=dry_run))


def discover(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    seconds: Annotated[float, typer.Option(min=1.0, max=86400.0, help="How long to listen.")] = 60.0,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="Topic filter to listen to; may be repeated (default: #)."),
    ] = None,
    broker: Annotated[
        str, typer.Option(help="Name of one of the settings' [[brokers]] (default: [broker]).")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Write the rows into this new file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Listen to the broker and propose plant file rows for the meters that are heard."""
    from app.commands.discover import run_discover

    code = run_discover(
        settings, plant, seconds=seconds, filters=filters or [], broker=broker, out=out, as_json=as_json
    )
    sys.exit(code)


def doctor(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    listen: Annotated[
        float, typer.Option(min=0.0, max=3600.0, help="Listen so many seconds for topics that nobody reads.")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Show a redacted diagnosis: reachability, last reading per meter, spool, rejects, unknown topics."""
    from app.commands.doctor import run_doctor

    sys.exit(run_doctor(settings, plant, listen_s=listen, as_json=as_json))
