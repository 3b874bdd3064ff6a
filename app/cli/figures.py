"""Figures of a window of time: indicators, running sums, balances, cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile

From = Annotated[str, typer.Option("--from", help="First local day, 2026-01-01 (default: 30 days).")]
To = Annotated[str, typer.Option("--to", help="Last local day, included (default: today).")]
Data = Annotated[
    list[Path] | None, typer.Option("--data", help="CSV or Parquet history in place of the store.")
]
Learned = Annotated[str, typer.Option("--baseline", help="With --data: what baselines are fitted on.")]
ProcessId = Annotated[str, typer.Option("--process", help="Only this process.")]
ResourceId = Annotated[str, typer.Option("--resource", help="Only this resource.")]
ShiftName = Annotated[str, typer.Option("--shift", help="Only the hours of this shift.")]


def enpi(
    start: From = "",
    end: To = "",
    *,
    by: Annotated[
        Literal["stream", "process", "resource", "plant"], typer.Option(help="What is one row.")
    ] = "stream",
    every: Annotated[
        Literal["whole", "day", "week", "month", "shift"], typer.Option(help="What is one period.")
    ] = "whole",
    rolling: Annotated[bool, typer.Option("--rolling", help="Rolling 12 months, sum over sum.")] = False,
    energy_together: Annotated[
        bool, typer.Option("--energy-together", help="kWh of different energies count alike.")
    ] = False,
    process: ProcessId = "",
    resource: ResourceId = "",
    shift: ShiftName = "",
    product: Annotated[
        str, typer.Option(help="Only while this output, and no other, was made: a variable's id.")
    ] = "",
    data: Data = None,
    baseline: Learned = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show energy performance indicators: use against expected, savings with 90 % interval, SEC, money."""
    from app.commands.enpi import run_enpi
    from app.indicators import Level, Question
    from app.window import Asked
    from domain.enpi import Every

    question = Question(Level(by), Every(every), shift, product, rolling, energy_together)
    asked = Asked(start, end, settings, plant, data or (), baseline)
    sys.exit(run_enpi(asked, question, process, resource, as_json=as_json))


def cusum(
    start: From = "",
    end: To = "",
    *,
    by: Annotated[
        Literal["stream", "process", "resource", "plant"], typer.Option(help="What is one sum.")
    ] = "stream",
    process: ProcessId = "",
    resource: ResourceId = "",
    shift: ShiftName = "",
    data: Data = None,
    baseline: Learned = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the running sum of the excess, in unit and money, and the days on which its slope changed."""
    from app.commands.enpi import run_cusum
    from app.indicators import Level
    from app.window import Asked

    asked = Asked(start, end, settings, plant, data or (), baseline)
    sys.exit(run_cusum(asked, Level(by), process, resource, shift, as_json=as_json))


def balance(
    start: From = "",
    end: To = "",
    *,
    every: Annotated[
        Literal["whole", "day", "week", "month"], typer.Option(help="Periods of main meters' balances.")
    ] = "whole",
    data: Data = None,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what main meters count beyond their sub-meters, material in and out, and what losses cost."""
    from app.commands.balance import run_balance
    from app.window import Asked
    from domain.enpi import Every

    asked = Asked(start, end, settings, plant, data or ())
    sys.exit(run_balance(asked, Every(every), as_json=as_json))


def cost(
    start: From = "",
    end: To = "",
    *,
    process: ProcessId = "",
    resource: ResourceId = "",
    data: Data = None,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what use cost by time of use, and its CO2e, location- and market-based side by side."""
    from app.commands.balance import run_cost
    from app.window import Asked

    asked = Asked(start, end, settings, plant, data or ())
    sys.exit(run_cost(asked, process, resource, as_json=as_json))
