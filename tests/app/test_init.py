"""`wastenot init` on a real InfluxDB 1.x and on the embedded file: everything is made once, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.commands import run
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.servers.fixtures import influxd_with_users
from tests.servers.influxd import ADMIN, ADMIN_PASSWORD, Influxd, start_influxd

__all__ = ["influxd_with_users"]

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def influxd(tmp_path: Path) -> Iterator[Influxd]:
    """A server of the test's own."""
    (tmp_path / "server").mkdir()
    running = start_influxd(tmp_path / "server")
    yield running
    running.server.kill()


def influx_settings(folder: Path, influxd: Influxd, **more: object) -> Path:
    write_plant(folder, WATER_WORKS)
    series = {"store": "influxdb", "dialect": "v1", "url": influxd.url, "database": "plant"}
    return write_settings(folder, series=series | {"username": ADMIN, "password": ADMIN_PASSWORD} | more)


def words(*arguments: object) -> list[str]:
    """Return what init changed, or would change."""
    done = run("init", *map(str, arguments), "--json")
    assert done.returncode == 0, done.stderr
    return [change["words"] for change in json.loads(done.stdout)["changes"]]


def policies(influxd: Influxd) -> dict[str, str]:
    """Return the retention policies of the database: name -> duration."""
    found = influxd.query('SHOW RETENTION POLICIES ON "plant"')
    return {row[0]: row[1] for series in found for row in series.get("values", [])}


@pytest.mark.servers
def test_a_new_influxdb_gets_its_places_once(influxd: Influxd, tmp_path: Path) -> None:
    settings = influx_settings(tmp_path, influxd)
    planned = words("--settings", settings, "--dry-run")
    assert influxd.query("SHOW DATABASES")[0].get("values", []) == []
    done = words("--settings", settings)
    assert done[1:] == planned[1:]
    assert (planned[0], done[0][:31]) == (
        f"make {tmp_path}/var/wastenot.sqlite",
        "bring the tables up to date (th",
    )
    assert "make database plant, readings kept 90 d" in planned
    assert policies(influxd) == {"autogen": "2160h0m0s", "kept": "0s"}
    assert words("--settings", settings) == []
    assert run("init", "--settings", settings).stdout == "nothing to do\n"


@pytest.mark.servers
def test_an_older_database_keeps_its_consumption_before_its_readings_get_an_end(
    influxd: Influxd, tmp_path: Path
) -> None:
    influxd.query('CREATE DATABASE "plant"')
    # The last one is as old as it takes for what it holds to be over, whatever hour it is when init runs: it
    # counts for its own hour and, estimated, for two more.
    times = [round((NOW - timedelta(hours=12 + hour)).timestamp() * 1e6) for hour in range(100)]
    influxd.write("plant", "\n".join(f"reading,meter=supply.water value={at % 7}.5 {at}" for at in times))
    settings = influx_settings(tmp_path, influxd)
    done = words("--settings", settings)
    assert "keep the consumption of all readings: 102 intervals" in done
    assert policies(influxd) == {"autogen": "2160h0m0s", "kept": "0s"}
    kept = influxd.query('SELECT count("amount") FROM "kept"."consumption"', "plant")
    assert kept[0]["values"][0][1] == 102
    assert words("--settings", settings) == []


@pytest.mark.servers
def test_another_retention_is_a_change_and_somebody_elses_data_is_left_alone(
    influxd: Influxd, tmp_path: Path
) -> None:
    words("--settings", influx_settings(tmp_path, influxd))
    longer = influx_settings(tmp_path, influxd, keep_raw="400d")
    assert words("--settings", longer) == ["retention policy autogen: keep 400 d instead of 90 d"]
    influxd.write("plant", f"payroll value=1 {round(NOW.timestamp() * 1e6)}")
    refused = run("init", "--settings", influx_settings(tmp_path, influxd, keep_raw="30d"))
    assert refused.returncode == 1
    assert "plant also holds payroll" in refused.stderr
    assert policies(influxd)["autogen"] == "9600h0m0s"


@pytest.mark.servers
def test_who_may_not_is_told_what_it_takes(
    influxd_with_users: Influxd,
    tmp_path: Path,
) -> None:
    done = run("init", "--settings", influx_settings(tmp_path, influxd_with_users, password="wrong"))
    assert done.returncode == 1
    assert "series.admin_username" in done.stderr
    assert "wrong" not in done.stderr


def test_the_embedded_file_is_set_up_once(tmp_path: Path) -> None:
    write_plant(tmp_path, WATER_WORKS)
    settings = write_settings(tmp_path)
    assert words("--settings", settings, "--dry-run")
    assert not (tmp_path / "var" / "wastenot.sqlite").exists()
    assert words("--settings", settings)
    assert words("--settings", settings) == []
    assert (
        words("--settings", write_settings(tmp_path, series={"keep_raw": "30d"}))
        == [
            "keep the consumption of all readings",
            "readings: keep 30 d instead of 90 d",
        ][1:]
    )
