"""`wastenot balance` and `wastenot cost`: what goes in and does not come out, and what use costs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.balances import balance_document, cost_document
from app.logs import configure_logs
from app.window import Asked, opened
from domain.enpi import Every
from domain.errors import ConfigError, Problem


def run_balance(asked: Asked, every: Every, *, as_json: bool) -> int:
    """Print the balances; return 0, or 1 when the plant has nothing to balance."""
    configure_logs(level="warning")
    with opened(asked, {}, needs_baseline=False) as facts:
        _need_meters(len(facts.plant.meters))
        document = balance_document(facts.plant, facts.store, facts.window, every, facts.amendments())
    if as_json:
        typer.echo(json.dumps(document, indent=1, allow_nan=False))
    else:
        _show(document)
    return 0 if document["meters"] or document["materials"] else 1


def run_cost(asked: Asked, process: str, resource: str, *, as_json: bool) -> int:
    """Print cost by time of use, and CO2e by both methods; return 0, or 1 when there is nothing."""
    configure_logs(level="warning")
    with opened(asked, {"process": process, "resource": resource}, needs_baseline=False) as facts:
        pairs = [
            pair for pair in facts.plant.streams() if process in {"", pair[0]} and resource in {"", pair[1]}
        ]
        document = cost_document(facts.plant, facts.store, facts.window, pairs, facts.amendments())
    if as_json:
        typer.echo(json.dumps(document, indent=1, allow_nan=False))
    elif document["costs"]:
        Console().print(_cost_table(document))
    else:
        typer.echo("nothing to show: no process and resource of the plant fits what was asked for")
    return 0 if document["costs"] else 1


def _need_meters(count: int) -> None:
    if not count:
        raise ConfigError([Problem("plant file", "meter", "", "", "nothing to balance without a [[meter]]")])


def _show(document: dict[str, Any]) -> None:
    console, money = Console(), document["currency"]
    if not document["meters"] and not document["materials"]:
        typer.echo(
            "nothing to balance: give meters the main meter that they are `under`, or processes outputs and "
            "losses (docs/balances.md)"
        )
    if document["meters"]:
        console.print(_table("Main meters", _METERS, map(_meter_cells, document["meters"])))
    if document["materials"]:
        console.print(_table("Material and water", _MATERIALS, map(_material_cells, document["materials"])))
    processes = document["material_costs"]["processes"]
    if any(row["loss_cost"] for row in processes):
        rows = sorted(processes, key=lambda row: -row["loss_cost"])
        console.print(_table(f"Cost of losses [{money}]", _COSTS, map(_cost_cells, rows)))
    for finding in _findings(document):
        console.print(f"{finding['severity']}: {finding['kind']}: {finding['message']}", markup=False)


_METERS = ("main", "period", "amount", "sub-meters", "remainder (90 %)", "%", "coverage")
_MATERIALS = ("process", "kind", "in", "from others", "product", "losses", "closure", "%", "coverage")
_COSTS = ("process", "lost %", "material", "energy", "system", "waste", "loss in all", "product")
_USES = ("process", "resource", "window", "amount", "cost", "CO2e location", "CO2e market", "coverage")
_WORDS = {"main", "period", "process", "kind", "resource", "window"}


def _findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [*document["meters"], *document["materials"], document["material_costs"]]
    return [finding for row in rows for finding in row["findings"]]


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name in _WORDS else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _meter_cells(row: dict[str, Any]) -> tuple[str, ...]:
    remainder = row["remainder"]
    spread = "" if remainder["half_width"] is None else f" ± {remainder['half_width']:,.1f}"
    return (
        row["main"],
        row["period"] or "all",
        _shown(row["main_amount"]),
        _shown(row["subs_amount"]),
        _shown(remainder) + spread,
        _pct(remainder["pct"]),
        f"{remainder['coverage']:.0%}",
    )


def _material_cells(row: dict[str, Any]) -> tuple[str, ...]:
    names = ("inputs", "upstream", "product", "losses", "closure")
    figures = (_shown(row[name]) for name in names)
    return (
        row["process"],
        row["kind"],
        *figures,
        _pct(row["closure"]["pct"]),
        f"{row['closure']['coverage']:.0%}",
    )


def _cost_cells(row: dict[str, Any]) -> tuple[str, ...]:
    names = ("loss_material", "loss_energy", "loss_system", "waste_cost", "loss_cost", "product_cost")
    return (row["process"], f"{100 * row['loss_share']:.1f}", *(f"{row[name]:,.0f}" for name in names))


def _cost_table(document: dict[str, Any]) -> Table:
    table = _table("Cost by time of use, and CO2e", _USES, ())
    for row in document["costs"]:
        total = tuple(_shown(row[name]) for name in ("amount", "cost", "co2e_location", "co2e_market"))
        table.add_row(row["process"], row["resource"], "all", *total, f"{row['amount']['coverage']:.0%}")
        for one in row["windows"] if len(row["windows"]) > 1 else ():
            name = {"": "other hours", None: "no price"}.get(one["window"], one["window"])
            cost = "unknown" if one["cost"] is None else f"{one['cost']:,.0f} {row['cost']['unit']}"
            table.add_row("", "", name, f"{one['amount']:,.1f} {row['amount']['unit']}", cost, "", "", "")
    return table


def _shown(figure: dict[str, Any]) -> str:
    return "unknown" if figure["value"] is None else f"{figure['value']:,.1f} {figure['unit']}"


def _pct(value: float | None) -> str:
    return "" if value is None else f"{value:+z.1f}"
