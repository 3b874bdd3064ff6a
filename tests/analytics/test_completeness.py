"""The covered share of a day: measured against what was sent, and unknown where nothing can be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from analytics.completeness import Known, completeness

START, DAY, HOUR = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=1), timedelta(hours=1)
DAYS = [(START + n * DAY, START + (n + 1) * DAY) for n in range(3)]
NOW = START + 2 * DAY + 12 * HOUR
KEPT = {"start": pl.Datetime("us", "UTC"), "coverage": pl.Float64, "interval_s": pl.Int64}


def kept(*hours: float, coverage: float = 1.0) -> pl.DataFrame:
    rows = [(START + hour * HOUR, coverage, 3600) for hour in hours]
    return pl.DataFrame(rows, schema=KEPT, orient="row")


def times(*seconds: float) -> pl.DataFrame:
    rows = [START + timedelta(seconds=one) for one in seconds]
    return pl.DataFrame({"time": rows}, schema={"time": pl.Datetime("us", "UTC")})


def known(**changes: object) -> Known:
    plain = {"kept": kept(), "times": times(), "live_from": None, "since": START, "every_s": 60.0}
    return Known(**(plain | changes))  # type: ignore[arg-type]


def test_kept_consumption_gives_its_coverage_and_missing_intervals_count_as_gaps() -> None:
    frame = pl.concat([kept(*range(12)), kept(*range(12, 24), coverage=0.5), kept(*range(24, 36))])
    assert completeness(known(kept=frame), DAYS, 3600, NOW) == [0.75, 1.0, None]
    holes = kept(*(hour for hour in range(24) if hour % 4))
    assert completeness(known(kept=holes), DAYS, 3600, NOW)[0] == 0.75


def test_what_is_not_kept_yet_is_judged_by_readings_in_buckets() -> None:
    half = times(*range(2 * 86400, 2 * 86400 + 6 * 3600, 60))
    assert completeness(known(times=half, live_from=START + 2 * DAY), DAYS, 900, NOW) == [None, None, 0.5]


def test_a_day_that_was_looked_at_without_a_reading_is_nothing_and_not_unknown() -> None:
    assert completeness(known(live_from=START + 2 * DAY), DAYS, 900, NOW)[2] == 0.0


def test_before_the_first_data_and_in_the_future_nothing_is_said() -> None:
    late = known(since=START + DAY, live_from=START, kept=kept(*range(24, 48)))
    assert completeness(late, DAYS, 3600, NOW)[0] is None
    assert completeness(known(since=None, live_from=START), DAYS, 3600, NOW) == [None] * 3
    assert completeness(known(live_from=START), [(NOW, NOW + DAY)], 3600, NOW) == [None]


def test_a_meter_without_a_cadence_is_not_judged_by_its_readings() -> None:
    assert completeness(known(every_s=None, live_from=START, times=times(5)), DAYS, 900, NOW)[0] is None


def test_a_slow_meter_is_whole_with_a_reading_in_each_two_periods() -> None:
    hourly = times(*range(0, 86400, 3600))
    assert completeness(known(every_s=3600.0, times=hourly, live_from=START), DAYS, 900, NOW)[0] == 1.0


@given(st.sets(st.integers(0, 86399), max_size=50), st.floats(1, 7200), st.integers(1, 60))
def test_a_share_is_between_nothing_and_all_and_more_readings_never_lower_it(
    seconds: set[int], every_s: float, minutes: int
) -> None:
    def share(of: set[int]) -> float:
        frame = times(*sorted(of))
        found = completeness(known(every_s=every_s, times=frame, live_from=START), DAYS, 60 * minutes, NOW)[0]
        assert found is not None
        return found

    assert 0.0 <= share(seconds) <= share(seconds | {43_200}) <= 1.0
