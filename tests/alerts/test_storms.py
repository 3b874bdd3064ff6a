"""Many alerts at once: few messages that list each."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.alerts.builders import elsewhere
from tests.alerts.timetable import Timetable, between


def test_a_thousand_alerts_at_once_are_one_message_that_lists_each_exactly_once() -> None:
    conditions = [elsewhere(f"h{number}") for number in range(1000)]
    day = Timetable(between(0, 100, *conditions))
    told = day.run(1000)
    assert len(day.notifiers["mail"].taken) == 2  # one firing, one resolved
    assert Counter(event for _, event, _ in told) == {"firing": 1000, "resolved": 1000}
    assert Counter((event, key) for _, event, key in told).most_common(1)[0][1] == 1


@pytest.mark.fault(35)
@pytest.mark.parametrize("every_s", [1, 10])
def test_a_thousand_meters_tripping_within_ten_seconds_are_at_most_ten_messages(every_s: float) -> None:
    tripped = [elsewhere(f"h{number}") for number in range(1000)]
    day = Timetable(lambda at_s: tripped[: int(at_s * 100)], every_s=every_s)
    told = day.run(50)
    assert len(day.notifiers["mail"].taken) <= 10
    assert Counter(key for _, _, key in told) == {f"h{number}": 1 for number in range(1000)}


def test_a_trickle_that_never_stops_is_told_in_groups_and_never_later_than_the_group_wait() -> None:
    trickle = [elsewhere(f"h{number}") for number in range(301)]
    day = Timetable(lambda at_s: trickle[: int(at_s) + 1], every_s=1)
    told = day.run(300)
    late = [at_s - int(key[1:]) for at_s, _, key in told]
    assert max(late) <= 30
    assert len(day.notifiers["mail"].taken) <= 5 + 300 // 30
    assert len(told) >= 270
