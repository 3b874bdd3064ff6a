"""The world of `bench.alerts_month`: a simulated works, twelve faults, five disturbances, and its people.

The works is the dye works of config/dye_works.toml, as the simulator runs it; the judge sees consumption
that was learned from twelve weeks, and has judged by it for two more when the month begins. Disturbances are
put in where they really happen: into what is used (a dip, a change of supply), into what is heard (the
broker), into what can be read (the database), or into the days on which people work (a holiday that the
plant file does not know).
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

import config
from analytics.baseline import Refusal, expect
from analytics.calendar import calendar_features
from analytics.drift.judge import JudgeState, fresh_state
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame, stream_of
from analytics.learning import learn
from config.plant_file import load_plant
from domain.baseline import Baseline
from domain.meter import Meter, MeterKind
from domain.plant import Plant
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.simulated_plant import SimulatedPlant
from store.memory import MemorySeries

EVERY_S = 900
#: the plant is no new one: it has been judged for two weeks when the month begins, by what was learned before
LEARNED, RUN_IN = timedelta(days=84), timedelta(days=14)
#: a Monday, local midnight of the dye works
START = datetime(2026, 9, 7, tzinfo=UTC) - timedelta(hours=7)
BEGIN = START - RUN_IN
HOLIDAY = date(2026, 9, 23)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something that is nobody's waste: what, when, and how long its traces may show."""

    name: str
    start: datetime
    end: datetime
    factor: float | None = None  # of what every stream uses; None = not in what is used
    is_rest: bool = False  # nobody works

    @property
    def moves_use(self) -> bool:
        """Return whether it changes what is used, not only what is heard or can be read."""
        return self.factor is not None or self.is_rest

    def holds(self, at: datetime) -> bool:
        """Return whether it is on at an instant."""
        return self.start <= at < self.end


def _at(day: float) -> datetime:
    return START + timedelta(days=day)


def disturbances() -> tuple[Disturbance, ...]:
    """Return the five disturbances of the month."""
    holiday = datetime.combine(HOLIDAY, datetime.min.time(), UTC) - timedelta(hours=7)
    return (
        Disturbance("power dip, 3 h", _at(4.4), _at(4.4) + timedelta(hours=3), 0.1),
        Disturbance("broker away, 4 h", _at(9.3), _at(9.3) + timedelta(hours=4)),
        Disturbance("holiday not in the plant file", holiday, holiday + timedelta(hours=30), is_rest=True),
        Disturbance("database away, 2 h", _at(20.6), _at(20.6) + timedelta(hours=2)),
        Disturbance("supply 25 % up, 8 h", _at(25.35), _at(25.35) + timedelta(hours=8), 1.25),
    )


#: kind, resource, share of the mean, hours on; one stream each
_WISHES = (
    (FaultKind.STUCK_METER, "electricity", 0.0, 72.0),
    (FaultKind.LEAK, "water", 0.6, 60.0),
    (FaultKind.LEAK, "compressed_air", 0.5, 72.0),
    (FaultKind.LEAK, "steam", 0.6, 48.0),
    (FaultKind.LEAK, "gas", 0.5, 72.0),
    (FaultKind.NIGHT_IDLING, "electricity", 1.5, 216.0),
    (FaultKind.NIGHT_IDLING, "electricity", 1.5, 216.0),
    (FaultKind.EFFICIENCY_LOSS, "gas", 0.8, 144.0),
    (FaultKind.EFFICIENCY_LOSS, "steam", 0.8, 144.0),
    (FaultKind.SLOW_RAMP, "water", 0.9, 168.0),
    (FaultKind.SILENT_METER, "electricity", 0.0, 12.0),
    (FaultKind.SILENT_METER, "wastewater", 0.0, 20.0),
)


#: days on which a fault may begin: all but those just after something moved the whole plant
_DAYS = (0.6, 1.3, 2.5, 3.2, 7.4, 8.2, 10.5, 11.3, 13.4, 14.6, 18.9, 19.4, 21.3, 22.7)


def faults_of(plant: Plant, judged: Collection[tuple[str, str]], seed: int) -> tuple[Fault, ...]:
    """Return twelve faults on twelve meters, as far as there are so many, spread as the seed draws.

    Idling is put where there is an idle day: it begins on a Saturday.
    """
    chance = random.Random(seed)
    free = sorted(
        (one for one in plant.meters.values() if (one.process, one.resource) in judged),
        key=lambda one: one.id,
    )
    chance.shuffle(free)
    days = chance.sample(_DAYS, len(_WISHES))
    found: list[Fault] = []
    for day, (kind, resource, size, hours) in zip(days, _WISHES[: len(free)], strict=False):
        meter = _meter_for(kind, resource, free)
        free.remove(meter)
        idle = chance.choice((5.5, 12.5, 19.5))
        begin = _at(idle if kind is FaultKind.NIGHT_IDLING else day)
        found.append(Fault(kind, meter.id, begin, begin + timedelta(hours=hours), size))
    return tuple(found)


