"""Plant and settings files for tests: a good one to change, and what the product says about a text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from config.plant_file import load_plant
from config.settings import Settings, load_settings
from domain.errors import ConfigError, Problem
from domain.plant import Plant

TODAY = date(2026, 3, 2)

PLANT = """
[plant]
name = "Works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"

[[process]]
id = "dyeing"
variables = ["dyeing.output"]

[[variable]]
id = "dyeing.output"
kind = "delta"
unit = "kg"
topic = "plant/dyeing/output"
time = "ts"

[[meter]]
id = "dyeing.water"
process = "dyeing"
resource = "water"
kind = "counter"
unit = "m3"
topic = "plant/dyeing/water"
"""


def a_meter(
    name: str = "m", *, resource: str = "water", unit: str = "m3", kind: str = "counter", more: str = ""
) -> str:
    """Return a [[meter]] table of the process "dyeing" with a topic of its own."""
    return f"""
[[meter]]
id = "{name}"
process = "dyeing"
resource = "{resource}"
kind = "{kind}"
unit = "{unit}"
topic = "own/{name}"
{more}
"""


def plant_of(text: str, today: date = TODAY) -> Plant:
    """Return the plant of a text; fail with its problems."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plant.toml"
        path.write_bytes(text.encode())
        return load_plant(path, today)


def plant_problems(text: str, today: date = TODAY) -> list[Problem]:
    """Return the problems of a plant file's text, none when it is good."""
    try:
        plant_of(text, today)
    except ConfigError as error:
        return list(error.problems)
    return []


def told(problems: list[Problem]) -> list[str]:
    """Return problems as lines without the file's name."""
    return [str(problem).removeprefix(f"{problem.file}: ") for problem in problems]


def settings_of(text: str, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a text and an environment; fail with their problems."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "wastenot.toml"
        path.write_bytes(text.encode())
        return load_settings(path, environ or {})


def settings_problems(text: str, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Return the problems of a settings file's text and an environment."""
    try:
        settings_of(text, environ)
    except ConfigError as error:
        return list(error.problems)
    return []
