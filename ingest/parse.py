"""A message -> readings and rejects. Nothing that a message holds raises."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from domain.errors import ConfigError
from domain.plant import Plant
from domain.presence import MeterStatus
from domain.reading import Reading, Reject, RejectReason
from domain.readings import Micros
from ingest.check import check_routes
from ingest.conditions import is_absent
from ingest.gaps import Gaps
from ingest.routes import Routes
from ingest.rows import Row, Unreadable
from ingest.sparkplug.address import Address, address_of
from ingest.sparkplug.meters import PlantMeters, speaks_sparkplug
from ingest.sparkplug.reading import SparkplugReader
from ingest.targets import Refusal, Route
from ingest.times import time_reader

KEPT_BYTES, KEPT_TOPIC, KEPT_DETAIL = 4096, 256, 200  # of a refused message
FARTHEST = 1e15  # no meter counts that far
_BURST_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may be."""

    max_bytes: int = 65536
    max_age_s: float = 35 * 86400.0  # longer than a gateway is away over the longest plant holiday
    max_skew_s: float = 600.0


class Parser:
    """Reads the messages of one plant. Used by one thread."""

    def __init__(
        self,
        plant: Plant,
        limits: Limits | None = None,
        *,
        tell: Callable[[Sequence[MeterStatus]], None] = lambda _changes: None,
        rebirth: bool = False,
    ) -> None:
        """Build the routes.

        Args:
            tell: called with meters that are online or offline now, where they tell it; must not wait.
            rebirth: Sparkplug edge nodes are asked for births that are missing; see `commands`.

        Raises:
            ConfigError: with every topic, path or format that cannot work.
        """
        if problems := check_routes(plant):
            raise ConfigError(problems)
        limits = limits or Limits()
        self._routes = Routes(plant)
        self.max_bytes = limits.max_bytes
        self._max_age_us = round(limits.max_age_s * 1e6)
        self._max_skew_us = round(limits.max_skew_s * 1e6)
        self.gaps = Gaps()
        self._read_ms = time_reader("ms", plant.timezone)
        self.sparkplug: SparkplugReader | None = None  # None: no meter is read from an edge node
        if speaks_sparkplug(plant):
            self.sparkplug = SparkplugReader(PlantMeters(plant, self._routes), tell, rebirth=rebirth)
        self._arrivals: dict[str, int] = {}  # id -> last arrival time given out
        self.passed_over = 0  # messages without reading and reject: not for us, or retained and without time

    def routes_of(self, topic: bytes) -> tuple[Route, ...]:
        """Return the routes of a topic, none where `parse` would refuse it for its topic."""
        try:
            found = self._routes.find(topic.decode())
        except UnicodeDecodeError:
            return ()
        return () if isinstance(found, Refusal) else found

    def window(self, received_us: Micros) -> tuple[Micros, Micros]:
        """Return the oldest and the newest time [us] that readings which arrived then may have."""
        return received_us - self._max_age_us, received_us + self._max_skew_us

    def commands(self) -> list[tuple[str, bytes]]:
        """Return topic and payload of what is to be published, once: requests for rebirth, where enabled."""
        return self.sparkplug.rebirths.take() if self.sparkplug is not None else []

    def parse(
        self, topic: str | bytes, payload: bytes, received_us: int, *, retained: bool = False
    ) -> tuple[list[Reading], list[Reject]]:
        """Return what a message says, in canonical units, and what of it was refused and why.

        Args:
            topic: as it came; bytes where it may not be UTF-8.
            payload: as it came.
            received_us: arrival [microseconds since 1970, UTC]; payload times are judged against it.
            retained: the broker kept the message and repeats it now: it says nothing about a meter
                whose readings are stamped with their arrival.
        """
        readings: list[Reading] = []
        refusals = self._read(topic, payload, received_us, retained, readings)
        if not refusals:
            self.passed_over += not readings
            return readings, []
        return readings, [a_reject(r.reason, topic, payload, received_us, r.detail) for r in refusals]

    def _read(
        self, topic: str | bytes, payload: bytes, now_us: int, retained: bool, readings: list[Reading]
    ) -> Sequence[Refusal]:
        """Append the message's readings; return its refusals."""
        try:
            name = topic if isinstance(topic, str) else topic.decode()
        except UnicodeDecodeError:
            return [Refusal(RejectReason.BAD_TOPIC, "not UTF-8")]
        address = address_of(name) if self.sparkplug is not None else None
        routes = () if address is not None else self._routes.find(name)
        if isinstance(routes, Refusal):
            return [routes]
        if len(payload) > self.max_bytes:
            return [Refusal(RejectReason.TOO_LARGE, f"{len(payload)} bytes, {self.max_bytes} at most")]
        if self.sparkplug is not None and address is not None:
            return self._read_metrics(self.sparkplug, address, payload, now_us, retained, readings)
        refusals: list[Refusal] = []
        for route in routes:
            try:
                rows = route.extract(payload)
            except Unreadable as error:
                refusals.append(Refusal(RejectReason.NOT_PARSED, str(error)))
                continue
            if retained and route.read_time is None:
                continue
            for row in rows:
                self._read_row(route, row, now_us, readings, refusals)
        return refusals

    def _read_metrics(
        self, reader: SparkplugReader, address: Address, payload: bytes, now_us: int, retained: bool,
        readings: list[Reading],
    ) -> Sequence[Refusal]:  # fmt: skip
        """Append the readings of an edge node's message; return one refusal for each reason."""
        said = reader.read(address, payload, now_us, retained=retained)
        refusals = said.refusals
        live: list[str] = []
        for point in said.points:
            before = len(readings)
            route = Route(_no_rows, tuple(point.targets), self._read_ms)
            self._read_row(
                route, (*[point.raw] * len(point.targets), point.time_ms), now_us, readings, refusals
            )
            if point.live:
                live += [reading.meter for reading in readings[before:]]
        reader.heard(live, address, now_us)
        return _one_per_reason(refusals)

    def _read_row(
        self, route: Route, row: Row, now_us: int, readings: list[Reading], refusals: list[Refusal]
    ) -> None:
        time_us: int | None = None
        if route.read_time is not None:
            found = self._time(route.read_time, row[-1], now_us)
            if isinstance(found, Refusal):
                refusals.append(found)
                return
            time_us = found
        pairs = zip(route.targets, row, strict=False) if route.identify is None else route.identify(row)
        if isinstance(pairs, Refusal):
            refusals.append(pairs)
            return
        seq = route.seq_in(row)
        if seq is not None:
            pairs = list(pairs)
            self.gaps.note((target.id, seq) for target, _ in pairs)
        for target, raw in pairs:
            if (type(raw) is float or type(raw) is int) and -FARTHEST <= raw <= FARTHEST:
                value = target.canonical(raw)
                if -FARTHEST <= value <= FARTHEST:
                    at_us = self._arrival(target.id, now_us) if time_us is None else time_us
                    readings.append(Reading(target.id, at_us, value, now_us))
                    continue
            if not (target.partial and is_absent(raw)):
                refusals.append(_value_refusal(raw))

    def _time(self, read_time: Callable[[object], int], raw: object, now_us: int) -> int | Refusal:
        if raw is UNSET:
            return Refusal(RejectReason.MISSING_TIME)
        try:
            time_us = read_time(raw)
        except (ValueError, OverflowError):
            return Refusal(RejectReason.BAD_TIME, _shown(raw))
        if time_us > now_us + self._max_skew_us:
            return Refusal(RejectReason.TIME_IN_FUTURE, _shown(raw))
        if time_us < now_us - self._max_age_us:
            return Refusal(RejectReason.TIME_TOO_OLD, _shown(raw))
        return time_us

    def _arrival(self, meter: str, now_us: int) -> int:
        """Return an arrival time that is the meter's own: two readings of one burst are two readings."""
        last_us = self._arrivals.get(meter, 0)
        at_us = last_us + 1 if now_us <= last_us < now_us + _BURST_US else now_us
        self._arrivals[meter] = at_us
        return at_us


