"""The plant file: every mistake is refused with what is allowed, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.plant_file import load_plant
from domain.errors import ConfigError
from tests.config.bad_plant import BAD, EXPECTED
from tests.config.builders import PLANT, TODAY, a_meter, plant_problems, told


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
