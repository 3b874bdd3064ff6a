"""Laws that replacements and corrections obey for any readings: totals, splits, order, the unknown."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.consumption import consume
from analytics.surroundings import readings_around
from domain.amendment import Amendment, AmendmentKind
from domain.consumption import RANK, Quality
from domain.meter import Meter, MeterKind, PayloadRule
from domain.units import UNITS
from store.memory import MemorySeries
from tests.analytics.amendment_builders import a_replacement, an_entry
from tests.analytics.consumption_builders import QUARTER_S, at, readings
from tests.property.test_consumption_laws import BUSY, Case, N, Points, rising, unruly

SECONDS = st.integers(-3600, N * QUARTER_S + 1800)
CORRECTIONS = ("bad", "set", "interpolated", "scaled", "shifted")


@st.composite
def corrections(draw: st.DrawFn) -> list[Amendment]:
    """Return corrections that may overlap."""
    entries = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        begin, length = draw(SECONDS), draw(st.sampled_from([1, 60, 900, 1234, 3600, 20_000]))
        kind = draw(st.sampled_from(CORRECTIONS))
        value = draw(st.sampled_from([0.5, 3.0, 20.0]))
        entries.append(an_entry(kind, begin, begin + length, number, value=value))
    return entries


@st.composite
def amended(draw: st.DrawFn) -> tuple[Case, list[Amendment]]:
    """Return any meter with corrections, a counter perhaps with a replacement."""
    case, entries = draw(unruly()), draw(corrections())
    if case.meter.kind is MeterKind.COUNTER and draw(st.booleans()):
        entries.append(a_replacement(draw(SECONDS), 400.0, draw(st.sampled_from([0.0, 90.0])), number=9))
    return case, entries


def window(
    meter: Meter, points: Points, entries: list[Amendment], first: int = 0, n: int = N
) -> pl.DataFrame:
    """Return the consumption of [first, first + n), from a store, as the analysis reads it."""
    store = MemorySeries()
    store.load(readings(*points))
    start, end = at(first * QUARTER_S), at((first + n) * QUARTER_S)
    around = readings_around(store, [meter], QUARTER_S, start, end, entries)
    return consume(around, [meter], QUARTER_S, start, end, entries)


@BUSY
@given(amended(), st.lists(st.integers(1, N - 1), max_size=4, unique=True))
def test_any_split_of_an_amended_window_gives_the_same_bits(
    drawn: tuple[Case, list[Amendment]], cuts: list[int]
) -> None:
    (meter, points), entries = drawn
    parts = [
        window(meter, points, entries, first, last - first) for first, last in pairwise([0, *sorted(cuts), N])
    ]
    assert pl.concat(parts).equals(window(meter, points, entries))


@BUSY
@given(unruly(), st.lists(st.integers(1, N - 1), max_size=4, unique=True))
def test_what_is_read_from_a_store_needs_no_more_readings(case: Case, cuts: list[int]) -> None:
    whole = consume(readings(*case.points), [case.meter], QUARTER_S, at(0), at(N * QUARTER_S))
    parts = [window(*case, [], first, last - first) for first, last in pairwise([0, *sorted(cuts), N])]
    assert pl.concat(parts).equals(whole)


@BUSY
@given(amended(), st.randoms(use_true_random=False))
def test_the_order_of_readings_and_of_entries_changes_no_bit(
    drawn: tuple[Case, list[Amendment]], random: object
) -> None:
    (meter, points), entries = drawn
    mixed = [*points, *points[::2]]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert window(meter, mixed, entries[::-1]).equals(window(meter, points, entries))


@BUSY
@given(amended())
def test_the_unknown_is_never_zero_and_what_is_corrected_never_measured(
    drawn: tuple[Case, list[Amendment]],
) -> None:
    (meter, points), entries = drawn
    frame = window(meter, points, entries)
    missing = frame["quality"] == str(Quality.MISSING)
    assert (frame["amount"].is_null() == missing).all()
    assert (frame["amount"].drop_nulls() >= 0.0).all()
    assert frame["coverage"].is_between(0.0, 1.0).all()
    assert set(frame["quality"]) <= {str(quality) for quality in RANK}
    for entry in entries:
        if entry.kind is not AmendmentKind.REPLACED:
            touched = frame.filter(
                pl.col("start") < entry.end,
                pl.col("start") + pl.duration(seconds=QUARTER_S) > entry.start,
            )
            assert str(Quality.MEASURED) not in set(touched["quality"])


@BUSY
@given(rising(), st.data())
def test_a_register_exchanged_on_the_way_counts_what_an_unbroken_one_would(
    case: Case, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(case.points) - 2))
    (t0, v0), (t1, v1) = case.points[place : place + 2]
    exchanged_s, at_exchange = round((t0 + t1) / 2, 6), (v0 + v1) / 2
    start_value = data.draw(st.sampled_from([0.0, 12.5, 5e5]))
    broken = [(t, v if t < exchanged_s else v - at_exchange + start_value) for t, v in case.points]
    entry = a_replacement(exchanged_s, at_exchange, start_value)
    whole, joined = window(*case, []), window(case.meter, broken, [entry])
    assert joined["amount"].to_list() == pytest.approx(whole["amount"].to_list(), abs=1e-6)
    assert joined["coverage"].to_list() == pytest.approx(whole["coverage"].to_list(), abs=1e-12)
    ranks = {str(quality): rank for quality, rank in RANK.items()}
    # The register's readings at the exchange make gaps shorter, never longer; and it is no reset.
    pairs = zip(joined["quality"], whole["quality"], strict=True)
    assert all(ranks[with_entry] <= ranks[without] for with_entry, without in pairs)


ZEROS = [(-5400.0, 6.0), (-1.0, 0.0), (1352.0, 0.0), (100_000.0, 0.0), (100_001.0, 9.0)]


@pytest.mark.parametrize("kind", [MeterKind.GAUGE, MeterKind.DELTA])
@pytest.mark.parametrize("shift", [None, (1000, 2000), (-3600, -0.5), (90_000, 100_000.5)])
def test_a_line_goes_past_zeros_that_mean_missing_data_however_time_is_cut(
    kind: MeterKind, shift: tuple[float, float] | None
) -> None:
    unit = UNITS["m3/h" if kind is MeterKind.GAUGE else "m3"]
    meter = Meter(
        "m", "p", "water", kind, unit, PayloadRule(""), every_s=900.0, zero_is_missing=True, stamp="start"
    )
    entries = [an_entry("interpolated", 0, 900)]
    if shift is not None:
        entries.append(an_entry("shifted", *shift, number=2, value=3.0))
    whole = window(meter, ZEROS, entries)
    parts = [window(meter, ZEROS, entries, first, 1) for first in range(N)]
    assert pl.concat(parts).equals(whole)
    every = consume(readings(*ZEROS), [meter], QUARTER_S, at(0), at(N * QUARTER_S), entries)
    assert whole.equals(every)
    assert whole["quality"][0] == str(Quality.ESTIMATED)
