"""Grouping, the same thing again, nuisances."""

from __future__ import annotations

import pytest

from tests.alerts.builders import a_hotspot_condition, after, elsewhere
from tests.alerts.script import Script
from tests.alerts.stories.builders import DAY, HOUR, LEAK, calm


def test_what_concerns_the_same_process_and_resource_is_told_together() -> None:
    script = Script(calm(), every_s=60)
    script.push(0, LEAK, a_hotspot_condition("second", cost_per_hour=99_000.0), elsewhere("other"))
    script.expect(0, 0, "group(firing second, firing leak)").expect(0, 0, "firing other").run(600)


def test_a_second_hotspot_of_the_same_stream_is_no_news_unless_it_is_twice_as_large() -> None:
    script = Script(calm(), every_s=60).push(0, LEAK).expect(0, 0, "firing leak")
    script.push(600, a_hotspot_condition("same")).push(900, a_hotspot_condition("twice", excess_per_hour=8.3))
    script.expect(900, 900, "firing twice").run(HOUR)


@pytest.mark.parametrize(
    ("onset_s", "found_s", "rate", "told_at_s"),
    [
        (
            -DAY,
            3 * DAY,
            4.0,
            17 * DAY,
        ),  # begins before the first one: it has two weeks to prove that it stays
        (-DAY, 3 * DAY, 9.0, 3 * DAY),  # twice as large as what was told
        (HOUR, 3 * DAY, 4.0, 3 * DAY),  # begins after the end of the first one
        (-DAY, 600.0, 4.0, HOUR),  # found while the first one held
    ],
)
def test_what_counts_an_excess_that_was_told_and_is_over_waits_until_something_is_left_of_it(
    onset_s: float, found_s: float, rate: float, told_at_s: float
) -> None:
    script = Script(calm(), every_s=1800).push(0, LEAK).expect(0, 0, "firing leak").clear(1800, "leak")
    script.expect(1800, HOUR, "resolved leak")
    again = a_hotspot_condition(
        "again", since=after(onset_s), detected_at=after(found_s), excess_per_hour=rate
    )
    script.push(max(found_s, HOUR), again).expect(told_at_s, told_at_s + HOUR, "firing again")
    script.run(18 * DAY)


def test_a_nuisance_is_told_three_times_and_then_waits_until_eight_hours_are_over() -> None:
    script = Script(calm(), every_s=60)
    for turn in range(10):
        start = turn * 1800.0
        script.push(start, a_hotspot_condition(f"h{turn}")).clear(start + 600, f"h{turn}")
        if turn < 3:
            script.expect(start, start, f"firing h{turn}")
            script.expect(start + 660, start + 660, f"resolved h{turn}")
    script.push(6 * HOUR, a_hotspot_condition("stays")).expect(8 * HOUR, 8 * HOUR, "firing stays")
    script.run(9 * HOUR)


def test_a_nuisance_that_becomes_worse_is_told_at_once() -> None:
    script = Script(calm(), every_s=60)
    for turn in range(3):
        start = turn * 1800.0
        script.push(start, a_hotspot_condition(f"h{turn}")).clear(start + 600, f"h{turn}")
        script.expect(start, start, f"firing h{turn}")
        script.expect(start + 660, start + 660, f"resolved h{turn}")
    script.push(2 * HOUR, a_hotspot_condition("worse", excess_per_hour=9.0))
    script.expect(2 * HOUR, 2 * HOUR, "firing worse").run(3 * HOUR)
