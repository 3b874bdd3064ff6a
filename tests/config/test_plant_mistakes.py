"""The plant file: every mistake is refused with what is allowed, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.plant_file import load_plant
from domain.errors import ConfigError
from tests.config.builders import PLANT, TODAY, a_meter, plant_of, plant_problems, told

BAD = """
[plant]
name = ""
timezone = "Asia/Ho_Chi_Min"
country = "ZZ"
currency = "VNDD"
language = "fr"
interval = "7min"
closed = ["2026-02-21/2026-02-16"]
intervall = "15min"

[[shift]]
name = "day"
days = ["mon", "tuesday"]
start = "06:00"
end = "14 o'clock"

[[shift]]
name = "day"
start = "14:00"
end = "22:00"

[[resource]]
id = "water"
[[resource.price]]
from = "2025-01-01"
to = "2025-12-31"
amount = 12000

[[resource]]
id = "gas"
[[resource.price]]
from = "2026-01-01"
amount = nan
[[resource.price.window]]
name = "peak"
start = "08:00"
end = "12:00"
amount = 3
[[resource.price.window]]
name = "noon"
start = "11:00"
end = "13:00"
amount = -2
[[resource.emission_factor]]
from = "2026-01-01"
amount = 0.2
scope = 4

[[resource]]
id = "caustic"
kind = "material"
unit = "L"

[[process]]
id = "dye_line_2"
feeds = ["dryng"]
variables = ["dye_line_2.output", "outdoor_temp", "dye_line_2.water"]

[[process]]
id = "drying"

[[process]]
id = "drying"

[[meter]]
id = "dye_line_2.water"
process = "dye_line2"
resource = "watr"
kind = "counter"
unit = "m4"
topic = "plant/dye_line_2/water"
value = "total"

[[meter]]
id = "dye_line_2.steam"
process = "dye_line_2"
resource = "steam"
kind = "gauge"
unit = "t"
topic = "plant/dye_line_2/water"
value = "total"
rollover = 5
every = "10 seconds"
format = "jason"
time_unit = "min"

[[meter]]
id = "bad id"
resource = "electricity"
kind = "delta"
unit = "kW"
topic = "plant/#/water"

[[variable]]
id = "dye_line_2.output"
kind = "delta"
unit = "kg"
topic = "$share/a/b"

