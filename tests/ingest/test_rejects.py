"""Refused messages are counted, and the latest kept."""

import threading
from pathlib import Path

import pytest

from domain.reading import Reject, RejectReason
from ingest.rejects import RejectLog
from tests.ingest.builders import NOW_US


def a_reject(number: int, payload: bytes = b"x", reason: RejectReason = RejectReason.NOT_PARSED) -> Reject:
    return Reject(reason, f"plant/{number}", payload, NOW_US + number, "why")


def test_rejects_are_counted_by_reason(tmp_path: Path) -> None:
    log = RejectLog(tmp_path)
    log.keep([a_reject(1), a_reject(2), a_reject(3, reason=RejectReason.TOO_LARGE)])
    log.keep([])
    assert log.counts() == {RejectReason.NOT_PARSED: 2, RejectReason.TOO_LARGE: 1}


def test_the_latest_come_first_and_as_they_were(tmp_path: Path) -> None:
    log = RejectLog(tmp_path)
    hostile = Reject(RejectReason.BAD_TOPIC, 'a\n"\\\ud800<img>', b"\x00\xff\r\n", NOW_US, "d\n")
    log.keep([a_reject(1), a_reject(2)])
    log.keep([hostile])
    assert log.recent() == [hostile, a_reject(2), a_reject(1)]
    assert log.recent(2) == [hostile, a_reject(2)]
    assert len((tmp_path / "rejects.jsonl").read_bytes().splitlines()) == 3


def test_they_survive_a_restart_and_are_readable_without_owning_them(tmp_path: Path) -> None:
    RejectLog(tmp_path).keep([a_reject(1)])
    assert RejectLog(tmp_path).recent() == [a_reject(1)]
    assert RejectLog(tmp_path / "nothing yet").recent() == []


def test_no_more_than_the_cap_is_kept_and_no_less_than_half(tmp_path: Path) -> None:
    log = RejectLog(tmp_path, max_kept=10)
    for start in range(0, 40, 3):
        log.keep([a_reject(start + n) for n in range(3)])
        kept = log.recent()
        assert kept == [a_reject(n) for n in range(start + 2, start + 2 - len(kept), -1)]
        assert min(5, start + 3) <= len(kept) <= 10
    log.keep([a_reject(n) for n in range(100, 150)])
    kept = log.recent()
    assert kept == [a_reject(n) for n in range(149, 149 - len(kept), -1)]
    assert 5 <= len(kept) <= 10
    assert sum(log.counts().values()) == 42 + 50


def test_the_cap_holds_over_restarts(tmp_path: Path) -> None:
    for number in range(30):
        RejectLog(tmp_path, max_kept=10).keep([a_reject(number)])
    assert 5 <= len(RejectLog(tmp_path).recent()) <= 10


def test_a_long_payload_is_cut(tmp_path: Path) -> None:
    log = RejectLog(tmp_path)
    log.keep([a_reject(1, b"x" * 100_000)])
    assert len(log.recent()[0].payload) == 4096


def test_a_line_cut_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    RejectLog(tmp_path).keep([a_reject(1), a_reject(2)])
    file = tmp_path / "rejects.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    log = RejectLog(tmp_path)
    log.keep([a_reject(3)])
    assert log.recent() == [a_reject(3), a_reject(1)]


@pytest.mark.parametrize("junk", [b"\xff\xfe\n", b"[]\n", b'{"reason": "x"}\n', b"\n\n", b'{"payload": 1}\n'])
def test_junk_in_the_file_is_passed_over(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "rejects.jsonl").write_bytes(junk)
    log = RejectLog(tmp_path)
    log.keep([a_reject(1)])
    assert log.recent() == [a_reject(1)]


def test_a_disk_that_takes_nothing_costs_only_the_copy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = RejectLog(tmp_path / "file")
    log.keep([a_reject(1), a_reject(2)])
    assert log.counts() == {RejectReason.NOT_PARSED: 2}
    assert log.unkept == 2


def test_two_threads_may_keep_at_once(tmp_path: Path) -> None:
    log = RejectLog(tmp_path, max_kept=1000)

    def keep_many() -> None:
        for number in range(50):
            log.keep([a_reject(number)])

    threads = [threading.Thread(target=keep_many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.recent(1000)) == log.counts()[RejectReason.NOT_PARSED] == 100


def test_the_topic_that_most_rejects_came_from_is_known_among_any_number(tmp_path: Path) -> None:
    log = RejectLog(tmp_path)
    for number in range(1000):
        log.keep([a_reject(number), a_reject(-1)])
    topic, at_least = next(iter(log.topics().items()))
    assert topic == "plant/-1"
    assert 980 <= at_least <= 1000
    assert len(log.topics()) <= 100
