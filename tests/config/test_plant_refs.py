"""What the plant file's tables say of each other: names, dates and topics that two of them have."""

from __future__ import annotations

from tests.config.builders import PLANT, a_meter, plant_of, plant_problems, told


def test_a_variable_named_twice_in_a_process_is_told_at_both_places() -> None:
    lines = told(plant_problems(PLANT.replace('["dyeing.output"]', '["dyeing.output", "dyeing.output"]')))
    assert [line.split(" = ")[0] for line in lines] == [
        "process[1] (dyeing).variables[1]",
        "process[1] (dyeing).variables[2]",
    ]


def test_contradicting_holidays_are_told() -> None:
    days = 'currency = "VND"\nextra_holidays = ["2026-01-02"]\nnot_holidays = ["2026-01-02"]'
    (line,) = told(plant_problems(PLANT.replace('currency = "VND"', days)))
    assert line == 'plant.not_holidays[1] = "2026-01-02": is also in extra_holidays: keep one of the two'


def test_several_meters_may_share_one_message() -> None:
    rows = a_meter("a", more='value = "a"') + a_meter("b", more='value = "b"')
    assert len(plant_of(PLANT + rows.replace("own/a", "own/x").replace("own/b", "own/x")).meters) == 3


def test_a_meter_and_a_variable_may_not_read_one_value() -> None:
    (line,) = told(plant_problems(PLANT + a_meter().replace("own/m", "plant/dyeing/output")))
    assert "is already read by meter[2] (m)" in line
    assert line.startswith("variable[1] (dyeing.output).topic")


def test_a_meter_of_a_process_with_a_mistake_is_not_told_twice() -> None:
    text = PLANT.replace('id = "dyeing"', 'id = "dye ing"').replace(
        'process = "dyeing"', 'process = "dye ing"'
    )
    (line,) = told(plant_problems(text))
    assert line.startswith('process[1] (dye ing).id = "dye ing": not an id')


def test_an_unknown_process_in_a_broken_row_is_told_with_the_rest() -> None:
    lines = told(plant_problems(PLANT + a_meter(unit="m4").replace('"dyeing"', '"drying"')))
    assert [line.split(" = ")[0] for line in lines] == ["meter[2] (m).unit", "meter[2] (m).process"]


def test_a_topic_of_another_broker_is_another_topic() -> None:
    twin = a_meter("twin").replace('topic = "own/twin"', 'topic = "plant/dyeing/water"')
    assert len(plant_problems(PLANT + twin)) == 1
    assert plant_problems(PLANT + twin + 'broker = "roof"\n') == []
