"""Follow a run from its first publication to the last message that can be queried."""

from __future__ import annotations

import signal
import subprocess
import time

from bench.ingest.figures import LOOK_S
from bench.ingest.load import time_of
from bench.ingest.processes import HarnessError, Program
from bench.ingest.scenarios import Blow, Scenario
from bench.ingest.servers import Influx

_COUNT_S = 0.25  # counting exactly costs influxd more than the look at its own figures
_WEIGH_S = 0.25


class Watch:
    """Deals a scenario's blows and looks how many messages are stored."""

    def __init__(
        self, collector: Program, influx: Influx, scenario: Scenario, messages: int, settle_s: float
    ) -> None:
        """Prepare.

        Args:
            settle_s: what has not come within so long after the last one counts as lost.
        """
        self._collector, self._influx = collector, influx
        self._blows = list(scenario.blows)
        self._messages, self._settle_s = messages, settle_s
        self._began = self._changed_at = self._weighed_at = 0.0
        self._published_at: float | None = None
        self._last = 0
        self._complete = False
        self.stored: list[tuple[float, int]] = []  # instant, messages stored at least until then
        self.rss_mib = 0.0
        self.back_at: float | None = None  # when InfluxDB was there again
        self.exited: int | None = None  # how the collector ended unasked

    def follow(self, load: subprocess.Popen[bytes], cap_s: float) -> None:
        """Return when everything is stored, or nothing more comes.

        Raises:
            HarnessError: publishing fails or is not done after `cap_s`; a server does not come back.
        """
        self._began = self._changed_at = time.monotonic()
        self._influx.set_written(0)
        while True:
            now = time.monotonic()
            self._deal_blows(now)
            self._weigh(now)
            self._look(now)
            self._note_published(load, now, cap_s)
            if self._is_over(now):
                return
            time.sleep(_COUNT_S if self._last >= self._messages else LOOK_S)

    def _deal_blows(self, now: float) -> None:
        while self._blows and now - self._began >= self._blows[0][0]:
            match self._blows.pop(0)[1]:
                case Blow.STOP_INFLUX:
                    self._influx.stop()
                case Blow.START_INFLUX:
                    self._note_return()
                case Blow.KILL_COLLECTOR:
                    self._collector.end(signal.SIGKILL)
                case Blow.START_COLLECTOR:
                    self._collector.start()

    def _note_return(self) -> None:
        """Start InfluxDB, and note what it holds at its return."""
        self._influx.start()
        self.back_at = time.monotonic()
        count = self._influx.count()
        self._influx.set_written(count)
        self.stored = [point for point in self.stored if point[1] < count] + [(self.back_at, count)]

    def _weigh(self, now: float) -> None:
        if now - self._weighed_at >= _WEIGH_S:
            self._weighed_at = now
            self.rss_mib = max(self.rss_mib, self._collector.rss_mib())

    def _look(self, now: float) -> None:
        if self._influx.away:
            return
        try:
            count = self._influx.written()
            if count >= self._messages and self._published_at is not None:
                count = self._influx.count()  # some may have been written twice
                self._complete = count >= self._messages
        except OSError:
            return  # too busy to answer: the next look will tell
        if count != self._last:
            self._last, self._changed_at = count, now
        if count > (self.stored[-1][1] if self.stored else 0):
            self.stored.append((now, count))

    def _note_published(self, load: subprocess.Popen[bytes], now: float, cap_s: float) -> None:
        if self._published_at is not None:
            return
        if load.poll() is not None:
            self._published_at = now
            if load.returncode:
                raise HarnessError(f"publishing failed with {load.returncode}")
        elif now - self._began > cap_s:
            raise HarnessError(f"publishing is not done after {cap_s:g} s")

    def _is_over(self, now: float) -> bool:
        if self._published_at is None or self._blows:
            return False
        self.exited = self._collector.exit_code
        idle_s = now - max(self._changed_at, self._published_at)
        return self._complete or self.exited is not None or idle_s > self._settle_s


def is_time_kept(influx: Influx, messages: int) -> bool:
    """Return whether the points have the times of the messages."""
    first, last = influx.span_ms()
    return time_of(0) <= first and last <= time_of(messages - 1)
