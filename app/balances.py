"""The balances of a plant over a window: meters, material, and what losses cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from analytics.balance.centres import quantity_centres
from analytics.balance.links import cost_links, meter_links
from analytics.balance.mains import main_balance, main_meters
from analytics.balance.material_cost import flow_costs
from analytics.balance.materials import material_balances
from analytics.enpi.costs import Cost, carbon_by_factor, costs, costs_by_window
from analytics.enpi.outputs import outputs_of
from analytics.frames import block_days, block_windows, consumed, stream_frame, stream_of
from app.baselines import finding_json
from app.indicators import figure_row
from app.judged import Window
from domain.amendment import Amendment
from domain.balance import Centre, CentreCost, MaterialBalance, MeterBalance
from domain.baseline import Finding, Severity
from domain.enpi import Every
from domain.errors import RefusedError
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.ports import SeriesStore


@dataclass(frozen=True, slots=True)
class MaterialCosts:
    """What losses cost in a window by process; empty where that cannot be said, with the finding why."""

    centres: tuple[Centre, ...]
    costs: tuple[CentreCost, ...]
    findings: tuple[Finding, ...]


def window_consumption(
    plant: Plant, store: SeriesStore, window: Window, amendments: Sequence[Amendment] = ()
) -> pl.DataFrame:
    """Return the CONSUMPTION frame of every meter, output and stock of a plant that has any.

    Raises:
        StoreError: the store cannot be read.
    """
    names = {name for process in plant.processes.values() for name in process.stock}
    names |= {one.id for process in plant.processes for one in outputs_of(plant, process)}
    wanted: list[Meter | Variable] = [
        *plant.meters.values(),
        *(plant.variables[one] for one in sorted(names)),
    ]
    days = block_days(wanted, plant.interval_s)
    blocks = [
        consumed(plant, store, wanted, start, end, amendments) for start, end in block_windows(*window, days)
    ]
    return pl.concat(blocks).sort("meter", "start")


def meter_balances(found: pl.DataFrame, plant: Plant, every: Every = Every.WHOLE) -> list[MeterBalance]:
    """Return the balance of every main meter, period by period."""
    return [one for main in main_meters(plant) for one in main_balance(found, plant, main.id, every)]


def all_material_balances(found: pl.DataFrame, plant: Plant) -> list[MaterialBalance]:
    """Return the material and water balances of every process that can be balanced."""
    return [one for process in plant.processes for one in material_balances(found, plant, process)]


def material_costs(found: pl.DataFrame, plant: Plant, window: Window) -> MaterialCosts:
    """Return what the losses of every process cost."""
    hours = (window[1] - window[0]).total_seconds() / 3600.0
    centres, doubts = quantity_centres(found, plant, hours)
    try:
        answers = flow_costs(centres)
    except RefusedError as closed:
        loop = Finding("closed_loop", Severity.WARNING, str(closed), *window)
        return MaterialCosts((), (), (loop, *doubts))
    return MaterialCosts(tuple(centres), tuple(answers), tuple(doubts))


def balance_document(
    plant: Plant, store: SeriesStore, window: Window, every: Every, amendments: Sequence[Amendment] = ()
) -> dict[str, Any]:
    """Return all balances of a window as JSON values."""
    found = window_consumption(plant, store, window, amendments)
    mains, mfca = meter_balances(found, plant, every), material_costs(found, plant, window)
    whole = mains if every is Every.WHOLE else meter_balances(found, plant)
    return {
        "plant": plant.name,
        "window": [at.isoformat() for at in window],
        "currency": plant.currency,
        "meters": [meter_balance_row(one) for one in mains],
        "materials": [material_row(one) for one in all_material_balances(found, plant)],
        "material_costs": {
            "processes": [cost_row(*pair) for pair in zip(mfca.centres, mfca.costs, strict=True)],
            "findings": [finding_json(one) for one in mfca.findings],
        },
        "links": {
            "meters": meter_links(whole).to_dicts(),
            "costs": cost_links(mfca.centres, mfca.costs).to_dicts(),
        },
    }


def meter_balance_row(one: MeterBalance) -> dict[str, Any]:
    """Return a main meter's balance as JSON values."""
    return {
        "main": one.main,
        "resource": one.resource,
        "period": one.period or None,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "main_amount": figure_row(one.main_amount),
        "subs": dict(one.sub_amounts),
        "subs_amount": figure_row(one.subs_amount),
        "remainder": figure_row(one.remainder) | {"half_width": one.half_width, "pct": one.pct},
        "findings": [finding_json(finding) for finding in one.findings],
    }


def material_row(one: MaterialBalance) -> dict[str, Any]:
    """Return a material balance as JSON values."""
    names = ("inputs", "upstream", "opening", "product", "losses", "closing")
    figures = {name: figure_row(getattr(one, name)) for name in names}
    return {
        "process": one.process,
        "kind": one.kind,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        **figures,
        "closure": figure_row(one.closure) | {"half_width": one.half_width, "pct": one.pct},
        "findings": [finding_json(finding) for finding in one.findings],
    }


def cost_row(centre: Centre, cost: CentreCost) -> dict[str, Any]:
    """Return what a quantity centre's loss and product cost as JSON values [plant currency]."""
    own = {key: value for key, value in asdict(centre).items() if key not in {"process", "feeds"}}
    return own | asdict(cost) | {"fed": dict(cost.fed), "loss_cost": cost.loss_cost}


def cost_document(
    plant: Plant,
    store: SeriesStore,
    window: Window,
    pairs: Sequence[tuple[str, str]],
    amendments: Sequence[Amendment] = (),
) -> dict[str, Any]:
    """Return what each process's use cost by time of use, and emitted by factor, as JSON values."""
    rows = []
    for pair in pairs:
        frame = stream_frame(plant, store, stream_of(plant, *pair), *window, amendments)
        carbon = carbon_by_factor(frame, plant, pair[1]).with_columns(pl.col("since").dt.strftime("%Y-%m-%d"))
        windows = costs_by_window(frame, plant, pair[1]).to_dicts()
        rows.append(_cost(costs(frame, plant, *pair)) | {"windows": windows, "factors": carbon.to_dicts()})
    return {
        "plant": plant.name,
        "window": [at.isoformat() for at in window],
        "currency": plant.currency,
        "costs": rows,
    }


def _cost(one: Cost) -> dict[str, Any]:
    return {
        "process": one.process,
        "resource": one.resource,
        "amount": figure_row(one.amount),
        "cost": figure_row(one.cost),
        "co2e_location": figure_row(one.co2e_location),
        "co2e_market": figure_row(one.co2e_market),
    }