[[variable]]
id = "dye_line_2.water"
kind = "gauge"
unit = "degC"
colour = "red"
"""

EXPECTED = [
    'plant.name = "": must not be empty',
    'plant.timezone = "Asia/Ho_Chi_Min": unknown time zone; did you mean "Asia/Ho_Chi_Minh"',
    'plant.country = "ZZ": unknown country',
    'plant.currency = "VNDD": unknown currency; did you mean "VND"',
    'plant.language = "fr": unknown value; allowed: vi, en',
    'plant.interval = "7min": must be between 1min and 1h and divide an hour',
    'plant.closed[1] = "2026-02-21/2026-02-16": the range is reversed',
    'plant.intervall = "15min": unknown key; did you mean "interval"?',
    'shift[1] (day).days = ["mon", "tuesday"]: unknown day \'tuesday\'; did you mean "tue"?',
    'shift[1] (day).end = "14 o\'clock": not a time of day',
    'shift[2] (day).name = "day": this name is already taken by shift[1]',
    'resource[1] (water).price[1].to = "2025-12-31": the last price ended on 2025-12-31, before',
    "resource[2] (gas).price[1].amount = nan: must be a finite number",
    "resource[2] (gas).price[1].window[2] (noon).amount = -2: must be at least 0",
    "resource[2] (gas).price[1].window[2] (noon): overlaps window[1] (peak)",
    "resource[2] (gas).emission_factor[1].scope = 4: must be one of 1, 2 or 3",
    "resource[2] (gas).emission_factor[1].source: is missing",
    'resource[3] (caustic).unit = "L": a resource is kept in its canonical unit: write "m3"',
    'process[1] (dye_line_2).feeds[1] = "dryng": unknown process; did you mean "drying"?',
    'process[1] (dye_line_2).variables[2] = "outdoor_temp": unknown variable',
    'process[3] (drying).id = "drying": this id is already taken by process[2]',
    'meter[1] (dye_line_2.water).process = "dye_line2": unknown process; did you mean "dye_line_2"?',
    'meter[1] (dye_line_2.water).resource = "watr": unknown resource; did you mean "water"',
    'meter[1] (dye_line_2.water).unit = "m4": unknown unit',
    'meter[2] (dye_line_2.steam).unit = "t": a gauge measures a rate',
    'meter[2] (dye_line_2.steam).topic = "plant/dye_line_2/water": this topic and the value ',
    "meter[2] (dye_line_2.steam).rollover = 5: only a counter rolls over; this is a gauge",
    'meter[2] (dye_line_2.steam).every = "10 seconds": not a duration',
    'meter[2] (dye_line_2.steam).format = "jason": unknown format; did you mean "json"? allowed: json',
    'meter[2] (dye_line_2.steam).time_unit = "min": unknown value; allowed: s, ms, us, ns, iso',
    'meter[3] (bad id).id = "bad id": not an id',
    "meter[3] (bad id).process: is missing",
    'meter[3] (bad id).unit = "kW": a delta measures an amount',
    'meter[3] (bad id).topic = "plant/#/water": "#" stands alone, as the last level',
    'variable[1] (dye_line_2.output).topic = "$share/a/b": $share breaks the order',
    'variable[2] (dye_line_2.water).id = "dye_line_2.water": this id is already taken by meter[1]',
    'variable[2] (dye_line_2.water).colour = "red": unknown key',
]


def test_every_mistake_of_a_bad_file_is_told_and_nothing_else() -> None:
    lines = told(plant_problems(BAD))
    for start in EXPECTED:
        assert [line for line in lines if line.startswith(start)], f"not told: {start}\n" + "\n".join(lines)
    assert len(lines) == len(EXPECTED), "\n".join(lines)


def test_problems_are_told_in_the_order_of_the_file() -> None:
    tables = [problem.table.split("[")[0].split(".")[0] for problem in plant_problems(BAD)]
    order = ["plant", "shift", "resource", "process", "meter", "variable"]
    assert tables == sorted(tables, key=order.index)


def test_the_error_lists_every_problem_with_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "plant.toml"
    path.write_text(BAD)
    with pytest.raises(ConfigError) as caught:
        load_plant(path, TODAY)
    assert str(caught.value).count(f"{path}: ") == len(EXPECTED)
    assert all(problem.file == str(path) for problem in caught.value.problems)


def test_an_empty_file_says_how_to_begin() -> None:
    lines = told(plant_problems(""))
    assert lines == [
        "plant: is missing: begin with [plant] and its name, timezone, country, currency",
        "meter: the plant has no meter: add a [[meter]] (or a [[source]])",
    ]


def test_missing_keys_say_what_to_write() -> None:
    lines = told(plant_problems(PLANT + "[[meter]]\n[[source]]\n[[shift]]\n[[variable]]\n[[process]]\n"))
    assert len(lines) == 5 + 1 + 3 + 3 + 1
    assert all(": is missing: write" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[plant]", "[[plant]]", "plant: write [plant], with single brackets: there is one"),
        ("[[meter]]", "[meter]", "meter: write [[meter]], with double brackets: there may be several"),
        ('"Works"', "3", "plant.name = 3: must be text in quotes"),
        ('"Works"', "true", "plant.name = true: must be text in quotes"),
        ('"Works"', '"W"\nsubdivision = "BY"', 'plant.subdivision = "BY": unknown part of VN; allowed: none'),
        ('"VN"', '"vn"', 'plant.country = "vn": unknown country; did you mean "VN"?'),
        (
            '"VN"',
            '"DE"\nsubdivision = "by"',
            'plant.subdivision = "by": unknown part of DE; did you mean "BY"',
        ),
        ('"VND"', '"VND"\ninterval = 900', "plant.interval = 900: not a duration"),
        ('"VND"', '"VND"\nclosed = "2026-01-01"', 'plant.closed = "2026-01-01": must be a list'),
        (
            '["dyeing.output"]',
            '["dyeing.water"]',
            'process[1] (dyeing).variables[1] = "dyeing.water": is a meter',
        ),
        ('resource = "water"', "", "meter[1] (dyeing.water).resource: is missing"),
        (
            '"counter"',
            '"Counter"',
            'meter[1] (dyeing.water).kind = "Counter": unknown value; did you mean "counter"?',
        ),
    ],
)
def test_one_wrong_word_is_one_problem(old: str, new: str, line: str) -> None:
    assert old in PLANT
    (found,) = told(plant_problems(PLANT.replace(old, new)))
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("scale = 0", "scale = 0: must not be 0"),
        ("scale = inf", "scale = inf: must be a finite number"),
        ("rollover = -5", "rollover = -5: must be greater than 0"),
        ("rollover = nan", "rollover = nan: must be a finite number"),
        ("rollover = true", "rollover = true: must be a number"),
        ("heating_value = 10", "heating_value = 10: with it, m3 amounts to kWh, but water is kept in m3"),
        ("time_unit = 5", "time_unit = 5: must be one of s, ms, us, ns, iso"),
        ('stamp = "end"', 'stamp = "end": only a delta'),
        ('format = "number"\ntime = "ts"', 'time = "ts": a bare number carries no time'),
        ('format = "csv"\nvalue = ""', 'value = "": a CSV column is needed'),
        ('value = "a..b"', 'value = "a..b": not a path inside JSON'),
        ('time = "a["', 'time = "a[": not a path inside JSON'),
        ("value = true", "value = true: must be a path inside the payload"),
        ('every = "0s"', 'every = "0s": must be longer than 0s'),
        ('password = "hunter2"', "password = ***: unknown key"),
        ("heating_valu = 1", 'heating_valu = 1: unknown key; did you mean "heating_value"?'),
    ],
)
def test_one_wrong_key_of_a_meter_is_one_problem(keys: str, line: str) -> None:
    (found,) = told(plant_problems(PLANT + keys))
    assert found.startswith(f"meter[1] (dyeing.water).{line}")


@pytest.mark.parametrize(
    ("kind", "unit", "more", "line"),
    [
        ("delta", "degC", "", 'unit = "degC": a delta measures an amount'),
        ("counter", "kg/h", "", 'unit = "kg/h": a counter measures an amount'),
        ("gauge", "kg", "rollover = 3", "rollover = 3: only a counter rolls over"),
        ("gauge", "kg", 'stamp = "end"', 'stamp = "end": only a delta'),
        ("gauge", "Pa", "", 'unit = "Pa": unknown unit'),
    ],
)
def test_one_wrong_key_of_a_variable_is_one_problem(kind: str, unit: str, more: str, line: str) -> None:
    row = f'[[variable]]\nid = "v"\nkind = "{kind}"\nunit = "{unit}"\n{more}\n'
    (found,) = told(plant_problems(PLANT + row))
    assert found.startswith(f"variable[2] (v).{line}")


A_SOURCE = '[[source]]\ntopic = "a/{meter}"\n'
SALT = '[[resource]]\nid = "salt"\nkind = "material"\n'
SAME_TOPIC = "this topic and the value 'value' is already read by"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("[detection]\nmin_cost_per_hour = -1", "detection.min_cost_per_hour = -1: must be at least 0"),
        ("[detection]\nmin_excess_pct = nan", "detection.min_excess_pct = nan: must be a finite number"),
        ("[detection]\nmin_exces = 5", 'detection.min_exces = 5: unknown key; did you mean "min_excess_pct"'),
        ("[baseline]\nmin_days = 1.5", "baseline.min_days = 1.5: must be a whole number"),
        ('[baseline]\nperiod = "2022-04-16/2022-03-20"', "baseline.period = "),
        (
            '[[source]]\ntopic = "a/{process}"',
            'source[1].topic = "a/{process}": {meter} is missing: it names the meter',
        ),
        (A_SOURCE + "max_meters = 0", "source[1].max_meters = 0: must be at least 1"),
        (A_SOURCE + A_SOURCE, f'source[2].topic = "a/{{meter}}": {SAME_TOPIC} source[1]'),
        (
            A_SOURCE + a_meter().replace("own/m", "a/+"),
            f'source[1].topic = "a/{{meter}}": {SAME_TOPIC} meter[2] (m)',
        ),
        (
            a_meter("dyeing.output"),
            'variable[1] (dyeing.output).id = "dyeing.output": this id is already taken',
        ),
        (SALT, "resource[1] (salt).unit: is missing: write kWh, m3 or kg"),
        (
            SALT + 'unit = "kWh"',
            'resource[1] (salt).unit = "kWh": unknown unit of a resource; allowed: kg, m3',
        ),
        (
            SALT + 'unit = "t"',
            'resource[1] (salt).unit = "t": a resource is kept in its canonical unit: write "kg"',
        ),
        (
            '[[resource]]\nid = "water"\nunit = "kg"',
            'resource[1] (water).unit = "kg": unknown unit of a resource',
        ),
        (2 * '[[resource]]\nid = "water"\n', 'resource[2] (water).id = "water": this id is already taken'),
        ('[[metre]]\nid = "x"', 'metre: unknown key; did you mean "meter"'),
    ],
)
def test_one_mistake_more_is_one_problem_more(more: str, line: str) -> None:
    (found,) = told(plant_problems(f"{PLANT}{more}\n"))
    assert found.startswith(line)


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
