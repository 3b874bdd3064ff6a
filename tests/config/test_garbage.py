"""Whatever stands in a file, the answer is a plant, settings, or a ConfigError with problems."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.plant_schema import PlantFile
from domain.errors import ConfigError
from tests.config.bad_plant import BAD
from tests.config.builders import PLANT, plant_of, settings_of
from tests.config.test_plant_file import FULL

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PLANT_KEYS = ["price", "window", "id", "from", "to", "unit", "amount", "every", "topic", "x y"]
SETTINGS_KEYS = [
    "broker",
    "host",
    "series",
    "alerts",
    "channel",
    "password_file",
    "_env_file",
    "log",
    "every_s",
]
KEYS = st.sampled_from([*PlantFile.model_fields, *PLANT_KEYS, *SETTINGS_KEYS])
VALUES = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers().map(str),
        st.sampled_from(
            ["nan", "inf", "1e308", "9" * 400, "2026-01-01", "06:00:00", "2026-01-01T00:00:00Z", '""']
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=8).map(
            lambda text: f'"{text}"'
        ),
        st.sampled_from(["kWh", "m3", "gas", "2026-01-01/2025-01-01", "10s", "a/#/b", "mon"]).map(
            lambda text: f'"{text}"'
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda rows: "{" + ", ".join(f'"{key}" = {value}' for key, value in rows.items()) + "}"
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda row: f'"{row[0]}" = {row[1]}'),
    KEYS.map(lambda key: f'["{key}"]'),
    KEYS.map(lambda key: f'[["{key}"]]'),
    st.tuples(KEYS, KEYS).map(lambda row: f'[["{row[0]}"."{row[1]}"]]'),
)
TOMLISH = st.lists(LINES, max_size=12).map("\n".join)


def refusal(read: Callable[[str], object], text: str) -> ConfigError | None:
    """Return what the text is refused with, None when it is good; anything else that is raised fails."""
    try:
        read(text)
    except ConfigError as error:
        return error
    return None


def answers(text: str) -> None:
    for read in (plant_of, settings_of):
        error = refusal(read, text)
        if error is not None:
            assert error.problems
            assert all(problem.message and problem.file for problem in error.problems)


@QUICK
@given(TOMLISH)
def test_tables_of_garbage_give_problems_and_nothing_else(text: str) -> None:
    answers(text)


@QUICK
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_of_garbage_gives_problems_and_nothing_else(text: str) -> None:
    answers(text)


@QUICK
@given(st.sampled_from([PLANT, FULL, BAD]), st.data())
def test_a_plant_with_one_damaged_line_gives_problems_or_a_plant(text: str, data: st.DataObject) -> None:
    rows = text.strip().splitlines()
    position = data.draw(st.integers(0, len(rows) - 1))
    key = rows[position].partition(" = ")[0]
    rows[position] = data.draw(st.one_of(LINES, VALUES.map(lambda value: f"{key} = {value}"), st.just("")))
    damaged = "\n".join(rows)
    error = refusal(plant_of, damaged)
    if error is not None:
        assert error.problems
        return
    plant = plant_of(damaged)
    assert all(meter.process in plant.processes for meter in plant.meters.values())
    assert all(meter.resource in plant.resources for meter in plant.meters.values())
