"""`wastenot enpi` and `wastenot cusum`, over history files and over the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from analytics.frames import stream_of
from analytics.learning import learn
from analytics.pipeline import advance
from app.wiring import load_configuration, open_ledger, open_store
from domain.baseline import Baseline
from tests.app.calling import call
from tests.e2e.installation import write_plant, write_settings

WORKS = """
[plant]
name = "Water works"
timezone = "Europe/Rome"
country = "IT"
currency = "EUR"
interval = "1h"

[[shift]]
name = "day"
start = "06:00"
end = "18:00"

[[resource]]
id = "water"
[[resource.price]]
from = "2025-01-01"
amount = 1.5

[[process]]
id = "supply"
variables = ["supply.output"]

[[variable]]
id = "supply.output"
kind = "delta"
unit = "kg"
every = "1h"

[[meter]]
id = "supply.water"
process = "supply"
resource = "water"
kind = "delta"
unit = "m3"
every = "1h"
"""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LEARNED, LEAK, DAYS = 40, 55, 70
LAST = ("--from", "2026-02-11", "--to", "2026-03-10")


def history() -> pl.DataFrame:
    """Return ten weeks of hourly use that follows the output; from day LEAK on, 5 m3/h more."""
    rows = []
    for hour in range(24 * DAYS):
        at = BEGIN + timedelta(hours=hour)
        output = 100.0 * (1.0 + 0.3 * ((hour * 31) % 7 - 3) / 3) * (7 <= at.hour < 19)
        used = 20.0 + 0.2 * output + 0.5 * ((hour * 7919) % 5 - 2)
        rows.append((at, "supply.water", used + 5.0 * (hour >= 24 * LEAK)))
        rows.append((at, "supply.output", output))
    return pl.DataFrame(rows, schema=["time", "meter", "value"], orient="row")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installation that has judged its history."""
    folder = tmp_path_factory.mktemp("works")
    write_plant(folder, WORKS)
    settings_file = write_settings(folder, http={"port": 1})
    history().write_parquet(folder / "history.parquet")
    done = call("import", folder / "history.parquet", "--settings", settings_file)
    assert done.returncode == 0, done.stdout + done.stderr
    settings, plant = load_configuration(settings_file, None)
    store, ledger = open_store(settings), open_ledger(settings)
    ledger.migrate()
    stream, end = stream_of(plant, "supply", "water"), BEGIN + timedelta(days=DAYS)
    fitted = learn(plant, store, stream, (BEGIN, BEGIN + timedelta(days=LEARNED)), end, reason="test")
    assert isinstance(fitted, Baseline)
    with ledger.begin() as tx:
        baseline = tx.save_baseline(fitted)
    advance(plant, store, ledger, stream, baseline, end)
    store.close()
    ledger.close()
    return folder


def asked(site: Path, *options: str | Path) -> dict[str, object]:
    done = call(*options, "--settings", site / "wastenot.toml", "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_indicators_over_the_store_say_what_was_lost_with_unit_and_coverage(site: Path) -> None:
    (found,) = asked(site, "enpi", *LAST)["enpis"]  # type: ignore[misc]
    hours = 14 * 24  # of the leak, until 10 March, Rome
    assert found["savings"]["value"] == pytest.approx(-5.0 * hours, rel=0.03)
    assert found["savings"]["low"] < -5.0 * hours * 0.97 < found["savings"]["high"] + 60
    assert (found["savings"]["unit"], found["savings"]["method"]) == ("m3", "forecast")
    assert found["excess_cost"]["value"] == pytest.approx(-1.5 * found["savings"]["value"])
    assert found["senpi"]["value"] > 1.0
    assert found["senpi"]["coverage"] == 1.0
    assert found["excess_co2e"] == found["excess_co2e"] | {
        "value": None,
        "left_out": {"no_factor": 28 * 24},
    }
    assert found["sec"]["unit"] == "m3/kg"
    assert found["sec"]["value"] == pytest.approx(
        found["sec"]["numerator"]["value"] / found["sec"]["denominator"]["value"]
    )


def test_history_files_give_the_indicators_of_the_store(site: Path) -> None:
    files = ("--data", str(site / "history.parquet"), "--baseline", "2026-01-01/2026-02-09")
    done = call(
        "enpi", *LAST, *files, "--plant", site / "plant.toml", "--json", "--by", "plant", "--every", "week"
    )
    assert done.returncode == 0, done.stderr
    weeks = json.loads(done.stdout)["enpis"]
    assert [week["period"] for week in weeks] == [f"2026-W{week:02}" for week in range(7, 12)]
    (whole,) = asked(site, "enpi", *LAST)["enpis"]  # type: ignore[misc]
    assert sum(week["savings"]["value"] for week in weeks) == pytest.approx(
        whole["savings"]["value"], rel=0.02
    )


def test_the_running_sum_bends_where_the_leak_began(site: Path) -> None:
    (found,) = asked(site, "cusum", *LAST, "--process", "supply")["cusums"]  # type: ignore[misc]
    (change,) = found["changes"]
    began = (BEGIN + timedelta(days=LEAK)).date()
    assert abs((datetime.fromisoformat(change["day"]).date() - began).days) <= 1
    assert change["after"] == pytest.approx(120.0, rel=0.05)
    assert found["days"][-1]["cusum_cost"] == pytest.approx(1.5 * found["days"][-1]["cusum"])


def test_a_person_reads_tables(site: Path) -> None:
    done = call("enpi", *LAST, "--settings", site / "wastenot.toml", "--shift", "day")
    assert "Energy performance indicators" in done.stdout
    assert "supply" in done.stdout
    done = call("cusum", *LAST, "--by", "plant", "--settings", site / "wastenot.toml")
    assert "CUSUM plant: +1," in done.stdout
    done = call("cusum", *LAST, "--settings", site / "wastenot.toml")
    assert "CUSUM supply water: +1," in done.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("enpi", "--from", "2026-02-30"), "--from = 2026-02-30: write a date"),
        (("enpi", "--from", "2026-02-10", "--to", "2026-02-01"), "--to = 2026-02-01: is before --from"),
        (("enpi", "--from", "2999-01-01", "--to", "2999-01-02"), "--from = 2999-01-01: lies in the future"),
        (("enpi", "--from", "1980-01-01"), "more than 3653 days before --to"),
        (("enpi", "--process", "suply"), 'did you mean "supply"?'),
        (("enpi", "--resource", "gas"), "allowed: water"),
        (("enpi", "--shift", "night"), "unknown shift; allowed: day"),
        (("enpi", "--product", "beer"), "allowed: supply.output"),
        (("enpi", "--by", "team"), "'stream', 'process'"),
        (("enpi", "--baseline", "2026-01-01/2026-01-31"), "goes with --data"),
        (("cusum", "--process", "x", "--shift", "y"), "2 problem(s)"),
        (("enpi", "--data", "none.csv"), "--baseline: is needed with --data"),
    ],
)
def test_wrong_use_says_what_is_allowed_and_exits_2(site: Path, options: tuple[str, ...], says: str) -> None:
    done = call(*options, "--settings", site / "wastenot.toml")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
