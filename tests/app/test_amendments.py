"""`wastenot meter` and `wastenot correct` as a person uses them: what is refused, kept, listed and undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from app.amendments import instant
from app.commands.correct import Asked, run_correct
from app.commands.meter import run_meter
from app.replacing import counted
from app.wiring import load_configuration, open_ledger, open_store
from config.plant_file import load_plant
from domain.errors import ConfigError, Problem
from ingest.history import reading_batches
from tests.e2e.commands import run
from tests.e2e.installation import write_plant, write_settings

BERLIN = ZoneInfo("Europe/Berlin")
WORKS = """
[plant]
name = "Works"
timezone = "Europe/Berlin"
country = "DE"
currency = "EUR"
language = "en"
interval = "15min"
[[process]]
id = "kiln"
variables = ["output", "outdoor"]
[[meter]]
id = "kiln.gas"
process = "kiln"
resource = "gas"
kind = "counter"
unit = "L"
heating_value = 10.0
every = "15min"
rollover = 1000000
[[meter]]
id = "kiln.power"
process = "kiln"
resource = "electricity"
kind = "gauge"
unit = "W"
every = "15min"
[[variable]]
id = "output"
kind = "delta"
unit = "t"
[[variable]]
id = "outdoor"
kind = "gauge"
unit = "degF"
every = "15min"
"""
BEGIN = datetime(2026, 10, 20, tzinfo=UTC)
EXCHANGED = "2026-10-23 10:00"  # 08:00 UTC: three days and eight hours after BEGIN
STEPS = 6 * 96
OLD, NEW = 905_000.0, 20.0


def readings() -> pl.DataFrame:
    """Return six days: 1000 L of gas per step, through an exchange at step 320; power, output, weather."""
    rows: list[tuple[str, datetime, float]] = []
    for step in range(STEPS):
        at = BEGIN + timedelta(minutes=15 * step)
        litres = 585_000.0 + 1000.0 * step if step < 320 else NEW + 1000.0 * (step - 320)
        rows += [("kiln.gas", at, litres * 1e-3 * 10.0), ("kiln.power", at, 5.0), ("outdoor", at, 10.0)]
        rows += [("output", at, 250.0)] if step % 8 == 0 else []
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Return the settings of a plant whose readings are in the store."""
    write_plant(tmp_path, WORKS)
    path = write_settings(tmp_path, http={"port": 1})
    store = open_store(load_configuration(path, None)[0])
    for batch in reading_batches(readings(), 0):
        store.append(batch)
    store.close()
    return path


def meter(settings: Path, action: str, target: str = "", **given: Any) -> int:
    facts: dict[str, Any] = {
        "at": "", "registers": (None, None), "rollover": None, "who": "Lan", "why": "calibration due",
        "dry_run": False, "as_json": True,
    } | given  # fmt: skip
    return run_meter(settings, None, action, target, **facts)


def replace(settings: Path, target: str = "kiln.gas", **given: Any) -> int:
    return meter(settings, "replace", target, **{"at": EXCHANGED, "registers": (OLD, NEW)} | given)


def correct(
    settings: Path, target: str, start: str = "", end: str = "", number: str = "", **given: Any
) -> int:
    facts: dict[str, Any] = {"who": "Lan", "why": "wrong factor", "dry_run": False, "as_json": True}
    asked = {
        name: given.pop(name, False if name in ("bad", "interpolate") else None) for name in Asked._fields
    }
    return run_correct(
        settings, None, target, number, window=(start, end), asked=Asked(**asked), **facts | given
    )


def journal(settings: Path) -> list[Any]:
    ledger = open_ledger(load_configuration(settings, None)[0])
    ledger.migrate()
    with ledger.begin() as tx:
        found = tx.amendments()
    ledger.close()
    return found


def refused(command: Callable[[], int]) -> dict[str, str]:
    """Return what a command refuses, by option."""
    with pytest.raises(ConfigError) as caught:
        command()
    return {problem.key: problem.message for problem in caught.value.problems}


Capture = pytest.CaptureFixture[str]


# meter


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


# correct


WINDOW = ("2026-10-24 12:00", "2026-10-24 14:00")


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


# instants


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20 09:30", "2026-11-20T08:30:00+00:00"),
        ("2026-11-20", "2026-11-19T23:00:00+00:00"),
        ("2026-10-25 02:30+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 01:59", "2026-10-24T23:59:00+00:00"),
        ("2026-10-25 03:00", "2026-10-25T02:00:00+00:00"),
        ("2026-11-20T08:30:00Z", "2026-11-20T08:30:00+00:00"),
    ],
)
def test_a_local_time_or_one_with_an_offset_is_an_instant(text: str, utc: str) -> None:
    problems: list[Problem] = []
    at = instant("--at", text, BERLIN, problems)
    assert at is not None
    assert (at.isoformat(), problems) == (utc, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-10-25 02:30", "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
        ("2026-10-25 02:00", "happens twice"),
        ("2026-03-29 02:30", "does not happen in Europe/Berlin"),
        ("half past nine", "is no date and time; write 2026-11-20 09:30"),
        ("", "is needed"),
    ],
)  # fmt: skip
def test_a_local_time_that_is_not_one_instant_is_refused(text: str, words: str) -> None:
    problems: list[Problem] = []
    assert instant("--at", text, BERLIN, problems) is None
    assert words in problems[0].message


def test_no_local_time_of_hanoi_is_ambiguous() -> None:
    problems: list[Problem] = []
    at = instant("--at", "2026-10-25 02:30", ZoneInfo("Asia/Ho_Chi_Minh"), problems)
    assert at is not None
    assert (at.isoformat(), problems) == ("2026-10-24T19:30:00+00:00", [])


def test_the_plant_of_these_tests_has_no_problem(tmp_path: Path) -> None:
    assert load_plant(write_plant(tmp_path, WORKS)).meters["kiln.gas"].rollover == 10_000.0


def test_the_manual_names_every_option_of_the_commands() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    asked = ("--bad", "--set", "--interpolate", "--scale", "--offset", "--from", "--to", "--dry-run")
    for option in (*asked, "--at", "--old-register", "--new-register", "--rollover", "--who", "--why"):
        assert f"{option} " in manual or f"{option}`" in manual, option
