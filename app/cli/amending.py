"""What people say over what was learned and read: baselines, replaced instruments, corrections."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile


def baseline(
    action: Annotated[
        str,
        typer.Argument(help="list | show | propose | approve | reject | adjust | adjustments | undo"),
    ] = "list",
    target: Annotated[str, typer.Argument(metavar="[PROCESS|ID]", help="Process id; undo: number.")] = "",
    second: Annotated[str, typer.Argument(metavar="[RESOURCE]", help="Resource id.")] = "",
    *,
    process: Annotated[str, typer.Option(help="Process id.")] = "",
    resource: Annotated[str, typer.Option(help="Resource id.")] = "",
    version: Annotated[int, typer.Option(min=0, help="Version to show or decide on.")] = 0,
    start: Annotated[str, typer.Option("--from", help="2026-11-20 09:30, plant time or an offset.")] = "",
    end: Annotated[str, typer.Option("--to", help="Likewise, exclusive; adjust: for ever without it.")] = "",
    amount: Annotated[
        float | None, typer.Option(help="Adjust: so much more per hour, kWh, m3 or kg.")
    ] = None,
    percent: Annotated[float | None, typer.Option(help="Adjust: so many per cent more.")] = None,
    reason: Annotated[str, typer.Option("--reason", "--why", help="Why, for the audit trail.")] = "",
    who: Annotated[str, typer.Option(help="Who decides, for the audit trail.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Although its profile or its data speak against it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Adjust: check and show; write nothing.")
    ] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List, show, propose, approve and reject baselines; adjust what they expect. Each with its reason."""
    from app.commands.baseline import Asked, run_baseline

    asked = Asked(
        action, target or process, second or resource, version, reason, who, force,
        start, end, amount, percent, dry_run,
    )  # fmt: skip
    sys.exit(run_baseline(settings, plant, asked, as_json=as_json))


def meter(
    action: Annotated[str, typer.Argument(help="list | show | replace | replacements | undo")] = "list",
    target: Annotated[str, typer.Argument(metavar="[METER|ID]", help="Meter id; of undo: the number.")] = "",
    *,
    at: Annotated[str, typer.Option(help="When: 2026-11-20 09:30, plant time unless with an offset.")] = "",
    old_register: Annotated[float | None, typer.Option(help="What the old one showed last.")] = None,
    new_register: Annotated[float | None, typer.Option(help="What the new one showed first.")] = None,
    rollover: Annotated[float | None, typer.Option(help="The new register's size, if another.")] = None,
    who: Annotated[str, typer.Option(help="Who says so, for the audit trail.")] = "",
    why: Annotated[str, typer.Option("--why", "--reason", help="Why, for the audit trail.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show; write nothing.")] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the meters, and enter that one's instrument was replaced."""
    from app.commands.meter import run_meter

    code = run_meter(
        settings, plant, action, target, at=at, registers=(old_register, new_register), rollover=rollover,
        who=who, why=why, dry_run=dry_run, as_json=as_json,
    )  # fmt: skip
    sys.exit(code)


def correct(
    target: Annotated[str, typer.Argument(metavar="METER|list|undo", help="Meter id; or list, or undo.")],
    number: Annotated[str, typer.Argument(metavar="[ID]", help="Undo: the number; list: a meter.")] = "",
    *,
    start: Annotated[str, typer.Option("--from", help="2026-11-20 09:30, plant time or an offset.")] = "",
    end: Annotated[str, typer.Option("--to", help="Likewise, exclusive.")] = "",
    bad: Annotated[bool, typer.Option("--bad", help="The window's readings are not used.")] = False,
    set_: Annotated[
        float | None, typer.Option("--set", help="What was used in the window; of a gauge: the rate.")
    ] = None,
    interpolate: Annotated[bool, typer.Option("--interpolate", help="A line between both sides.")] = False,
    scale: Annotated[float | None, typer.Option(help="The window's amounts times this.")] = None,
    offset: Annotated[float | None, typer.Option(help="The window's readings plus this.")] = None,
    who: Annotated[str, typer.Option(help="Who says so, for the audit trail.")] = "",
    why: Annotated[str, typer.Option("--why", "--reason", help="Why, for the audit trail.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show; write nothing.")] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Correct a window of a meter's readings; what came from the meter is kept."""
    from app.commands.correct import Asked, run_correct

    code = run_correct(
        settings, plant, target, number, window=(start, end),
        asked=Asked(bad, set_, interpolate, scale, offset), who=who, why=why,
        dry_run=dry_run, as_json=as_json,
    )  # fmt: skip
    sys.exit(code)
