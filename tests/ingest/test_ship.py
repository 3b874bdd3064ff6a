"""The shipper: nothing lost, failures said once, refused points kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from domain.errors import SpoolError, StoreError
from domain.ports import SeriesStore
from domain.reading import Reading, RejectReason
from domain.readings import ReadingBlock
from ingest.records import encode_block
from ingest.rejects import RejectLog
from ingest.ship import Shipper
from ingest.spool import Spool
from tests.ingest.builders import NOW, DictStore, FixedClock, a_reading, eventually


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


@pytest.fixture
def rejects(tmp_path: Path) -> RejectLog:
    return RejectLog(tmp_path)


def a_shipper(spool: Spool, store: DictStore, rejects: RejectLog, batch_size: int = 100) -> Shipper:
    port = cast(SeriesStore, store)
    return Shipper(
        spool, port, rejects, FixedClock(), batch_size=batch_size, linger_s=0.02, jitter=lambda: 0.0
    )


def fill(spool: Spool, count: int, start: int = 0) -> dict[tuple[str, int], float]:
    """Append readings, ten to a record, and return them as the store would hold them."""
    readings = [a_reading(start + n) for n in range(count)]
    for first in range(0, count, 10):
        spool.append(encode_block(ReadingBlock.of(readings[first : first + 10])))
    return {(reading.meter, reading.time_us): reading.value for reading in readings}


def test_batches_go_to_the_store_until_the_spool_is_empty(spool: Spool, rejects: RejectLog) -> None:
    store, expected = DictStore(), fill(spool, 250)
    shipper = a_shipper(spool, store, rejects)
    assert [shipper.ship_once() for _ in range(4)] == [100, 100, 50, 0]
    assert store.points == expected
    assert store.appended == 250
    assert shipper.health().shipped == 250


@pytest.mark.fault(3)
def test_a_store_that_is_away_loses_nothing(spool: Spool, rejects: RejectLog) -> None:
    store, expected = DictStore(trouble=StoreError("away")), fill(spool, 30)
    shipper = a_shipper(spool, store, rejects)
    for _ in range(3):
        with pytest.raises(StoreError):
            shipper.ship_once()
    store.trouble = None
    assert shipper.ship_once() == 30
    assert store.points == expected


def test_a_batch_kept_but_not_committed_is_shipped_again(tmp_path: Path, rejects: RejectLog) -> None:
    spool, store = Spool(tmp_path / "again"), DictStore()
    expected = fill(spool, 10)
    append = store.append

    def crash_after_append(readings: list[Reading]) -> object:
        append(readings)
        raise StoreError("the answer was lost")

    store.append = crash_after_append  # type: ignore[assignment, method-assign]
    with pytest.raises(StoreError):
        a_shipper(spool, store, rejects).ship_once()
    spool.close()
    store.append = append  # type: ignore[method-assign]
    again = Spool(tmp_path / "again")
    assert a_shipper(again, store, rejects).ship_once() == 10
    assert (store.points, store.appended) == (expected, 20)
    again.close()


def test_points_the_store_will_never_take_are_kept_as_rejects(spool: Spool, rejects: RejectLog) -> None:
    store = DictStore(refuses=lambda reading: "beyond retention" if reading.value < 2 else "")
    fill(spool, 10)
    shipper = a_shipper(spool, store, rejects)
    assert shipper.ship_once() == 10
    assert rejects.counts() == {RejectReason.REFUSED_BY_STORE: 2}
    reject = rejects.recent()[-1]
    assert (reject.topic, reject.detail) == ("dye_line_2.water", "beyond retention")
    assert reject.payload.endswith(b" 0.25")
    assert (shipper.health().shipped, shipper.health().refused) == (8, 2)
    assert shipper.ship_once() == 0


def test_records_that_are_no_readings_are_counted_and_passed(spool: Spool, rejects: RejectLog) -> None:
    spool.append([b"\x07nonsense"])
    expected = fill(spool, 3)
    store = DictStore()
    shipper = a_shipper(spool, store, rejects)
    with capture_logs() as logs:
        assert shipper.ship_once() == 4
    assert store.points == expected
    assert shipper.health().undecodable == 1
    assert logs == [{"event": "ship.records_lost", "damaged": 0, "undecodable": 1, "log_level": "error"}]


def test_damage_alone_is_committed_too(tmp_path: Path, rejects: RejectLog) -> None:
    spool = Spool(tmp_path / "damaged")
    fill(spool, 1)
    spool.close()
    segment = min((tmp_path / "damaged").glob("*.spool"))
    segment.write_bytes(segment.read_bytes()[:-3])
    spool = Spool(tmp_path / "damaged")
    expected = fill(spool, 2, start=5)
    store = DictStore()
    shipper = a_shipper(spool, store, rejects)
    while shipper.ship_once():
        pass
    assert store.points == expected
    assert spool.status().damaged == 1
    spool.close()


def test_the_thread_ships_what_comes_and_stops_promptly(spool: Spool, rejects: RejectLog) -> None:
    store = DictStore()
    shipper = a_shipper(spool, store, rejects)
    shipper.start()
    expected = fill(spool, 250)
    eventually(lambda: store.points == expected)
    expected |= fill(spool, 5, start=250)
    eventually(lambda: store.points == expected)
    assert shipper.health().well
    start = time.monotonic()
    shipper.stop()
    assert time.monotonic() - start < 2
    assert not shipper._thread.is_alive()


def test_a_failure_is_said_once_and_so_is_the_recovery(spool: Spool, rejects: RejectLog) -> None:
    store, expected = DictStore(trouble=StoreError("connection refused")), fill(spool, 3)
    shipper = a_shipper(spool, store, rejects)
    with capture_logs() as logs:
        shipper.start()
        eventually(lambda: store.appends >= 3)
        health = shipper.health()
        store.trouble = None
        eventually(lambda: store.points == expected)
        eventually(lambda: shipper.health().well)
    shipper.stop()
    assert (health.well, health.last_error, health.failing_since) == (False, "connection refused", NOW)
    assert health.waiting == 3
    assert [log["event"] for log in logs] == ["ship.store_failed", "ship.store_recovered"]


def test_waits_grow_to_two_seconds_and_are_half_a_minute_when_no_retry_can_help(
    spool: Spool, rejects: RejectLog
) -> None:
    shipper = a_shipper(spool, DictStore(trouble=StoreError("busy")), rejects)
    fill(spool, 1)
    assert [shipper._try() for _ in range(9)] == [0.25, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    refused = a_shipper(spool, DictStore(trouble=StoreError("401", retryable=False)), rejects)
    assert refused._try() == 30.0


@pytest.mark.fault(20)
@pytest.mark.parametrize(("asked_s", "waits_s"), [(12.0, 12.0), (0.1, 0.25), (86_400.0, 600.0)])
def test_what_a_busy_store_asks_for_is_waited_for(
    spool: Spool, rejects: RejectLog, asked_s: float, waits_s: float
) -> None:
    busy = StoreError("429", retry_after_s=asked_s)
    fill(spool, 1)
    assert a_shipper(spool, DictStore(trouble=busy), rejects)._try() == waits_s


def test_stopping_does_not_wait_for_the_back_off(spool: Spool, rejects: RejectLog) -> None:
    store = DictStore(trouble=StoreError("401", retryable=False))
    fill(spool, 1)
    shipper = a_shipper(spool, store, rejects)
    shipper.start()
    eventually(lambda: store.appends == 1)
    start = time.monotonic()
    shipper.stop()
    assert time.monotonic() - start < 2


def test_a_mistake_of_the_store_does_not_end_shipping(spool: Spool, rejects: RejectLog) -> None:
    store = DictStore(trouble=ZeroDivisionError("a bug"))
    fill(spool, 1)
    shipper = a_shipper(spool, store, rejects)
    with capture_logs():
        assert shipper._try() == 30.0
    assert "a bug" in shipper.health().last_error
    store.trouble = None
    shipper._try()
    assert shipper.health().well


def test_a_spool_that_was_closed_first_is_an_error_and_not_a_crash(
    tmp_path: Path, rejects: RejectLog
) -> None:
    spool = Spool(tmp_path / "closed")
    fill(spool, 1)
    shipper = a_shipper(spool, DictStore(), rejects)
    spool.close()
    with pytest.raises(SpoolError):
        shipper.ship_once()
    assert shipper._try() == 30.0
