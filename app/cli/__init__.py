"""The command line: `wastenot COMMAND`. Exit codes: 0 fine, 1 failed, 2 wrong use or configuration.

A file holds the options of a group of commands; what they do stands in `app.commands`.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from app.cli.alerts import alerts_cli
from app.cli.amending import baseline, correct, meter
from app.cli.archive import backup, restore
from app.cli.figures import balance, cost, cusum, enpi
from app.cli.history import backtest, import_
from app.cli.running import analyse, collect, demo, serve, simulate, up
from app.cli.setting_up import check, discover, doctor, init
from app.cli.user import user_cli
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

#: in the order in which the help lists them
COMMANDS = (
    demo, up, serve, collect, analyse, check, init, import_, backtest, simulate, discover, doctor, baseline,
    enpi, cusum, balance, cost, meter, correct, backup, restore,
)  # fmt: skip


def _say_version(asked: bool) -> None:
    """Print which version this is, and end."""
    if asked:
        typer.echo(f"Wastenot {version('wastenot')}")
        raise typer.Exit


@cli.callback()
def options(
    say: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take what stands before a command."""


for command in COMMANDS:
    cli.command(command.__name__.rstrip("_"))(command)
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
