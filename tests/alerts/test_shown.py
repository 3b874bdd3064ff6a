"""Every message as each reader gets it: role x language x kind of channel, beside what was looked at before.

WASTENOT_SHOW=1 writes what is shown now; look at the difference before it is kept.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.conditions import hotspot_conditions
from alerts.message import Markup, render
from domain.alert import Condition
from domain.plant import Process
from tests.alerts.builders import BANDS, a_condition, a_hotspot, a_letterhead, a_meter, a_plant
from tests.alerts.messages import a_silence, told

SHOWN = Path(__file__).parent / "shown"
ROLES = ("operator", "maintenance", "energy_manager")


def a_leak_in_the_flow_chart() -> Condition:
    processes = {
        "boiler": Process("boiler", "Lò hơi", feeds=("dye_line_2",)),
        "dye_line_2": Process("dye_line_2", "Chuyền nhuộm 2", feeds=("dryer",)),
        "dryer": Process("dryer", "Sấy"),
    }
    plant = replace(a_plant(a_meter("dye_line_2.water")), processes=processes)
    return hotspot_conditions([a_hotspot()], plant, BANDS)[0]


def everything(role: str, language: str) -> str:
    head, leak = a_letterhead(language, role=role), a_leak_in_the_flow_chart()
    stories = {
        "leak": told(leak),
        "end": told(leak, over_after_s=3600),
        "silent meter": told(a_silence()),
        "store": told(a_condition("store")),
        "group": told(*(replace(leak, key=f"h{number}") for number in range(6))),
    }
    parts = []
    for name, message in stories.items():
        for markup in Markup:
            shown = render(message, head, markup)
            parts.append(f"=== {name}, {markup}\n{shown.title}\n---\n{shown.body.rstrip()}\n")
    return "\n".join(parts).replace("\xa0", " ")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("role", ROLES)
def test_every_reader_gets_what_was_looked_at(role: str, language: str) -> None:
    file, now = SHOWN / f"{role}.{language}.txt", everything(role, language)
    if os.environ.get("WASTENOT_SHOW"):
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


def test_each_role_reads_something_else_first() -> None:
    first = {}
    for role in ROLES:
        body = render(told(a_leak_in_the_flow_chart()), a_letterhead("en", role=role)).body
        first[role] = body.splitlines()
    assert "lost so far" in first["operator"][0]
    assert first["maintenance"][0].startswith("Probable cause")
    assert any("Meters: dye_line_2.water" in line for line in first["maintenance"])
    assert any("Where: Lò hơi → Chuyền nhuộm 2 → Sấy" in line for line in first["operator"])
    assert not any("Check first" in line for line in first["energy_manager"])
