"""Files of history: into the store, and judged as they are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile


def import_(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, long (time, meter, value) or wide.")],
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
    show: Annotated[int, typer.Option(min=0, help="Refused rows to list.")] = 20,
) -> None:
    """Put a history file into the series store; refused rows are listed with their lines."""
    from app.commands.import_ import run_import

    sys.exit(run_import(file, settings, plant, as_json=as_json, show=show))


def backtest(  # noqa: PLR0917 (a command's options)
    plant: Annotated[Path, typer.Option("--plant", help="Plant file.")],
    data: Annotated[list[Path], typer.Option("--data", help="CSV or Parquet history; may be repeated.")],
    baseline: Annotated[str, typer.Option(help="Baseline period, local dates: 2016-01-01/2016-12-31.")],
    report: Annotated[str, typer.Option(help="Reporting period, local dates: 2017-01-01/2017-12-31.")],
    out: Annotated[Path | None, typer.Option(help="Write the result document here.")] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="With the corrections and adjustments in the ledger of these settings."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="Judge in so many processes (default: by cores and streams)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole analysis over history, without servers."""
    from app.commands.backtest import run_backtest

    code = run_backtest(
        plant, data, baseline, report, settings, out=out, as_json=as_json, processes=processes
    )
    sys.exit(code)
