"""Hotspots that tell the same story are told, and counted, once."""

from __future__ import annotations

from typing import Any

from domain.hotspot import Hotspot, HotspotKind
from domain.stories import told_once
from tests.alerts.builders import a_hotspot, after


def found(kind: HotspotKind, hour: float, over: float | None = None, **given: Any) -> Hotspot:
    at, end = after(3600 * hour), None if over is None else after(3600 * over)
    return a_hotspot(f"{kind}{hour}", kind=kind, detected_at=at, since=at, ended_at=end, **given)


LEAK = found(HotspotKind.CONTINUOUS_FLOW, 5, detector="rule_continuous_flow", evidence={"meter": "m"})


def test_of_one_story_the_first_is_told_and_linked_to_the_others() -> None:
    drift = found(HotspotKind.DRIFT, 9, detector="jump")
    elsewhere = found(HotspotKind.DRIFT, 9.5, process="another")
    down = found(HotspotKind.UNDER_CONSUMPTION, 7)
    told = told_once([drift, elsewhere, LEAK, down])
    assert [one.id for one in told] == [LEAK.id, down.id, elsewhere.id]
    assert told[0].evidence == {"meter": "m", "also": [{"hotspot": drift.id, "detector": "jump"}]}
    assert told_once([drift]) == [drift]


def test_two_meters_of_one_process_are_two_leaks() -> None:
    other = found(HotspotKind.NIGHT_FLOW, 6, detector="rule_night_flow", evidence={"meter": "n"})
    assert told_once([LEAK, other]) == [LEAK, other]


def test_what_came_after_the_end_is_a_story_of_its_own() -> None:
    over = found(HotspotKind.CONTINUOUS_FLOW, 5, 8, detector="rule_continuous_flow")
    later = found(HotspotKind.DRIFT, 9)
    assert told_once([later, over]) == [over, later]


def test_a_meter_that_stands_still_is_not_the_same_as_too_much() -> None:
    stuck, frozen = (
        found(HotspotKind.STUCK_METER, 6),
        found(HotspotKind.FROZEN_AT_LIMIT, 7, detector="rule_frozen_at_limit"),
    )
    assert [one.id for one in told_once([LEAK, stuck, frozen])] == [LEAK.id, stuck.id]
