"""One loss, one story: which hotspots are about the same thing, found in several ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.hotspot import Hotspot, HotspotKind, is_ruled

#: kinds that are one story when they hold at the same time at the same process and resource
STORIES = (
    frozenset(
        {
            HotspotKind.DRIFT,
            HotspotKind.CONTINUOUS_FLOW,
            HotspotKind.NIGHT_FLOW,
            HotspotKind.IDLING,
            HotspotKind.AIR_LEAK,
        }
    ),
    frozenset({HotspotKind.STUCK_METER, HotspotKind.FROZEN_AT_LIMIT}),
)


def told_once(hotspots: Iterable[Hotspot]) -> list[Hotspot]:
    """Return the hotspots without repetitions: of one story the one that was detected first, by `since`.

    `evidence["also"]` of one that is kept lists ids and detectors of those that are not. A leak that a rule
    and the judge have both found so costs, and is told, once; two leaks at two meters are two.

    Args:
        hotspots: of the whole plant, open or over.
    """
    told: list[Hotspot] = []
    also: dict[str, list[dict[str, str]]] = {}
    for hotspot in sorted(hotspots, key=lambda one: (one.detected_at, one.id)):
        first = next((one for one in told if _repeats(hotspot, one)), None)
        if first is None:
            told.append(hotspot)
        else:
            also.setdefault(first.id, []).append({"hotspot": hotspot.id, "detector": hotspot.detector})
    linked = (
        replace(one, evidence={**one.evidence, "also": also[one.id]}) if one.id in also else one
        for one in told
    )
    return sorted(linked, key=lambda one: (one.since, one.id))


def _repeats(hotspot: Hotspot, earlier: Hotspot) -> bool:
    """Return whether a hotspot was detected while an earlier one of its story, and its meter, held.

    The judge does not repeat itself: one of the two is a rule's.
    """
    if (hotspot.process, hotspot.resource) != (earlier.process, earlier.resource):
        return False
    kinds = {hotspot.kind, earlier.kind}
    if not (is_ruled(hotspot) or is_ruled(earlier)) or not any(kinds <= story for story in STORIES):
        return False
    meters = {one.evidence.get("meter") for one in (hotspot, earlier)} - {None}
    holds = earlier.ended_at is None or earlier.ended_at > hotspot.detected_at
    return holds and len(meters) < 2
