"""Silences: a stretch of time in which alerts of a kind are kept, but told to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: what a matcher can look at
LABELS = ("process", "resource", "kind", "severity", "meter", "hotspot_kind")
#: Alertmanager's, in the order in which they are looked for
OPERATORS = ("=~", "!~", "!=", "=")
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Matcher:
    """What one label of an alert must, or must not, be.

    The operators are Alertmanager's: `=` and `!=` compare, `=~` and `!~` match a whole regular expression.
    An absent label is "".
    """

    label: str
    operator: str
    value: str

    def __post_init__(self) -> None:
        """Refuse what can never be meant, with what is allowed."""
        if self.label not in LABELS:
            raise ValueError(f"{self.label!r} is no label of an alert; allowed: {', '.join(LABELS)}")
        if self.operator not in OPERATORS:
            raise ValueError(f"{self.operator!r} is no operator; allowed: {' '.join(OPERATORS)}")
        if len(self.value) > LONGEST_VALUE:
            raise ValueError(f"a value has at most {LONGEST_VALUE} letters")
        if self.operator in {"=~", "!~"}:
            try:
                re.compile(self.value)
            except re.error as error:
                raise ValueError(f"{self.value!r} is no regular expression: {error}") from None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert's label is as the matcher asks.

        >>> Matcher("process", "=~", "dye_.*").matches({"process": "dye_line_2"})
        True
        >>> Matcher("meter", "!=", "").matches({"process": "dye_line_2"})
        False
        """
        found = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (found == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, found) is not None) is (self.operator == "=~")

    def __str__(self) -> str:
        return f"{self.label}{self.operator}{self.value}"


def parse_matcher(text: str) -> Matcher:
    """Return the matcher of a text such as "process=dye_line_2" or "severity!~info|warning".

    Raises:
        ValueError: with what is wrong and what is allowed.

    >>> parse_matcher("process=~dye_.*")
    Matcher(label='process', operator='=~', value='dye_.*')
    """
    found = re.match(r"\s*([a-z_]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$", text, re.DOTALL)
    if found is None:
        raise ValueError(f'{text!r} is no matcher; write one such as "process=dye_line_2"')
    return Matcher(*found.groups())


class SilenceKind(StrEnum):
    """Why it is silent."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"  # work is done there: what happens meanwhile is nobody's waste


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch of time in which matching alerts are told to nobody. Half-open [starts_at, ends_at)."""

    kind: SilenceKind
    matchers: tuple[Matcher, ...]  # all of them must match; none = everything
    starts_at: datetime
    ends_at: datetime
    who: str
    comment: str
    created_at: datetime
    id: int = 0  # given by the ledger; 0 = of the plant file
    ended_by: str = ""  # who ended it before its time; ends_at is that instant then

    def holds(self, at: datetime) -> bool:
        """Return whether it is silent at an instant."""
        return self.starts_at <= at < self.ends_at

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert with these labels is silenced."""
        return all(matcher.matches(labels) for matcher in self.matchers)
