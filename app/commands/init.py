"""`wastenot init`: the ledger's tables, the series store's places and retention; can be repeated."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from app.setting_up import Change, set_up
from app.wiring import load_configuration


def run_init(settings_file: Path | None, plant_file: Path | None, *, as_json: bool, dry_run: bool) -> int:
    """Set up and report; return 0. A server that is away or refuses raises WorldError (exit 1)."""
    settings, plant = load_configuration(settings_file, plant_file)
    changes: list[Change] = []
    for change in set_up(settings, plant, datetime.now(UTC), dry_run=dry_run):
        changes.append(change)
        if not as_json:
            typer.echo(f"{'would ' if dry_run else ''}{change.part}: {change.words}")
    if as_json:
        shown = {"dry_run": dry_run, "changes": [asdict(change) for change in changes]}
        typer.echo(json.dumps(shown, indent=1))
    elif not changes:
        typer.echo("nothing to do")
    return 0
