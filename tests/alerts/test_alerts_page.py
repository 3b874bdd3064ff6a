"""What docs/alerts.md shows, works."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from app.cli.alerts import alerts_cli
from config.settings_alerts import AlertsSettings
from config.settings_channels import ChannelSettings
from domain.plant import Detection, Plant
from tests.config.builders import PLANT, plant_of

OF_THE_PLANT_FILE = {field.name for one in (Plant, Detection) for field in fields(one)}
PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_pages_tables_are_tables_of_the_plant_file() -> None:
    (bands, window) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    plant = plant_of(PLANT + bands + window.replace("boiler_house", "dyeing"))
    assert plant.severity.critical_per_hour == 200_000
    assert [str(one) for one in plant.maintenance[0].matchers] == ["process=dyeing"]


def test_every_command_of_the_page_is_there_and_every_command_is_on_the_page() -> None:
    names = {one.name or one.callback.__name__ for one in alerts_cli.registered_commands if one.callback}
    text = PAGE[PAGE.index("## Acting") : PAGE.index("**Feedback.**")]
    named = {word for word in re.findall(r"[a-z]+", text) if word in names}
    assert {"list", "show", "ack", "snooze", "silence", "unsilence", "feedback", "quality"} <= named
    asked = re.findall(r"wastenot alerts (\w+)(?:[^\n|]*\| (\w+))?", text)
    assert {word for pair in asked for word in pair if word} <= names


def test_every_key_of_the_page_is_a_key_of_the_settings() -> None:
    known = {field.alias or name for name, field in AlertsSettings.model_fields.items()}
    known |= set(ChannelSettings.model_fields)
    for key in re.findall(r"`([a-z_]+_\*|[a-z]+_[a-z_]+)`", PAGE):
        prefix = key.removesuffix("*")
        is_prefix = key.endswith("*") and any(name.startswith(prefix) for name in known)
        assert is_prefix or key in known | OF_THE_PLANT_FILE | {"no_data", "hotspot_kind"}, key
