"""What the simulated instruments show: registers, amounts and rates against what really flowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from domain.meter import Meter
from ingest.simulator.instrument import instrument_of
from ingest.simulator.simulated_plant import SimulatedPlant
from tests.ingest.simulated_plants import (
    COUNTER,
    DELTA,
    GAUGE,
    a_meter,
    a_plant,
    a_rule,
    an_odd_plant,
    an_output,
)

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def simulated(meters: list[Meter], **keys: Any) -> SimulatedPlant:
    """Return a plant of these meters, with registers that begin a month before."""
    return SimulatedPlant(a_plant(meters), 5, **{"epoch": MONDAY - 28 * DAY, "resets_per_year": 0.0, **keys})


def shown(plant: SimulatedPlant, meter: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Return one meter's readings, with a column for the step from the reading before."""
    frame = plant.readings(start, end).filter(meter=meter)
    return frame.with_columns(step=pl.col("value").diff())


def flowed(plant: SimulatedPlant, meter: str, start: datetime, end: datetime) -> float:
    """Return what really went through a meter."""
    truth = plant.truth(start, end, interval_s=60).filter(meter=meter)
    return float((truth["normal"] + truth["extra"]).sum())


def test_a_register_only_rises_and_by_what_flowed_within_its_resolution() -> None:
    plant = simulated([a_meter("line", "water", COUNTER, "m3", every_s=10.0)])
    register = shown(plant, "line.water", MONDAY, MONDAY + 3 * DAY)
    assert register.height == 3 * 8640
    assert (register["step"].drop_nulls() >= 0).all()
    first, last = register["time"][0], register["time"][-1]
    phase = first - MONDAY  # truth is cut at whole minutes: the rest of a minute flows at its minute's rate
    exact = np.interp(
        [phase / timedelta(minutes=1), (last - MONDAY) / timedelta(minutes=1)],
        np.arange(3 * 1440 + 1),
        np.concatenate([[0.0], np.cumsum(plant.truth(MONDAY, MONDAY + 3 * DAY, 60)["normal"])]),
    )
    resolution = np.unique(np.round(register["step"].drop_nulls().to_numpy(), 9))
    assert register["value"][-1] - register["value"][0] == pytest.approx(
        exact[1] - exact[0], abs=2 * resolution[resolution > 0].min()
    )


def test_a_register_of_whole_pulses_moves_by_whole_pulses() -> None:
    rule = a_rule("plant/pulses", scale=0.01)
    plant = simulated([a_meter("line", "water", COUNTER, "m3", rule=rule)])
    steps = shown(plant, "line.water", MONDAY, MONDAY + DAY)["step"].drop_nulls() / 0.01
    assert (steps - steps.round()).abs().max() < 1e-6
    assert steps.max() > 10


def test_a_register_rolls_over_at_its_size() -> None:
    plant = simulated([a_meter("line", "water", COUNTER, "m3", rollover=40.0)])
    endless = simulated([a_meter("line", "water", COUNTER, "m3")])
    frame = shown(plant, "line.water", MONDAY, MONDAY + 3 * DAY)
    rolled = frame.filter(pl.col("step") < 0)
    assert rolled.height >= 3
    assert frame["value"].max() < 40.0
    steps = frame["step"].drop_nulls()
    straightened = float((steps + 40.0 * (steps < 0).cast(pl.Float64)).sum())
    other = shown(endless, "line.water", MONDAY, MONDAY + 3 * DAY)
    assert straightened == pytest.approx(other["value"][-1] - other["value"][0], abs=0.011)


def test_a_reset_restarts_at_zero_and_loses_nothing_after_it() -> None:
    keys = {"resets_per_year": 30.0}
    plant = simulated([a_meter("line", "water", COUNTER, "m3")], **keys)
    frame = shown(plant, "line.water", MONDAY, MONDAY + 28 * DAY)
    resets = frame.filter(pl.col("step") < 0)
    assert 1 <= resets.height <= 4
    at = resets["time"][0]
    after = frame.filter((pl.col("time") >= at) & (pl.col("time") < at + 6 * HOUR))
    counted = after["value"][-1]
    assert after["value"][0] < 2.0
    truth = flowed(plant, "line.water", at.replace(second=0), after["time"][-1].replace(second=0))
    assert counted == pytest.approx(truth, abs=1.5)


