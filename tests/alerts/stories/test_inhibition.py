"""What explains what: along the mains, and along the material."""

from __future__ import annotations

import pytest

from domain.hotspot import HotspotKind
from tests.alerts.builders import a_hotspot_condition
from tests.alerts.script import Script
from tests.alerts.stories.builders import HOUR, LEAK, a_silent, calm


def test_a_silent_main_meter_silences_those_behind_it() -> None:
    policy = calm(mains={"hall": {"main"}, "kiln": {"hall", "main"}})
    script = Script(policy, every_s=60)
    script.push(0, a_silent("m", "main"), a_silent("h", "hall"), a_silent("k", "kiln"))
    script.expect(0, 0, "firing silent/m")
    script.clear(600, "silent/m", "silent/h").expect(600, 600, "firing silent/k")
    script.expect(660, 660, "resolved silent/m").run(HOUR)


def test_a_supply_that_falls_explains_what_falls_behind_it() -> None:
    fell = {"kind": HotspotKind.UNDER_CONSUMPTION, "excess_per_hour": -3.0}
    main = a_hotspot_condition("main", process="main", **fell)
    behind = a_hotspot_condition("behind", process="hall", **fell)
    script = Script(calm(before={"hall": {"main"}}), every_s=60).push(0, main, behind)
    script.expect(0, 0, "firing main").run(HOUR)


@pytest.mark.parametrize(("share", "told"), [(0.9, ["leak"]), (0.2, ["leak", "main"])])
def test_an_excess_found_at_a_process_explains_the_main_meters_when_it_is_most_of_it(
    share: float, told: list[str]
) -> None:
    main = a_hotspot_condition("main", process="main", excess_per_hour=4.1 / share)
    script = Script(calm(mains={"dye_line_2": {"main"}}), every_s=60).push(0, LEAK, main)
    for name in told:
        script.expect(0, 0, f"firing {name}")
    script.run(HOUR)


def test_what_a_process_passes_on_explains_nothing_of_what_the_next_one_wastes_or_does_not_say() -> None:
    policy = calm(before={"dye_line_2": {"weaving"}})
    weaving = a_hotspot_condition("weaving", process="weaving")
    script = Script(policy, every_s=60).push(0, LEAK, weaving)
    script.expect(0, 0, "firing leak").expect(0, 0, "firing weaving")
    script.push(60, a_silent("w", "weaving"), a_silent("d", "dye_line_2"))
    script.expect(60, 60, "firing silent/w").expect(60, 60, "firing silent/d").run(HOUR)
