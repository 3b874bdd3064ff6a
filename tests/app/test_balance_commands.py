"""`wastenot balance` and `wastenot cost`, over history files and over the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.app.calling import call
from tests.e2e.installation import write_plant, write_settings

WORKS = """
[plant]
name = "Spinning works"
timezone = "UTC"
country = "IT"
currency = "EUR"
interval = "1h"

[[resource]]
id = "electricity"
[[resource.price]]
from = "2025-01-01"
amount = 0.1
[[resource.price.window]]
name = "peak"
start = "08:00"
end = "12:00"
amount = 0.3
[[resource.emission_factor]]
from = "2025-01-01"
amount = 0.4
scope = 2
source = "grid"
method = "location"
[[resource.emission_factor]]
from = "2025-01-01"
amount = 0.05
scope = 2
source = "contract"
method = "market"

[[resource]]
id = "cotton"
kind = "material"
unit = "kg"
[[resource.price]]
from = "2025-01-01"
amount = 2

[[process]]
id = "supply"

[[process]]
id = "spinning"
variables = ["yarn"]
feeds = ["weaving"]
system_cost_per_hour = 5
waste_cost = 0.1

[[process]]
id = "weaving"
variables = ["cloth"]
system_cost_per_hour = 5
waste_cost = 0.1

[[variable]]
id = "yarn"
kind = "delta"
unit = "kg"
every = "1h"

[[variable]]
id = "cloth"
kind = "delta"
unit = "kg"
every = "1h"

[[meter]]
id = "cotton_in"
process = "spinning"
resource = "cotton"
kind = "delta"
unit = "kg"
every = "1h"

[[meter]]
id = "main"
process = "supply"
resource = "electricity"
kind = "delta"
unit = "kWh"
every = "1h"
accuracy_pct = 1

[[meter]]
id = "spinning.power"
process = "spinning"
resource = "electricity"
kind = "delta"
unit = "kWh"
every = "1h"
under = "main"
accuracy_pct = 1
"""
AMOUNTS = {"cotton_in": 100.0, "yarn": 90.0, "cloth": 81.0, "main": 50.0, "spinning.power": 30.0}
WINDOW = ("--from", "2026-01-02", "--to", "2026-01-08")
DAYS = 7


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installation, its history in the store and in a file."""
    folder = tmp_path_factory.mktemp("works")
    write_plant(folder, WORKS)
    settings = write_settings(folder, http={"port": 1})
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        (begin + timedelta(hours=hour), name, amount)
        for hour in range(24 * 10)
        for name, amount in AMOUNTS.items()
    ]
    pl.DataFrame(rows, schema=["time", "meter", "value"], orient="row").write_parquet(folder / "h.parquet")
    done = call("import", folder / "h.parquet", "--settings", settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def asked(*options: str | Path) -> dict[str, Any]:
    done = call(*options, *WINDOW, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_balances_say_what_is_not_accounted_for_and_what_losses_cost(site: Path) -> None:
    found = asked("balance", "--settings", site / "wastenot.toml")
    (main,) = found["meters"]
    assert main["remainder"]["value"] == pytest.approx(20.0 * 24 * DAYS)
    assert main["remainder"]["pct"] == pytest.approx(40.0)
    assert [one["kind"] for one in main["findings"]] == ["closure_error"]
    assert [(one["process"], one["closure"]["value"]) for one in found["materials"]] == [
        ("spinning", pytest.approx(10.0 * 24 * DAYS)),
        ("weaving", pytest.approx(9.0 * 24 * DAYS)),
    ]
    costs = {one["process"]: one for one in found["material_costs"]["processes"]}
    hourly = 200.0 + 30.0 * (0.1 * 20 + 0.3 * 4) / 24 + 5.0
    assert costs["spinning"]["loss_cost"] == pytest.approx((0.1 * hourly + 1.0) * 24 * DAYS)
    assert costs["weaving"]["loss_cost"] == pytest.approx((0.1 * (0.9 * hourly + 5.0) + 0.9) * 24 * DAYS)
    assert {(one["source"], one["target"]) for one in found["links"]["meters"]} == {
        ("main", "spinning.power"),
        ("main", "unmetered"),
    }
    assert ("spinning", "weaving", "feed") in {
        (one["source"], one["target"], one["kind"]) for one in found["links"]["costs"]
    }


def test_history_files_give_the_balances_of_the_store(site: Path) -> None:
    of_store = asked("balance", "--settings", site / "wastenot.toml")
    of_files = asked("balance", "--plant", site / "plant.toml", "--data", site / "h.parquet")
    assert of_files == of_store


def test_main_meters_can_be_balanced_day_by_day(site: Path) -> None:
    found = asked("balance", "--settings", site / "wastenot.toml", "--every", "day")
    assert [one["period"] for one in found["meters"]] == [f"2026-01-0{day}" for day in range(2, 9)]


def test_cost_by_time_of_use_and_co2e_by_both_methods(site: Path) -> None:
    found = asked("cost", "--settings", site / "wastenot.toml", "--process", "spinning")
    power = next(one for one in found["costs"] if one["resource"] == "electricity")
    windows = {one["window"]: (one["amount"], one["cost"]) for one in power["windows"]}
    assert windows == {
        "": (pytest.approx(30 * 20 * DAYS), pytest.approx(3 * 20 * DAYS)),
        "peak": (pytest.approx(30 * 4 * DAYS), pytest.approx(9 * 4 * DAYS)),
    }
    assert power["cost"]["value"] == pytest.approx(sum(cost for _, cost in windows.values()))
    total = 30 * 24 * DAYS
    assert power["co2e_location"]["value"] == pytest.approx(0.4 * total)
    assert power["co2e_market"]["value"] == pytest.approx(0.05 * total)
    assert [one["source"] for one in power["factors"]] == ["grid", "contract"]


def test_a_person_reads_tables(site: Path) -> None:
    done = call("balance", *WINDOW, "--settings", site / "wastenot.toml")
    for words in ("Main meters", "Material and water", "Cost of losses [EUR]", "closure_error"):
        assert words in done.stdout
    done = call("cost", *WINDOW, "--settings", site / "wastenot.toml")
    assert "peak" in done.stdout
    assert "other hours" in done.stdout


def test_a_plant_without_main_meters_and_outputs_is_told_what_to_write(tmp_path: Path) -> None:
    head, _, _ = WORKS.partition("[[process]]")
    meter = WORKS[WORKS.index('[[meter]]\nid = "main"') :].partition('[[meter]]\nid = "spinning')[0]
    write_plant(tmp_path, head + '[[process]]\nid = "supply"\n' + meter)
    done = call("balance", *WINDOW, "--settings", write_settings(tmp_path))
    assert done.returncode == 1
    assert "nothing to balance: give meters the main meter" in done.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("balance", "--from", "tomorrow"), "--from = tomorrow: write a date"),
        (("balance", "--every", "shift"), "'whole', 'day'"),
        (("cost", "--resource", "electrcity"), 'did you mean "electricity"?'),
        (("cost", "--from", "2026-02-01", "--to", "2026-01-01"), "is before --from 2026-02-01"),
    ],
)
def test_wrong_use_says_what_is_allowed_and_exits_2(site: Path, options: tuple[str, ...], says: str) -> None:
    done = call(*options, "--settings", site / "wastenot.toml")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
