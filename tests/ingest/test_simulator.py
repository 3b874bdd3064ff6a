"""The simulated plant as a whole: it repeats itself, joins without a seam, and its payloads are readable."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.meter import MeterKind
from domain.plant import Plant
from domain.reading import Reading
from ingest.parse import Parser
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.simulated_plant import EPOCH, Message, SimulatedPlant
from ingest.simulator.transport import PERFECT, Transport
from ingest.times import micros
from tests.ingest.simulated_plants import EXAMPLES, a_small_plant, an_odd_plant, example_plant

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROUGH = Transport(
    latency_s=2.0, late_probability=0.05, duplicate_probability=0.05, gaps_per_day=3.0, gap_s=(60.0, 1800.0)
)
LEAK = Fault(FaultKind.LEAK, "line.water", MONDAY + 5 * HOUR, None, 0.4)


def simulated(plant: Plant, seed: int = 5, *args: Any, **keys: Any) -> SimulatedPlant:
    """Return a simulated plant whose registers begin a month before: the first answer comes sooner."""
    return SimulatedPlant(plant, seed, *args, **{"epoch": MONDAY - 28 * DAY, **keys})


def parsed(plant: Plant, messages: list[Message]) -> list[Reading]:
    """Return what ingest reads from messages; none may be refused."""
    parser = Parser(plant)
    readings: list[Reading] = []
    for message in messages:
        found, rejects = parser.parse(message.topic, message.payload, micros(message.at))
        assert rejects == [], message
        readings += found
    return readings


def as_frame(readings: list[Reading]) -> pl.DataFrame:
    """Return readings as `SimulatedPlant.readings` gives them, each once."""
    rows = sorted({(reading.meter, reading.time_us, reading.value) for reading in readings})
    frame = pl.DataFrame(rows, schema=["meter", "time", "value"], orient="row")
    return frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))


def test_the_same_seed_gives_the_same_plant_and_another_seed_another() -> None:
    plant = a_small_plant()
    one, two, other = (simulated(plant, seed, [LEAK]) for seed in (7, 7, 8))
    assert one.readings(MONDAY, MONDAY + DAY).equals(two.readings(MONDAY, MONDAY + DAY))
    assert list(one.messages(MONDAY, MONDAY + HOUR)) == list(two.messages(MONDAY, MONDAY + HOUR))
    assert not one.readings(MONDAY, MONDAY + DAY).equals(other.readings(MONDAY, MONDAY + DAY))


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(1, 3 * 86_400 * 10 - 1), max_size=4, unique=True), backwards=st.booleans())
def test_readings_are_the_same_however_time_is_cut(cuts: list[int], backwards: bool) -> None:
    start, end = MONDAY - DAY, MONDAY + 2 * DAY
    whole = simulated(an_odd_plant(), 3, [STUCK]).readings(start, end)
    bounds = [start, *(start + timedelta(seconds=cut / 10) for cut in sorted(cuts)), end]
    pieces = list(pairwise(bounds))
    again = simulated(an_odd_plant(), 3, [STUCK])
    frames = [again.readings(low, high) for low, high in (reversed(pieces) if backwards else pieces)]
    assert pl.concat(frames).sort("meter", "time").equals(whole)


STUCK = Fault(FaultKind.STUCK_METER, "line.electricity", MONDAY + 9 * HOUR, MONDAY + 13 * HOUR)


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(1, 6 * 36_000 - 1), max_size=4, unique=True))
def test_messages_are_the_same_however_time_is_cut(cuts: list[int]) -> None:
    start, end = MONDAY - 3 * HOUR, MONDAY + 3 * HOUR
    whole = list(simulated(an_odd_plant(), 3, [STUCK], ROUGH).messages(start, end))
    bounds = [start, *(start + timedelta(seconds=cut / 10) for cut in sorted(cuts)), end]
    again = simulated(an_odd_plant(), 3, [STUCK], ROUGH)
    pieces = [list(again.messages(low, high)) for low, high in pairwise(bounds)]
    assert [message for piece in pieces for message in piece] == whole
    assert [message.at for message in whole] == sorted(message.at for message in whole)
    assert start <= whole[0].at < whole[-1].at < end


@pytest.mark.parametrize("name", ["odd", *EXAMPLES])
def test_ingest_reads_from_the_payloads_what_the_history_says(name: str) -> None:
    plant = an_odd_plant() if name == "odd" else example_plant(name)
    mine = simulated(plant, 5, transport=PERFECT)
    start, end = MONDAY + 8 * HOUR, MONDAY + 10 * HOUR
    messages = list(mine.messages(start, end + HOUR, since=start))
    read = as_frame(parsed(plant, messages)).filter(pl.col("time") < end)
    spoken = mine.readings(start, end)
    assert sorted(read["meter"].unique()) == sorted([*plant.meters, *plant.variables])
    assert read.equals(spoken.sort("meter", "time", "value"))


@pytest.mark.parametrize("thinned_s", [None, 900.0])
def test_history_goes_on_as_live_messages_without_a_seam(thinned_s: float | None) -> None:
    plant = an_odd_plant()
    live = MONDAY + 9 * HOUR
    mine = simulated(plant, 5, resets_per_year=0.0)
    history = mine.readings(live - 6 * HOUR, live, thinned_s)
    arrived = as_frame(parsed(plant, list(mine.messages(live, live + 2 * HOUR, since=live))))
    both = pl.concat([history, arrived])
    undisturbed = simulated(plant, 5, resets_per_year=0.0).readings(live - 6 * HOUR, live + 2 * HOUR)
    assert not both.select("meter", "time").is_duplicated().any()
    for meter in ("line.gas", "hall.electricity", "yard.water", "hall.output"):
        register = both.filter(meter=meter).sort("time")["value"]
        assert register.len() > 20
        assert (register.diff().drop_nulls() >= 0).all(), meter
        assert register[-1] == pytest.approx(undisturbed.filter(meter=meter)["value"][-1], rel=1e-4)
    last = arrived.filter(meter="line.salt")["time"].max()
    amounts = (
        frame.filter(pl.col("meter") == "line.salt", pl.col("time") <= last) for frame in (both, undisturbed)
    )
    ours, theirs = (frame["value"].sum() for frame in amounts)
    assert ours == pytest.approx(theirs)


def test_without_misfortune_every_reading_arrives_once_and_in_order() -> None:
    plant = a_small_plant()
    mine = simulated(plant, 5, transport=PERFECT)
    start, end = MONDAY, MONDAY + 6 * HOUR
    messages = list(mine.messages(start, end + HOUR, since=start))
    times = [(reading.meter, reading.time_us) for reading in parsed(plant, messages)]
    assert len(times) == len(set(times))
    for meter in plant.meters:
        own = [time for name, time in times if name == meter]
        assert own == sorted(own)
    early = [pair for pair in times if pair[1] < micros(end)]
    assert len(early) == mine.readings(start, end).height


def test_a_rough_network_loses_doubles_delays_and_disorders_but_never_alters() -> None:
    plant = a_small_plant()
    mine = simulated(plant, 5, transport=ROUGH)
    start, end = MONDAY, MONDAY + 2 * DAY
    readings = parsed(plant, list(mine.messages(start, end + DAY, since=start)))
    readings = [reading for reading in readings if reading.time_us < micros(end)]
    spoken = mine.readings(start, end)
    known = set(zip(spoken["meter"], spoken["time"].dt.epoch("us"), spoken["value"], strict=True))
    heard = Counter((r.meter, r.time_us, r.value) for r in readings)
    assert set(heard) <= known
    lost, doubled = len(known) - len(heard), sum(count > 1 for count in heard.values())
    assert 0.005 < lost / len(known) < 0.2
    assert 0.03 < doubled / len(heard) < 0.07
    water = [r.time_us for r in readings if r.meter == "line.water"]
    disordered = sum(later < earlier for earlier, later in pairwise(water))
    assert disordered > 20
    late = [r for r in readings if r.meter == "line.water" and r.received_us - r.time_us > 15e6]
    assert 0.03 < len(late) / len(water) < 0.12


def test_a_gap_is_a_stretch_of_time_without_any_message_of_that_meter() -> None:
    transport = Transport(0.0, 0.0, (0.0, 0.0), 0.0, gaps_per_day=2.0, gap_s=(1200.0, 1800.0))
    mine = simulated(a_small_plant(), 5, transport=transport)
    water = [m.at for m in mine.messages(MONDAY, MONDAY + 3 * DAY) if m.topic == "plant/line/water"]
    pauses = [later - earlier for earlier, later in pairwise(water)]
    longest = [pause for pause in pauses if pause > timedelta(minutes=2)]
    assert 1 <= len(longest) <= 12
    assert all(pause >= timedelta(minutes=20) for pause in longest)


def test_what_shares_a_topic_speaks_in_one_message_and_silence_of_one_is_null() -> None:
    plant = an_odd_plant()
    silent = Fault(FaultKind.SILENT_METER, "hall.water", MONDAY + HOUR, MONDAY + 2 * HOUR)
    messages = list(simulated(plant, 5, [silent], PERFECT).messages(MONDAY, MONDAY + 3 * HOUR))
    hall = [message for message in messages if message.topic == "h"]
    assert len(hall) == 180
    nulls = [message.at for message in hall if b"null" in message.payload]
    assert len(nulls) == 60
    assert MONDAY + HOUR <= nulls[0] < nulls[-1] < MONDAY + 2 * HOUR


def test_a_plant_that_runs_before_its_epoch_counts_too_but_not_for_ever() -> None:
    mine = simulated(a_small_plant(), epoch=EPOCH)
    before = mine.readings(EPOCH - 2 * DAY, EPOCH + 2 * DAY).filter(meter="line.water")["value"]
    assert (before.diff().drop_nulls() >= 0).all()
    assert before[0] > 0
    with pytest.raises(ValueError, match="earlier epoch"):
        mine.readings(EPOCH - 4 * 366 * DAY, EPOCH - 4 * 365 * DAY)


def test_wishes_that_cannot_be_met_are_all_named() -> None:
    faults = [
        Fault(FaultKind.LEAK, "line.water", MONDAY),
        Fault(FaultKind.STUCK_METER, "nowhere", MONDAY),
        Fault(FaultKind.SILENT_METER, "line.salt", MONDAY, MONDAY - DAY),
    ]
    with pytest.raises(ValueError, match="needs a size") as caught:
        simulated(a_small_plant(), 1, faults)
    assert "no such meter" in str(caught.value)
    assert "ends before it starts" in str(caught.value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_plants_speak_for_every_meter_and_variable(name: str) -> None:
    plant = example_plant(name)
    frame = simulated(plant, 1).readings(MONDAY, MONDAY + DAY, every_s=900)
    assert set(frame["meter"]) == {*plant.meters, *plant.variables}
    assert frame["value"].is_finite().all()
    assert (
        frame.filter(
            pl.col("meter").is_in([m.id for m in plant.meters.values() if m.kind is MeterKind.COUNTER])
        )["value"].min()
        > 0
    )
