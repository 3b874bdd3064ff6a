"""Factory units and their canonical form: a unit is converted once, where a reading enters.

Canonical amounts are kWh, m3 and kg, canonical rates kW, m3/h and kg/h; so a rate integrated over hours
is an amount. A normal (0 degC) or standard cubic metre is kept apart from the actual one by its `basis`:
it has the same canonical name, and mixing the two within one resource is a configuration error.
"""

from __future__ import annotations

from dataclasses import dataclass

ENERGY, VOLUME, MASS = "energy", "volume", "mass"
POWER, VOLUME_FLOW, MASS_FLOW = "power", "volume_flow", "mass_flow"
TEMPERATURE, COUNT, LENGTH, AREA, RATIO, DURATION = (
    "temperature",
    "count",
    "length",
    "area",
    "ratio",
    "duration",
)
COUNT_RATE, LENGTH_RATE = "count_rate", "length_rate"

#: canonical unit of each dimension
CANONICAL = {
    ENERGY: "kWh", VOLUME: "m3", MASS: "kg", POWER: "kW", VOLUME_FLOW: "m3/h", MASS_FLOW: "kg/h",
    TEMPERATURE: "degC", COUNT: "pcs", LENGTH: "m", AREA: "m2", RATIO: "%", DURATION: "h",
    COUNT_RATE: "pcs/h", LENGTH_RATE: "m/h",
}  # fmt: skip

