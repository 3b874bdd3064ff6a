"""The exceptions of the house.

    WastenotError
    ├── ConfigError          the settings or the plant file are wrong: carries every Problem found
    ├── RefusedError         a person asked for what cannot be done: says what is allowed
    └── WorldError           something outside did not do its part; `retryable` says whether a retry can help
        ├── BrokerError      MQTT broker
        ├── StoreError       series store
        ├── LedgerError      ledger
        ├── SpoolError       the local spool (disk full, unreadable)
        └── NotifyError      a channel to people

Data trouble is never an exception: a refused message is a `Reject`, a doubtful series a `Finding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class WastenotError(Exception):
    """Anything this product raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file a person edits: where, what, and what is allowed."""

    file: str
    table: str  # e.g. "meter[2] (dye_line_2.water)"; "" for the file itself
    key: str
    value: str  # as written; secrets are shown as "***"
    message: str  # what is wrong and what is allowed

    def __str__(self) -> str:
        place = ".".join(part for part in (self.table, self.key) if part)
        shown = f" = {self.value}" if self.value else ""
        return f"{self.file}: {place}{shown}: {self.message}" if place else f"{self.file}: {self.message}"


class ConfigError(WastenotError):
    """The settings or the plant file cannot be used; `problems` lists everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusedError(WastenotError):
    """A person asked for what cannot be done. The text says what, and what is allowed."""


class WorldError(WastenotError):
    """Something outside this process failed. `retryable`: the same call may succeed later.

    `retry_after_s`: what the other side asked for (HTTP Retry-After) [s]; None = it did not say.
    """

    def __init__(self, message: str, *, retryable: bool = True, retry_after_s: float | None = None) -> None:
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        super().__init__(message)


class BrokerError(WorldError):
    """The MQTT broker could not be reached, refused us, or gave our session to somebody else."""


class StoreError(WorldError):
    """The series store could not be reached or refused the request."""


class LedgerError(WorldError):
    """The ledger could not be reached or refused the request."""


class SpoolError(WorldError):
    """The local spool could not be written or read."""


class NotifyError(WorldError):
    """A message to people could not be handed over."""
