"""`wastenot enpi` and `wastenot cusum`: indicators, savings, and the running sum of the excess."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.indicators import Level, Question, answer, cusum_documents, enpi_row, streams_asked
from app.logs import configure_logs
from app.window import Asked, opened
from domain.enpi import Enpi, Figure
from domain.errors import ConfigError, Problem

COLUMNS = (
    "period", "process", "resource", "actual", "expected", "SEnPI", "savings (90 %)", "savings %", "SEC",
    "excess cost", "excess CO2e", "coverage",
)  # fmt: skip
#: periods whose names are in the file of shifts
NEEDS_SHIFTS = "shift"


def run_enpi(asked: Asked, question: Question, process: str, resource: str, *, as_json: bool) -> int:
    """Print the indicators; return 0, or 1 when there is nothing to show."""
    configure_logs(level="warning")
    names = {
        "process": process,
        "resource": resource,
        "shift": question.shift,
        "product": question.product,
    }
    with opened(asked, names) as facts:
        if question.every == NEEDS_SHIFTS and not facts.plant.shifts:
            raise ConfigError([Problem("command line", "", "--every", "shift", "the plant has no [[shift]]")])
        pairs = streams_asked(facts.plant, question.level, process, resource)
        rows = answer(facts.plant, map(facts.judged, pairs), question)
        window = [at.isoformat() for at in facts.window]
        plant = facts.plant
    if as_json:
        head = {"plant": plant.name, "window": window, "method": "forecast", "level": str(question.level)}
        typer.echo(json.dumps(head | {"enpis": [enpi_row(row) for row in rows]}, indent=1, allow_nan=False))
    elif rows:
        Console().print(_table(rows))
        Console().print(
            "SEnPI = actual / expected of the same intervals; savings = expected - actual, method: forecast; "
            "SEC is not judged, it rises at low output without any waste."
        )
    else:
        typer.echo("nothing to show: no process and resource of the plant fits what was asked for")
    return 0 if rows else 1


def _table(rows: Sequence[Enpi]) -> Table:
    table = Table(title="Energy performance indicators", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in COLUMNS[:3] else "right")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: Enpi) -> tuple[str, ...]:
    savings = shown(row.savings.amount, 0)
    if row.savings.half_width is not None:
        savings += f" ± {row.savings.half_width:,.0f}"
    pct = "" if row.savings.pct is None else f"{row.savings.pct:+z.1f}"
    specific = "" if row.specific is None else shown(row.specific.value, 3)
    figures = (shown(row.actual, 0), shown(row.expected, 0), shown(row.senpi, 3), savings, pct, specific)
    money = (shown(row.excess_cost, 0), shown(row.excess_co2e, 0))
    period = row.period or "all"
    return (
        period,
        row.process or "all",
        row.resource or "all",
        *figures,
        *money,
        f"{row.senpi.coverage:.0%}",
    )


def shown(figure: Figure, digits: int) -> str:
    """Return a figure as a person reads it."""
    if figure.value is None:
        return "unknown"
    unit = "" if figure.unit in {"", "1"} else f" {figure.unit}"
    return f"{figure.value:,.{digits}f}{unit}"


def run_cusum(asked: Asked, level: Level, process: str, resource: str, shift: str, *, as_json: bool) -> int:
    """Print the CUSUM of all that was asked for; return 0, or 1 when there is none."""
    configure_logs(level="warning")
    names = {"process": process, "resource": resource, "shift": shift}
    with opened(asked, names) as facts:
        pairs = streams_asked(facts.plant, level, process, resource)
        found = cusum_documents(facts.plant, map(facts.judged, pairs), level, shift)
    if as_json:
        typer.echo(json.dumps({"cusums": found}, indent=1, allow_nan=False))
    for one in [] if as_json else found:
        Console().print(_stretches(one))
    if not found and not as_json:
        typer.echo("nothing to show: no process and resource of the plant fits what was asked for")
    return 0 if found else 1


def _stretches(found: dict[str, Any]) -> Table:
    """Return the straight stretches of one CUSUM, and what each adds up to."""
    last = found["days"][-1] if found["days"] else {}
    sums = ", ".join(
        f"{last[key]:+,.0f} {unit}"
        for key, unit in (("cusum", found["unit"]), ("cusum_cost", found["currency"]))
        if last.get(key) is not None
    )
    name = " ".join(part for part in (found["process"], found["resource"]) if part) or "plant"
    title = f"CUSUM {name}: {sums or 'unknown'} (rising = over-consumption)"
    table = Table(title=title, title_justify="left")
    for name in ("from", "to", "days", found["slope_unit"], "± (90 %)", f"{found['currency']}/day"):
        table.add_column(name, justify="left" if name in {"from", "to"} else "right")
    for row in found["slopes"]:
        half = "" if row["half_width"] is None else f"{row['half_width']:,.1f}"
        cost = "unknown" if row["cost_per_day"] is None else f"{row['cost_per_day']:+,.0f}"
        table.add_row(row["first"], row["last"], str(row["days"]), f"{row['per_day']:+,.1f}", half, cost)
    return table
