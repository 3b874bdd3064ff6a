"""Injected faults: what they add is known, and is what the meters show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from domain.plant import Plant
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.scenario import demo_faults
from ingest.simulator.simulated_plant import SimulatedPlant
from tests.ingest.simulated_plants import EXAMPLES, a_small_plant, example_plant

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START, END = MONDAY + 30 * HOUR, MONDAY + 54 * HOUR
WATER, POWER, SALT = "line.water", "line.electricity", "line.salt"


def simulated(*faults: Fault, plant: Plant | None = None) -> SimulatedPlant:
    """Return the small plant with these faults, registers beginning a month before."""
    keys = {"epoch": MONDAY - 28 * DAY, "resets_per_year": 0.0}
    return SimulatedPlant(plant or a_small_plant(), 5, faults, **keys)  # type: ignore[arg-type] # two kinds of keys


def hourly_amounts(plant: SimulatedPlant, meter: str) -> pl.DataFrame:
    """Return what a meter of the small plant showed per hour, Monday to Friday, as an analyst adds it up."""
    readings = plant.readings(MONDAY, MONDAY + 5 * DAY).filter(meter=meter)
    amount = {WATER: pl.col("value").diff(), POWER: pl.col("value") / 60, SALT: pl.col("value")}[meter]
    hours = readings.with_columns(start=pl.col("time").dt.truncate("1h"), amount=amount)
    return hours.group_by("start").agg(pl.col("amount").sum()).sort("start")


def difference(fault: Fault) -> pl.DataFrame:
    """Return start, shown: hourly amounts with the fault less those without; and the truth beside."""
    faulty, sound = simulated(fault), simulated()
    rows = hourly_amounts(faulty, fault.meter).join(
        hourly_amounts(sound, fault.meter), on="start", suffix="_sound"
    )
    truth = faulty.truth(MONDAY, MONDAY + 5 * DAY, 3600).filter(meter=fault.meter)
    return rows.join(truth, on="start").with_columns(shown=pl.col("amount") - pl.col("amount_sound"))


@pytest.mark.parametrize("meter", [WATER, POWER, SALT])
@pytest.mark.parametrize(
    "kind", [FaultKind.LEAK, FaultKind.NIGHT_IDLING, FaultKind.EFFICIENCY_LOSS, FaultKind.SLOW_RAMP]
)
def test_meters_show_exactly_the_extra_that_the_truth_tells(kind: FaultKind, meter: str) -> None:
    frame = difference(Fault(kind, meter, START, END, 0.5))
    assert frame["extra"].sum() > 0
    assert frame.filter((pl.col("start") < START) | (pl.col("start") >= END))["extra"].abs().max() < 1e-6
    tolerance = 0.02 * frame["normal"].mean()
    assert (frame["shown"] - frame["extra"]).abs().max() < tolerance


def test_a_leak_is_the_same_at_every_hour_and_as_large_as_was_asked() -> None:
    frame = difference(Fault(FaultKind.LEAK, WATER, START, END, 0.4)).filter(
        pl.col("start").is_between(START, END, "left")
    )
    before = simulated().truth(START - 28 * DAY, START, 3600).filter(meter=WATER)["normal"].mean()
    assert frame["extra"].max() == pytest.approx(frame["extra"].min())
    assert frame["extra"].mean() == pytest.approx(0.4 * before, rel=0.1)


def test_an_absolute_leak_is_a_rate_in_the_canonical_unit() -> None:
    fault = Fault(FaultKind.LEAK, WATER, START, None, 1.5, relative=False)
    frame = difference(fault)
    assert frame.filter(pl.col("start") >= START)["extra"].to_list() == pytest.approx([1.5] * 90)


def test_idling_adds_only_outside_the_shifts() -> None:
    frame = difference(Fault(FaultKind.NIGHT_IDLING, WATER, START, None, 0.5))
    local = frame.with_columns(hour=pl.col("start").dt.convert_time_zone("Europe/Berlin").dt.hour())
    working = local.filter((pl.col("start") >= START) & pl.col("hour").is_between(6, 21))
    resting = local.filter((pl.col("start") >= START) & ~pl.col("hour").is_between(6, 21))
    assert working["extra"].abs().max() < 1e-6
    assert resting["extra"].min() > 0.3


def test_an_efficiency_loss_is_a_constant_share_of_what_flows() -> None:
    frame = difference(Fault(FaultKind.EFFICIENCY_LOSS, POWER, START, END, 0.25))
    inside = frame.filter(pl.col("start").is_between(START, END, "left"))
    assert (inside["extra"] / inside["normal"]).to_list() == pytest.approx([0.25] * 24)


def test_a_ramp_grows_steadily_to_its_size() -> None:
    frame = difference(Fault(FaultKind.SLOW_RAMP, WATER, START, END, 2.0, relative=False))
    extra = frame.filter(pl.col("start").is_between(START, END, "left"))["extra"]
    assert (extra.diff().drop_nulls() > 0).all()
    assert extra[0] == pytest.approx(2.0 * 0.5 / 24, rel=1e-3)
    assert extra[-1] == pytest.approx(2.0 * 23.5 / 24, rel=1e-3)


@pytest.mark.parametrize("meter", [WATER, POWER, SALT])
def test_a_stuck_meter_repeats_itself_and_hides_what_flows(meter: str) -> None:
    fault = Fault(FaultKind.STUCK_METER, meter, START, END)
    values = simulated(fault).readings(START, END).filter(meter=meter)["value"]
    assert values.len() == 24 * 60
    assert values.n_unique() == 1
    frame = difference(fault)
    assert frame["extra"].abs().max() < 1e-6
    tolerance = 0.03 * frame["normal"].mean()
    assert (frame["shown"] + frame["hidden"]).abs().max() < tolerance
    inside = frame.filter(pl.col("start").is_between(START, END, "left"))
    assert inside["hidden"].abs().min() > 0


def test_a_stuck_register_goes_on_from_where_it_stood() -> None:
    stuck = simulated(Fault(FaultKind.STUCK_METER, WATER, START, END)).readings(START - HOUR, END + HOUR)
    steps = stuck.filter(meter=WATER)["value"].diff().drop_nulls()
    assert (steps >= 0).all()
    assert steps.max() < 1.0


def test_a_silent_meter_says_nothing_and_its_register_catches_up() -> None:
    fault = Fault(FaultKind.SILENT_METER, WATER, START, END)
    silent, sound = simulated(fault), simulated()
    window = (START - HOUR, END + HOUR)
    with_it, without = (plant.readings(*window).filter(meter=WATER) for plant in (silent, sound))
    assert with_it.filter(pl.col("time").is_between(START, END, "left")).is_empty()
    assert with_it.height == 120
    assert with_it["value"][-1] == without["value"][-1]
    assert [m for m in silent.messages(START, END, since=START) if m.topic == "plant/line/water"] == []
    truth = silent.truth(*window).filter(meter=WATER)
    assert truth["extra"].abs().max() < 1e-6
    assert truth["hidden"].abs().max() < 1e-6


def test_faults_of_one_meter_add_up_and_leave_the_others_alone() -> None:
    leak = Fault(FaultKind.LEAK, WATER, START, END, 1.0, relative=False)
    loss = Fault(FaultKind.EFFICIENCY_LOSS, WATER, START, END, 0.1)
    truth = simulated(leak, loss).truth(START, END, 3600)
    water = truth.filter(meter=WATER)
    assert (water["extra"] - 1.0 - 0.1 * water["normal"]).abs().max() < 1e-6
    assert truth.filter(pl.col("meter") != WATER)["extra"].abs().max() == 0.0
    assert truth["normal"].equals(simulated().truth(START, END, 3600)["normal"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_demonstration_begins_with_a_leak_that_is_worth_money(name: str) -> None:
    plant = example_plant(name)
    faults = demo_faults(plant, MONDAY)
    first = faults[0]
    assert first.kind is FaultKind.LEAK
    assert MONDAY < first.start <= MONDAY + 2 * HOUR
    meter = plant.meters[first.meter]
    price = plant.resources[meter.resource].prices[-1].amount
    truth = SimulatedPlant(plant, 1, faults, epoch=MONDAY).truth(MONDAY + 4 * HOUR, MONDAY + 5 * HOUR, 3600)
    extra = truth.filter(meter=first.meter)["extra"][0]
    assert extra * price > 2 * plant.detection.min_cost_per_hour
    assert {fault.kind for fault in faults} == set(FaultKind)
    streams = [(plant.meters[f.meter].process, plant.meters[f.meter].resource) for f in faults]
    assert len(set(streams)) == len(streams)


def test_a_plant_with_one_meter_still_gets_its_leak() -> None:
    plant = a_small_plant()
    only = {WATER: plant.meters[WATER]}
    small = Plant(**{**{f: getattr(plant, f) for f in plant.__dataclass_fields__}, "meters": only})
    assert [fault.kind for fault in demo_faults(small, MONDAY)] == [FaultKind.LEAK]
