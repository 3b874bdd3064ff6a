"""One place in a topic's payloads, with what stands beside it: a unit, a name, other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.discovery.homeassistant import Declared
from ingest.discovery.leaves import Steps
from ingest.discovery.vocabulary import NAME_KEYS, SEQUENCE_WORDS, TIME_WORDS, UNIT_KEYS
from ingest.discovery.words import words_of
from ingest.rows import Item

_BARE = {"value", "val", "v", "total", "reading", "state", "data", "measurement", "counter", "index", "sum"}
_OWN_UNIT = ("_unit", "unit", "_uom")


def key_of(steps: Steps) -> str:
    """Return the last key of a place in small letters, "" where the payload is the value."""
    return str(steps[-1]).lower() if steps else ""


class Surroundings:
    """The texts and numbers of a topic's payloads, looked through once for all of its places."""

    def __init__(self, last: Mapping[Steps, object]) -> None:
        """Take the last value of every place of the topic."""
        self._texts: dict[tuple[Steps, str], str] = {}
        numbers = []
        for steps, value in last.items():
            if isinstance(value, str) and steps:
                self._texts.setdefault((steps[:-1], key_of(steps)), value)
            elif type(value) in {int, float} and not _is_aside(steps):
                numbers.append(steps)
        self._lone = numbers[0] if len(numbers) == 1 else None

    def is_lone(self, steps: Steps) -> bool:
        """Return whether there is no other number but for a time and a running number."""
        return steps == self._lone

    def label(self, steps: Steps) -> str:
        """Return the name beside a value, as in {"name": "kWh", "value": 5}; "" if there is none."""
        found = (self._texts.get((steps[:-1], key)) for key in NAME_KEYS)
        return next((text[:64] for text in found if text), "")

    def unit(self, steps: Steps) -> str:
        """Return the unit written beside a value, or above one that is named as a value; "" if none is."""
        own = key_of(steps)
        for end in _OWN_UNIT:
            if found := self._texts.get((steps[:-1], own + end)):
                return found
        if own not in _BARE and not self.is_lone(steps):
            return ""
        for above in range(len(steps) - 1, -1, -1):
            for key in UNIT_KEYS:
                if found := self._texts.get((steps[:above], key)):
                    return found
        return ""


def _is_aside(steps: Steps) -> bool:
    return bool((TIME_WORDS | SEQUENCE_WORDS) & set(words_of(key_of(steps))))


@dataclass(frozen=True, slots=True)
class Place:
    """One place in a topic's payloads. `path` is as a plant file writes it."""

    topic: str
    path: str
    steps: Steps
    around: Surroundings
    declared: Declared | None

    @property
    def label(self) -> str:
        """Return the name beside the value where its key says nothing."""
        return self.around.label(self.steps) if key_of(self.steps) in _BARE else ""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words of the path, of a name beside the value and of a declaration."""
        named = [step.value if isinstance(step, Item) else str(step) for step in self.steps]
        inside = [word for name in named for word in words_of(name)]
        declared = self.declared.device_class if self.declared else ""
        label = "" if self.label in named else self.label
        return (*inside, *words_of(label), *words_of(declared))

    @property
    def told(self) -> str:
        """Return the unit that is written beside the value or above it; "" if none is."""
        return self.around.unit(self.steps)

    @property
    def bare(self) -> bool:
        """Return whether the place's own name says nothing: what it is stands in the topic."""
        key = key_of(self.steps)
        return not key or key in _BARE or key.isdecimal() or self.around.is_lone(self.steps)
