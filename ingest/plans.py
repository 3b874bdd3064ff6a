"""Which topics can be read as columns, and how: one plan per kind of payload, one row per topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from domain.meter import PayloadRule
from domain.readings import Micros, Values
from ingest.json_fields import typed_struct
from ingest.parse import Parser
from ingest.rows import parse_path
from ingest.targets import Target

_CACHED_TOPICS = 50_000
#: time unit -> what turns it into microseconds
_MICROS = {"s": (1_000_000, 1), "ms": (1000, 1), "us": (1, 1), "ns": (1, 1000)}
_NOT_THIS_SHAPE = (msgspec.MsgspecError, RecursionError, ValueError)

Floats: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = npt.NDArray[np.int64]


class Plan:
    """Reads payloads that are a JSON object with a number and an integer time at fixed places."""

    def __init__(self, rule: PayloadRule) -> None:
        """Build the decoder; raise ValueError for a rule that is not of this kind."""
        paths = [parse_path(path) for path in (rule.value, rule.time, rule.seq) if path or path == rule.value]
        shape, names = typed_struct(paths, [float, int, int][: len(paths)])
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(shape).decode
        self._value, self._time = attrgetter(names[0]), attrgetter(names[1])
        self._seq = attrgetter(names[2]) if rule.seq else None
        self._multiply, self._divide = _MICROS[rule.time_unit]
        self._farthest = 2**62 // self._multiply

    def read(
        self, payloads: Sequence[bytes], max_bytes: int
    ) -> tuple[Numbers | None, Micros, Values, list[int]]:
        """Return which payloads are of this kind (None: all), their times [us], values as sent, and numbers.

        The running numbers are empty where the rule has none.
        """
        if max(map(len, payloads), default=0) > max_bytes:
            whole = [payload if len(payload) <= max_bytes else b"" for payload in payloads]
            return self.read(whole, max_bytes)
        documents = self._documents(payloads)
        kept: Numbers | None = None
        if None in documents:
            kept = np.flatnonzero([document is not None for document in documents])
            documents = [document for document in documents if document is not None]
        times, values = list(map(self._time, documents)), list(map(self._value, documents))
        numbers = list(map(self._seq, documents)) if self._seq is not None else []
        if times and not -self._farthest <= min(times) <= max(times) <= self._farthest:
            near = [at for at, time in enumerate(times) if -self._farthest <= time <= self._farthest]
            kept = np.array(near, dtype=np.int64) if kept is None else kept[near]
            times, values = [times[at] for at in near], [values[at] for at in near]
            numbers = [numbers[at] for at in near] if numbers else []
        micros = np.array(times, dtype=np.int64) * self._multiply
        if self._divide > 1:
            micros //= self._divide
        return kept, micros, np.array(values, dtype=np.float64), numbers

    def _documents(self, payloads: Sequence[bytes]) -> list[Any]:
        """Return the decoded payloads, None for what is not of this kind."""
        try:
            return list(map(self._decode, payloads))
        except _NOT_THIS_SHAPE:
            return [self._document(payload) for payload in payloads]

    def _document(self, payload: bytes) -> Any:
        try:
            return self._decode(payload)
        except _NOT_THIS_SHAPE:
            return None


@dataclass(slots=True)
class Columns:
    """A row per topic: its meter, its plan, and what makes its values canonical. Row 0: no plan."""

    ids: tuple[str, ...]
    plan: Numbers
    numbers: Floats  # (topics, 5): scale, offset, factor and offset of the unit, heating value
    one_plan: bool  # every row but the first has plan 0

    def canonical(self, rows: Numbers, sent: Values) -> Values:
        """Return sent values in canonical units, by the same steps as `Target.canonical`."""
        scale, offset, factor, shift, heating = self.numbers[rows].T
        value: Values = ((sent * scale + offset) * factor + shift) * heating
        return value


@dataclass(slots=True)
class _Row:
    id: str = ""
    plan: int = -1
    numbers: tuple[float, float, float, float, float] = field(default=(1.0, 0.0, 1.0, 0.0, 1.0))


class Plans:
    """The plans of a plant's topics, found as topics come by."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._plans: dict[tuple[str, str, str, str], Plan | None] = {}
        self._numbers: dict[tuple[str, str, str, str], int] = {}
        self._forget()

    def codes(self, topics: Sequence[bytes]) -> Numbers:
        """Return each topic's row in `columns`."""
        known = self._codes
        try:
            return np.array([known[topic] for topic in topics], dtype=np.int64)
        except KeyError:
            pass
        if len(known) >= _CACHED_TOPICS:
            self._forget()
        rows = len(self._rows)
        for topic in set(topics) - self._codes.keys():
            self._note(topic)
        if len(self._rows) > rows:
            self.columns = _columns(self._rows)
        return np.array([self._codes.get(topic, 0) for topic in topics], dtype=np.int64)

    def numbered(self) -> Iterator[tuple[int, Plan]]:
        """Yield the plans, and their numbers in `columns.plan`."""
        for kind, number in self._numbers.items():
            plan = self._plans[kind]
            assert plan is not None
            yield number, plan

    def _note(self, topic: bytes) -> None:
        """Keep what is known of a topic, but not of one that nobody reads: there may be any number."""
        routes = self._parser.routes_of(topic)
        if not routes:
            return
        route = routes[0]
        simple = route.is_plain and len(routes) == len(route.rules) == len(route.targets) == 1
        rule = route.rules[0] if simple else None
        number = -1 if rule is None else self._plan_of(rule)
        self._codes[topic] = len(self._rows) if number >= 0 else 0
        if number >= 0:
            self._rows.append(_Row(route.targets[0].id, number, _numbers(route.targets[0])))

    def _plan_of(self, rule: PayloadRule) -> int:
        """Return the number of the rule's plan, -1 if its payloads are of another kind."""
        kind = rule.value, rule.time, rule.time_unit, rule.seq
        if rule.format != "json" or rule.time_unit not in _MICROS or not rule.time:
            return -1
        if kind not in self._plans:
            try:
                self._plans[kind] = Plan(rule)
                self._numbers[kind] = len(self._numbers)
            except ValueError:
                self._plans[kind] = None
        return self._numbers.get(kind, -1)

    def _forget(self) -> None:
        self._codes: dict[bytes, int] = {}
        self._rows = [_Row()]
        self.columns = _columns(self._rows)


def _numbers(target: Target) -> tuple[float, float, float, float, float]:
    """Return the target's scale, offset, the unit's factor and offset, and the heating value."""
    unit = target.unit
    factor, shift = (1.0, 0.0) if unit is None else (unit.factor, unit.offset)
    return target.scale, target.offset, factor, shift, target.heating_value


def _columns(rows: Sequence[_Row]) -> Columns:
    numbers = np.array([row.numbers for row in rows], dtype=np.float64)
    plan = np.array([row.plan for row in rows], dtype=np.int64)
    return Columns(tuple(row.id for row in rows), plan, numbers, bool((plan[1:] == 0).all()))
