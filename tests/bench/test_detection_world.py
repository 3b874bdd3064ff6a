"""The benchmark takes any file of meters and faults of any size, and says what it cannot take."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench import baseline, detection
from bench.detection_world import fault_of, frames_in, inject, year_of

FILE = "works.parquet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three years of one meter, a year of another, and their weather."""
    where = tmp_path_factory.mktemp("meters")
    hours = pl.datetime_range(datetime(2019, 1, 1), datetime(2022, 1, 1), "1h", closed="left", eager=True)  # noqa: DTZ001
    hours = hours.dt.cast_time_unit("us")
    rng, count = np.random.default_rng(3), np.arange(hours.len())
    use = 40 + 20 * ((count % 24 >= 7) & (count % 24 < 18)) + rng.normal(0, 2, hours.len())
    long = pl.DataFrame({"ts_utc": hours, "meter": "long", "kwh": use})
    short = long.filter(pl.col("ts_utc").dt.year() == 2020).with_columns(meter=pl.lit("short"))
    pl.concat([long, short]).write_parquet(where / FILE)
    degrees = 10 - 8 * np.cos(2 * np.pi * count / 8766)
    weather = pl.DataFrame({"ts_utc": hours, "temp": degrees})
    weather.write_parquet(where / "weather_bedford_2016_2022.parquet")
    return where


def test_each_two_years_in_a_row_are_a_case(folder: Path) -> None:
    pairs = frames_in(folder, FILE)
    spans = {name: (one["start"][0].date(), one["start"][-1].date()) for name, one in pairs.items()}
    assert spans == {
        "long 2019": (date(2019, 1, 1), date(2020, 12, 31)),
        "long 2020": (date(2020, 1, 1), date(2021, 12, 31)),
    }


@pytest.mark.parametrize("text", ["step", "8", "stop8", "step0", "step-8", "step8.5", ""])
def test_what_is_no_fault_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fault: step, ramp, night, base, heat, drop, stuck"):
        fault_of(text)


def test_faults_have_the_size_of_their_name(folder: Path) -> None:
    year = year_of("long 2020", frames_in(folder, FILE)["long 2020"])
    assert year is not None
    actual = year.frame["actual"].to_numpy()
    more = inject(year, actual, fault_of("step8"), 100) / actual
    assert more[:2400] == pytest.approx(1.0)
    assert more[2400:] == pytest.approx(1.08)
    stuck = inject(year, actual, fault_of("stuck3"), 100)
    assert set(stuck[2400:2472]) == {actual[2399]}
    assert (stuck[2472:] == actual[2472:]).all()


def test_other_meters_and_sizes_are_judged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "--data",
        str(folder),
        "--file",
        FILE,
        "--faults",
        "step30",
        "stuck3",
        "--jobs",
        "1",
        "--world",
        "real",
    ]
    monkeypatch.setattr(sys, "argv", ["detection", *asked])
    assert detection.main() == 0
    told = capsys.readouterr().out
    assert "real world: 2 meters, 2.0 meter-years, 8 drifts" in told
    judge = next(line for line in told.splitlines() if line.startswith("judge  "))
    assert judge.split()[1:5] == ["0.00", "1.00", "1.00", "1.000"]  # rate, step30, stuck3, mean


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--file", "other.parquet"], "no file with ts_utc, meter, kwh in "),
        (["--file", "weather_bedford_2016_2022.parquet"], "no file with ts_utc, meter, kwh in "),
        (["--file", FILE, "--meters", "0"], "no meter has two calendar years in a row"),
    ],
)
def test_what_cannot_be_judged_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    message: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["detection", "--data", str(folder), *asked])
    assert detection.main() == 2
    assert message in capsys.readouterr().err


def test_a_fault_that_is_none_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["detection", "--faults", "stop8"])
    with pytest.raises(SystemExit, match="2"):
        detection.main()
    assert "'stop8' is no fault" in capsys.readouterr().err


def test_baselines_of_other_meters_are_scored(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "cambridge").symlink_to(folder)
    monkeypatch.setattr(sys, "argv", ["baseline", "--data", str(tmp_path), "--file", FILE])
    assert baseline.main() == 0
    ours = next(line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(FILE))
    assert ours[2] == "2"  # pairs of years
    assert 2.0 < float(ours[3]) < 6.0  # noise of 2 on a mean of 49 kWh
    monkeypatch.setattr(sys, "argv", ["baseline", "--data", str(tmp_path), "--file", "none.parquet"])
    assert baseline.main() == 2
    assert "no file with ts_utc, meter, kwh in" in capsys.readouterr().err
