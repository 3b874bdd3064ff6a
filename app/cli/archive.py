"""One file with everything that is kept: made, and put back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile


def backup(
    dest: Annotated[Path, typer.Argument(help="The archive to write, such as wastenot.tar.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace an archive that is there.")] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Back up the embedded store and the ledger into one file, while everything runs."""
    from app.commands.backup import run_backup

    sys.exit(run_backup(dest, settings, plant, force=force, as_json=as_json))


def restore(
    source: Annotated[Path, typer.Argument(help="An archive of `wastenot backup`.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file that is there; it is kept beside.")
    ] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Put an archive back, on this or on an empty machine; Wastenot must not run here meanwhile."""
    from app.commands.backup import run_restore

    sys.exit(run_restore(source, settings, plant, force=force, as_json=as_json))
