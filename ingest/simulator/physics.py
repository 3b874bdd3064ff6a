"""The true rates: what each meter's pipe or cable carries, and what each relevant variable is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.units import AMOUNT_OF, MASS, RATIO, TEMPERATURE
from ingest.simulator.character import Character, character_of
from ingest.simulator.paging import STEPS, Floats, Pages, generator, smooth_noise
from ingest.simulator.production import (
    NOMINAL_PER_HOUR,
    Production,
    line_of,
    output_dimension,
)
from ingest.simulator.weather import outdoor_temperature
from ingest.simulator.working import WorkingTime


@dataclass(frozen=True, slots=True)
class Demand:
    """One meter's share in what its process uses: drawn once, canonical units per hour."""

    base: float
    working: float
    heating: float  # per K
    cooling: float  # per K
    per_output: dict[str, float]  # by variable: canonical unit per unit of output
    nominal: float  # at full work, mild weather


class Physics:
    """True rates by weekly page, without faults. Rates are canonical units per hour."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant = plant
        self.seed = seed
        self.working = WorkingTime(plant)
        self.production = Production(plant, seed, self.working)
        self._rates: Pages[Floats] = Pages(6 * (len(plant.meters) + len(plant.variables)) + 6)
        self._demands: dict[str, Demand] = {}

    def rate(self, meter: str, page: int) -> Floats:
        """Return what a meter's pipe or cable carries in each step of a page, never below zero."""
        return self._rates.get(meter, page, lambda: self._meter_rate(self.plant.meters[meter], page))

    def variable(self, variable: str, page: int) -> Floats:
        """Return a variable in each step of a page: a rate per hour, or a level such as a temperature."""
        return self._rates.get(variable, page, lambda: self._level(self.plant.variables[variable], page))

    def demand(self, meter: str) -> Demand:
        """Return what a meter's consumption is made of."""
        if meter not in self._demands:
            self._demands[meter] = self._draw(self.plant.meters[meter])
        return self._demands[meter]

    def nominal(self, name: str) -> float:
        """Return the size of a meter's or variable's rate at work: it sets an instrument's resolution."""
        if name in self.plant.meters:
            return self.demand(name).nominal
        variable = self.plant.variables[name]
        return line_of(self.seed, variable).per_hour if output_dimension(variable) else 100.0

    def temperature(self, page: int) -> Floats:
        """Return the outdoor temperature [degC] in each step of a page."""
        return self._rates.get("", page, lambda: outdoor_temperature(self.plant, self.seed, page))

    def _meter_rate(self, meter: Meter, page: int) -> Floats:
        character = character_of(self.plant.resources[meter.resource])
        demand = self.demand(meter.id)
        rate = demand.base + demand.working * self.working.share(page)
        for variable, per_output in demand.per_output.items():
            rate = rate + per_output * self.production.rate(variable, page, character.recipe)
        if demand.heating or demand.cooling:
            outside = self.temperature(page)
            rate = rate + demand.heating * np.maximum(0.0, character.heating[1] - outside)
            rate = rate + demand.cooling * np.maximum(0.0, outside - character.cooling[1])
        return np.maximum(0.0, rate * (1.0 + character.noise * self._noise(meter.id, page)))

    def _noise(self, name: str, page: int) -> Floats:
        """Return noise of variance near 1 that lasts hours, a quarter of an hour, and a minute."""
        slow = smooth_noise(self.seed, name, page, 6 * 3600)
        fast = smooth_noise(self.seed, name, page, 15 * 60)
        white = generator(self.seed, name, "white", page).standard_normal(STEPS)
        return 0.9 * slow + 0.7 * fast + 0.35 * white

    def _level(self, variable: Variable, page: int) -> Floats:
        if output_dimension(variable):
            return self.production.rate(variable.id, page)
        if variable.unit.dimension == TEMPERATURE:
            return self.temperature(page)
        level = smooth_noise(self.seed, variable.id, page, 6 * 3600)
        if variable.unit.dimension == RATIO:
            return np.clip(65.0 + 15.0 * level, 0.0, 100.0)
        rate = 10.0 * np.maximum(0.0, 1.0 + 0.1 * level)
        return rate if variable.unit.dimension in AMOUNT_OF else rate * self.working.share(page)

    def _draw(self, meter: Meter) -> Demand:
        character = character_of(self.plant.resources[meter.resource])
        process = self.plant.processes[meter.process]
        among = len(self.plant.meters_of(meter.process, meter.resource))
        draw = generator(self.seed, meter.process, meter.resource, "demand").uniform
        size = draw(0.85, 1.2) / among
        per_output = self._per_output(character, process.variables, size)
        base = character.base * draw(0.75, 1.35) * max(1, len(per_output)) / among
        weather = any(self.plant.variables[v].unit.dimension == TEMPERATURE for v in process.variables)
        working = character.working * size if per_output else _unmeasured(character) * size
        lines = (line_of(self.seed, self.plant.variables[v]).per_hour * use for v, use in per_output.items())
        return Demand(
            base=base,
            working=working,
            heating=character.heating[0] * size if weather else 0.0,
            cooling=character.cooling[0] * size if weather else 0.0,
            per_output=per_output,
            nominal=base + working + sum(lines),
        )

    def _per_output(self, character: Character, variables: tuple[str, ...], size: float) -> dict[str, float]:
        dimensions = {v: output_dimension(self.plant.variables[v]) for v in variables}
        return {v: character.use[found] * size for v, found in dimensions.items() if found}


def _unmeasured(character: Character) -> float:
    """Return the use while the plant works of a process whose output nobody measures."""
    return character.working + 0.5 * character.use[MASS] * NOMINAL_PER_HOUR[MASS]
