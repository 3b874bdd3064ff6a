"""The fast tests' view of an interval: what the stream's own level explains is no excess."""

from __future__ import annotations

import pytest

from analytics.drift import fast
from analytics.drift.interval import Interval
from analytics.drift.state import fresh_state
from tests.analytics.drift_builders import a_baseline


def standardised(excess: float, *, expected: float, level: float, mean_expected: float = 100.0) -> float:
    """Return the excess of a quarter of an hour as the fast tests take it [sigma of 0.5]."""
    state = fresh_state(a_baseline())
    state.memory.level, state.memory.mean_expected = level, mean_expected
    row = Interval(0, True, expected + excess, expected, excess, 0.5, None, None, 0, False, "")
    fast.score(state, [row], 900)
    assert state.memory.whitening.last is not None
    return state.memory.whitening.last


@pytest.mark.parametrize(
    ("excess", "expected", "deviations"),
    [
        (0.0, 25.0, 5.0),  # a full quarter: amount and share are the same 2.5 below
        (0.0, 1.0, 0.2),  # an idle one: nothing used less is explained by a share
        (-2.5, 1.0, 0.0),  # and the whole amount by an amount
        (-1.0, 1.0, 0.0),  # as is what lies between
        (-3.0, 1.0, -1.0),  # only what is beyond both counts
        (-5.0, 50.0, 0.0),
        (-1.5, 50.0, 2.0),
    ],
)
def test_a_level_explains_what_it_is_as_an_amount_or_as_a_share(
    excess: float, expected: float, deviations: float
) -> None:
    assert standardised(excess, expected=expected, level=-10.0) == pytest.approx(deviations)
    assert standardised(-excess, expected=expected, level=10.0) == pytest.approx(-deviations)


def test_before_a_mean_is_known_a_level_is_an_amount() -> None:
    assert standardised(0.0, expected=1.0, level=-10.0, mean_expected=0.0) == pytest.approx(5.0)
