"""What indicators are made of: history is expected as a backtest expects it, from its first hour on."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from app.judged import judged_in_history
from store.memory import MemorySeries
from tests.analytics.baseline_builders import MONDAY, OUTPUT, a_plant, noise

DAYS = 50


def a_store_of_batches() -> MemorySeries:
    """Return the history of a line that heats up first: the hour after takes less for each kg."""
    n = (DAYS + 3) * 24
    rng = np.random.default_rng(4)
    made = np.repeat(rng.random(n // 4) < 0.6, 4) * rng.uniform(60.0, 140.0, n)
    use = 30.0 + 2.0 * made - 0.5 * np.concatenate(([made[0]], made[:-1])) + noise(n, 3.0)
    times = pl.Series([MONDAY + timedelta(hours=hour, minutes=30) for hour in range(n)])
    store = MemorySeries()
    for name, values in (("line.electricity", use), (OUTPUT, made)):
        store.load(
            pl.DataFrame({"time": times, "value": values}).select(pl.lit(name).alias("meter"), pl.all())
        )
    return store


def test_the_first_hours_of_a_window_remember_the_time_before_it() -> None:
    plant, store, learned = a_plant(OUTPUT), a_store_of_batches(), (MONDAY, MONDAY + timedelta(days=DAYS))

    def expected(hour: int) -> pl.DataFrame:
        window = (learned[1] + timedelta(hours=hour), learned[1] + timedelta(days=2))
        judged = judged_in_history(plant, store, ("line", "electricity"), learned, window)
        return judged.frame.select("start", "expected")

    whole = expected(0)
    assert whole["expected"].null_count() == 0
    for hour in (1, 2, 3, 4, 9, 14, 23):
        assert_frame_equal(expected(hour), whole[hour:], check_exact=True)
