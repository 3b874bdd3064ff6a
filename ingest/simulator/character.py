"""How each resource is used: what runs day and night, what comes with work, output and weather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.resource import Resource
from domain.units import AREA, COUNT, ENERGY, LENGTH, MASS, VOLUME
from ingest.simulator.production import EVEN


@dataclass(frozen=True, slots=True)
class Character:
    """One process's use of one resource, in the resource's canonical unit (kWh, m3, kg) per hour.

    Orders of magnitude of a medium-sized works; each process draws its own factors around them.
    """

    unit: str
    base: float  # day and night
    working: float  # more while the plant works, whatever the output
    use: Mapping[str, float]  # per canonical unit of output, by the output's dimension
    noise: float  # relative standard deviation of what is left unexplained
    heating: tuple[float, float] = (0.0, 0.0)  # (per K, below degC)
    cooling: tuple[float, float] = (0.0, 0.0)  # (per K, above degC)
    recipe: tuple[float, ...] = EVEN  # relative intensity over the quarters of a batch


_FILL_AND_RINSE = (1.25, 0.85, 0.75, 1.15)
_HEAT_UP = (1.1, 1.35, 0.95, 0.6)

CHARACTERS: dict[str, Character] = {
    "electricity": Character(
        unit="kWh", base=9.0, working=14.0, noise=0.035, cooling=(0.9, 8.0),
        use={MASS: 0.40, VOLUME: 42.0, COUNT: 0.012, LENGTH: 0.09, AREA: 0.06, ENERGY: 0.03},
    ),
    "gas": Character(
        unit="kWh", base=24.0, working=30.0, noise=0.045, heating=(3.0, 24.0), recipe=_HEAT_UP,
        use={MASS: 2.6, VOLUME: 170.0, COUNT: 0.045, LENGTH: 0.7, AREA: 0.5, ENERGY: 1.15},
    ),
    "steam": Character(
        unit="kg", base=24.0, working=32.0, noise=0.05, heating=(3.2, 24.0), recipe=_HEAT_UP,
        use={MASS: 3.2, VOLUME: 215.0, COUNT: 0.06, LENGTH: 0.85, AREA: 0.65, ENERGY: 1.45},
    ),
    "compressed_air": Character(
        unit="m3", base=22.0, working=40.0, noise=0.05,
        use={MASS: 0.45, VOLUME: 14.0, COUNT: 0.06, LENGTH: 0.1, AREA: 0.08, ENERGY: 0.02},
    ),
    "water": Character(
        unit="m3", base=0.3, working=0.5, noise=0.05, cooling=(0.01, 24.0), recipe=_FILL_AND_RINSE,
        use={MASS: 0.045, VOLUME: 1.6, COUNT: 0.0009, LENGTH: 0.012, AREA: 0.009, ENERGY: 0.0015},
    ),
    "wastewater": Character(
        unit="m3", base=0.25, working=0.4, noise=0.06,
        use={MASS: 0.04, VOLUME: 1.3, COUNT: 0.0008, LENGTH: 0.010, AREA: 0.008, ENERGY: 0.0004},
    ),
}  # fmt: skip

#: what is not in the table, by its canonical unit
_BY_UNIT = {
    "kWh": CHARACTERS["gas"],
    "m3": CHARACTERS["water"],
    "kg": Character(
        unit="kg", base=0.0, working=0.2, noise=0.06,
        use={MASS: 0.06, VOLUME: 170.0, COUNT: 0.004, LENGTH: 0.012, AREA: 0.01, ENERGY: 0.001},
    ),
}  # fmt: skip


def character_of(resource: Resource) -> Character:
    """Return a resource's character: its own row, else that of anything counted in its unit."""
    own = CHARACTERS.get(resource.id)
    return own if own is not None and own.unit == resource.unit else _BY_UNIT[resource.unit]
