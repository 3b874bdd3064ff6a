"""A plant of a hundred meters with a year of judged quarter hours on the embedded store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from app.health import PartHealth, Verdict
from app.pages import Ground
from config.plant_file import load_plant
from config.settings import Settings
from domain.baseline import Baseline, BaselineStatus, FitStatistics
from domain.hotspot import Cause, Hotspot, HotspotKind
from domain.user import Role, User
from store.ledger import SqlLedger
from store.sqlite import SqliteSeries

METERS, DAYS = 100, 365
END = datetime(2026, 3, 1, 8, tzinfo=UTC)
LEAK = END - timedelta(days=40)
#: one in so many streams leaks
LEAKING = 5
PLANT = """
[plant]
name = "Works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"

[[shift]]
name = "day"
days = ["mon", "tue", "wed", "thu", "fri", "sat"]
start = "06:00"
end = "14:00"

[[resource]]
id = "electricity"
[[resource.price]]
from = "2020-01-01"
amount = 1833
"""
PROCESS = """
[[process]]
id = "{id}"
name = "Process {id}"
[[meter]]
id = "{id}.power"
process = "{id}"
resource = "electricity"
kind = "counter"
unit = "kWh"
topic = "plant/{id}/power"
"""
_FIT = FitStatistics(8760, 10, 12.0, 8.0, 0.1, 0.9, 0.99)


class StandingClock:
    """A clock that stands at the end of the year."""

    def now(self) -> datetime:
        return END


def process_ids() -> list[str]:
    """Return the ids of the processes; each has one meter."""
    return [f"p{number:02d}" for number in range(METERS)]


def a_year(folder: Path) -> Ground:
    """Return what pages are made from, filled."""
    file = folder / "plant.toml"
    file.write_text(PLANT + "".join(PROCESS.format(id=name) for name in process_ids()))
    plant = load_plant(file)
    store, ledger = SqliteSeries(folder / "series.db"), SqlLedger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.migrate()
    for number, name in enumerate(process_ids()):
        store.append_intervals(_judged(name, number))
    with ledger.begin() as tx:
        for number, name in enumerate(process_ids()):
            tx.save_baseline(_baseline(name))
            if number % LEAKING == 0:
                tx.save_hotspot(_hotspot(name))
    demo = User("demo", "Demo", "en", frozenset(Role), "", (), True, END)
    settings = Settings.model_validate({"data_dir": folder})
    health = {"store": PartHealth(Verdict.OK)}
    return Ground(settings, plant, store, ledger, StandingClock(), lambda: health, demo)


def _judged(process: str, number: int) -> pl.DataFrame:
    """Return a year of a stream: a daily wave, noise, one interval in 500 missing, and perhaps a leak."""
    many = DAYS * 96
    random = np.random.default_rng(number)
    starts = pl.datetime_range(
        END - timedelta(days=DAYS), END, "15m", closed="left", time_unit="us", eager=True
    )
    expected = 20.0 + 10.0 * np.sin(np.arange(many) / 96.0 * 2.0 * np.pi)
    actual = expected + random.normal(0.0, 2.0, many)
    actual[random.random(many) < 0.002] = np.nan
    frame = pl.DataFrame({"start": starts, "actual": actual, "expected": expected})
    leak = pl.when(pl.col("start") >= LEAK).then(3.0 if number % LEAKING == 0 else 0.0).otherwise(0.0)
    frame = frame.with_columns(actual=pl.col("actual").fill_nan(None) + leak)
    excess = pl.col("actual") - pl.col("expected")
    return frame.with_columns(
        process=pl.lit(process), resource=pl.lit("electricity"), excess=excess, cost=excess * 1833.0,
        kg_co2e=excess * 0.6,
        quality=pl.when(pl.col("actual").is_null()).then(pl.lit("missing")).otherwise(pl.lit("measured")),
    )  # fmt: skip


def _baseline(process: str) -> Baseline:
    start = END - timedelta(days=2 * DAYS)
    return Baseline(
        process, "electricity", 0, BaselineStatus.APPROVED, "hour_of_week", (), start, END, 900,
        {"sigma": [2.0] * 48}, _FIT, _FIT, (), start, "bench", "bench",
    )  # fmt: skip


def _hotspot(process: str) -> Hotspot:
    return Hotspot(
        f"bench{process}", process, "electricity", HotspotKind.DRIFT, "cusum", LEAK, LEAK, END, None, "kWh",
        12.0, 80.0, 11_520.0, "VND", 22_000.0, 21_120_000.0, None, None, Cause.BASE_LOAD_UP, 0.9,
    )  # fmt: skip
