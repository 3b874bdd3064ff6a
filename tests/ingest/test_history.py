"""History files of both shapes become readings; every refused row is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from domain.errors import ConfigError
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process
from domain.resource import Resource, ResourceKind
from domain.units import UNITS
from ingest.history import read_history

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def a_plant() -> Plant:
    rule = PayloadRule("")
    meters = {
        "a.el": Meter("a.el", "a", "electricity", MeterKind.DELTA, UNITS["MWh"], rule),
        "a.gas": Meter("a.gas", "a", "gas", MeterKind.DELTA, UNITS["m3"], rule, heating_value=10.0),
    }
    variables = {"temp": Variable("temp", MeterKind.GAUGE, UNITS["degF"], rule)}
    energy = {name: Resource(name, name, ResourceKind.ENERGY, "kWh") for name in ("electricity", "gas")}
    return Plant(
        "P",
        ZoneInfo("Asia/Ho_Chi_Minh"),
        "VN",
        "VND",
        "vi",
        3600,
        energy,
        {"a": Process("a", "A")},
        meters,
        variables,
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "history.csv"
    path.write_text(text)
    return path


def test_a_long_csv_is_converted_to_canonical_units(tmp_path: Path) -> None:
    rows = ["2026-01-01T00:00:00Z,a.el,1.5", "2026-01-01T07:00:00+07:00,a.gas,2", "2026-01-01 00:00,temp,212"]
    history = read_history(write(tmp_path, "\n".join(["time,meter,value", *rows])), a_plant(), NOW)
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    assert history.readings.rows() == [
        ("a.el", midnight, 1500.0),
        ("a.gas", midnight, 20.0),
        ("temp", midnight, pytest.approx(100.0)),
    ]
    assert history.rejects.height == 0


def test_every_refused_row_is_named_with_line_and_reason(tmp_path: Path) -> None:
    rows = [
        "2026-01-01T00:00:00Z,a.el,1",
        "yesterday,a.el,1",
        "2026-01-01T01:00:00Z,b.el,1",
        "2026-01-01T02:00:00Z,a.el,much",
        "2026-01-01T03:00:00Z,a.el,NaN",
        "2200-01-01T00:00:00Z,a.el,1",
        "1970-01-01T00:00:00Z,a.el,1",
    ]
    history = read_history(write(tmp_path, "\n".join(["time,meter,value", *rows])), a_plant(), NOW)
    assert history.readings.height == 1
    assert history.rejects.select("line", "reason").rows() == [
        (3, "bad_time"),
        (4, "unknown_meter"),
        (5, "not_a_number"),
        (6, "not_a_number"),
        (7, "time_in_future"),
        (8, "time_too_old"),
    ]


def test_an_empty_cell_of_a_wide_file_is_unknown_and_never_zero(tmp_path: Path) -> None:
    text = "time,a.el,a.gas\n2026-01-01T00:00:00Z,1,\n2026-01-01T01:00:00Z,0,3\n"
    history = read_history(write(tmp_path, text), a_plant(), NOW)
    assert history.readings["value"].to_list() == [1000.0, 0.0, 30.0]
    assert (history.empty, history.rejects.height) == (1, 0)


def test_a_parquet_time_without_zone_is_utc(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    frame = pl.DataFrame({"time": [datetime(2026, 1, 1)], "meter": ["a.el"], "value": [1.0]})  # noqa: DTZ001 - the case
    frame.write_parquet(path)
    assert read_history(path, a_plant(), NOW).readings["time"][0] == datetime(2026, 1, 1, tzinfo=UTC)


def test_of_one_meter_and_time_the_last_line_counts(tmp_path: Path) -> None:
    text = "time,meter,value\n2026-01-01T00:00:00Z,a.el,1\n2026-01-01T00:00:00Z,a.el,2\n"
    assert read_history(write(tmp_path, text), a_plant(), NOW).readings["value"].to_list() == [2000.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when,meter,value\n", "no column 'time'"),
        ("time,meter\n", "no column 'value'"),
        ("", "cannot be read"),
    ],
)
def test_a_file_of_neither_shape_is_refused_with_what_is_allowed(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        read_history(write(tmp_path, text), a_plant(), NOW)
