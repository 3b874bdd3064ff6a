"""Publishing a simulated plant as a clock goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from domain.errors import BrokerError
from ingest.simulator.clock import SimulatedClock
from ingest.simulator.run import Progress, publish
from ingest.simulator.simulated_plant import SimulatedPlant
from tests.ingest.simulated_plants import a_small_plant

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hands:
    """A clock whose hands the test moves, and a pause that moves them."""

    def __init__(self, step: timedelta = timedelta(minutes=1)) -> None:
        self.at = MONDAY
        self.step = step

    def now(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> bool:
        self.at += self.step
        return False


class Broker:
    """Keeps what is published; `refuse` says before which call it is away."""

    def __init__(self, refuse: Callable[[int], bool] = lambda call: False) -> None:
        self.kept: list[tuple[str, bytes]] = []
        self.calls = 0
        self._refuse = refuse

    def send(self, topic: str, payload: bytes) -> None:
        self.calls += 1
        if self._refuse(self.calls):
            raise BrokerError("away")
        self.kept.append((topic, payload))


def a_plant() -> SimulatedPlant:
    return SimulatedPlant(a_small_plant(), 5, epoch=MONDAY)


def expected(hours: int) -> list[tuple[str, bytes]]:
    messages = a_plant().messages(MONDAY, MONDAY + hours * HOUR, since=MONDAY)
    return [(message.topic, message.payload) for message in messages]


def test_everything_is_published_once_in_order_when_it_is_due() -> None:
    hands, broker = Hands(), Broker()
    seen: list[Progress] = []
    stop = threading.Event()
    done = publish(
        a_plant(), broker.send, hands, stop, until=MONDAY + 2 * HOUR, wait=hands.pause, told=seen.append
    )
    assert broker.kept == expected(2)
    assert done.published == len(broker.kept)
    assert done.refused == 0
    early = next(progress for progress in seen if progress.published)
    assert early.published < 20
    assert early.until is not None
    assert early.until <= MONDAY + timedelta(minutes=2)


def test_a_broker_that_is_away_gets_everything_later() -> None:
    hands, broker = Hands(), Broker(refuse=lambda call: 50 <= call < 80)
    done = publish(
        a_plant(), broker.send, hands, threading.Event(), until=MONDAY + 2 * HOUR, wait=hands.pause
    )
    assert broker.kept == expected(2)
    assert done.refused == 30
    assert done.longest_lag_s > 20 * 60


def test_falling_behind_is_said_once_and_its_end_once() -> None:
    hands, broker = Hands(), Broker(refuse=lambda call: 50 <= call < 80)
    with capture_logs() as logs:
        publish(a_plant(), broker.send, hands, threading.Event(), until=MONDAY + 2 * HOUR, wait=hands.pause)
    events = [entry["event"] for entry in logs]
    assert events == ["simulator.lag_noticed", "simulator.lag_ended", "simulator.run_ended"]


def test_a_broker_that_refuses_for_good_ends_it() -> None:
    def send(topic: str, payload: bytes) -> None:
        raise BrokerError("not authorised", retryable=False)

    hands = Hands()
    with pytest.raises(BrokerError, match="not authorised"):
        publish(a_plant(), send, hands, threading.Event(), until=MONDAY + HOUR, wait=hands.pause)


def test_stopping_ends_it_before_the_next_message() -> None:
    stop, broker, hands = threading.Event(), Broker(), Hands(step=HOUR)

    def send(topic: str, payload: bytes) -> None:
        broker.send(topic, payload)
        if broker.calls == 7:
            stop.set()

    done = publish(a_plant(), send, hands, stop, wait=hands.pause)
    assert done.published == broker.calls == 7


def test_it_starts_where_it_is_told_and_stops_while_it_waits() -> None:
    hands, broker, stop = Hands(), Broker(), threading.Event()
    stop_after = iter([False] * 30)
    publish(
        a_plant(),
        broker.send,
        hands,
        stop,
        start=MONDAY - HOUR,
        wait=lambda seconds: hands.pause(seconds) or next(stop_after, True),
    )
    assert len(broker.kept) > 90 * 3


def test_a_simulated_clock_runs_as_fast_as_it_is_told() -> None:
    seconds = iter([100.0, 100.0, 102.5])
    clock = SimulatedClock(MONDAY, 600.0, monotonic=lambda: next(seconds))
    assert clock.now() == MONDAY
    assert clock.now() == MONDAY + timedelta(seconds=1500)


@pytest.mark.parametrize(("start", "speed"), [(datetime(2026, 1, 1), 1.0), (MONDAY, 0.0)])  # noqa: DTZ001 - refused
def test_a_clock_without_zone_or_speed_is_refused(start: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match="aware start"):
        SimulatedClock(start, speed)
