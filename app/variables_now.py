"""What drives each process just now: the relevant variables, over the last hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from analytics.frames import consumed
from analytics.readiness import floor_to
from app.live import WINDOW
from domain.amendment import in_force
from domain.meter import MeterKind, Variable
from domain.plant import Plant, Process
from domain.ports import Ledger, SeriesStore
from domain.units import amount_unit, as_written
from web.pages.plant import VariableNow


def variables_now(plant: Plant, store: SeriesStore, ledger: Ledger, now: datetime) -> dict[str, float]:
    """Return variable -> its mean over the last hour, of counters per hour; what is not known is not there.

    Raises:
        StoreError: the store cannot be read.
    """
    wanted = sorted({name for process in plant.processes.values() for name in process.variables})
    if not wanted:
        return {}
    with ledger.begin() as tx:
        amendments = in_force(tx.amendments())
    end = floor_to(now, plant.interval_s)
    start = floor_to(end - WINDOW, plant.interval_s)
    variables = [plant.variables[name] for name in wanted]
    frame = consumed(plant, store, variables, start, end, amendments)
    per_hour = 3600.0 / plant.interval_s
    means = frame.group_by("meter").agg(pl.col("mean").mean(), pl.col("amount").mean() * per_hour)
    found = {meter: (mean, amount) for meter, mean, amount in means.select("meter", "mean", "amount").rows()}
    values = {one.id: found.get(one.id, (None, None))[one.kind is not MeterKind.GAUGE] for one in variables}
    return {name: value for name, value in values.items() if value is not None}


def driven(plant: Plant, process: Process, values: Mapping[str, float]) -> tuple[VariableNow, ...]:
    """Return what drives a process now, in the plant file's order."""
    known = [plant.variables[name] for name in process.variables if name in values]
    return tuple(VariableNow(one.id, _name(one, process), values[one.id], _unit(one)) for one in known)


def _name(variable: Variable, process: Process) -> str:
    """Return a variable's name beside its process's: "output", of another's "dye line 1 output"."""
    return variable.id.removeprefix(f"{process.id}.").replace(".", " ").replace("_", " ")


def _unit(variable: Variable) -> str:
    if variable.kind is MeterKind.GAUGE:
        return as_written(variable.unit.canonical)
    amount = amount_unit(variable.unit)
    return f"{as_written(amount)}/h"
