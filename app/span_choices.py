"""What can be asked for on pages that show a span of time, from the plant file."""

from __future__ import annotations

from analytics.enpi.outputs import outputs_of
from domain.plant import Plant
from domain.ports import Clock, Ledger
from domain.stories import told_once
from web.span_choices import Choices, StreamName


def span_choices(plant: Plant, ledger: Ledger, clock: Clock) -> Choices:
    """Return the streams by the names of their processes, the shifts, and what each process makes."""
    streams = [
        StreamName(
            process, plant.processes[process].name, resource, plant.resources[resource].name,
            plant.resources[resource].unit,
        )
        for process, resource in plant.streams()
    ]  # fmt: skip
    made = {name: [one.id for one in outputs_of(plant, name)] for name in plant.processes}

    def dearest() -> tuple[str, str] | None:
        with ledger.begin() as tx:
            costs = [(one.cost_per_hour or 0.0, one) for one in told_once(tx.hotspots(open_only=True))]
        found = max(costs, key=lambda pair: pair[0], default=None)
        return None if found is None else (found[1].process, found[1].resource)

    return Choices(
        plant.timezone, sorted(streams, key=lambda one: (one.process_name, one.process, one.resource_name)),
        [shift.name for shift in plant.shifts], {name: ids for name, ids in made.items() if ids},
        clock.now, dearest, plant.currency,
    )  # fmt: skip