@pytest.mark.parametrize("stamp", ["start", "end"])
def test_amounts_per_message_add_up_to_what_flowed(stamp: str) -> None:
    plant = simulated([a_meter("line", "salt", DELTA, "kg", every_s=30.0, stamp=stamp)])
    start, end = MONDAY + 6 * HOUR, MONDAY + 12 * HOUR
    shift = timedelta(0) if stamp == "start" else timedelta(seconds=30)
    frame = plant.readings(start + shift, end + shift).filter(meter="line.salt")
    assert frame.height == 720
    assert frame["value"].sum() == pytest.approx(flowed(plant, "line.salt", start, end), abs=0.02)


def test_a_rate_integrates_to_what_flowed() -> None:
    plant = simulated([a_meter("line", "electricity", GAUGE, "kW")])
    start, end = MONDAY + 6 * HOUR, MONDAY + 18 * HOUR
    rates = plant.readings(start, end).filter(meter="line.electricity")["value"]
    assert rates.sum() / 60 == pytest.approx(flowed(plant, "line.electricity", start, end), rel=1e-3)
    assert rates.min() > 0


@pytest.mark.parametrize("every_s", [120.0, 900.0, 3600.0])
def test_thinned_history_is_every_nth_reading_with_the_same_totals(every_s: float) -> None:
    plant = SimulatedPlant(an_odd_plant(), 5, epoch=MONDAY - 28 * DAY)
    full = plant.readings(MONDAY, MONDAY + DAY)
    thin = plant.readings(MONDAY, MONDAY + DAY, every_s)
    assert thin.height < full.height
    rates_and_registers = pl.col("meter").is_in(["line.water", "hall.water", "outdoor_temperature"])
    kept = thin.filter(rates_and_registers)
    assert kept.join(full, on=["meter", "time", "value"], how="anti").height == 0
    assert kept.filter(meter="line.water").height == 86_400 / every_s
    ours, theirs = (frame.filter(meter="line.salt")["value"].sum() for frame in (thin, full))
    assert ours == pytest.approx(theirs)


def test_output_without_a_cadence_comes_in_portions_that_add_up() -> None:
    meters = [a_meter("line", "water", COUNTER, "m3")]
    events = a_plant(meters, [an_output("line.output", every_s=None)])
    periodic = a_plant(meters, [an_output("line.output")])
    one, two = (
        SimulatedPlant(plant, 5, epoch=MONDAY).readings(MONDAY, MONDAY + 5 * DAY).filter(meter="line.output")
        for plant in (events, periodic)
    )
    assert 20 < one.height < two.height / 5
    assert one["value"].sum() == pytest.approx(two["value"].sum(), rel=1e-3)
    assert (one["value"] > 0).all()


def test_every_meter_has_its_own_phase_but_amounts_keep_to_the_clock() -> None:
    meters = [a_meter("line", "water", COUNTER, "m3", id=f"line.w{i}") for i in range(6)]
    plant = simulated([*meters, a_meter("line", "salt", DELTA, "kg")])
    seconds = plant.readings(MONDAY, MONDAY + HOUR).group_by("meter").agg(pl.col("time").dt.second().unique())
    phases = dict(seconds.iter_rows())
    assert all(len(phase) == 1 for name, phase in phases.items() if name.startswith("line.w"))
    assert len({phase[0] for name, phase in phases.items() if name.startswith("line.w")}) >= 4
    assert phases["line.salt"] == [0]


def test_instruments_say_what_ingest_makes_of_their_numbers() -> None:
    rule = a_rule("g", scale=0.5, offset=2.0)
    meter = a_meter("line", "gas", GAUGE, "Nm3/h", heating_value=10.4, rule=rule)
    instrument = instrument_of(meter, rule, 5, nominal=500.0)
    raw = np.array([0.0, 10.0, 123.4])
    assert instrument.canonical(raw).tolist() == [instrument.target.canonical(x) for x in raw.tolist()]
    levels = np.array([50.0, 77.7])
    assert instrument.canonical(instrument.raw_of_level(levels)) == pytest.approx(levels, rel=5e-3)
