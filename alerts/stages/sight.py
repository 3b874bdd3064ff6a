"""Whether what a hotspot says can still be judged: its meters may be silent, or nothing can be evaluated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from alerts.conditions import PLANT_SILENT
from domain.alert import AlertKind, Condition, Sight

Stream = tuple[str, str]

#: troubles in which nothing can be evaluated, and those in which nothing is heard
_ERRORS = frozenset({"store", "analysis"})
_DEAF = frozenset({"broker", PLANT_SILENT})


def with_sight(
    conditions: Iterable[Condition],
    troubles: Collection[str],
    meters: Mapping[Stream, Collection[str]],
) -> list[Condition]:
    """Return the conditions; a hotspot that cannot be judged just now says so.

    It goes blind with the store (error), and with the broker, the whole plant, or all of its meters (no
    data). One that comes blind, because its own analysis fails, stays so. What is blind may hold or not:
    it neither resolves nor is told again.

    Args:
        troubles: keys of the infrastructure troubles that hold.
        meters: process and resource -> ids of the meters.
    """
    given = list(conditions)
    silent = {str(one.facts.get("meter")) for one in given if one.kind is AlertKind.SILENT_METER}
    roots = {key.partition(" ")[0] for key in troubles}
    return [
        replace(one, sight=_sight(one, roots, silent, meters))
        if one.kind is AlertKind.HOTSPOT and one.sight is Sight.SEEN
        else one
        for one in given
    ]


def _sight(
    condition: Condition,
    roots: set[str],
    silent: set[str],
    meters: Mapping[Stream, Collection[str]],
) -> Sight:
    stream = (str(condition.facts.get("process", "")), str(condition.facts.get("resource", "")))
    if roots & _ERRORS:
        return Sight.ERROR
    own = meters.get(stream, ())
    if roots & _DEAF or (own and silent.issuperset(own)):
        return Sight.NO_DATA
    return Sight.SEEN
