"""The unit table agrees with an independent library, and a rate integrates to an amount."""

from __future__ import annotations

import pint
import pytest

from domain.units import AMOUNT_OF, CANONICAL, UNITS, Unit, amount_unit, canonical_value

#: our spelling -> pint's, where they differ; None = pint does not know it
SPELLING = {
    "TOE": "tonne_of_oil_equivalent", "MMBtu": "1e6 * BTU", "kcal/h": "kcal/hour", "L/s": "liter/second",
    "hL": "hectoliter", "hl": "hectoliter", "hL/h": "hectoliter/hour", "m3": "meter**3", "m³": "meter**3",
    "ft3": "foot**3", "ft3/min": "foot**3/minute", "m2": "meter**2", "m²": "meter**2", "hp": "horsepower",
    "t": "metric_ton", "t/h": "metric_ton/hour", "gal": "gallon", "gal/min": "gallon/minute", "d": "day",
    "m3/h": "meter**3/hour", "m³/h": "meter**3/hour", "m3/min": "meter**3/minute", "m3/s": "meter**3/second",
    "therm": "1e5 * BTU", "yd": "yard",
}  # fmt: skip
CANONICAL_IN_PINT = {"m3": "meter**3", "m3/h": "meter**3/hour", "m2": "meter**2"}
NOT_IN_PINT = {"pcs", "dozen", "pcs/h", "pcs/min", "%", "ratio", "degC", "°C", "degF", "°F", "K"}

registry = pint.UnitRegistry(cache_folder=None)
comparable = [u for u in UNITS.values() if not u.basis and u.name not in NOT_IN_PINT]


@pytest.mark.parametrize("unit", comparable, ids=lambda unit: unit.name)
def test_factor_agrees_with_pint(unit: Unit) -> None:
    theirs = 1 * registry(SPELLING.get(unit.name, unit.name))
    canonical = CANONICAL_IN_PINT.get(unit.canonical, unit.canonical)
    assert theirs.to(canonical).magnitude == pytest.approx(unit.factor, rel=1e-6)


@pytest.mark.parametrize(
    ("value", "name", "expected"), [(86.0, "degF", 30.0), (300.15, "K", 27.0), (5.0, "°C", 5.0)]
)
def test_temperatures_become_degrees_celsius(value: float, name: str, expected: float) -> None:
    assert canonical_value(value, UNITS[name]) == pytest.approx(expected)


def test_every_dimension_has_a_canonical_unit_with_factor_one() -> None:
    assert {unit.dimension for unit in UNITS.values()} == set(CANONICAL)
    for name in CANONICAL.values():
        assert (UNITS[name].factor, UNITS[name].offset) == (1.0, 0.0)


def test_every_rate_integrates_to_the_amount_of_its_name() -> None:
    for rate, amount in AMOUNT_OF.items():
        unit = UNITS[CANONICAL[rate]]
        assert amount_unit(unit) == CANONICAL[amount]


def test_gas_volumes_at_reference_conditions_say_so() -> None:
    assert UNITS["Nm3"].basis == "normal"
    assert UNITS["Sm3"].basis == "standard"
    assert UNITS["m3"].basis == ""
