"""Charts drawn by the server: everything inside its box, gaps stay gaps, days begin at their own midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web import plot

START = datetime(2026, 3, 1, tzinfo=UTC)
VALUES = st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_lines_stay_in_their_box_and_break_where_nothing_is_known(values: list[float | None]) -> None:
    step = 3600
    at = [round(START.timestamp()) + step * place for place in range(len(values))]
    on = plot.axes(START, START + timedelta(seconds=step * len(values)), values)
    known = [value for value in values if value is not None]
    if on is None:
        assert not known
        return
    lines = plot.line(on, at, values, step)
    runs = "".join("x" if value is not None else " " for value in values).split()
    assert len(lines) == len(runs)
    for text, run in zip(lines, runs, strict=True):
        places = [tuple(map(float, pair.split(","))) for pair in text.split()]
        assert len(places) == len(run) + 1
        assert all(0.0 <= x <= 1000.0 and 0.0 <= y <= 1000.0 for x, y in places)
        assert [x for x, _ in places] == sorted(x for x, _ in places)
    for tick in plot.heights(on, str):
        assert plot.TOP - 1 <= tick.place <= plot.TOP + plot.HEIGHT + 1
    assert 1 <= len(plot.heights(on, str)) <= 6


def test_a_band_is_drawn_where_both_its_edges_are_known() -> None:
    on = plot.Axes(0.0, 50.0, 0.0, 10.0)
    at = [0, 10, 20, 30, 40]
    found = plot.area(on, at, [1.0, 1.0, None, 2.0, 2.0], [3.0, 3.0, 3.0, 4.0, 4.0], 10)
    assert found == [
        "100.0,700.0 300.0,700.0 300.0,900.0 100.0,900.0",
        "700.0,600.0 900.0,600.0 900.0,800.0 700.0,800.0",
    ]


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Ho_Chi_Minh", "Asia/Kathmandu"])
def test_dates_stand_at_the_midnights_of_the_plant(zone: str) -> None:
    here = ZoneInfo(zone)
    start = datetime(2026, 3, 27, tzinfo=here)
    on = plot.axes(start, datetime(2026, 4, 1, tzinfo=here), [1.0])
    assert on is not None
    marks = plot.dates(on, here, lambda at: f"{at:%d %H:%M}", many=10)
    assert [mark.text for mark in marks] == [f"{day} 00:00" for day in (27, 28, 29, 30, 31)]
    hours = (on.end - on.start) / 3600
    assert hours == (119 if zone == "Europe/London" else 120)
    assert marks[3].place == pytest.approx(100 * (71 if hours == 119 else 72) / hours, abs=0.1)


def test_a_mark_at_the_edge_is_written_inwards() -> None:
    assert [plot.Mark(x, "2: 3/1").anchor for x in (0.0, 500.0, 990.0)] == ["start", "middle", "end"]


def test_what_is_shaded_is_cut_to_the_chart_and_never_too_thin_to_see() -> None:
    on = plot.Axes(START.timestamp(), START.timestamp() + 86400, 0.0, 1.0)
    day = timedelta(days=1)
    assert plot.shaded(on, [(START - day, START + 2 * day)]) == [(0.0, 1000.0)]
    assert plot.shaded(on, [(START + day / 2, START + day / 2)]) == [(500.0, 1.0)]
