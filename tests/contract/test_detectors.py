"""What every drift detector of analytics.drift must do; a new one is one row of DETECTORS."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Callable

import pytest
from river.base import DriftDetector

from analytics.drift.adwin import ADWIN
from analytics.drift.cusum import CUSUM
from analytics.drift.ewma import EWMA
from analytics.drift.page_hinkley import PageHinkley

DETECTORS: dict[str, Callable[[], DriftDetector]] = {
    "cusum": lambda: CUSUM(k=0.5, h=10.0, warm_up=20),
    "cusum_recentred": lambda: CUSUM(k=0.75, h=10.0, warm_up=80, recentre=500),
    "ewma": lambda: EWMA(lam=0.1, limit=4.5, warm_up=20),
    "page_hinkley": lambda: PageHinkley(min_instances=20, delta=0.5, threshold=12.0, alpha=1.0),
    "adwin": lambda: ADWIN(delta=1e-4, clock=1, grace_period=20),
}
RESTORABLE = [name for name in DETECTORS if name != "adwin"]


@pytest.fixture(params=DETECTORS, ids=str)
def detector(request: pytest.FixtureRequest) -> DriftDetector:
    return DETECTORS[request.param]()


def noise(n: int, seed: int, mean: float = 0.0) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(mean, 1.0) for _ in range(n)]


def alarms(detector: DriftDetector, values: list[float | None]) -> list[int]:
    """Return the positions at which the detector says drift, from no drift before."""
    found, was = [], False
    for i, value in enumerate(values):
        detector.update(value)  # type: ignore[arg-type]  # None is part of our contract
        if detector.drift_detected and not was:
            found.append(i)
        was = detector.drift_detected
    return found


def test_it_is_a_river_drift_detector_with_a_documented_paper(detector: DriftDetector) -> None:
    assert isinstance(detector, DriftDetector)
    text = type(detector).__doc__ or ""
    assert "Source:" in text
    assert ">>>" in text


def test_it_is_silent_while_it_warms_up(detector: DriftDetector) -> None:
    assert alarms(detector, [0.5, -0.5] * 5) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_silent_on_stationary_noise(detector: DriftDetector, seed: int) -> None:
    assert alarms(detector, list(noise(400, seed))) == []


@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_a_step_soon_and_not_before(detector: DriftDetector, seed: int, direction: float) -> None:
    found = alarms(detector, [*noise(200, seed), *noise(60, seed + 100, 2.0 * direction)])
    assert found
    assert 200 <= found[0] < 225


def test_missing_values_change_nothing(detector: DriftDetector) -> None:
    values = [*noise(200, 5), *noise(40, 6, 2.0)]
    holes: list[float | None] = []
    for i, value in enumerate(values):
        holes.extend([value, None, math.nan] if i % 3 == 0 else [value])
    kept = [i for i, value in enumerate(holes) if value is not None and not math.isnan(value)]
    other = detector.clone()
    assert [kept.index(i) for i in alarms(detector, holes)] == alarms(other, list(values))


def test_a_clone_has_the_parameters_and_none_of_the_past(detector: DriftDetector) -> None:
    alarms(detector, [*noise(200, 5), *noise(60, 6, 2.0)])
    clone = detector.clone()
    assert clone._get_params() == detector._get_params()
    assert not clone.drift_detected
    fresh = detector.clone()
    later = [*noise(200, 8), *noise(60, 9, 2.0)]
    assert alarms(clone, list(later)) == alarms(fresh, list(later)) != []


def test_a_pickle_goes_on_where_the_original_was(detector: DriftDetector) -> None:
    alarms(detector, list(noise(150, 5)))
    copy = pickle.loads(pickle.dumps(detector))
    later = [*noise(50, 6), *noise(60, 7, 2.0)]
    assert alarms(copy, list(later)) == alarms(detector, list(later)) != []


@pytest.mark.parametrize("name", RESTORABLE)
@pytest.mark.parametrize("cut", [3, 150, 212])
def test_numbers_and_restore_carry_the_whole_state(name: str, cut: int) -> None:
    values = [*noise(200, 5), *noise(60, 6, 2.0)]
    original, restored = DETECTORS[name](), DETECTORS[name]()
    alarms(original, list(values[:cut]))
    restored.restore(original.numbers())  # type: ignore[attr-defined]
    assert restored.drift_detected == original.drift_detected
    for value in values[cut:]:
        original.update(value)
        restored.update(value)
        assert restored.drift_detected == original.drift_detected
        assert restored.numbers() == original.numbers()  # type: ignore[attr-defined]


def test_memory_does_not_grow_with_the_stream(detector: DriftDetector) -> None:
    alarms(detector, list(noise(1_000, 3)))
    early = len(pickle.dumps(detector))
    alarms(detector, list(noise(9_000, 4)))
    assert len(pickle.dumps(detector)) < 2 * early + 4_096


def test_the_score_of_a_value_does_not_depend_on_what_follows(detector: DriftDetector) -> None:
    values = [*noise(200, 5), *noise(60, 6, 2.0)]
    short, long = detector.clone(), detector.clone()
    found = alarms(long, list(values))
    assert [i for i in found if i < 230] == alarms(short, list(values[:230]))


def test_cusum_dates_the_onset() -> None:
    cusum = CUSUM(k=0.5, h=10.0)
    found = alarms(cusum, [*noise(200, 1), *noise(60, 2, 2.0)][:225])
    assert found
    assert cusum.direction == 1
    assert abs((224 - cusum.run + 1) - 200) <= 4


def test_cusum_waits_for_its_caller_and_calms_down_in_bounded_time() -> None:
    cusum = CUSUM(k=0.5, h=10.0, cap=2.0)
    alarms(cusum, [3.0] * 1_000)
    assert cusum.drift_detected
    assert cusum.up == 20.0
    alarms(cusum, [0.0] * 20)
    assert not cusum.drift_detected


def test_ewma_limits_are_wide_enough_for_its_first_values() -> None:
    early = [DETECTORS["ewma"]() for _ in range(300)]
    assert sum(bool(alarms(one, list(noise(40, seed)))) for seed, one in enumerate(early)) <= 3
