"""The learner of a cold start: what it begins with, what it learns, and that it goes on from its bytes."""

from __future__ import annotations

import numpy as np

from analytics.baseline.sample import Sample, sample_of
from analytics.provisional.learner import begin, dump, expect, first_days, learn, load, taken
from tests.analytics.baseline_builders import HOUR_S, OUTPUT, OUTSIDE, a_frame, noise, week
from tests.analytics.baseline_builders import a_plant as a_works


def a_sample(days: int, **variables: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Sample:
    """Return hours that begin on a Monday: a working week's use, and what the variables add."""
    names = {"output": OUTPUT, "outside": OUTSIDE}
    given = {names[key]: values for key, values in variables.items()}
    use = week(24 * days) + noise(24 * days, 1.0, 2) + sum((0.5 * one for one in given.values()), 0.0)
    return sample_of(a_frame(use, given), a_works(*given), "line")


def day_of(sample: Sample, number: int) -> Sample:
    return taken(sample, sample.calendar.day == sample.calendar.day[0] + number)


def test_it_begins_with_three_days_of_which_half_is_usable() -> None:
    sample = a_sample(6)
    sample.usable[:14] = False  # Monday
    assert (first_days(sample) - sample.calendar.day[0]).tolist() == [1, 2, 3]
    assert first_days(taken(sample, sample.calendar.day < sample.calendar.day[0] + 3)).size == 2


def test_a_weekend_that_was_never_seen_is_wide_by_itself() -> None:
    sample = a_sample(14)
    learner = begin(sample)
    expected, sigma = expect(learner, sample)
    weekday, weekend = slice(4 * 24, 5 * 24), slice(5 * 24, 7 * 24)
    assert sigma[weekend].min() > 2 * sigma[weekday].max()
    assert np.abs(sample.actual - expected)[weekday].mean() < 6
    for number in range(3, 7):
        learn(learner, day_of(sample, number))
    _, now = expect(learner, sample)
    assert now[weekend].max() < sigma[weekend].min() / 2


def test_it_learns_what_output_and_weather_do_and_does_not_expect_where_they_are_unknown() -> None:
    n = 10 * 24
    made, outside = 40 + noise(n, 15, 5), 15 + noise(n, 6, 6)
    sample = a_sample(10, output=made, outside=outside)
    learner = begin(sample)
    for number in range(3, 9):
        learn(learner, day_of(sample, number))
    expected, _ = expect(learner, sample)
    last = slice(9 * 24, None)
    assert np.corrcoef(expected[last], sample.actual[last])[0, 1] > 0.95
    sample.variables[OUTPUT][-1] = np.nan
    assert np.isnan(expect(learner, sample)[0]).tolist() == [False] * (n - 1) + [True]


def test_it_goes_on_from_its_bytes_with_the_same_values_to_the_last_bit() -> None:
    sample = a_sample(12, output=40 + noise(12 * 24, 15, 5))
    whole = begin(sample)
    killed = load(dump(begin(sample)), HOUR_S)
    for number in range(3, 12):
        learn(whole, day_of(sample, number))
        learn(killed, day_of(sample, number))
        killed = load(dump(killed), HOUR_S)
        assert dump(killed) == dump(whole)
    for one, other in zip(expect(whole, sample), expect(killed, sample), strict=True):
        assert np.array_equal(one, other)


def test_what_it_expects_of_an_interval_does_not_depend_on_the_others() -> None:
    sample = a_sample(5)
    learner = begin(sample)
    together, _ = expect(learner, sample)
    alone = [expect(learner, taken(sample, np.arange(sample.size) == i))[0][0] for i in range(0, 120, 7)]
    assert together[::7].tolist() == alone


def test_a_process_that_never_gave_anything_back_is_not_expected_to() -> None:
    frame = a_frame(np.where(np.arange(96) % 24 < 2, 40.0, 0.1))
    learner = begin(sample_of(frame, a_works(), "line"))
    assert expect(learner, sample_of(frame, a_works(), "line"))[0].min() >= 0.0
