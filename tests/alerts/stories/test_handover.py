"""What a shift hands over to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from alerts.acting import acknowledge
from alerts.handover import hand_over, handovers_due
from domain.ports import Ledger
from tests.alerts.builders import a_plant
from tests.alerts.script import Script
from tests.alerts.stories.builders import (
    AFTERNOON,
    CHEAP,
    DAY,
    HOUR,
    LEAK,
    MORNING,
    MORNING_ENDS_S,
    NIGHT_ENDS_S,
    SHIFTS,
    WORKING,
    calm,
    of,
)

GIVEN = tuple(replace(one, handover=True) for one in (MORNING, AFTERNOON))


def handing_over(ledger: Ledger, now: datetime) -> None:
    hand_over(ledger, a_plant(shifts=SHIFTS), handovers_due(WORKING, GIVEN, now), now)


def test_a_change_of_shift_hands_over_what_is_open_and_the_next_shift_hears_the_end() -> None:
    script = Script(calm(), GIVEN, every_s=60, extra=handing_over).push(0, CHEAP)
    script.expect(0, 0, "firing leak", "morning")
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "handover(firing leak)", "afternoon")
    over = MORNING_ENDS_S + HOUR
    script.clear(over, "leak").expect(over + 60, over + 60, "resolved leak", "afternoon")
    script.expect(NIGHT_ENDS_S, NIGHT_ENDS_S, "handover(resolved leak)", "morning").run(DAY)


def test_what_the_next_shift_knows_and_somebody_has_acknowledged_is_not_handed_over_again() -> None:
    script = Script(calm(), GIVEN, every_s=600, extra=handing_over).push(0, CHEAP)
    script.expect(0, 0, "firing leak", "morning")
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "handover(firing leak)", "afternoon")
    seen = of(LEAK, lambda tx, name, now: acknowledge(tx, name, "Lan", "", now))
    script.do(MORNING_ENDS_S + HOUR, seen).run(3 * DAY)


def test_a_shift_without_anything_hands_over_nothing() -> None:
    Script(calm(), GIVEN, every_s=600, extra=handing_over).run(DAY)