def a_reject(
    reason: RejectReason, topic: str | bytes, payload: bytes, received_us: int, detail: str
) -> Reject:
    """Return a reject that keeps no more of the message than a person will look at."""
    name = topic if isinstance(topic, str) else topic.decode("utf-8", "backslashreplace")
    return Reject(reason, name[:KEPT_TOPIC], payload[:KEPT_BYTES], received_us, detail[:KEPT_DETAIL])


def _no_rows(_payload: bytes) -> list[Row]:
    return []


def _one_per_reason(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return the first refusal of each reason, and how many more there were: a message may hold thousands."""
    found: dict[RejectReason, list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault(refusal.reason, []).append(refusal)
    return [
        alike[0]
        if len(alike) == 1
        else Refusal(reason, f"{alike[0].detail[:120]} (and {len(alike) - 1} more)")
        for reason, alike in found.items()
    ]


def _value_refusal(raw: object) -> Refusal:
    if raw is UNSET:
        return Refusal(RejectReason.MISSING_VALUE)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(_bounded(raw)):
        return Refusal(RejectReason.OUT_OF_RANGE, _shown(raw))
    return Refusal(RejectReason.NOT_A_NUMBER, _shown(raw))


def _bounded(raw: float) -> float:
    """Return the number, an integer too long for a float cut to what a float holds."""
    return max(-1e300, min(1e300, raw)) if isinstance(raw, int) else raw


def _shown(raw: object) -> str:
    """Return a refused value in a few safe letters."""
    if isinstance(raw, str):
        return ascii(raw[:60])
    return ascii(raw)[:60] if raw is None or isinstance(raw, (int, float)) else type(raw).__name__
