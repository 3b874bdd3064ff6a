"""The sample of the settings: every key stands in it, is explained, and changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

import config
from config.settings import Settings, load_settings
from config.settings_alerts import EscalationSettings, HookSettings, RouteSettings
from config.settings_channels import ChannelSettings
from tests.config.builders import settings_of

SAMPLE = Path(next(iter(config.__path__))) / "wastenot.toml"


def _keys(model: type[BaseModel], section: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= _keys(kind, f"{name}.")
        else:
            found.add(f"{section}{field.alias or name}")
    return found


def uncommented(sample: str) -> str:
    """Return the sample with every `# key = value` line in force; `##` lines explain and stay."""
    return re.sub(r"^# (?=[\w\[])", "", sample, flags=re.MULTILINE)


def test_the_sample_as_it_is_changes_nothing() -> None:
    assert load_settings(SAMPLE, {}) == Settings()


def test_the_sample_with_every_line_in_force_gives_the_defaults() -> None:
    assert settings_of(uncommented(SAMPLE.read_text())) == Settings()


def test_the_sample_shows_every_key() -> None:
    section, shown = "", set()
    for line in uncommented(SAMPLE.read_text()).splitlines():
        if header := re.fullmatch(r"\[+([\w.]+)\]+", line):
            section = f"{header[1]}."
        elif key := re.match(r"(\w+) = ", line):
            shown.add(f"{section}{key[1]}")
    tables = {"channel": ChannelSettings, "route": RouteSettings, "escalation": EscalationSettings}
    rows = {
        f"alerts.{table}.{field.alias or name}"
        for table, row in tables.items()
        for name, field in row.model_fields.items()
    }
    assert shown == _keys(Settings) - {f"alerts.{table}" for table in tables} - {"alerts.hook"} | rows
    hook = SAMPLE.read_text().partition("##     [[alerts.hook]]")[2]
    shown_of_hook = set(re.findall(r"^##     (\w+) = ", hook, re.MULTILINE))
    assert {*HookSettings.model_fields} - {"secret"} <= shown_of_hook


def test_the_sample_explains_every_key() -> None:
    explained = False
    for line in SAMPLE.read_text().splitlines():
        if line.startswith("# ") and not explained:
            pytest.fail(f"no line of explanation above: {line}")
        explained = line.startswith("##") or (explained and (line.startswith(("# ", "["))))
