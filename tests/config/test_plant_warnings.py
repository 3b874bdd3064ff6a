"""What is allowed but doubtful."""

from __future__ import annotations

from datetime import date

import pytest

from config.plant_warnings import plant_warnings
from tests.config.builders import PLANT, TODAY, a_meter, plant_of

MONEY = """
[[resource]]
id = "water"
[[resource.price]]
from = "2026-01-01"
amount = 1
[[resource.emission_factor]]
from = "2026-01-01"
amount = 1
scope = 3
source = "own"
"""
FEEDS_ITSELF = 'id = "dyeing"\nfeeds = ["dyeing"]'
SOUND = (PLANT + MONEY).replace('topic = "plant/dyeing/water"', 'topic = "plant/dyeing/water"\nevery = "10s"')


def doubts(text: str, today: date = TODAY) -> list[str]:
    plant = plant_of(text)
    return [str(problem).removeprefix("f: ") for problem in plant_warnings(plant, today, "f")]


def test_a_sound_plant_has_no_doubts() -> None:
    assert doubts(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        ('every = "10s"', "", "meter (dyeing.water).every: no cadence"),
        ('every = "10s"', 'every = "1h"', "meter (dyeing.water).every: slower than the plant's interval"),
        ('topic = "plant/dyeing/water"', "", "meter (dyeing.water).topic: no topic, and no [[source]]"),
        ('variables = ["dyeing.output"]', "", "process (dyeing).variables: no relevant variables"),
        ('variables = ["dyeing.output"]', "", "variable (dyeing.output): no process lists it"),
        ('id = "dyeing"', FEEDS_ITSELF, "process (dyeing).feeds: the flow chart leads back"),
        ('"2026-01-01"', '"2027-01-01"', "resource (water).price: no price is valid today (2026-03-02)"),
        ('"2026-01-01"', '"2027-01-01"', "resource (water).emission_factor: no emission factor is valid"),
        (MONEY, "", "resource (water).price: no price"),
        (MONEY, "", "resource (water).emission_factor: no emission factor"),
        ("scope = 3", "scope = 2", "resource (water).emission_factor: scope 2 since 2026-01-01: is"),
        ("[plant]", '[[process]]\nid = "idle"\n[plant]', "process (idle): no meter measures this process"),
    ],
)  # fmt: skip
def test_each_doubt_is_told(old: str, new: str, doubt: str) -> None:
    assert old in SOUND
    found = doubts(SOUND.replace(old, new))
    assert [line for line in found if line.startswith(doubt)], found


@pytest.mark.parametrize(
    ("period", "doubt"),
    [
        ("2026-03-01/2026-03-31", "ends on 2026-03-31, which is not over yet"),
        ("2026-01-01/2026-01-07", "7 days, fewer than min_days 14"),
        ("2024-01-01/2025-12-31", "731 days: a baseline longer than a year"),
    ],
)
def test_a_doubtful_baseline_period_is_told(period: str, doubt: str) -> None:
    (line,) = doubts(f'{SOUND}[baseline]\nperiod = "{period}"\n')
    assert line.startswith(f"baseline.period: {doubt}")


def test_a_source_may_bring_what_a_meter_without_topic_needs() -> None:
    text = (
        SOUND.replace('topic = "plant/dyeing/water"', "") + '[[source]]\ntopic = "plant/{process}/{meter}"\n'
    )
    assert doubts(text) == []


def test_a_plant_of_sources_only_is_told_that_nothing_is_analysed() -> None:
    head = SOUND.split("[[process]]")[0] + '[[source]]\ntopic = "plant/{meter}"\n'
    assert doubts(head) == ["meter: no meter is declared: readings are kept, but nothing is analysed"]


def test_a_longer_cycle_of_the_flow_chart_is_told_at_each_process_in_it() -> None:
    chain = "".join(
        f'[[process]]\nid = "{one}"\nfeeds = ["{other}"]\n'
        for one, other in [("a", "b"), ("b", "c"), ("c", "b")]
    )
    found = [line for line in doubts(SOUND + chain) if "feeds" in line]
    assert [line.split(":")[0] for line in found] == ["process (b).feeds", "process (c).feeds"]


def test_a_filter_that_takes_another_meters_messages_is_told() -> None:
    text = SOUND + a_meter(more='every = "10s"').replace("own/m", "plant/+/water")
    assert doubts(text) == [
        "meter (m).topic: also takes messages of meter (dyeing.water): they would count twice",
    ]
    assert doubts(text.replace("plant/+/water", "plant/+/water/2")) == []


def test_amounts_that_carry_no_time_are_told_to_count_twice_when_delivered_twice() -> None:
    text = SOUND + a_meter(kind="delta", more='every = "10s"\nvalue = "v"')
    assert doubts(text) == [
        "meter (m).time: amounts without a time: a message that is delivered twice counts twice",
    ]
    assert doubts(text.replace('value = "v"', 'value = "v"\ntime = "ts"')) == []
