"""Publishes a simulated plant: everything that is due, as a clock goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from domain.errors import BrokerError
from domain.ports import Clock
from ingest.simulator.simulated_plant import Message, SimulatedPlant

_log = structlog.get_logger(__name__)

LAG_NOTICED_S = 60.0  # event time; said once when it begins and once when it is over


@dataclass(frozen=True, slots=True)
class Progress:
    """How far publishing has come."""

    published: int = 0
    refused: int = 0  # times the broker did not take a message; it is tried again
    until: datetime | None = None  # event time of the last published message
    lag_s: float = 0.0  # event time behind the clock, after the last tick; 0 when nothing is due
    longest_lag_s: float = 0.0


def publish(
    plant: SimulatedPlant,
    send: Callable[[str, bytes], None],
    clock: Clock,
    stop: threading.Event,
    *,
    start: datetime | None = None,
    until: datetime | None = None,
    tick_s: float = 0.25,
    wait: Callable[[float], bool] | None = None,
    told: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Return how much was published when `stop` is set or `until` is reached.

    Args:
        plant: what speaks.
        send: hands a payload to a topic; returns when the broker has it, raises BrokerError when it has
            not. A retryable error keeps the message for the next tick.
        clock: event time; it may run fast.
        stop: ends it before the next message.
        start: first arrival to publish; readings of before are left out, so that an imported history goes
            on without a seam. Now, when None.
        until: event time at which it ends; never, when None.
        tick_s: real seconds between two looks at the clock.
        wait: sleeps that long or until stopped, and says whether it was; `stop.wait` when None.
        told: is told the progress after every tick.

    Raises:
        BrokerError: the broker refuses for good.
    """
    begin = clock.now() if start is None else start
    pause = stop.wait if wait is None else wait
    due = _Due(plant, begin, until)
    progress = Progress()
    while not stop.is_set():
        before, progress = progress, _tick(due, send, clock, stop, progress)
        _say_lag(before, progress)
        told(progress)
        if due.finished(clock.now()) or pause(tick_s):
            break
    _log.info("simulator.run_ended", published=progress.published, refused=progress.refused)
    return progress


class _Due:
    """The messages in order, one ahead: taken only when they are due, kept when they were not sent."""

    def __init__(self, plant: SimulatedPlant, start: datetime, until: datetime | None) -> None:
        self._until = until
        self._messages = _endless(plant, start, until)
        self._ahead: Message | None = next(self._messages, None)

    def first(self, now: datetime) -> Message | None:
        """Return the next message if it is due."""
        return self._ahead if self._ahead is not None and self._ahead.at <= now else None

    def drop(self) -> None:
        """Go on to the next message."""
        self._ahead = next(self._messages, None)

    def finished(self, now: datetime) -> bool:
        """Return whether there is nothing more to come."""
        return self._until is not None and now >= self._until and self._ahead is None


def _endless(plant: SimulatedPlant, start: datetime, until: datetime | None) -> Iterator[Message]:
    at = start
    while until is None or at < until:
        end = at + timedelta(hours=1) if until is None else min(until, at + timedelta(hours=1))
        yield from plant.messages(at, end, since=start)
        at = end


def _tick(
    due: _Due, send: Callable[[str, bytes], None], clock: Clock, stop: threading.Event, before: Progress
) -> Progress:
    """Send what is due by now; leave the rest when stopped or when the broker does not take it."""
    now = clock.now()
    published, refused, until = before.published, before.refused, before.until
    while (message := due.first(now)) is not None and not stop.is_set():
        try:
            send(message.topic, message.payload)
        except BrokerError as error:
            if not error.retryable:
                raise
            refused += 1
            break
        due.drop()
        published, until = published + 1, message.at
    after = clock.now()
    waiting = due.first(after)
    lag_s = 0.0 if waiting is None else (after - waiting.at).total_seconds()
    return Progress(published, refused, until, lag_s, max(before.longest_lag_s, lag_s))


def _say_lag(before: Progress, after: Progress) -> None:
    was, is_late = before.lag_s > LAG_NOTICED_S, after.lag_s > LAG_NOTICED_S
    if is_late and not was:
        _log.warning("simulator.lag_noticed", lag_s=round(after.lag_s, 1), published=after.published)
    if was and not is_late:
        _log.info("simulator.lag_ended", published=after.published)
