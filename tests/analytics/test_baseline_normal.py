"""Normal equations with columns that each hour has for itself: the same as solving for all at once."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline.fitting import _learned
from analytics.baseline.inertia import with_memory
from analytics.baseline.models import race, report
from analytics.baseline.normal import normal_of, parameters_of, solve, solve_without_each
from analytics.baseline.sample import sample_of
from analytics.baseline.shape import Shape
from analytics.baseline.sums import TOWT_OUTPUT_BY_HOUR
from analytics.baseline.terms import Group, Spread, over_the_week
from tests.analytics.baseline_builders import (
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    noise,
    temperatures,
    week,
)

N = 12 * 168


@pytest.fixture(scope="module")
def learned():
    outside = temperatures(N)
    output = np.where(week(N) > 30, 100 + noise(N, 25, seed=3), 0.0)
    use = week(N) + 0.2 * output + np.maximum(0, 16 - outside) + noise(N, 0.5)
    use[100:140] = np.nan
    frame = a_frame(use, {OUTPUT: output, OUTSIDE: outside})
    return _learned(with_memory(sample_of(frame, a_plant(OUTPUT, OUTSIDE), "line")))


def dense(design):
    """Return every column as one matrix."""
    matrix = np.zeros((design.sample.size, design.scale.size))
    for fold in range(design.folds):
        rows, values = design.rows(fold), design.values(fold)
        matrix[np.ix_(rows, design.shared)] = values[:, design.own.shape[1] :]
        parts = np.split(np.arange(rows.size), design.ends[fold, 1:-1] - design.ends[fold, 0])
        for hour, part in enumerate(parts):
            matrix[np.ix_(rows[part], design.own[hour])] = values[part, : design.own.shape[1]]
    return matrix


def ridge(problem, terms, rows):
    design, weights = problem.normal.design, problem.weights * rows
    mine, every = np.flatnonzero(design.columns(terms)), dense(design)
    least = 1e-9 * (weights @ every**2).mean() + 1e-12
    x, prior = every[:, mine], design.prior[mine]
    y = np.nan_to_num(problem.sample.actual - problem.normal.centre)
    gram = x.T @ (x * weights[:, None])
    coefficients = np.linalg.solve(gram + np.diag(prior + least), x.T @ (weights * y))
    lost = np.trace(np.linalg.solve(gram + np.diag(prior + least), np.diag(prior + least)))
    return coefficients / design.scale[mine], mine, mine.size - lost


def test_eliminating_hour_by_hour_gives_what_solving_for_all_columns_gives(learned):
    _, problem, _, _ = learned
    terms = TOWT_OUTPUT_BY_HOUR.terms
    expected, mine, parameters = ridge(problem, terms, np.ones(N))
    found = solve(problem.normal, terms)
    assert found[mine] == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert not np.delete(found, mine).any()
    assert parameters_of(problem.normal, terms) == pytest.approx(parameters, rel=1e-6)


def test_equations_that_change_with_some_weights_are_those_made_anew(learned):
    _, problem, _, _ = learned
    design, terms = problem.normal.design, TOWT_OUTPUT_BY_HOUR.terms
    weights = problem.weights.copy()
    weights[200:500] = 0.0
    weights[700:1000:3] *= 0.5
    changed, anew = normal_of(design, weights, problem.normal), normal_of(design, weights)
    columns = design.own.shape[1] + design.shared.size  # use itself is less another centre
    for one, other in ((changed.own, anew.own), (changed.shared, anew.shared)):
        cut = slice(columns) if one.ndim == 4 else slice(design.shared.size)
        assert one[..., cut] == pytest.approx(other[..., cut], abs=1e-9 * np.abs(other).max())
    used = weights > 0
    found = [design.expected_of_all(solve(one, terms), one.centre)[used] for one in (changed, anew)]
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_what_is_learned_without_a_fold_has_not_seen_it(learned):
    _, problem, _, _ = learned
    terms = TOWT_OUTPUT_BY_HOUR.terms
    found = solve_without_each(problem.normal, terms)
    assert len(found) == problem.folds
    expected, mine, _ = ridge(problem, terms, problem.fold != 2)
    assert found[2][mine] == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_the_race_tells_of_every_candidate_and_the_simplest_within_one_standard_error_wins(learned):
    _, problem, _, _ = learned
    won = race(problem)
    rows = report(won, 50.0)
    assert [row["model"] for row in rows] == [runner.key for runner in won.runners]
    best = min(won.runners, key=lambda runner: runner.mse)
    assert best.behind == best.standard_error == 0.0
    within = [runner.key for runner in won.runners if runner.behind <= runner.standard_error]
    assert won.model.key == within[0]
    assert {row["model"]: row["place"] for row in rows if row["model"] in within} == {
        within[0]: "chosen",
        **dict.fromkeys(within[1:], "as good"),
    }
    naive = next(row for row in rows if row["model"] == "time_of_week")
    assert naive["place"] == "worse"
    assert naive["behind_pct"] > naive["standard_error_pct"]


def test_coefficients_of_busy_and_quiet_hours_come_in_this_order():
    active = np.where(np.arange(168) % 24 < 12, 1.0, 0.25)
    shape = Shape(active, {}, {}, (), (), {}, (), 0, 0, seasonal=False)
    group = Group(np.zeros((0, 2)), Spread.ACTIVITY, 0.0, np.ones(2))
    worth = over_the_week(group, np.array([1.0, 2.0, 30.0, 40.0]), shape)
    assert worth[0] == pytest.approx([1.0, 2.0])
    assert worth[12] == pytest.approx([0.25 + 22.5, 0.5 + 30.0])
