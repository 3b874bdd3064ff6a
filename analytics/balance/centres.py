"""Consumption of a window -> quantity centres: what was spent in each process, and which share was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analytics.balance.mains import meters_under
from analytics.balance.materials import material_balances
from analytics.balance.parts import feed_share
from analytics.pricing import price_at
from domain.balance import Centre, MaterialBalance
from domain.baseline import Finding, Severity
from domain.consumption import Quality
from domain.meter import Flow, Meter
from domain.plant import Plant
from domain.resource import ResourceKind

#: costs of material flow are shared out by mass
MASS_UNIT = "kg"


@dataclass(frozen=True, slots=True)
class Priced:
    """What some meters cost in a window, and of how many of their intervals that is known."""

    cost: float
    n: int
    intervals: int
    unpriced: tuple[str, ...] = ()  # meters of which nothing could be priced


def quantity_centres(
    consumed: pl.DataFrame, plant: Plant, hours: float
) -> tuple[list[Centre], list[Finding]]:
    """Return every process as a quantity centre, and what is not known of it.

    - material: what input meters of material count, at its price.
    - energy: what input meters of energy and water count, less what meters under them count elsewhere.
    - system: `system_cost_per_hour` times the window's hours.
    - loss share: of the mass that entered, by the process's material balance in kg; without a meter of
      losses, what is missing from the product is lost.
    - waste: metered losses at the price of their resource (wastewater too), else at `waste_cost` per kg.

    What is not known is not in the figures, and there is a finding for it.

    Args:
        consumed: CONSUMPTION frame of all meters and variables of the plant.
        plant: prices, flows, costs.
        hours: length of the window.
    """
    found: list[Finding] = []
    centres = [_centre(consumed, plant, name, hours, found) for name in plant.processes]
    return centres, found


def _centre(consumed: pl.DataFrame, plant: Plant, name: str, hours: float, findings: list[Finding]) -> Centre:
    process = plant.processes[name]
    meters = [one for one in plant.meters.values() if one.process == name]
    inputs = [one for one in meters if one.flow is Flow.INPUT]
    materials = [one for one in inputs if _kind(plant, one) is ResourceKind.MATERIAL]
    carriers = [one for one in inputs if _kind(plant, one) is not ResourceKind.MATERIAL]
    material, energy = cost_of(consumed, plant, materials), cost_of(consumed, plant, carriers)
    elsewhere = cost_of(consumed, plant, [sub for one in carriers for sub in meters_under(plant, one.id)])
    findings += _unknown_costs(name, material, energy)
    if process.system_cost_per_hour is None:
        findings.append(_finding(name, "system_cost_unknown", "give it system_cost_per_hour"))
    share, lost, unmetered = _loss(consumed, plant, name, findings)
    waste = _waste(consumed, plant, name, lost if unmetered else 0.0, findings)
    return Centre(
        process=name,
        material_cost=material.cost,
        energy_cost=energy.cost - elsewhere.cost,
        system_cost=(process.system_cost_per_hour or 0.0) * hours,
        waste_cost=waste,
        loss_share=share,
        feeds=_feeds(plant, name, findings),
    )


def cost_of(consumed: pl.DataFrame, plant: Plant, meters: Sequence[Meter]) -> Priced:
    """Return what meters' amounts cost by the price of each interval, over all that is known."""
    cost, n, intervals, unpriced = 0.0, 0, 0, []
    for one in meters:
        mine = consumed.filter(pl.col("meter") == one.id, pl.col("quality") != str(Quality.RESET))
        paid = mine["amount"] * price_at(mine["start"], plant.resources[one.resource], plant)
        known = paid.drop_nulls()
        cost += float(known.sum())
        n, intervals = n + known.len(), intervals + consumed["start"].n_unique()
        if known.is_empty():
            unpriced.append(one.id)
    return Priced(cost, n, intervals, tuple(unpriced))


