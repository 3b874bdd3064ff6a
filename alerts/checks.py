"""What to check first: three steps per probable cause and kind of resource, for who stands at the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.checks_table import ANY_TROUBLE, BY_GROUP, INFRASTRUCTURE, SAME_EVERYWHERE, SILENT, Steps
from domain.alert import AlertKind
from domain.hotspot import Cause

#: resource id -> the table it is looked up in; a resource that is not here goes by its kind
_GROUPS = {
    "electricity": "electricity", "power": "electricity",
    "gas": "fuel", "natural_gas": "fuel", "lpg": "fuel", "lng": "fuel", "cng": "fuel", "diesel": "fuel",
    "fuel_oil": "fuel", "coal": "fuel", "biomass": "fuel",
    "steam": "steam", "hot_water": "steam", "heat": "steam",
    "compressed_air": "air", "nitrogen": "air",
}  # fmt: skip
_KINDS = {"water": "water", "material": "material"}


def first_checks(kind: AlertKind, facts: Mapping[str, Any]) -> Steps:
    """Return the three steps to take first, untranslated, from an alert's facts."""
    if kind is AlertKind.SILENT_METER:
        return SILENT
    if kind is AlertKind.INFRASTRUCTURE:
        return INFRASTRUCTURE.get(str(facts.get("problem")).partition(" ")[0], ANY_TROUBLE)
    cause = as_cause(facts)
    return SAME_EVERYWHERE.get(cause) or BY_GROUP[_group(facts)][cause]


def as_cause(facts: Mapping[str, Any]) -> Cause:
    """Return the facts' probable cause; unknown for one this version has no words for."""
    text = str(facts.get("cause"))
    return Cause(text) if text in set(Cause) else Cause.UNKNOWN


def _group(facts: Mapping[str, Any]) -> str:
    kind = str(facts.get("resource_kind"))
    return _GROUPS.get(str(facts.get("resource"))) or _KINDS.get(kind, "energy")
