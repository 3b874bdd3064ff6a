"""The commands as a person runs them: exit codes, what they say, and wrong input."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest

from tests.e2e.commands import run
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a plant file and settings on the embedded defaults."""
    write_plant(tmp_path, WATER_WORKS)
    write_settings(tmp_path, http={"port": 1})
    return tmp_path


@pytest.mark.parametrize("name", ["dye_works", "brewery"])
def test_check_finds_no_problem_in_an_example_plant(tmp_path: Path, name: str) -> None:
    done = run(
        "check",
        "--plant",
        ROOT / "config" / f"{name}.toml",
        "--settings",
        write_settings(tmp_path),
        "--offline",
    )
    assert done.returncode == 0, done.stderr
    assert "no problems" in done.stdout
    assert "warning" not in done.stdout


def test_check_says_what_each_source_subscribes_to(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    sources = '[[source]]\nformat = "tasmota"\n[[source]]\ntopic = "plant/{process}/{meter...}"\n'
    plant.write_text(f"{WATER_WORKS}\n{sources}")
    asked = ("check", "--plant", plant, "--settings", write_settings(tmp_path), "--offline")
    lines = run(*asked).stdout.splitlines()
    assert "source[1] subscribes to tele/+/SENSOR: power [W], energy [kWh]" in lines
    assert "source[2] subscribes to plant/+/#" in lines
    assert json.loads(run(*asked, "--json").stdout)["sources"] == [
        {"source": "source[1]", "filters": ["tele/+/SENSOR"], "values": ["power [W]", "energy [kWh]"]},
        {"source": "source[2]", "filters": ["plant/+/#"], "values": []},
    ]


def test_check_lists_every_problem_of_both_files_and_exits_2(tmp_path: Path) -> None:
    bad = WATER_WORKS.replace("Europe/Rome", "Europe/Rom").replace('unit = "m3/h"', 'unit = "m4/h"')
    write_plant(
        tmp_path,
        bad.replace('process = "supply"', 'process = "suply"').replace(
            'currency = "EUR"', 'currency = "EURO"'
        ),
    )
    settings = write_settings(tmp_path, http={"port": 99999}, analysis={"evry": 5})
    done = run("check", "--plant", tmp_path / "plant.toml", "--settings", settings)
    assert done.returncode == 2
    for part in ("timezone", "Europe/Rom", "m4/h", "suply", "EURO", "99999", "evry"):
        assert part in done.stderr, part
    assert "6 problem(s); nothing was started." in done.stderr
    assert "Traceback" not in done.stderr


def test_check_reaches_the_servers_and_says_what_works(site: Path) -> None:
    done = run("check", "--settings", site / "wastenot.toml", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert {one["name"]: one["trouble"] for one in answer["servers"]}["series store"] == ""


def test_check_says_which_server_is_away_and_exits_1(site: Path) -> None:
    settings = write_settings(site, broker={"host": "127.0.0.1", "port": 1})
    done = run("check", "--settings", settings)
    assert done.returncode == 1
    assert "broker: 127.0.0.1:1" in done.stdout


def test_import_stores_good_rows_and_lists_refused_ones_with_their_lines(site: Path) -> None:
    file = site / "history.csv"
    file.write_text("time,meter,value\n2026-01-01T00:00:00Z,supply.water,5\nnever,supply.water,5\n")
    done = run("import", file, "--settings", site / "wastenot.toml")
    assert done.returncode == 1
    assert "1 readings stored, 1 rows refused" in done.stdout
    assert "line 3: supply.water: bad_time" in done.stdout


def test_doctor_tells_the_last_reading_and_no_secret(site: Path) -> None:
    settings = write_settings(
        site, broker={"host": "127.0.0.1", "port": 1, "username": "u", "password": "hush-hush"}
    )
    file = site / "history.csv"
    file.write_text("time,meter,value\n2026-01-01T00:00:00Z,supply.water,5\n")
    run("import", file, "--settings", settings)
    done = run("doctor", "--settings", settings, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1, "the broker is away"
    assert answer["last_readings"]["supply.water"]["at"] == "2026-01-01T00:00:00+00:00"
    assert answer["process"]["status"] == "not running here"
    assert "hush-hush" not in done.stdout + done.stderr


def test_a_missing_plant_file_is_a_problem_and_no_stack(tmp_path: Path) -> None:
    done = run("up", "--plant", tmp_path / "none.toml", "--settings", write_settings(tmp_path))
    assert done.returncode == 2
    assert "none.toml" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "periods", [("2026-01", "2026-02-01/2026-03-01"), ("2026-01-01/2026-02-10", "2026-02-01/2026-03-01")]
)
def test_wrong_periods_of_a_backtest_are_refused(site: Path, periods: tuple[str, str]) -> None:
    options = ("--baseline", periods[0], "--report", periods[1])
    done = run("backtest", "--plant", site / "plant.toml", "--data", site / "none.csv", *options)
    assert done.returncode == 2
    assert "problem(s)" in done.stderr


def test_a_backtest_finds_a_leak_in_imported_history_and_approves_nothing_twice(site: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for hour in range(24 * 70):
        at = start + timedelta(hours=hour)
        usual = 100.0 + 20.0 * (7 <= at.hour < 19) + 0.5 * ((hour * 7919) % 5 - 2)
        rows.append((at, "supply.water", usual + (30.0 if hour >= 24 * 50 else 0.0)))
    frame = pl.DataFrame(rows, schema=["time", "meter", "value"], orient="row")
    frame.write_parquet(site / "history.parquet")
    options = ("--baseline", "2026-01-02/2026-02-10", "--report", "2026-02-11/2026-03-10")
    data = ("--data", site / "history.parquet", "--out", site / "out.json")
    done = run("backtest", "--plant", site / "plant.toml", *data, *options)
    assert done.returncode == 0, done.stderr
    result = json.loads((site / "out.json").read_text())
    assert result["baselines"][0]["out_of_sample"]["n"] > 0
    (leak,) = [one for one in result["hotspots"] if one["kind"] == "drift"]
    since = datetime.fromisoformat(leak["since"])
    assert abs(since - (start + timedelta(days=50))) <= timedelta(hours=6)
    assert leak["excess_per_hour"] == pytest.approx(30.0, rel=0.15)
    assert leak["cost_per_hour"] == pytest.approx(leak["excess_per_hour"] * 1.9, rel=1e-6)
    assert result["summary"]["meters"] == 1


def test_it_says_which_version_it_is() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"Wastenot {version('wastenot')}\n")


def test_a_language_nobody_translated_is_wrong_use_and_no_stack() -> None:
    done = run("demo", "--language", "xx")
    assert done.returncode == 2
    assert "'en', 'vi'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_beginning_that_is_no_time_is_wrong_use_and_says_how_to_write_one() -> None:
    done = run("demo", "--start", "yesterday")
    assert done.returncode == 2
    assert "'yesterday' does not match" in done.stderr
    assert "%Y-%m-%dT%H:%M" in done.stderr