def _kind(plant: Plant, meter: Meter) -> ResourceKind:
    return plant.resources[meter.resource].kind


def _finding(process: str, kind: str, message: str, severity: Severity = Severity.INFO) -> Finding:
    return Finding(kind, severity, f"{process}: {message}", evidence={"process": process})


def _unknown_costs(process: str, *costs: Priced) -> list[Finding]:
    names = [name for one in costs for name in one.unpriced]
    if not names:
        return []
    message = f"no cost is known of {', '.join(names)}: no amounts, or no price then"
    return [_finding(process, "cost_unknown", message, Severity.WARNING)]


def _loss(
    consumed: pl.DataFrame, plant: Plant, process: str, findings: list[Finding]
) -> tuple[float, float, bool]:
    """Return the share lost, the mass lost [kg], and whether nothing measures it."""
    balances = [
        one
        for one in material_balances(consumed, plant, process)
        if one.kind == str(ResourceKind.MATERIAL) and one.closure.unit == MASS_UNIT
    ]
    entered = sum(_entered(one) for one in balances)
    has_meter = any(
        one.process == process
        and one.flow is Flow.LOSS
        and _kind(plant, one) is ResourceKind.MATERIAL
        and plant.resources[one.resource].unit == MASS_UNIT
        for one in plant.meters.values()
    )
    if not balances or entered <= 0.0:
        findings.append(
            _finding(process, "loss_unknown", "no material in kg is balanced: all goes with the product")
        )
        return 0.0, 0.0, False
    (balance,) = balances
    lost = balance.losses.value if has_meter else balance.closure.value
    if lost is None:
        findings.append(
            _finding(process, "loss_unknown", "its balance is not known: all goes with the product")
        )
        return 0.0, 0.0, False
    if not 0.0 <= lost <= entered:
        message = f"{lost:,.4g} of {entered:,.4g} kg lost is not possible: see its balance"
        findings.append(_finding(process, "loss_impossible", message, Severity.WARNING))
    lost = min(max(lost, 0.0), entered)
    return lost / entered, lost, not has_meter


def _entered(balance: MaterialBalance) -> float:
    """Return the mass that was there to become product [kg]: what came in, and what stock gave."""
    taken = (balance.opening.value or 0.0) - (balance.closing.value or 0.0)
    return (balance.inputs.value or 0.0) + (balance.upstream.value or 0.0) + taken


def _waste(
    consumed: pl.DataFrame, plant: Plant, process: str, unmetered: float, findings: list[Finding]
) -> float:
    """Return what handling the losses costs [currency]."""
    rate = plant.processes[process].waste_cost
    total = unmetered * (rate or 0.0)
    unknown = ["its unmetered loss"] if unmetered > 0.0 and rate is None else []
    for one in plant.meters.values():
        if one.process != process or one.flow is not Flow.LOSS:
            continue
        if plant.resources[one.resource].prices:
            total += cost_of(consumed, plant, [one]).cost
        elif rate is not None and plant.resources[one.resource].unit == MASS_UNIT:
            total += float(consumed.filter(pl.col("meter") == one.id)["amount"].sum()) * rate
        else:
            unknown.append(one.id)
    if unknown:
        message = (
            f"handling {', '.join(unknown)} has no cost: give the resource a price, or the process waste_cost"
        )
        findings.append(_finding(process, "waste_cost_unknown", message))
    return total


def _feeds(plant: Plant, process: str, findings: list[Finding]) -> tuple[tuple[str, float], ...]:
    """Return the shares of its product; those that nobody knows leave the plant, with a finding."""
    shares = [
        (taker, feed_share(plant, process, taker)) for taker in dict.fromkeys(plant.processes[process].feeds)
    ]
    known = tuple((taker, share) for taker, share in shares if share is not None)
    if len(known) < len(shares):
        message = "feeds several processes: without feed_shares its cost is not passed on"
        findings.append(_finding(process, "feed_shares_unknown", message, Severity.WARNING))
    return known
