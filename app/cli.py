"""The command line: `wastenot COMMAND`. Exit codes: 0 fine, 1 failed, 2 wrong use or configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from domain.errors import ConfigError, WorldError

PlantFile = Annotated[
    Path | None, typer.Option("--plant", help="Plant file (default: the settings' `plant`).")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Settings file (default: wastenot.toml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

# Our matrices are small: a second thread per product costs more than it brings. Read when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

cli = typer.Typer(
    name="wastenot",
    help="Reads a factory's meters, learns what each process should use, and prices the difference.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run the command line; configuration trouble is listed whole, outside trouble is one line."""
    try:
        cli()
    except ConfigError as wrong:
        for problem in wrong.problems:
            typer.echo(str(problem), err=True)
        typer.echo(f"{len(wrong.problems)} problem(s); nothing was started.", err=True)
        sys.exit(2)
    except WorldError as trouble:
        typer.echo(f"wastenot: {trouble}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@cli.command()
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
) -> None:
    """Watch a simulated plant with seeded leaks; needs no file and no server."""
    from app.commands.demo import run_demo

    run_demo(plant, speed=speed, seed=seed, port=port, minutes=minutes, language=language, picture=picture)


@cli.command()
def up(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run everything in one process for a plant file."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.COLLECT, Role.ANALYSE})


@cli.command()
def collect(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run the collector: MQTT messages into the spool and the series store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.COLLECT})


@cli.command()
def analyse(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run the analyser: baselines, hotspots and alerts from the series store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.ANALYSE})


@cli.command()
def check(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
    offline: Annotated[bool, typer.Option(help="Check the files only; reach no server.")] = False,
) -> None:
    """Validate settings and plant file, all problems at once, then reach every server."""
    from app.commands.check import run_check

    sys.exit(run_check(settings, plant, as_json=as_json, offline=offline))


@cli.command(name="import")
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


@cli.command()
def backtest(
    plant: Annotated[Path, typer.Option("--plant", help="Plant file.")],
    data: Annotated[list[Path], typer.Option("--data", help="CSV or Parquet history; may be repeated.")],
    baseline: Annotated[str, typer.Option(help="Baseline period, local dates: 2016-01-01/2016-12-31.")],
    report: Annotated[str, typer.Option(help="Reporting period, local dates: 2017-01-01/2017-12-31.")],
    out: Annotated[Path | None, typer.Option(help="Write the result document here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole analysis over history, without servers."""
    from app.commands.backtest import run_backtest

    sys.exit(run_backtest(plant, data, baseline, report, out=out, as_json=as_json))


@cli.command()
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


@cli.command()
def doctor(plant: PlantFile = None, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show a redacted diagnosis: reachability, last reading per meter, spool, rejects by reason."""
    from app.commands.doctor import run_doctor

    sys.exit(run_doctor(settings, plant, as_json=as_json))


@cli.command()
def baseline(
    action: Annotated[str, typer.Argument(help="list | show | approve")] = "list",
    process: Annotated[str, typer.Option(help="Process id.")] = "",
    resource: Annotated[str, typer.Option(help="Resource id.")] = "",
    *,
    version: Annotated[int, typer.Option(min=0, help="Version to show or approve.")] = 0,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail (approve).")] = "",
    who: Annotated[str, typer.Option(help="Who decides, for the audit trail (approve).")] = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List, show and approve baselines, each version with its reason."""
    from app.commands.baseline import run_baseline

    code = run_baseline(
        settings, plant, action, process, resource, version=version, reason=reason, who=who, as_json=as_json
    )
    sys.exit(code)


if __name__ == "__main__":
    main()