#: the dimension whose integral over time is the amount
AMOUNT_OF = {
    POWER: ENERGY, VOLUME_FLOW: VOLUME, MASS_FLOW: MASS, COUNT_RATE: COUNT, LENGTH_RATE: LENGTH,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a plant writes it. canonical value = value * factor + offset."""

    name: str
    dimension: str
    factor: float
    offset: float = 0.0
    basis: str = ""  # "normal" or "standard" for gas volumes at reference conditions

    @property
    def canonical(self) -> str:
        """Return the canonical unit of this unit's dimension."""
        return CANONICAL[self.dimension]


_GAL, _FT3, _LB = 3.785411784e-3, 0.3048**3, 0.45359237
_ROWS: tuple[tuple[str, str, float], ...] = (
    ("Wh", ENERGY, 1e-3), ("kWh", ENERGY, 1.0), ("MWh", ENERGY, 1e3), ("GWh", ENERGY, 1e6),
    ("J", ENERGY, 1 / 3.6e6), ("kJ", ENERGY, 1 / 3600), ("MJ", ENERGY, 1 / 3.6), ("GJ", ENERGY, 1e3 / 3.6),
    ("kcal", ENERGY, 4.184 / 3600), ("Mcal", ENERGY, 4184 / 3600), ("Gcal", ENERGY, 4.184e6 / 3600),
    ("BTU", ENERGY, 1055.05585262 / 3.6e6), ("MMBtu", ENERGY, 1055.05585262 / 3.6),
    ("therm", ENERGY, 105505585.262 / 3.6e6), ("TOE", ENERGY, 11630.0),
    ("W", POWER, 1e-3), ("kW", POWER, 1.0), ("MW", POWER, 1e3), ("hp", POWER, 0.74569987158227022),
    ("kJ/h", POWER, 1 / 3600), ("MJ/h", POWER, 1 / 3.6), ("GJ/h", POWER, 1e3 / 3.6), ("kcal/h", POWER, 4.184 / 3600),
    ("mL", VOLUME, 1e-6), ("L", VOLUME, 1e-3), ("l", VOLUME, 1e-3), ("hL", VOLUME, 0.1), ("hl", VOLUME, 0.1),
    ("m3", VOLUME, 1.0), ("m³", VOLUME, 1.0), ("gal", VOLUME, _GAL), ("ft3", VOLUME, _FT3),
    ("L/s", VOLUME_FLOW, 3.6), ("L/min", VOLUME_FLOW, 0.06), ("l/min", VOLUME_FLOW, 0.06), ("L/h", VOLUME_FLOW, 1e-3),
    ("l/h", VOLUME_FLOW, 1e-3), ("l/s", VOLUME_FLOW, 3.6), ("hL/h", VOLUME_FLOW, 0.1),
    ("m3/h", VOLUME_FLOW, 1.0), ("m³/h", VOLUME_FLOW, 1.0), ("m3/min", VOLUME_FLOW, 60.0), ("m3/s", VOLUME_FLOW, 3600.0),
    ("gal/min", VOLUME_FLOW, _GAL * 60), ("ft3/min", VOLUME_FLOW, _FT3 * 60),
    ("mg", MASS, 1e-6), ("g", MASS, 1e-3), ("kg", MASS, 1.0), ("t", MASS, 1e3), ("lb", MASS, _LB),
    ("g/s", MASS_FLOW, 3.6), ("kg/s", MASS_FLOW, 3600.0), ("kg/min", MASS_FLOW, 60.0), ("kg/h", MASS_FLOW, 1.0),
    ("t/h", MASS_FLOW, 1e3), ("lb/h", MASS_FLOW, _LB),
    ("degC", TEMPERATURE, 1.0), ("°C", TEMPERATURE, 1.0),
    ("pcs", COUNT, 1.0), ("dozen", COUNT, 12.0), ("pcs/h", COUNT_RATE, 1.0), ("pcs/min", COUNT_RATE, 60.0),
    ("mm", LENGTH, 1e-3), ("m", LENGTH, 1.0), ("km", LENGTH, 1e3), ("yd", LENGTH, 0.9144),
    ("m/h", LENGTH_RATE, 1.0), ("m/min", LENGTH_RATE, 60.0),
    ("m2", AREA, 1.0), ("m²", AREA, 1.0), ("%", RATIO, 1.0), ("ratio", RATIO, 100.0),
    ("s", DURATION, 1 / 3600), ("min", DURATION, 1 / 60), ("h", DURATION, 1.0), ("d", DURATION, 24.0),
)  # fmt: skip
_GAS_ROWS = (
    ("Nm3", VOLUME, 1.0, "normal"), ("Nm³", VOLUME, 1.0, "normal"), ("Sm3", VOLUME, 1.0, "standard"),
    ("NL", VOLUME, 1e-3, "normal"), ("scf", VOLUME, _FT3, "standard"),
    ("Nm3/h", VOLUME_FLOW, 1.0, "normal"), ("Nm³/h", VOLUME_FLOW, 1.0, "normal"), ("Nm3/min", VOLUME_FLOW, 60.0, "normal"),
    ("Sm3/h", VOLUME_FLOW, 1.0, "standard"), ("NL/min", VOLUME_FLOW, 0.06, "normal"), ("scfm", VOLUME_FLOW, _FT3 * 60, "standard"),
)  # fmt: skip

UNITS: dict[str, Unit] = (
    {name: Unit(name, dimension, factor) for name, dimension, factor in _ROWS}
    | {name: Unit(name, dimension, factor, basis=basis) for name, dimension, factor, basis in _GAS_ROWS}
    | {
        "degF": Unit("degF", TEMPERATURE, 5 / 9, -160 / 9),
        "°F": Unit("°F", TEMPERATURE, 5 / 9, -160 / 9),
        "K": Unit("K", TEMPERATURE, 1.0, -273.15),
    }
)
#: canonical units that people write otherwise
SIGNS = {"degC": "°C", "m3/h": "m³/h", "m3": "m³", "m2": "m²"}


def canonical_value(value: float, unit: Unit) -> float:
    """Return `value`, given in `unit`, in the canonical unit of its dimension.

    >>> canonical_value(2.0, UNITS["MWh"])
    2000.0
    >>> round(canonical_value(86.0, UNITS["degF"]), 6)
    30.0
    """
    return value * unit.factor + unit.offset


def as_written(canonical: str) -> str:
    """Return a canonical unit as people write it.

    >>> as_written("m3/h"), as_written("kWh")
    ('m³/h', 'kWh')
    """
    return SIGNS.get(canonical, canonical)


def amount_unit(unit: Unit) -> str:
    """Return the canonical unit of the amount that `unit` measures: itself, or its integral over hours.

    >>> amount_unit(UNITS["L/min"]), amount_unit(UNITS["GJ"])
    ('m3', 'kWh')
    """
    return CANONICAL[AMOUNT_OF.get(unit.dimension, unit.dimension)]
