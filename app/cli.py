"""The command line: `wastenot COMMAND`. Exit codes: 0 fine, 1 failed, 2 wrong use or configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli_alerts import alerts_cli
from app.cli_options import AsJson, PlantFile, SettingsFile
from app.cli_user import user_cli
from domain.errors import ConfigError, WorldError

# Our matrices are small: a second thread per product costs more than it brings. Read when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

cli = typer.Typer(
    name="wastenot",
    help="Reads a factory's meters, learns what each process should use, and prices the difference.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


cli.add_typer(user_cli)
cli.add_typer(alerts_cli)


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
    *,
    leak_hours: Annotated[
        float | None, typer.Option(min=1.0, help="Mend the leak after so many simulated hours.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep what it does in this empty folder (default: nowhere).")
    ] = None,
) -> None:
    """Watch a simulated plant with seeded leaks; needs no file and no server."""
    from app.commands.demo import run_demo

    run_demo(
        plant, speed=speed, seed=seed, port=port, minutes=minutes, language=language, picture=picture,
        leak_hours=leak_hours, folder=folder,
    )  # fmt: skip


@cli.command()
def up(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run everything in one process for a plant file."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.COLLECT, Role.ANALYSE, Role.SERVE})


@cli.command()
def serve(plant: PlantFile = None, settings: SettingsFile = None) -> None:
    """Run the pages and the HTTP API; the analyser runs elsewhere on the same ledger and store."""
    from app.commands.run import run_roles
    from app.wiring import Role

    run_roles(settings, plant, {Role.SERVE})


@cli.command()
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


@cli.command()
def init(
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Set up ledger, series store and retention; a second run finds nothing to do."""
    from app.commands.init import run_init

    sys.exit(run_init(settings, plant, as_json=as_json, dry_run=dry_run))


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


@cli.command()
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


@cli.command()
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
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
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


From = Annotated[str, typer.Option("--from", help="First local day, 2026-01-01 (default: 30 days).")]
To = Annotated[str, typer.Option("--to", help="Last local day, included (default: today).")]
Data = Annotated[
    list[Path] | None, typer.Option("--data", help="CSV or Parquet history in place of the store.")
]
Learned = Annotated[str, typer.Option("--baseline", help="With --data: what baselines are fitted on.")]
ProcessId = Annotated[str, typer.Option("--process", help="Only this process.")]
ResourceId = Annotated[str, typer.Option("--resource", help="Only this resource.")]
ShiftName = Annotated[str, typer.Option("--shift", help="Only the hours of this shift.")]


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.command()
def meter(
    action: Annotated[str, typer.Argument(help="list | show | replace | replacements | undo")] = "list",
    target: Annotated[str, typer.Argument(metavar="[METER|ID]", help="Meter id; of undo: the number.")] = "",
    *,
    at: Annotated[str, typer.Option(help="When: 2026-11-20 09:30, plant time unless with an offset.")] = "",
    old_register: Annotated[float | None, typer.Option(help="What the old one showed last.")] = None,
    new_register: Annotated[float | None, typer.Option(help="What the new one showed first.")] = None,
    rollover: Annotated[float | None, typer.Option(help="The new register's size, if another.")] = None,
    who: Annotated[str, typer.Option(help="Who says so, for the audit trail.")] = "",
    why: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
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


@cli.command()
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
    why: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
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


@cli.command()
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


@cli.command()
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


if __name__ == "__main__":
    main()
