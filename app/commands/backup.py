"""`wastenot backup` and `wastenot restore`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from app.backup import back_up, restore
from app.wiring import load_configuration


def run_backup(
    dest: Path, settings_file: Path | None, plant_file: Path | None, *, force: bool, as_json: bool
) -> int:
    """Write an archive and say what is in it; return 0."""
    settings, plant = load_configuration(settings_file, plant_file)
    _show(dest, back_up(settings, plant, dest, force=force), as_json=as_json)
    return 0


def run_restore(
    source: Path, settings_file: Path | None, plant_file: Path | None, *, force: bool, as_json: bool
) -> int:
    """Put an archive back and say what was in it; return 0."""
    settings, _plant = load_configuration(settings_file, plant_file)
    _show(source, restore(settings, source, force=force), as_json=as_json)
    return 0


def _show(archive: Path, manifest: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(manifest, indent=1))
        return
    typer.echo(
        f"{archive}: {manifest['plant']}, made {manifest['made_at']} by Wastenot {manifest['wastenot']}"
    )
    for name, facts in manifest["files"].items():
        typer.echo(f"  {name}: {facts['bytes']:,} bytes")
    if manifest["series_in_influxdb"]:
        typer.echo(
            "  readings and intervals are in InfluxDB and not in this archive: `influxd backup` keeps those"
        )
    if manifest["spool_bytes_left_out"]:
        typer.echo(f"  left out: {manifest['spool_bytes_left_out']:,} bytes of the spool, not stored yet")