def _meter_for(kind: FaultKind, resource: str, free: Sequence[Meter]) -> Meter:
    usable = [one for one in free if kind is not FaultKind.STUCK_METER or one.kind is MeterKind.COUNTER]
    return next((one for one in usable if one.resource == resource), usable[0])


@dataclass(slots=True)
class Judged:
    """One stream's month and the run-in before it, judged as they go on."""

    stream: Stream
    baseline: Baseline
    excess: pl.DataFrame
    calendar: pl.DataFrame
    state: JudgeState
    done: int = 0  # intervals judged


@dataclass(frozen=True, slots=True)
class World:
    """A month of a works: what can be judged, what was heard when, and the truth."""

    plant: Plant
    faults: tuple[Fault, ...]
    streams: tuple[Judged, ...]
    heard: Mapping[str, Sequence[datetime]]  # meter -> times of its readings


def works() -> Plant:
    """Return the dye works, its meters speaking every quarter of an hour."""
    path = Path(next(iter(config.__path__))) / "dye_works.toml"
    plant = load_plant(path, START.date())
    meters = {name: replace(meter, every_s=EVERY_S) for name, meter in plant.meters.items()}
    variables = {name: replace(one, every_s=EVERY_S) for name, one in plant.variables.items()}
    return replace(plant, meters=meters, variables=variables)


def world_of(
    seed: int,
    days: int = 30,
    learned: timedelta = LEARNED,
    only: Collection[tuple[str, str]] | None = None,
) -> World:
    """Return the month of a seed, baselines learned.

    Args:
        learned: how long the baselines learn.
        only: these processes and resources; None = all.
    """
    plant, end = works(), START + timedelta(days=days)
    lived = replace(plant, extra_holidays=plant.extra_holidays | {HOLIDAY})
    epoch = BEGIN - learned - timedelta(days=7)
    before = MemorySeries()
    before.load(SimulatedPlant(lived, seed, (), epoch=epoch).readings(BEGIN - learned, BEGIN, EVERY_S))
    pairs = [pair for pair in plant.streams() if only is None or pair in only]
    baselines = {
        pair: found for pair in pairs if (found := _learned(plant, before, pair, learned)) is not None
    }
    faults = faults_of(plant, baselines.keys(), seed)
    simulated = SimulatedPlant(lived, seed, faults, epoch=epoch)
    store = MemorySeries()
    readings = simulated.readings(BEGIN - timedelta(days=1), end, EVERY_S)
    store.load(readings)
    streams = tuple(_judged(plant, store, pair, found, end) for pair, found in baselines.items())
    times = readings.group_by("meter").agg("time")
    return World(plant, faults, streams, {name: sorted(found) for name, found in times.iter_rows()})


def _learned(plant: Plant, store: MemorySeries, pair: tuple[str, str], learned: timedelta) -> Baseline | None:
    stream = stream_of(plant, *pair)
    found = learn(plant, store, stream, (BEGIN - learned, BEGIN), BEGIN, reason="benchmark")
    return None if isinstance(found, Refusal) else found


def _judged(
    plant: Plant, store: MemorySeries, pair: tuple[str, str], baseline: Baseline, end: datetime
) -> Judged:
    stream = stream_of(plant, *pair)
    frame = _disturbed(stream_frame(plant, store, stream, BEGIN, end), stream)
    excess = excess_frame(frame, expect(baseline, frame, plant), plant, plant.resources[stream.resource])
    return Judged(stream, baseline, excess, calendar_features(excess["start"], plant), fresh_state(baseline))


def _disturbed(frame: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Return what was used with the disturbances in it; a broker away as what was never heard in time."""
    start = pl.col("start")
    for one in disturbances():
        on = start.is_between(one.start, one.end, closed="left")
        if one.factor is not None:
            share = 0.95 + 0.1 * (sum(stream.process.encode()) % 7) / 6
            actual = pl.when(on).then(pl.col("actual") * one.factor * share).otherwise(pl.col("actual"))
            frame = frame.with_columns(actual.alias("actual"))
        if one.name.startswith("broker"):
            frame = frame.with_columns(
                pl.when(on).then(None).otherwise(pl.col("actual")).alias("actual"),
                pl.when(on).then(pl.lit("missing")).otherwise(pl.col("quality")).alias("quality"),
            )
    return frame


def last_heard(world: World, now: datetime) -> dict[str, datetime]:
    """Return the newest reading of each meter that has arrived by an instant; without a broker none does."""
    deaf = next((one for one in disturbances() if one.name.startswith("broker") and one.holds(now)), None)
    until = now if deaf is None else deaf.start
    found = {}
    for name, times in world.heard.items():
        place = bisect.bisect_right(times, until)
        if place:
            found[name] = times[place - 1]
    return found


def stream_of_fault(world: World, fault: Fault) -> tuple[str, str]:
    """Return the process and resource of a fault's meter."""
    meter = world.plant.meters[fault.meter]
    return meter.process, meter.resource
