"""Builders for ingest tests: a plant, messages, a store that is a dict, a collector on a folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.meter import Meter, MeterKind, PayloadRule, Source, Variable
from domain.plant import Plant
from domain.ports import Appended
from domain.reading import Reading
from domain.units import UNITS
from ingest.address import BrokerAddress
from ingest.collector import Collector
from ingest.parse import Limits, Parser
from ingest.rejects import RejectLog
from ingest.routes import subscriptions
from ingest.spool import Spool
from ingest.times import micros

NOW = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
NOW_US = micros(NOW)
NOW_MS = NOW_US // 1000


@dataclass
class FixedClock:
    """A clock that stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


class WallClock:
    """The time of day."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def a_rule(topic: str = "", **fields: object) -> PayloadRule:
    return PayloadRule(topic, **{"time": "ts", **fields})  # type: ignore[arg-type]


def a_meter(name: str, rule: PayloadRule | None = None, *, unit: str = "m3", **fields: object) -> Meter:
    rule = rule or PayloadRule("")
    return Meter(name, "p", "water", MeterKind.COUNTER, UNITS[unit], rule, **fields)  # type: ignore[arg-type]


def a_variable(name: str, rule: PayloadRule | None = None, *, unit: str = "degC") -> Variable:
    return Variable(name, MeterKind.GAUGE, UNITS[unit], rule or PayloadRule(""))


def a_source(topic: str = "plant/{process}/{meter}", *, unit: str | None = None, **fields: object) -> Source:
    cap = fields.pop("max_meters", 5000)
    return Source(a_rule(topic, **fields), UNITS[unit] if unit else None, cap)  # type: ignore[arg-type]


def a_plant(*things: Meter | Variable | Source) -> Plant:
    return Plant(
        "Song Hong dye works",
        ZoneInfo("Asia/Ho_Chi_Minh"),
        "VN",
        "VND",
        "vi",
        900,
        {},
        {},
        {thing.id: thing for thing in things if isinstance(thing, Meter)},
        {thing.id: thing for thing in things if isinstance(thing, Variable)},
        tuple(thing for thing in things if isinstance(thing, Source)),
    )


def a_parser(*things: Meter | Variable | Source, **limits: float) -> Parser:
    return Parser(a_plant(*things), Limits(**limits))  # type: ignore[arg-type]


def a_reading(number: int = 0, meter: str = "dye_line_2.water") -> Reading:
    return Reading(meter, NOW_US + number, number + 0.25, NOW_US)


def a_message(number: int, *, base_ms: int | None = None, meters: int = 10) -> tuple[str, bytes, bool]:
    """Return the number-th message of many meters: distinct (meter, time), value = number."""
    base_ms = micros(datetime.now(UTC)) // 1000 - 3_600_000 if base_ms is None else base_ms
    payload = b'{"ts": %d, "value": %d}' % (base_ms + number, number)
    return f"plant/line/m{number % meters}", payload, False


@dataclass
class DictStore:
    """A SeriesStore's append, idempotent, in memory; `trouble` is raised first where it is set."""

    points: dict[tuple[str, int], float] = field(default_factory=dict)
    trouble: Exception | None = None
    refuses: Callable[[Reading], str] = lambda _reading: ""
    appends: int = 0
    appended: int = 0

    def append(self, readings: Sequence[Reading]) -> Appended:
        self.appends += 1
        if self.trouble is not None:
            raise self.trouble
        refused = tuple((reading, self.refuses(reading)) for reading in readings if self.refuses(reading))
        kept = [reading for reading in readings if not self.refuses(reading)]
        self.points.update({(reading.meter, reading.time_us): reading.value for reading in kept})
        self.appended += len(kept)
        return Appended(len(kept), refused)


@dataclass
class Collecting:
    """A collector with its spool and rejects on one folder."""

    collector: Collector
    spool: Spool
    rejects: RejectLog

    def stop(self) -> None:
        self.collector.stop()
        self.spool.close()


def collecting(
    folder: Path,
    port: int,
    plant: Plant | None = None,
    *,
    max_bytes: int = 1 << 30,
    commit_messages: int = 500,
    batched: bool = True,
    **address: object,
) -> Collecting:
    """Return a started collector for the broker on this loopback port."""
    plant = plant or a_plant(a_source())
    spool, rejects = Spool(folder / "spool", max_bytes=max_bytes), RejectLog(folder)
    where = {"host": "127.0.0.1", "port": port, "client_id": "wastenot-test", **address}
    collector = Collector(
        BrokerAddress(**where),  # type: ignore[arg-type]
        subscriptions(plant),
        Parser(plant),
        spool,
        rejects,
        WallClock(),
        commit_messages=commit_messages,
        batched=batched,
        numbers=folder / "numbers",
    )
    collector.start()
    return Collecting(collector, spool, rejects)


def eventually(true: Callable[[], object], what: str = "", timeout_s: float = 15.0) -> None:
    """Return when the predicate holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what or true}"
        time.sleep(0.01)
