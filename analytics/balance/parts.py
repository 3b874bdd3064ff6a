"""What a process's balance is made of: which meters and variables go in, come out, or lie there."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.enpi.outputs import outputs_of
from domain.meter import Flow, Meter, Variable
from domain.plant import Plant
from domain.resource import ResourceKind
from domain.units import amount_unit

#: what can be balanced: what goes in is still there when it comes out
BALANCED = (ResourceKind.MATERIAL, ResourceKind.WATER)


@dataclass(frozen=True, slots=True)
class Parts:
    """One kind of resource in one unit at one process."""

    process: str
    kind: ResourceKind
    unit: str
    inputs: tuple[Meter, ...]
    products: tuple[Meter | Variable, ...]
    losses: tuple[Meter, ...]
    stocks: tuple[Variable, ...]
    feeders: tuple[tuple[str, float | None], ...]  # who feeds it which share of its product; None = unknown

    @property
    def flows(self) -> tuple[Meter | Variable, ...]:
        """Return all that is counted over time at the process."""
        return (*self.inputs, *self.products, *self.losses)


def parts_of(plant: Plant, process: str) -> list[Parts]:
    """Return what can be balanced at a process: material by unit, and water.

    An output counts as material where the process has material of its unit, else as water.
    """
    meters = [one for one in plant.meters.values() if one.process == process]
    groups = {
        (plant.resources[one.resource].kind, plant.resources[one.resource].unit)
        for one in meters
        if plant.resources[one.resource].kind in BALANCED
    }
    if feeders_of(plant, process):
        groups |= {(ResourceKind.MATERIAL, amount_unit(one.unit)) for one in products_of(plant, process)}
    return [_parts(plant, process, *group, groups) for group in sorted(groups) if group[1] in {"kg", "m3"}]


def products_of(plant: Plant, process: str) -> tuple[Variable, ...]:
    """Return the variables that count what a process makes: its `output`, else those that are its alone.

    What several processes list among their variables drives them all, and is the product of one of them
    only; which one, the plant file has to say.
    """
    if plant.processes[process].output:
        return outputs_of(plant, process)
    others = {name for other in plant.processes.values() if other.id != process for name in other.variables}
    return tuple(one for one in outputs_of(plant, process) if one.id not in others)


def _parts(
    plant: Plant,
    process: str,
    kind: ResourceKind,
    unit: str,
    groups: set[tuple[ResourceKind, str]],
) -> Parts:
    def of(flow: Flow) -> tuple[Meter, ...]:
        found = (
            one
            for one in plant.meters.values()
            if one.process == process
            and one.flow is flow
            and (plant.resources[one.resource].kind, plant.resources[one.resource].unit) == (kind, unit)
        )
        return tuple(sorted(found, key=lambda one: one.id))

    is_first = kind is ResourceKind.MATERIAL or (ResourceKind.MATERIAL, unit) not in groups
    variables = tuple(
        one for one in products_of(plant, process) if is_first and amount_unit(one.unit) == unit
    )
    stocks = (plant.variables[name] for name in plant.processes[process].stock)
    return Parts(
        process=process,
        kind=kind,
        unit=unit,
        inputs=of(Flow.INPUT),
        products=(*of(Flow.PRODUCT), *variables),
        losses=of(Flow.LOSS),
        stocks=tuple(one for one in stocks if is_first and one.unit.canonical == unit),
        feeders=feeders_of(plant, process) if kind is ResourceKind.MATERIAL else (),
    )


def feeders_of(plant: Plant, process: str) -> tuple[tuple[str, float | None], ...]:
    """Return which processes feed one, and the share of their product that they pass on; None = not known."""
    return tuple(
        (other.id, feed_share(plant, other.id, process))
        for other in plant.processes.values()
        if process in other.feeds
    )


def feed_share(plant: Plant, giver: str, taker: str) -> float | None:
    """Return the share of a process's product that goes on to another; None where nobody says.

    A process that feeds one other only, and says no share, passes on all of its product.
    """
    process = plant.processes[giver]
    shares = dict(process.feed_shares)
    if taker in shares:
        return shares[taker]
    return 1.0 if not shares and len(set(process.feeds)) == 1 else None
