"""Where a process stands in the flow chart: what feeds it, and what it feeds."""

from __future__ import annotations

from domain.plant import Plant

#: steps that are shown before a process
UPSTREAM = 3


def flow_path(plant: Plant, process: str) -> list[str]:
    """Return the names of the steps that lead to a process, itself, and the step after it.

    Of several feeders the first in the plant file is followed; a loop is gone through once. Empty where
    nothing feeds it and it feeds nothing, or it is not known.
    """
    if process not in plant.processes:
        return []
    before: list[str] = []
    here = process
    while len(before) < UPSTREAM:
        feeders = [one.id for one in plant.processes.values() if here in one.feeds]
        feeders = [one for one in feeders if one not in {process, *before}]
        if not feeders:
            break
        here = feeders[0]
        before.append(here)
    after = [one for one in plant.processes[process].feeds if one in plant.processes and one != process][:1]
    path = [*reversed(before), process, *after]
    return [plant.processes[one].name for one in path] if len(path) > 1 else []
