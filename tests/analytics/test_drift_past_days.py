"""The days of a period say together what each of them says by itself when the judge meets it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.drift.channels import Part, day_values
from analytics.drift.past_days import Hours, past_days

SHIFTS = ("", "early", "late", "night")
PARTS = st.builds(
    Part,
    excess=st.floats(-50.0, 50.0),
    expected=st.sampled_from([0.0, 1e-9]) | st.floats(-5.0, 100.0),
    sigma=st.floats(0.5, 10.0),
    idle=st.booleans(),
    off=st.booleans(),
    shift=st.sampled_from(SHIFTS),
    hours=st.sampled_from([0.25, 1.0]),
)


def in_columns(days: list[list[Part]]) -> Hours:
    numbered = [(number, part) for number, day in enumerate(days) for part in day]
    places = {"": -1, **{name: place for place, name in enumerate(SHIFTS[1:])}}
    columns = {
        name: np.array([getattr(part, name) for _, part in numbered], dtype=kind)
        for name, kind in zip(Part._fields, [float, float, float, bool, bool, str, float], strict=True)
    }
    shift = np.array([places[part.shift] for _, part in numbered], dtype=np.int64)
    day = np.array([number for number, _ in numbered], dtype=np.int64)
    return Hours(**{**columns, "shift": shift}, day=day, shifts=SHIFTS[1:])


@given(st.lists(st.lists(PARTS, min_size=1, max_size=25), max_size=6))
def test_they_say_what_each_says_by_itself(days: list[list[Part]]) -> None:
    together = past_days(in_columns(days))
    alone = [day_values(day) for day in days]
    assert together.rest.tolist() == [one.rest for one in alone]
    assert {*together.values} == {name for one in alone for name in one.values}
    for name, values in together.values.items():
        own = [one.values.get(name, np.nan) for one in alone]
        assert values == pytest.approx(own, rel=1e-9, abs=1e-9, nan_ok=True)


def test_rest_days_have_their_own_deviation() -> None:
    part = Part(1.0, 10.0, 1.0, idle=False, off=False, shift="", hours=1.0)
    days = past_days(in_columns([[part] * 24, [part._replace(off=True)] * 24]))
    assert days.standardised("total", (0.05, 0.2)).tolist() == pytest.approx([2.0, 0.5])


def test_no_days_say_nothing() -> None:
    assert past_days(in_columns([])).values == {}
