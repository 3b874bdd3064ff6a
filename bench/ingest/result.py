"""What one run gave, as one line of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One run. What is None was not measured, or makes no sense in its scenario."""

    collector: str
    scenario: str
    profile: str
    invocation: str = ""  # the runs of one call of the harness share it
    repetition: int = 0
    published: int = 0
    rate: float = 0.0  # messages/s that were offered; 0 = as fast as acknowledged
    stored: int = 0  # can be queried, each message once
    seconds: float = 0.0  # from the first publication until a query counts all of them, or nothing new comes
    cpu_s: Mapping[str, float] = field(default_factory=dict)  # collector, broker, influx
    rss_mib: float = 0.0  # peak of the collector and its children
    lag_p50_s: float | None = None
    lag_p95_s: float | None = None
    lag_max_s: float | None = None
    drain: float | None = None  # how fast the backlog shrank, in multiples of the live rate
    drain_waited_s: float | None = None  # until the collector noticed that InfluxDB was back
    written_twice: int = 0
    sum_right: bool = False
    time_kept: bool = False  # the time in the message is the point's
    foreign_share: float = 0.0  # of all cores, used by others than this harness
    exited: int | None = None  # how the collector ended when nobody had asked it to
    error: str = ""

    @property
    def missing(self) -> int:
        """Return how many messages cannot be queried."""
        return self.published - self.stored

    @property
    def missing_share(self) -> float:
        """Return the share of the published messages that cannot be queried."""
        return self.missing / self.published if self.published else 0.0

    @property
    def stored_per_s(self) -> float:
        """Return messages/s from the first publication until the last can be queried."""
        return self.stored / self.seconds if self.seconds else 0.0

    @property
    def cpu_us(self) -> float:
        """Return the collector's CPU time per stored message [us]."""
        return self.cpu_s.get("collector", 0.0) / max(self.stored, 1) * 1e6


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the versions of one call of the harness."""

    invocation: str
    machine: str
    versions: Mapping[str, str]
    command: str


def append(path: Path, record: Result | Environment) -> None:
    """Add a record to a file of results."""
    with path.open("a") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def read(paths: list[Path]) -> tuple[list[Environment], list[Result]]:
    """Return what files of results hold."""
    environments, results = [], []
    for row in _rows(paths):
        if "machine" in row:
            environments.append(Environment(**row))
        else:
            results.append(Result(**row))
    return environments, results


def _rows(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open() as file:
            yield from (json.loads(line) for line in file)
