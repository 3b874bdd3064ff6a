"""Which processes and resources add up to the plant, each amount once."""

from __future__ import annotations

from domain.meter import Flow
from domain.plant import Plant


def cost_streams(plant: Plant) -> tuple[tuple[str, str], ...]:
    """Return every (process, resource) whose excess costs something: all but products, sorted."""
    return tuple(
        pair
        for pair in plant.streams()
        if any(meter.flow is not Flow.PRODUCT for meter in plant.meters_of(*pair))
    )


def top_streams(plant: Plant) -> tuple[tuple[str, str], ...]:
    """Return the (process, resource) pairs that add up to the plant: no main meter holds them already."""
    return tuple(
        pair for pair in cost_streams(plant) if any(not meter.under for meter in plant.meters_of(*pair))
    )
