"""`wastenot meter` as a person uses it: what is refused, kept, listed and undone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.replacing import counted
from app.wiring import load_configuration, open_ledger
from config.plant_file import load_plant
from tests.app.amendment_builders import (
    EXCHANGED,
    NEW,
    OLD,
    WORKS,
    Capture,
    a_kiln,
    correct,
    journal,
    meter,
    refused,
    replace,
)
from tests.e2e.installation import write_plant


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return a_kiln(tmp_path)


def test_a_replacement_is_kept_in_canonical_units_and_told_in_the_meters(
    settings: Path, capsys: Capture
) -> None:
    assert replace(settings) == 0
    row = json.loads(capsys.readouterr().out)
    (entry,) = journal(settings)
    assert (entry.old_register, entry.new_register, entry.old_rollover) == (9050.0, 0.2, 10_000.0)  # kWh
    assert entry.start == datetime(2026, 10, 23, 8, tzinfo=UTC)
    assert (row["id"], row["unit"], row["old_register"], row["new_register"]) == (1, "L", OLD, NEW)
    assert row["before"] == {"time": "2026-10-23T07:45:00Z", "register": 904_000.0}
    assert row["after"] == {"time": "2026-10-23T08:00:00Z", "register": 20.0}
    assert (row["counted_old"], row["counted_new"]) == (1000.0, 0.0)


def test_a_dry_run_shows_the_same_and_writes_nothing(settings: Path, capsys: Capture) -> None:
    assert replace(settings, dry_run=True, as_json=False) == 0
    told = capsys.readouterr().out
    assert "1000 L counted since 2026-10-23 09:45:00+02:00" in told
    assert "dry run: nothing was written" in told
    assert journal(settings) == []


def test_every_replacement_has_a_line_in_the_audit_trail(settings: Path) -> None:
    replace(settings)
    meter(settings, "undo", "1", who="Minh", why="was another meter")
    ledger = open_ledger(load_configuration(settings, None)[0])
    with ledger.begin() as tx:
        trail = tx.audit_trail("kiln.gas")
    ledger.close()
    assert [(line["what"], line["who"], line["why"]) for line in trail] == [
        ("replaced.undone", "Minh", "was another meter"),
        ("meter.replaced", "Lan", "calibration due"),
    ]
    assert trail[1]["details"]["amendment"] == 1


@pytest.mark.parametrize(
    ("given", "option", "words"),
    [
        ({"target": "kiln.gass"}, "METER", "there are kiln.gas, kiln.power, output, outdoor"),
        ({"target": "kiln.power"}, "METER", "only a counter has a register"),
        ({"target": "output"}, "METER", "only a counter has a register"),
        ({"registers": (903_000.0, NEW)}, "--old-register", "less than before: 904000 L at 2026-10-23 09:45"),
        ({"registers": (OLD, 21.0)}, "--new-register", "more than after: 20 L at 2026-10-23 10:00"),
        ({"registers": (1_000_001.0, NEW)}, "--old-register", "goes back to 0 at 1000000 L"),
        ({"registers": (OLD, -1.0)}, "--new-register", "0 or more"),
        ({"registers": (float("nan"), NEW)}, "--old-register", "is needed"),
        ({"registers": (OLD, None)}, "--new-register", "is needed"),
        ({"rollover": 10.0}, "--new-register", "goes back to 0 at 10 L"),
        ({"rollover": 0.0}, "--rollover", "more than 0"),
        ({"at": "2199-01-01 00:00"}, "--at", "in the future"),
        ({"at": "23.10.2026"}, "--at", "write 2026-11-20 09:30"),
        ({"at": ""}, "--at", "is needed"),
        ({"who": " "}, "--who", "is needed"),
        ({"why": ""}, "--why", "is needed"),
    ],
)
def test_a_replacement_that_cannot_be_true_is_refused(
    settings: Path, given: dict[str, Any], option: str, words: str
) -> None:
    problems = refused(lambda: replace(settings, **given))
    assert words in problems[option]
    assert journal(settings) == []


@pytest.mark.parametrize("again", [EXCHANGED, "2026-10-23 10:05", "2026-10-24 10:00"])
def test_the_same_replacement_is_not_entered_twice(settings: Path, again: str) -> None:
    replace(settings)
    problems = refused(lambda: replace(settings, at=again))
    assert "replacement 1 of 2026-10-23 10:00:00+02:00" in problems["--at"]
    assert "wastenot meter undo 1" in problems["--at"]
    assert len(journal(settings)) == 1


def test_a_second_replacement_is_judged_by_the_registers_of_the_first(settings: Path) -> None:
    replace(settings)
    problems = refused(lambda: replace(settings, at="2026-10-23 10:10", registers=(10.0, 5.0)))
    assert "less than before: 20 L at 2026-10-23 10:00" in problems["--old-register"]
    assert replace(settings, at="2026-10-23 10:10", registers=(700.0, 5.0)) == 0


@pytest.mark.parametrize(
    ("old", "new", "size", "expected"),
    [
        (998.0, 2.0, 1000.0, 4.0),
        (998.0, 2.0, None, None),
        (600.0, 2.0, 1000.0, None),  # more than a tenth of the register: no wrap
        (5.0, 7.5, None, 2.5),
        (91234.5, 91234.499999, None, 0.0),  # noise of a 32-bit register
        (None, 2.0, None, None),
        (2.0, None, None, None),
    ],
)
def test_a_register_counts_upwards_or_around(
    old: float | None, new: float | None, size: float | None, expected: float | None
) -> None:
    assert counted(old, new, size) == expected


def test_an_undone_replacement_may_be_entered_again_and_both_are_listed(
    settings: Path, capsys: Capture
) -> None:
    replace(settings)
    meter(settings, "undo", "1")
    assert "there are: none" in refused(lambda: correct(settings, "undo", number="1"))["ID"]
    assert "undone before" in refused(lambda: meter(settings, "undo", "1"))["ID"]
    assert "is the number" in refused(lambda: meter(settings, "undo", "kiln.gas"))["ID"]
    replace(settings)
    capsys.readouterr()
    meter(settings, "replacements", "kiln.gas")
    rows = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["undone"] and row["undone"]["id"]) for row in rows] == [(1, 2), (3, None)]
    meter(settings, "replacements", as_json=False)
    assert "undone" in capsys.readouterr().out


def test_a_meter_is_shown_with_the_registers_of_its_instruments(settings: Path, capsys: Capture) -> None:
    replace(settings, rollover=500_000.0)
    capsys.readouterr()
    meter(settings, "show", "kiln.gas")
    registers = json.loads(capsys.readouterr().out)["registers"]
    assert registers == [
        {"from": None, "to": "2026-10-23T08:00:00Z", "first": None, "last": OLD, "rollover": 1_000_000.0},
        {"from": "2026-10-23T08:00:00Z", "to": None, "first": NEW, "last": None, "rollover": 500_000.0},
    ]
    meter(settings, "list")
    rows = {row["meter"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["kiln.gas"]["replacements"], rows["kiln.gas"]["value"]) == (1, 255_020.0)
    assert (rows["kiln.power"]["value"], rows["outdoor"]["value"]) == (5000.0, 50.0)
    meter(settings, "list", as_json=False)
    assert "255020" in capsys.readouterr().out
    assert "one of list" in refused(lambda: meter(settings, "swap"))["ACTION"]


def test_the_plant_of_these_tests_has_no_problem(tmp_path: Path) -> None:
    assert load_plant(write_plant(tmp_path, WORKS)).meters["kiln.gas"].rollover == 10_000.0
