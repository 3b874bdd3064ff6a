"""The rules that look at each reading: frozen at a limit, and what cannot be."""

from __future__ import annotations

import pytest

from domain.hotspot import HotspotKind
from domain.rule import RuleKind
from tests.analytics.rules_builders import (
    BEGIN,
    a_meter,
    a_rule,
    a_watched,
    at_hour,
    seen_points,
)


def test_a_register_at_its_end_is_frozen_with_the_third_reading_and_moves_with_the_next_other() -> None:
    one = a_watched(a_meter(rollover=1e5), a_rule(RuleKind.FROZEN_AT_LIMIT))
    end = [(60 * i, 1e5) for i in range(4)]
    assert seen_points(one, *end[:2]).all == []
    (frozen,) = seen_points(one, *end).open
    assert (frozen.since, frozen.detected_at) == (BEGIN, at_hour(2 / 60))
    assert frozen.kind is HotspotKind.FROZEN_AT_LIMIT
    (over,) = seen_points(one, *end, (240, 3.0)).ended
    assert over.ended_at == at_hour(4 / 60)


def test_a_gauge_at_the_end_of_a_16_bit_number_is_frozen_in_its_own_scale() -> None:
    meter = a_meter("gauge", "electricity")
    assert (
        len(
            seen_points(
                a_watched(meter, a_rule(RuleKind.FROZEN_AT_LIMIT)), *[(i, 65535) for i in range(3)]
            ).open
        )
        == 1
    )
    written = a_watched(meter, a_rule(RuleKind.FROZEN_AT_LIMIT, high=20.0))
    assert len(seen_points(written, *[(i, 20.0) for i in range(3)]).open) == 1
    assert seen_points(written, *[(i, 65535) for i in range(3)]).all == []


@pytest.mark.parametrize(
    ("kind", "figures", "points", "reason"),
    [
        ("gauge", {"min": 0.0, "max": 50.0}, [(0, 10), (60, 51)], "above_range"),
        ("gauge", {"min": 5.0, "max": 50.0}, [(0, 10), (60, 4)], "below_range"),
        ("gauge", {"max_step": 5.0}, [(0, 10), (60, 16)], "too_fast"),
        ("gauge", {}, [(0, 100), (60, -3)], "negative"),
        ("counter", {"max_rate": 60.0}, [(0, 10), (60, 12)], "too_fast"),
        ("counter", {}, [(0, 10), (60, 1e7)], "beyond_register"),
        ("delta", {"max_rate": 60.0}, [(0, 0.5), (60, 1.1)], "too_fast"),
        ("delta", {}, [(0, 10), (60, -1)], "negative"),
    ],
)
def test_a_reading_that_cannot_be_is_told_at_once(
    kind: str, figures: dict[str, float], points: list[tuple[float, float]], reason: str
) -> None:
    meter = a_meter(kind, rollover=1e6 if kind == "counter" else None)
    one = a_watched(meter, a_rule(RuleKind.IMPLAUSIBLE, **figures))
    assert seen_points(one, points[0]).all == []
    (bad,) = seen_points(one, *points).open
    assert (bad.kind, bad.evidence["reason"]) == (HotspotKind.IMPLAUSIBLE, reason)
    assert bad.since == bad.detected_at == at_hour(1 / 60)
    assert bad.cost_per_hour is None


def test_noise_below_zero_and_power_that_is_fed_back_are_plausible() -> None:
    rule = a_rule(RuleKind.IMPLAUSIBLE)
    assert seen_points(a_watched(a_meter("gauge"), rule), (0, 100.0), (60, -1.9)).all == []
    assert seen_points(a_watched(a_meter("gauge", "electricity"), rule), (0, 100.0), (60, -80.0)).all == []


def test_implausible_is_over_after_a_quarter_of_an_hour_of_plausible_readings() -> None:
    one = a_watched(a_meter("gauge"), a_rule(RuleKind.IMPLAUSIBLE, max=50.0))
    points = [(0, 99.0), *((60 * i, 10.0) for i in range(1, 15))]
    assert len(seen_points(one, *points).open) == 1
    (over,) = seen_points(one, *points, (900, 10.0)).ended
    assert over.evidence["readings"] == 1
