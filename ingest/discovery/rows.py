"""The rows that are proposed, as values: what becomes TOML or JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.discovery.candidates import Candidate, LeftOut

#: a key of the plant file -> its value
Keys = dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """One table of the plant file."""

    table: str  # process, resource, meter, variable or source
    keys: Keys
    evidence: dict[str, str]  # key -> why; one that begins with "check" wants a person's look
    topics: tuple[str, ...] = ()
    blocked: str = ""  # why the row cannot be used as it is: it is written as a comment


@dataclass(frozen=True, slots=True)
class Proposal:
    """What comes out of listening."""

    rows: list[ProposedRow]
    left_out: list[LeftOut]
    already_read: dict[str, str]  # topic -> who reads it
    dropped: dict[str, int] = field(default_factory=dict)  # why -> messages
    topics: int = 0
    messages: int = 0

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to propose."""
        return not self.rows


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate with the resource it measures; a variable has none."""

    candidate: Candidate
    resource: str
    resource_why: str
    subject: tuple[str, ...]  # whose value it is: the words that are no quantity, no unit and no filler
    phase: str = ""
    partial: str = ""
    label: str = ""
    blocked: str = ""

    @property
    def is_variable(self) -> bool:
        """Return whether it is something that drives consumption, not a consumption."""
        return not self.resource and not self.blocked
