"""What every drift detector of analytics.drift must do; a new one is one row of DETECTORS."""

from __future__ import annotations

import doctest
import inspect
import math
import pickle
import pkgutil
import random
from collections.abc import Callable
from importlib import import_module

import msgspec
import pytest
from river import drift
from river.base import DriftDetector

import analytics.drift
from analytics.drift.adwin import ADWIN
from analytics.drift.cusum import CUSUM
from analytics.drift.ensemble import Ensemble
from analytics.drift.ewma import EWMA
from analytics.drift.glr import GLR
from analytics.drift.kswin import KSWIN
from analytics.drift.page_hinkley import PageHinkley

DETECTORS: dict[str, Callable[[], DriftDetector]] = {
    "cusum": lambda: CUSUM(k=0.5, h=10.0, warm_up=20),
    "cusum_recentred": lambda: CUSUM(k=0.75, h=10.0, warm_up=80, recentre=500),
    "ewma": lambda: EWMA(lam=0.1, limit=4.5, warm_up=20),
    "page_hinkley": lambda: PageHinkley(min_instances=20, delta=0.5, threshold=12.0, alpha=1.0),
    "adwin": lambda: ADWIN(delta=1e-4, clock=1, grace_period=20),
    "kswin": lambda: KSWIN(alpha=3e-5, window_size=120, stat_size=25, seed=1),
    "glr": lambda: GLR(limit=12.0, window=60),
    "ensemble": lambda: Ensemble(
        [CUSUM(k=0.75, h=7.0, warm_up=20), EWMA(lam=0.1, limit=4.0, warm_up=20), GLR(limit=9.0)], votes=2
    ),
    "ensemble_of_rivers": lambda: Ensemble(
        [PageHinkley(20, 0.5, 10.0, 1.0), ADWIN(1e-4, 1, grace_period=20), GLR(limit=9.0)], votes=2, hold=9
    ),
}


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


def test_every_detector_of_ours_is_in_this_suite() -> None:
    names = [module.name for module in pkgutil.iter_modules(analytics.drift.__path__)]
    modules = [import_module(f"analytics.drift.{name}") for name in names]
    ours = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, DriftDetector) and kind.__module__ == module.__name__
    }
    assert ours == {type(make()) for make in DETECTORS.values()}


def test_it_is_a_river_drift_detector_with_a_documented_paper(detector: DriftDetector) -> None:
    assert isinstance(detector, DriftDetector)
    text = type(detector).__doc__ or ""
    assert "Source:" in text
    assert ">>>" in text
    assert doctest.testmod(import_module(type(detector).__module__)).failed == 0


def test_it_is_silent_while_it_warms_up(detector: DriftDetector) -> None:
    assert alarms(detector, [0.5, -0.5] * 5) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_silent_on_stationary_noise(detector: DriftDetector, seed: int) -> None:
    assert alarms(detector, list(noise(400, seed))) == []


def test_its_false_alarms_in_stationary_noise_are_bounded(detector: DriftDetector) -> None:
    found = sum(len(alarms(detector.clone(), list(noise(600, seed)))) for seed in range(100, 115))
    assert found <= 4  # of 9,000 values


@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_a_step_soon_and_not_before(detector: DriftDetector, seed: int, direction: float) -> None:
    found = alarms(detector, [*noise(200, seed), *noise(60, seed + 100, 2.0 * direction)])
    assert found
    assert 200 <= found[0] < 225


@pytest.mark.parametrize("direction", [1, -1])
def test_it_tells_on_which_side_the_change_is(detector: DriftDetector, direction: int) -> None:
    for value in [*noise(200, 11), *noise(60, 12, 2.0 * direction)]:
        detector.update(value)
        if detector.drift_detected:
            break
    assert detector.direction == direction  # type: ignore[attr-defined]


def test_it_survives_nothing_but_missing_values_and_wild_ones(detector: DriftDetector) -> None:
    assert alarms(detector, [None, math.nan] * 100) == []
    alarms(detector, [*noise(100, 1), 1e12, -1e12, 0.0, None, *noise(300, 2)])
    numbers = detector.numbers()  # type: ignore[attr-defined]
    assert all(math.isfinite(number) for number in numbers)


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
    assert repr(clone) == repr(detector)
    assert not clone.drift_detected
    fresh = detector.clone()
    later = [*noise(200, 8), *noise(60, 9, 2.0)]
    assert alarms(clone, list(later)) == alarms(fresh, list(later)) != []


