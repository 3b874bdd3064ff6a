"""The simulated world: weather, working time, batches, and consumption that follows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from domain.plant import Shift
from ingest.simulator.paging import PAGE_US, STEPS, generator, page_of, smooth_noise
from ingest.simulator.physics import Physics
from ingest.simulator.simulated_plant import SimulatedPlant
from ingest.simulator.weather import outdoor_temperature
from ingest.simulator.working import WorkingTime, covered
from ingest.times import micros
from tests.ingest.simulated_plants import EXAMPLES, WORKDAYS, a_small_plant, example_plant

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = page_of(micros(MONDAY))


def berlin(hour: int, day: date) -> int:
    """Return an hour of a winter day in Berlin in microseconds."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 1))


def test_names_have_random_numbers_of_their_own() -> None:
    one, same, other = (generator(3, *names).random(4) for names in (("a", 1), ("a", 1), ("a", 2)))
    assert (one == same).all()
    assert not (one == other).any()


def test_noise_joins_from_page_to_page_and_is_autocorrelated() -> None:
    both = np.concatenate([smooth_noise(3, "x", page, 3600) for page in (PAGE, PAGE + 1)])
    assert abs(both[STEPS] - both[STEPS - 1]) < 0.2
    assert np.corrcoef(both[:-10], both[10:])[0, 1] > 0.9
    assert abs(np.corrcoef(both[:-300], both[300:])[0, 1]) < 0.2
    assert 0.5 < both.var() < 0.9


@pytest.mark.parametrize(("country", "warm", "cold"), [("DE", 7, 1), ("VN", 7, 1), ("AU", 1, 7)])
def test_seasons_and_days_are_where_they_belong(country: str, warm: int, cold: int) -> None:
    zone = {"DE": "Europe/Berlin", "VN": "Asia/Ho_Chi_Minh", "AU": "Australia/Sydney"}[country]
    plant = a_small_plant(country=country, timezone=zone)

    def month(number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        first = page_of(micros(datetime(2026, number, 8, tzinfo=UTC)))
        return np.concatenate([outdoor_temperature(plant, 3, page) for page in (first, first + 1)])

    assert month(warm).mean() > month(cold).mean() + 5
    week = outdoor_temperature(plant, 3, PAGE)
    times = pl.Series(np.arange(STEPS) * 60_000_000 + PAGE * PAGE_US).cast(pl.Datetime("us", "UTC"))
    hours = times.dt.convert_time_zone(zone).dt.hour().to_numpy()
    assert week[hours == 15].mean() > week[hours == 4].mean() + 2


def test_the_plant_works_in_its_shifts_only() -> None:
    share = WorkingTime(a_small_plant()).share(PAGE)
    times = pl.Series(np.arange(STEPS) * 60_000_000 + PAGE * PAGE_US).cast(pl.Datetime("us", "UTC"))
    local = times.dt.convert_time_zone("Europe/Berlin")
    on = (local.dt.weekday() <= 5) & (local.dt.hour() >= 6) & (local.dt.hour() < 22)
    assert (share == on.cast(pl.Float64).to_numpy()).all()


def test_closures_and_public_holidays_are_free_and_a_night_shift_before_them_ends_in_the_morning() -> None:
    night = (Shift("night", WORKDAYS, time(22), time(6)),)
    wednesday = date(2026, 11, 18)
    closed = WorkingTime(a_small_plant(shifts=night, closed=((wednesday, wednesday),)))
    assert closed.spans(wednesday) == []
    tuesday = closed.spans(wednesday - DAY)
    assert tuesday == [(berlin(22, wednesday - DAY), berlin(30, wednesday - DAY))]
    assert WorkingTime(a_small_plant()).is_closed(date(2026, 12, 25))
    assert not WorkingTime(a_small_plant()).is_closed(date(2026, 12, 28))


def test_a_plant_without_shifts_works_around_the_clock() -> None:
    assert WorkingTime(a_small_plant(shifts=())).share(PAGE).min() == 1.0


def test_overlapping_shifts_are_worked_once() -> None:
    shifts = (Shift("a", WORKDAYS, time(6), time(15)), Shift("b", WORKDAYS, time(14), time(6)))
    working = WorkingTime(a_small_plant(shifts=shifts))
    assert working.spans(date(2026, 11, 18)) == [
        (berlin(6, date(2026, 11, 18)), berlin(30, date(2026, 11, 18)))
    ]


def test_what_spans_cover_is_exact_to_the_second() -> None:
    start = PAGE * PAGE_US
    share = covered(
        [(start + 30_000_000, start + 90_000_000), (start + 100_000_000, start + 101_000_000)], PAGE
    )
    assert share[:3].tolist() == pytest.approx([0.5, 0.5 + 1 / 60, 0.0])


def test_batches_stay_within_working_time_and_do_not_overlap() -> None:
    physics = Physics(a_small_plant(), 3)
    batches = physics.production.batches("line.output", PAGE)
    spans = [span for day in physics.working.days_of(PAGE) for span in physics.working.spans(day)]
    assert len(batches) > 15
    assert all(any(low <= b.start_us < b.end_us <= high for low, high in spans) for b in batches)
    assert all(one.end_us <= two.start_us for one, two in pairwise(batches))
    sizes = [batch.amount for batch in batches]
    assert min(sizes) > 0
    assert max(sizes) > 1.5 * min(sizes)


def test_a_recipe_moves_use_within_a_batch_but_not_its_total() -> None:
    production = Physics(a_small_plant(), 3).production
    even, early = (
        production.rate("line.output", PAGE, recipe) for recipe in ((1.0,) * 4, (2.0, 1.0, 0.5, 0.5))
    )
    assert even.sum() == pytest.approx(early.sum(), rel=1e-3)
    assert np.abs(even - early).max() > 0.3 * even.max()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_stream_of_the_examples_is_explained_by_its_variables_but_not_completely(name: str) -> None:
    plant = example_plant(name)
    simulated = SimulatedPlant(plant, 2, epoch=MONDAY - 28 * DAY)
    start = MONDAY - 21 * DAY
    truth = simulated.truth(start, MONDAY, 3600)
    physics = simulated.physics
    pages = range(page_of(micros(start)), page_of(micros(MONDAY)) + 1)
    offset = (micros(start) - pages[0] * PAGE_US) // 60_000_000

    def hourly(variable: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        steps = np.concatenate([physics.variable(variable, page) for page in pages])
        return steps[offset : offset + 21 * 1440].reshape(-1, 60).mean(axis=1)

    for meter in plant.meters.values():
        actual = truth.filter(meter=meter.id)["normal"].to_numpy()
        columns = [hourly(v) for v in plant.processes[meter.process].variables]
        matrix = np.column_stack([np.ones(len(actual)), *columns])
        fitted = matrix @ np.linalg.lstsq(matrix, actual, rcond=None)[0]
        r2 = 1 - ((actual - fitted) ** 2).sum() / ((actual - actual.mean()) ** 2).sum()
        assert 0.8 < r2 < 0.999, meter.id
        assert actual.min() >= 0.0


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_rest_when_they_are_closed(name: str) -> None:
    plant = example_plant(name)
    simulated = SimulatedPlant(plant, 2, epoch=MONDAY)
    closed = datetime.combine(plant.closed[-1][0] + DAY, time(12), tzinfo=plant.timezone).astimezone(UTC)
    frame = simulated.readings(closed, closed + timedelta(hours=4))
    made = frame.filter(
        pl.col("meter").is_in([v for v in plant.variables if plant.variables[v].kind == "delta"])
    )
    assert made.height > 0
    assert made["value"].sum() == 0.0
