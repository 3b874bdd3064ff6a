"""A message -> readings and rejects. Nothing that a message holds raises."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from domain.errors import ConfigError
from domain.plant import Plant
from domain.reading import Reading, Reject, RejectReason
from ingest.check import check_routes
from ingest.routes import Routes
from ingest.rows import Row, Unreadable
from ingest.targets import Refusal, Route

KEPT_BYTES, KEPT_TOPIC, KEPT_DETAIL = 4096, 256, 200  # of a refused message
_FARTHEST = 1e15  # no meter counts that far
_BURST_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may be."""

    max_bytes: int = 65536
    max_age_s: float = 35 * 86400.0  # longer than a gateway is away over the longest plant holiday
    max_skew_s: float = 600.0


class Parser:
    """Reads the messages of one plant. Used by one thread."""

    def __init__(self, plant: Plant, limits: Limits | None = None) -> None:
        """Build the routes; raise ConfigError with every topic, path or format that cannot work."""
        if problems := check_routes(plant):
            raise ConfigError(problems)
        limits = limits or Limits()
        self._routes = Routes(plant)
        self._max_bytes = limits.max_bytes
        self._max_age_us = round(limits.max_age_s * 1e6)
        self._max_skew_us = round(limits.max_skew_s * 1e6)
        self._arrivals: dict[str, int] = {}  # id -> last arrival time given out

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
        routes = self._routes.find(name)
        if isinstance(routes, Refusal):
            return [routes]
        if len(payload) > self._max_bytes:
            return [Refusal(RejectReason.TOO_LARGE, f"{len(payload)} bytes, {self._max_bytes} at most")]
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
        for target, raw in zip(route.targets, row, strict=False):
            if (type(raw) is float or type(raw) is int) and -_FARTHEST <= raw <= _FARTHEST:
                value = target.canonical(raw)
                if -_FARTHEST <= value <= _FARTHEST:
                    at_us = self._arrival(target.id, now_us) if time_us is None else time_us
                    readings.append(Reading(target.id, at_us, value, now_us))
                    continue
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
