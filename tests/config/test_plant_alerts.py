"""[severity] and [[maintenance]]: what they mean, and what is refused."""

from __future__ import annotations

from datetime import date, time

import pytest

from app.alerting import severity_bands
from app.cross_checks import channel_problems
from domain.plant import SeverityBands
from domain.silence import Matcher
from tests.config.builders import PLANT, plant_of, plant_problems, settings_of, settings_problems

BANDS = """
[severity]
warning_per_hour = 10
critical_per_hour = 100
critical_total = 5000
critical_after = "14d"
"""
WINDOW = """
[[maintenance]]
name = "blow-down"
match = ["process=dyeing", "meter!="]
days = ["sun"]
dates = "2026-03-01/2026-06-30"
start = "22:00"
end = "02:00"
"""


def test_bands_and_windows_become_what_the_file_says() -> None:
    plant = plant_of(PLANT + BANDS + WINDOW)
    assert plant.severity == SeverityBands(10.0, 100.0, None, 5000.0, None, 14 * 86_400.0)
    window = plant.maintenance[0]
    assert window.matchers == (Matcher("process", "=", "dyeing"), Matcher("meter", "!=", ""))
    assert (window.start, window.end, window.days) == (time(22), time(2), frozenset({6}))
    assert window.falls_on(date(2026, 3, 1))
    assert not window.falls_on(date(2026, 7, 5))


def test_what_the_file_does_not_say_follows_from_what_it_does() -> None:
    bands = severity_bands(plant_of(PLANT + BANDS))
    assert (bands.warning, bands.critical) == (10.0, 100.0)
    assert (bands.warning_total, bands.critical_total) == (240.0, 5000.0)
    plain = severity_bands(plant_of(PLANT + "[detection]\nmin_cost_per_hour = 7\n"))
    assert (plain.warning, plain.critical, plain.critical_total, plain.least) == (14.0, 70.0, 1680.0, 7.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("critical_per_hour = 100", "critical_per_hour = 1", "critical_per_hour = 1: must not be less than"),
        ('critical_after = "14d"', 'critical_after = "14"', "not a duration"),
        ("process=dyeing", "process=dying", "dying"),
        ("process=dyeing", "colour=red", "no label of an alert; allowed: process"),
        ("process=dyeing", "process=~(", "no regular expression"),
        ('start = "22:00"', "", "maintenance[1] (blow-down).start"),
        ('match = ["process=dyeing", "meter!="]', "", "what it is about"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    found = plant_problems(PLANT + (BANDS + WINDOW).replace(old, new))
    assert any(message in str(problem) for problem in found), found


STEP = '[[alerts.escalation]]\nafter = "{}"\nroles = ["admin"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (STEP.format("2h") + STEP.format("1h"), "must be longer than that of the step"),
        ('[alerts]\n[[alerts.escalation]]\nafter = "2h"\nroles = []\n', "at least one role"),
        ('[alerts]\n[[alerts.route]]\nmatch = ["colour=red"]\nroles = ["admin"]\n', "no label of an alert"),
        ('[alerts]\n[[alerts.channel]]\nname = "a"\nkind = "console"\nroles = ["boss"]\n', "boss"),
        ('[alerts]\n[[alerts.channel]]\nname = "a"\nkind = "console"\nquiet = "22:00"\n', "from and to"),
        ("[alerts]\nplant_wide_share = 2\n", "plant_wide_share"),
    ],
)  # fmt: skip
def test_settings_of_the_stages_that_cannot_be_meant_are_refused(text: str, message: str) -> None:
    found = [str(problem) for problem in settings_problems(text)]
    assert any(message in problem for problem in found), found


def test_a_channel_of_a_shift_that_the_plant_does_not_have_is_refused() -> None:
    channel = '[[alerts.channel]]\nname = "a"\nkind = "console"\nshifts = ["dawn"]\n'
    found = channel_problems(settings_of(channel), plant_of(PLANT))
    assert [problem.value for problem in found] == ["'dawn'"]
