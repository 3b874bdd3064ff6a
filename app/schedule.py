"""Regular work on APScheduler: each job alone, late runs coalesced, a failure logged and tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED

from app.health import PartHealth, Verdict
from domain.errors import WorldError

log = structlog.get_logger()


def seldom(
    job: Callable[[], object], every_s: float, clock: Callable[[], float] = time.monotonic
) -> Callable[[], None]:
    """Return a job that may be asked often: it runs at once, and again when it last went well so long ago.

    >>> ran, at = [], [0.0]
    >>> job = seldom(lambda: ran.append(at[0]), 600.0, lambda: at[0])
    >>> for at[0] in (0.0, 2.0, 599.0, 601.0):
    ...     job()
    >>> ran
    [0.0, 601.0]
    """
    last: list[float] = []

    def run() -> None:
        if last and clock() - last[0] < every_s:
            return
        job()
        last[:] = [clock()]

    return run


class Schedule:
    """Runs jobs at fixed intervals until stopped. A job never runs beside itself."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._running = 0
        self._idle = threading.Condition()
        self.failures: dict[str, str] = {}  # job -> what its last run raised; absent = fine
        self._broken: set[str] = set()  # jobs whose last failure was a fault of ours

    def every(self, seconds: float, name: str, job: Callable[[], object]) -> None:
        """Run `job` every `seconds`, the first time at once."""
        self._scheduler.add_job(
            self._guarded(name, job),
            "interval",
            seconds=seconds,
            id=name,
            name=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(self._scheduler.timezone) + timedelta(milliseconds=10),
        )

    def start(self) -> None:
        """Begin to run the jobs in threads of their own."""
        self._scheduler.start()

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Start nothing more, and wait for what runs; False when it still runs after `timeout_s`."""
        if self._scheduler.state != STATE_STOPPED:
            self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + timeout_s
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, max(0.0, deadline - time.monotonic()))

    def probe(self) -> PartHealth:
        """Return how the jobs do: an outside failure degrades, one of our own is failing."""
        detail = "; ".join(f"{name}: {text}" for name, text in self.failures.items())
        verdict = Verdict.DEGRADED if detail else Verdict.OK
        return PartHealth(Verdict.FAILING if self._broken else verdict, detail)

    def _guarded(self, name: str, job: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with self._idle:
                self._running += 1
            try:
                job()
                self._recovered(name)
            except Exception as trouble:  # noqa: BLE001 - a job's failure must not end the schedule
                self._failed(name, trouble)
            finally:
                with self._idle:
                    self._running -= 1
                    self._idle.notify_all()

        return run

    def _failed(self, name: str, trouble: Exception) -> None:
        """Say a failure once, not at every run; an outside failure needs no stack."""
        text = f"{type(trouble).__name__}: {trouble}"
        outside = isinstance(trouble, WorldError)
        (self._broken.discard if outside else self._broken.add)(name)
        if self.failures.get(name) != text:
            log.error("app.job_failed", job=name, error=text, exc_info=None if outside else trouble)
        self.failures[name] = text

    def _recovered(self, name: str) -> None:
        self._broken.discard(name)
        if self.failures.pop(name, None) is not None:
            log.info("app.job_recovered", job=name)
