"""The unit that a birth names, against the one that the plant file declares."""

from __future__ import annotations

from domain.units import UNITS, Unit
from ingest.targets import Target

_SPELLED = str.maketrans({"³": "3", "²": "2", "°": "deg", " ": None, "·": None})
_SAME = 1e-9


def unit_doubt(named: str, target: Target) -> str:
    """Return what a person should look at, "" where the units agree or nobody can say.

    >>> unit_doubt("m³/h", Target("dye.water", unit=UNITS["L/min"]))
    'dye.water: the edge node says m³/h, the plant file L/min'
    """
    theirs, ours = _unit(named), target.unit
    if theirs is None or ours is None or _same(theirs, ours):
        return ""
    return f"{target.id}: the edge node says {named[:40]}, the plant file {ours.name}"


def _unit(named: str) -> Unit | None:
    written = named.translate(_SPELLED)
    alike = [unit for name, unit in UNITS.items() if name.lower() == written.lower()]
    return UNITS.get(written) or (alike[0] if len(alike) == 1 else None)


def _same(one: Unit, other: Unit) -> bool:
    near = abs(one.factor - other.factor) <= _SAME * abs(other.factor)
    return one.dimension == other.dimension and near and one.offset == other.offset
