"""Jobs run beside each other and never beside themselves; a failure is said once and does not end them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from app.health import Verdict
from app.schedule import Schedule
from domain.errors import StoreError
from tests.e2e.commands import wait_for


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    made = Schedule()
    yield made
    made.stop()


def test_a_job_runs_at_once_and_again(schedule: Schedule) -> None:
    runs: list[int] = []
    schedule.every(0.05, "count", lambda: runs.append(1))
    schedule.start()
    wait_for("three runs", lambda: len(runs) >= 3, timeout_s=5)


def test_a_job_never_runs_beside_itself(schedule: Schedule) -> None:
    inside, most = [0], [0]
    lock, done = threading.Lock(), threading.Event()

    def slow() -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        done.wait(0.15)
        with lock:
            inside[0] -= 1

    schedule.every(0.02, "slow", slow)
    schedule.start()
    threading.Event().wait(0.5)
    assert most[0] == 1


def test_an_outside_failure_is_said_once_and_its_end_once(schedule: Schedule) -> None:
    away = [True]
    runs: list[int] = []

    def job() -> None:
        runs.append(1)
        if away[0]:
            raise StoreError("the server is away")

    with capture_logs() as logs:
        schedule.every(0.02, "analyse", job)
        schedule.start()
        wait_for("three failures", lambda: len(runs) >= 3, timeout_s=5)
        assert schedule.probe().verdict is Verdict.DEGRADED
        away[0] = False
        wait_for("the recovery", lambda: not schedule.failures and len(logs) > 1, timeout_s=5)
    assert [entry["event"] for entry in logs] == ["app.job_failed", "app.job_recovered"]
    assert schedule.probe().verdict is Verdict.OK


def test_a_fault_of_ours_is_failing_and_comes_with_its_stack(schedule: Schedule) -> None:
    def job() -> None:
        raise ZeroDivisionError("ours")

    with capture_logs() as logs:
        schedule.every(5, "analyse", job)
        schedule.start()
        wait_for("the failure", lambda: schedule.failures, timeout_s=5)
    assert schedule.probe().verdict is Verdict.FAILING
    assert isinstance(logs[0]["exc_info"], ZeroDivisionError)


def test_stopping_waits_for_the_running_job(schedule: Schedule) -> None:
    began, ended = threading.Event(), []

    def job() -> None:
        began.set()
        threading.Event().wait(0.2)
        ended.append(1)

    schedule.every(60, "slow", job)
    schedule.start()
    assert began.wait(5)
    assert schedule.stop(5.0)
    assert ended == [1]
