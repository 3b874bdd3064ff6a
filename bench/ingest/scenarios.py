"""What happens in a run: how much is published how fast, and what is taken away when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Blow(StrEnum):
    """What is done to the collector or to the database."""

    STOP_INFLUX = "InfluxDB stopped"
    START_INFLUX = "InfluxDB started"
    KILL_COLLECTOR = "collector killed"
    START_COLLECTOR = "collector started"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Published for `seconds` at `rate` (0: as fast as acknowledged), with blows at seconds of the run."""

    name: str
    rate: float = 0.0  # messages/s
    seconds: float = 0.0
    blows: tuple[tuple[float, Blow], ...] = ()

    def messages(self, at_full_speed: int) -> int:
        """Return how many messages are published."""
        return round(self.rate * self.seconds) if self.rate else at_full_speed

    def at_most(self, rate: float) -> Scenario:
        """Return the same for a collector that cannot take more than so many messages/s."""
        return Scenario(self.name, min(self.rate, rate), self.seconds, self.blows)


def full() -> Scenario:
    """Return the flood: everything as fast as the broker acknowledges."""
    return Scenario("full")


def paced(rate: float, seconds: float = 15.0) -> Scenario:
    """Return a steady plant."""
    return Scenario("paced", rate, seconds)


def outage(rate: float, at_s: float = 6.0, away_s: float = 20.0, after_s: float = 9.0) -> Scenario:
    """Return a steady plant whose InfluxDB goes away for a while."""
    return Scenario("outage", rate, at_s + away_s + after_s, _away(at_s, away_s))


def kill(rate: float, at_s: float = 6.3, away_s: float = 2.0, after_s: float = 6.7) -> Scenario:
    """Return a steady plant whose collector is killed with -9 and comes back."""
    blows = ((at_s, Blow.KILL_COLLECTOR), (at_s + away_s, Blow.START_COLLECTOR))
    return Scenario("kill", rate, at_s + away_s + after_s, blows)


def drain(rate: float, at_s: float = 3.0, away_s: float = 30.0) -> Scenario:
    """Return an outage after which the plant goes on as long again, for the backlog to drain beside it."""
    return Scenario("drain", rate, at_s + 2 * away_s, _away(at_s, away_s))


def _away(at_s: float, away_s: float) -> tuple[tuple[float, Blow], ...]:
    return ((at_s, Blow.STOP_INFLUX), (at_s + away_s, Blow.START_INFLUX))


def named(name: str, rate: float, away_s: float) -> Scenario:
    """Return a scenario of the command line.

    Args:
        rate: messages/s of all but `full`.
        away_s: how long InfluxDB is away in `drain` [s].

    Raises:
        KeyError: there is none of this name.
    """
    return {
        "full": full(),
        "paced": paced(rate),
        "outage": outage(rate),
        "kill": kill(rate),
        "drain": drain(rate, away_s=away_s),
    }[name]


NAMES = ("full", "paced", "outage", "kill", "drain")
