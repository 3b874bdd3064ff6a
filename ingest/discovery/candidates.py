"""One topic's messages -> the values in them that may be a meter's, and those that are not, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.units import Unit
from ingest.discovery.clocks import TimeGuess, guess_time, is_time_named, looks_like_a_time
from ingest.discovery.guesses import Guess, guess_cadence, guess_kind, is_running_number, steps_of
from ingest.discovery.homeassistant import Declarations
from ingest.discovery.leaves import Payload, Steps, is_number, path_of, read_payload
from ingest.discovery.places import Place, Surroundings
from ingest.discovery.sample import Kept, TopicSample
from ingest.discovery.units import guess_unit, why_no_meter
from ingest.discovery.vocabulary import SEQUENCE_WORDS
from ingest.discovery.words import words_of

_EPOCH_2000_S = 946_684_800
_FAR_TIME = "a time, but too far from its message's arrival"
Column = list[tuple[int, object]]  # arrival [us], value


class LeftOut(NamedTuple):
    """What is not proposed, and why. `path` is "" for a whole topic."""

    topic: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be a meter's."""

    topic: str
    format: str
    path: str
    words: tuple[str, ...]  # of the path and of a label beside the value
    unit: Unit | None
    unit_why: str
    unit_sure: bool
    kind: Guess
    every: Guess | None
    time: str  # path; "" = arrival time
    time_unit: str
    time_why: str
    time_sure: bool
    partial: bool  # not every message has the value
    seq: str  # path of a running number, "" if there is none
    messages: int
    retained_only: bool  # the broker had kept all of them: they say nothing of a cadence

    def left_out(self, why: str) -> LeftOut:
        """Return it as left out for a reason; a payload that is one bare number is all of its topic."""
        return LeftOut(self.topic, "" if self.format == "number" else self.path, why)


@dataclass(frozen=True, slots=True)
class TopicFinding:
    """What one topic holds."""

    candidates: list[Candidate]
    left_out: list[LeftOut]


def find_candidates(
    topic: str, sample: TopicSample, declared: Declarations, timezone: ZoneInfo
) -> TopicFinding:
    """Return what a topic's messages may mean."""
    if refusal := _topic_refusal(topic, sample):
        return TopicFinding([], [LeftOut(topic, "", refusal)])
    payloads = [(one, read_payload(one.payload)) for one in sample.kept]
    form = Counter(payload.format for _, payload in payloads).most_common(1)[0][0]
    if form in {"", "text"}:
        why = "text, no number" if form else "neither JSON nor CSV nor a number"
        return TopicFinding([], [LeftOut(topic, "", why)])
    return _Topic(topic, sample, declared, timezone, form, payloads).finding()


def _topic_refusal(topic: str, sample: TopicSample) -> str:
    if not topic.isprintable() or len(topic.encode()) > 65535:
        return "the topic has control characters"
    if topic.startswith("spBv1.0/"):
        return "Sparkplug B: its births say what it sends"
    if not sample.kept:
        return "no payload was looked at: too large, or too much in all"
    return ""


class _Topic:
    """The columns of one topic, and what they are taken for."""

    def __init__(
        self,
        topic: str,
        sample: TopicSample,
        declared: Declarations,
        timezone: ZoneInfo,
        form: str,
        payloads: list[tuple[Kept, Payload]],
    ) -> None:
        self._topic, self._sample, self._declared, self._form = topic, sample, declared, form
        self._columns: dict[Steps, Column] = {}
        self._left: list[LeftOut] = []
        last: dict[Steps, object] = {}
        for kept, payload in payloads:
            if payload.format == form:
                last |= payload.leaves
                for steps, value in payload.leaves.items():
                    self._columns.setdefault(steps, []).append((kept.arrival_us, value))
        self._around = Surroundings(last)
        self._read = sum(payload.format == form for _, payload in payloads)
        if self._read < len(payloads):
            self._leave((), f"{len(payloads) - self._read} of {len(payloads)} messages are no {form}")
        if any(payload.cut for _, payload in payloads):
            self._leave((), "holds more values, or deeper ones, than are looked at")
        self._time = self._find_time(timezone) if form != "number" else None
        self._seq = self._find_sequence()
        self._every = guess_cadence(sample.arrivals_us)

    def finding(self) -> TopicFinding:
        """Return the candidates, and what else is there."""
        found = [one for steps in self._columns if (one := self._candidate(steps)) is not None]
        return TopicFinding(found, self._left)

    def _leave(self, steps: Steps, why: str) -> None:
        self._left.append(LeftOut(self._topic, self._shown(steps), why))

    def _shown(self, steps: Steps) -> str:
        return (path_of(self._form, steps) or ascii(steps[-1])[:60]) if steps else ""

    def _find_time(self, timezone: ZoneInfo) -> TimeGuess | None:
        whole = {
            steps: column
            for steps, column in self._columns.items()
            if len(column) == self._read and path_of(self._form, steps)
        }
        return guess_time(whole, timezone)

    def _find_sequence(self) -> Steps | None:
        for steps, column in self._columns.items():
            words = words_of(str(steps[-1])) if steps else []
            numbers = [value for _, value in column if is_number(value)]
            if SEQUENCE_WORDS & set(words) and len(numbers) == len(column) and is_running_number(numbers):  # type: ignore[arg-type]
                return steps
        return None

    def _candidate(self, steps: Steps) -> Candidate | None:
        """Return the place as a candidate; None, and the reason noted, if it is none."""
        if (self._time is not None and steps == self._time.steps) or steps == self._seq:
            return None
        column = self._columns[steps]
        values = [float(value) for _, value in column if is_number(value)]  # type: ignore[arg-type]
        path = path_of(self._form, steps)
        declared = self._declared.of(self._topic, steps if self._form == "json" else ())
        place = Place(self._topic, path or "", steps, self._around, declared)
        why = self._why_not(column, values, path, place)
        if why:
            self._leave(steps, why)
            return None
        unit, unit_why, unit_sure = guess_unit(place)
        kind = guess_kind(values, unit, declared.state_class if declared else "")
        if unit is None and not steps_of(values).rises + steps_of(values).falls:
            self._leave(steps, "constant" if len(values) > 1 else "one value, and no unit told")
            return None
        time = self._time
        return Candidate(
            topic=self._topic,
            format=self._form,
            path=path or "",
            words=place.words,
            unit=unit,
            unit_why=unit_why,
            unit_sure=unit_sure,
            kind=kind,
            every=self._every if 2 * len(column) > self._read else guess_cadence([at for at, _ in column]),
            time=(path_of(self._form, time.steps) or "") if time else "",
            time_unit=time.unit if time else "",
            time_why=time.why if time else "",
            time_sure=time is None or time.sure or self._sample.retained == self._sample.messages,
            partial=len(values) < self._read,
            seq=(path_of(self._form, self._seq) or "") if self._seq else "",
            messages=self._sample.messages,
            retained_only=self._sample.retained == self._sample.messages,
        )

    def _why_not(self, column: Column, values: list[float], path: str | None, place: Place) -> str:
        if not values:
            return _why_no_number(column[-1][1])
        if path is None:
            return "its name cannot be written as a path"
        if is_time_named(place.steps) and min(values) > _EPOCH_2000_S:
            return _FAR_TIME
        if 2 * len(values) < len(column):
            return f"no number in {len(column) - len(values)} of {len(column)} messages"
        return why_no_meter(place)


def _why_no_number(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str) and looks_like_a_time(value):
        return _FAR_TIME
    return {str: "text", type(None): "null"}.get(type(value), "no number a meter can have sent")
