"""Write the two files of an installation into a folder."""

from __future__ import annotations

from pathlib import Path


def write_settings(folder: Path, **sections: dict[str, object]) -> Path:
    """Return a settings file with these sections, its data beside it."""
    lines = [f'plant = "{folder}/plant.toml"', f'data_dir = "{folder}/var"']
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path = folder / "wastenot.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def write_plant(folder: Path, text: str) -> Path:
    """Return a plant file with this text."""
    path = folder / "plant.toml"
    path.write_text(text)
    return path


WATER_WORKS = """
[plant]
name = "Water works"
timezone = "Europe/Rome"
country = "IT"
currency = "EUR"
language = "en"
interval = "1h"

[baseline]
period = "2022-03-20/2022-04-16"

[[resource]]
id = "water"
kind = "water"
unit = "m3"
[[resource.price]]
from = "2022-01-01"
amount = 1.9
[[resource.emission_factor]]
from = "2022-01-01"
amount = 0.149
scope = 3
source = "example figure of this test"

[[process]]
id = "supply"
name = "Supply"

[[meter]]
id = "supply.water"
process = "supply"
resource = "water"
kind = "gauge"
unit = "m3/h"
topic = "plant/supply/water"
value = "flow"
time = "at"
time_unit = "iso"
every = "1h"
"""