def test_a_pickle_goes_on_where_the_original_was(detector: DriftDetector) -> None:
    alarms(detector, list(noise(150, 5)))
    copy = pickle.loads(pickle.dumps(detector))
    later = [*noise(50, 6), *noise(60, 7, 2.0)]
    assert alarms(copy, list(later)) == alarms(detector, list(later)) != []


@pytest.mark.parametrize("cut", [0, 3, 150, 212])
def test_numbers_go_through_bytes_and_restore_the_whole_state(detector: DriftDetector, cut: int) -> None:
    values = [*noise(200, 5), *noise(60, 6, 2.0)]
    original, restored = detector, detector.clone()
    alarms(original, list(values[:cut]))
    data = msgspec.msgpack.encode(original.numbers())  # type: ignore[attr-defined]
    restored.restore(msgspec.msgpack.decode(data, type=list[float]))  # type: ignore[attr-defined]
    assert restored.drift_detected == original.drift_detected
    for value in values[cut:]:
        original.update(value)
        restored.update(value)
        assert restored.drift_detected == original.drift_detected
        assert restored.numbers() == original.numbers()  # type: ignore[attr-defined]


def test_memory_does_not_grow_with_the_stream(detector: DriftDetector) -> None:
    alarms(detector, list(noise(1_000, 3)))
    early = len(pickle.dumps(detector))
    alarms(detector, list(noise(6_000, 4)))
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


def test_kswin_decides_as_rivers_does_of_the_same_draw() -> None:
    ours, theirs = KSWIN(1e-3, 100, 30, seed=3), drift.KSWIN(1e-3, 100, 30, seed=3)
    for value in [*noise(150, 5), *noise(60, 6, 1.5), *noise(150, 7)]:
        # river's draws from one long stream: hand it ours, so that only the test itself is compared
        theirs._rng = random.Random(f"3 {(0 if theirs.drift_detected else theirs.n) + 1}")
        if theirs.drift_detected:
            theirs._reset()
            theirs._rng = random.Random("3 1")
        ours.update(value)
        theirs.update(value)
        assert ours.drift_detected == theirs.drift_detected
        assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-9)


def test_glr_dates_the_onset_and_takes_a_long_shift_for_the_new_normal() -> None:
    glr = GLR(limit=10.0, window=60)
    alarms(glr, [*noise(200, 1), *noise(20, 2, 2.0)])
    assert glr.drift_detected
    assert abs(glr.run - 20) <= 2
    alarms(glr, list(noise(80, 3, 2.0)))
    assert not glr.drift_detected


def test_one_wild_value_raises_no_alarm_in_glr() -> None:
    assert alarms(GLR(limit=10.0), [*noise(100, 1), 50.0, *noise(50, 2)]) == []


class Fixed(CUSUM):
    """Says what it is told: +2 up, -2 down, anything else nothing."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__(k=0.0, h=1.0)
        self.factor = factor

    def update(self, x: float | None) -> None:
        self._reset()
        super().update(None if x is None else x * self.factor)


def test_an_ensemble_waits_for_the_agreed_number_of_votes_in_one_direction() -> None:
    two = Ensemble([Fixed(), Fixed(), Fixed(-1.0)], votes=2)
    assert alarms(two, [0.0, 2.0]) == [1]
    assert two.direction == 1
    assert alarms(Ensemble([Fixed(), Fixed(-1.0)], votes=2), [2.0, -2.0, 2.0]) == []
    assert alarms(Ensemble([Fixed(), Fixed(), Fixed(-1.0)], votes=3), [2.0, -2.0]) == []


def test_a_vote_of_an_ensemble_lasts_as_long_as_it_is_held() -> None:
    early, late = Fixed(2.0), Fixed(1.0)
    assert alarms(Ensemble([early, late], votes=2, hold=3), [0.8, 0.0, 0.0, 1.5]) == [3]
    assert alarms(Ensemble([early, late], votes=2, hold=1), [0.8, 0.0, 1.0, 0.4]) == []


def test_an_impossible_ensemble_is_refused() -> None:
    with pytest.raises(ValueError, match="4 votes"):
        Ensemble([Fixed(), Fixed()], votes=4)
    with pytest.raises(TypeError, match="KSWIN does not tell its direction"):
        Ensemble([drift.KSWIN(), Fixed()], votes=1)
