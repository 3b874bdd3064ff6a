"""`wastenot correct` as a person uses it: what is refused, kept, listed and undone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.wiring import load_configuration, open_store
from tests.app.amendment_builders import (
    BEGIN,
    EXCHANGED,
    NEW,
    OLD,
    Capture,
    a_kiln,
    correct,
    journal,
    meter,
    refused,
)
from tests.e2e.commands import run

WINDOW = ("2026-10-24 12:00", "2026-10-24 14:00")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return a_kiln(tmp_path)


@pytest.mark.parametrize(
    ("target", "asked", "kept", "before", "after"),
    [
        ("kiln.gas", {"bad": True}, None, 15_000.0, 15_000.0),
        ("kiln.gas", {"value": 4000.0}, 40.0, 15_000.0, 11_000.0),
        ("kiln.gas", {"interpolate": True}, None, 15_000.0, 15_000.0),
        ("kiln.gas", {"scale": 0.5}, 0.5, 15_000.0, 11_000.0),
        ("kiln.gas", {"offset": 50.0}, 0.5, 15_000.0, 15_000.0),
        ("kiln.power", {"value": 1000.0}, 1.0, 5000.0, (7 * 5000.0 + 8 * 1000.0) / 15),
        ("outdoor", {"offset": -18.0}, -10.0, 50.0, (7 * 50.0 + 8 * 32.0) / 15),
        ("outdoor", {"value": 32.0}, 0.0, 50.0, (7 * 50.0 + 8 * 32.0) / 15),
        ("output", {"value": 3.0}, 3000.0, 0.5, 3.25),
    ],
)  # fmt: skip
def test_a_correction_is_kept_in_canonical_units_and_shows_its_effect(
    settings: Path, capsys: Capture, target: str, asked: dict[str, Any], kept: float | None,
    before: float, after: float,
) -> None:  # fmt: skip
    assert correct(settings, target, *WINDOW, **asked) == 0
    row = json.loads(capsys.readouterr().out)
    (entry,) = journal(settings)
    assert entry.value == (None if kept is None else pytest.approx(kept, abs=1e-12))
    hours = datetime(2026, 10, 24, 10, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert (entry.start, entry.end) == hours
    assert row["before"]["figure"] == pytest.approx(before)
    assert row["after"]["figure"] == pytest.approx(after)
    assert set(row["before"]["qualities"]) == {"measured"}
    assert set(row["after"]["qualities"]) - {"measured"} <= {"estimated", "catch_up"}


def test_a_correction_leaves_the_readings_in_the_store_as_they_came(settings: Path) -> None:
    store = open_store(load_configuration(settings, None)[0])
    window = (BEGIN, BEGIN + timedelta(days=9))
    before = store.read(["kiln.gas"], *window)
    correct(settings, "kiln.gas", *WINDOW, value=1.0)
    assert store.read(["kiln.gas"], *window).equals(before)
    store.close()


@pytest.mark.parametrize(
    ("target", "window", "asked", "option", "words"),
    [
        ("kiln.ga", WINDOW, {"bad": True}, "METER", "there are kiln.gas"),
        ("kiln.gas", WINDOW[::-1], {"bad": True}, "--to", "later than --from"),
        ("kiln.gas", ("2199-01-01", "2199-01-02"), {"bad": True}, "--to", "in the future"),
        ("kiln.gas", ("2024-01-01", WINDOW[0]), {"bad": True}, "--to", "366 days"),
        ("kiln.gas", ("2026-10-01", "2026-10-02"), {"bad": True}, "--from", "next one is of 2026-10-20 02"),
        ("kiln.gas", ("2026-10-28 10:00", "2026-10-29"), {"offset": 1.0}, "--from", "one before is of 2026"),
        ("kiln.gas", WINDOW, {}, "WHAT", "exactly one of --bad, --set"),
        ("kiln.gas", WINDOW, {"bad": True, "scale": 2.0}, "WHAT", "exactly one of"),
        ("kiln.gas", WINDOW, {"scale": 0.0}, "--scale", "above 0"),
        ("kiln.gas", WINDOW, {"scale": float("inf")}, "--scale", "finite"),
        ("kiln.gas", WINDOW, {"value": -1.0}, "--set", "never uses less than 0"),
        ("output", WINDOW, {"interpolate": True}, "--interpolate", "--set and --bad are allowed"),
        ("kiln.power", ("2026-10-19", "2026-10-21"), {"interpolate": True}, "--from", "no reading before it"),
        ("kiln.power", ("2026-10-25", "2026-10-27"), {"interpolate": True}, "--to", "no reading at or"),
    ],
)  # fmt: skip
def test_a_correction_that_means_nothing_is_refused(
    settings: Path, target: str, window: tuple[str, str], asked: dict[str, Any], option: str, words: str
) -> None:
    problems = refused(lambda: correct(settings, target, *window, **asked))
    assert words in problems[option]
    assert journal(settings) == []


def test_everything_wrong_is_said_at_once(settings: Path) -> None:
    problems = refused(lambda: correct(settings, "x", "now", "", who="", why=""))
    assert set(problems) == {"METER", "--from", "--to", "WHAT", "--who", "--why"}


def test_corrections_are_listed_and_undone_once(settings: Path, capsys: Capture) -> None:
    correct(settings, "kiln.gas", *WINDOW, scale=0.1)
    correct(settings, "outdoor", *WINDOW, offset=-18.0)
    correct(settings, "undo", number="1", who="Minh", why="was right")
    assert "undone before, by Minh" in refused(lambda: correct(settings, "undo", number="1"))["ID"]
    assert "there are: 2" in refused(lambda: correct(settings, "undo", number="9"))["ID"]
    assert "there are: none" in refused(lambda: meter(settings, "undo", "2"))["ID"]
    capsys.readouterr()
    correct(settings, "list")
    rows = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["value"], row["undone"] and row["undone"]["who"]) for row in rows] == [
        ("scaled", 0.1, "Minh"), ("shifted", -18.0, None),
    ]  # fmt: skip
    correct(settings, "list", number="outdoor", as_json=False)
    told = capsys.readouterr().out
    assert "shifted" in told
    assert "scaled" not in told


def test_the_command_line_passes_everything_on(settings: Path) -> None:
    by = ("--who", "Lan", "--why", "wrong factor", "--settings", settings)
    done = run("correct", "outdoor", "--from", WINDOW[0], "--to", WINDOW[1], "--offset", "-18", *by, "--json")
    assert (done.returncode, json.loads(done.stdout)["value"]) == (0, -18.0), done.stderr
    registers = ("--old-register", str(OLD), "--new-register", str(NEW), "--rollover", "500000")
    done = run("meter", "replace", "kiln.gas", "--at", EXCHANGED, *registers, *by)
    assert (done.returncode, "is replacement 2" in done.stdout) == (0, True), done.stderr
    done = run("meter", "replace", "kiln.gas", "--at", "2026-10-25 02:30", *registers, *by)
    assert done.returncode == 2
    assert "happens twice in Europe/Berlin" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_manual_names_every_option_of_the_commands() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    asked = ("--bad", "--set", "--interpolate", "--scale", "--offset", "--from", "--to", "--dry-run")
    for option in (*asked, "--at", "--old-register", "--new-register", "--rollover", "--who", "--why"):
        assert f"{option} " in manual or f"{option}`" in manual, option
